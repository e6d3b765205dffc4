//! The seam to the translation: what the gateway asks of it, and nothing of how it is done.
//!
//! Bytes go in and bytes come out; nothing here waits, logs or fails by panic. An implementor keeps its buffers per
//! thread, since no method is running while a call waits.

use std::fmt;

pub use crate::mapping::catalog::OperationIndex;

/// Index of the way in which an upstream serves an operation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RouteIndex(pub u16);

/// Translates the calls of one configured upstream and its answers.
pub trait Translate: fmt::Debug + Send + Sync {
    /// Whether the upstream serves the operation.
    fn offers(&self, operation: OperationIndex) -> bool;

    /// The operation that reads what this call changes, where that must be known first.
    fn needs_base(&self, call: &Call<'_>) -> Option<OperationIndex>;

    /// Whether answers of an operation come with the upstream's own version, which it then checks itself.
    fn tells_versions(&self, operation: OperationIndex) -> bool;

    /// Translates a call; `base` is the upstream's answer to the operation that [`Self::needs_base`] named.
    ///
    /// # Errors
    /// What of the call the upstream cannot be asked.
    fn request(
        &self,
        call: &Call<'_>,
        base: Option<&NativeAnswer<'_>>,
    ) -> Result<NativeRequest, Refused>;

    /// Translates the upstream's answer to a call that went this way.
    fn answer(&self, call: &Call<'_>, route: RouteIndex, answer: &NativeAnswer<'_>) -> Answered;
}

/// One canonical call.
#[derive(Debug, Clone, Copy)]
pub struct Call<'a> {
    /// What is asked.
    pub operation: OperationIndex,
    /// Names and decoded values of path and query; an id is `id` or `reference`, without its upstream.
    pub inputs: &'a [(&'a str, &'a str)],
    /// The judged canonical document; a merge patch for updates.
    pub body: Option<&'a [u8]>,
    /// Which page of a list.
    pub page: PageRequest<'a>,
    /// What else is known of the call.
    pub context: Context<'a>,
}

/// Which page of a list is asked for.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct PageRequest<'a> {
    /// Items of the page.
    pub limit: Option<u32>,
    /// The upstream's own cursor.
    pub cursor: Option<&'a str>,
}

/// What is known of a call beside its inputs.
#[derive(Debug, Clone, Copy)]
pub struct Context<'a> {
    /// The call's id.
    pub request_id: &'a str,
    /// The trace's id, 32 hexadecimal digits; empty where the caller sent none.
    pub trace_id: &'a str,
    /// Milliseconds since 1970.
    pub now_unix_ms: i64,
    /// Never the same twice.
    pub nonce: [u8; 12],
    /// `Idempotency-Key`.
    pub idempotency_key: Option<&'a str>,
    /// `If-Match`.
    pub if_match: Option<&'a str>,
    /// Kind of caller: `customer`, `agent` or `system`.
    pub caller_kind: Option<&'a str>,
    /// Who calls.
    pub caller_id: Option<&'a str>,
}

/// A request in the upstream's dialect.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NativeRequest {
    /// The way by which the answer is translated back.
    pub route: RouteIndex,
    /// The method.
    pub method: &'static str,
    /// Path and query, encoded, relative to the base URL.
    pub target: String,
    /// Names in lower case, and values.
    pub headers: Vec<(Box<str>, Vec<u8>)>,
    /// The body.
    pub body: Option<Vec<u8>>,
    /// Its media type.
    pub content_type: Option<Box<str>>,
    /// What of the call the upstream cannot carry.
    pub losses: Vec<Lost>,
    /// How many values it cannot carry, where there are more than `losses` names.
    pub lost: u32,
}

/// A value that a translation could not carry.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Lost {
    /// Why, as a word.
    pub code: &'static str,
    /// Where it stood: in the caller's document, or in the upstream's. Empty where `parameter` says it.
    pub pointer: String,
    /// The input of the call, if it is one.
    pub parameter: Option<String>,
}

/// Why a call is not sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Refused {
    /// The caller asks for what the upstream cannot do.
    Faults(Vec<CallerFault>),
    /// The document to be changed was read and not understood.
    Base(BrokenAnswer),
}

/// One thing that the upstream cannot be asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CallerFault {
    /// Code of a problem.
    pub code: &'static str,
    /// Where in the caller's document.
    pub pointer: Option<String>,
    /// Which input.
    pub parameter: Option<String>,
    /// In words, without a value.
    pub detail: String,
    /// The states that may follow, of an `illegal-move`.
    pub allowed: Vec<Box<str>>,
}

/// An answer as the upstream gave it.
#[derive(Debug, Clone, Copy)]
pub struct NativeAnswer<'a> {
    /// HTTP status.
    pub status: u16,
    /// Names in lower case, and values.
    pub headers: &'a [(&'a str, &'a [u8])],
    /// `Content-Type`.
    pub content_type: Option<&'a str>,
    /// The whole body.
    pub body: &'a [u8],
}

/// What an upstream's answer means.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Answered {
    /// What was asked for was done.
    Outcome(Box<Outcome>),
    /// The upstream refused or failed, in words that the mapping knows.
    Problem(Box<UpstreamProblem>),
    /// The answer cannot be understood.
    Broken(BrokenAnswer),
}

/// What came of a call.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Outcome {
    /// The canonical resource, or a JSON array of them.
    pub body: Option<Vec<u8>>,
    /// Whether it is an array.
    pub is_list: bool,
    /// What went less than well.
    pub warnings: Vec<Warning>,
    /// Places of the upstream's document that do not show.
    pub losses: Vec<Lost>,
    /// How many values do not show.
    pub lost: u32,
    /// The upstream's version of the resource, as a header value.
    pub etag: Option<String>,
    /// The upstream's key of the call.
    pub correlation_id: Option<String>,
    /// When to try again.
    pub retry_after: Option<String>,
    /// Where the list goes on.
    pub page: Page,
    /// The read that gives what is to be answered, with its inputs.
    pub then: Option<(OperationIndex, Vec<(String, String)>)>,
    /// Id of the resource, with its upstream.
    pub id: Option<String>,
}

/// Where a list goes on.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Page {
    /// The upstream's cursor of the next page.
    pub next: Option<String>,
    /// Whether there is one.
    pub more: Option<bool>,
    /// How many items match in all.
    pub total: Option<u64>,
}

/// Something that went less than well.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Warning {
    /// A kebab-case word.
    pub code: String,
    /// In the upstream's words.
    pub detail: Option<String>,
}

/// A refusal or failure of the upstream.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct UpstreamProblem {
    /// Code of a problem.
    pub code: String,
    /// HTTP status.
    pub upstream_status: u16,
    /// The upstream's own code.
    pub upstream_code: Option<String>,
    /// The upstream's own words, where a rule maps them.
    pub upstream_message: Option<String>,
    /// Single faults.
    pub errors: Vec<FieldError>,
    /// When to try again.
    pub retry_after: Option<String>,
    /// The upstream's key of the call.
    pub correlation_id: Option<String>,
}

/// One fault that the upstream names.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct FieldError {
    /// What is wrong, as a word of the upstream.
    pub code: Option<String>,
    /// In the upstream's words.
    pub detail: Option<String>,
    /// Where in the caller's document.
    pub pointer: Option<String>,
    /// The field as the upstream names it.
    pub native_field: Option<String>,
    /// The places that it may mean.
    pub candidates: Vec<String>,
}

/// An answer that cannot be understood.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BrokenAnswer {
    /// Code of a problem.
    pub code: &'static str,
    /// Where in the upstream's document, by its description.
    pub place: Option<String>,
    /// What was expected there.
    pub expected: Option<&'static str>,
    /// Byte offset.
    pub at: u32,
    /// HTTP status.
    pub status: u16,
}
