//! Traces: where a call stands in its caller's.

mod context;

pub use context::{SpanId, TraceId, TraceParent};
