//! The registry of metrics and the handles that calls count with.
//!
//! A handle looks its series up once, at its first use: after that a count is one atomic addition. What is never
//! used never shows, so that `/metrics` does not grow with the mappings that are loaded.

use std::fmt;
use std::sync::OnceLock;

use prometheus::{
    Histogram, HistogramOpts, HistogramVec, IntCounter, IntCounterVec, IntGauge, IntGaugeVec, Opts,
    Registry, TextEncoder,
};

use super::cache::CacheMeters;
use super::names::metric::{self, Metric};
use super::names::{CALL_SECONDS, TRANSLATION_SECONDS};
use super::outcome::{CacheUse, Class, Direction, Outcome, Sent};

/// Every metric of the process, in a registry of its own.
#[derive(Clone)]
pub struct Metrics {
    registry: Registry,
    requests: IntCounterVec,
    request_duration: HistogramVec,
    in_flight: IntGauge,
    problems: IntCounterVec,
    upstream_calls: IntCounterVec,
    upstream_call_duration: HistogramVec,
    upstream_retries: IntCounterVec,
    upstream_suspended: IntGaugeVec,
    upstream_suspensions: IntCounterVec,
    upstream_exchanges: IntGaugeVec,
    upstream_connections: IntGaugeVec,
    upstream_connections_opened: IntCounterVec,
    upstream_addresses: IntGaugeVec,
    upstream_lookups: IntCounterVec,
    upstream_addresses_refused: IntCounterVec,
    translation: HistogramVec,
    losses: IntCounterVec,
    events: IntCounterVec,
    keyed_calls: IntCounterVec,
    cache_lookups: IntCounterVec,
    cache_stored: IntCounterVec,
    cache_invalidations: IntCounterVec,
    cache_entries: IntGaugeVec,
    cache_bytes: IntGaugeVec,
    turned_away: IntCounterVec,
    configuration: IntGaugeVec,
    configuration_loaded: IntGauge,
    configuration_refused: IntGauge,
    reloads: IntCounterVec,
    panics: IntCounter,
    log_lines_dropped: IntCounter,
    spans_exported: IntCounter,
    spans_dropped: IntCounterVec,
}

/// Handles of one operation at one upstream.
#[derive(Debug)]
pub struct OperationMeters {
    metrics: Metrics,
    operation: Box<str>,
    upstream: Box<str>,
    requests: [OnceLock<IntCounter>; 2],
    request_duration: OnceLock<Histogram>,
    upstream_calls: [OnceLock<IntCounter>; 5],
    upstream_call_duration: OnceLock<Histogram>,
    translation: [OnceLock<Histogram>; 2],
    cache_lookups: [OnceLock<IntCounter>; 4],
    cache_stored: OnceLock<IntCounter>,
}

/// Handles of one upstream.
#[derive(Debug)]
pub struct UpstreamMeters {
    metrics: Metrics,
    upstream: Box<str>,
    suspended: IntGauge,
    running: IntGauge,
    waiting: IntGauge,
    connections: IntGauge,
    opened: IntCounter,
    in_use: IntGauge,
    resting: IntGauge,
}

/// How an upstream is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct UpstreamNow {
    /// It is left alone.
    pub is_suspended: bool,
    /// Exchanges that run.
    pub running: i64,
    /// Exchanges that wait for their turn.
    pub waiting: i64,
    /// Connections that are open.
    pub connections: i64,
}

/// Handle of one place at which a mapping may lose a value.
#[derive(Debug)]
pub struct LossMeter {
    metrics: Metrics,
    labels: [Box<str>; 4],
    counter: OnceLock<IntCounter>,
}

/// What a gauge counts for as long as this is held.
#[derive(Debug)]
pub struct Counted(IntGauge);

// === impl Metrics ===

impl Metrics {
    /// Makes and registers every metric of [`super::names`].
    ///
    /// # Errors
    ///
    /// If two metrics have one name, or a name is none: a fault of the list, found by its tests.
    pub fn new(version: &str) -> Result<Self, prometheus::Error> {
        let registry = Registry::new();
        let build = gauge(&registry, metric::BUILD_INFO)?;
        build.with_label_values(&[version]).set(1);
        Ok(Self {
            requests: counter(&registry, metric::REQUESTS)?,
            request_duration: histogram(&registry, metric::REQUEST_DURATION, &CALL_SECONDS)?,
            in_flight: gauge(&registry, metric::REQUESTS_IN_FLIGHT)?.with_label_values::<&str>(&[]),
            problems: counter(&registry, metric::PROBLEMS)?,
            upstream_calls: counter(&registry, metric::UPSTREAM_CALLS)?,
            upstream_call_duration: histogram(
                &registry,
                metric::UPSTREAM_CALL_DURATION,
                &CALL_SECONDS,
            )?,
            upstream_retries: counter(&registry, metric::UPSTREAM_RETRIES)?,
            upstream_suspended: gauge(&registry, metric::UPSTREAM_SUSPENDED)?,
            upstream_suspensions: counter(&registry, metric::UPSTREAM_SUSPENSIONS)?,
            upstream_exchanges: gauge(&registry, metric::UPSTREAM_EXCHANGES)?,
            upstream_connections: gauge(&registry, metric::UPSTREAM_CONNECTIONS)?,
            upstream_connections_opened: counter(&registry, metric::UPSTREAM_CONNECTIONS_OPENED)?,
            upstream_addresses: gauge(&registry, metric::UPSTREAM_ADDRESSES)?,
            upstream_lookups: counter(&registry, metric::UPSTREAM_LOOKUPS)?,
            upstream_addresses_refused: counter(&registry, metric::UPSTREAM_ADDRESSES_REFUSED)?,
            translation: histogram(&registry, metric::TRANSLATION, &TRANSLATION_SECONDS)?,
            losses: counter(&registry, metric::LOSSES)?,
            events: counter(&registry, metric::EVENTS)?,
            keyed_calls: counter(&registry, metric::KEYED_CALLS)?,
            cache_lookups: counter(&registry, metric::CACHE_LOOKUPS)?,
            cache_stored: counter(&registry, metric::CACHE_STORED)?,
            cache_invalidations: counter(&registry, metric::CACHE_INVALIDATIONS)?,
            cache_entries: gauge(&registry, metric::CACHE_ENTRIES)?,
            cache_bytes: gauge(&registry, metric::CACHE_BYTES)?,
            turned_away: counter(&registry, metric::TURNED_AWAY)?,
            configuration: gauge(&registry, metric::CONFIGURATION_INFO)?,
            configuration_loaded: gauge(&registry, metric::CONFIGURATION_LOADED)?
                .with_label_values::<&str>(&[]),
            configuration_refused: gauge(&registry, metric::CONFIGURATION_REFUSED)?
                .with_label_values::<&str>(&[]),
            reloads: counter(&registry, metric::RELOADS)?,
            panics: counter(&registry, metric::PANICS)?.with_label_values::<&str>(&[]),
            log_lines_dropped: counter(&registry, metric::LOG_LINES_DROPPED)?
                .with_label_values::<&str>(&[]),
            spans_exported: counter(&registry, metric::SPANS_EXPORTED)?
                .with_label_values::<&str>(&[]),
            spans_dropped: counter(&registry, metric::SPANS_DROPPED)?,
            registry,
        })
    }

    /// Makes the handles of an operation at an upstream. Both names come from configuration and schema.
    #[must_use]
    pub fn operation(&self, operation: &str, upstream: &str) -> OperationMeters {
        OperationMeters {
            metrics: self.clone(),
            operation: operation.into(),
            upstream: upstream.into(),
            requests: Default::default(),
            request_duration: OnceLock::new(),
            upstream_calls: Default::default(),
            upstream_call_duration: OnceLock::new(),
            translation: Default::default(),
            cache_lookups: Default::default(),
            cache_stored: OnceLock::new(),
        }
    }

    /// Makes the handles of an upstream, by its name in the configuration.
    #[must_use]
    pub fn upstream(&self, upstream: &str) -> UpstreamMeters {
        let exchanges = |state| {
            let exchanges = &self.upstream_exchanges;
            exchanges.with_label_values(&[upstream, state])
        };
        let addresses = |state| {
            let addresses = &self.upstream_addresses;
            addresses.with_label_values(&[upstream, state])
        };
        UpstreamMeters {
            suspended: self.upstream_suspended.with_label_values(&[upstream]),
            running: exchanges("running"),
            waiting: exchanges("waiting"),
            connections: self.upstream_connections.with_label_values(&[upstream]),
            opened: self
                .upstream_connections_opened
                .with_label_values(&[upstream]),
            in_use: addresses("in-use"),
            resting: addresses("resting"),
            metrics: self.clone(),
            upstream: upstream.into(),
        }
    }

    /// Makes the handle of a place at which a mapping may lose a value, named as the mapping file names it.
    #[must_use]
    pub fn loss(&self, upstream: &str, mapping: &str, place: &str, code: &str) -> LossMeter {
        LossMeter {
            metrics: self.clone(),
            labels: [upstream, mapping, place, code].map(Into::into),
            counter: OnceLock::new(),
        }
    }

    /// Counts a call in flight until the guard is dropped.
    #[must_use]
    pub fn in_flight(&self) -> Counted {
        Counted::new(&self.in_flight)
    }

    /// Writes every series in the text format that [`Self::CONTENT_TYPE`] names.
    ///
    /// # Errors
    ///
    /// If a metric has no series to write, which the registry never gives.
    pub fn encode(&self) -> Result<String, prometheus::Error> {
        TextEncoder::new().encode_to_string(&self.registry.gather())
    }

    /// Media type of [`Self::encode`].
    pub const CONTENT_TYPE: &'static str = prometheus::TEXT_FORMAT;

    /// Events are rare beside calls: their series is looked up each time.
    pub(super) fn event(&self, upstream: &str, event: &str, outcome: &str) -> IntCounter {
        self.events.with_label_values(&[upstream, event, outcome])
    }

    /// Keyed calls wait for a disk: their series is looked up each time.
    pub(super) fn keyed_call(&self, outcome: &str) -> IntCounter {
        self.keyed_calls.with_label_values(&[outcome])
    }

    /// Makes the handles of the cache.
    #[must_use]
    pub fn cache(&self) -> CacheMeters {
        let one = |gauge: &IntGaugeVec| gauge.with_label_values::<&str>(&[]);
        CacheMeters::new(one(&self.cache_entries), one(&self.cache_bytes))
    }

    /// Changes wait for an upstream: their series is looked up each time.
    pub(super) fn cache_invalidations(&self, upstream: &str) -> IntCounter {
        self.cache_invalidations.with_label_values(&[upstream])
    }

    /// Whoever breaks a rule waits: the series is looked up each time.
    pub(super) fn turned_away(&self, cause: &str) -> IntCounter {
        self.turned_away.with_label_values(&[cause])
    }

    /// What serves, and since when: seconds since 1970.
    pub(super) fn configured(&self, version: &str, since: i64) {
        self.configuration.reset();
        self.configuration.with_label_values(&[version]).set(1);
        self.configuration_loaded.set(since);
    }

    pub(super) fn configuration_refused(&self) -> &IntGauge {
        &self.configuration_refused
    }

    /// Operators change files: the series is looked up each time.
    pub(super) fn reload(&self, outcome: &str) -> IntCounter {
        self.reloads.with_label_values(&[outcome])
    }

    pub(super) fn panics(&self) -> &IntCounter {
        &self.panics
    }

    pub(super) fn spans_exported(&self) -> &IntCounter {
        &self.spans_exported
    }

    /// Only what goes wrong is dropped: the series is looked up each time.
    pub(super) fn spans_dropped(&self, cause: &str) -> IntCounter {
        self.spans_dropped.with_label_values(&[cause])
    }

    pub(super) fn log_lines_dropped(&self) -> &IntCounter {
        &self.log_lines_dropped
    }
}

impl fmt::Debug for Metrics {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Metrics")
    }
}

// === impl OperationMeters ===

impl OperationMeters {
    /// Id of the operation.
    #[must_use]
    pub fn operation(&self) -> &str {
        &self.operation
    }

    /// Name of the upstream.
    #[must_use]
    pub fn upstream(&self) -> &str {
        &self.upstream
    }

    pub(super) fn request(&self, status: u16, sent: Sent) -> IntCounter {
        let [ok, redirected] = &self.requests;
        let class = Class::of(status);
        let series = match (Outcome::of(status), class, sent) {
            (Outcome::Ok, Class::Redirect, Sent::Untold) => redirected,
            (Outcome::Ok, Class::Success, Sent::Untold) => ok,
            // Problems are rare: their series is looked up each time.
            _ => return self.request_series(status, sent),
        };
        series
            .get_or_init(|| self.request_series(status, sent))
            .clone()
    }

    fn request_series(&self, status: u16, sent: Sent) -> IntCounter {
        self.metrics.requests.with_label_values(&[
            self.operation(),
            self.upstream(),
            Outcome::of(status).name(),
            Class::of(status).name(),
            sent.name(),
        ])
    }

    pub(super) fn request_duration(&self) -> &Histogram {
        self.request_duration.get_or_init(|| {
            self.metrics
                .request_duration
                .with_label_values(&[self.operation(), self.upstream()])
        })
    }

    /// Problems are rare: their series is looked up each time.
    pub(super) fn problem(&self, code: &str) -> IntCounter {
        self.metrics
            .problems
            .with_label_values(&[self.operation(), self.upstream(), code])
    }

    pub(super) fn upstream_answer(&self, status: u16) -> &IntCounter {
        let [interim, success, redirect, client, server] = &self.upstream_calls;
        let class = Class::of(status);
        let series = match class {
            Class::Interim => interim,
            Class::Success => success,
            Class::Redirect => redirect,
            Class::ClientError => client,
            Class::ServerError => server,
        };
        series.get_or_init(|| self.upstream_call(class.name()))
    }

    /// Failures are rare: their series is looked up each time.
    pub(super) fn upstream_failure(&self, kind: &'static str) -> IntCounter {
        self.upstream_call(kind)
    }

    pub(super) fn upstream_call_duration(&self) -> &Histogram {
        self.upstream_call_duration.get_or_init(|| {
            self.metrics
                .upstream_call_duration
                .with_label_values(&[self.operation(), self.upstream()])
        })
    }

    pub(super) fn translation(&self, direction: Direction) -> &Histogram {
        let [to_native, to_canonical] = &self.translation;
        let series = match direction {
            Direction::ToNative => to_native,
            Direction::ToCanonical => to_canonical,
        };
        series.get_or_init(|| {
            self.metrics.translation.with_label_values(&[
                self.operation(),
                self.upstream(),
                direction.name(),
            ])
        })
    }

    pub(super) fn cache_lookup(&self, result: CacheUse) -> &IntCounter {
        let [hit, miss, collapsed, bypass] = &self.cache_lookups;
        let series = match result {
            CacheUse::Hit => hit,
            CacheUse::Miss => miss,
            CacheUse::Collapsed => collapsed,
            CacheUse::Bypass => bypass,
        };
        series.get_or_init(|| {
            let labels = [self.operation(), self.upstream(), result.name()];
            self.metrics.cache_lookups.with_label_values(&labels)
        })
    }

    pub(super) fn cache_stored(&self) -> &IntCounter {
        self.cache_stored.get_or_init(|| {
            let labels = [self.operation(), self.upstream()];
            self.metrics.cache_stored.with_label_values(&labels)
        })
    }

    fn upstream_call(&self, outcome: &str) -> IntCounter {
        self.metrics
            .upstream_calls
            .with_label_values(&[self.operation(), self.upstream(), outcome])
    }
}

// === impl UpstreamMeters ===

impl UpstreamMeters {
    /// Name of the upstream.
    #[must_use]
    pub fn upstream(&self) -> &str {
        &self.upstream
    }

    /// Nobody leaves it alone, nor knows where it is: its client is new, or there is none any more.
    pub fn reset(&self) {
        self.suspended.set(0);
        self.addresses(0, 0);
    }

    /// Counts an exchange that runs.
    #[must_use]
    pub fn running(&self) -> Counted {
        Counted::new(&self.running)
    }

    /// Counts an exchange that waits for its turn.
    #[must_use]
    pub fn waiting(&self) -> Counted {
        Counted::new(&self.waiting)
    }

    /// Counts a connection that was opened, and that it is open.
    #[must_use]
    pub fn connected(&self) -> Counted {
        self.opened.inc();
        Counted::new(&self.connections)
    }

    /// What the gauges say now.
    #[must_use]
    pub fn now(&self) -> UpstreamNow {
        UpstreamNow {
            is_suspended: self.suspended.get() != 0,
            running: self.running.get(),
            waiting: self.waiting.get(),
            connections: self.connections.get(),
        }
    }

    pub(super) fn suspended(&self) -> &IntGauge {
        &self.suspended
    }

    /// Suspensions are rare: their series is looked up each time.
    pub(super) fn suspensions(&self, cause: &str) -> IntCounter {
        let suspensions = &self.metrics.upstream_suspensions;
        suspensions.with_label_values(&[self.upstream(), cause])
    }

    /// Says how many addresses are called, and how many rest.
    pub fn addresses(&self, in_use: usize, resting: usize) {
        let count = |addresses| i64::try_from(addresses).unwrap_or(i64::MAX);
        self.in_use.set(count(in_use));
        self.resting.set(count(resting));
    }

    /// Look-ups are rare.
    pub(super) fn lookups(&self, outcome: &str) -> IntCounter {
        let lookups = &self.metrics.upstream_lookups;
        lookups.with_label_values(&[self.upstream(), outcome])
    }

    /// So are addresses that are refused.
    pub(super) fn refused(&self, range: &str) -> IntCounter {
        let refused = &self.metrics.upstream_addresses_refused;
        refused.with_label_values(&[self.upstream(), range])
    }

    /// So are repetitions.
    pub(super) fn retries(&self, outcome: &str) -> IntCounter {
        let retries = &self.metrics.upstream_retries;
        retries.with_label_values(&[self.upstream(), outcome])
    }
}

// === impl LossMeter ===

impl LossMeter {
    /// Name of the upstream.
    #[must_use]
    pub fn upstream(&self) -> &str {
        let [upstream, ..] = &self.labels;
        upstream
    }

    /// Name of the mapping.
    #[must_use]
    pub fn mapping(&self) -> &str {
        let [_, mapping, ..] = &self.labels;
        mapping
    }

    /// The place, as the mapping file names it.
    #[must_use]
    pub fn place(&self) -> &str {
        let [_, _, place, _] = &self.labels;
        place
    }

    /// Code of the loss.
    #[must_use]
    pub fn code(&self) -> &str {
        let [.., code] = &self.labels;
        code
    }

    pub(super) fn counter(&self) -> &IntCounter {
        self.counter
            .get_or_init(|| self.metrics.losses.with_label_values(&self.labels))
    }
}

// === impl Counted ===

impl Counted {
    fn new(gauge: &IntGauge) -> Self {
        gauge.inc();
        Self(gauge.clone())
    }
}

impl Drop for Counted {
    fn drop(&mut self) {
        self.0.dec();
    }
}

fn counter(registry: &Registry, metric: Metric) -> Result<IntCounterVec, prometheus::Error> {
    let made = IntCounterVec::new(Opts::new(metric.name, metric.help), metric.labels)?;
    registry.register(Box::new(made.clone()))?;
    Ok(made)
}

fn gauge(registry: &Registry, metric: Metric) -> Result<IntGaugeVec, prometheus::Error> {
    let made = IntGaugeVec::new(Opts::new(metric.name, metric.help), metric.labels)?;
    registry.register(Box::new(made.clone()))?;
    Ok(made)
}

fn histogram(
    registry: &Registry,
    metric: Metric,
    bounds: &[f64],
) -> Result<HistogramVec, prometheus::Error> {
    let options = HistogramOpts::new(metric.name, metric.help).buckets(bounds.to_vec());
    let made = HistogramVec::new(options, metric.labels)?;
    registry.register(Box::new(made.clone()))?;
    Ok(made)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::telemetry::names::metric::ALL;

    fn metrics() -> Metrics {
        Metrics::new("1.2.3").unwrap()
    }

    #[test]
    fn every_metric_of_the_list_can_be_counted_and_is_written() {
        let metrics = metrics();
        let meters = metrics.operation("getThing", "alpha");
        let _call = metrics.in_flight();
        for status in [200, 304, 404, 500, 503] {
            meters.request(status, Sent::Untold).inc();
            meters.upstream_answer(status).inc();
        }
        meters.request_duration().observe(0.002);
        meters.problem("not-found").inc();
        meters.upstream_failure("unreachable").inc();
        meters.upstream_call_duration().observe(0.001);
        meters.translation(Direction::ToNative).observe(0.000_003);
        metrics
            .loss("alpha", "thing", "name.full", "no-place")
            .counter()
            .inc();
        let upstream = metrics.upstream("alpha");
        upstream.suspensions("failing").inc();
        upstream.retries("made").inc();
        upstream.lookups("found").inc();
        upstream.refused("loopback").inc();
        metrics.event("alpha", "unknown", "delivered").inc();
        metrics.keyed_call("new").inc();
        meters.cache_lookup(CacheUse::Hit).inc();
        meters.cache_stored().inc();
        metrics.cache_invalidations("alpha").inc();
        let _held = metrics.cache().hold(7);
        metrics.turned_away("slow-head").inc();
        metrics.configured("12ab", 1_795_305_600);
        metrics.reload("applied").inc();
        metrics.spans_dropped("no-room").inc();
        metrics.panics().inc();

        let text = metrics.encode().unwrap();

        for metric in ALL {
            assert!(
                text.contains(&format!("# TYPE {} ", metric.name)),
                "{} is missing",
                metric.name
            );
        }
        for line in [
            r#"interlingua_requests_total{operation="getThing",outcome="ok",sent="none",status="3xx",upstream="alpha"} 1"#,
            r#"interlingua_requests_total{operation="getThing",outcome="upstream-failed",sent="none",status="5xx",upstream="alpha"} 1"#,
            r#"interlingua_upstream_calls_total{operation="getThing",outcome="unreachable",upstream="alpha"} 1"#,
            r#"interlingua_turned_away_total{cause="slow-head"} 1"#,
            r#"interlingua_configuration_info{version="12ab"} 1"#,
            "interlingua_configuration_loaded_timestamp_seconds 1795305600",
            "interlingua_configuration_refused 0",
            r#"interlingua_reloads_total{outcome="applied"} 1"#,
            r#"interlingua_cache_lookups_total{operation="getThing",result="hit",upstream="alpha"} 1"#,
            r#"interlingua_cache_stored_total{operation="getThing",upstream="alpha"} 1"#,
            r#"interlingua_cache_invalidations_total{upstream="alpha"} 1"#,
            "interlingua_cache_entries 1",
            "interlingua_cache_bytes 7",
            r#"interlingua_losses_total{code="no-place",mapping="thing",place="name.full",upstream="alpha"} 1"#,
            r#"interlingua_build_info{version="1.2.3"} 1"#,
            "interlingua_requests_in_flight 1",
        ] {
            assert!(text.contains(line), "{line} is missing in\n{text}");
        }
    }

    #[test]
    fn handles_that_are_never_used_add_no_series() {
        let metrics = metrics();
        let before = metrics.encode().unwrap();

        let _meters: Vec<_> = (0..100)
            .map(|n| metrics.operation(&format!("operation{n}"), "alpha"))
            .collect();

        assert_eq!(metrics.encode().unwrap(), before);
    }

    #[test]
    fn a_kept_answer_is_counted_until_it_goes() {
        let metrics = metrics();
        let cache = metrics.cache();
        let (first, second) = (cache.hold(5), metrics.cache().hold(2));
        assert_eq!(cache_now(&metrics), (2, 7));
        drop(first);
        assert_eq!(cache_now(&metrics), (1, 2));
        drop(second);
        assert_eq!(cache_now(&metrics), (0, 0));
    }

    fn cache_now(metrics: &Metrics) -> (i64, i64) {
        let now = |gauge: &IntGaugeVec| gauge.with_label_values::<&str>(&[]).get();
        (now(&metrics.cache_entries), now(&metrics.cache_bytes))
    }

    #[test]
    fn two_handles_of_one_place_count_together() {
        let metrics = metrics();

        let count = |status| {
            metrics
                .operation("getThing", "alpha")
                .request(status, Sent::Untold)
        };
        count(200).inc();
        count(201).inc();

        assert_eq!(count(200).get(), 2);
    }

    #[test]
    fn a_call_in_flight_is_counted_until_it_ends() {
        let metrics = metrics();

        let call = metrics.in_flight();
        assert_eq!(metrics.in_flight.get(), 1);
        drop(call);

        assert_eq!(metrics.in_flight.get(), 0);
    }
}
