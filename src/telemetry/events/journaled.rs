//! What the journal says of writes that bear a key.

use crate::telemetry::names::target;
use crate::telemetry::{CallIds, Event, Telemetry};

/// A write that bears a key has met the journal.
#[derive(Debug)]
pub struct Journaled<'a> {
    /// The call.
    pub call: CallIds<'a>,
    /// What it met.
    pub met: Met,
}

/// What a keyed write met.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Met {
    /// Its key is new.
    New,
    /// A call with its key is on its way.
    InFlight,
    /// Its key is of another request.
    Reused,
    /// It was answered before.
    Answered,
    /// Nobody knows what became of the first call.
    Unknown,
    /// The same, and what it makes was found.
    Found,
    /// The same, and there is nothing of it.
    Absent,
    /// The same, and it is made again.
    Again,
    /// The journal could not say, or not write down, for this reason.
    Failed(&'static str),
}

// === impl Met ===

impl Met {
    const fn name(self) -> &'static str {
        match self {
            Self::New => "new",
            Self::InFlight => "in-flight",
            Self::Reused => "reused",
            Self::Answered => "answered",
            Self::Unknown => "unknown",
            Self::Found => "found",
            Self::Absent => "absent",
            Self::Again => "again",
            Self::Failed(_) => "failed",
        }
    }
}

impl Event for Journaled<'_> {
    fn emit(self, telemetry: &Telemetry) {
        let Self { call, met } = self;
        let (request_id, trace_id) = (call.request_id, call.trace_id());
        let outcome = met.name();
        telemetry.metrics.keyed_call(outcome).inc();
        match met {
            Met::Failed(fault) => {
                tracing::error!(target: target::JOURNAL, request_id, trace_id, fault, "the journal cannot say, or not write down");
            }
            Met::Unknown | Met::Found | Met::Absent | Met::Again => {
                tracing::warn!(target: target::JOURNAL, request_id, trace_id, met = outcome, "outcome of an earlier call was unknown");
            }
            Met::New | Met::InFlight | Met::Reused | Met::Answered => {
                tracing::debug!(target: target::JOURNAL, request_id, trace_id, met = outcome, "keyed call");
            }
        }
    }
}
