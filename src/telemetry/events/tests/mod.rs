//! Events as operators see them: the line, the count, the span.

use std::io::{self, Write};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use serde_json::Value;
use tracing::Span;

use super::*;
use crate::telemetry::trace::TraceParent;
use crate::telemetry::{
    CacheUse, CallIds, Direction, Event, LogFormat, LogLevel, LogSettings, Metrics, Sent,
    Telemetry, span,
};

const CALL: CallIds<'_> = CallIds {
    request_id: "r1",
    trace_id: None,
};

#[derive(Clone, Default)]
struct Sink(Arc<Mutex<Vec<u8>>>);

impl Write for Sink {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Runs with logs at this level and gives back the lines.
fn logged(level: LogLevel, access_log: bool, act: impl FnOnce(&Telemetry)) -> Vec<Value> {
    let metrics = Metrics::new("0").unwrap();
    let telemetry = Telemetry {
        metrics: metrics.clone(),
        access_log,
        traces: Default::default(),
    };
    let settings = LogSettings {
        level,
        format: LogFormat::Json,
        access_log,
    };
    let sink = Sink::default();
    let (subscriber, _control, guard) = settings.subscriber(true, sink.clone(), &metrics).unwrap();
    tracing::subscriber::with_default(subscriber, || act(&telemetry));
    drop(guard);
    let bytes = sink.0.lock().unwrap().clone();
    String::from_utf8(bytes)
        .unwrap()
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect()
}

fn serve(telemetry: &Telemetry, status: u16, code: Option<&'static str>) {
    CallServed {
        meters: &telemetry.metrics.operation("getThing", "alpha"),
        span: &Span::none(),
        call: CALL,
        status,
        code,
        sent: code.map_or(Sent::Untold, |_| Sent::Answered),
        caller: Some("shop"),
        cache: (status == 200).then_some(CacheUse::Hit),
        duration: Duration::from_millis(3),
        recorded: None,
    }
    .emit(telemetry);
}

#[test]
fn a_served_call_is_a_line_and_a_count() {
    let mut metrics = String::new();
    let lines = logged(LogLevel::Info, true, |telemetry| {
        serve(telemetry, 404, Some("not-found"));
        metrics = telemetry.metrics.encode().unwrap();
    });

    let [line] = lines.as_slice() else {
        panic!("one line, not {lines:?}");
    };
    for (field, value) in [
        ("level", Value::from("INFO")),
        ("target", "interlingua::access".into()),
        ("message", "call served".into()),
        ("request_id", "r1".into()),
        ("caller", "shop".into()),
        ("operation", "getThing".into()),
        ("upstream", "alpha".into()),
        ("status", 404.into()),
        ("code", "not-found".into()),
        ("sent", "answered".into()),
        ("duration", 0.003.into()),
    ] {
        assert_eq!(line[field], value, "{field}");
    }
    for series in [
        r#"interlingua_requests_total{operation="getThing",outcome="refused",sent="answered",status="4xx",upstream="alpha"} 1"#,
        r#"interlingua_problems_total{code="not-found",operation="getThing",upstream="alpha"} 1"#,
        r#"interlingua_request_duration_seconds_sum{operation="getThing",upstream="alpha"} 0.003"#,
    ] {
        assert!(metrics.contains(series), "{series}");
    }
}

#[test]
fn a_line_says_what_the_cache_had() {
    let mut metrics = String::new();
    let lines = logged(LogLevel::Info, true, |telemetry| {
        serve(telemetry, 200, None);
        metrics = telemetry.metrics.encode().unwrap();
    });

    assert_eq!(lines[0]["cache"], "hit");
    let series =
        r#"interlingua_cache_lookups_total{operation="getThing",result="hit",upstream="alpha"} 1"#;
    assert!(metrics.contains(series));
}

#[test]
fn the_access_log_can_be_off_while_calls_are_counted() {
    let mut metrics = String::new();
    let lines = logged(LogLevel::Info, false, |telemetry| {
        serve(telemetry, 200, None);
        metrics = telemetry.metrics.encode().unwrap();
    });

    assert_eq!(lines, Vec::<Value>::new());
    assert!(metrics.contains(r#"outcome="ok",sent="none",status="2xx",upstream="alpha"} 1"#));
}

#[test]
fn a_fault_of_the_gateway_is_an_error() {
    let lines = logged(LogLevel::Error, true, |telemetry| {
        serve(telemetry, 200, None);
        serve(telemetry, 500, Some("internal"));
    });

    let statuses: Vec<_> = lines.iter().map(|line| line["status"].clone()).collect();
    assert_eq!(statuses, [500]);
}

#[test]
fn a_failed_exchange_warns_and_an_answered_one_does_not() {
    let lines = logged(LogLevel::Info, true, |telemetry| {
        let meters = telemetry.metrics.operation("getThing", "alpha");
        for end in [
            ExchangeEnd::Answered(500),
            ExchangeEnd::Failed {
                kind: "dropped",
                maybe_sent: true,
            },
        ] {
            Exchanged {
                meters: &meters,
                call: CALL,
                end,
                duration: Duration::from_millis(1),
            }
            .emit(telemetry);
        }
        let text = telemetry.metrics.encode().unwrap();
        assert!(
            text.contains(r#"calls_total{operation="getThing",outcome="5xx",upstream="alpha"} 1"#)
        );
        assert!(
            text.contains(
                r#"calls_total{operation="getThing",outcome="dropped",upstream="alpha"} 1"#
            )
        );
        assert!(text.contains(
            r#"upstream_call_duration_seconds_count{operation="getThing",upstream="alpha"} 2"#
        ));
    });

    let [line] = lines.as_slice() else {
        panic!("one line, not {lines:?}");
    };
    assert_eq!(line["level"], "WARN");
    assert_eq!(line["kind"], "dropped");
    assert_eq!(line["maybe_sent"], true);
}

#[test]
fn translations_and_losses_are_counted_and_told_at_debug_only() {
    let act = |telemetry: &Telemetry| {
        Translated {
            meters: &telemetry.metrics.operation("getThing", "alpha"),
            direction: Direction::ToCanonical,
            bytes: 1_200,
            duration: Duration::from_micros(2),
        }
        .emit(telemetry);
        ValueLost {
            meter: &telemetry
                .metrics
                .loss("alpha", "thing", "name.full", "no-place"),
            direction: Direction::ToNative,
            request_id: "r1",
        }
        .emit(telemetry);
        let text = telemetry.metrics.encode().unwrap();
        assert!(text.contains(r#"place="name.full",upstream="alpha"} 1"#));
        assert!(text.contains(
            r#"direction="to-canonical",operation="getThing",upstream="alpha",le="0.000002"} 1"#
        ));
    };

    assert_eq!(logged(LogLevel::Info, true, act).len(), 0);
    let lines = logged(LogLevel::Debug, true, act);
    let messages: Vec<_> = lines.iter().map(|line| line["message"].clone()).collect();
    assert_eq!(messages, ["message translated", "value lost"]);
}

#[test]
fn a_span_exists_at_debug_only_and_ends_with_its_attributes() {
    logged(LogLevel::Info, true, |_| {
        assert!(span::call("getThing", CALL).is_none())
    });

    let lines = logged(LogLevel::Debug, true, |telemetry| {
        let span = span::call("getThing", CALL);
        let _entered = span.enter();
        CallServed {
            meters: &telemetry.metrics.operation("getThing", "alpha"),
            span: &span,
            call: CALL,
            status: 200,
            code: None,
            sent: Sent::Untold,
            caller: None,
            cache: None,
            duration: Duration::ZERO,
            recorded: None,
        }
        .emit(telemetry);
    });

    assert_eq!(lines[0]["span"]["name"], "call");
    assert_eq!(lines[0]["span"]["status"], 200);
    assert_eq!(lines[0]["span"]["upstream"], "alpha");
}

#[test]
fn a_panic_is_an_error_without_its_text() {
    let lines = logged(LogLevel::Error, true, |telemetry| {
        Panicked {
            operation: "getThing",
            call: CALL,
        }
        .emit(telemetry);
        assert!(
            telemetry
                .metrics
                .encode()
                .unwrap()
                .contains("interlingua_panics_total 1")
        );
    });

    assert_eq!(lines[0]["request_id"], "r1");
}

#[test]
fn a_name_is_told_when_what_it_leads_to_is_news() {
    let lines = logged(LogLevel::Info, true, |telemetry| {
        let meters = &telemetry.metrics.upstream("alpha");
        for (outcome, is_news) in [
            (Lookup::Found, false),
            (Lookup::Timeout, true),
            (Lookup::Timeout, false),
            (Lookup::Found, true),
        ] {
            LookedUp {
                meters,
                outcome,
                is_news,
            }
            .emit(telemetry);
        }
        let text = telemetry.metrics.encode().unwrap();
        let series = r#"upstream_lookups_total{outcome="timeout",upstream="alpha"} 2"#;
        assert!(text.contains(series));
    });

    let told = lines.iter().map(|line| (&line["level"], &line["message"]));
    let told: Vec<_> = told
        .map(|(level, message)| (level.as_str().unwrap(), message.as_str().unwrap()))
        .collect();
    assert_eq!(
        told,
        [
            ("WARN", "upstream's name is not found"),
            ("INFO", "upstream's name is found")
        ]
    );
}

#[test]
fn an_address_is_named_where_it_is_left_alone() {
    let lines = logged(LogLevel::Info, true, |telemetry| {
        let meters = &telemetry.metrics.upstream("alpha");
        AddressRefused {
            meters,
            address: "169.254.169.254".parse().unwrap(),
            range: "link-local",
        }
        .emit(telemetry);
        let address = "192.0.2.7:443".parse().unwrap();
        let time = Duration::from_secs(2);
        AddressRests {
            meters,
            address,
            time,
        }
        .emit(telemetry);
        AddressBack { meters, address }.emit(telemetry);
        let text = telemetry.metrics.encode().unwrap();
        let series = r#"addresses_refused_total{cause="link-local",upstream="alpha"} 1"#;
        assert!(text.contains(series));
    });

    let addresses: Vec<_> = lines.iter().map(|line| line["address"].clone()).collect();
    assert_eq!(
        addresses,
        ["169.254.169.254", "192.0.2.7:443", "192.0.2.7:443"]
    );
    assert_eq!(lines[0]["range"], "link-local");
    assert_eq!(lines[1]["time"], 2.0);
}

#[test]
fn the_life_of_the_process_is_told() {
    let lines = logged(LogLevel::Info, true, |telemetry| {
        ListenerBound {
            listener: "traffic",
            address: "127.0.0.1:8080".parse().unwrap(),
        }
        .emit(telemetry);
        ConfigurationLoaded {
            path: None,
            upstreams: 2,
            version: "12ab",
        }
        .emit(telemetry);
        MappingsLoaded {
            upstream: "alpha",
            version: "34cd",
            operations: 7,
            duration: Duration::from_millis(4),
        }
        .emit(telemetry);
        MappingsFound {
            findings: "the mappings have 1 warnings",
        }
        .emit(telemetry);
        Stopping { cause: "SIGTERM" }.emit(telemetry);
    });

    let messages: Vec<_> = lines.iter().map(|line| line["message"].clone()).collect();
    assert_eq!(
        messages,
        [
            "listening",
            "configuration loaded",
            "mappings loaded",
            "the mappings have 1 warnings",
            "stopping"
        ]
    );
    assert_eq!(lines[0]["address"], "127.0.0.1:8080");
}

#[test]
fn the_level_changes_while_the_process_runs() {
    let metrics = Metrics::new("0").unwrap();
    let sink = Sink::default();
    let settings = LogSettings::default();
    let (subscriber, control, guard) = settings.subscriber(true, sink.clone(), &metrics).unwrap();

    tracing::subscriber::with_default(subscriber, || {
        tracing::debug!(target: "interlingua::x", "before");
        assert!(control.set(LogLevel::Debug));
        tracing::debug!(target: "interlingua::x", "after");
        tracing::debug!(target: "another_crate", "never");
    });
    drop(guard);

    let text = String::from_utf8(sink.0.lock().unwrap().clone()).unwrap();
    assert!(
        text.contains("after") && !text.contains("before") && !text.contains("never"),
        "{text}"
    );
}

/// Everything that is told of one call where logs are as usual.
fn tell_of(call: CallIds<'_>, telemetry: &Telemetry) {
    let meters = telemetry.metrics.operation("getThing", "alpha");
    CallServed {
        meters: &meters,
        span: &Span::none(),
        call,
        status: 200,
        code: None,
        sent: Sent::Untold,
        caller: None,
        cache: None,
        duration: Duration::ZERO,
        recorded: None,
    }
    .emit(telemetry);
    let end = ExchangeEnd::Failed {
        kind: "dropped",
        maybe_sent: true,
    };
    Exchanged {
        meters: &meters,
        call,
        end,
        duration: Duration::ZERO,
    }
    .emit(telemetry);
    for met in [Met::Unknown, Met::Failed("unreadable")] {
        Journaled { call, met }.emit(telemetry);
    }
    for end in [EventEnd::Refused(500), EventEnd::Failed("dropped")] {
        EventSent {
            upstream: "alpha",
            event: "unknown",
            call,
            end,
        }
        .emit(telemetry);
    }
    let operation = "getThing";
    Panicked { operation, call }.emit(telemetry);
    PartFailed {
        meters: &meters,
        call,
        code: "upstream-failed",
    }
    .emit(telemetry);
}

#[test]
fn what_concerns_a_call_is_told_with_its_trace() {
    let parent = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
    let trace = TraceParent::read(parent).unwrap().trace;
    for (trace_id, told) in [(Some(trace), trace.to_string().into()), (None, Value::Null)] {
        let call = CallIds { trace_id, ..CALL };
        let lines = logged(LogLevel::Info, true, |telemetry| tell_of(call, telemetry));
        let traces: Vec<_> = lines.iter().map(|line| &line["trace_id"]).collect();
        assert_eq!(traces, [&told; 8]);
    }
}
