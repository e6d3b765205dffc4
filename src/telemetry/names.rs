//! Every name that operators build dashboards and alarms on: metrics, labels, units. Nothing else names one.

/// Metrics in Prometheus' conventions: base units, `_total` on counters.
pub mod metric {
    /// A metric's name and what it counts.
    #[derive(Debug, Clone, Copy, PartialEq, Eq)]
    pub struct Metric {
        /// The whole name.
        pub name: &'static str,
        /// What it counts, as `/metrics` says it.
        pub help: &'static str,
        /// Its labels, in the order in which handles give their values.
        pub labels: &'static [&'static str],
    }

    use super::label;

    /// Calls answered.
    pub const REQUESTS: Metric = Metric {
        name: "interlingua_requests_total",
        help: "Calls answered, by outcome, class of the HTTP status, and what a problem says became of the call at its upstream.",
        labels: &[
            label::OPERATION,
            label::UPSTREAM,
            label::OUTCOME,
            label::STATUS,
            label::SENT,
        ],
    };
    /// Time of calls.
    pub const REQUEST_DURATION: Metric = Metric {
        name: "interlingua_request_duration_seconds",
        help: "Time from the head of a call to its answer, ready to be written.",
        labels: &[label::OPERATION, label::UPSTREAM],
    };
    /// Calls now being answered.
    pub const REQUESTS_IN_FLIGHT: Metric = Metric {
        name: "interlingua_requests_in_flight",
        help: "Calls that are being answered now.",
        labels: &[],
    };
    /// Problems answered.
    pub const PROBLEMS: Metric = Metric {
        name: "interlingua_problems_total",
        help: "Problems answered, by their code.",
        labels: &[label::OPERATION, label::UPSTREAM, label::CODE],
    };
    /// Exchanges with upstreams.
    pub const UPSTREAM_CALLS: Metric = Metric {
        name: "interlingua_upstream_calls_total",
        help: "Exchanges with an upstream, by class of the status that it answered or by the kind of failure.",
        labels: &[label::OPERATION, label::UPSTREAM, label::OUTCOME],
    };
    /// Time of exchanges.
    pub const UPSTREAM_CALL_DURATION: Metric = Metric {
        name: "interlingua_upstream_call_duration_seconds",
        help: "Time of exchanges with an upstream, waiting for a turn included.",
        labels: &[label::OPERATION, label::UPSTREAM],
    };
    /// Exchanges tried again.
    pub const UPSTREAM_RETRIES: Metric = Metric {
        name: "interlingua_upstream_retries_total",
        help: "Exchanges that could be tried again after a failure, by whether they were: made, or no-budget where too many were already.",
        labels: &[label::UPSTREAM, label::OUTCOME],
    };
    /// Upstreams that are left alone.
    pub const UPSTREAM_SUSPENDED: Metric = Metric {
        name: "interlingua_upstream_suspended",
        help: "1 while an upstream is left alone because it failed too often or asked for time, else 0.",
        labels: &[label::UPSTREAM],
    };
    /// Times at which upstreams were left alone.
    pub const UPSTREAM_SUSPENSIONS: Metric = Metric {
        name: "interlingua_upstream_suspensions_total",
        help: "Times at which an upstream began to be left alone, by cause: failing, or asked where it answered with a time to come back.",
        labels: &[label::UPSTREAM, label::CAUSE],
    };
    /// Exchanges that run or wait.
    pub const UPSTREAM_EXCHANGES: Metric = Metric {
        name: "interlingua_upstream_exchanges",
        help: "Exchanges with an upstream that are running or waiting for their turn now.",
        labels: &[label::UPSTREAM, label::STATE],
    };
    /// Connections to upstreams.
    pub const UPSTREAM_CONNECTIONS: Metric = Metric {
        name: "interlingua_upstream_connections",
        help: "Connections to an upstream that are open now.",
        labels: &[label::UPSTREAM],
    };
    /// Connections opened.
    pub const UPSTREAM_CONNECTIONS_OPENED: Metric = Metric {
        name: "interlingua_upstream_connections_opened_total",
        help: "Connections to an upstream that were opened.",
        labels: &[label::UPSTREAM],
    };
    /// Addresses of upstreams.
    pub const UPSTREAM_ADDRESSES: Metric = Metric {
        name: "interlingua_upstream_addresses",
        help: "Addresses of an upstream that are known now, by whether calls go there: in-use, or resting after failures.",
        labels: &[label::UPSTREAM, label::STATE],
    };
    /// Look-ups of names.
    pub const UPSTREAM_LOOKUPS: Metric = Metric {
        name: "interlingua_upstream_lookups_total",
        help: "Look-ups of an upstream's name, by outcome: found, refused where every address found is one that is never called, failed, or timeout.",
        labels: &[label::UPSTREAM, label::OUTCOME],
    };
    /// Addresses that were refused.
    pub const UPSTREAM_ADDRESSES_REFUSED: Metric = Metric {
        name: "interlingua_upstream_addresses_refused_total",
        help: "Addresses found for an upstream that are never called, by the range that they are of; counted when one appears, not with each look-up.",
        labels: &[label::UPSTREAM, label::CAUSE],
    };
    /// Time of translations.
    pub const TRANSLATION: Metric = Metric {
        name: "interlingua_translation_seconds",
        help: "Time of translating one message.",
        labels: &[label::OPERATION, label::UPSTREAM, label::DIRECTION],
    };
    /// Values lost.
    pub const LOSSES: Metric = Metric {
        name: "interlingua_losses_total",
        help: "Values that a translation could not carry, by the mapping and the place that the mapping file names.",
        labels: &[label::UPSTREAM, label::MAPPING, label::PLACE, label::CODE],
    };
    /// Events that upstreams sent by themselves.
    pub const EVENTS: Metric = Metric {
        name: "interlingua_events_total",
        help: "Events that upstreams sent by themselves, by what became of them: delivered, refused by the application, or failed on the way to it.",
        labels: &[label::UPSTREAM, label::EVENT, label::OUTCOME],
    };
    /// Writes that bear a key.
    pub const KEYED_CALLS: Metric = Metric {
        name: "interlingua_keyed_calls_total",
        help: "Writes that bear an idempotency key, by what the journal says of it: new, in-flight, reused, answered, unknown, found, absent, again, or failed where it cannot say or not write down.",
        labels: &[label::OUTCOME],
    };
    /// Reads of operations whose answers are kept.
    pub const CACHE_LOOKUPS: Metric = Metric {
        name: "interlingua_cache_lookups_total",
        help: "Reads of operations whose answers may be kept, by what they got: hit, miss, collapsed where they waited for another's exchange, or bypass where the cache was passed by.",
        labels: &[label::OPERATION, label::UPSTREAM, label::RESULT],
    };
    /// Answers that were kept.
    pub const CACHE_STORED: Metric = Metric {
        name: "interlingua_cache_stored_total",
        help: "Answers that were kept to be given again.",
        labels: &[label::OPERATION, label::UPSTREAM],
    };
    /// Changes that made kept answers old.
    pub const CACHE_INVALIDATIONS: Metric = Metric {
        name: "interlingua_cache_invalidations_total",
        help: "Writes and callbacks after which kept answers that may show what changed are given no more.",
        labels: &[label::UPSTREAM],
    };
    /// Answers that are kept now.
    pub const CACHE_ENTRIES: Metric = Metric {
        name: "interlingua_cache_entries",
        help: "Kept answers in memory now, those that are given no more and not yet cleared away among them.",
        labels: &[],
    };
    /// Bytes that they take.
    pub const CACHE_BYTES: Metric = Metric {
        name: "interlingua_cache_bytes",
        help: "Bytes that kept answers take in memory now.",
        labels: &[],
    };
    /// What the front turned away.
    pub const TURNED_AWAY: Metric = Metric {
        name: "interlingua_turned_away_total",
        help: "Connections and requests of callers that the front refused or cut off, by cause: a limit, a time, or the rule of HTTP that was broken.",
        labels: &[label::CAUSE],
    };
    /// Panics caught.
    pub const PANICS: Metric = Metric {
        name: "interlingua_panics_total",
        help: "Panics caught at the edge of a call. Any is a bug of the gateway.",
        labels: &[],
    };
    /// Log lines dropped.
    pub const LOG_LINES_DROPPED: Metric = Metric {
        name: "interlingua_log_lines_dropped_total",
        help: "Log lines dropped because what reads them was too slow.",
        labels: &[],
    };
    /// Spans that a collector took.
    pub const SPANS_EXPORTED: Metric = Metric {
        name: "interlingua_spans_exported_total",
        help: "Spans that the collector of traces took.",
        labels: &[],
    };
    /// Spans that nobody has.
    pub const SPANS_DROPPED: Metric = Metric {
        name: "interlingua_spans_dropped_total",
        help: "Spans that were dropped, by cause: no-room where too many were waiting, not-taken where the collector refused them or could not be reached.",
        labels: &[label::CAUSE],
    };
    /// What serves.
    pub const CONFIGURATION_INFO: Metric = Metric {
        name: "interlingua_configuration_info",
        help: "Always 1; the label says which state of configuration and mappings serves.",
        labels: &[label::VERSION],
    };
    /// Since when it serves.
    pub const CONFIGURATION_LOADED: Metric = Metric {
        name: "interlingua_configuration_loaded_timestamp_seconds",
        help: "Time at which the state of configuration and mappings that serves was loaded.",
        labels: &[],
    };
    /// Whether the files say something that cannot serve.
    pub const CONFIGURATION_REFUSED: Metric = Metric {
        name: "interlingua_configuration_refused",
        help: "1 while the files hold a state that was refused, and the one before goes on; else 0.",
        labels: &[],
    };
    /// Files read again.
    pub const RELOADS: Metric = Metric {
        name: "interlingua_reloads_total",
        help: "Times at which the files were read again, by what it came to: applied, unchanged or refused.",
        labels: &[label::OUTCOME],
    };
    /// What is running.
    pub const BUILD_INFO: Metric = Metric {
        name: "interlingua_build_info",
        help: "Always 1; the label says which version runs.",
        labels: &[label::VERSION],
    };

    /// Every metric.
    pub const ALL: [Metric; 34] = [
        REQUESTS,
        REQUEST_DURATION,
        REQUESTS_IN_FLIGHT,
        PROBLEMS,
        UPSTREAM_CALLS,
        UPSTREAM_CALL_DURATION,
        UPSTREAM_RETRIES,
        UPSTREAM_SUSPENDED,
        UPSTREAM_SUSPENSIONS,
        UPSTREAM_EXCHANGES,
        UPSTREAM_CONNECTIONS,
        UPSTREAM_CONNECTIONS_OPENED,
        UPSTREAM_ADDRESSES,
        UPSTREAM_LOOKUPS,
        UPSTREAM_ADDRESSES_REFUSED,
        TRANSLATION,
        LOSSES,
        EVENTS,
        KEYED_CALLS,
        CACHE_LOOKUPS,
        CACHE_STORED,
        CACHE_INVALIDATIONS,
        CACHE_ENTRIES,
        CACHE_BYTES,
        TURNED_AWAY,
        PANICS,
        LOG_LINES_DROPPED,
        SPANS_EXPORTED,
        SPANS_DROPPED,
        CONFIGURATION_INFO,
        CONFIGURATION_LOADED,
        CONFIGURATION_REFUSED,
        RELOADS,
        BUILD_INFO,
    ];
}

/// Labels. Their values come from configuration, mapping files and tables of the code, never from traffic.
pub mod label {
    /// Id of a canonical operation, or [`super::NONE`].
    pub const OPERATION: &str = "operation";
    /// Name of an upstream in the configuration, or [`super::NONE`].
    pub const UPSTREAM: &str = "upstream";
    /// How it ended.
    pub const OUTCOME: &str = "outcome";
    /// What became of the call at its upstream: `not-sent`, `unknown` or `answered`, or [`super::NONE`].
    pub const SENT: &str = "sent";
    /// Class of an HTTP status: `2xx`.
    pub const STATUS: &str = "status";
    /// `to-native` or `to-canonical`.
    pub const DIRECTION: &str = "direction";
    /// Name of a mapping.
    pub const MAPPING: &str = "mapping";
    /// Canonical or native place, as a mapping file names it.
    pub const PLACE: &str = "place";
    /// Code of a problem or of a loss.
    pub const CODE: &str = "code";
    /// Type of an event, in the words of the model.
    pub const EVENT: &str = "event";
    /// Why something was begun, turned away, or refused.
    pub const CAUSE: &str = "cause";
    /// What something is doing now: `running` or `waiting`, `in-use` or `resting`.
    pub const STATE: &str = "state";
    /// What the cache had for a read: `hit`, `miss`, `collapsed` or `bypass`.
    pub const RESULT: &str = "result";
    /// Version of the program, or of the state of its files.
    pub const VERSION: &str = "version";
}

/// What spans tell. The first ones are OpenTelemetry's; of these `url.path`, `url.full` and `client.address` are left
/// out though HTTP spans should have them, since they tell of customers and callers.
pub mod attribute {
    /// The method, or `_OTHER`.
    pub const HTTP_METHOD: &str = "http.request.method";
    /// The path of the operation, with names of inputs in place of their values.
    pub const HTTP_ROUTE: &str = "http.route";
    /// The status of the answer.
    pub const HTTP_STATUS: &str = "http.response.status_code";
    /// How many attempts stand before this one.
    pub const HTTP_RESEND_COUNT: &str = "http.request.resend_count";
    /// The host of an upstream, from the configuration.
    pub const SERVER_ADDRESS: &str = "server.address";
    /// Its port.
    pub const SERVER_PORT: &str = "server.port";
    /// Code of the problem; of an attempt the kind of failure, or the status; or [`GIVEN_UP`].
    pub const ERROR_TYPE: &str = "error.type";
    /// Name of the upstream in the configuration.
    pub const UPSTREAM: &str = "interlingua.upstream";
    /// How the call ended, as metrics say it.
    pub const OUTCOME: &str = "interlingua.outcome";
    /// What a problem says became of the call at its upstream, as metrics say it.
    pub const SENT: &str = "interlingua.sent";
    /// What the cache had, as metrics say it.
    pub const CACHE: &str = "interlingua.cache";
    /// The caller that was proved, by its name in the configuration.
    pub const CALLER: &str = "interlingua.caller";

    /// What became of something that nobody waits for any more.
    pub const GIVEN_UP: &str = "given-up";

    /// The names of the process that made the spans.
    pub const SERVICE_NAME: &str = "service.name";
    /// Its version.
    pub const SERVICE_VERSION: &str = "service.version";
    /// What tells it from its like.
    pub const SERVICE_INSTANCE: &str = "service.instance.id";
}

/// The value of a label where there is nothing to name: a path of no operation, a call that reached no upstream.
pub const NONE: &str = "none";

/// What stands for an upstream where events go to the application. No upstream may have this name.
pub const EVENTS: &str = "(events)";

/// What stands for one where spans go to the collector.
pub const TRACES: &str = "(traces)";

/// Bounds of the time of calls and exchanges: 0.5 ms to 10 s, the default deadline of an exchange.
pub const CALL_SECONDS: [f64; 14] = [
    0.000_5, 0.001, 0.002_5, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0,
];

/// Bounds of the time of a translation: 1 us to 100 ms; a usual document takes two to five microseconds.
pub const TRANSLATION_SECONDS: [f64; 12] = [
    0.000_001, 0.000_002, 0.000_005, 0.000_01, 0.000_025, 0.000_05, 0.000_1, 0.000_25, 0.001,
    0.005, 0.025, 0.1,
];

/// Targets of log lines, for filters of those who read them.
pub mod target {
    /// One line per call.
    pub const ACCESS: &str = "interlingua::access";
    /// Exchanges with upstreams.
    pub const UPSTREAM: &str = "interlingua::upstream";
    /// Translations and what they lost.
    pub const TRANSLATION: &str = "interlingua::translation";
    /// Events on their way to the application.
    pub const EVENTS: &str = "interlingua::events";
    /// Outcomes of keyed calls.
    pub const JOURNAL: &str = "interlingua::journal";
    /// Answers that are kept, and no more.
    pub const CACHE: &str = "interlingua::cache";
    /// What the front refused or cut off.
    pub const FRONT: &str = "interlingua::front";
    /// Spans on their way to the collector.
    pub const TRACES: &str = "interlingua::traces";
    /// Start, reload, stop.
    pub const LIFECYCLE: &str = "interlingua::lifecycle";
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn names_follow_the_conventions_and_are_told_apart() {
        let mut seen = HashSet::new();
        for metric in metric::ALL {
            assert!(metric.name.starts_with("interlingua_"), "{}", metric.name);
            assert!(metric.help.ends_with('.'), "{}", metric.name);
            assert!(seen.insert(metric.name), "{} twice", metric.name);
            assert!(
                !metric.name.contains("_ms") && !metric.name.contains("millis"),
                "{}: base units",
                metric.name
            );
        }
    }

    #[test]
    fn bounds_rise() {
        assert!(CALL_SECONDS.is_sorted());
        assert!(TRANSLATION_SECONDS.is_sorted());
    }
}
