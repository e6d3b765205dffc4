//! The way of spans to the collector of traces.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::watch;
use tokio::task::JoinHandle;
use tokio::time::timeout;

use crate::config::{self, Conduct, Retries};
use crate::gateway::{Collector, SpanExporter, to_collector};
use crate::telemetry::Telemetry;
use crate::telemetry::names::TRACES;
use crate::telemetry::trace::Traces;
use crate::upstream::{self, Origin, Roots, Tls, UpstreamClient, Watch};

/// Posts spans until it is time to stop.
#[derive(Debug)]
pub(super) struct Exporting {
    stop: watch::Sender<bool>,
    running: JoinHandle<()>,
}

/// Records traces, if the configuration names who collects them. `telemetry` is told what becomes of them.
///
/// # Errors
/// A sentence for the operator.
pub(super) fn of(
    settings: &config::Settings,
    roots: &Roots,
    telemetry: &Telemetry,
) -> Result<(Traces, Option<SpanExporter>), String> {
    let Some(traces) = &settings.traces else {
        return Ok((Traces::default(), None));
    };
    let about = |error: &dyn std::fmt::Display| format!("`telemetry.traces`: {error}");
    let origin = Origin::of(&traces.endpoint).map_err(|fault| about(&fault))?;
    if let Some(range) = origin.refused(&[]) {
        let refused = format!(
            "the endpoint is a {} address, which is never called",
            range.name()
        );
        return Err(about(&refused));
    }
    let means = upstream::Means {
        origin,
        vouching: None,
        watch: Watch::new(telemetry, TRACES),
    };
    // The exporter itself knows what may be sent again.
    let conduct = Conduct {
        retries: Retries {
            attempts: 1,
            ..Retries::default()
        },
        ..Conduct::default()
    };
    let tls = || Tls::native(roots, None);
    let client = UpstreamClient::new(means, &conduct, &settings.limits, tls)
        .map_err(|fault| about(&fault))?;
    let collector = Collector {
        client: Arc::new(client),
        endpoint: &traces.endpoint,
        headers: traces.headers.clone(),
        service: traces.service_name.as_str().into(),
    };
    let (queue, exporter) = to_collector(collector, telemetry).map_err(|fault| about(&fault))?;
    let traces = Traces::recorded_by(Box::new(queue), traces.share);
    Ok((traces, Some(exporter)))
}

// === impl Exporting ===

impl Exporting {
    pub(super) fn start(exporter: SpanExporter) -> Self {
        let (stop, stopped) = watch::channel(false);
        Self {
            running: tokio::spawn(exporter.run(stopped)),
            stop,
        }
    }

    /// Posts what is still there, for so long at most.
    pub(super) async fn end(self, most: Duration) {
        self.stop.send_replace(true);
        // What is late is lost.
        let _ = timeout(most, self.running).await;
    }
}
