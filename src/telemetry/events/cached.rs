//! What becomes of answers that are kept.

use crate::telemetry::names::target;
use crate::telemetry::{Event, OperationMeters, Telemetry};

/// An answer was kept, to be given again.
#[derive(Debug)]
pub struct AnswerKept<'a> {
    /// Handles of operation and upstream.
    pub meters: &'a OperationMeters,
    /// The request's id.
    pub request_id: &'a str,
    /// Bytes that it takes.
    pub bytes: u32,
}

/// Kept answers that may show what has changed are given no more.
#[derive(Debug)]
pub struct AnswersDropped<'a> {
    /// The upstream at which something changed.
    pub upstream: &'a str,
    /// The id of the request that changed it.
    pub request_id: &'a str,
}

impl Event for AnswerKept<'_> {
    fn emit(self, _: &Telemetry) {
        self.meters.cache_stored().inc();
        let (operation, upstream) = (self.meters.operation(), self.meters.upstream());
        let (request_id, bytes) = (self.request_id, self.bytes);
        tracing::debug!(target: target::CACHE, request_id, operation, upstream, bytes, "answer kept");
    }
}

impl Event for AnswersDropped<'_> {
    fn emit(self, telemetry: &Telemetry) {
        let Self {
            upstream,
            request_id,
        } = self;
        telemetry.metrics.cache_invalidations(upstream).inc();
        tracing::debug!(target: target::CACHE, request_id, upstream, "kept answers dropped");
    }
}
