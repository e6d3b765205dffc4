//! Answers that those before them leave nothing (M512).

use std::collections::BTreeSet;

use super::requests::{Offer, offers};
use super::views::narrows;
use crate::diag::{Code, Diagnostic, Report};
use crate::mapping::ast::{AnswerBody, AnswerCase, Message, StatusTest};
use crate::mapping::survey::{Body, Survey};
use crate::mapping::syntax::Cond;

/// Checks the answers of every operation and call, and those for all operations.
pub(super) fn check(survey: &Survey<'_>, report: &mut Report) {
    report.extend(offers(survey).filter_map(|offer| unanswered(survey, &offer)));
    let mut told = BTreeSet::new();
    let mut list = |cases: Vec<&AnswerCase>| {
        for (index, case) in cases.iter().enumerate() {
            let before = cases.get(..index).unwrap_or_default();
            if let Some(taken) = taken(survey, case, before)
                && told.insert(case.span)
            {
                report.push(
                    Diagnostic::new(
                        Code::M512,
                        case.span,
                        "the answers before this one take all that fits it",
                    )
                    .help("put the narrower answer first, or take one of them away")
                    .note(taken.span, "this one takes it"),
                );
            }
        }
    };
    for offer in offers(survey) {
        let routes = offer
            .said
            .routes
            .iter()
            .map(|route| route.answers.as_slice());
        let steps = offer.said.steps.iter().map(|step| step.answers.as_slice());
        list(offer.said.answers.iter().collect());
        for own in routes.filter(|own| !own.is_empty()) {
            list(own.iter().chain(&offer.said.answers).collect());
        }
        for own in steps {
            list(own.iter().collect());
        }
    }
    let file = survey.file();
    for call in file.into_iter().flat_map(|file| &file.calls) {
        list(call.value.answers.iter().collect());
    }
    list(file.into_iter().flat_map(|file| &file.errors).collect());
}

/// Tells of an operation that answers something and does not say what comes.
fn unanswered(survey: &Survey<'_>, offer: &Offer<'_>) -> Option<Diagnostic> {
    let said = offer.said;
    let own = || said.routes.iter().map(|route| &route.answers);
    let of_steps = || said.steps.iter().map(|step| &step.answers);
    let silent = said.answers.is_empty()
        && own().any(|answers| answers.is_empty())
        && of_steps().all(|answers| answers.is_empty());
    let id = &*offer.canonical.id;
    let mut named = survey.file()?.operations.iter();
    let name = &named.find(|named| named.name.value == id)?.name;
    (silent && offer.answer.is_some()).then(|| {
        let message = format!("`{id}` does not say what answers it");
        Diagnostic::new(Code::M215, name.span, message)
            .help("say which body a success has: `answers: [{ status: 200, body: ... }]`")
    })
}

/// The first of the cases that take all of a case; every status of it must be taken by one.
fn taken<'c>(
    survey: &Survey<'_>,
    case: &AnswerCase,
    before: &[&'c AnswerCase],
) -> Option<&'c AnswerCase> {
    let mut first = None;
    for status in &case.status {
        let takes = |other: &&&AnswerCase| {
            let of_status = other
                .status
                .iter()
                .any(|test| includes(test.value, status.value));
            of_status && conditions(survey, other, case) && bodies(survey, other, case)
        };
        let found = before.iter().find(takes)?;
        first = first.or(Some(*found));
    }
    first
}

fn includes(test: StatusTest, other: StatusTest) -> bool {
    match (test, other) {
        (StatusTest::Class(class), StatusTest::Code(code)) => u16::from(class) == code / 100,
        (one, other) => one == other,
    }
}

/// What is said of the call must hold of both; what is said of the outcome is tested when an answer is written.
fn conditions(survey: &Survey<'_>, earlier: &AnswerCase, later: &AnswerCase) -> bool {
    match (&earlier.when, &later.when) {
        (None, _) => true,
        (Some(one), Some(other)) if one.to_string() == other.to_string() => true,
        (Some(one), _) => of_outcome(survey, one),
    }
}

/// Tells whether a condition names places of the outcome only.
fn of_outcome(survey: &Survey<'_>, when: &Cond) -> bool {
    let model = &survey.catalog.canonical;
    let outcome = model
        .definition("Outcome")
        .and_then(|shape| model.get(shape).object());
    let is = |name: Option<&str>| {
        outcome
            .zip(name)
            .is_some_and(|(outcome, name)| outcome.member(name).is_some())
    };
    when.paths().iter().all(|path| is(path.first_name()))
}

fn bodies(survey: &Survey<'_>, earlier: &AnswerCase, later: &AnswerCase) -> bool {
    let body = |case: &AnswerCase| match case.body.as_ref().map(|body| &body.value) {
        Some(AnswerBody::Document(said)) => survey
            .body(said, Message::Response)
            .map(|Body { native, .. }| native),
        _ => None,
    };
    let unread = |case: &AnswerCase| case.body.is_none();
    let ignored = |case: &AnswerCase| {
        matches!(
            case.body.as_ref().map(|body| &body.value),
            Some(AnswerBody::Ignored)
        )
    };
    let none = |case: &AnswerCase| {
        matches!(
            case.body.as_ref().map(|body| &body.value),
            Some(AnswerBody::None)
        )
    };
    // What is ignored is still of the upstream's format, or nothing: what is not read may be of any.
    let takes_any = unread(earlier) || (ignored(earlier) && !unread(later));
    if takes_any || (none(earlier) && none(later)) {
        return true;
    }
    match (body(earlier), body(later)) {
        (Some(one), Some(other)) => narrows(&survey.set.native, other, one),
        _ => false,
    }
}
