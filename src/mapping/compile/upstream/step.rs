//! Steps: the several calls of one operation, and calls that only steps use.

use std::ops::Range;

use super::answer::{self, Answer};
use super::cond::{self, Cond};
use super::operation::{Context, Operation};
use super::route::{self, Around, Route};
use super::source::{Lookup, Place, Source};
use crate::diag::nearest::{known_names, offered};
use crate::diag::{Code, Diagnostic, Report};
use crate::mapping::ast::{self, CallDef, Named, OnFailure};
use crate::mapping::syntax::Path;
use crate::model::shape::ShapeId;

/// One of the calls that an operation consists of.
#[derive(Debug)]
pub(crate) struct Step {
    pub(crate) id: Box<str>,
    /// The call that it is; none if it has routes of its own.
    pub(crate) call: Option<Box<str>>,
    /// What must hold of the operation's call.
    pub(crate) when: Option<Cond>,
    /// The part of the body that is its body; none: all of it.
    pub(crate) of: Option<Place>,
    /// Its routes among those of the operation.
    pub(crate) routes: Range<usize>,
    pub(crate) answers: Vec<Answer>,
    pub(crate) with: Vec<With>,
    pub(crate) warns: bool,
}

/// An input that an earlier step's answer gives.
#[derive(Debug)]
pub(crate) struct With {
    pub(crate) input: Box<str>,
    /// Counts the steps.
    pub(crate) step: usize,
    /// A place of that step's answer.
    pub(crate) place: Place,
}

// === impl Step ===

impl Step {
    /// Tells whether its requests, or whether it runs, depend on what is now.
    pub(crate) fn uses_current(&self, operation: &Operation) -> bool {
        let routes = operation.routes.get(self.routes.clone());
        let of_routes = routes.into_iter().flatten().flat_map(Route::sources);
        let mut sources = of_routes.chain(self.when.iter().flat_map(Cond::sources));
        sources.any(|source| matches!(source, Source::Current(_)))
    }
}

/// What steps are compiled with, beside the operation.
pub(super) struct Steps<'s> {
    pub(super) context: &'s Context<'s>,
    pub(super) around: &'s Around<'s>,
    /// The type that the operation answers.
    pub(super) answered: Option<ShapeId>,
}

impl Steps<'_> {
    /// Compiles the steps of an operation with their routes; a fault is reported and gives `None`.
    pub(super) fn compile(
        &self,
        said: &[ast::Step],
        report: &mut Report,
    ) -> Option<(Vec<Step>, Vec<Route>)> {
        let mut steps: Vec<Step> = Vec::new();
        let mut routes = Vec::new();
        let mut types: Vec<Option<ShapeId>> = Vec::new();
        let mut sound = true;
        for one in said {
            match self.step(one, &steps, &types, routes.len(), report) {
                Some((step, own, answered)) => {
                    steps.push(step);
                    routes.extend(own);
                    types.push(answered);
                }
                None => sound = false,
            }
        }
        sound.then_some((steps, routes))
    }

    /// Compiles a call for those who meet it alone: one step of the operation that it means.
    pub(super) fn alone(
        &self,
        said: &Named<CallDef>,
        report: &mut Report,
    ) -> Option<(Step, Vec<Route>)> {
        let part = Part::of(said.value.of.as_ref(), self, report)?;
        let lookup = self.around.lookup;
        let routes = self.routes(&said.value.routes, &lookup, &part, report)?;
        let answers = self.answers(&said.value.answers, &lookup, report);
        let step = Step {
            id: said.name.value.as_str().into(),
            call: None,
            when: None,
            of: part.place,
            routes: 0..routes.len(),
            answers,
            with: Vec::new(),
            warns: false,
        };
        Some((step, routes))
    }

    fn step(
        &self,
        said: &ast::Step,
        before: &[Step],
        types: &[Option<ShapeId>],
        first: usize,
        report: &mut Report,
    ) -> Option<(Step, Vec<Route>, Option<ShapeId>)> {
        let call = match &said.call {
            Some(name) => Some(self.call(name, report)?),
            None => None,
        };
        let part = Part::of(call.and_then(|call| call.value.of.as_ref()), self, report)?;
        let with = self.with(&said.with, before, types, report)?;
        let mut inputs = self.around.lookup.inputs.to_vec();
        inputs.extend(with.iter().map(|with| with.input.clone()));
        let lookup = Lookup {
            inputs: &inputs,
            ..self.around.lookup
        };
        let when = match &said.when {
            Some(when) => Some(cond::compile(when, &self.around.lookup, report)?),
            None => None,
        };
        let (own_routes, own_answers) = match call {
            Some(call) => (&call.value.routes, &call.value.answers),
            None => (&said.routes, &said.answers),
        };
        let routes = self.routes(own_routes, &lookup, &part, report)?;
        let answers = self.answers(own_answers, &lookup, report);
        let failing = said.on_failure.as_ref();
        let step = Step {
            id: said.id.value.as_str().into(),
            call: call.map(|call| call.name.value.as_str().into()),
            when,
            routes: first..first.saturating_add(routes.len()),
            answers,
            with,
            warns: failing.is_some_and(|word| word.value == OnFailure::Warn),
            of: part.place,
        };
        let answered = part.shape.or(self.answered);
        Some((step, routes, answered))
    }

    fn call(&self, name: &ast::Text, report: &mut Report) -> Option<&Named<CallDef>> {
        let calls = self.context.calls;
        let found = calls.iter().find(|call| call.name.value == name.value);
        if found.is_none() {
            let known = calls.iter().map(|call| call.name.value.as_str());
            let message = format!("there is no call `{}`", name.value);
            report.push(
                Diagnostic::new(Code::M103, name.span, message).help(offered(&name.value, known)),
            );
        }
        found
    }

    fn with(
        &self,
        said: &[Named<Path>],
        before: &[Step],
        types: &[Option<ShapeId>],
        report: &mut Report,
    ) -> Option<Vec<With>> {
        let mut all = Vec::new();
        for one in said {
            let path = &one.value;
            let named = path.first_name().unwrap_or("");
            let Some(step) = before.iter().position(|step| &*step.id == named) else {
                let known = before.iter().map(|step| &*step.id);
                let message = format!("there is no step `{named}` before this one");
                report.push(
                    Diagnostic::new(Code::M104, path.span, message)
                        .help(
                            "an input is a place of the answer of an earlier step: `id: create.id`",
                        )
                        .maybe_help(known_names(named, known)),
                );
                return None;
            };
            let root = types.get(step).copied().flatten();
            let Some(root) = root.filter(|_| path.steps.len() > 1) else {
                let message = format!("`{path}` is no place of an answer");
                report.push(
                    Diagnostic::new(Code::M104, path.span, message).help(
                        "an input is a place of the answer of an earlier step: `id: create.id`",
                    ),
                );
                return None;
            };
            let below = path.steps.get(1..).unwrap_or_default();
            all.push(With {
                input: one.name.value.as_str().into(),
                step,
                place: self.around.lookup.place(root, below, path, report)?,
            });
        }
        Some(all)
    }

    fn routes(
        &self,
        said: &[ast::Route],
        lookup: &Lookup<'_>,
        part: &Part,
        report: &mut Report,
    ) -> Option<Vec<Route>> {
        let around = Around {
            lookup: *lookup,
            part: part.shape,
            ..*self.around
        };
        let compiled: Vec<_> = said
            .iter()
            .map(|route| route::compile(route, &around, report))
            .collect();
        compiled.into_iter().collect()
    }

    fn answers(
        &self,
        said: &[ast::AnswerCase],
        lookup: &Lookup<'_>,
        report: &mut Report,
    ) -> Vec<Answer> {
        let Around { names, bodies, .. } = *self.around;
        let of_outcome = Lookup {
            outcome: bodies.outcome,
            ..*lookup
        };
        answer::compile(said, &[], names, bodies, &of_outcome, report)
    }
}

/// The part of the body that a call is about.
struct Part {
    place: Option<Place>,
    shape: Option<ShapeId>,
}

impl Part {
    /// Finds the part that a path names, which begins with `body`.
    fn of(said: Option<&Path>, steps: &Steps<'_>, report: &mut Report) -> Option<Self> {
        let Some(path) = said else {
            return Some(Self {
                place: None,
                shape: None,
            });
        };
        let lookup = &steps.around.lookup;
        let below = path.steps.get(1..).unwrap_or_default();
        let Some(body) = lookup
            .body
            .filter(|_| path.first_name() == Some("body") && !below.is_empty())
        else {
            report.push(
                Diagnostic::new(Code::M104, path.span, format!("`{path}` is no part of a body"))
                    .help("a part begins with `body.`, of an operation that has a body: `body.addresses[use=shipping]`"),
            );
            return None;
        };
        if steps.around.clears.clears {
            report.push(
                Diagnostic::new(
                    Code::M215,
                    path.span,
                    "an update that sends the whole document has no call for a part of it",
                )
                .help("`absent: keeps` says that what is absent stays"),
            );
            return None;
        }
        let place = lookup.place(body, below, path, report)?;
        let shape = lookup.shape(body, below);
        Some(Self {
            place: Some(place),
            shape,
        })
    }
}
