//! Files are read again while the process runs.

use crate::telemetry::names::target;
use crate::telemetry::{Event, Telemetry};

/// The files were read again.
#[derive(Debug)]
pub struct Reload {
    /// What asked for it: a signal's name, the admin call, or the files themselves.
    pub cause: &'static str,
    /// What it came to.
    pub outcome: ReloadOutcome,
}

/// What reading files again came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ReloadOutcome {
    /// What they say now serves.
    Applied,
    /// They say what serves already.
    Unchanged,
    /// They cannot serve, and what served before goes on.
    Refused,
}

/// Why files were refused: one of their faults.
#[derive(Debug)]
pub struct ReloadFault<'a> {
    /// Its code, where it has one.
    pub code: Option<&'static str>,
    /// Where it stands: file, line and column.
    pub place: Option<&'a str>,
    /// What is wrong, in one sentence.
    pub message: &'a str,
}

// === impl ReloadOutcome ===

impl ReloadOutcome {
    /// The word in metrics and logs.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Applied => "applied",
            Self::Unchanged => "unchanged",
            Self::Refused => "refused",
        }
    }
}

impl Event for Reload {
    fn emit(self, telemetry: &Telemetry) {
        let (cause, outcome) = (self.cause, self.outcome.name());
        let metrics = &telemetry.metrics;
        metrics.reload(outcome).inc();
        let is_refused = self.outcome == ReloadOutcome::Refused;
        metrics.configuration_refused().set(is_refused.into());
        if is_refused {
            tracing::error!(
                target: target::LIFECYCLE,
                cause,
                outcome,
                "the files cannot serve; what served before goes on"
            );
        } else {
            tracing::info!(target: target::LIFECYCLE, cause, outcome, "files read again");
        }
    }
}

impl Event for ReloadFault<'_> {
    fn emit(self, _: &Telemetry) {
        let (code, place) = (self.code, self.place);
        tracing::error!(target: target::LIFECYCLE, code, place, "{}", self.message);
    }
}
