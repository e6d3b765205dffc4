//! What is refused or reported beside conversion: rules of objects, guards of lists, places that a request
//! must not say, and texts that their places do not accept.

use std::borrow::Cow;

use super::captured::ABSENT_RECORD;
use super::emit::Wrote;
use super::fault::{Fault, FaultCode, LossCode};
use super::value::Reader;
use crate::mapping::plan::{Entries, Lit, NONE, Object, Op, Plan, Program, Value};

/// Lists within lists that are looked into for what is wrong with a member: mappings may hold themselves.
const DEEPEST: u8 = 6;

impl Reader<'_> {
    /// Holds what was written by these operations against the rules of its object.
    pub(crate) fn judge_object(
        &mut self,
        frame: usize,
        ops: (u32, u32),
        object: &Object,
        wrote: Wrote,
    ) {
        let missing = object.required & !wrote.members;
        let counted = wrote.count < object.members.0 || wrote.count > object.members.1;
        if missing == 0 && object.any_of.is_empty() && object.dependents.is_empty() && !counted {
            return;
        }
        let at = self.object_at(frame);
        if missing != 0 {
            for bit in 0..64_usize {
                if missing >> bit & 1 == 1 {
                    let rule = object.rules.get(bit).copied().unwrap_or(NONE);
                    if !self.is_told(ops, 1 << bit) {
                        self.missing(rule, at, "a value that must be present");
                    }
                }
            }
        }
        let satisfied = |group: &[u64]| group.iter().any(|mask| mask & !wrote.members == 0);
        for group in &object.any_of {
            if !satisfied(group) && !self.is_told(ops, group.iter().fold(0, |all, mask| all | mask))
            {
                let bit = group.first().map_or(64, |mask| mask.trailing_zeros());
                let rule = object.rules.get(bit as usize).copied().unwrap_or(NONE);
                self.missing(rule, at, "one of several values");
            }
        }
        for (one, others) in &object.dependents {
            let missing = others & !wrote.members;
            if wrote.members & one != 0 && missing != 0 && !self.is_told(ops, missing) {
                let bit = missing.trailing_zeros() as usize;
                let rule = object.rules.get(bit).copied().unwrap_or(NONE);
                self.missing(rule, at, "a value that another one needs beside it");
            }
        }
        if counted {
            self.fault(
                FaultCode::InvalidInput,
                NONE,
                at,
                "another number of members",
            );
        }
    }

    /// Holds the number of items that were written against the rules of their list.
    #[inline]
    pub(crate) fn judge_items(
        &mut self,
        frame: usize,
        ops: (u32, u32),
        (fewest, most): (u32, u32),
        count: u32,
    ) {
        if count < fewest || count > most {
            self.miscounted(frame, ops, count > most);
        }
    }

    #[cold]
    fn miscounted(&mut self, frame: usize, (from, to): (u32, u32), many: bool) {
        let program = self.program;
        let mut eaches = program.ops[from as usize..to as usize].iter();
        let each = eaches.find_map(|op| match *op {
            Op::Each { each } => Some(&program.eaches[each as usize]),
            _ => None,
        });
        let (rule, at) = each.map_or((NONE, self.object_at(frame)), |each| {
            let holder = self.register(frame, each.list.register).record;
            let first = self.captured.head(holder, each.list.slot);
            // An empty list has no item to point at: its slot tells nothing of where it stood.
            let at = if first == ABSENT_RECORD {
                self.object_at(frame)
            } else {
                self.captured.slot(first, 0).start()
            };
            (each.rule, at)
        });
        let why = if many { "fewer items" } else { "more items" };
        self.fault(FaultCode::InvalidInput, rule, at, why);
    }

    /// True if something of these members was given and is refused: that they are missing is no news then.
    #[cold]
    fn is_told(&self, (from, to): (u32, u32), members: u64) -> bool {
        if self.faults.is_empty() {
            return false;
        }
        let program = self.program;
        let mut at = from;
        while at < to {
            let op = &program.ops[at as usize];
            let (bit, end) = match *op {
                Op::Value { bit, .. } => (bit, at + 1),
                Op::Object { bit, end, .. } | Op::List { bit, end, .. } => (bit, end),
                // What stands under a condition is of the same object.
                _ => (64, at + 1),
            };
            if bit < 64 && members >> bit & 1 == 1 && self.is_refused((at, end), DEEPEST) {
                return true;
            }
            at = end;
        }
        false
    }

    /// True if a value of these operations is refused for what it is.
    fn is_refused(&self, (from, to): (u32, u32), depth: u8) -> bool {
        let program = self.program;
        let told = |rule: u16| {
            let mut faults = self.faults.iter();
            faults.any(|fault| {
                fault.rule == rule && rule != NONE && fault.code != FaultCode::MissingInput
            })
        };
        program.ops[from as usize..to as usize]
            .iter()
            .any(|op| match *op {
                Op::Value { value, .. } | Op::Forbidden { value } | Op::Fixed { value, .. } => {
                    told(program.values[value as usize].rule)
                }
                Op::Entries { entries } => told(program.entries[entries as usize].rule),
                Op::Each { each } => {
                    let each = &program.eaches[each as usize];
                    let block = program.blocks[each.block as usize];
                    told(each.rule) || depth > 0 && self.is_refused(block.ops, depth - 1)
                }
                _ => false,
            })
    }

    /// A member that must be there; what is wrong with one that was given is told already.
    fn missing(&mut self, rule: u16, at: u32, why: &'static str) {
        let told = |fault: &Fault| fault.rule == rule && rule != NONE;
        if !self.faults.iter().any(told) {
            self.fault(FaultCode::MissingInput, rule, at, why);
        }
    }

    /// Where the record that a block runs over begins in the source.
    fn object_at(&self, frame: usize) -> u32 {
        let record = self.registers[frame].record;
        self.captured.slot(record, 0).start()
    }

    /// Lists whose guard does not hold: their items are refused, or reported, as a guarded value is.
    #[cold]
    pub(crate) fn not_applicable(&mut self, frame: usize, (from, to): (u32, u32)) {
        let program = self.program;
        for op in &program.ops[from as usize..to as usize] {
            let Op::Each { each } = *op else { continue };
            let each = &program.eaches[each as usize];
            if self.is_other(frame, each.case.map(|(case, _)| case)) {
                continue;
            }
            let holder = self.register(frame, each.list.register).record;
            let mut item = self.captured.head(holder, each.list.slot);
            while item != ABSENT_RECORD {
                let ours = each
                    .cell
                    .is_none_or(|cell| self.captured.cell(item) == u32::from(cell));
                if ours && self.to_native() {
                    let at = self.captured.slot(item, 0).start();
                    let why = "nothing here while its condition does not hold";
                    self.fault(FaultCode::NotApplicable, each.rule, at, why);
                } else if ours {
                    self.lose_record(each.kind, item, LossCode::NoPlace, each.rule);
                }
                item = self.captured.next(item);
            }
        }
    }

    /// A member that only answers have was given, and there is no base that could say the same.
    pub(crate) fn lose_read_only(&mut self, frame: usize, index: u32) {
        let value = &self.program.values[index as usize];
        let mut inputs = value.places();
        let given = inputs.find(|place| self.slot(frame, *place).is_value());
        if let Some(place) = given {
            let at = self.captured.origin(self.slot(frame, place));
            self.captured.lose(LossCode::ReadOnly, value.rule, at);
            let record = self.register(frame, place.register).record;
            self.note_lost((record, place.slot), LossCode::ReadOnly, value.rule);
        }
    }

    /// A value that the upstream's operation does not take.
    pub(crate) fn refuse_forbidden(&mut self, frame: usize, index: u32) {
        let value = &self.program.values[index as usize];
        let given = self.slots_of(frame, value).find(|slot| !slot.is_absent());
        if let Some(slot) = given {
            let at = self.captured.origin(slot);
            self.fault(
                FaultCode::NotSupportedHere,
                value.rule,
                at,
                "nothing, since this operation of the upstream does not take it",
            );
        }
    }

    pub(crate) fn require_fixed(&mut self, frame: usize, index: u32, lit: Lit) {
        if self.recorder.is_some() {
            self.note_compared(frame, index);
        }
        let value = &self.program.values[index as usize];
        let rule = value.rule;
        let at = self
            .slots_of(frame, value)
            .next()
            .map_or(0, |slot| self.captured.origin(slot));
        let fixed = self.plan.lit(lit);
        if self
            .value(frame, index)
            .is_some_and(|found| found.text != fixed)
        {
            self.fault(
                FaultCode::FixedValue,
                rule,
                at,
                "the one value that this upstream has",
            );
        }
    }
}

impl Plan {
    /// True if the place of a value accepts the text as it is, without a further look.
    #[inline]
    pub(crate) fn takes(&self, value: &Value, text: &[u8]) -> bool {
        !value.copies
            && self
                .checks
                .get(usize::from(value.check))
                .is_none_or(|check| check.admits_written(text) || check.judge_written(text).is_ok())
    }

    /// The text of a value as its place accepts it.
    ///
    /// # Errors
    /// What the place, or one of those that `copy` gives it to, expects.
    #[inline]
    pub(crate) fn accepted<'t>(
        &self,
        program: &Program,
        value: &Value,
        text: &'t [u8],
    ) -> Result<Cow<'t, [u8]>, &'static str> {
        let mut text = Cow::Borrowed(text);
        if let Some(check) = self.checks.get(usize::from(value.check))
            && let Err(why) = check.judge_written(&text)
        {
            text = Cow::Owned(check.respelled(&text).ok_or(why)?);
        }
        if value.copies {
            self.judge_copies(program, value, &text)?;
        }
        Ok(text)
    }

    /// Holds an entry's name and value against what their places accept.
    pub(crate) fn accepts_entry(
        &self,
        entries: &Entries,
        name: &[u8],
        value: &[u8],
    ) -> Result<(), &'static str> {
        for (check, text) in [(entries.checks.0, name), (entries.checks.1, value)] {
            if let Some(check) = self.checks.get(usize::from(check)) {
                check.judge_written(text)?;
            }
        }
        Ok(())
    }

    /// A value that `copy` will give to several places must be one that each of them accepts.
    pub(crate) fn judge_copies(
        &self,
        program: &Program,
        value: &Value,
        text: &[u8],
    ) -> Result<(), &'static str> {
        if std::ptr::eq(program, &self.read) {
            return Ok(());
        }
        for read in &value.reads {
            let Some(read) = self.read.values.get(*read as usize) else {
                continue;
            };
            let Some(check) = self.checks.get(usize::from(read.check)) else {
                continue;
            };
            if read.id {
                let mut id = self.qualifier.to_vec();
                id.extend_from_slice(text);
                check.judge_written(&id)?;
            } else {
                check.judge_written(text)?;
            }
        }
        Ok(())
    }
}
