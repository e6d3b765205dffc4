//! Writing of a document by a recording.

use super::{Act, Recording};
use crate::codec::copy::append_start;
use crate::engine::captured::ABSENT_RECORD;
use crate::engine::fault::LossCode;
use crate::engine::output::Output;
use crate::engine::value::Reader;
use crate::mapping::plan::Lit;

/// What stands around a value is in the recording's literals.
const NOTHING: (Lit, Lit) = (NO_LIT, NO_LIT);
const NO_LIT: Lit = Lit {
    start: 0,
    end: 0,
    separated: false,
};

impl Reader<'_> {
    /// Writes the document as another one was written; false if that does not apply. Some of it may have been written
    /// then, and faults and losses been found that are none.
    pub(in crate::engine) fn replay(
        &mut self,
        recording: &Recording,
        out: &mut Output<'_>,
    ) -> bool {
        let unset = recording.unset.iter();
        if !unset.copied().all(|(slot, kind)| {
            let found = self.captured.slots.get(slot as usize);
            found.is_some_and(|found| found.kind() == kind)
        }) {
            return false;
        }
        self.registers.extend_from_slice(&recording.registers);
        let mut literals = recording.literals.as_slice();
        for step in &recording.steps {
            let gap = step.gap as usize;
            if gap > 0 {
                append_start(out.bytes, literals, gap);
                literals = &literals[gap..];
            }
            let repeated = match step.act {
                Act::Text { slot, value } => self.replay_text(slot, value, out),
                Act::Found { frame, value } => self.emit_found(frame as usize, value, NOTHING, out),
                Act::Absent { frame, value } => {
                    !self.emit_found(frame as usize, value, NOTHING, out)
                }
                Act::Lost { slot, code, rule } => self.replay_loss(slot, code, rule),
                Act::Holds { frame, cond, holds } => self.holds(frame as usize, cond) == holds,
                Act::Union { frame, union, case } => {
                    let union = &self.program.unions[union as usize];
                    self.case_of(frame as usize, union) == Some(case as usize)
                }
                Act::Split {
                    frame,
                    split,
                    cells,
                } => self.falls_into(frame as usize, split, recording.cells.get(cells as usize..)),
            };
            if !repeated {
                return false;
            }
        }
        append_start(out.bytes, literals, recording.tail as usize);
        self.faults.is_empty()
    }

    #[inline(always)]
    fn replay_text(&mut self, slot: u32, value: u32, out: &mut Output<'_>) -> bool {
        let slot = self.captured.slots[slot as usize];
        let value = &self.program.values[value as usize];
        slot.is_value() && self.emit_text(0, slot, value, NOTHING, out) == Some(true)
    }

    fn replay_loss(&mut self, slot: u32, code: LossCode, rule: u16) -> bool {
        let slot = self.captured.slots[slot as usize];
        let at = self.captured.origin(slot);
        self.captured.lose(code, rule, at);
        slot.is_value()
    }

    /// True if the items of a list fall into these cells.
    fn falls_into(&self, frame: usize, split: u32, cells: Option<&[u32]>) -> bool {
        let split = &self.program.splits[split as usize];
        let holder = self.register(frame, split.list.register).record;
        let mut item = self.captured.head(holder, split.list.slot);
        for (position, cell) in (0..).zip(cells.unwrap_or_default()) {
            if item == ABSENT_RECORD {
                break;
            }
            let first = self.first_cell(split, item, position);
            let found = first.map_or(split.rest.map(u32::from), |first| Some(first as u32));
            if found != Some(*cell) {
                return false;
            }
            item = self.captured.next(item);
        }
        item == ABSENT_RECORD
    }
}
