//! What operators see: metrics, log lines and span attributes, made by typed events.
//!
//! Every name stands in [`names`]. An event is one struct whose fields can only hold names of the configuration,
//! codes, counts, durations and the request's id: no event has a field that a value of a message fits into.

mod cache;
pub mod events;
mod logs;
mod metrics;
pub mod names;
mod outcome;
pub mod span;
pub mod trace;
mod writer;

pub use cache::{CacheMeters, HeldByCache};
pub use logs::{LogControl, LogFault, LogFormat, LogLevel, LogSettings};
pub use metrics::{Counted, LossMeter, Metrics, OperationMeters, UpstreamMeters, UpstreamNow};
pub use outcome::{CacheUse, Class, Direction, Outcome, Sent};
pub use writer::LogGuard;

use tracing::field::DisplayValue;

use trace::{TraceId, Traces};

/// Where events go.
#[derive(Debug, Clone)]
pub struct Telemetry {
    /// The metrics.
    pub metrics: Metrics,
    /// Whether every call is a log line.
    pub access_log: bool,
    /// How calls go on with traces.
    pub traces: Traces,
}

/// What tells a call from others, in logs.
#[derive(Debug, Clone, Copy)]
pub struct CallIds<'a> {
    /// Its own id, checked where it came in.
    pub request_id: &'a str,
    /// That of the trace that it belongs to.
    pub trace_id: Option<TraceId>,
}

/// Something that happened: log line, metric and span attributes in one.
pub trait Event {
    /// Tells operators. Never blocks and never fails.
    fn emit(self, telemetry: &Telemetry);
}

// === impl CallIds ===

impl CallIds<'_> {
    /// The trace's id as a field of a log line.
    pub(crate) fn trace_id(self) -> Option<DisplayValue<TraceId>> {
        self.trace_id.map(tracing::field::display)
    }
}
