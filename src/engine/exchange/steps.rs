//! Operations of several calls: which of them a call takes, what they lose together, and the request of each.
//!
//! Everything that can be known before the first request is sent is found out before: a value that a later step cannot
//! carry refuses the call while nothing is done yet.

use super::NativeAnswer;
use super::call::{Call, Lost};
use super::facts::{self, Facts};
use super::faults::{self, CallerFault, Refused};
use super::parts::{self, Part};
use super::request::{NativeRequest, RouteIndex};
use super::together::Together;
use super::touched;
use super::worker::Worker;
use crate::codec::Limits;
use crate::codec::json::tape::{Tape, TapeNode};
use crate::mapping::ast::Kind;
use crate::mapping::catalog::OperationIndex;
use crate::mapping::compile::upstream::{Operation, Source, Step, Upstream};

/// Counts the steps of an operation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct StepIndex(pub u16);

/// The steps that a call takes, in order.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Course {
    /// The steps; none if the call asks for nothing that a step does.
    pub legs: Vec<Leg>,
    /// What of the call is in no request.
    pub losses: Vec<Lost>,
    /// How many values are in none, where there are more than `losses` names.
    pub lost: u32,
}

/// One step that is taken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Leg {
    /// The step.
    pub step: StepIndex,
    /// Its name in the mapping.
    pub id: Box<str>,
    /// Where its failure is a warning.
    pub warns: bool,
    /// Pointer to the part of the body that it is about, if that is not all of it.
    pub pointer: Option<String>,
}

/// What an earlier step answered.
#[derive(Clone, Copy)]
pub struct Earlier<'a> {
    /// The step.
    pub step: StepIndex,
    /// Its resource, canonical JSON.
    pub body: Option<&'a [u8]>,
}

/// What stands for the value of an input that only an earlier answer gives.
const STAND_IN: &str = "0";

// === impl Upstream ===

impl Upstream {
    /// Finds the steps that a call takes; none for an operation of one call. `base` is the answer to the operation of
    /// [`Upstream::needs_base`].
    ///
    /// # Errors
    /// What of the call no step takes, all faults of all steps at once; or the base is not understood.
    pub fn course(
        &self,
        call: &Call<'_>,
        base: Option<&NativeAnswer<'_>>,
        worker: &mut Worker,
    ) -> Result<Option<Course>, Refused> {
        let Some(mut course) = self.stepped(call, base, worker)? else {
            return Ok(None);
        };
        let kept = self.uncleared(call, base, worker)?;
        let count = u32::try_from(kept.len()).unwrap_or(u32::MAX);
        course.lost = course.lost.saturating_add(count);
        course.losses.extend(kept);
        Ok(Some(course))
    }

    /// The same without what the upstream keeps of what a patch takes away.
    pub(super) fn stepped(
        &self,
        call: &Call<'_>,
        base: Option<&NativeAnswer<'_>>,
        worker: &mut Worker,
    ) -> Result<Option<Course>, Refused> {
        let operation = self.operation(call.operation);
        let Some(operation) = operation.filter(|operation| !operation.steps.is_empty()) else {
            return Ok(None);
        };
        let current = match base {
            Some(base) => self.current(operation, call, base, worker)?,
            None => None,
        };
        let limits = worker.limits;
        let (mut body_tape, mut current_tape) = (Tape::default(), Tape::default());
        let said = call.body.and_then(|body| std::str::from_utf8(body).ok());
        let root = said.and_then(|text| body_tape.parse(text, &limits).ok());
        let now = current
            .as_deref()
            .and_then(|text| current_tape.parse(text, &limits).ok());
        let facts = Facts {
            current: now,
            ..self.facts(call, root)
        };
        let running = running(operation, &facts);
        let mut found = Vec::new();
        let mut together = Together::new(call, root, now);
        let mut idle = Vec::new();
        for index in &running {
            let Some(step) = operation.steps.get(*index) else {
                continue;
            };
            match self.stood_in(call, step, *index, base, worker) {
                Ok((request, _)) => {
                    idle.extend(request.says_nothing.then_some(*index));
                    together.add(step, request.losses, request.lost);
                }
                Err(Refused::Faults(faults)) => {
                    let own = faults.into_iter();
                    found.extend(own.filter(|fault| !is_of_stand_in(fault, step)));
                }
                Err(broken @ Refused::Base(_)) => return Err(broken),
            }
        }
        found.extend(unremoved(operation, &running, &facts));
        if !found.is_empty() {
            return Err(Refused::Faults(faults::distinct(&found)));
        }
        let (losses, lost) = together.settle();
        let legs = running
            .iter()
            .filter(|index| !idle.contains(index))
            .filter_map(|index| leg(operation, *index, root))
            .collect();
        Ok(Some(Course { legs, losses, lost }))
    }

    /// Tells whether an operation consists of several calls.
    pub(crate) fn has_steps(&self, operation: OperationIndex) -> bool {
        let operation = self.operation(operation);
        operation.is_some_and(|operation| !operation.steps.is_empty())
    }

    /// Writes the request of a step, with what the steps before it answered.
    ///
    /// # Errors
    /// What of the call the step does not take; a value that an earlier answer was to give is not there; or the base is
    /// not understood.
    pub fn step(
        &self,
        call: &Call<'_>,
        step: StepIndex,
        earlier: &[Earlier<'_>],
        base: Option<&NativeAnswer<'_>>,
        worker: &mut Worker,
    ) -> Result<NativeRequest, Refused> {
        let index = usize::from(step.0);
        let operation = self.operation(call.operation);
        let step = operation.and_then(|operation| operation.steps.get(index));
        let Some(step) = step else {
            return Err(no_step());
        };
        let mut values = Vec::new();
        for with in &step.with {
            let answered = earlier
                .iter()
                .find(|one| usize::from(one.step.0) == with.step);
            let body = answered.and_then(|answered| answered.body);
            let text = body.and_then(|body| std::str::from_utf8(body).ok());
            let mut tape = Tape::default();
            let root = text.and_then(|text| tape.parse(text, &worker.limits).ok());
            let facts = self.facts(call, root);
            let source = Source::Body(with.place.clone());
            let value = facts.text(&source).ok().flatten();
            let value = value.and_then(|value| String::from_utf8(value.into_owned()).ok());
            let Some(value) = value else {
                let awaited = format!("`{}`, which the upstream did not answer", with.place.text);
                let fault = CallerFault::new(faults::MISSING, awaited);
                return Err(Refused::one(fault.of(&with.input)));
            };
            values.push(value);
        }
        let inputs = inputs(call, step, &values);
        let of_step = Call {
            inputs: &inputs,
            ..*call
        };
        self.written(&of_step, Some(index), base, false, worker)
    }

    /// Writes the request of a step with stand-ins for what earlier answers give; also gives its inputs.
    ///
    /// # Errors
    /// Those of [`Upstream::step`].
    pub(crate) fn rehearse(
        &self,
        call: &Call<'_>,
        step: StepIndex,
        base: Option<&NativeAnswer<'_>>,
        worker: &mut Worker,
    ) -> Result<(NativeRequest, Vec<(String, String)>), Refused> {
        let index = usize::from(step.0);
        let operation = self.operation(call.operation);
        match operation.and_then(|operation| operation.steps.get(index)) {
            Some(step) => self.stood_in(call, step, index, base, worker),
            None => Err(no_step()),
        }
    }

    fn stood_in(
        &self,
        call: &Call<'_>,
        step: &Step,
        index: usize,
        base: Option<&NativeAnswer<'_>>,
        worker: &mut Worker,
    ) -> Result<(NativeRequest, Vec<(String, String)>), Refused> {
        let stand_ins = vec![STAND_IN.to_owned(); step.with.len()];
        let inputs = inputs(call, step, &stand_ins);
        let of_step = Call {
            inputs: &inputs,
            ..*call
        };
        let request = self.written(&of_step, Some(index), base, false, worker)?;
        let owned = |(name, value): &(&str, &str)| ((*name).to_owned(), (*value).to_owned());
        Ok((request, inputs.iter().map(owned).collect()))
    }

    /// The operation that a step is met as from the outside, if it is met at all.
    pub(crate) fn met_as(
        &self,
        operation: OperationIndex,
        route: RouteIndex,
    ) -> Option<OperationIndex> {
        let found = self.operation(operation)?;
        let index = usize::from(route.0);
        let call = found.step_of(index).and_then(|step| step.call.as_ref());
        match call {
            Some(call) => {
                let mut calls = self.calls.iter();
                let alone = calls.find(|alone| alone.steps.iter().any(|step| step.id == *call))?;
                alone.is_met_alone(0, true).then_some(alone.index)
            }
            None => found.is_met_alone(index, false).then_some(operation),
        }
    }
}

/// Tells whether a step that a call may take depends on what is now.
pub(super) fn ask_for_current(operation: &Operation, call: &Call<'_>) -> bool {
    let text = call.body.and_then(|body| std::str::from_utf8(body).ok());
    let mut tape = Tape::default();
    let body = text.and_then(|text| tape.parse(text, &Limits::default()).ok());
    operation.steps.iter().any(|step| {
        let Some(of) = &step.of else {
            return step.uses_current(operation);
        };
        let touched = body.is_some_and(|body| parts::is_touched(body, of));
        let gone = operation.kind == Kind::Update && Part::of(of, body).node.is_none();
        touched && (gone || step.uses_current(operation))
    })
}

fn no_step() -> Refused {
    Refused::one(CallerFault::new("not-offered", "a step of the operation"))
}

/// The steps that a call takes. It must have an answer: without a base it is the first step's.
pub(super) fn running<'o>(operation: &'o Operation, facts: &Facts<'o>) -> Vec<usize> {
    if operation.steps.is_empty() {
        return Vec::new();
    }
    let steps = 0..operation.steps.len();
    let mut running: Vec<usize> = steps
        .filter(|index| runs(operation, *index, facts))
        .collect();
    if running.is_empty() && operation.base.is_none() {
        running.push(0);
    }
    running
}

/// The inputs of a step: those of the call, and over them those that earlier answers give.
fn inputs<'i>(call: &Call<'i>, step: &'i Step, values: &'i [String]) -> Vec<(&'i str, &'i str)> {
    let given = |name: &str| step.with.iter().any(|with| *with.input == *name);
    let own = call.inputs.iter().copied().filter(|(name, _)| !given(name));
    let with = step.with.iter().zip(values);
    own.chain(with.map(|(with, value)| (&*with.input, value.as_str())))
        .collect()
}

fn is_of_stand_in(fault: &CallerFault, step: &Step) -> bool {
    let parameter = fault.parameter.as_deref();
    step.with.iter().any(|with| parameter == Some(&*with.input))
}

/// Tells whether a step is taken: its condition holds, and the call says something of what it is about.
fn runs<'o>(operation: &'o Operation, index: usize, facts: &Facts<'o>) -> bool {
    let Some(step) = operation.steps.get(index) else {
        return false;
    };
    if !step.when.as_ref().is_none_or(|when| facts.holds(when)) {
        return false;
    }
    let updates = operation.kind == Kind::Update;
    let Some(of) = &step.of else {
        return !updates || touched::by(operation, step, facts);
    };
    // Without a document for it, a call is one that takes the part away.
    let routes = operation.routes.get(step.routes.clone());
    let sends = routes
        .into_iter()
        .flatten()
        .any(|route| route.body.is_some());
    let touched = facts.body.is_some_and(|body| parts::is_touched(body, of));
    touched && (Part::of(of, facts.body).node.is_some() || !sends)
}

/// Parts that a patch takes away and no step does.
fn unremoved(operation: &Operation, running: &[usize], facts: &Facts<'_>) -> Vec<CallerFault> {
    let (Some(body), Kind::Update) = (facts.body, operation.kind) else {
        return Vec::new();
    };
    let running = || {
        running
            .iter()
            .filter_map(|index| operation.steps.get(*index))
    };
    let carried = |step: &Step, of: &crate::mapping::compile::upstream::Place| match &step.of {
        Some(own) => own.text == of.text,
        None => touched::reaches(operation, step, of),
    };
    let gone = operation.steps.iter().filter_map(|step| {
        let of = step.of.as_ref()?;
        let part = Part::of(of, Some(body));
        let is = facts.current.and_then(|now| facts::at(now, &of.steps));
        let stays = is.is_some_and(|node| !node.is_null());
        let left = stays && part.node.is_none() && parts::is_touched(body, of);
        (left && !running().any(|step| carried(step, of))).then(|| part.pointer(Some(body)))
    });
    gone.map(|pointer| {
        CallerFault::new(
            "cannot-remove",
            "what is there now, for the upstream has no call that takes it away",
        )
        .at(pointer)
    })
    .collect()
}

fn leg(operation: &Operation, index: usize, body: Option<TapeNode<'_>>) -> Option<Leg> {
    let step = operation.steps.get(index)?;
    let pointer = step.of.as_ref().map(|of| Part::of(of, body).pointer(body));
    Some(Leg {
        step: StepIndex(u16::try_from(index).ok()?),
        id: step.id.clone(),
        warns: step.warns,
        pointer,
    })
}
