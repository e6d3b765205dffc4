//! The text of one value: read from slots, through its chain.

use std::borrow::Cow;

use super::captured::Captured;
use super::fault::{Fault, FaultCode, LossCode};
use super::outcome::{
    Outcome, Refused, chain_takes_absent, part_of, refused, table_read, table_write, two,
};
use super::replay::Recorder;
use super::slot::{Slot, SlotKind};
use super::way::qualify;
use crate::mapping::convert::{CallFacts, Law};
use crate::mapping::plan::{Chain, Cond, Fan, Input, Inputs, NONE, Plan, Program, SlotRef, Value};
use crate::mapping::table::Hit;

/// Which way a program runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Direction {
    /// Native in, canonical out.
    ToCanonical,
    /// Canonical in, native out.
    ToNative,
}

/// What a call brings beside its document.
#[derive(Debug, Clone, Copy)]
pub struct Surroundings<'a> {
    /// Values that rules name beside the document, in the plan's order.
    pub given: &'a [Option<&'a [u8]>],
    /// What converters need of the call.
    pub call: &'a CallFacts<'a>,
}

/// Texts on their way through a chain.
#[derive(Debug, Default)]
pub(crate) struct Buffers {
    pub(super) texts: [Vec<u8>; 2],
    others: [Vec<u8>; 2],
}

/// A text with what is known of it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Found<'a> {
    pub(crate) text: &'a [u8],
    /// It needs no escape in JSON.
    pub(crate) plain: bool,
    /// Its place accepts it: that was found out when the plan was made.
    pub(crate) sound: bool,
}

impl<'a> Found<'a> {
    #[inline]
    pub(super) fn new(text: &'a [u8], plain: bool) -> Self {
        Self {
            text,
            plain,
            sound: false,
        }
    }
}

/// The registers of the block that runs, and whether a record stands for all of its place: in a merge patch
/// the root does not, an item of a list that is given does.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Register {
    pub(crate) record: u32,
    pub(crate) whole: bool,
}

/// A captured document with what its values need: the source of one direction.
pub(crate) struct Reader<'a> {
    pub(crate) plan: &'a Plan,
    pub(crate) program: &'a Program,
    pub(crate) direction: Direction,
    pub(crate) captured: &'a mut Captured,
    pub(crate) input: &'a [u8],
    pub(crate) around: Surroundings<'a>,
    pub(crate) registers: &'a mut Vec<Register>,
    pub(crate) buffers: &'a mut Buffers,
    pub(crate) faults: &'a mut Vec<Fault>,
    /// Values that are not written, since the base has nothing there and reads as the same by default.
    pub(crate) held: Vec<u32>,
    /// Conditions of which a patch alone does not decide: what they are over patch and base.
    pub(crate) known: Vec<(u32, bool)>,
    /// A null leaves its member out (an update with a base, of an upstream whose update clears what is absent).
    pub(crate) nulls_clear: bool,
    /// The document is a merge patch, or a native update that keeps what it leaves out.
    pub(crate) patch: bool,
    /// What does not convert, or is not accepted, is lost.
    pub(crate) lenient: bool,
    /// The row that a table gave last, with the chain and the slot that it was asked for.
    pub(crate) looked_up: Option<(u16, Slot, Hit<'a>)>,
    /// What is written is recorded, for the next document of its form.
    pub(crate) recorder: Option<Box<Recorder>>,
}

impl<'a> Reader<'a> {
    #[inline]
    pub(crate) fn register(&self, frame: usize, register: u8) -> Register {
        self.registers[frame + usize::from(register)]
    }

    #[inline]
    pub(crate) fn slot(&self, frame: usize, place: SlotRef) -> Slot {
        self.captured
            .slot(self.register(frame, place.register).record, place.slot)
    }

    /// The text that a value is written with: none if it breaks the check of its place.
    pub(crate) fn reads_as(&mut self, frame: usize, index: u32) -> Option<Cow<'_, [u8]>> {
        let (plan, program) = (self.plan, self.program);
        let found = self.value(frame, index)?;
        plan.accepted(program, &program.values[index as usize], found.text)
            .ok()
    }

    /// A value that stands where its guard does not hold.
    #[cold]
    pub(super) fn guarded(&mut self, frame: usize, value: &Value) {
        let Some(slot) = self.present(frame, &value.inputs) else {
            return;
        };
        if self.is_other(frame, value.case) {
            return;
        }
        let at = self.captured.origin(slot);
        match self.direction {
            Direction::ToCanonical => self.captured.lose(LossCode::NoPlace, value.rule, at),
            Direction::ToNative => self.faults.push(Fault {
                code: FaultCode::NotApplicable,
                rule: value.rule,
                node: NONE,
                at,
                why: "nothing here while its condition does not hold",
            }),
        }
    }

    /// The first slot of the inputs that holds a value.
    fn present(&self, frame: usize, inputs: &Inputs) -> Option<Slot> {
        let slot_of = |input: &Input| match input {
            Input::Slot(place) => Some(self.slot(frame, *place)).filter(|slot| slot.is_value()),
            Input::Literal(_) | Input::Given(_) | Input::Nothing => None,
        };
        match inputs {
            Inputs::One(input) => slot_of(input),
            Inputs::Many(inputs) => inputs.iter().find_map(slot_of),
        }
    }

    #[inline(never)]
    pub(super) fn converted<'s>(&'s mut self, frame: usize, value: &'a Value) -> Option<Found<'s>> {
        let mut texts = std::mem::take(&mut self.buffers.texts);
        let result = self.through(frame, value, &mut texts);
        self.buffers.texts = texts;
        let outcome = match result {
            Ok(outcome) => outcome,
            Err(refused) => {
                self.refuse_converted(frame, value, &refused);
                return None;
            }
        };
        if !value.also.is_empty() && self.direction == Direction::ToCanonical {
            self.disagreements(frame, value, &outcome);
        }
        match outcome {
            Outcome::Absent => self.default_of(value),
            Outcome::Buffer(index) => Some(Found::new(&self.buffers.texts[index], false)),
            Outcome::Static(text) => Some(Found::new(text, false)),
        }
    }

    /// True if a value that does not fit is told as a loss.
    pub(super) fn reports(&self, value: &Value) -> bool {
        self.lenient || value.report_invalid && self.direction == Direction::ToCanonical
    }

    /// A text that does not convert: a loss where the rule reports it, else a fault.
    #[cold]
    pub(super) fn refuse_converted(&mut self, frame: usize, value: &Value, refused: &Refused) {
        let at = self
            .present(frame, &value.inputs)
            .or_else(|| self.first_also(frame, value))
            .map_or(0, |slot| self.captured.origin(slot));
        if self.reports(value) {
            self.captured.lose(LossCode::Invalid, value.rule, at);
            self.lose_also(frame, value, at);
        } else {
            self.faults.push(Fault {
                code: refused.code,
                rule: value.rule,
                node: NONE,
                at,
                why: refused.why,
            });
        }
    }

    /// The first further place of a value that holds something.
    fn first_also(&self, frame: usize, value: &Value) -> Option<Slot> {
        value.also.iter().find_map(|(input, _)| match input {
            Input::Slot(place) => Some(self.slot(frame, *place)).filter(|slot| slot.is_value()),
            Input::Literal(_) | Input::Given(_) | Input::Nothing => None,
        })
    }

    /// Reports the further places of a value whose first one does not convert.
    #[cold]
    fn lose_also(&mut self, frame: usize, value: &Value, reported: u32) {
        for (input, _) in &value.also {
            let Input::Slot(place) = *input else { continue };
            let slot = self.slot(frame, place);
            let at = self.captured.origin(slot);
            if slot.is_value() && at != reported {
                self.captured.lose(LossCode::Disagrees, value.rule, at);
            }
        }
    }

    /// Reports the further places of a value that say something else than the first.
    fn disagreements(&mut self, frame: usize, value: &'a Value, outcome: &Outcome<'a>) {
        let mut texts = std::mem::take(&mut self.buffers.others);
        for (input, chain) in &value.also {
            let Input::Slot(place) = *input else { continue };
            let slot = self.slot(frame, place);
            let Some(text) = self.captured.text(self.input, slot) else {
                continue;
            };
            let first = match outcome {
                Outcome::Absent => break,
                Outcome::Buffer(index) => self.buffers.texts[*index].as_slice(),
                Outcome::Static(text) => text,
            };
            if !self.says(value, *chain, text, first, &mut texts) {
                let at = self.captured.origin(slot);
                self.captured.lose(LossCode::Disagrees, value.rule, at);
            }
        }
        self.buffers.others = texts;
    }

    /// True if the native text of a further place is read as the value that the first place gave.
    fn says(
        &self,
        value: &Value,
        chain: u16,
        native: &[u8],
        first: &[u8],
        texts: &mut [Vec<u8>; 2],
    ) -> bool {
        if !value.id && self.is_written_as(chain, first, native, texts) {
            return true;
        }
        texts[0].clear();
        texts[1].clear();
        match self.chained_by(chain, 0, value.id, &[Some(native)], texts) {
            Ok(Outcome::Buffer(index)) => texts[index] == first,
            Ok(Outcome::Static(text)) => text == first,
            Ok(Outcome::Absent) | Err(_) => false,
        }
    }

    /// True if a converter writes the value as just this text: by its law the text then reads as the value, and
    /// writing is the shorter way.
    fn is_written_as(
        &self,
        chain: u16,
        value: &[u8],
        native: &[u8],
        texts: &mut [Vec<u8>; 2],
    ) -> bool {
        let Some(Chain {
            join: None,
            steps,
            fan: None,
            ..
        }) = self.plan.chains.get(usize::from(chain))
        else {
            return false;
        };
        let [step] = steps.as_slice() else {
            return false;
        };
        texts[0].clear();
        step.law() != Law::Lossy
            && step.write(value, self.around.call, &mut texts[0]).is_ok()
            && texts[0] == native
    }

    /// Runs the chain of a value.
    fn through(
        &self,
        frame: usize,
        value: &'a Value,
        texts: &mut [Vec<u8>; 2],
    ) -> Result<Outcome<'a>, Refused> {
        texts[0].clear();
        texts[1].clear();
        let first = match &value.inputs {
            Inputs::One(input) => {
                let text = self.input_text(frame, *input, value.ids & 1 == 1)?;
                match text {
                    Some(text) => self.chained(value, &[Some(text)], texts)?,
                    None if chain_takes_absent(self.plan, value.chain) => {
                        self.chained(value, &[None], texts)?
                    }
                    None => Outcome::Absent,
                }
            }
            Inputs::Many(inputs) => {
                let mut gathered: [Option<&[u8]>; 8] = [None; 8];
                for (number, (to, input)) in gathered.iter_mut().zip(inputs).enumerate() {
                    *to = self.input_text(frame, *input, value.ids >> number & 1 == 1)?;
                }
                let gathered = &gathered[..inputs.len().min(8)];
                if gathered.iter().all(Option::is_none) {
                    Outcome::Absent
                } else {
                    self.chained(value, gathered, texts)?
                }
            }
        };
        if value.also.is_empty() || !matches!(first, Outcome::Absent) {
            return Ok(first);
        }
        for (input, chain) in &value.also {
            if let Some(text) = self.input_text(frame, *input, false)? {
                return self.chained_by(*chain, 0, value.id, &[Some(text)], texts);
            }
        }
        Ok(Outcome::Absent)
    }

    fn chained(
        &self,
        value: &'a Value,
        inputs: &[Option<&[u8]>],
        texts: &mut [Vec<u8>; 2],
    ) -> Result<Outcome<'a>, Refused> {
        self.chained_by(value.chain, value.column, value.id, inputs, texts)
    }

    fn chained_by(
        &self,
        chain: u16,
        column: u8,
        id: bool,
        inputs: &[Option<&[u8]>],
        texts: &mut [Vec<u8>; 2],
    ) -> Result<Outcome<'a>, Refused> {
        let outcome = match self.plan.chains.get(usize::from(chain)) {
            None => {
                let text = inputs.first().copied().flatten().unwrap_or_default();
                if id {
                    qualify(&self.plan.qualifier, text, &mut texts[0]);
                } else {
                    texts[0].extend_from_slice(text);
                }
                return Ok(Outcome::Buffer(0));
            }
            Some(chain) => match self.direction {
                Direction::ToCanonical => self.read(chain, column, inputs, texts)?,
                Direction::ToNative => self.write(chain, column, inputs, texts)?,
            },
        };
        if !id {
            return Ok(outcome);
        }
        Ok(match outcome {
            Outcome::Absent => Outcome::Absent,
            Outcome::Buffer(index) => {
                let (local, qualified) = two(texts, index);
                qualified.clear();
                qualify(&self.plan.qualifier, local, qualified);
                Outcome::Buffer(1 - index)
            }
            Outcome::Static(local) => {
                texts[0].clear();
                qualify(&self.plan.qualifier, local, &mut texts[0]);
                Outcome::Buffer(0)
            }
        })
    }

    /// The text of an input; of an id its local part.
    fn input_text(&self, frame: usize, input: Input, id: bool) -> Result<Option<&[u8]>, Refused> {
        let text = match input {
            Input::Slot(place) => self.captured.text(self.input, self.slot(frame, place)),
            Input::Literal(lit) => Some(self.plan.lit(lit)),
            Input::Given(index) => self.around.given.get(usize::from(index)).copied().flatten(),
            Input::Nothing => None,
        };
        let (Some(text), true) = (text, id) else {
            return Ok(text);
        };
        let Some(local) = text.strip_prefix(&*self.plan.qualifier) else {
            return Err(Refused {
                code: FaultCode::InvalidInput,
                why: "an id of this upstream",
            });
        };
        if local.starts_with(b"ref:") {
            return Err(Refused {
                code: FaultCode::InvalidInput,
                why: "an id rather than a reference",
            });
        }
        Ok(Some(local.strip_prefix(b"id:").unwrap_or(local)))
    }

    /// Native to canonical.
    fn read(
        &self,
        chain: &'a Chain,
        column: u8,
        inputs: &[Option<&[u8]>],
        texts: &mut [Vec<u8>; 2],
    ) -> Result<Outcome<'a>, Refused> {
        let mut at = 0;
        if let Some(join) = &chain.join {
            if !join.unite(inputs, &mut texts[0]).map_err(refused)? {
                return Ok(Outcome::Absent);
            }
        } else if chain.steps.is_empty()
            && let Some(Fan::Table(table)) = &chain.fan
        {
            return table_read(table, column, inputs, &mut texts[0]);
        } else {
            let Some(first) = inputs.first().copied().flatten() else {
                return Ok(Outcome::Absent);
            };
            texts[0].extend_from_slice(first);
        }
        for step in &chain.steps {
            at = self.step(step, at, texts)?;
        }
        match &chain.fan {
            None => Ok(Outcome::Buffer(at)),
            Some(Fan::Table(table)) => {
                let text = std::mem::take(&mut texts[at]);
                let outcome = table_read(table, column, &[Some(&text)], &mut texts[1 - at]);
                texts[at] = text;
                outcome.map(|outcome| outcome.in_buffer(1 - at))
            }
            Some(Fan::Joined(joined)) => {
                let text = std::mem::take(&mut texts[at]);
                let other = 1 - at;
                texts[other].clear();
                let part = part_of(joined, &text, (column, chain.places.1), &mut texts[other])?;
                texts[at] = text;
                Ok(if part {
                    Outcome::Buffer(other)
                } else {
                    Outcome::Absent
                })
            }
        }
    }

    /// Canonical to native.
    fn write(
        &self,
        chain: &'a Chain,
        column: u8,
        inputs: &[Option<&[u8]>],
        texts: &mut [Vec<u8>; 2],
    ) -> Result<Outcome<'a>, Refused> {
        let mut at = 0;
        match &chain.fan {
            Some(Fan::Table(table)) => {
                let outcome = table_write(table, column, inputs, &mut texts[0])?;
                if chain.steps.is_empty() && chain.join.is_none() {
                    return Ok(outcome);
                }
                match outcome {
                    Outcome::Absent => return Ok(Outcome::Absent),
                    Outcome::Static(text) => texts[0].extend_from_slice(text),
                    Outcome::Buffer(index) => at = index,
                }
            }
            Some(Fan::Joined(joined)) => {
                if !joined.unite(inputs, &mut texts[0]).map_err(refused)? {
                    return Ok(Outcome::Absent);
                }
            }
            None => {
                let Some(first) = inputs.first().copied().flatten() else {
                    return Ok(Outcome::Absent);
                };
                texts[0].extend_from_slice(first);
            }
        }
        for step in chain.steps.iter().rev() {
            let (text, next) = two(texts, at);
            next.clear();
            step.write(text, self.around.call, next).map_err(refused)?;
            at = 1 - at;
        }
        let Some(join) = &chain.join else {
            return Ok(Outcome::Buffer(at));
        };
        let (text, next) = two(texts, at);
        next.clear();
        let part = part_of(join, text, (column, chain.places.0), next)?;
        Ok(if part {
            Outcome::Buffer(1 - at)
        } else {
            Outcome::Absent
        })
    }

    fn step(
        &self,
        step: &crate::mapping::convert::Convert,
        at: usize,
        texts: &mut [Vec<u8>; 2],
    ) -> Result<usize, Refused> {
        let (text, next) = two(texts, at);
        next.clear();
        step.read(text, self.around.call, next).map_err(refused)?;
        Ok(1 - at)
    }

    /// True if a condition holds.
    pub(crate) fn holds(&mut self, frame: usize, cond: u32) -> bool {
        let program = self.program;
        if let Some((_, known)) = self.known.iter().rev().find(|(of, _)| *of == cond) {
            return *known;
        }
        match &program.conds[cond as usize] {
            Cond::All(all) => all.iter().all(|cond| self.holds(frame, *cond)),
            Cond::Any(any) => any.iter().any(|cond| self.holds(frame, *cond)),
            Cond::Not(other) => !self.holds(frame, *other),
            Cond::Present(value) => self.value(frame, *value).is_some(),
            Cond::In(value, literals) => {
                let plan = self.plan;
                self.value(frame, *value)
                    .is_some_and(|found| literals.iter().any(|lit| plan.lit(*lit) == found.text))
            }
            Cond::Exists(place) => {
                let slot = self.slot(frame, *place);
                !slot.is_absent() && slot.kind() != SlotKind::Null
            }
            Cond::Always(holds) => *holds,
        }
    }
}
