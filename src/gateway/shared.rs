//! What every call shares: operations, upstreams, judge, keys. Built once, whole or not at all.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http::HeaderValue;
use serde_json::{Value, json};

use super::cache::{Cache, Changes, Generations};
use super::callers::{CallerIndex, Callers, may_use};
use super::capabilities;
use super::carry::Carry;
use super::cursor::Cursors;
use super::events::Events;
use super::identity::{Identities, NoRandomness};
use super::judge::Judge;
use super::losses::Losses;
use super::openapi;
use super::operation::{Input, InputForm, Location, Operation};
use super::record::Record;
use super::route::choose::RoutingRule;
use super::route::{PREFIX, RouteFault, Routes};
use super::serve::{CallbackDoor, Document};
use super::told::Told;
use super::translate::{OperationIndex, Translate};
use super::wishes::Caller;
use crate::config::{KnownCaller, Limits};
use crate::journal::Journal;
use crate::mapping::ast::{InputIn, Kind};
use crate::mapping::catalog::{CanonicalAnswer, CanonicalOperation};
use crate::telemetry::names::NONE;
use crate::telemetry::{Metrics, OperationMeters, Telemetry};

/// All that a gateway is built from.
#[derive(Debug)]
pub struct Setup<'s> {
    /// The canonical operations; their position is their [`OperationIndex`].
    pub operations: &'s [CanonicalOperation],
    /// The judge of their bodies.
    pub judge: Arc<Judge>,
    /// The upstreams, in the order of the configuration.
    pub upstreams: Vec<UpstreamSetup>,
    /// Rules for calls that name no upstream, the first that fits counts.
    pub routing: Vec<RoutingRule>,
    /// The upstream of calls that no rule fits.
    pub default_upstream: Option<Box<str>>,
    /// Who calls where nobody says so.
    pub caller: Caller,
    /// Whether `Interlingua-Caller` counts where anybody may call.
    pub trust_callers: bool,
    /// Who may call; anybody if it is left open.
    pub callers: Option<Callers>,
    /// The description of the API, as [`super::openapi::document`] makes it.
    pub openapi: Told,
    /// Sizes and counts.
    pub limits: Limits,
    /// How long a call may take in all.
    pub deadline: Duration,
    /// Where events go.
    pub telemetry: Telemetry,
    /// Seals of page cursors.
    pub cursors: Cursors,
    /// Where events of upstreams go.
    pub events: Option<Events>,
    /// Where the outcomes of keyed writes stand.
    pub journal: Option<Arc<Journal>>,
    /// Bytes that kept answers may take in memory; none are kept without it.
    pub cache: Option<usize>,
    /// What changes at upstreams, over all gateways of a process.
    pub changes: Changes,
}

/// One configured upstream.
#[derive(Debug)]
pub struct UpstreamSetup {
    /// Its name in the configuration: what its ids begin with.
    pub name: Box<str>,
    /// The mapping's name.
    pub mapping: Box<str>,
    /// What tells this state of the mapping from others.
    pub version: Box<str>,
    /// Path of its base URL, in front of every target; empty for none.
    pub base_path: Box<str>,
    /// Its translation.
    pub translator: Arc<dyn Translate>,
    /// Its client.
    pub client: Arc<dyn Carry>,
    /// What it can do, as [`super::capabilities::of`] tells it.
    pub capabilities: Told,
    /// Who may send its callbacks; none are taken without it.
    pub callbacks: Option<CallbackDoor>,
    /// The longest time that its answers are kept, if it is shorter than the mapping says; zero keeps none.
    pub longest_kept: Option<Duration>,
}

// === impl UpstreamSetup ===

impl UpstreamSetup {
    /// An upstream whose mapping is compiled, with its client and what it can do.
    #[must_use]
    pub fn new(
        upstream: Arc<crate::mapping::compile::upstream::Upstream>,
        client: Arc<dyn Carry>,
        capabilities: impl Into<Told>,
    ) -> Self {
        let behind_scheme = upstream
            .base_url
            .split_once("://")
            .map_or("", |(_, rest)| rest);
        let path = behind_scheme
            .find('/')
            .and_then(|slash| behind_scheme.get(slash..));
        Self {
            name: upstream.name.clone(),
            mapping: upstream.mapping.clone(),
            version: upstream.version.clone(),
            base_path: path.unwrap_or_default().trim_end_matches('/').into(),
            translator: upstream,
            client,
            capabilities: capabilities.into(),
            callbacks: None,
            longest_kept: None,
        }
    }
}

/// Why there is no gateway.
#[derive(Debug, thiserror::Error)]
pub enum SetupFault {
    /// The paths.
    #[error(transparent)]
    Route(#[from] RouteFault),
    /// A rule, or a caller, names an upstream that is not configured.
    #[error("the configuration names {0}, which is no configured upstream")]
    Upstream(Box<str>),
    /// No random bytes.
    #[error(transparent)]
    Randomness(#[from] NoRandomness),
}

/// What every call shares.
#[derive(Debug)]
pub(super) struct Shared {
    pub(super) routes: Routes,
    pub(super) operations: Vec<Operation>,
    upstreams: Vec<Upstream>,
    /// Position of the upstream that rules give an operation.
    routed: Vec<Option<usize>>,
    pub(super) judge: Arc<Judge>,
    pub(super) openapi: Document,
    /// What is told of all upstreams.
    listing: Document,
    /// The same for each caller that is known: only of those that it may use.
    listings: Vec<Document>,
    pub(super) caller: Caller,
    trust_callers: bool,
    pub(super) callers: Option<Callers>,
    pub(super) limits: Limits,
    /// What the strict reader of callers' bodies allows.
    pub(super) reading: crate::codec::Limits,
    /// How long each of several upstreams may take: a little less than the call.
    pub(super) span_of_parts: Duration,
    pub(super) telemetry: Telemetry,
    pub(super) cursors: Cursors,
    pub(super) events: Option<Events>,
    pub(super) journal: Option<Arc<Journal>>,
    /// The answers that are kept, where any are.
    pub(super) cache: Option<Cache>,
    /// How long a call may take in all.
    pub(super) deadline: Duration,
    pub(super) identities: Identities,
    /// Handles of calls that reached no upstream, by operation; the last is for calls of no operation.
    unrouted: Vec<OperationMeters>,
}

/// One upstream, ready to serve.
#[derive(Debug)]
pub(super) struct Upstream {
    pub(super) name: Box<str>,
    pub(super) base_path: Box<str>,
    /// The mapping with its version, as callers are told it.
    pub(super) told_mapping: Option<HeaderValue>,
    pub(super) translator: Arc<dyn Translate>,
    pub(super) client: Arc<dyn Carry>,
    pub(super) losses: Losses,
    /// Who may send its callbacks.
    pub(super) door: Option<CallbackDoor>,
    /// What it can do.
    pub(super) capabilities: Document,
    meters: Vec<OperationMeters>,
    /// Operations whose answers get a tag: they read what can be changed here.
    tagged: Vec<bool>,
    /// How long answers of each operation are kept.
    lifetimes: Vec<Option<Duration>>,
    /// What has changed there.
    pub(super) generations: Arc<Generations>,
}

// === impl Shared ===

impl Shared {
    pub(super) fn new(setup: Setup<'_>) -> Result<Self, SetupFault> {
        let routes = Routes::new(
            setup
                .operations
                .iter()
                .map(|operation| (method(operation), &*operation.path)),
        )?;
        let operations = prepare(setup.operations, &setup.judge, &setup.changes);
        let find = |name: &str| {
            setup
                .upstreams
                .iter()
                .position(|upstream| *upstream.name == *name)
        };
        let routed = route(&setup, find)?;
        let (listing, listings) = listings(&setup)?;
        let metrics = &setup.telemetry.metrics;
        let unrouted = operations
            .iter()
            .map(|operation| &*operation.id)
            .chain([NONE]);
        let unrouted = unrouted.map(|id| metrics.operation(id, NONE)).collect();
        let upstreams = setup.upstreams.into_iter();
        let upstreams: Vec<_> = upstreams
            .map(|upstream| {
                let generations = setup.changes.at(&upstream.name);
                Upstream::new(upstream, &operations, generations, &setup.telemetry)
            })
            .collect();
        let cache = cache(setup.cache, &upstreams, metrics)?;
        Ok(Self {
            unrouted,
            upstreams,
            routes,
            operations,
            routed,
            judge: setup.judge,
            openapi: Document::new(setup.openapi, openapi::MEDIA_TYPE),
            listing,
            listings,
            caller: setup.caller,
            trust_callers: setup.trust_callers,
            callers: setup.callers,
            reading: crate::codec::Limits {
                bytes: u32::try_from(setup.limits.body).unwrap_or(u32::MAX),
                ..crate::codec::Limits::default()
            },
            limits: setup.limits,
            span_of_parts: setup
                .deadline
                .saturating_sub(setup.deadline.checked_div(10).unwrap_or_default()),
            telemetry: setup.telemetry,
            cursors: setup.cursors,
            events: setup.events,
            journal: setup.journal,
            cache,
            deadline: setup.deadline,
            identities: Identities::new()?,
        })
    }

    pub(super) fn operation(&self, index: OperationIndex) -> Option<&Operation> {
        self.operations.get(usize::from(index.0))
    }

    pub(super) fn operation_named(&self, id: &str) -> Option<OperationIndex> {
        let position = self.operations.iter().position(|known| *known.id == *id)?;
        u16::try_from(position).ok().map(OperationIndex)
    }

    pub(super) fn upstream(&self, position: usize) -> Option<&Upstream> {
        self.upstreams.get(position)
    }

    pub(super) fn upstreams(&self) -> impl Iterator<Item = &Upstream> {
        self.upstreams.iter()
    }

    pub(super) fn find_upstream(&self, name: &str) -> Option<usize> {
        self.upstreams
            .iter()
            .position(|upstream| *upstream.name == *name)
    }

    /// The caller that a call has proved.
    pub(super) fn caller(&self, record: &Record) -> Option<&KnownCaller> {
        let CallerIndex(position) = record.caller()?;
        self.callers.as_ref()?.known().get(position)
    }

    /// Whether a caller may say for whom it calls.
    pub(super) fn trusts(&self, caller: Option<&KnownCaller>) -> bool {
        match (caller, &self.callers) {
            (Some(caller), _) => caller.acts_for_others,
            (None, Some(_)) => false,
            (None, None) => self.trust_callers,
        }
    }

    /// What is told of all upstreams to the caller of a call.
    pub(super) fn listing(&self, record: &Record) -> &Document {
        let caller = record.caller();
        let own = caller.and_then(|CallerIndex(position)| self.listings.get(position));
        own.unwrap_or(&self.listing)
    }

    pub(super) fn routed(&self, operation: OperationIndex) -> Option<usize> {
        self.routed.get(usize::from(operation.0)).copied().flatten()
    }

    /// The handles of a call, by where it came to.
    pub(super) fn meters(
        &self,
        operation: Option<OperationIndex>,
        upstream: Option<usize>,
    ) -> Option<&OperationMeters> {
        let Some(operation) = operation else {
            return self.unrouted.last();
        };
        match upstream.and_then(|upstream| self.upstream(upstream)) {
            Some(upstream) => upstream.meters(operation),
            None => self.unrouted.get(usize::from(operation.0)),
        }
    }
}

// === impl Upstream ===

impl Upstream {
    fn new(
        setup: UpstreamSetup,
        operations: &[Operation],
        generations: Arc<Generations>,
        telemetry: &Telemetry,
    ) -> Self {
        let translator = setup.translator;
        let indices = (0_u16..).map(OperationIndex);
        let said = indices.zip(operations);
        let said = said.map(|(index, _)| translator.lifetime(index));
        let said: Vec<_> = said.collect();
        let changes = |operation: &Operation| {
            let mut writers = operation.writers.iter();
            writers.any(|writer| translator.offers(*writer))
        };
        let tagged = operations.iter().zip(&said);
        let tagged = tagged.map(|(operation, said)| said.is_some() || changes(operation));
        let tagged = tagged.collect();
        let longest = setup.longest_kept.unwrap_or(Duration::MAX);
        let lifetimes = said.into_iter();
        let lifetimes = lifetimes.map(|said| said.map(|said| said.min(longest)));
        let meters = operations
            .iter()
            .map(|operation| telemetry.metrics.operation(&operation.id, &setup.name))
            .collect();
        Self {
            told_mapping: told_mapping(&setup.mapping, &setup.version),
            losses: Losses::new(telemetry.metrics.clone(), setup.name.clone(), setup.mapping),
            capabilities: Document::json(setup.capabilities),
            name: setup.name,
            base_path: setup.base_path,
            translator,
            client: setup.client,
            door: setup.callbacks,
            meters,
            tagged,
            generations,
            lifetimes: lifetimes
                .map(|lifetime| lifetime.filter(|lifetime| !lifetime.is_zero()))
                .collect(),
        }
    }

    pub(super) fn meters(&self, operation: OperationIndex) -> Option<&OperationMeters> {
        self.meters.get(usize::from(operation.0))
    }

    /// How long answers of an operation are kept, if they are.
    pub(super) fn lifetime(&self, operation: OperationIndex) -> Option<Duration> {
        let lifetime = self.lifetimes.get(usize::from(operation.0));
        lifetime.copied().flatten()
    }

    /// Whether any answers are kept.
    pub(super) fn keeps(&self) -> bool {
        self.lifetimes.iter().any(Option::is_some)
    }

    pub(super) fn is_tagged(&self, operation: OperationIndex) -> bool {
        self.tagged
            .get(usize::from(operation.0))
            .copied()
            .unwrap_or_default()
    }
}

/// A mapping with its version, as an item of structured fields (RFC 9651); none where a name cannot stand there.
fn told_mapping(mapping: &str, version: &str) -> Option<HeaderValue> {
    HeaderValue::try_from(format!("{mapping};version=\"{version}\"")).ok()
}

/// The cache, where there is room for one and anything to keep.
fn cache(
    bytes: Option<usize>,
    upstreams: &[Upstream],
    metrics: &Metrics,
) -> Result<Option<Cache>, SetupFault> {
    let lifetimes = upstreams.iter().flat_map(|upstream| &upstream.lifetimes);
    let longest = lifetimes.flatten().max();
    let (Some(bytes), Some(longest)) = (bytes, longest) else {
        return Ok(None);
    };
    Ok(Some(Cache::new(bytes, *longest, metrics)?))
}

/// What is told of the upstreams: of all, and to each known caller of those that it may use.
fn listings(setup: &Setup<'_>) -> Result<(Document, Vec<Document>), SetupFault> {
    let of = |caller: Option<&KnownCaller>| {
        let upstreams = setup.upstreams.iter();
        let usable = upstreams.filter(|upstream| may_use(caller, &upstream.name));
        Document::json(listing(usable))
    };
    let known = setup.callers.as_ref().map_or(&[][..], Callers::known);
    let is_known = |name: &str| {
        let mut upstreams = setup.upstreams.iter();
        upstreams.any(|upstream| *upstream.name == *name)
    };
    let mut named = known
        .iter()
        .filter_map(|caller| caller.upstreams.as_ref())
        .flatten();
    if let Some(name) = named.find(|name| !is_known(name)) {
        return Err(SetupFault::Upstream(name.as_str().into()));
    }
    let listings = known.iter().map(|caller| of(Some(caller)));
    Ok((of(None), listings.collect()))
}

/// The list of some upstreams, made of what each can do.
fn listing<'u>(upstreams: impl Iterator<Item = &'u UpstreamSetup>) -> Told {
    let told: Vec<Told> = upstreams
        .map(|upstream| upstream.capabilities.clone())
        .collect();
    Told::later(move || {
        let summaries = told.iter().map(|told| {
            let capabilities: Value = serde_json::from_slice(&told.now()?).ok()?;
            Some(capabilities::summary(&capabilities))
        });
        let items = summaries.collect::<Option<Vec<_>>>()?;
        Some(Bytes::from(json!({ "items": items }).to_string()))
    })
}

fn method(operation: &CanonicalOperation) -> http::Method {
    http::Method::from_bytes(operation.method.as_str().as_bytes()).unwrap_or_default()
}

fn prepare(canonical: &[CanonicalOperation], judge: &Judge, changes: &Changes) -> Vec<Operation> {
    let at_path = |path: &str, wanted: fn(Kind) -> bool| -> Vec<OperationIndex> {
        let fits =
            |(_, other): &(usize, &CanonicalOperation)| *other.path == *path && wanted(other.kind);
        let found = canonical.iter().enumerate().filter(fits);
        found
            .filter_map(|(at, _)| u16::try_from(at).ok().map(OperationIndex))
            .collect()
    };
    let is_get = |kind| kind == Kind::Get;
    let is_change = |kind| matches!(kind, Kind::Update | Kind::Replace);
    let mut operations = Vec::with_capacity(canonical.len());
    for (position, operation) in canonical.iter().enumerate() {
        let index = u16::try_from(position).ok().map(OperationIndex);
        let reader = at_path(&operation.path, is_get).first().copied();
        operations.push(Operation {
            id: operation.id.clone(),
            route: [PREFIX, &operation.path].concat().into(),
            kind: operation.kind,
            is_read: operation.reads(),
            inputs: inputs(operation),
            body: index.and_then(|index| judge.body(index)),
            answers: operation.answer != CanonicalAnswer::None,
            collection: changes.collection(&operation.path),
            writers: match operation.kind {
                Kind::Get => at_path(&operation.path, is_change),
                _ => Vec::new(),
            },
            location: match reader {
                Some(_) => Location::Same,
                None => Location::Below,
            },
            reader: reader.filter(|_| !operation.reads()),
        });
    }
    operations
}

/// The inputs, those of the path in the order of the path.
pub(super) fn inputs(operation: &CanonicalOperation) -> Vec<Input> {
    let place = |name: &str| {
        let place = operation.path.find(&["{", name, "}"].concat());
        place.unwrap_or(usize::MAX)
    };
    let input = |input: &crate::mapping::catalog::OperationInput| Input {
        name: input.name.clone(),
        in_path: input.place == InputIn::Path,
        form: match &*input.name {
            "limit" => InputForm::of(&input.kind).at_least_one(),
            _ => InputForm::of(&input.kind),
        },
        takes_reference: input.gives.iter().any(|given| **given == *"reference"),
    };
    let mut inputs: Vec<_> = operation.inputs.iter().map(input).collect();
    inputs.sort_by_key(|input| place(&input.name));
    inputs
}

/// The upstream that rules give each operation.
fn route(
    setup: &Setup<'_>,
    find: impl Fn(&str) -> Option<usize>,
) -> Result<Vec<Option<usize>>, SetupFault> {
    let named = |name: &str| find(name).ok_or_else(|| SetupFault::Upstream(name.into()));
    for rule in &setup.routing {
        named(&rule.upstream)?;
    }
    let default = setup.default_upstream.as_deref().map(named).transpose()?;
    let by_rule = |operation: &CanonicalOperation| {
        let rule = setup
            .routing
            .iter()
            .find(|rule| rule.fits(&operation.id, &operation.path));
        rule.and_then(|rule| find(&rule.upstream)).or(default)
    };
    Ok(setup.operations.iter().map(by_rule).collect())
}
