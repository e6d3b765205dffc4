//! An upstream is left alone, called again, or called once more.

use std::time::Duration;

use crate::telemetry::names::target;
use crate::telemetry::{Event, Telemetry, UpstreamMeters};

/// An upstream is left alone from now on.
#[derive(Debug)]
pub struct Suspended<'a> {
    /// Handles of the upstream.
    pub meters: &'a UpstreamMeters,
    /// Why.
    pub cause: SuspensionCause,
    /// For how long.
    pub time: Duration,
}

/// Why an upstream is left alone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SuspensionCause {
    /// It failed too often.
    Failing,
    /// It said when to come back.
    Asked,
}

/// An upstream that was left alone is called again.
#[derive(Debug)]
pub struct Resumed<'a> {
    /// Handles of the upstream.
    pub meters: &'a UpstreamMeters,
}

/// A failed exchange could be tried again.
#[derive(Debug)]
pub struct Retry<'a> {
    /// Handles of the upstream.
    pub meters: &'a UpstreamMeters,
    /// Whether it is; else too many were already.
    pub is_made: bool,
}

// === impl SuspensionCause ===

impl SuspensionCause {
    const fn name(self) -> &'static str {
        match self {
            Self::Failing => "failing",
            Self::Asked => "asked",
        }
    }
}

impl Event for Suspended<'_> {
    fn emit(self, _: &Telemetry) {
        let (upstream, cause) = (self.meters.upstream(), self.cause.name());
        let time = self.time.as_secs_f64();
        self.meters.suspended().set(1);
        self.meters.suspensions(cause).inc();
        tracing::warn!(target: target::UPSTREAM, upstream, cause, time, "upstream is left alone");
    }
}

impl Event for Resumed<'_> {
    fn emit(self, _: &Telemetry) {
        self.meters.suspended().set(0);
        let upstream = self.meters.upstream();
        tracing::info!(target: target::UPSTREAM, upstream, "upstream is called again");
    }
}

impl Event for Retry<'_> {
    fn emit(self, _: &Telemetry) {
        let outcome = if self.is_made { "made" } else { "no-budget" };
        self.meters.retries(outcome).inc();
        let upstream = self.meters.upstream();
        tracing::debug!(target: target::UPSTREAM, upstream, outcome, "exchange could be tried again");
    }
}
