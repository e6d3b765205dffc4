//! Who may call.

use crate::telemetry::names::target;
use crate::telemetry::{Event, Telemetry};

/// The gateway takes calls from anybody.
#[derive(Debug)]
pub struct OpenToAnybody {
    /// Whether only this machine reaches it.
    pub is_loopback: bool,
}

/// The file of the keys that sign callers' tokens holds something else than before.
#[derive(Debug)]
pub struct KeySetExchanged {
    /// Whether it counts; else what was there before goes on.
    pub exchanged: bool,
}

impl Event for OpenToAnybody {
    fn emit(self, _: &Telemetry) {
        if self.is_loopback {
            tracing::info!(target: target::LIFECYCLE, "anybody on this machine may call; `callers` names who may");
        } else {
            tracing::warn!(target: target::LIFECYCLE, "anybody who reaches the listener may call: `callers.open`");
        }
    }
}

impl Event for KeySetExchanged {
    fn emit(self, _: &Telemetry) {
        if self.exchanged {
            tracing::info!(target: target::LIFECYCLE, "keys of callers' tokens exchanged");
        } else {
            tracing::error!(
                target: target::LIFECYCLE,
                "the file of `callers.tokens.keys` is no set of keys; the ones before go on"
            );
        }
    }
}
