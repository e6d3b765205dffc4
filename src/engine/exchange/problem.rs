//! What an upstream's refusal means.

use super::outcome::text_of;
use crate::codec::json::tape::TapeNode;

/// An upstream's refusal in the words of the canonical API. The upstream's message may hold values of the call:
/// it is answered with those taken out, and never logged.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct UpstreamProblem {
    /// A code of the HTTP contract.
    pub code: String,
    /// The HTTP status that the upstream answered.
    pub upstream_status: u16,
    /// The upstream's own code.
    pub upstream_code: Option<String>,
    /// The upstream's own words.
    pub upstream_message: Option<String>,
    /// What is wrong with single values.
    pub errors: Vec<FieldError>,
    /// When to try again.
    pub retry_after: Option<String>,
    /// The upstream's key of the call.
    pub correlation_id: Option<String>,
}

/// What is wrong with one value.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct FieldError {
    /// A code, the upstream's own.
    pub code: Option<String>,
    /// The upstream's words.
    pub detail: Option<String>,
    /// Pointer into the caller's body.
    pub pointer: Option<String>,
    /// The input of the call.
    pub parameter: Option<String>,
    /// The upstream's name of the field.
    pub native_field: Option<String>,
    /// That name is one that the native schema or the route has, and so no value.
    pub is_known_field: bool,
    /// Pointers, where several may be meant.
    pub candidates: Vec<String>,
}

// === impl UpstreamProblem ===

impl UpstreamProblem {
    /// Takes what a document of a problem says.
    pub(super) fn take(&mut self, problem: TapeNode<'_>) {
        if self.code.is_empty()
            && let Some(code) = text_of(problem, "code")
        {
            self.code = code;
        }
        if let Some(upstream) = problem.get("upstream") {
            self.upstream_code = text_of(upstream, "code");
            self.upstream_message = text_of(upstream, "message");
        }
        let errors = problem.get("errors").into_iter().flat_map(TapeNode::items);
        self.errors.extend(errors.map(|error| {
            FieldError {
                code: text_of(error, "code"),
                detail: text_of(error, "detail"),
                pointer: text_of(error, "pointer"),
                parameter: text_of(error, "parameter"),
                native_field: text_of(error, "nativeField"),
                is_known_field: false,
                candidates: error
                    .get("candidates")
                    .into_iter()
                    .flat_map(TapeNode::items)
                    .filter_map(|candidate| candidate.as_str().map(str::to_owned))
                    .collect(),
            }
        }));
        // Where no rule says them, they are those of the first error.
        if let (Some(first), None, None) = (
            self.errors.first(),
            &self.upstream_code,
            &self.upstream_message,
        ) {
            self.upstream_code.clone_from(&first.code);
            self.upstream_message.clone_from(&first.detail);
        }
    }
}
