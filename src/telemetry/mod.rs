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
mod writer;

pub use cache::{CacheMeters, HeldByCache};
pub use logs::{LogControl, LogFault, LogFormat, LogLevel, LogSettings};
pub use metrics::{Counted, LossMeter, Metrics, OperationMeters, UpstreamMeters, UpstreamNow};
pub use outcome::{CacheUse, Class, Direction, Outcome, Sent};
pub use writer::LogGuard;

/// Where events go.
#[derive(Debug, Clone)]
pub struct Telemetry {
    /// The metrics.
    pub metrics: Metrics,
    /// Whether every call is a log line.
    pub access_log: bool,
}

/// Something that happened: log line, metric and span attributes in one.
pub trait Event {
    /// Tells operators. Never blocks and never fails.
    fn emit(self, telemetry: &Telemetry);
}
