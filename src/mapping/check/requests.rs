//! What the requests of an operation carry beside their mapping, and what its answers leave out (M401).

use std::collections::BTreeSet;

use super::chains::{self, Way};
use super::covered::{Declared, empty, lost};
use super::kinds::{self, Holds};
use super::{cells, tables};
use crate::diag::{Code, Diagnostic, Report};
use crate::mapping::ast::{
    AnswerBody, AnswerCase, Message, Operation, PagingNext, Route, Rule, UnmappedPath,
};
use crate::mapping::catalog::CanonicalOperation;
use crate::mapping::convert::ValueType;
use crate::mapping::schema;
use crate::mapping::survey::place::covers;
use crate::mapping::survey::tree::Ground;
use crate::mapping::survey::usage::answers;
use crate::mapping::survey::{Body, Carried, Survey, Tree, Walk};
use crate::mapping::syntax::{Cond, CondOp, Path};
use crate::model::shape::ShapeId;

/// An operation that the upstream offers, with its canonical side.
#[derive(Debug)]
pub(super) struct Offer<'a> {
    pub(super) canonical: &'a CanonicalOperation,
    pub(super) said: &'a Operation,
    /// Its routes and those of its steps; of a step that is a call those of the call.
    pub(super) routes: Vec<&'a Route>,
    /// The type of the body.
    pub(super) body: Option<ShapeId>,
    /// The type that is answered.
    pub(super) answer: Option<ShapeId>,
}

/// The operations that are offered and known.
pub(super) fn offers<'a>(survey: &Survey<'a>) -> impl Iterator<Item = Offer<'a>> {
    let catalog = survey.catalog;
    let operations = survey.file().into_iter().flat_map(|file| &file.operations);
    operations.filter_map(move |said| {
        let (_, canonical) = catalog.operation(&said.name.value)?;
        let shape = |name: &str| catalog.canonical.definition(name);
        Some(Offer {
            canonical,
            said: &said.value,
            routes: routes_of(survey, &said.value),
            body: canonical.body.as_deref().and_then(shape),
            answer: canonical.answer_type().and_then(shape),
        })
    })
}

fn routes_of<'a>(survey: &Survey<'a>, said: &'a Operation) -> Vec<&'a Route> {
    let calls = survey.file().map_or(&[][..], |file| &file.calls);
    let of_steps = said.steps.iter().flat_map(|step| {
        let named = step.call.as_ref();
        let mut calls = calls.iter();
        let call = named.and_then(|name| calls.find(|call| call.name.value == name.value));
        call.map_or(&step.routes, |call| &call.value.routes)
    });
    said.routes.iter().chain(of_steps).collect()
}

/// Checks inputs and bodies of routes, and answers with rules of their own.
pub(super) fn check(survey: &Survey<'_>, report: &mut Report) {
    for offer in offers(survey) {
        for route in &offer.routes {
            params(survey, &offer, route, report);
        }
        // What the steps carry together is known of a call only; an input is one of the first.
        let first = offer.said.steps.first();
        let first = first.map_or(&offer.said.routes, |step| &step.routes);
        for route in first {
            inputs(&offer, route, report);
        }
        for route in &offer.said.routes {
            body(survey, &offer, route, report);
        }
    }
    let mut told = BTreeSet::new();
    for case in survey.file().into_iter().flat_map(answers) {
        // Cases that an alias repeats are one case.
        if told.insert(case.span) {
            answer(survey, case, &next_pages(survey, case), report);
        }
    }
}

/// Every input travels, is pinned by the route's condition, or is declared.
fn inputs(offer: &Offer<'_>, route: &Route, report: &mut Report) {
    let carried = Sent::of(route);
    let known: Vec<&str> = offer.canonical.names().collect();
    // An unknown name may be any input.
    if !carried.places.iter().all(|path| is_known(path, &known)) {
        return;
    }
    for input in &offer.canonical.inputs {
        let paged = matches!(&*input.name, "limit" | "cursor");
        let names = input.gives.iter().chain(std::iter::once(&input.name));
        let mut names = names.map(|name| &**name);
        let declared = declares(route, &input.name);
        let filled = input.fills.is_some() && route.body.is_some();
        if paged || filled || declared || names.any(|name| carried.has(name)) {
            continue;
        }
        let message = format!(
            "this route loses a caller's `{}`: nothing carries the input",
            input.name
        );
        report.push(Diagnostic::new(Code::M401, route.call.span, message).help(format!(
            "put it into the call, take requests without it only (`when: not {0}`), or say why not: `unmapped: {{ canonical: [{{ path: {0}, why: ... }}] }}`",
            input.name
        )));
    }
}

fn is_known(path: &Path, inputs: &[&str]) -> bool {
    let first = path.first_name().unwrap_or("");
    matches!(first, "body" | "current" | "context" | "settings") || inputs.contains(&first)
}

fn declares(route: &Route, name: &str) -> bool {
    route
        .unmapped
        .canonical
        .iter()
        .any(|entry| match &entry.path {
            UnmappedPath::Places(places) => {
                places.iter().any(|place| place.first_name() == Some(name))
            }
            UnmappedPath::Rest(_) => true,
        })
}

/// The canonical places that a route sends, or whose value its condition fixes.
pub(crate) struct Sent<'a> {
    places: Vec<&'a Path>,
}

impl<'a> Sent<'a> {
    pub(crate) fn of(route: &'a Route) -> Self {
        let templates = std::iter::once(&route.call.path)
            .chain(route.call.query.iter().map(|pair| &pair.value));
        let variables = templates.flat_map(|template| template.variables());
        let rules = route
            .query
            .iter()
            .chain(&route.headers)
            .chain(&route.fields);
        let mut places: Vec<&Path> = variables.map(|variable| &variable.path).collect();
        places.extend(rules.flat_map(|rule: &Rule| &rule.places));
        if let Some(when) = &route.when {
            fixed(when, &mut places);
        }
        Self { places }
    }

    fn has(&self, name: &str) -> bool {
        self.places
            .iter()
            .any(|path| path.first_name() == Some(name))
    }

    /// The places of the body, from its root.
    pub(crate) fn of_body(&self) -> impl Iterator<Item = Path> {
        let of_body = self
            .places
            .iter()
            .filter(|path| path.first_name() == Some("body"));
        of_body.map(|path| Path {
            steps: path.steps.iter().skip(1).cloned().collect(),
            span: path.span,
        })
    }
}

/// Places that a condition leaves no choice about: of one value, or absent.
fn fixed<'a>(when: &'a Cond, places: &mut Vec<&'a Path>) {
    match when {
        Cond::And(parts) => parts.iter().for_each(|part| fixed(part, places)),
        Cond::Not(inner, _) => {
            if let Cond::Present(path) = &**inner {
                places.push(path);
            }
        }
        Cond::Compare {
            path, op, literals, ..
        } if *op != CondOp::Ne && literals.len() == 1 => places.push(path),
        Cond::Or(_) | Cond::Present(_) | Cond::Compare { .. } => {}
    }
}

/// Names of a query and of headers hold texts.
fn params(survey: &Survey<'_>, offer: &Offer<'_>, route: &Route, report: &mut Report) {
    for rule in route.query.iter().chain(&route.headers) {
        let Some(text) = rule.text(Message::Request) else {
            continue;
        };
        let Some(chain) = survey.compiler.chain(&text.chain, report) else {
            continue;
        };
        let canonical = rule
            .places
            .iter()
            .filter_map(|place| Some((place.to_string(), types(survey, offer, place)?)));
        let native = text
            .places
            .first()
            .map_or_else(|| "the header".to_owned(), |place| format!("`{place}`"));
        let way = Way {
            native: (native, vec![ValueType::Text]),
            canonical: canonical.collect(),
            calls: &text.chain,
            span: text.span,
        };
        way.check(&chain, report);
    }
}

/// The types of a place of the call.
fn types(survey: &Survey<'_>, offer: &Offer<'_>, place: &Path) -> Option<Vec<ValueType>> {
    let below = |root: ShapeId| {
        let rest = Path {
            steps: place.steps.iter().skip(1).cloned().collect(),
            span: place.span,
        };
        let model = &survey.catalog.canonical;
        let found = schema::path(model, root, &rest).ok()?;
        match kinds::holds(model, found.shape) {
            Holds::Value(types) => Some(types),
            Holds::Anything | Holds::Object | Holds::List => None,
        }
    };
    match place.first_name()? {
        "body" => below(offer.body?),
        "current" => below(offer.answer?),
        name => {
            let input = offer
                .canonical
                .inputs
                .iter()
                .find(|input| &*input.name == name)?;
            Some(kinds::types(&input.kind.scalar))
        }
    }
}

/// The canonical body of a route whose body is no mapping of it.
fn body(survey: &Survey<'_>, offer: &Offer<'_>, route: &Route, report: &mut Report) {
    let Some(root) = offer.body else { return };
    // A mapping declares for itself; an unknown name is reported elsewhere.
    let of_body = route
        .body
        .as_ref()
        .map(|said| survey.body(said, Message::Request));
    if matches!(
        of_body,
        Some(
            None | Some(Body {
                mapping: Some(_),
                ..
            })
        )
    ) {
        return;
    }
    let mut tree = Tree::default();
    for path in Sent::of(route).of_body() {
        tree.at(&path.steps).whole = true;
    }
    if offer.canonical.kind == crate::mapping::ast::Kind::Search {
        for name in ["limit", "cursor"] {
            tree.members.entry(name.to_owned()).or_default().whole = true;
        }
    }
    let span = route.call.span;
    let ground = Ground {
        shapes: &survey.catalog.canonical,
        message: Message::Request,
    };
    let declared = Declared::of(&[&route.unmapped], Carried::Canonical);
    let mut prefix = empty(span);
    prefix.steps.push(crate::mapping::syntax::Step {
        name: "body".to_owned(),
        select: None,
        span,
    });
    for place in tree.uncovered(&ground, root, &prefix) {
        if !declared.covers(&place) {
            report.push(lost(&place, Carried::Canonical, "this route", span));
        }
    }
}

/// Rules that stand beside a body, over what it is.
fn beside<'a>(
    survey: &Survey<'a>,
    rules: &'a [Rule],
    message: Message,
    canonical: ShapeId,
    native: ShapeId,
    report: &mut Report,
) -> Walk<'a> {
    let walk = Walk::of_rules(survey, rules, message, canonical, native);
    chains::types(survey, &walk, report);
    tables::uses(survey, &walk, report);
    cells::check(survey, &walk, report);
    walk
}

/// Where an answer holds the cursor of the next page, by the operations that have it.
fn next_pages<'a>(survey: &Survey<'a>, case: &AnswerCase) -> Vec<&'a Path> {
    let operations = survey.file().into_iter().flat_map(|file| &file.operations);
    let operations = operations.map(|operation| &operation.value);
    let has = |operation: &&Operation| operation.answers.iter().any(|own| own.span == case.span);
    let next = |operation: &'a Operation| match operation.paging.as_ref()?.next.as_ref()? {
        PagingNext::Path(path) => Some(path),
        PagingNext::LastId(_) => None,
    };
    operations.filter(has).filter_map(next).collect()
}

/// The native document of an answer whose body is no mapping, or has rules beside it.
/// `nexts` are where it holds the cursor of the next page, which `paging` carries.
fn answer(survey: &Survey<'_>, case: &AnswerCase, nexts: &[&Path], report: &mut Report) {
    let Some(AnswerBody::Document(said)) = case.body.as_ref().map(|body| &body.value) else {
        return;
    };
    let Some(Body { mapping, native }) = survey.body(said, Message::Response) else {
        return;
    };
    let envelope = if case.problem.is_some() {
        "Problem"
    } else {
        "Outcome"
    };
    let Some(canonical) = survey.catalog.canonical.definition(envelope) else {
        return;
    };
    let walk = beside(
        survey,
        &case.fields,
        Message::Response,
        canonical,
        native,
        report,
    );
    // What is missing because a name is wrong is told of the name.
    if mapping.is_some() || walk.broken {
        return;
    }
    let tree = Tree::of(&walk, Carried::Native);
    let declared = Declared::of(&[&case.unmapped], Carried::Native);
    let ground = Ground {
        shapes: &survey.set.native,
        message: Message::Response,
    };
    for place in tree.uncovered(&ground, walk.native, &empty(said.span)) {
        let is_paging = nexts.iter().any(|next| covers(next, &place));
        if !is_paging && !declared.covers(&place) {
            report.push(lost(&place, Carried::Native, "this answer", said.span));
        }
    }
}
