//! What several requests lose together: a place is carried if one of them carries it.

use super::call::{Call, Lost};
use super::losses;
use super::parts::Part;
use crate::codec::json::tape::TapeNode;
use crate::mapping::compile::upstream::Step;

/// The losses of the steps of one call.
pub(super) struct Together<'t> {
    call: &'t Call<'t>,
    body: Option<TapeNode<'t>>,
    current: Option<TapeNode<'t>>,
    steps: Vec<OfStep>,
    /// Values beyond those that are named.
    beyond: u32,
}

/// What one step lost.
struct OfStep {
    /// Pointer to the part that it is about; none if that is all of the body.
    part: Option<String>,
    losses: Vec<Lost>,
}

// === impl Together ===

impl<'t> Together<'t> {
    pub(super) fn new(
        call: &'t Call<'t>,
        body: Option<TapeNode<'t>>,
        current: Option<TapeNode<'t>>,
    ) -> Self {
        Self {
            call,
            body,
            current,
            steps: Vec::new(),
            beyond: 0,
        }
    }

    pub(super) fn add(&mut self, step: &Step, losses: Vec<Lost>, lost: u32) {
        let named = u32::try_from(losses.len()).unwrap_or(u32::MAX);
        self.beyond = self.beyond.max(lost.saturating_sub(named));
        let part = step.of.as_ref();
        self.steps.push(OfStep {
            part: part.map(|of| Part::of(of, self.body).pointer(self.body)),
            losses,
        });
    }

    /// Gives what no step carries, and how much that is.
    pub(super) fn settle(self) -> (Vec<Lost>, u32) {
        let mut candidates: Vec<Lost> = Vec::new();
        if self.steps.iter().all(|step| step.part.is_some()) {
            let all = self.body.map(losses::all).unwrap_or_default();
            candidates.extend(all.into_iter().filter(|lost| !self.is_as_it_was(lost)));
        }
        let named = self.steps.iter().flat_map(|step| &step.losses);
        for lost in named {
            let told =
                |other: &Lost| other.pointer == lost.pointer && other.parameter == lost.parameter;
            if !candidates.iter().any(told) {
                candidates.push(lost.clone());
            }
        }
        candidates.retain(|lost| match &lost.parameter {
            Some(name) => self.is_given(name) && self.steps.iter().all(|step| step.loses(lost)),
            None => self.steps.iter().all(|step| step.loses(lost)),
        });
        let count = u32::try_from(candidates.len()).unwrap_or(u32::MAX);
        (candidates, count.saturating_add(self.beyond))
    }

    /// Of inputs only those of the caller can be lost.
    fn is_given(&self, name: &str) -> bool {
        name == "limit" || self.call.input(name).is_some()
    }

    fn is_as_it_was(&self, lost: &Lost) -> bool {
        let both = self.body.zip(self.current);
        both.is_some_and(|(body, current)| losses::is_as_it_was(lost, body, current))
    }
}

// === impl OfStep ===

impl OfStep {
    /// Tells whether a value is not in the request of the step: it says so, or is about another part.
    fn loses(&self, lost: &Lost) -> bool {
        let elsewhere = self.part.as_ref().is_some_and(|part| {
            let below = lost.pointer.strip_prefix(part.as_str());
            lost.parameter.is_none()
                && below.is_none_or(|below| !below.is_empty() && !below.starts_with('/'))
        });
        let told =
            |other: &Lost| other.pointer == lost.pointer && other.parameter == lost.parameter;
        elsewhere || self.losses.iter().any(told)
    }
}
