//! Problems: what a caller is told when a call did not do what was asked (RFC 9457).
//!
//! A problem holds names, places and counts, never a value of a message. [`code`] is the one table of codes,
//! [`cause`] the one place that turns every cause into a problem.

pub mod cause;
pub mod code;
pub mod redact;

mod json;
mod retry;

use std::borrow::Cow;

use bytes::Bytes;
use http::header::{ALLOW, CONTENT_TYPE, RETRY_AFTER, WWW_AUTHENTICATE};
use http::{HeaderName, HeaderValue, Response};
use http_body_util::Full;

pub use code::{Code, Row};

/// The most faults that one problem lists; what is beyond is counted.
pub const MOST_ERRORS: usize = 64;

/// Media type of problems.
pub const MEDIA_TYPE: HeaderValue = HeaderValue::from_static("application/problem+json");

/// How a caller proves itself: the same for every cause, a missing proof too.
const CHALLENGE: HeaderValue = HeaderValue::from_static("Bearer realm=\"interlingua\"");

const PROXY_STATUS: HeaderName = HeaderName::from_static("proxy-status");

/// What became of the call at its upstream.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// Nothing that changes anything was sent.
    NotSent,
    /// It was sent, or may have been, and nobody knows what came of it.
    Unknown,
    /// The upstream has answered.
    Answered,
}

/// A problem, ready to be told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// Row of the table.
    pub code: Code,
    /// What this one is about, without any value; empty if the title says it all.
    pub detail: Cow<'static, str>,
    /// What became of the call.
    pub outcome: Outcome,
    /// Whether the same call may succeed later; as the table says if absent.
    pub retryable: Option<bool>,
    /// What the upstream said.
    pub upstream: Option<UpstreamError>,
    /// The single faults.
    pub errors: Vec<FieldError>,
    /// The moves that are legal from the current state.
    pub allowed: Vec<String>,
    /// What was done all the same, of a call that several calls to the upstream serve.
    pub done: Vec<StepDone>,
    /// The upstreams that could serve the call.
    pub offered_by: Vec<Box<str>>,
    /// Seconds after which to try again.
    pub retry_after: Option<u32>,
    /// The methods that the resource knows.
    pub allow: Option<HeaderValue>,
    /// Whether the caller is to prove itself (RFC 9110, 11.6.1).
    pub is_challenge: bool,
    /// Error type of RFC 9209, for failures that the gateway made.
    pub proxy_error: Option<&'static str>,
}

/// What the upstream said.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct UpstreamError {
    /// Its name in the configuration.
    pub name: Box<str>,
    /// Its HTTP status.
    pub status: Option<u16>,
    /// Its own code.
    pub code: Option<String>,
    /// Its own words, redacted.
    pub message: Option<String>,
}

/// A call to the upstream that was done before another one failed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StepDone {
    /// Its name in the mapping.
    pub step: Box<str>,
    /// The id of what it made or changed, if the upstream said it.
    pub id: Option<String>,
}

/// One fault, one place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FieldError {
    /// What is wrong, as a word.
    pub code: Cow<'static, str>,
    /// What is wrong, in words.
    pub detail: Cow<'static, str>,
    /// Where.
    pub place: Place,
    /// The field as the upstream named it.
    pub native_field: Option<String>,
    /// The places that the upstream's name may mean.
    pub candidates: Vec<String>,
}

/// Where a fault is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Place {
    /// In the caller's document: a JSON pointer.
    Pointer(String),
    /// In the query, the path or a header: its name.
    Parameter(String),
    /// Nowhere in particular.
    Unplaced,
}

/// The problem of a call that goes no further; boxed, since most calls have none.
pub type Refusal = Box<Problem>;

// === impl Outcome ===

impl Outcome {
    /// The word in `outcome`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::NotSent => "not-sent",
            Self::Unknown => "unknown",
            Self::Answered => "answered",
        }
    }
}

// === impl Problem ===

impl Problem {
    /// Makes a problem of a call of which nothing was sent.
    #[must_use]
    pub fn new(code: Code, detail: impl Into<Cow<'static, str>>) -> Self {
        Self {
            code,
            detail: detail.into(),
            outcome: Outcome::NotSent,
            retryable: None,
            upstream: None,
            errors: Vec::new(),
            allowed: Vec::new(),
            done: Vec::new(),
            offered_by: Vec::new(),
            retry_after: None,
            allow: None,
            is_challenge: false,
            proxy_error: None,
        }
    }

    /// Makes a problem of one fault in a parameter.
    #[must_use]
    pub fn of_parameter(code: Code, name: &str, detail: impl Into<Cow<'static, str>>) -> Self {
        let fault = FieldError::new(code.row().name, Place::Parameter(name.to_owned()), detail);
        Self::new(code, "").with_errors(vec![fault])
    }

    /// Says what became of the call.
    #[must_use]
    pub fn with_outcome(mut self, outcome: Outcome) -> Self {
        self.outcome = outcome;
        self
    }

    /// Lists single faults.
    #[must_use]
    pub fn with_errors(mut self, errors: Vec<FieldError>) -> Self {
        self.errors = errors;
        self
    }

    /// Tells whether the same call may succeed later.
    #[must_use]
    pub fn is_retryable(&self) -> bool {
        self.retryable.unwrap_or(self.code.row().retryable)
    }

    /// Tells whether it proves that the request it is of changed nothing: that was not sent, or the upstream refused it.
    /// An upstream that failed may have done it before, and one whose answer of success cannot be understood very
    /// likely has.
    #[must_use]
    pub fn is_certainly_undone(&self) -> bool {
        match self.outcome {
            Outcome::NotSent => true,
            Outcome::Unknown => false,
            Outcome::Answered => {
                let status = self.upstream.as_ref().and_then(|upstream| upstream.status);
                let is_refused = self.code.row().status.is_client_error();
                is_refused || status.is_some_and(|status| (300..500).contains(&status))
            }
        }
    }

    /// Tells whether, of a repetition, it also says what became of what was repeated: an upstream that knows its key and
    /// refuses it for good has not done it. That it was not reached, or has no time, is of the repetition alone.
    #[must_use]
    pub fn settles(&self) -> bool {
        let is_answered = self.outcome == Outcome::Answered;
        let is_refused = is_answered && self.is_certainly_undone() && !self.is_retryable();
        is_refused || !self.done.is_empty()
    }

    /// Writes the problem's document; a call without an id has an empty one.
    #[must_use]
    pub fn document(&self, request_id: &str) -> Vec<u8> {
        json::document(self, request_id)
    }

    /// Makes the answer.
    #[must_use]
    pub fn into_response(self, request_id: &str) -> Response<Full<Bytes>> {
        let mut response = Response::new(Full::new(Bytes::from(self.document(request_id))));
        *response.status_mut() = self.code.row().status;
        let headers = response.headers_mut();
        headers.insert(CONTENT_TYPE, MEDIA_TYPE);
        if let Some(seconds) = self.retry_after {
            headers.insert(RETRY_AFTER, HeaderValue::from(seconds));
        }
        if let Some(methods) = self.allow {
            headers.insert(ALLOW, methods);
        }
        if self.is_challenge {
            headers.insert(WWW_AUTHENTICATE, CHALLENGE);
        }
        if let Some(error) = self.proxy_error {
            let status = self.upstream.and_then(|upstream| upstream.status);
            if let Some(value) = proxy_status(error, status) {
                headers.insert(PROXY_STATUS, value);
            }
        }
        response
    }
}

/// The field of RFC 9209.
fn proxy_status(error: &str, received: Option<u16>) -> Option<HeaderValue> {
    let mut text = String::with_capacity(64);
    text.push_str("interlingua; error=");
    text.push_str(error);
    if let Some(status) = received {
        text.push_str("; received-status=");
        text.push_str(&status.to_string());
    }
    HeaderValue::try_from(text).ok()
}

// === impl FieldError ===

impl FieldError {
    /// Makes a fault.
    #[must_use]
    pub fn new(
        code: impl Into<Cow<'static, str>>,
        place: Place,
        detail: impl Into<Cow<'static, str>>,
    ) -> Self {
        Self {
            code: code.into(),
            detail: detail.into(),
            place,
            native_field: None,
            candidates: Vec::new(),
        }
    }
}
