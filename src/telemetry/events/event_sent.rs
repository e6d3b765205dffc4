//! An event of an upstream went to the application, or did not arrive there.

use crate::telemetry::names::target;
use crate::telemetry::{CallIds, Event, Telemetry};

/// What became of an event.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EventEnd {
    /// The application took it.
    Delivered,
    /// The application answered with another status.
    Refused(u16),
    /// It did not get there, or no answer came; the kind of failure.
    Failed(&'static str),
}

/// An event of an upstream was sent to the application.
#[derive(Debug)]
pub struct EventSent<'a> {
    /// Name of the upstream.
    pub upstream: &'a str,
    /// Type of the event.
    pub event: &'a str,
    /// The call that told of it.
    pub call: CallIds<'a>,
    /// What became of it.
    pub end: EventEnd,
}

// === impl EventEnd ===

impl EventEnd {
    const fn name(self) -> &'static str {
        match self {
            Self::Delivered => "delivered",
            Self::Refused(_) => "refused",
            Self::Failed(_) => "failed",
        }
    }
}

impl Event for EventSent<'_> {
    fn emit(self, telemetry: &Telemetry) {
        let outcome = self.end.name();
        let counter = telemetry.metrics.event(self.upstream, self.event, outcome);
        counter.inc();
        let (upstream, event) = (self.upstream, self.event);
        let (request_id, trace_id) = (self.call.request_id, self.call.trace_id());
        match self.end {
            EventEnd::Delivered => {
                tracing::debug!(target: target::EVENTS, request_id, trace_id, upstream, event, "event delivered");
            }
            EventEnd::Refused(status) => {
                tracing::warn!(target: target::EVENTS, request_id, trace_id, upstream, event, status, "event refused by the application");
            }
            EventEnd::Failed(kind) => {
                tracing::warn!(target: target::EVENTS, request_id, trace_id, upstream, event, kind, "event not delivered");
            }
        }
    }
}
