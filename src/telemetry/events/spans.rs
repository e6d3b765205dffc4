//! Spans reach a collector, or nobody.

use crate::telemetry::names::target;
use crate::telemetry::{Event, Telemetry};

/// The collector took spans.
#[derive(Debug)]
pub struct SpansExported {
    /// How many.
    pub count: usize,
}

/// Spans are dropped.
#[derive(Debug)]
pub struct SpansDropped {
    /// How many.
    pub count: usize,
    /// Why.
    pub cause: DropCause,
}

/// Why spans are dropped.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DropCause {
    /// Too many were waiting.
    NoRoom,
    /// The collector answered with this status, or took a part of them only.
    Refused(u16),
    /// It could not be reached, or did not answer; the kind of failure.
    Failed(&'static str),
}

// === impl DropCause ===

impl DropCause {
    const fn name(self) -> &'static str {
        match self {
            Self::NoRoom => "no-room",
            Self::Refused(_) | Self::Failed(_) => "not-taken",
        }
    }
}

impl Event for SpansExported {
    fn emit(self, telemetry: &Telemetry) {
        let count = self.count;
        telemetry.metrics.spans_exported().inc_by(number(count));
        tracing::debug!(target: target::TRACES, count, "spans exported");
    }
}

impl Event for SpansDropped {
    fn emit(self, telemetry: &Telemetry) {
        let Self { count, cause } = self;
        let dropped = telemetry.metrics.spans_dropped(cause.name());
        dropped.inc_by(number(count));
        match cause {
            // One for each span: a line each would make it worse.
            DropCause::NoRoom => {}
            DropCause::Refused(status) => {
                tracing::warn!(target: target::TRACES, count, status, "spans refused by the collector");
            }
            DropCause::Failed(kind) => {
                tracing::warn!(target: target::TRACES, count, kind, "spans not delivered to the collector");
            }
        }
    }
}

fn number(count: usize) -> u64 {
    u64::try_from(count).unwrap_or(u64::MAX)
}
