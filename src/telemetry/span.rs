//! The span of a call. It exists only at level `debug`; below, making and filling it costs one load.

use tracing::field::Empty;

pub use tracing::Span;

use super::CallIds;

/// Opens the span of a call; its end fills the rest.
#[must_use]
pub fn call(operation: &str, call: CallIds<'_>) -> Span {
    tracing::debug_span!(
        target: "interlingua",
        "call",
        operation,
        request_id = call.request_id,
        trace_id = call.trace_id(),
        upstream = Empty,
        status = Empty,
        code = Empty
    )
}
