//! Patches that make another alternative of a tagged union of what the base has.

use super::{Frames, Put, Site, Tally};
use crate::engine::captured::Spans;
use crate::engine::fault::LossCode;
use crate::mapping::plan::{Cond, Input, Inputs, Lit, Object, Op, Value};

impl<'a> Put<'_, 'a> {
    /// True if the base has the constant that tells the alternative which holds.
    pub(super) fn has_tag(&self, frames: Frames, value: &Value, tag: Lit) -> bool {
        let Some(place) = value.base else { return true };
        let record = self.base.register(frames.base, place.register).record;
        let slot = self.base.captured.slot(record, place.slot);
        let text = self.base.captured.text(self.base.input, slot);
        text == Some(self.patch.plan.lit(tag))
    }

    /// The value of an alternative that does not hold. If another held before, what the base has of it goes, unless
    /// the one that holds writes the same place.
    pub(super) fn other_case(
        &mut self,
        frames: Frames,
        op: u32,
        (index, spans): (u32, Spans),
        attribute: bool,
        site: &mut Site,
        tally: &mut Tally,
    ) {
        let cases = self.beside(op, index);
        let shared = cases
            .into_iter()
            .any(|beside| !self.patch.is_other(frames.patch, beside.case));
        if shared {
            return;
        }
        let value = &self.patch.program.values[index as usize];
        if self.is_switched(value.case) {
            self.remove_residue(frames, (index, spans), tally);
        } else {
            site.pass(spans, attribute);
            tally.wrote.any = true;
        }
    }

    /// Takes away what an alternative had in the base; what the patch does not say of it is reported.
    pub(super) fn remove_residue(
        &mut self,
        frames: Frames,
        (index, spans): (u32, Spans),
        tally: &mut Tally,
    ) {
        let value = &self.patch.program.values[index as usize];
        let inputs = match &value.inputs {
            Inputs::One(input) => std::slice::from_ref(input),
            Inputs::Many(inputs) => inputs,
        };
        let untouched =
            |input: &Input| matches!(input, Input::Slot(_)) && !self.touches(frames.patch, input);
        if inputs.iter().any(untouched) {
            self.lose_case(frames, value.case, value.rule);
        }
        self.edits.remove(spans.outer);
        tally.removed = true;
    }

    /// Reports that something goes with its alternative, at the tag that says so.
    fn lose_case(&mut self, frames: Frames, case: Option<u32>, rule: u16) {
        let at = case.map_or(0, |case| self.patch.tag_at(frames.patch, case));
        self.patch.captured.lose(LossCode::Residue, rule, at);
    }

    /// True if the patch makes another alternative of the union that a condition belongs to.
    pub(super) fn is_switched(&self, case: Option<u32>) -> bool {
        if self.switched.is_empty() {
            return false;
        }
        case.is_some_and(|case| {
            let any = match &self.patch.program.conds[case as usize] {
                Cond::Any(parts) => parts.iter().any(|part| self.switched.contains(part)),
                _ => false,
            };
            any || self.switched.contains(&case)
        })
    }

    /// True if the alternative that the base was of has a value at the place of this one.
    pub(super) fn was_read(&mut self, frames: Frames, op: u32, index: u32) -> bool {
        let mut values = self.beside(op, index);
        values.push(&self.patch.program.values[index as usize]);
        values.into_iter().any(|value| {
            let read = value.reads.first().map(|read| *read as usize);
            let case = read.and_then(|read| self.base.program.values[read].case);
            case.is_some_and(|case| self.base.holds(frames.base, case))
        })
    }

    /// The values that others write at the place of this one: their operations stand side by side.
    fn beside(&self, op: u32, index: u32) -> Vec<&'a Value> {
        let program = self.patch.program;
        let base = program.values[index as usize].base;
        let value_at = |op: u32| match program.ops.get(op as usize) {
            Some(Op::Value { value, .. }) => {
                let value = &program.values[*value as usize];
                (value.base == base && base.is_some()).then_some(value)
            }
            _ => None,
        };
        let before = (0..op).rev().map_while(value_at);
        let behind = (op + 1..).map_while(value_at);
        before.chain(behind).collect()
    }

    /// True for an object of the base that stood for an alternative which no longer holds.
    pub(super) fn is_of_other(
        &mut self,
        frames: Frames,
        rules: &Object,
        (from, to): (u32, u32),
        wrote: bool,
    ) -> bool {
        let of_other = rules.made.is_some_and(|(now, _)| {
            self.is_switched(Some(now)) && !self.patch.holds(frames.patch, now)
        });
        if !of_other || !wrote {
            return of_other;
        }
        // What stands in it is residue, unless something that holds is written into it.
        let program = self.patch.program;
        let ops = &program.ops[from as usize..to as usize];
        ops.iter().all(|op| match *op {
            Op::Value { value, .. } => {
                let case = program.values[value as usize].case;
                self.patch.is_other(frames.patch, case)
            }
            Op::Each { each } => {
                let case = program.eaches[each as usize].case;
                self.patch
                    .is_other(frames.patch, case.map(|(case, _)| case))
            }
            Op::Entries { .. } => false,
            _ => true,
        })
    }

    /// True if the list of this operation was not read, and would be since its alternative holds now.
    pub(super) fn is_stale_list(&mut self, frames: Frames, op: u32) -> bool {
        let program = self.patch.program;
        let Some(Op::Each { each }) = program.ops.get(op as usize) else {
            return false;
        };
        let each = &program.eaches[*each as usize];
        let Some((case, read)) = each.case else {
            return false;
        };
        self.is_switched(Some(case))
            && !self.base.holds(frames.base, read)
            && !self.touches(frames.patch, &Input::Slot(each.list))
    }

    /// Lists of an alternative that no longer holds, or holds only now, go.
    pub(super) fn leave_lists(&mut self, frames: Frames, (from, to): (u32, u32)) -> Tally {
        let mut tally = Tally::default();
        let program = self.patch.program;
        for op in &program.ops[from as usize..to as usize] {
            let Op::Each { each } = *op else { continue };
            let each = &program.eaches[each as usize];
            let Some((place, cell, _)) = each.base else {
                continue;
            };
            let holder = self.base.register(frames.base, place.register).record;
            let items = super::lists::items(self.base, holder, place.slot, cell);
            let case = each.case.map(|(case, _)| case);
            if !self.is_switched(case) {
                tally.wrote.any |= !items.is_empty();
                continue;
            }
            if self.touches(frames.patch, &Input::Slot(each.list)) {
                let at = self.patch.list_at(frames.patch, each.list);
                self.lose_items(each, &items, at);
            } else if !items.is_empty() {
                self.lose_case(frames, case, each.rule);
            }
            for item in items {
                self.edits.remove(self.base.captured.spans(item, 0).outer);
            }
            tally.removed = true;
        }
        tally
    }
}
