//! Traces: where a call stands in its caller's, and how it goes on.

mod context;
mod ids;

use std::sync::Arc;

use ids::Ids;

pub use context::{SpanId, TraceId, TraceParent, is_trace_state};

/// Goes on with traces.
#[derive(Debug, Clone, Default)]
pub struct Traces(Arc<Ids>);

// === impl Traces ===

impl Traces {
    /// The next place in a trace: a new span of it.
    #[must_use]
    pub fn next(&self, parent: TraceParent) -> TraceParent {
        TraceParent {
            span: self.0.span(),
            ..parent
        }
    }
}
