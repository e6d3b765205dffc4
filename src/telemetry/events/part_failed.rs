//! One of several upstreams of a call failed, which the answer tells beside what the others answered.

use crate::telemetry::names::target;
use crate::telemetry::{CallIds, Event, OperationMeters, Telemetry};

/// One of several upstreams of a call failed.
#[derive(Debug)]
pub struct PartFailed<'a> {
    /// Handles of operation and upstream.
    pub meters: &'a OperationMeters,
    /// The call.
    pub call: CallIds<'a>,
    /// Code of the problem that is told.
    pub code: &'static str,
}

impl Event for PartFailed<'_> {
    fn emit(self, _: &Telemetry) {
        self.meters.problem(self.code).inc();
        let (operation, upstream) = (self.meters.operation(), self.meters.upstream());
        let (request_id, trace_id) = (self.call.request_id, self.call.trace_id());
        let code = self.code;
        tracing::info!(target: target::UPSTREAM, request_id, trace_id, operation, upstream, code, "one of several upstreams failed");
    }
}
