//! Cases of requests.

use std::fmt::Display;

use super::given::Given;
use super::{CaseResult, compare};
use crate::engine::exchange::{Accepted, Call, NativeRequest, NotAccepted, Refused, Worker};
use crate::mapping::ast::{Direction, Kind, Message};
use crate::mapping::compile::upstream::Upstream;
use crate::proof::received::{header_lines, understood};

/// Writes the request of a case and reads it again.
pub(super) fn run(
    upstream: &Upstream,
    given: &Given<'_>,
    worker: &mut Worker,
    result: &mut CaseResult,
) {
    let canonical = given.case.canonical();
    let call = given.call(canonical);
    let base = given.base_answer();
    let written = match (&base, upstream.needs_base(&call, worker)) {
        (Some(base), None) => upstream.request_over(&call, base, worker),
        (base, _) => upstream.request(&call, base.as_ref(), worker),
    };
    let written = match written {
        Ok(written) => written,
        Err(refused) => {
            result.note("request", Some(said(&refused)));
            return;
        }
    };
    if given.runs(Direction::ToNative) {
        line(given, &written, result);
        headers(given, &written, result);
        if let Some(native) = given.case.native() {
            let body = written.body.as_deref().unwrap_or_default();
            result.note("native body", compare::native(native, body, base.is_some()));
        }
        // A patch of a document that is read first says nothing of what it does not touch.
        if canonical.is_some() || !given.case.file.losses.is_empty() {
            result.note(
                "losses",
                compare::losses(&given.case.file.losses, &written.losses),
            );
        }
    }
    if given.runs(Direction::ToCanonical) {
        read_again(upstream, given, &written, worker, result);
    }
}

/// Compares the request line that the inputs give, where the case's documents are those of the answer.
pub(super) fn line_only(
    upstream: &Upstream,
    given: &Given<'_>,
    worker: &mut Worker,
    result: &mut CaseResult,
) {
    if given.case.file.call.is_none() {
        return;
    }
    match upstream.request(&given.call(None), None, worker) {
        Ok(written) => {
            line(given, &written, result);
            headers(given, &written, result);
            if given.operation.body.is_none() {
                read_again(upstream, given, &written, worker, result);
            }
        }
        Err(refused) => result.note("request", Some(said(&refused))),
    }
}

pub(super) fn line(given: &Given<'_>, written: &NativeRequest, result: &mut CaseResult) {
    let Some(expected) = &given.case.file.call else {
        return;
    };
    let expected = format!("{} {}", expected.method.value, expected.target.value);
    let found = format!("{} {}", written.method, written.target);
    let difference = (expected != found).then(|| format!("- {expected}\n+ {found}"));
    result.note("request line", difference);
}

/// Compares the headers of `request.http`, all of them, without order.
pub(super) fn headers(given: &Given<'_>, written: &NativeRequest, result: &mut CaseResult) {
    let Some(expected) = given.case.documents.get("request.http") else {
        return;
    };
    let expected = String::from_utf8_lossy(expected);
    let lines = expected.lines().skip(1).take_while(|line| !line.is_empty());
    let mut expected: Vec<String> = lines
        .map(|line| match line.split_once(':') {
            Some((name, value)) => format!("{}: {}", name.to_ascii_lowercase(), value.trim()),
            // No header: it is none of those that are found.
            None => line.to_owned(),
        })
        .collect();
    expected.sort_unstable();
    let found = header_lines(written);
    result.note(
        "headers",
        compare::native(
            expected.join("\n").as_bytes(),
            found.join("\n").as_bytes(),
            true,
        ),
    );
}

/// What the server role makes of the request is the call of the case.
fn read_again(
    upstream: &Upstream,
    given: &Given<'_>,
    written: &NativeRequest,
    worker: &mut Worker,
    result: &mut CaseResult,
) {
    if upstream.is_same_call(given.index, written.route) {
        return;
    }
    let native = given.case.native().filter(|_| written.body.is_some());
    let accepted = match understood(upstream, written, native, worker) {
        Ok(accepted) => accepted,
        Err(refused) => {
            result.note("server role", Some(not_accepted(&refused)));
            return;
        }
    };
    if accepted.operation != given.index {
        result.note(
            "server role",
            Some("the request is read as another operation".to_owned()),
        );
        return;
    }
    result.note(
        "inputs",
        inputs(upstream, given, written, &accepted, worker),
    );
    let of_request = given
        .case
        .file
        .message
        .as_ref()
        .is_none_or(|message| message.value == Message::Request);
    let merged = given.operation.kind == Kind::Update && given.base().is_some();
    if let Some(expected) = given.case.canonical().filter(|_| of_request && !merged) {
        let body = accepted.body.as_deref().unwrap_or(b"{}");
        result.note("canonical body", compare::canonical(expected, body));
    }
}

/// Inputs as lines, in an order of their own.
pub(super) fn lines<T: Display>(inputs: &[(T, T)]) -> String {
    let mut lines: Vec<String> = inputs
        .iter()
        .map(|(name, value)| format!("{name} = {value}"))
        .collect();
    lines.sort_unstable();
    lines.join("\n")
}

/// The inputs must be those of the case, or, where a rule is lossy, make the same request again.
fn inputs(
    upstream: &Upstream,
    given: &Given<'_>,
    written: &NativeRequest,
    accepted: &Accepted,
    worker: &mut Worker,
) -> Option<String> {
    let found: Vec<(&str, &str)> = accepted
        .inputs
        .iter()
        .map(|(name, value)| (name.as_str(), value.as_str()))
        .collect();
    let (expected_lines, found_lines) = (lines(&given.inputs), lines(&found));
    if expected_lines == found_lines {
        return None;
    }
    let again = Call {
        inputs: &found,
        ..given.call(None)
    };
    match upstream.request(&again, None, worker) {
        Ok(again) if again.target == written.target => None,
        _ => compare::native(expected_lines.as_bytes(), found_lines.as_bytes(), true),
    }
}

pub(super) fn said(refused: &Refused) -> String {
    match refused {
        Refused::Faults(faults) => {
            let lines = faults.iter().map(|fault| {
                let place = fault
                    .pointer
                    .as_deref()
                    .or(fault.parameter.as_deref())
                    .unwrap_or("");
                format!("{} {place}: expected {}", fault.code, fault.detail)
            });
            lines.collect::<Vec<_>>().join("\n")
        }
        Refused::Base(broken) => format!("the base: {broken:?}"),
    }
}

pub(super) fn not_accepted(refused: &NotAccepted) -> String {
    match refused {
        NotAccepted::UnknownPath => "no route takes the request".to_owned(),
        NotAccepted::UnknownMethod(_) => "no route takes the method".to_owned(),
        NotAccepted::Unauthenticated => "the credentials are not taken".to_owned(),
        NotAccepted::Value { name, why, .. } => format!("`{name}`: expected {why}"),
        NotAccepted::Body(broken) => format!("the body: {broken:?}"),
    }
}
