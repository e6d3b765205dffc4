//! A panic was caught at the edge of a call.

use crate::telemetry::names::target;
use crate::telemetry::{CallIds, Event, Telemetry};

/// A panic was caught at the edge of a call. Its text is left out: it may quote what was being translated.
#[derive(Debug)]
pub struct Panicked<'a> {
    /// Id of the operation.
    pub operation: &'a str,
    /// The call.
    pub call: CallIds<'a>,
}

impl Event for Panicked<'_> {
    fn emit(self, telemetry: &Telemetry) {
        telemetry.metrics.panics().inc();
        let operation = self.operation;
        let (request_id, trace_id) = (self.call.request_id, self.call.trace_id());
        tracing::error!(target: target::LIFECYCLE, request_id, trace_id, operation, "panic caught: please report it");
    }
}
