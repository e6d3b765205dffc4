//! The one place that turns causes into problems.

use std::borrow::Cow;

use super::redact::redact;
use super::retry;
use super::{Code, FieldError, Outcome, Place, Problem, UpstreamError};
use crate::gateway::translate::{self, BrokenAnswer, CallerFault, Lost, Refused, UpstreamProblem};
use crate::upstream::{Failure, FailureKind, Sent};

/// Seconds after which a call that met no free turn may try again.
const SOON: u32 = 1;

/// Seconds after which an upstream may send again what the application did not take.
const LATER: u32 = 30;

/// A way of failing: code, and error type of RFC 9209.
const fn means(kind: FailureKind) -> (Code, &'static str) {
    match kind {
        FailureKind::Unreachable => (Code::UpstreamUnreachable, "destination_unavailable"),
        FailureKind::AddressRefused => (Code::UpstreamUnreachable, "destination_ip_prohibited"),
        FailureKind::ConnectTimeout => (Code::UpstreamTimeout, "connection_timeout"),
        FailureKind::TlsFailed => (Code::UpstreamConfig, "tls_protocol_error"),
        FailureKind::FirstByteTimeout => (Code::UpstreamTimeout, "http_response_timeout"),
        FailureKind::IdleTimeout | FailureKind::TotalTimeout => {
            (Code::UpstreamTimeout, "connection_read_timeout")
        }
        FailureKind::Dropped => (Code::UpstreamDropped, "connection_terminated"),
        FailureKind::Truncated => (Code::UpstreamMalformed, "http_response_incomplete"),
        FailureKind::BodyTooLarge => (Code::UpstreamTooLarge, "http_response_body_size"),
        FailureKind::BadHttp => (Code::UpstreamMalformed, "http_protocol_error"),
        FailureKind::Overloaded => (Code::Overloaded, "connection_limit_reached"),
        FailureKind::Suspended => (Code::UpstreamSuspended, "destination_unavailable"),
        FailureKind::WrongOrigin => (Code::Internal, "proxy_configuration_error"),
        FailureKind::CredentialsRefused => (Code::UpstreamAuth, "proxy_configuration_error"),
        FailureKind::CredentialsUnavailable => {
            (Code::UpstreamUnreachable, "destination_unavailable")
        }
        FailureKind::CredentialsUnusable => (Code::UpstreamInvalid, "http_protocol_error"),
    }
}

/// The problem of an exchange without an answer. What may have been sent is tried again safely only if it `is_read`.
#[must_use]
pub fn failure(failure: Failure, upstream: &str, is_read: bool) -> Problem {
    let (code, error) = means(failure.kind);
    let outcome = match failure.sent {
        Sent::NotSent => Outcome::NotSent,
        Sent::MaybeSent => Outcome::Unknown,
    };
    let mut problem = Problem::new(code, "").with_outcome(outcome);
    problem.retryable = Some(code.row().retryable && (is_read || outcome == Outcome::NotSent));
    problem.upstream = Some(named(upstream, None));
    problem.proxy_error = Some(error);
    if let Some(lasts) = failure.lasts {
        let seconds = lasts.as_millis().div_ceil(1_000);
        problem.retry_after = Some(u32::try_from(seconds).unwrap_or(u32::MAX));
    } else if matches!(code, Code::Overloaded | Code::UpstreamUnreachable) {
        problem.retry_after = Some(SOON);
    }
    problem
}

/// The problem of a call whose deadline passed inside the gateway.
#[must_use]
pub fn deadline(outcome: Outcome, is_read: bool) -> Problem {
    let mut problem = Problem::new(Code::UpstreamTimeout, "The call's deadline passed.");
    problem.outcome = outcome;
    problem.retryable = Some(is_read || outcome == Outcome::NotSent);
    problem.proxy_error = Some("http_response_timeout");
    problem
}

/// The problem of a call whose body did not arrive before its deadline.
#[must_use]
pub fn slow_request() -> Problem {
    Problem::new(
        Code::RequestTimeout,
        "The body did not arrive before the call's deadline.",
    )
}

/// The problem of a callback whose event the application did not take: the upstream is to send it again.
#[must_use]
pub fn not_delivered() -> Problem {
    let mut problem = Problem::new(Code::NotDelivered, "");
    problem.retry_after = Some(LATER);
    problem
}

/// The problem of a call whose key the journal knows nothing about while it cannot be asked: nothing may be sent.
#[must_use]
pub fn no_journal() -> Problem {
    let mut problem = Problem::new(Code::JournalUnavailable, "");
    problem.retry_after = Some(SOON);
    problem
}

/// The problem of a repetition of a call that still runs.
#[must_use]
pub fn in_flight() -> Problem {
    let mut problem = Problem::new(Code::InFlight, "");
    problem.retry_after = Some(SOON);
    problem
}

/// The problem of a repetition of a call of which nobody knows what became; after so many seconds it can be settled, if
/// it ever can.
#[must_use]
pub fn outcome_unknown(seconds: u32) -> Problem {
    let mut problem = Problem::new(Code::OutcomeUnknown, "").with_outcome(Outcome::Unknown);
    problem.retry_after = Some(seconds.max(SOON));
    problem
}

/// The problem of a call that found the gateway full.
#[must_use]
pub fn overloaded() -> Problem {
    let mut problem = Problem::new(
        Code::Overloaded,
        "The gateway serves as many calls as it may.",
    );
    problem.retry_after = Some(SOON);
    problem.proxy_error = Some("proxy_internal_response");
    problem
}

/// The problem of a call that met a fault of the gateway itself.
#[must_use]
pub fn internal(outcome: Outcome) -> Problem {
    let mut problem = Problem::new(Code::Internal, "").with_outcome(outcome);
    problem.proxy_error = Some("proxy_internal_error");
    problem
}

/// The problem of a body over the limit.
#[must_use]
pub fn body_too_large(limit: usize) -> Problem {
    Problem::new(Code::TooLarge, format!("The body is over {limit} bytes."))
}

/// The problem of a call that the upstream cannot be asked.
#[must_use]
pub fn refused(refused: Refused, upstream: &str) -> Problem {
    let faults = match refused {
        Refused::Faults(faults) => faults,
        Refused::Base(answer) => return broken(&answer, upstream).with_outcome(Outcome::NotSent),
    };
    let code = faults
        .first()
        .and_then(|fault| Code::named(fault.code))
        .unwrap_or(Code::NotSupportedHere);
    let mut problem = Problem::new(code, "");
    let allowed = faults.iter().flat_map(|fault| &fault.allowed);
    problem.allowed = allowed.map(|state| state.to_string()).collect();
    problem.with_errors(faults.into_iter().map(caller_fault).collect())
}

fn caller_fault(fault: CallerFault) -> FieldError {
    FieldError::new(
        fault.code,
        placed(fault.pointer, fault.parameter),
        fault.detail,
    )
}

fn placed(pointer: Option<String>, parameter: Option<String>) -> Place {
    match (pointer, parameter) {
        (Some(pointer), _) => Place::Pointer(pointer),
        (None, Some(parameter)) => Place::Parameter(parameter),
        (None, None) => Place::Unplaced,
    }
}

/// The problem of a call under strict handling that would lose so many values, these among them.
#[must_use]
pub fn would_lose(losses: Vec<Lost>, lost: u32) -> Problem {
    let named = u32::try_from(losses.len()).unwrap_or(u32::MAX);
    let errors = losses.into_iter().map(self::lost).collect();
    losing(errors, lost.saturating_sub(named))
}

/// The problem of a call under strict handling that would lose these values, and so many beside them.
#[must_use]
pub fn losing(errors: Vec<FieldError>, beyond: u32) -> Problem {
    let detail = match beyond {
        0 => String::new(),
        beyond => format!("{beyond} more values are not named."),
    };
    Problem::new(Code::WouldLose, detail).with_errors(errors)
}

/// The values that one of several upstreams would lose.
pub fn lost_at(upstream: &str, losses: Vec<Lost>) -> impl Iterator<Item = FieldError> {
    losses.into_iter().map(move |lost| {
        let mut fault = self::lost(lost);
        fault.detail = format!("`{upstream}`: {}", fault.detail).into();
        fault
    })
}

/// The problem of a call of several upstreams of which none answered.
#[must_use]
pub fn all_failed(problems: &[(&str, &Problem)]) -> Problem {
    let outcomes = || problems.iter().map(|(_, problem)| problem.outcome);
    let outcome = [Outcome::Unknown, Outcome::Answered]
        .into_iter()
        .find(|outcome| outcomes().any(|other| other == *outcome));
    let detail = "None of the upstreams answered the call.";
    let mut problem = Problem::new(Code::UpstreamError, detail);
    problem.outcome = outcome.unwrap_or(Outcome::NotSent);
    problem.retryable = Some(problems.iter().any(|(_, problem)| problem.is_retryable()));
    let waits = problems
        .iter()
        .filter_map(|(_, problem)| problem.retry_after);
    problem.retry_after = waits.min();
    let fault = |(name, problem): &(&str, &Problem)| {
        let row = problem.code.row();
        let place = Place::Parameter("Interlingua-Upstream".to_owned());
        FieldError::new(row.name, place, format!("`{name}`: {}", row.title))
    };
    problem.errors = problems.iter().map(fault).collect();
    problem
}

fn lost(lost: Lost) -> FieldError {
    let place = match lost.parameter {
        Some(parameter) => Place::Parameter(parameter),
        None => Place::Pointer(lost.pointer),
    };
    FieldError::new(lost.code, place, loss(lost.code))
}

/// What the loss of a value is called.
#[must_use]
pub fn loss(code: &str) -> &'static str {
    match code {
        "surplus" => "Only one member of this list is carried.",
        "disagrees" => "Another spelling of this value says otherwise.",
        "no-place" => "The upstream has no place for this value.",
        "no-value" => "A key without a value is not carried.",
        "read-only" => "The place can be read only.",
        "invalid" => "The value does not convert.",
        "lossy" => "The conversion of this value loses a part of it.",
        "residue" => {
            "The upstream holds something here that the call does not say: it goes with the rest, or stays although it was cleared."
        }
        _ => "The value is not carried.",
    }
}

/// What of a call its problem is made with.
#[derive(Debug, Clone, Copy)]
pub struct Around<'a> {
    /// Name of the upstream.
    pub upstream: &'a str,
    /// The header of the answer.
    pub retry_after: Option<&'a str>,
    /// The time of the call.
    pub now_unix_ms: i64,
    /// Values that may not come back in the upstream's words.
    pub sensitive: &'a [String],
    /// Whether the exchange was one that changes nothing.
    pub is_read: bool,
}

/// The problem that an upstream's answer says.
#[must_use]
pub fn upstream_problem(problem: UpstreamProblem, around: &Around<'_>) -> Problem {
    let code = Code::named(&problem.code).unwrap_or(Code::UpstreamError);
    let mut out = Problem::new(code, "").with_outcome(Outcome::Answered);
    let clean = |text: String| redact(&text, around.sensitive);
    out.retryable = Some(may_pass(code, problem.upstream_status, around.is_read));
    out.upstream = Some(UpstreamError {
        name: around.upstream.into(),
        status: Some(problem.upstream_status),
        code: problem.upstream_code.map(clean),
        message: problem.upstream_message.map(clean),
    });
    out.errors = problem
        .errors
        .into_iter()
        .map(|fault| native_fault(fault, code, around.sensitive))
        .collect();
    if out.is_retryable() {
        let said = problem.retry_after.as_deref().or(around.retry_after);
        out.retry_after = said.and_then(|said| retry::seconds(said, around.now_unix_ms));
    }
    if code.row().status.is_server_error() {
        out.proxy_error = Some("http_protocol_error");
    }
    out
}

/// Whether the same call may succeed later after what an upstream answered. A change may be sent again only if the
/// answer proves that nothing was done; what the upstream refuses by 4xx it refuses again.
fn may_pass(code: Code, status: u16, is_read: bool) -> bool {
    let failed = code != Code::UpstreamError || status >= 500;
    code.row().retryable && (code == Code::RateLimited || (is_read && failed))
}

fn native_fault(fault: translate::FieldError, code: Code, sensitive: &[String]) -> FieldError {
    let detail = fault.detail.map_or(Cow::Borrowed(""), |detail| {
        Cow::Owned(redact(&detail, sensitive))
    });
    let word = fault.code.map(|word| redact(&word, sensitive));
    FieldError {
        code: word.map_or(Cow::Borrowed(code.row().name), Cow::Owned),
        detail,
        place: placed(fault.pointer, fault.parameter),
        native_field: fault.native_field.map(|name| {
            // What the upstream calls its own field is told, whatever the caller's values are.
            let values = if fault.is_known_field { &[] } else { sensitive };
            redact(&name, values)
        }),
        candidates: fault.candidates,
    }
}

/// The problem of an answer that cannot be understood.
#[must_use]
pub fn broken(answer: &BrokenAnswer, upstream: &str) -> Problem {
    let code = Code::named(answer.code).unwrap_or(Code::UpstreamUnexpected);
    let mut problem = Problem::new(code, of_broken(answer)).with_outcome(Outcome::Answered);
    problem.upstream = Some(named(upstream, Some(answer.status)));
    problem.proxy_error = Some("http_protocol_error");
    problem
}

/// Where an answer is broken and what belongs there, as far as either is known.
fn of_broken(answer: &BrokenAnswer) -> String {
    let mut detail = match answer.at {
        0 if answer.place.is_none() && answer.expected.is_none() => return String::new(),
        0 => "In the upstream's answer".to_owned(),
        at => format!("At byte {at} of the upstream's answer"),
    };
    if let Some(place) = &answer.place {
        detail.push_str(&format!(", at `{place}`"));
    }
    if let Some(expected) = answer.expected {
        detail.push_str(": ");
        detail.push_str(expected);
    }
    detail.push('.');
    detail
}

/// The problem of an answer that lacks what the operation answers.
#[must_use]
pub fn empty_answer(upstream: &str, status: u16) -> Problem {
    let detail = "The upstream's answer holds no resource.";
    let mut problem = Problem::new(Code::UpstreamUnexpected, detail);
    problem.outcome = Outcome::Answered;
    problem.upstream = Some(named(upstream, Some(status)));
    problem.proxy_error = Some("http_protocol_error");
    problem
}

fn named(upstream: &str, status: Option<u16>) -> UpstreamError {
    UpstreamError {
        name: upstream.into(),
        status,
        ..UpstreamError::default()
    }
}
