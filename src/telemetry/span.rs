//! The span of a call. It exists only at level `debug`; below, making and filling it costs one load.

use tracing::field::Empty;

pub use tracing::Span;

/// Opens the span of a call; its end fills the rest.
#[must_use]
pub fn call(operation: &str, request_id: &str) -> Span {
    tracing::debug_span!(
        target: "interlingua",
        "call",
        operation,
        request_id,
        upstream = Empty,
        status = Empty,
        code = Empty
    )
}
