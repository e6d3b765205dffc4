//! The gateway with its three listeners.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::net::TcpListener;
use tokio::task::JoinSet;

use super::described::Again;
use super::follow::follow;
use super::journal;
use super::listeners::{Refused, bind};
use super::reload::{Following, Reloadable, Reloader};
use super::secured::Secured;
use super::signals::Stop;
use super::snapshot::{Lasting, Parts, Snapshot};
use super::traces::{self, Exporting};
use crate::admin::{Admin, Control, Hosts, Probes, Quit, Readiness, Reloads};
use crate::config::{Limits, Listeners};
use crate::gateway::front::Strict;
use crate::gateway::listener::Listener;
use crate::gateway::{Changes, Current, Cursors, SpanExporter, listener};
use crate::telemetry::events::{CertificateExchanged, ListenerBound, OpenToAnybody};
use crate::telemetry::{Event, LogControl, Metrics, Telemetry};

/// The gateway's listeners, bound.
#[derive(Debug)]
pub(in crate::cli) struct Bound {
    traffic: (TcpListener, SocketAddr),
    admin: (TcpListener, SocketAddr),
    probes: (TcpListener, SocketAddr),
}

/// What the gateway is built with beside its settings.
#[derive(Debug)]
pub(in crate::cli) struct Means<'m> {
    pub(in crate::cli) metrics: Metrics,
    /// How much is logged.
    pub(in crate::cli) log: LogControl,
    /// What ends the process.
    pub(in crate::cli) quit: Quit,
    /// The configuration's file; a journal that the settings leave out stands beside it, or goes with the process.
    pub(in crate::cli) configuration: Option<&'m Path>,
    /// The files, where they may change while it serves.
    pub(in crate::cli) files: Option<Reloadable>,
}

/// The gateway, ready to serve.
#[derive(Debug)]
pub(in crate::cli) struct Plant {
    gateway: Current,
    admin: Admin,
    probes: Probes,
    readiness: Readiness,
    limits: Limits,
    bound: Bound,
    secured: Option<Secured>,
    /// Whether nobody is known.
    is_open: bool,
    reloader: Option<Reloader>,
    /// Where spans go.
    exporter: Option<SpanExporter>,
    telemetry: Telemetry,
}

// === impl Bound ===

impl Bound {
    /// Binds the three addresses of a configuration.
    pub(in crate::cli) async fn bind(listeners: &Listeners) -> Result<Self, Refused> {
        Ok(Self {
            traffic: bind("the gateway (`listen`)", listeners.traffic).await?,
            admin: bind("`admin`", listeners.admin).await?,
            probes: bind("`probes`", listeners.probes).await?,
        })
    }

    pub(in crate::cli) const fn traffic(&self) -> SocketAddr {
        self.traffic.1
    }

    pub(in crate::cli) const fn admin(&self) -> SocketAddr {
        self.admin.1
    }

    pub(in crate::cli) const fn probes(&self) -> SocketAddr {
        self.probes.1
    }
}

// === impl Plant ===

impl Plant {
    /// Builds the gateway over compiled upstreams. `again` gives the files when somebody asks what the gateway tells of
    /// itself.
    ///
    /// # Errors
    /// A sentence for the operator.
    pub(in crate::cli) fn build(
        parts: Parts<'_>,
        again: Again,
        bound: Bound,
        means: Means<'_>,
    ) -> Result<Self, String> {
        let settings = parts.settings;
        let (limits, tls) = (settings.limits, settings.tls.as_ref());
        let telemetry = Telemetry {
            metrics: means.metrics.clone(),
            access_log: settings.log.access_log,
            traces: Default::default(),
        };
        let (traces, exporter) = traces::of(settings, parts.roots, &telemetry)?;
        let telemetry = Telemetry {
            traces,
            ..telemetry
        };
        let lasting = Lasting {
            telemetry: telemetry.clone(),
            cursors: Cursors::generate().map_err(|fault| fault.to_string())?,
            journal: journal::of(&settings.journal, means.configuration)?.map(Arc::new),
            trust_callers: bound.traffic().ip().is_loopback(),
            changes: Changes::default(),
        };
        let snapshot = Snapshot::build(parts, again, &lasting, &BTreeMap::new())?;
        let secured = tls.map(Secured::new).transpose();
        let (reloads, asked) = Reloads::new();
        let readiness = Readiness::default();
        let admin = Admin::new(Hosts::default(), snapshot.view).with_control(Control {
            readiness: readiness.clone(),
            quit: means.quit,
            log: Some(means.log),
            reloads: means.files.is_some().then_some(reloads),
            telemetry: telemetry.clone(),
        });
        let gateway = Current::new(snapshot.gateway);
        let reloader = means.files.map(|files| Reloader {
            files,
            following: Following::new(snapshot.followed, &telemetry),
            lasting,
            serving: snapshot.serving,
            current: gateway.clone(),
            admin: admin.clone(),
            asked,
        });
        Ok(Self {
            gateway,
            admin,
            probes: Probes::new(readiness.clone(), means.metrics),
            readiness,
            limits,
            bound,
            secured: secured.map_err(|fault| fault.to_string())?,
            is_open: snapshot.is_open,
            reloader,
            exporter,
            telemetry,
        })
    }

    /// Serves until it is time to stop; then calls in flight end. Gives back whether all of them did in time.
    pub(in crate::cli) async fn serve(self, stop: Stop) -> bool {
        self.announce();
        let Self {
            gateway,
            admin,
            probes,
            readiness,
            limits,
            bound,
            secured,
            is_open: _,
            reloader,
            exporter,
            telemetry,
        } = self;
        readiness.start();
        let draining = {
            let (stop, readiness) = (stop.clone(), readiness);
            async move {
                stop.asked().await;
                readiness.drain();
            }
        };
        let traffic = Listener::from(bound.traffic.0);
        let traffic = traffic
            .with_tls(secured.as_ref().map(Secured::tls))
            .with_telemetry(&telemetry);
        let ended = tokio::spawn(async move {
            listener::serve(traffic, gateway, &limits, stop.asked(), limits.drain).await
        });
        // Operators and probes are answered until the last call has ended.
        let (never, now) = (std::future::pending, Duration::ZERO);
        let (admin, probes) = (Strict::new(admin), Strict::new(probes));
        let mut others = JoinSet::new();
        others.spawn(
            async move { listener::serve(bound.admin.0, admin, &limits, never(), now).await },
        );
        others.spawn(async move {
            listener::serve(bound.probes.0, probes, &limits, never(), now).await
        });
        if let Some(reloader) = reloader {
            others.spawn(async move { reloader.run().await.is_ok() });
        }
        if let Some(secured) = secured {
            others.spawn(async move {
                let say = |exchanged| CertificateExchanged { exchanged }.emit(&telemetry);
                follow(secured, say).await;
                true
            });
        }
        let exporting = exporter.map(Exporting::start);
        draining.await;
        let stopping = Instant::now();
        let ended = ended.await.unwrap_or(false);
        if let Some(exporting) = exporting {
            let left = limits.drain.saturating_sub(stopping.elapsed());
            exporting.end(left).await;
        }
        others.abort_all();
        ended
    }

    /// Says where it listens, and if anybody may call.
    fn announce(&self) {
        let Self {
            bound, telemetry, ..
        } = self;
        for (listener, address) in [
            ("traffic", bound.traffic()),
            ("admin", bound.admin()),
            ("probes", bound.probes()),
        ] {
            ListenerBound { listener, address }.emit(telemetry);
        }
        if self.is_open {
            let is_loopback = bound.traffic().ip().is_loopback();
            OpenToAnybody { is_loopback }.emit(telemetry);
        }
    }

    pub(in crate::cli) const fn bound(&self) -> &Bound {
        &self.bound
    }

    pub(in crate::cli) const fn telemetry(&self) -> &Telemetry {
        &self.telemetry
    }
}
