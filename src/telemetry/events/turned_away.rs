//! The front refused something of a caller, or cut it off.

use crate::telemetry::names::target;
use crate::telemetry::{Event, Telemetry};

/// A connection or a request was turned away before it was a call.
#[derive(Debug)]
pub struct TurnedAway {
    /// Why, in a word of a table of the code.
    pub cause: &'static str,
}

impl Event for TurnedAway {
    fn emit(self, telemetry: &Telemetry) {
        let cause = self.cause;
        telemetry.metrics.turned_away(cause).inc();
        tracing::debug!(target: target::FRONT, cause, "turned away");
    }
}
