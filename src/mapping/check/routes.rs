//! A native request leads to one route (M510), and `same-call-as` is true (M511).

use std::collections::BTreeSet;

use super::requests::offers;
use super::views::narrows;
use crate::diag::{Code, Diagnostic, Report, Span};
use crate::mapping::ast::{Kind, Message, Route};
use crate::mapping::survey::{Body, Survey};
use crate::mapping::syntax::{Cond, CondOp, Method, Part, Path, Template};
use crate::model::shape::{ShapeId, Shapes};

/// What a native request of a route looks like, as far as routes are told apart by it.
struct Request<'a> {
    owner: &'a str,
    route: &'a Route,
    method: Method,
    segments: Vec<String>,
    constants: BTreeSet<(String, String)>,
    names: BTreeSet<String>,
    body: Option<ShapeId>,
}

/// Compares the routes of all operations and calls in pairs.
pub(super) fn check(survey: &Survey<'_>, report: &mut Report) {
    let requests = requests(survey);
    let mut told = BTreeSet::new();
    for (index, later) in requests.iter().enumerate() {
        for earlier in requests.iter().take(index) {
            if declared(earlier, later) || !alike(survey, earlier, later) {
                continue;
            }
            if told.insert(later.route.call.span) {
                report.push(twins(earlier, later));
            }
        }
    }
    for request in &requests {
        same_call(survey, request, &requests, report);
    }
}

fn twins(earlier: &Request<'_>, later: &Request<'_>) -> Diagnostic {
    let what = if earlier.owner == later.owner {
        format!(
            "two routes of `{}` have the same native request",
            later.owner
        )
    } else {
        format!(
            "a native request fits `{}` and `{}`",
            earlier.owner, later.owner
        )
    };
    let help = if earlier.owner == later.owner {
        "let them differ in path, a constant of the query, a name that must be present, or the shape of the body".to_owned()
    } else {
        format!(
            "let the calls differ, or say that they are one: `same-call-as: {}`",
            earlier.owner
        )
    };
    Diagnostic::new(Code::M510, later.route.call.span, what)
        .help(help)
        .note(earlier.route.call.span, "the other route")
}

/// Tells whether one of the routes says that they are the same call.
fn declared(one: &Request<'_>, other: &Request<'_>) -> bool {
    let named = |request: &Request<'_>| {
        request
            .route
            .same_call_as
            .as_ref()
            .map(|name| name.value.clone())
    };
    let (of_one, of_other) = (named(one), named(other));
    of_one.as_deref() == Some(other.owner)
        || of_other.as_deref() == Some(one.owner)
        || (of_one.is_some() && of_one == of_other)
}

fn same_call(survey: &Survey<'_>, request: &Request<'_>, all: &[Request<'_>], report: &mut Report) {
    let Some(name) = &request.route.same_call_as else {
        return;
    };
    if survey.catalog.operation(&name.value).is_none() {
        return;
    }
    let mut others = all
        .iter()
        .filter(|other| other.owner == name.value)
        .peekable();
    if others.peek().is_none() {
        let message = format!("the upstream does not offer `{}`", name.value);
        report.push(
            Diagnostic::new(Code::M511, name.span, message)
                .help("name an operation of this file, or take the line away"),
        );
        return;
    }
    let first: Option<Span> = others.peek().map(|other| other.route.call.span);
    if !others.any(|other| alike(survey, request, other) || is_one_of(survey, request, other)) {
        let message = format!("no route of `{}` has this native request", name.value);
        let mut fault = Diagnostic::new(Code::M511, name.span, message)
            .help("take the line away: requests that differ are told apart");
        if let Some(first) = first {
            fault = fault.note(first, "its first route");
        }
        report.push(fault);
    }
}

fn requests<'a>(survey: &Survey<'a>) -> Vec<Request<'a>> {
    let mut requests = Vec::new();
    let of_calls = survey.file().into_iter().flat_map(|file| &file.calls);
    let calls = of_calls.map(|call| (call.name.value.as_str(), call.value.routes.as_slice()));
    for offer in offers(survey) {
        // From the outside a later step is one of an update, or a call that says what it means.
        let met = if offer.canonical.kind == Kind::Update {
            offer.said.steps.len()
        } else {
            1
        };
        let steps = offer.said.steps.iter().take(met);
        let of_steps = steps.flat_map(|step| &step.routes);
        let routes = offer.said.routes.iter().chain(of_steps);
        requests.extend(routes.map(|route| request(survey, &offer.canonical.id, route)));
    }
    for (owner, routes) in calls {
        requests.extend(routes.iter().map(|route| request(survey, owner, route)));
    }
    requests
}

fn request<'a>(survey: &Survey<'_>, owner: &'a str, route: &'a Route) -> Request<'a> {
    let mut constants = BTreeSet::new();
    let mut names = BTreeSet::new();
    for pair in &route.call.query {
        let name = pair.name.value.clone();
        match skeleton(&pair.value) {
            (text, true) => _ = constants.insert((name, text)),
            (_, false) => _ = names.insert(name),
        }
    }
    let mut needed = Vec::new();
    if let Some(when) = &route.when {
        present(when, &mut needed);
    }
    for rule in &route.query {
        let asked = rule.places.iter().any(|place| {
            needed
                .iter()
                .any(|path| path.to_string() == place.to_string())
        });
        if asked && let Some(text) = rule.text(Message::Request) {
            names.extend(text.places.iter().map(ToString::to_string));
        }
    }
    let body = route
        .body
        .as_ref()
        .and_then(|said| survey.body(said, Message::Request));
    Request {
        owner,
        route,
        method: route.call.method.value,
        segments: skeleton(&route.call.path)
            .0
            .split('/')
            .map(str::to_owned)
            .collect(),
        constants,
        names,
        body: body.map(|Body { native, .. }| native),
    }
}

/// The text with `{}` for each variable, and whether there is none but settings.
fn skeleton(template: &Template) -> (String, bool) {
    let mut text = String::new();
    let mut fixed = true;
    for part in &template.parts {
        match part {
            Part::Literal(literal) => text.push_str(&literal.value),
            Part::Variable(variable) if variable.path.first_name() == Some("settings") => {
                text.push_str(&format!("{{{}}}", variable.path));
            }
            Part::Variable(_) => {
                fixed = false;
                text.push_str("{}");
            }
        }
    }
    (text, fixed)
}

/// The places that must be there wherever a condition holds.
fn present<'a>(when: &'a Cond, places: &mut Vec<&'a Path>) {
    match when {
        Cond::And(parts) => parts.iter().for_each(|part| present(part, places)),
        Cond::Present(path) => places.push(path),
        Cond::Compare { path, op, .. } if *op != CondOp::Ne => places.push(path),
        Cond::Or(_) | Cond::Not(..) | Cond::Compare { .. } => {}
    }
}

/// Tells whether nothing decides between two requests.
fn alike(survey: &Survey<'_>, one: &Request<'_>, other: &Request<'_>) -> bool {
    alike_before_body(one, other) && bodies_alike(&survey.set.native, one.body, other.body)
}

/// Tells whether every request of one route is one of another, whose body says less.
fn is_one_of(survey: &Survey<'_>, request: &Request<'_>, other: &Request<'_>) -> bool {
    let bodies = request.body.zip(other.body);
    alike_before_body(request, other)
        && bodies.is_some_and(|(own, other)| narrows(&survey.set.native, own, other))
}

/// Tells whether nothing in front of their bodies decides between two requests.
fn alike_before_body(one: &Request<'_>, other: &Request<'_>) -> bool {
    one.method == other.method
        && one.segments == other.segments
        && one.constants == other.constants
        && one.names == other.names
}

fn bodies_alike(shapes: &Shapes, one: Option<ShapeId>, other: Option<ShapeId>) -> bool {
    match (one, other) {
        (None, None) => true,
        (Some(one), Some(other)) => one == other || !told_apart(shapes, one, other),
        (None, Some(_)) | (Some(_), None) => false,
    }
}

/// Tells whether the shapes of two bodies decide: by the root, by one narrowing the other, or by what one
/// requires and the other does not have, or has another constant for.
pub(super) fn told_apart(shapes: &Shapes, one: ShapeId, other: ShapeId) -> bool {
    let (left, right) = (shapes.get(one), shapes.get(other));
    if left.root.is_some() && right.root.is_some() && left.root != right.root {
        return true;
    }
    if narrows(shapes, one, other) || narrows(shapes, other, one) {
        return true;
    }
    members_decide(shapes, one, other, DEEPEST) || members_decide(shapes, other, one, DEEPEST)
}

/// How deep constants are looked for: schemas may hold themselves.
const DEEPEST: u8 = 8;

/// Tells whether a member decides between two shapes, or one of an object that both require.
fn members_decide(shapes: &Shapes, one: ShapeId, other: ShapeId, deepest: u8) -> bool {
    let (left, right) = (shapes.get(one), shapes.get(other));
    let (Some(left), Some(right)) = (left.object(), right.object()) else {
        return std::mem::discriminant(&left.kind) != std::mem::discriminant(&right.kind);
    };
    let constant = |shape: ShapeId| {
        let scalar = shapes.get(shape).scalar();
        scalar.and_then(|scalar| scalar.constant.as_deref())
    };
    left.members.iter().any(|member| {
        let Some((_, found)) = right.member(&member.name) else {
            return member.required;
        };
        let lacking = member.required && found.forbidden;
        let differing = match (constant(member.shape), constant(found.shape)) {
            (Some(one), Some(other)) => one != other,
            _ => false,
        };
        let is_there = member.required && found.required && !found.forbidden;
        let below = is_there
            && deepest > 0
            && members_decide(shapes, member.shape, found.shape, deepest.saturating_sub(1));
        lacking || differing || below
    })
}
