//! A panic was caught at the edge of a call.

use crate::telemetry::names::target;
use crate::telemetry::{Event, Telemetry};

/// A panic was caught at the edge of a call. Its text is left out: it may quote what was being translated.
#[derive(Debug)]
pub struct Panicked<'a> {
    /// Id of the operation.
    pub operation: &'a str,
    /// The request's id.
    pub request_id: &'a str,
}

impl Event for Panicked<'_> {
    fn emit(self, telemetry: &Telemetry) {
        telemetry.metrics.panics().inc();
        let (operation, request_id) = (self.operation, self.request_id);
        tracing::error!(target: target::LIFECYCLE, request_id, operation, "panic caught: please report it");
    }
}
