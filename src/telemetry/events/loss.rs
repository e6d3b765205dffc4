//! A translation could not carry a value.

use crate::telemetry::names::target;
use crate::telemetry::{Direction, Event, LossMeter, Telemetry};

/// A translation could not carry a value. The place is the mapping file's, not the document's.
#[derive(Debug)]
pub struct ValueLost<'a> {
    /// Handle of the place.
    pub meter: &'a LossMeter,
    /// Which way the message went.
    pub direction: Direction,
    /// The request's id.
    pub request_id: &'a str,
}

impl Event for ValueLost<'_> {
    fn emit(self, _: &Telemetry) {
        self.meter.counter().inc();
        let meter = self.meter;
        let (upstream, mapping, place, code) = (
            meter.upstream(),
            meter.mapping(),
            meter.place(),
            meter.code(),
        );
        let (direction, request_id) = (self.direction.name(), self.request_id);
        tracing::debug!(target: target::TRANSLATION, request_id, upstream, mapping, place, code, direction, "value lost");
    }
}
