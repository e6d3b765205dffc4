//! A message was translated.

use std::time::Duration;

use crate::telemetry::names::target;
use crate::telemetry::{Direction, Event, OperationMeters, Telemetry};

/// A message was translated, or refused while translating.
#[derive(Debug)]
pub struct Translated<'a> {
    /// Handles of operation and upstream.
    pub meters: &'a OperationMeters,
    /// Which way.
    pub direction: Direction,
    /// Size of the input, bytes.
    pub bytes: usize,
    /// The time of translating alone.
    pub duration: Duration,
}

impl Event for Translated<'_> {
    fn emit(self, _: &Telemetry) {
        let duration = self.duration.as_secs_f64();
        self.meters.translation(self.direction).observe(duration);
        let (operation, upstream) = (self.meters.operation(), self.meters.upstream());
        let (direction, bytes) = (self.direction.name(), self.bytes);
        tracing::debug!(target: target::TRANSLATION, operation, upstream, direction, bytes, duration, "message translated");
    }
}
