//! Conditions over what will be: the patch where it touches something, the base elsewhere.

use std::borrow::Cow;

use super::{Frames, Put};
use crate::mapping::plan::{Cond, Inputs, Op};

impl Put<'_, '_> {
    /// Decides the conditions of a block: over what the patch touches, and over the base elsewhere.
    pub(super) fn decide(&mut self, frames: Frames, (from, to): (u32, u32)) {
        let program = self.patch.program;
        for op in &program.ops[from as usize..to as usize] {
            let cond = match *op {
                Op::Value { value, .. } => program.values[value as usize].when,
                Op::When { cond, .. } => Some(cond),
                Op::Object { object, .. } => {
                    let made = program.objects[object as usize].made;
                    made.map(|(made, _)| made)
                }
                _ => None,
            };
            if let Some(cond) = cond {
                self.know(frames, cond);
            }
            if let Op::Value { value, .. } = *op
                && let Some(case) = program.values[value as usize].case
            {
                self.know(frames, case);
            }
            if let Op::Each { each } = *op
                && let Some((case, _)) = program.eaches[each as usize].case
            {
                self.know(frames, case);
            }
        }
    }

    /// Decides the alternatives of a block's unions.
    pub(super) fn decide_unions(&mut self, frames: Frames, (from, to): (u32, u32)) {
        let program = self.patch.program;
        for union in &program.unions[from as usize..to as usize] {
            for case in &union.cases {
                self.know(frames, case.cond);
            }
            let now = union
                .cases
                .iter()
                .position(|case| self.patch.holds(frames.patch, case.cond));
            let before = union
                .cases
                .iter()
                .position(|case| self.base.holds(frames.base, case.read));
            if now != before {
                self.switched
                    .extend(union.cases.iter().map(|case| case.cond));
            }
        }
    }

    fn know(&mut self, frames: Frames, cond: u32) {
        let holds = self.merged(frames, cond);
        self.patch.known.push((cond, holds));
    }

    fn merged(&mut self, frames: Frames, cond: u32) -> bool {
        let program = self.patch.program;
        match &program.conds[cond as usize] {
            Cond::All(parts) => parts.iter().all(|part| self.merged(frames, *part)),
            Cond::Any(parts) => parts.iter().any(|part| self.merged(frames, *part)),
            Cond::Not(inner) => !self.merged(frames, *inner),
            Cond::Present(value) => self.merged_text(frames, *value).is_some(),
            Cond::In(value, literals) => {
                let plan = self.patch.plan;
                self.merged_text(frames, *value)
                    .is_some_and(|text| literals.iter().any(|lit| plan.lit(*lit) == &*text))
            }
            Cond::Exists(_) | Cond::Always(_) => self.patch.holds(frames.patch, cond),
        }
    }

    /// What a canonical place will hold.
    fn merged_text(&mut self, frames: Frames, index: u32) -> Option<Cow<'_, [u8]>> {
        let program = self.patch.program;
        let value = &program.values[index as usize];
        let touched = match &value.inputs {
            Inputs::One(input) => self.touches(frames.patch, input),
            Inputs::Many(inputs) => inputs.iter().any(|input| self.touches(frames.patch, input)),
        };
        if touched {
            let found = self.patch.value(frames.patch, index);
            return found.map(|found| Cow::Borrowed(found.text));
        }
        // A tag is read from whichever alternative the base is of.
        for read in &value.reads {
            if let Some(text) = self.base.reads_as(frames.base, *read) {
                return Some(Cow::Owned(text.into_owned()));
            }
        }
        None
    }
}
