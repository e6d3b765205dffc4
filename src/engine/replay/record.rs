//! Recording of a document while its template runs.

use super::{Act, Recording, Step};
use crate::codec::copy::ROOM;
use crate::engine::captured::{ABSENT_RECORD, Captured, slot_at};
use crate::engine::fault::LossCode;
use crate::engine::slot::SlotKind;
use crate::engine::split::NOWHERE;
use crate::engine::value::{Reader, Register};
use crate::mapping::plan::{Block, Cond, Input, Inputs, Op, Program, SlotRef, Value, Way};

/// Steps, and bytes of literals, that a recording keeps at most.
const MOST_STEPS: usize = 2 * 1024;
const MOST_BYTES: usize = 16 * 1024;

/// What has happened so far.
#[derive(Debug, Default)]
pub(in crate::engine) struct Recorder {
    /// What was written or asked, and which bytes of the output it wrote.
    acts: Vec<(Act, Option<(usize, usize)>)>,
    registers: Vec<Register>,
    cells: Vec<u32>,
    /// The frames of the blocks that run, and where their registers are kept.
    frames: Vec<(usize, u32)>,
    /// Something happened that another document of the same form may not repeat.
    spoiled: bool,
}

impl Recorder {
    fn frame(&self, frame: usize) -> u32 {
        let kept = self.frames.iter().rev().find(|(of, _)| *of == frame);
        kept.map_or(0, |(_, kept)| *kept)
    }

    /// The recording of a document that was written without fault, which begins at an offset of the output; `lost` of
    /// its values had no place. Losses that values decide about spoil it.
    pub(in crate::engine) fn finish(
        self,
        (written, start): (&[u8], usize),
        captured: &Captured,
        lost: u32,
        places: impl Iterator<Item = u32>,
    ) -> Option<Recording> {
        let kept = |(act, _): &&(Act, Option<(usize, usize)>)| matches!(act, Act::Lost { .. });
        if self.acts.iter().filter(kept).count() != lost as usize {
            return None;
        }
        if self.spoiled || self.acts.len() > MOST_STEPS || written.len() - start > MOST_BYTES {
            return None;
        }
        let mut steps = Vec::with_capacity(self.acts.len());
        let mut literals = Vec::new();
        let mut at = start;
        for (act, range) in self.acts {
            let mut gap = 0;
            if let Some((from, to)) = range {
                let literal = written.get(at..from)?;
                gap = literal.len() as u32;
                literals.extend_from_slice(literal);
                at = to;
            }
            steps.push(Step { gap, act });
        }
        let tail = written.get(at..)?;
        literals.extend_from_slice(tail);
        literals.extend_from_slice(&ROOM);
        let unset = |slot: u32| {
            let found = captured.slots.get(slot as usize)?;
            (!found.is_value()).then(|| (slot, found.kind()))
        };
        Some(Recording {
            steps,
            tail: tail.len() as u32,
            literals,
            registers: self.registers,
            cells: self.cells,
            lost,
            unset: places.filter_map(unset).collect(),
        })
    }
}

/// What the template tells while it runs; nothing is kept where nothing is recorded.
impl Reader<'_> {
    /// A block has begun to run.
    #[cold]
    pub(in crate::engine) fn note_block(&mut self, frame: usize, block: Block) {
        let program = self.program;
        let Some(recorder) = &mut self.recorder else {
            return;
        };
        let kept = recorder.registers.len() as u32;
        recorder.frames.push((frame, kept));
        let registers = frame..frame + usize::from(block.registers).max(1);
        recorder
            .registers
            .extend_from_slice(&self.registers[registers]);
        for split in block.splits.0..block.splits.1 {
            let cells = recorder.cells.len() as u32;
            let list = program.splits[split as usize].list;
            let holder = self.registers[frame + usize::from(list.register)].record;
            let mut item = self.captured.head(holder, list.slot);
            while item != ABSENT_RECORD {
                let cell = self.captured.cell(item);
                recorder.spoiled |= cell == NOWHERE;
                recorder.cells.push(cell);
                item = self.captured.next(item);
            }
            if recorder.cells.len() as u32 > cells {
                let act = Act::Split {
                    frame: kept,
                    split,
                    cells,
                };
                recorder.acts.push((act, None));
            }
        }
        self.note_unions(frame, block);
    }

    fn note_unions(&mut self, frame: usize, block: Block) {
        let program = self.program;
        for union in block.unions.0..block.unions.1 {
            let said = &program.unions[union as usize];
            let mut cases = said.cases.iter();
            if cases.all(|case| self.is_settled_cond(frame, case.cond)) {
                continue;
            }
            let case = self.case_of(frame, said);
            self.note(frame, None, |frame| {
                Some(Act::Union {
                    frame,
                    union,
                    case: case? as u32,
                })
            });
        }
    }

    /// The block that began last has run.
    pub(in crate::engine) fn note_end_of_block(&mut self) {
        if let Some(recorder) = &mut self.recorder {
            recorder.frames.pop();
        }
    }

    /// A text was written as it stands.
    #[cold]
    pub(in crate::engine) fn note_text(
        &mut self,
        frame: usize,
        value: u32,
        written: (usize, usize),
    ) {
        let Way::Direct(place) = self.program.values[value as usize].way else {
            return self.spoil_recording();
        };
        let slot = slot_at(self.register(frame, place.register).record, place.slot);
        self.note(frame, Some(written), |_| Some(Act::Text { slot, value }));
    }

    /// A value was written, to these bytes of the output, or was found to be absent.
    #[cold]
    pub(in crate::engine) fn note_found(
        &mut self,
        frame: usize,
        value: u32,
        written: Option<(usize, usize)>,
    ) {
        if self.is_settled(frame, &self.program.values[value as usize]) {
            return;
        }
        self.note(frame, written, |frame| {
            Some(if written.is_some() {
                Act::Found { frame, value }
            } else {
                Act::Absent { frame, value }
            })
        });
    }

    /// A condition was found to hold, or not.
    #[cold]
    pub(in crate::engine) fn note_cond(&mut self, frame: usize, cond: u32, holds: bool) {
        if !self.is_settled_cond(frame, cond) {
            self.note(frame, None, |frame| Some(Act::Holds { frame, cond, holds }));
        }
    }

    /// Operations were run where a condition holds, or passed over.
    #[cold]
    pub(in crate::engine) fn note_when(
        &mut self,
        frame: usize,
        (cond, holds): (u32, bool),
        ops: (u32, u32),
    ) {
        self.note_cond(frame, cond, holds);
        if !holds {
            self.note_passed(frame, ops);
        }
    }

    /// Operations were passed over: what they would run over decides about faults and losses.
    #[cold]
    fn note_passed(&mut self, frame: usize, ops: (u32, u32)) {
        for (list, cell) in lists(self.program, ops) {
            self.note_items(frame, list, cell);
        }
    }

    /// A list of which nothing was written: whether it was given decides about what stands for it.
    #[cold]
    pub(in crate::engine) fn note_unwritten(&mut self, frame: usize, ops: (u32, u32)) {
        for (list, _) in lists(self.program, ops) {
            if !self.slot(frame, list).is_absent() {
                self.spoil_recording();
            }
        }
    }

    /// Items of which more than their values decides what is done with them: names, for one.
    #[cold]
    pub(in crate::engine) fn note_items(&mut self, frame: usize, list: SlotRef, cell: Option<u8>) {
        let given = self.slot(frame, list).kind() == SlotKind::List;
        if given && !self.is_empty(frame, list, cell) {
            self.spoil_recording();
        }
    }

    /// A value was lost since nothing takes it from its place.
    pub(in crate::engine) fn note_lost(
        &mut self,
        (record, slot): (u32, u16),
        code: LossCode,
        rule: u16,
    ) {
        let slot = slot_at(record, slot);
        if let Some(recorder) = &mut self.recorder {
            recorder.acts.push((Act::Lost { slot, code, rule }, None));
        }
    }

    /// A value was compared: only one that cannot be there compares alike in every document.
    #[cold]
    pub(in crate::engine) fn note_compared(&mut self, frame: usize, value: u32) {
        if !self.is_settled(frame, &self.program.values[value as usize]) {
            self.spoil_recording();
        }
    }

    fn spoil_recording(&mut self) {
        if let Some(recorder) = &mut self.recorder {
            recorder.spoiled = true;
        }
    }

    fn note(
        &mut self,
        frame: usize,
        written: Option<(usize, usize)>,
        act: impl FnOnce(u32) -> Option<Act>,
    ) {
        let Some(recorder) = &mut self.recorder else {
            return;
        };
        match act(recorder.frame(frame)) {
            Some(act) => recorder.acts.push((act, written)),
            None => recorder.spoiled = true,
        }
    }

    /// True if a value comes out the same in every document that has no value where this one has none.
    fn is_settled(&self, frame: usize, value: &Value) -> bool {
        let settled = |input: &Input| match input {
            Input::Slot(place) => !self.slot(frame, *place).is_value(),
            Input::Nothing => true,
            Input::Literal(_) | Input::Given(_) => false,
        };
        let inputs = match &value.inputs {
            Inputs::One(input) => settled(input),
            Inputs::Many(inputs) => inputs.iter().all(settled),
        };
        inputs
            && value.also.iter().all(|(input, _)| settled(input))
            && value
                .when
                .is_none_or(|when| self.is_settled_cond(frame, when))
    }

    fn is_settled_cond(&self, frame: usize, cond: u32) -> bool {
        let program = self.program;
        let settled = |cond: &u32| self.is_settled_cond(frame, *cond);
        match &program.conds[cond as usize] {
            Cond::All(conds) | Cond::Any(conds) => conds.iter().all(settled),
            Cond::Not(cond) => settled(cond),
            Cond::Present(value) | Cond::In(value, _) => {
                self.is_settled(frame, &program.values[*value as usize])
            }
            Cond::Exists(place) => !self.slot(frame, *place).is_value(),
            Cond::Always(_) => true,
        }
    }
}

/// The lists that operations run over themselves, with the cell of their items.
fn lists(program: &Program, (from, to): (u32, u32)) -> impl Iterator<Item = (SlotRef, Option<u8>)> {
    let ops = program.ops[from as usize..to as usize].iter();
    ops.filter_map(|op| match op {
        Op::Each { each } => {
            let each = &program.eaches[*each as usize];
            Some((each.list, each.cell))
        }
        Op::Entries { entries } => {
            let entries = &program.entries[*entries as usize];
            Some((entries.list, entries.cell))
        }
        _ => None,
    })
}
