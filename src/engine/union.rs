//! Tagged unions: one alternative must hold, and what only others carry is lost.

use super::fault::FaultCode;
use super::slot::SlotKind;
use super::value::Reader;
use crate::mapping::plan::{Cond, Input, Inputs, SlotRef, Union};

impl Reader<'_> {
    /// Judges the unions of a block that runs: `(from, to)` of the program's.
    #[cold]
    pub(crate) fn judge_unions(&mut self, frame: usize, (from, to): (u32, u32)) {
        let program = self.program;
        for union in &program.unions[from as usize..to as usize] {
            self.judge_union(frame, union);
        }
    }

    /// The first alternative that holds.
    pub(crate) fn case_of(&mut self, frame: usize, union: &Union) -> Option<usize> {
        let mut cases = union.cases.iter();
        cases.position(|case| self.holds(frame, case.cond))
    }

    fn judge_union(&mut self, frame: usize, union: &Union) {
        if let Some(case) = self.case_of(frame, union) {
            for unread in &union.cases[case].unread {
                let record = self.register(frame, unread.place.register).record;
                self.lose_place(record, unread);
            }
            return;
        }
        if self.to_native()
            && let Some(at) = self.cleared(frame, union)
        {
            let why = "what says which of the alternatives is meant";
            self.fault(FaultCode::CannotClear, union.rule, at, why);
            return;
        }
        let tag = self.first(frame, union.tags.iter());
        let place = tag.or_else(|| self.first(frame, union.places.iter()));
        let Some(place) = place else { return };
        let slot = self.slot(frame, place);
        let at = match slot.kind() {
            SlotKind::List if self.to_native() => self.list_at(frame, place),
            SlotKind::List => 0,
            _ => self.captured.origin(slot),
        };
        let (code, why) = match (self.to_native(), tag) {
            (true, Some(_)) => (
                FaultCode::NotSupportedHere,
                "one of the alternatives that the upstream has",
            ),
            (true, None) => (
                FaultCode::MissingInput,
                "what says which of the alternatives is meant",
            ),
            (false, _) => (
                FaultCode::UnknownVariant,
                "one of the alternatives that are known",
            ),
        };
        self.fault(code, union.rule, at, why);
    }

    /// Where a tag is null by its own name.
    fn cleared(&self, frame: usize, union: &Union) -> Option<u32> {
        let mut tags = union.tags.iter().map(|tag| self.slot(frame, *tag));
        let null = tags.find(|slot| slot.kind() == SlotKind::Null && slot.len() == 0)?;
        Some(null.start())
    }

    /// The first of these places where something stands.
    fn first<'s>(
        &self,
        frame: usize,
        mut places: impl Iterator<Item = &'s SlotRef>,
    ) -> Option<SlotRef> {
        let stands = |place: &&SlotRef| {
            let slot = self.slot(frame, **place);
            !slot.is_absent() && slot.kind() != SlotKind::Null
        };
        places.find(stands).copied()
    }

    /// True if a value or list belongs to an alternative that does not hold.
    pub(crate) fn is_other(&mut self, frame: usize, case: Option<u32>) -> bool {
        case.is_some_and(|case| !self.holds(frame, case))
    }

    /// Where the source has the tag that a condition looks at.
    pub(crate) fn tag_at(&self, frame: usize, cond: u32) -> u32 {
        let program = self.program;
        match &program.conds[cond as usize] {
            Cond::All(parts) => parts
                .iter()
                .map(|part| self.tag_at(frame, *part))
                .max()
                .unwrap_or(0),
            Cond::In(value, _) => match program.values[*value as usize].inputs {
                Inputs::One(Input::Slot(place)) => self.captured.origin(self.slot(frame, place)),
                _ => 0,
            },
            _ => 0,
        }
    }
}
