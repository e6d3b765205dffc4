//! What a caller asks.

use crate::mapping::catalog::OperationIndex;
use crate::mapping::convert::CallFacts;

/// A canonical call. Everything is decoded; what stands in it is the caller's and belongs in no log.
#[derive(Clone, Copy)]
pub struct Call<'a> {
    /// The operation.
    pub operation: OperationIndex,
    /// Inputs by the names that routes know: an id in the path is `id` or `reference`, its local part only.
    pub inputs: &'a [(&'a str, &'a str)],
    /// The canonical body, judged by the canonical schema; of an update a merge patch.
    pub body: Option<&'a [u8]>,
    /// Which page of a list.
    pub page: PageRequest<'a>,
    /// What the gateway knows of the call.
    pub context: Context<'a>,
}

/// Which page of a list is asked for.
#[derive(Clone, Copy, Default, PartialEq, Eq)]
pub struct PageRequest<'a> {
    /// The most items that are wanted.
    pub limit: Option<u32>,
    /// The upstream's own cursor, as [`super::Page::next`] told it.
    pub cursor: Option<&'a str>,
}

/// What the gateway knows of a call.
#[derive(Clone, Copy, Default)]
pub struct Context<'a> {
    /// The id of the request.
    pub request_id: &'a str,
    /// The trace that it belongs to.
    pub trace_id: &'a str,
    /// The time of the call, in milliseconds since 1970-01-01T00:00:00Z.
    pub now_unix_ms: i64,
    /// Random bytes, fresh for every call and kept for its repetitions.
    pub nonce: [u8; 12],
    /// The key under which the upstream may be sent the call again, derived from the caller's.
    pub idempotency_key: Option<&'a str>,
    /// The version that the caller expects to change.
    pub if_match: Option<&'a str>,
    /// `customer`, `agent` or `system`.
    pub caller_kind: Option<&'a str>,
    /// The caller's own key.
    pub caller_id: Option<&'a str>,
}

/// A value of the input that nothing carried.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Lost {
    /// Why, as cases and answers write it: `surplus`, `no-place`, ...
    pub code: &'static str,
    /// JSON pointer into the caller's document; of an answer into the native one. Empty where `parameter` says it.
    pub pointer: String,
    /// The input of the call, if it is one.
    pub parameter: Option<String>,
}

// === impl Lost ===

impl Lost {
    pub(super) fn of_input(code: &'static str, name: &str) -> Self {
        Self {
            code,
            pointer: String::new(),
            parameter: Some(name.to_owned()),
        }
    }
}

// === impl Context ===

impl<'a> Context<'a> {
    /// Gives what converters may know.
    pub(crate) const fn facts(&self) -> CallFacts<'a> {
        CallFacts {
            nonce: self.nonce,
            request_id: self.request_id,
            now_unix_ms: self.now_unix_ms,
        }
    }
}

// === impl Call ===

impl<'a> Call<'a> {
    /// Gives an input.
    #[must_use]
    pub fn input(&self, name: &str) -> Option<&'a str> {
        let found = self.inputs.iter().find(|(input, _)| *input == name);
        found.map(|(_, value)| *value)
    }
}
