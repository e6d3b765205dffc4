//! Who is told what happens between the gateway and one upstream.

use crate::telemetry::trace::Traces;
use crate::telemetry::{Event, Telemetry, UpstreamMeters};

/// Handles of one upstream, and where its events go.
#[derive(Debug)]
pub struct Watch {
    pub(super) meters: UpstreamMeters,
    telemetry: Telemetry,
}

// === impl Watch ===

impl Watch {
    /// Watches the upstream of this name in the configuration.
    #[must_use]
    pub fn new(telemetry: &Telemetry, upstream: &str) -> Self {
        let meters = telemetry.metrics.upstream(upstream);
        meters.reset();
        Self {
            meters,
            telemetry: telemetry.clone(),
        }
    }

    /// How calls go on with traces.
    pub(super) const fn traces(&self) -> &Traces {
        &self.telemetry.traces
    }

    pub(super) fn tell(&self, event: impl Event) {
        event.emit(&self.telemetry);
    }

    #[cfg(test)]
    pub(super) fn untold(upstream: &str) -> Self {
        let telemetry = Telemetry {
            metrics: crate::telemetry::Metrics::new("0").unwrap(),
            access_log: false,
            traces: Default::default(),
        };
        Self::new(&telemetry, upstream)
    }

    #[cfg(test)]
    pub(super) fn encoded(&self) -> String {
        self.telemetry.metrics.encode().unwrap()
    }
}
