//! The gateway with its three listeners.

use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use secrecy::{ExposeSecret, SecretString};
use tokio::net::TcpListener;
use tokio::task::JoinSet;

use super::described::{Again, Described};
use super::follow::follow;
use super::journal;
use super::known::{self, Followed};
use super::listeners::{Refused, bind};
use super::secured::Secured;
use super::signals::Stop;
use crate::admin::{Admin, Control, Hosts, Loaded, Probes, Quit, Readiness};
use crate::config::{self, Conduct, Limits, Listeners};
use crate::gateway::front::Strict;
use crate::gateway::listener::Listener;
use crate::gateway::{
    CallbackDoor, Caller, CallerKind, Cursors, Events, Gateway, Judge, RoutingRule, Setup, Told,
    UpstreamSetup, listener,
};
use crate::mapping::catalog::Catalog;
use crate::mapping::compile::upstream::Upstream;
use crate::telemetry::events::{
    CertificateExchanged, KeySetExchanged, ListenerBound, MappingsLoaded, OpenToAnybody,
};
use crate::telemetry::{Event, LogControl, Metrics, Telemetry};
use crate::upstream::{
    self, Identity, Origin, Process, Roots, Tls, UpstreamClient, Vouching, Watch, World,
};

/// Exchanges of the longest call: a read of the base, the write, a read of what became of it.
const EXCHANGES: u32 = 3;

/// The label of what happens between the gateway and the application that gets events. No upstream may have this name.
const EVENTS: &str = "(events)";

/// One upstream of the configuration, compiled.
#[derive(Debug)]
pub(in crate::cli) struct Ready {
    pub(in crate::cli) upstream: Arc<Upstream>,
    pub(in crate::cli) conduct: Conduct,
    /// Root certificates that are trusted instead of the machine's own.
    pub(in crate::cli) ca: Option<SecretString>,
    /// The settings that it was compiled with, defaults among them.
    pub(in crate::cli) settings: Vec<(String, config::Value)>,
    /// The secrets that stand in files, with these.
    pub(in crate::cli) files: Vec<(String, String)>,
    /// Time of compiling it.
    pub(in crate::cli) took: Duration,
}

/// The world as it is, with secrets in files that may be exchanged: by name of their setting and file.
#[derive(Debug)]
struct Rotated(Vec<(String, String)>);

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
    pub(in crate::cli) roots: &'m Roots,
    pub(in crate::cli) metrics: Metrics,
    /// How much is logged.
    pub(in crate::cli) log: LogControl,
    /// What ends the process.
    pub(in crate::cli) quit: Quit,
    /// The configuration's file; a journal that the settings leave out stands beside it, or goes with the process.
    pub(in crate::cli) configuration: Option<&'m Path>,
}

/// The gateway, ready to serve.
#[derive(Debug)]
pub(in crate::cli) struct Plant {
    gateway: Gateway,
    admin: Admin,
    probes: Probes,
    readiness: Readiness,
    limits: Limits,
    bound: Bound,
    secured: Option<Secured>,
    /// Whether nobody is known.
    is_open: bool,
    followed: Option<Followed>,
    telemetry: Telemetry,
}

// === impl Means ===

impl Means<'_> {
    /// What operators can do to the process.
    fn control(&self, readiness: &Readiness, telemetry: &Telemetry) -> Control {
        Control {
            readiness: readiness.clone(),
            quit: self.quit.clone(),
            log: Some(self.log.clone()),
            telemetry: telemetry.clone(),
        }
    }
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

// === impl Rotated ===

impl World for Rotated {
    fn unix_ms(&self) -> i64 {
        Process.unix_ms()
    }

    fn chance(&self) -> u8 {
        Process.chance()
    }

    fn has_secrets(&self) -> bool {
        !self.0.is_empty()
    }

    fn secrets(&self) -> Vec<(String, SecretString)> {
        let files = self.0.iter();
        let secrets = files.filter_map(|(name, file)| {
            let secret = config::read_again(file, &config::environment::Process)?;
            Some((name.clone(), secret))
        });
        secrets.collect()
    }
}

// === impl Ready ===

impl Ready {
    /// Makes its client.
    fn set_up(
        self,
        limits: &Limits,
        roots: &Roots,
        telemetry: &Telemetry,
        capabilities: Told,
    ) -> Result<UpstreamSetup, String> {
        let Self {
            upstream,
            conduct,
            ca,
            files,
            ..
        } = self;
        let about =
            |error: &dyn std::fmt::Display| format!("the upstream `{}`: {error}", upstream.name);
        let origin = Origin::of(&upstream.base_url).map_err(|fault| about(&fault))?;
        let vouching = Vouching {
            upstream: Arc::clone(&upstream),
            world: Arc::new(Rotated(files)),
        };
        let identity = upstream.identity();
        let identity = identity
            .map(|(certificate, key)| Identity::read(certificate, key))
            .transpose()
            .map_err(|fault| about(&fault))?;
        let tls = || match &ca {
            Some(ca) => Tls::with_ca(ca.expose_secret(), identity),
            None => Tls::native(roots, identity),
        };
        let means = upstream::Means {
            origin,
            vouching: Some(vouching),
            watch: Watch::new(telemetry, &upstream.name),
        };
        let client = UpstreamClient::new(means, &conduct, limits, tls);
        let client = client.map_err(|fault| about(&fault))?;
        Ok(UpstreamSetup::new(upstream, Arc::new(client), capabilities))
    }
}

// === impl Plant ===

impl Plant {
    /// Builds the gateway over compiled upstreams, in the order of the configuration. `again` gives the files when
    /// somebody asks what the gateway tells of itself.
    ///
    /// # Errors
    /// A sentence for the operator.
    pub(in crate::cli) fn build(
        catalog: &Catalog,
        settings: &config::Settings,
        upstreams: Vec<Ready>,
        again: Again,
        bound: Bound,
        means: Means<'_>,
    ) -> Result<Self, String> {
        let roots = means.roots;
        let telemetry = telemetry(settings, &means.metrics);
        let deadline = settings
            .deadline
            .unwrap_or_else(|| longest_call(&upstreams));
        let config = settings.shown(|name| {
            let ready = upstreams.iter().find(|ready| *ready.upstream.name == *name);
            ready.map_or(&[], |ready| ready.settings.as_slice())
        });
        let compiled = upstreams.iter().map(|ready| Arc::clone(&ready.upstream));
        let described = Described::new(
            again,
            compiled.collect(),
            settings.limits,
            known::schemes(settings.callers.as_ref()),
        );
        let (loaded, setups) = set_up(catalog, settings, upstreams, &described, roots, &telemetry)?;
        let (callers, followed) = known::of(settings.callers.as_ref())?;
        let judge = Judge::later(&catalog.operations, catalog.canonical_schemas.clone());
        let gateway = Gateway::new(Setup {
            operations: &catalog.operations,
            judge: Arc::new(judge),
            openapi: described.openapi(),
            upstreams: setups,
            routing: settings.routing.rules.iter().map(rule).collect(),
            default_upstream: settings.routing.default.as_deref().map(Into::into),
            caller: caller(&settings.caller),
            // Who reaches loopback is on this machine; elsewhere nobody has proved anything.
            trust_callers: bound.traffic().ip().is_loopback(),
            callers,
            limits: settings.limits,
            deadline,
            telemetry: telemetry.clone(),
            cursors: Cursors::generate().map_err(|fault| fault.to_string())?,
            events: application(settings, roots, &telemetry)?,
            journal: journal::of(&settings.journal, means.configuration)?,
        })
        .map_err(|fault| fault.to_string())?;
        let secured = settings.tls.as_ref().map(Secured::new).transpose();
        let readiness = Readiness::default();
        let admin =
            Admin::new(Hosts::default(), &loaded, &config).with_reference(described.reference());
        let meters = loaded
            .iter()
            .map(|one| means.metrics.upstream(&one.upstream));
        Ok(Self {
            gateway,
            admin: admin
                .with_upstreams(meters)
                .with_control(means.control(&readiness, &telemetry)),
            probes: Probes::new(readiness.clone(), means.metrics),
            readiness,
            limits: settings.limits,
            bound,
            secured: secured.map_err(|fault| fault.to_string())?,
            is_open: settings.callers.is_none(),
            followed,
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
            followed,
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
        if let Some(followed) = followed {
            let telemetry = telemetry.clone();
            others.spawn(async move {
                let say = |exchanged| KeySetExchanged { exchanged }.emit(&telemetry);
                follow(followed, say).await;
                true
            });
        }
        if let Some(secured) = secured {
            others.spawn(async move {
                let say = |exchanged| CertificateExchanged { exchanged }.emit(&telemetry);
                follow(secured, say).await;
                true
            });
        }
        draining.await;
        let ended = ended.await.unwrap_or(false);
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

/// Makes what serves each upstream, and what operators see of it.
fn set_up(
    catalog: &Catalog,
    settings: &config::Settings,
    upstreams: Vec<Ready>,
    described: &Arc<Described>,
    roots: &Roots,
    telemetry: &Telemetry,
) -> Result<(Vec<Loaded>, Vec<UpstreamSetup>), String> {
    let mut loaded = Vec::new();
    let mut setups = Vec::new();
    for (position, ready) in upstreams.into_iter().enumerate() {
        let upstream = &ready.upstream;
        MappingsLoaded {
            upstream: &upstream.name,
            operations: upstream.offered().count(),
            duration: ready.took,
        }
        .emit(telemetry);
        loaded.push(shown(catalog, upstream));
        let told = described.capabilities(position);
        let mut setup = ready.set_up(&settings.limits, roots, telemetry, told)?;
        setup.callbacks = door(settings, &setup.name);
        setups.push(setup);
    }
    Ok((loaded, setups))
}

/// What operators see of an upstream.
fn shown(catalog: &Catalog, upstream: &Upstream) -> Loaded {
    let set = catalog.mappings.get(&*upstream.mapping);
    Loaded {
        upstream: upstream.name.clone(),
        mapping: upstream.mapping.clone(),
        version: set.map_or_else(Box::default, |set| set.version.clone()),
    }
}

/// Who may send callbacks of an upstream.
fn door(settings: &config::Settings, upstream: &str) -> Option<CallbackDoor> {
    let mut upstreams = settings.upstreams.iter();
    let callbacks = upstreams
        .find(|known| known.name == upstream)?
        .callbacks
        .as_ref()?;
    Some(CallbackDoor {
        header: callbacks.header.clone(),
        secret: callbacks.secret.clone(),
        from: callbacks.from.clone(),
    })
}

/// How long a call may take whose length nobody set.
fn longest_call(upstreams: &[Ready]) -> Duration {
    let totals = upstreams.iter().map(|ready| ready.conduct.deadlines.total);
    totals.max().unwrap_or_default().saturating_mul(EXCHANGES)
}

fn telemetry(settings: &config::Settings, metrics: &Metrics) -> Telemetry {
    Telemetry {
        metrics: metrics.clone(),
        access_log: settings.log.access_log,
    }
}

/// The way to the application that gets events, if there is one.
fn application(
    settings: &config::Settings,
    roots: &Roots,
    telemetry: &Telemetry,
) -> Result<Option<Events>, String> {
    let Some(events) = &settings.events else {
        return Ok(None);
    };
    let about = |error: &dyn std::fmt::Display| format!("`events`: {error}");
    let origin = Origin::of(&events.url).map_err(|fault| about(&fault))?;
    let means = upstream::Means {
        origin,
        vouching: None,
        watch: Watch::new(telemetry, EVENTS),
    };
    let tls = || Tls::native(roots, None);
    let client = UpstreamClient::new(means, &Conduct::default(), &settings.limits, tls)
        .map_err(|fault| about(&fault))?;
    Events::new(Arc::new(client), &events.url, events.secret.expose_secret())
        .map(Some)
        .map_err(|fault| about(&fault))
}

fn rule(rule: &config::Rule) -> RoutingRule {
    let (operation, path) = match &rule.calls {
        config::Calls::Operation(id) => (Some(id.as_str().into()), None),
        config::Calls::Below(path) => (None, Some(path.as_str().into())),
    };
    RoutingRule {
        operation,
        path,
        upstream: rule.upstream.as_str().into(),
    }
}

fn caller(caller: &config::Caller) -> Caller {
    Caller {
        kind: match caller.kind {
            config::CallerKind::Customer => CallerKind::Customer,
            config::CallerKind::Agent => CallerKind::Agent,
            config::CallerKind::System => CallerKind::System,
        },
        id: caller.id.as_deref().map(Into::into),
    }
}
