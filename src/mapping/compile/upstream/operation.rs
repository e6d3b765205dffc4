//! Operations as an upstream serves them.

use std::time::Duration;

use super::Names;
use super::answer::{self, Answer};
use super::body::Bodies;
use super::clears::Clears;
use super::machine::{self, Machine, Watched};
use super::paging::{self, Paging};
use super::route::{self, Around, Route};
use super::source::{Lookup, Place, Source};
use crate::diag::{Code, Diagnostic, Report, Spanned};
use crate::mapping::ast::{self, Absent, Kind, Lists, Named};
use crate::mapping::catalog::{CanonicalAnswer, CanonicalOperation, OperationIndex};

/// An operation that an upstream offers.
#[derive(Debug)]
pub(crate) struct Operation {
    pub(crate) index: OperationIndex,
    pub(crate) kind: Kind,
    /// It may be sent again without harm.
    pub(crate) reads: bool,
    pub(crate) answer: CanonicalAnswer,
    /// Every name of an input; an id in the path is `id` or `reference`.
    pub(crate) inputs: Vec<Box<str>>,
    /// Inputs with the members of body and answer that have their values.
    pub(crate) fills: Vec<(Box<str>, Box<str>)>,
    pub(crate) base: Option<OperationIndex>,
    pub(crate) absent: Option<Absent>,
    /// Native places that an update never clears.
    pub(crate) keeps: Vec<Box<str>>,
    pub(crate) routes: Vec<Route>,
    pub(crate) answers: Vec<Answer>,
    pub(crate) paging: Option<Paging>,
    pub(crate) recover: Option<Recover>,
    pub(crate) watched: Vec<Watched>,
    /// Its upstream adds the items of a list to those that it has, or changes them.
    pub(crate) merges: bool,
}

/// How an unknown outcome is settled.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Recover {
    /// The member of the body whose value is asked for.
    pub by: Box<str>,
    /// The operation that asks.
    pub with: OperationIndex,
    /// When "absent" counts as not done, where the mapping says so.
    pub settle_after: Option<Duration>,
}

/// What operations are compiled with.
pub(super) struct Context<'c> {
    pub(super) names: &'c Names<'c>,
    pub(super) bodies: &'c Bodies<'c>,
    pub(super) machines: &'c [Machine],
    pub(super) fields: &'c [Named<ast::Machine>],
    pub(super) lookup: Lookup<'c>,
    pub(super) folder: &'c str,
}

/// Compiles an operation; a fault is reported and gives `None`.
pub(super) fn compile(
    index: OperationIndex,
    said: &ast::Operation,
    context: &Context<'_>,
    report: &mut Report,
) -> Option<Operation> {
    let names = context.names;
    let canonical = names.catalog.at(index)?;
    unserved(said, context, report)?;
    let base = said.base.as_ref();
    let base = base.map(|base| names.operation(base, report).ok_or(()));
    let base = base.transpose().ok()?;
    update_words(said, canonical, report);
    let inputs: Vec<Box<str>> = canonical.names().map(Into::into).collect();
    let lookup = lookup(context, canonical, base, &inputs);
    let paging = match &said.paging {
        Some(paging) => paging::compile(paging, &said.routes, report),
        None => paging::Compiled::default(),
    };
    let clears = Clears {
        clears: canonical.kind == Kind::Update && says(said, Absent::Clears),
        keeps: &said.keeps,
    };
    let (bodies, further) = (context.bodies, &paging.answers);
    let around = Around {
        names,
        bodies,
        lookup,
        further,
        page: &paging.requests,
        clears,
    };
    let routes: Vec<_> = said
        .routes
        .iter()
        .map(|one| route::compile(one, &around, report))
        .collect();
    let merges = merges(said, &routes, report);
    let of_outcome = Lookup {
        outcome: bodies.outcome,
        ..lookup
    };
    let answers = answer::compile(&said.answers, further, names, bodies, &of_outcome, report);
    let recover = match &said.recover {
        Some(said) => Some(recover(said, names, report)?),
        None => None,
    };
    Some(Operation {
        index,
        kind: canonical.kind,
        reads: canonical.reads(),
        answer: canonical.answer.clone(),
        fills: fills(canonical),
        base,
        absent: said.absent.as_ref().map(|absent| absent.value),
        keeps: (said.keeps.iter())
            .map(|path| path.to_string().into())
            .collect(),
        routes: routes.into_iter().collect::<Option<_>>()?,
        answers,
        paging: paging.paging,
        recover,
        watched: watched(context, canonical, &lookup, report),
        merges,
        inputs,
    })
}

/// Tells whether lists are merged; each of them then needs a key, and cannot lose an item.
fn merges(said: &ast::Operation, routes: &[Option<Route>], report: &mut Report) -> bool {
    let merged = |lists: &&Spanned<Lists>| lists.value == Lists::Merged;
    let Some(lists) = said.lists.as_ref().filter(merged) else {
        return false;
    };
    let bodies = routes
        .iter()
        .flatten()
        .filter_map(|route| route.body.as_ref());
    for body in bodies {
        let plan = &body.body.plan;
        let mut eaches = plan.write.eaches.iter();
        let Some(each) = eaches.find(|each| each.key.is_none() || !each.removal_refused) else {
            continue;
        };
        let rule = plan.rules.get(usize::from(each.rule));
        let mut fault = Diagnostic::new(
            Code::M215,
            lists.span,
            "a list of this update has no key, or no `removal`",
        )
        .help("what merges needs `key` and `removal: refuse` in every `each`");
        if let Some(span) = rule.and_then(|rule| rule.span) {
            fault = fault.note(span, "the list");
        }
        report.push(fault);
    }
    true
}

/// What places of the operation may name.
fn lookup<'l>(
    context: &Context<'l>,
    canonical: &CanonicalOperation,
    base: Option<OperationIndex>,
    inputs: &'l [Box<str>],
) -> Lookup<'l> {
    let shapes = context.lookup.shapes;
    let read = base.and_then(|base| context.names.catalog.at(base)?.answer_type());
    let body = canonical.body.as_deref();
    Lookup {
        inputs,
        body: body.and_then(|name| shapes.definition(name)),
        current: read.and_then(|name| shapes.definition(name)),
        ..context.lookup
    }
}

fn recover(said: &ast::Recover, names: &Names<'_>, report: &mut Report) -> Option<Recover> {
    Some(Recover {
        by: said.by.to_string().into(),
        with: names.operation(&said.with, report)?,
        settle_after: said.settle_after.as_ref().map(|after| after.value),
    })
}

fn watched(
    context: &Context<'_>,
    canonical: &CanonicalOperation,
    lookup: &Lookup<'_>,
    report: &mut Report,
) -> Vec<Watched> {
    let machines = context.machines.iter().zip(context.fields).enumerate();
    machines
        .filter_map(|(at, (machine, field))| {
            machine::watch(at, machine, &field.value.field, canonical, lookup, report)
        })
        .collect()
}

fn says(said: &ast::Operation, word: Absent) -> bool {
    said.absent
        .as_ref()
        .is_some_and(|absent| absent.value == word)
}

fn fills(canonical: &CanonicalOperation) -> Vec<(Box<str>, Box<str>)> {
    let filling = canonical.inputs.iter();
    filling
        .filter_map(|input| Some((input.name.clone(), input.fills.clone()?)))
        .collect()
}

/// What the language knows and calls do not do yet.
fn unserved(said: &ast::Operation, context: &Context<'_>, report: &mut Report) -> Option<()> {
    if let Some(step) = said.steps.first() {
        let message = format!(
            "operations of several calls are not served yet (`{}`)",
            context.folder
        );
        report.push(
            Diagnostic::new(Code::M215, step.id.span, message)
                .help("give the operation `routes` and `answers`"),
        );
        return None;
    }
    Some(())
}

/// An update says what absence means (M513).
fn update_words(said: &ast::Operation, canonical: &CanonicalOperation, report: &mut Report) {
    let clears = said
        .absent
        .as_ref()
        .filter(|absent| absent.value == Absent::Clears);
    if canonical.kind == Kind::Update && said.absent.is_none() {
        let message = format!(
            "`{}` does not say what an absent member means",
            canonical.id
        );
        report.push(
            Diagnostic::new(Code::M513, said.key, message)
                .help("`absent: keeps` or `absent: clears`"),
        );
    }
    if let (Some(clears), None) = (clears, &said.base) {
        report.push(
            Diagnostic::new(
                Code::M513,
                clears.span,
                "`absent: clears` sends the whole document, which nothing reads",
            )
            .help("name the operation that reads it: `base: ...`"),
        );
    }
}

// === impl Operation ===

impl Operation {
    /// Tells whether a request of a route is made of what is now.
    pub(crate) fn uses_current(&self) -> bool {
        let of_routes = self.routes.iter().flat_map(Route::sources);
        of_routes
            .into_iter()
            .any(|source| matches!(source, Source::Current(_)))
    }

    /// Tells whether what is now says something about a request: for its parts, for its moves, or for what it loses.
    pub(crate) fn reads_current(&self) -> bool {
        let tells_losses = self.kind == Kind::Update && !self.puts();
        tells_losses || self.uses_current() || !self.watched.is_empty()
    }

    /// Tells whether the operation sends what changes into the document that was read.
    pub(crate) fn puts(&self) -> bool {
        self.kind == Kind::Update && self.absent == Some(Absent::Clears)
    }

    /// Gives the place of each machine's state in the body.
    pub(crate) fn asked(&self) -> impl Iterator<Item = &Place> {
        self.watched.iter().map(|watched| &watched.asked)
    }
}
