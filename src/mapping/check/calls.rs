//! What a call cannot do although each part of it is well-formed (M102, M103, M201, M203, M212, M215).

use std::collections::BTreeMap;

use super::requests::{Offer, offers};
use crate::diag::nearest::did_you_mean;
use crate::diag::{Code, Diagnostic, Report, Span};
use crate::mapping::ast::{Auth, Message, Paging, Route, Rule, Text, UnmappedPath};
use crate::mapping::keywords::PROBLEM_CODES;
use crate::mapping::schema;
use crate::mapping::survey::place::covers;
use crate::mapping::survey::usage::{answers, routes};
use crate::mapping::survey::{Body, Survey};
use crate::mapping::syntax::{Cond, CondOp};

/// Headers of a message that whoever sends it makes of the message itself.
const FRAMING: &[&str] = &[
    "connection",
    "content-encoding",
    "content-length",
    "content-type",
    "expect",
    "host",
    "keep-alive",
    "proxy-connection",
    "te",
    "trailer",
    "transfer-encoding",
    "upgrade",
];

/// Checks the calls of an upstream.
pub(super) fn check(survey: &Survey<'_>, report: &mut Report) {
    let Some(file) = survey.file() else { return };
    for offer in offers(survey) {
        kept(survey, &offer, report);
        reached(&offer.said.routes, report);
        for step in &offer.said.steps {
            reached(&step.routes, report);
        }
        if let Some(paging) = &offer.said.paging {
            pages(paging, report);
        }
    }
    for call in &file.calls {
        reached(&call.value.routes, report);
    }
    for route in routes(file) {
        repeated(route, report);
        explained(survey, route, report);
        route.headers.iter().for_each(|rule| framed(rule, report));
    }
    let every = &file.every_call;
    every.headers.iter().for_each(|rule| framed(rule, report));
    let answered = answers(file).flat_map(|answer| &answer.headers);
    for rule in every.answer_headers.iter().chain(answered) {
        framed(rule, report);
    }
    let idempotency = every.idempotency.iter().map(|said| &said.header);
    let sent = file.auth.iter().flat_map(|auth: &Auth| &auth.send);
    for name in idempotency.chain(sent.map(|header| &header.name)) {
        report.extend(frames(&name.value, name.span));
    }
    for code in answers(file).filter_map(|answer| answer.problem.as_ref()) {
        report.extend(problem(code));
    }
}

/// A code that no caller could ever be told.
pub(super) fn problem(code: &Text) -> Option<Diagnostic> {
    let known = PROBLEM_CODES.contains(&code.value.as_str());
    (!known).then(|| {
        let message = format!("there is no problem code `{}`", code.value);
        Diagnostic::new(Code::M103, code.span, message)
            .help("codes are those of the HTTP contract, such as `not-found`, `conflict` and `invalid-input`")
            .maybe_help(did_you_mean(&code.value, PROBLEM_CODES.iter().copied()))
    })
}

/// A place that an update keeps is one of a document that is sent.
fn kept(survey: &Survey<'_>, offer: &Offer<'_>, report: &mut Report) {
    let bodies = offer.routes.iter().filter_map(|route| route.body.as_ref());
    let roots: Vec<_> = bodies
        .filter_map(|said| survey.body(said, Message::Request))
        .map(|Body { native, .. }| native)
        .collect();
    for path in &offer.said.keeps {
        let shapes = &survey.set.native;
        let mut found = roots.iter().map(|root| schema::path(shapes, *root, path));
        if found.clone().any(|found| found.is_ok()) {
            continue;
        }
        if let Some(Err(unknown)) = found.next() {
            report.push(unknown.diagnostic(Code::M102));
        }
    }
}

/// A route that an earlier one leaves nothing.
fn reached(routes: &[Route], report: &mut Report) {
    for (index, later) in routes.iter().enumerate() {
        let before = routes.get(..index).unwrap_or_default();
        let taken = before.iter().find(|earlier| takes(earlier, later));
        if let Some(earlier) = taken {
            report.push(
                Diagnostic::new(
                    Code::M203,
                    later
                        .when
                        .as_ref()
                        .and_then(Cond::span)
                        .unwrap_or(later.call.span),
                    "the routes before this one take every call that it is for",
                )
                .help("put the narrower condition first, or let the conditions differ")
                .note(
                    earlier
                        .when
                        .as_ref()
                        .and_then(Cond::span)
                        .unwrap_or(earlier.call.span),
                    "this one takes them",
                ),
            );
        }
    }
}

/// Every part of the earlier condition is one of the later one.
fn takes(earlier: &Route, later: &Route) -> bool {
    let Some(one) = &earlier.when else {
        return true;
    };
    let needed = parts(one);
    let given: Vec<String> = later.when.iter().flat_map(parts).collect();
    needed.iter().all(|part| given.contains(part))
}

fn parts(when: &Cond) -> Vec<String> {
    match when {
        Cond::And(all) => all.iter().flat_map(parts).collect(),
        // What has a value is there.
        Cond::Compare { path, op, .. } if *op != CondOp::Ne => {
            vec![when.to_string(), path.to_string()]
        }
        one => vec![one.to_string()],
    }
}

/// A name of the query stands once, in the call or in a rule.
fn repeated(route: &Route, report: &mut Report) {
    let mut seen: BTreeMap<String, Span> = BTreeMap::new();
    let of_call = route.call.query.iter();
    let of_call = of_call.map(|pair| (pair.name.value.clone(), pair.name.span));
    let of_rules = route
        .query
        .iter()
        .filter_map(|rule| rule.text(Message::Request))
        .flat_map(|text| &text.places)
        .map(|path| (path.to_string(), path.span));
    for (name, span) in of_call.chain(of_rules) {
        if let Some(first) = seen.get(&name) {
            let message = format!("`{name}` stands twice in the query");
            report.push(
                Diagnostic::new(Code::M201, span, message)
                    .help("one name has one value: take it out of the call, or take the rule away")
                    .note(*first, "it stands here too"),
            );
        } else {
            seen.insert(name, span);
        }
    }
}

/// A reason for what needs none has outlived it.
fn explained(survey: &Survey<'_>, route: &Route, report: &mut Report) {
    let Some(entry) = &route.in_url else { return };
    let UnmappedPath::Places(places) = &entry.path else {
        return;
    };
    for place in places {
        let sent = super::care::in_url(route);
        let needed = sent
            .into_iter()
            .any(|(path, _)| covers(place, path) && super::care::needs(survey, route, path));
        if !needed {
            let message =
                format!("`{place}` needs no reason: this URL holds no such place that needs care");
            report.push(
                Diagnostic::new(Code::M212, place.span, message)
                    .help("take `in-url` away: a reason must not outlive what it explains"),
            );
        }
    }
}

fn framed(rule: &Rule, report: &mut Report) {
    for text in [&rule.native, &rule.request, &rule.response]
        .into_iter()
        .flatten()
    {
        for path in text.places.iter().filter(|_| text.header.is_none()) {
            report.extend(frames(&path.to_string(), path.span));
        }
    }
}

fn frames(name: &str, span: Span) -> Option<Diagnostic> {
    FRAMING.contains(&name.to_ascii_lowercase().as_str()).then(|| {
        Diagnostic::new(
            Code::M215,
            span,
            format!("the header `{name}` is made of the message itself"),
        )
        .help("take it away: `media-type` says what bodies are, the rest follows from the message and the connection")
    })
}

/// Names that differ, and a size that leads to a next page.
fn pages(paging: &Paging, report: &mut Report) {
    if let Some(zero) = paging.default.as_ref().filter(|size| size.value == 0) {
        report.push(
            Diagnostic::new(
                Code::M215,
                zero.span,
                "a page of the upstream has one member at least",
            )
            .help("`default` is the size of a page where no limit is sent"),
        );
    }
    let names = [&paging.offset, &paging.limit, &paging.token];
    let mut seen: Vec<&Text> = Vec::new();
    for name in names.into_iter().flatten() {
        if let Some(first) = seen.iter().find(|one| one.value == name.value) {
            let message = format!("`{}` says two things of the page", name.value);
            report.push(
                Diagnostic::new(Code::M215, name.span, message)
                    .help("`offset`, `limit` and `token` are names of different parameters")
                    .note(first.span, "it stands here too"),
            );
        }
        seen.push(name);
    }
}
