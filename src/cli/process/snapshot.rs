//! One state of configuration and mappings, made ready to serve: whole, or not at all.

use std::sync::Arc;
use std::time::Duration;

use secrecy::ExposeSecret;

use super::described::{Again, Described};
use super::known::{self, Followed};
use super::ready::{AllServing, Ready};
use crate::admin::{Loaded, View};
use crate::config::{self, Conduct};
use crate::gateway::{
    CallbackDoor, Caller, CallerKind, Changes, Cursors, Events, Gateway, Judge, RoutingRule, Setup,
    UpstreamSetup,
};
use crate::journal::Journal;
use crate::mapping::catalog::Catalog;
use crate::telemetry::events::MappingsLoaded;
use crate::telemetry::names::EVENTS;
use crate::telemetry::{Event, Telemetry};
use crate::upstream::{self, Origin, Roots, Tls, UpstreamClient, Watch};

/// Exchanges of the longest call: a read of the base, the write, a read of what became of it.
const EXCHANGES: u32 = 3;

/// What goes on whatever the files say: as long as the process runs.
#[derive(Debug, Clone)]
pub(super) struct Lasting {
    pub(super) telemetry: Telemetry,
    pub(super) cursors: Cursors,
    pub(super) journal: Option<Arc<Journal>>,
    /// Who reaches loopback is on this machine; elsewhere nobody has proved anything.
    pub(super) trust_callers: bool,
    /// What changes at upstreams: a write that one gateway began ends in what the next one keeps, too.
    pub(super) changes: Changes,
}

/// What a snapshot is made of.
#[derive(Debug)]
pub(in crate::cli) struct Parts<'p> {
    pub(in crate::cli) catalog: &'p Catalog,
    pub(in crate::cli) settings: &'p config::Settings,
    /// In the order of the configuration.
    pub(in crate::cli) upstreams: Vec<Ready>,
    pub(in crate::cli) roots: &'p Roots,
    /// What tells it from other states.
    pub(in crate::cli) version: &'p str,
}

/// What serves, and what is told of it.
#[derive(Debug)]
pub(super) struct Snapshot {
    pub(super) gateway: Gateway,
    pub(super) view: View,
    /// Keys of tokens in a file.
    pub(super) followed: Option<Followed>,
    pub(super) serving: AllServing,
    /// Whether nobody is known.
    pub(super) is_open: bool,
}

// === impl Snapshot ===

impl Snapshot {
    /// Makes all of it. Upstreams that are made of what they were made of `before` go on. `again` gives the files when
    /// somebody asks what the gateway tells of itself.
    ///
    /// # Errors
    /// A sentence for the operator.
    pub(super) fn build(
        parts: Parts<'_>,
        again: Again,
        lasting: &Lasting,
        before: &AllServing,
    ) -> Result<Self, String> {
        let Parts {
            catalog,
            settings,
            upstreams,
            roots,
            version,
        } = parts;
        let telemetry = &lasting.telemetry;
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
        let loaded: Vec<_> = upstreams.iter().map(shown).collect();
        let means = (before, roots, telemetry);
        let (serving, setups) = set_up(upstreams, settings, &described, means)?;
        let (callers, followed) = known::of(settings.callers.as_ref())?;
        let gateway = Gateway::new(Setup {
            operations: &catalog.operations,
            judge: Arc::new(Judge::later(
                &catalog.operations,
                catalog.canonical_schemas.clone(),
            )),
            openapi: described.openapi(),
            upstreams: setups,
            routing: settings.routing.rules.iter().map(rule).collect(),
            default_upstream: settings.routing.default.as_deref().map(Into::into),
            caller: caller(&settings.caller),
            trust_callers: lasting.trust_callers,
            callers,
            limits: settings.limits,
            deadline,
            telemetry: telemetry.clone(),
            cursors: lasting.cursors.clone(),
            events: application(settings, roots, telemetry)?,
            journal: lasting.journal.clone(),
            cache: settings.cache.is_enabled.then_some(settings.cache.bytes),
            changes: lasting.changes.clone(),
        })
        .map_err(|fault| fault.to_string())?;
        let view = View::new(version, &loaded, &config).with_reference(described.reference());
        let observed = loaded.iter().filter_map(|one| serving.get(&one.upstream));
        Ok(Self {
            gateway,
            view: view.with_upstreams(observed.map(|serving| serving.observed(telemetry))),
            followed,
            serving,
            is_open: settings.callers.is_none(),
        })
    }
}

/// What serves each upstream, by its name, and what a gateway is told of it, in the order of the configuration.
fn set_up(
    upstreams: Vec<Ready>,
    settings: &config::Settings,
    described: &Arc<Described>,
    (before, roots, telemetry): (&AllServing, &Roots, &Telemetry),
) -> Result<(AllServing, Vec<UpstreamSetup>), String> {
    let mut serving = AllServing::new();
    let mut setups = Vec::new();
    for (position, ready) in upstreams.into_iter().enumerate() {
        let name = ready.upstream.name.clone();
        let one = ready.serving(before, &settings.limits, roots, telemetry)?;
        let mut setup = one.set_up(described.capabilities(position));
        setup.callbacks = door(settings, &name);
        setup.longest_kept = longest_kept(settings, &name);
        setups.push(setup);
        serving.insert(name, one);
    }
    Ok((serving, setups))
}

/// What operators see of an upstream.
fn shown(ready: &Ready) -> Loaded {
    let upstream = &ready.upstream;
    Loaded {
        upstream: upstream.name.clone(),
        mapping: upstream.mapping.clone(),
        version: upstream.version.clone(),
    }
}

/// Tells of the mappings that are loaded.
pub(in crate::cli) fn tell(upstreams: &[Ready], telemetry: &Telemetry) {
    for ready in upstreams {
        MappingsLoaded {
            upstream: &ready.upstream.name,
            version: &ready.upstream.version,
            operations: ready.upstream.offered().count(),
            duration: ready.took,
        }
        .emit(telemetry);
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

/// The longest time that answers of an upstream are kept, if that is shorter than its mapping says.
fn longest_kept(settings: &config::Settings, upstream: &str) -> Option<Duration> {
    let mut upstreams = settings.upstreams.iter();
    let cache = upstreams.find(|known| known.name == upstream)?.cache;
    if cache.is_enabled {
        cache.longest
    } else {
        Some(Duration::ZERO)
    }
}

/// How long a call may take whose length nobody set.
fn longest_call(upstreams: &[Ready]) -> Duration {
    let totals = upstreams.iter().map(|ready| ready.conduct.deadlines.total);
    totals.max().unwrap_or_default().saturating_mul(EXCHANGES)
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
    if let Some(range) = origin.refused(&[]) {
        return Err(format!(
            "`events`: the URL names a {} address, which is never called",
            range.name()
        ));
    }
    let means = upstream::Means {
        origin,
        vouching: None,
        watch: Watch::new(telemetry, EVENTS),
    };
    let tls = || Tls::native(roots, None);
    let conduct = Conduct {
        trace_context: events.trace_context,
        ..Conduct::default()
    };
    let client = UpstreamClient::new(means, &conduct, &settings.limits, tls)
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
