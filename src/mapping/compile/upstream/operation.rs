//! Operations as an upstream serves them.

use std::time::Duration;

use super::Names;
use super::answer::{self, Answer};
use super::body::Bodies;
use super::clears::Clears;
use super::cond::Cond;
use super::machine::{self, Machine, Watched};
use super::paging::{self, Paging};
use super::route::{self, Around, Route};
use super::source::{Lookup, Place, Source};
use super::step::{Step, Steps};
use crate::diag::{Code, Diagnostic, Report, Spanned};
use crate::mapping::ast::{self, Absent, Kind, Lists, Named};
use crate::mapping::catalog::{
    CanonicalAnswer, CanonicalOperation, OperationIndex, OperationInput,
};
use crate::model::shape::{Form, Object, ShapeId, Shapes};

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
    /// Members of body and answer that have the values of inputs.
    pub(crate) fills: Vec<Fill>,
    pub(crate) base: Option<OperationIndex>,
    pub(crate) absent: Option<Absent>,
    /// Native places that an update never clears.
    pub(crate) keeps: Vec<Box<str>>,
    pub(crate) routes: Vec<Route>,
    pub(crate) answers: Vec<Answer>,
    /// The calls that it consists of, if there are several; `routes` are then theirs.
    pub(crate) steps: Vec<Step>,
    pub(crate) paging: Option<Paging>,
    pub(crate) recover: Option<Recover>,
    /// The resources of the body that it makes.
    pub(crate) made: Vec<Made>,
    /// How long its answer may be given again.
    pub(crate) cache: Option<Duration>,
    pub(crate) watched: Vec<Watched>,
    /// Its upstream adds the items of a list to those that it has, or changes them.
    pub(crate) merges: bool,
}

/// A resource of a body that is made, and that the answer names by its id.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Made {
    /// The member that is it, or the list of them; none for the body itself.
    pub(crate) member: Option<Box<str>>,
    pub(crate) is_list: bool,
}

/// A member of body and answer that has the value of an input.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Fill {
    pub(crate) input: Box<str>,
    pub(crate) member: Box<str>,
    /// How the member holds it.
    pub(crate) form: Form,
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
    pub(super) calls: &'c [Named<ast::CallDef>],
    pub(super) lookup: Lookup<'c>,
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
    let clears = clears(said, canonical);
    let (bodies, further) = (context.bodies, &paging.answers);
    let around = Around {
        names,
        bodies,
        lookup,
        further,
        page: &paging.requests,
        clears,
        part: None,
    };
    let (routes, steps) = routes(said, context, &around, canonical, report)?;
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
        fills: fills(canonical, lookup.shapes),
        made: made(canonical, lookup.shapes),
        base,
        absent: said.absent.as_ref().map(|absent| absent.value),
        keeps: (said.keeps.iter())
            .map(|path| path.to_string().into())
            .collect(),
        watched: watched(context, canonical, &lookup, &routes, report),
        routes,
        answers,
        steps,
        paging: paging.paging,
        recover,
        cache: said.cache.as_ref().map(|cache| cache.value),
        merges,
        inputs,
    })
}

/// What an update leaves out, and what it does then.
fn clears<'s>(said: &'s ast::Operation, canonical: &CanonicalOperation) -> Clears<'s> {
    let is_update = canonical.kind == Kind::Update;
    Clears {
        clears: is_update && says(said, Absent::Clears),
        merges: is_merged(said),
        replaces: is_update && says(said, Absent::Keeps) && !is_merged(said),
        keeps: &said.keeps,
    }
}

/// The routes of an operation, or of its steps.
fn routes(
    said: &ast::Operation,
    context: &Context<'_>,
    around: &Around<'_>,
    canonical: &CanonicalOperation,
    report: &mut Report,
) -> Option<(Vec<Route>, Vec<Step>)> {
    let own: Vec<_> = said
        .routes
        .iter()
        .map(|one| route::compile(one, around, report))
        .collect();
    let several = Steps {
        context,
        around,
        answered: answered(canonical, &around.lookup),
    };
    let (steps, of_steps) = several.compile(&said.steps, report)?;
    let mut routes = own.into_iter().collect::<Option<Vec<_>>>()?;
    routes.extend(of_steps);
    Some((routes, steps))
}

/// Compiles a call for those who meet it alone, as the operation that it means; `said` is that operation, if the
/// upstream offers it. A call that means nothing alone, or whose part it cannot say, is left out.
pub(super) fn compile_call(
    call: &Named<ast::CallDef>,
    said: Option<&ast::Operation>,
    context: &Context<'_>,
    report: &mut Report,
) -> Option<Operation> {
    let names = context.names;
    let index = names.operation(call.value.means.as_ref()?, report)?;
    let canonical = names.catalog.at(index)?;
    let base = said.and_then(|said| said.base.as_ref());
    let base = base.and_then(|base| names.catalog.operation(&base.value));
    let base = base.map(|(base, _)| base);
    let inputs: Vec<Box<str>> = canonical.names().map(Into::into).collect();
    let lookup = lookup(context, canonical, base, &inputs);
    let clears = said.is_some_and(|said| says(said, Absent::Clears));
    let around = Around {
        names,
        bodies: context.bodies,
        lookup,
        further: &[],
        clears: Clears {
            clears: canonical.kind == Kind::Update && clears,
            merges: said.is_some_and(is_merged),
            replaces: false,
            keeps: said.map_or(&[], |said| &said.keeps),
        },
        page: &[],
        part: None,
    };
    let alone = Steps {
        context,
        around: &around,
        answered: answered(canonical, &lookup),
    };
    let (step, routes) = alone.alone(call, report)?;
    Some(Operation {
        index,
        kind: canonical.kind,
        reads: canonical.reads(),
        answer: canonical.answer.clone(),
        fills: fills(canonical, lookup.shapes),
        made: Vec::new(),
        base,
        absent: said
            .and_then(|said| said.absent.as_ref())
            .map(|absent| absent.value),
        keeps: Vec::new(),
        watched: watched(context, canonical, &lookup, &routes, report),
        routes,
        answers: Vec::new(),
        steps: vec![step],
        paging: None,
        recover: None,
        cache: None,
        merges: false,
        inputs,
    })
}

/// The type of what an operation answers, or else of its body.
fn answered(canonical: &CanonicalOperation, lookup: &Lookup<'_>) -> Option<ShapeId> {
    let answered = canonical.answer_type();
    answered
        .and_then(|name| lookup.shapes.definition(name))
        .or(lookup.body)
}

fn is_merged(said: &ast::Operation) -> bool {
    let lists = said.lists.as_ref();
    lists.is_some_and(|lists| lists.value == Lists::Merged)
}

/// Tells whether lists are merged; each of them then needs a key, and cannot lose an item.
fn merges(said: &ast::Operation, routes: &[Route], report: &mut Report) -> bool {
    let merged = |lists: &&Spanned<Lists>| lists.value == Lists::Merged;
    let Some(lists) = said.lists.as_ref().filter(merged) else {
        return false;
    };
    let bodies = routes.iter().filter_map(|route| route.body.as_ref());
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
    routes: &[Route],
    report: &mut Report,
) -> Vec<Watched> {
    let machines = context.machines.iter().zip(context.fields).enumerate();
    let mut watched: Vec<Watched> = machines
        .flat_map(|(at, (machine, field))| {
            machine::watch(at, machine, &field.value.field, canonical, lookup, report)
        })
        .collect();
    machine::keyed(&mut watched, routes);
    watched
}

fn says(said: &ast::Operation, word: Absent) -> bool {
    said.absent
        .as_ref()
        .is_some_and(|absent| absent.value == word)
}

fn fills(canonical: &CanonicalOperation, shapes: &Shapes) -> Vec<Fill> {
    let of_type = |name: &str, member: &str| {
        let object = shapes.get(shapes.definition(name)?).object()?;
        let shape = object.member(member)?.1.shape;
        shapes.get(shape).scalar().map(|scalar| scalar.form)
    };
    let fill = |input: &OperationInput| {
        let member = input.fills.clone()?;
        let mut types = canonical
            .body
            .as_deref()
            .into_iter()
            .chain(canonical.answer_type());
        let form = types.find_map(|name| of_type(name, &member));
        Some(Fill {
            input: input.name.clone(),
            form: form.unwrap_or(input.kind.scalar.form),
            member,
        })
    };
    canonical.inputs.iter().filter_map(fill).collect()
}

/// The resources that an operation makes of a body of the type that it answers: the body itself where the type has ids,
/// else its members that have.
fn made(canonical: &CanonicalOperation, shapes: &Shapes) -> Vec<Made> {
    let makes = matches!(canonical.kind, Kind::Create | Kind::Command);
    let body = canonical.body.as_deref();
    let body =
        body.filter(|body| makes && canonical.answer == CanonicalAnswer::One((*body).into()));
    let object = body.and_then(|body| shapes.get(shapes.definition(body)?).object());
    let has_id = |object: &Object| object.member("id").is_some_and(|(_, id)| id.read_only);
    match object {
        None => Vec::new(),
        Some(object) if has_id(object) => vec![Made {
            member: None,
            is_list: false,
        }],
        Some(object) => {
            let members = object.members.iter().filter_map(|member| {
                let shape = shapes.get(member.shape);
                let item = shape.list().map(|list| shapes.get(list.item));
                let made = item.unwrap_or(shape).object().is_some_and(has_id);
                made.then(|| Made {
                    member: Some(member.name.clone()),
                    is_list: item.is_some(),
                })
            });
            members.collect()
        }
    }
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
    /// Tells whether a request of a route, or whether a step runs, depends on what is now.
    pub(crate) fn uses_current(&self) -> bool {
        let of_steps = self.steps.iter().flat_map(|step| &step.when);
        let mut sources = self
            .routes
            .iter()
            .flat_map(Route::sources)
            .chain(of_steps.flat_map(Cond::sources));
        sources.any(|source| matches!(source, Source::Current(_)))
    }

    /// Gives the step that a route is of.
    pub(crate) fn step_of(&self, route: usize) -> Option<&Step> {
        self.steps.iter().find(|step| step.routes.contains(&route))
    }

    /// Tells whether a request of a route, met from the outside, is read as this operation: a composition is not
    /// recognised, so of several steps it is the first, or one of an update. What `calls` say, they say themselves; that
    /// a part goes without a document for it cannot be said.
    pub(crate) fn is_met_alone(&self, route: usize, is_call: bool) -> bool {
        let Some(step) = self
            .steps
            .iter()
            .position(|step| step.routes.contains(&route))
        else {
            return true;
        };
        let says_part = |step: &Step| {
            let body = self
                .routes
                .get(route)
                .is_some_and(|route| route.body.is_some());
            step.of.is_none() || body
        };
        let own = |step: &Step| is_call || step.call.is_none();
        let first = is_call || step == 0 || self.kind == Kind::Update;
        first
            && self
                .steps
                .get(step)
                .is_some_and(|step| own(step) && says_part(step))
    }

    /// Gives the part of the body that a request of a route is about; none if that is all of it.
    pub(crate) fn part_of(&self, route: usize) -> Option<&Place> {
        self.step_of(route)?.of.as_ref()
    }

    /// Gives the cases of the answer to a request of a route: the route's, the step's, the operation's.
    pub(crate) fn cases(&self, route: usize) -> impl Iterator<Item = &Answer> {
        let own = self.routes.get(route).map(|route| &route.answers);
        let of_step = self.step_of(route).map(|step| &step.answers);
        own.into_iter()
            .chain(of_step)
            .flatten()
            .chain(&self.answers)
    }

    /// Gives every case of every answer.
    pub(crate) fn all_cases(&self) -> impl Iterator<Item = &Answer> {
        let of_routes = self.routes.iter().flat_map(|route| &route.answers);
        let of_steps = self.steps.iter().flat_map(|step| &step.answers);
        of_routes.chain(of_steps).chain(&self.answers)
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
}
