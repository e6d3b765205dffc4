//! An exchange with an upstream ended.

use std::time::Duration;

use crate::telemetry::names::target;
use crate::telemetry::{CallIds, Event, OperationMeters, Telemetry};

/// An exchange with an upstream ended.
#[derive(Debug)]
pub struct Exchanged<'a> {
    /// Handles of operation and upstream.
    pub meters: &'a OperationMeters,
    /// The call.
    pub call: CallIds<'a>,
    /// How.
    pub end: ExchangeEnd,
    /// From asking for a turn to the last byte of the answer.
    pub duration: Duration,
}

/// How an exchange ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ExchangeEnd {
    /// With an answer of this HTTP status.
    Answered(u16),
    /// Without one.
    Failed {
        /// Stable name of the kind.
        kind: &'static str,
        /// Whether the upstream may have seen the request.
        maybe_sent: bool,
    },
}

impl Event for Exchanged<'_> {
    fn emit(self, _: &Telemetry) {
        let duration = self.duration.as_secs_f64();
        self.meters.upstream_call_duration().observe(duration);
        let (operation, upstream) = (self.meters.operation(), self.meters.upstream());
        let (request_id, trace_id) = (self.call.request_id, self.call.trace_id());
        match self.end {
            ExchangeEnd::Answered(status) => {
                self.meters.upstream_answer(status).inc();
                tracing::debug!(target: target::UPSTREAM, request_id, trace_id, operation, upstream, status, duration, "upstream answered");
            }
            ExchangeEnd::Failed { kind, maybe_sent } => {
                self.meters.upstream_failure(kind).inc();
                tracing::warn!(target: target::UPSTREAM, request_id, trace_id, operation, upstream, kind, maybe_sent, duration, "upstream failed");
            }
        }
    }
}
