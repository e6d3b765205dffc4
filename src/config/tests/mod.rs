//! Configurations as a whole: defaults, precedence, and the schema beside the reader.

use std::time::Duration;

use jsonschema::Validator;
use serde_json::{Value as Json, json};

use super::environment::Fixed;
use super::*;
use crate::telemetry::LogSettings;

const OPERATIONS: &[&str] = &["getThing"];

fn load_with(text: &str, flags: Flags<'_>, environment: &Fixed) -> Result<Settings, String> {
    let mut sources = Sources::new();
    let file = sources.add("interlingua.yaml", text);
    let mut report = Report::new();
    let given = Given {
        file: Some(file),
        flags,
        environment,
        operations: OPERATIONS,
    };
    load(&given, &mut sources, &mut report).ok_or_else(|| format!("{:?}", report.sorted(&sources)))
}

fn environment() -> Fixed {
    Fixed::default()
        .with_variable("KEY", "s3cr3t")
        .with_file("/tls/crt", "s3cr3t certificate")
        .with_file("/tls/key", "s3cr3t key")
}

fn load_text(text: &str) -> Result<Settings, String> {
    load_with(text, &[], &environment())
}

#[test]
fn what_is_left_out_is_the_default() {
    let settings =
        load_text("upstreams: { alpha: { settings: { base-url: 'http://127.0.0.1:8101' } } }")
            .unwrap();

    assert_eq!(settings.listeners.traffic.to_string(), "127.0.0.1:8080");
    assert_eq!(settings.listeners.admin.to_string(), "127.0.0.1:9901");
    assert_eq!(settings.listeners.probes.to_string(), "0.0.0.0:9902");
    assert_eq!(settings.limits, Limits::default());
    assert_eq!(settings.log, LogSettings::default());
    assert_eq!(settings.routing, Routing::default());
    assert_eq!(settings.caller.kind, CallerKind::System);
    assert!(settings.callers.is_none());
    let [alpha] = settings.upstreams.as_slice() else {
        panic!("one upstream");
    };
    assert_eq!(
        (alpha.name.as_str(), alpha.mapping.as_str()),
        ("alpha", "alpha")
    );
    assert_eq!(alpha.conduct, Conduct::default());
    assert!(alpha.auth.is_none());
    assert!(settings.cache.is_enabled && alpha.cache.is_enabled);
    assert_eq!(
        (settings.cache.bytes, alpha.cache.longest),
        (64 << 20, None)
    );
    assert_eq!(alpha.settings[0].value.expose(), "http://127.0.0.1:8101");
}

#[test]
fn an_upstream_may_stand_there_with_nothing_but_its_name() {
    let settings = load_text("upstreams:\n  alpha:\n  beta: { mapping: alpha }\n").unwrap();

    let upstreams: Vec<_> = settings
        .upstreams
        .iter()
        .map(|upstream| (upstream.name.as_str(), upstream.mapping.as_str()))
        .collect();
    assert_eq!(upstreams, [("alpha", "alpha"), ("beta", "alpha")]);
}

#[test]
fn everything_can_be_said() {
    let settings = load_text(&full().to_string()).unwrap();

    let alpha = &settings.upstreams[0];
    assert_eq!(
        alpha.conduct.deadlines.first_byte,
        Duration::from_millis(200)
    );
    assert_eq!(alpha.conduct.pool.concurrency, 8);
    assert_eq!(alpha.conduct.pool.queue, 3);
    assert_eq!(alpha.conduct.retries.attempts, 3);
    assert_eq!(alpha.conduct.retries.budget, 20);
    assert_eq!(alpha.conduct.breaker.failures, 7);
    assert_eq!(alpha.conduct.breaker.longest, Duration::from_secs(2));
    let addresses = &alpha.conduct.addresses;
    assert_eq!(addresses.refresh, Duration::from_secs(10));
    assert_eq!(addresses.stale, Duration::from_secs(60));
    assert_eq!(addresses.failures, 4);
    assert_eq!(addresses.rest, Duration::from_secs(2));
    assert_eq!(addresses.longest, Duration::from_secs(20));
    assert_eq!(addresses.allow.len(), 2);
    assert_eq!(alpha.cache.longest, Some(Duration::from_secs(5)));
    assert_eq!(settings.cache.bytes, 1 << 20);
    assert!(alpha.settings[1].value.is_secret());
    assert!(matches!(&alpha.auth, Some(Auth::Basic { username, .. }) if username.expose() == "me"));
    let Some(Auth::Headers(headers)) = &settings.upstreams[1].auth else {
        panic!("headers");
    };
    assert!(headers.iter().all(|(_, value)| value.is_sensitive()));
    assert_eq!(
        settings.routing.rules[0].calls,
        Calls::Operation("getThing".to_owned())
    );
    assert_eq!(
        settings.routing.rules[1].calls,
        Calls::Below("/things".to_owned())
    );
    assert_eq!(settings.caller.id.as_deref(), Some("a17"));
    let seconds = Duration::from_secs;
    let limits = Limits {
        body: 64 << 10,
        answer: 1 << 20,
        header: 16 << 10,
        headers: 50,
        concurrency: 10,
        connections: 500,
        connections_of_peer: Some(50),
        streams: 20,
        head_time: seconds(5),
        body_rate: 2 << 10,
        idle: seconds(30),
        drain: seconds(20),
        drain_step: seconds(3),
    };
    assert_eq!(settings.limits, limits);
    let tls = settings.tls.unwrap();
    assert_eq!(tls.certificate.file.as_deref(), Some("/tls/crt"));
    assert!(tls.clients.is_some_and(|clients| clients.file.is_none()));
    assert!(!settings.log.access_log);
}

#[test]
fn callers_are_known_by_what_proves_them() {
    let settings = load_text(&full().to_string()).unwrap();

    let callers = settings.callers.unwrap();
    let [shop] = callers.known.as_slice() else {
        panic!("one caller");
    };
    assert_eq!(shop.keys, [KeyHash([0xA5; 32])]);
    let permitted = [Permitted::Reads, Permitted::Operation("getThing".into())];
    assert_eq!(shop.operations.as_deref(), Some(&permitted[..]));
    assert!(shop.acts_for_others);
    let tokens = callers.tokens.unwrap();
    assert_eq!(
        (tokens.claim.as_str(), tokens.leeway.as_secs()),
        ("client_id", 30)
    );
}

#[test]
fn a_journal_is_a_file_a_redis_or_none() {
    let journal = |said: &str| {
        let text = format!("{{upstreams: {{alpha: }}, journal: {said}}}");
        load_text(&text).map(|settings| settings.journal)
    };
    let left_out = load_text("upstreams: { alpha: }").unwrap().journal;
    assert!(matches!(left_out.store, JournalStore::Beside));
    assert_eq!(left_out.retention, Duration::from_secs(24 * 60 * 60));
    let file = journal("{store: /var/lib/x}").unwrap();
    assert!(matches!(file.store, JournalStore::File(path) if path.ends_with("x")));
    let none = journal("{store: none}").unwrap();
    assert!(matches!(none.store, JournalStore::None));
    let shared = journal("{store: 'redis://h:1/2', secret: {env: KEY}}").unwrap();
    assert!(
        matches!(shared.store, JournalStore::Redis { address, .. } if address == "redis://h:1/2")
    );
    for wrong in [
        "{store: 'redis://h:1/2'}",
        "{store: 'redis://me:word@h:1/2', secret: {env: KEY}}",
        "{store: 'https://h'}",
        "{retention: 1s}",
        "{secret: word}",
    ] {
        let refused = journal(wrong).err();
        assert!(refused.is_some(), "{wrong}");
        assert!(!refused.unwrap_or_default().contains("me:word"), "{wrong}");
    }
}

#[test]
fn a_secret_is_in_no_dump() {
    let settings = load_text(&full().to_string()).unwrap();

    let dump = format!("{settings:?}");

    assert!(!dump.contains("s3cr3t"), "{dump}");
}

#[test]
fn a_flag_goes_before_a_variable_before_the_file() {
    let text = "{listen: '127.0.0.1:1', admin: '127.0.0.1:2', probes: '127.0.0.1:3', upstreams: {alpha: }}";
    let environment = Fixed::default()
        .with_variable("INTERLINGUA_LISTEN", "127.0.0.1:11")
        .with_variable("INTERLINGUA_ADMIN", "127.0.0.1:12");

    let settings = load_with(text, &[("listen", "127.0.0.1:21")], &environment).unwrap();

    let ports = [
        settings.listeners.traffic,
        settings.listeners.admin,
        settings.listeners.probes,
    ]
    .map(|a| a.port());
    assert_eq!(ports, [21, 12, 3]);
}

#[test]
fn a_wrong_variable_is_told_by_its_name() {
    let environment = Fixed::default().with_variable("INTERLINGUA_LOG_LEVEL", "loud");

    let told = load_with("upstreams: { alpha: }", &[], &environment).unwrap_err();

    assert!(told.contains("`INTERLINGUA_LOG_LEVEL`"), "{told}");
}

#[test]
fn every_override_names_a_setting_and_its_variable_follows_its_flag() {
    for over in OVERRIDES {
        assert!(Keyword::find(over.path).is_some(), "{}", over.path);
        let variable = format!("INTERLINGUA_{}", over.flag.to_uppercase().replace('-', "_"));
        assert_eq!(over.variable, variable);
    }
}

#[test]
fn every_default_of_the_table_is_in_its_own_form() {
    let settings = load_text("upstreams: { alpha: }").unwrap();
    let again: Vec<_> = KEYWORDS
        .iter()
        .filter_map(|keyword| match keyword.need {
            Need::Default(text) => Some((keyword.path.replace('*', "alpha"), text)),
            _ => None,
        })
        .collect();
    let mut written = json!({ "upstreams": { "alpha": {} } });
    for (path, text) in again {
        let mut at = &mut written;
        for key in path.split('.') {
            at = &mut at[key];
        }
        *at = json!(text);
    }

    let same = load_text(&written.to_string()).unwrap();

    let bare = |mut settings: Settings| {
        settings.upstreams[0].span = None;
        format!("{settings:?}")
    };
    assert_eq!(bare(same), bare(settings));
}

fn full() -> Json {
    json!({
        "listen": "127.0.0.1:0",
        "admin": "127.0.0.1:0",
        "probes": "[::]:9902",
        "tls": { "certificate": { "file": "/tls/crt" }, "private-key": { "file": "/tls/key" }, "clients": { "env": "KEY" } },
        "upstreams": {
            "alpha": {
                "mapping": "first",
                "settings": { "base-url": "https://alpha.example", "key": { "env": "KEY" }, "days": 30 },
                "auth": { "scheme": "basic", "username": "me", "password": { "env": "KEY" } },
                "deadlines": { "connect": "100ms", "first-byte": "200ms", "idle": "300ms", "total": "2s" },
                "pool": { "concurrency": 8, "wait": "50ms", "queue": 3, "idle": "5s" },
                "retries": { "attempts": 3, "budget": 20, "wait": "20ms" },
                "breaker": { "failures": 7, "wait": "250ms", "longest": "2s" }, "addresses": { "refresh": "10s", "stale": "1m", "failures": 4, "rest": "2s", "longest": "20s", "allow": ["169.254.170.2", "fe80::/10"] },
                "callbacks": { "header": "x-callback-key", "secret": { "env": "KEY" }, "from": ["192.0.2.0/24", "2001:db8::1"] },
                "tls": { "ca": { "env": "KEY" } },
                "in-url": { "allow": ["getThing"], "refuse": ["getThing"] }, "cache": { "enabled": true, "longest": "5s" }, "trace-context": true
            },
            "beta": { "auth": { "scheme": "headers", "send": { "x-key": { "env": "KEY" }, "x-app": "interlingua" } } },
            "gamma": { "auth": { "scheme": "mtls", "certificate": { "env": "KEY" }, "private-key": { "env": "KEY" } } }
        },
        "routing": {
            "default": "alpha",
            "rules": [{ "operation": "getThing", "upstream": "beta" }, { "path": "/things/", "upstream": "alpha" }]
        },
        "caller": { "kind": "agent", "id": "a17" },
        "callers": {
            "open": false,
            "known": {
                "shop": {
                    "keys": [format!("sha256:{}", "a5".repeat(32))],
                    "certificates": ["spiffe://example.org/shop", "shop.example"],
                    "subjects": ["shop-1"],
                    "upstreams": ["alpha"],
                    "operations": ["read", "getThing"],
                    "acts-for-others": true
                }
            },
            "tokens": {
                "keys": { "env": "KEY" },
                "issuer": "https://issuer.example",
                "audience": "gateway",
                "claim": "client_id",
                "leeway": "30s"
            }
        },
        "limits": { "body": "64KiB", "answer": 1_048_576, "header": "16KiB", "headers": 50, "concurrency": 10, "deadline": "15s", "connections": 500, "connections-of-peer": 50, "streams": 20, "head-time": "5s", "body-rate": "2KiB", "idle": "30s", "drain": "20s", "drain-step": "3s" },
        "events": { "url": "https://app.example/events", "secret": { "env": "KEY" }, "trace-context": false },
        "journal": {
            "store": "redis://journal.example:6379/1",
            "username": "gateway",
            "password": { "env": "KEY" },
            "secret": { "env": "KEY" }, "retention": "12h"
        },
        "reload": { "watch": true, "every": "5s" }, "cache": { "enabled": true, "bytes": "1MiB" },
        "telemetry": { "log-level": "debug", "format": "json", "access-log": false, "traces": { "endpoint": "http://127.0.0.1:4318/v1/traces", "headers": { "x-key": { "env": "KEY" } }, "sample": "5%", "service-name": "billing" } }
    })
}

#[test]
fn what_is_in_force_is_shown_without_its_secrets() {
    let settings = load_text(&full().to_string()).unwrap();
    let effective = [
        ("base-url".to_owned(), Value::Text("https://a".to_owned())),
        ("key".to_owned(), Value::Secret("s3cr3t".into())),
    ];

    let shown = settings.shown(|name| match name {
        "alpha" => &effective,
        _ => &[],
    });

    let upstreams = &shown["upstreams"];
    assert_eq!(
        upstreams["alpha"]["settings"],
        json!({ "base-url": "https://a", "key": "[redacted]" })
    );
    assert_eq!(
        upstreams["alpha"]["auth"],
        json!({ "scheme": "basic", "username": "me", "password": "[redacted]" })
    );
    assert_eq!(
        upstreams["beta"]["auth"]["send"],
        json!({ "x-key": "[redacted]", "x-app": "[redacted]" })
    );
    assert_eq!(upstreams["gamma"]["auth"]["private-key"], "[redacted]");
    assert_eq!(upstreams["beta"]["deadlines"]["total"], "10s");
    assert_eq!(upstreams["alpha"]["pool"]["wait"], "50ms");
    assert_eq!(upstreams["alpha"]["trace-context"], true);
    assert_eq!(upstreams["beta"]["trace-context"], false);
    assert_eq!(shown["events"]["trace-context"], false);
    let traces = json!({
        "endpoint": "http://127.0.0.1:4318/v1/traces",
        "headers": { "x-key": "[redacted]" },
        "sample": "5%",
        "service-name": "billing",
    });
    assert_eq!(shown["telemetry"]["traces"], traces);
    assert_eq!(shown["routing"]["rules"][1]["path"], "/things");
    assert_eq!(shown["limits"]["deadline"], "15s");
    let cache = json!({ "enabled": true, "bytes": 1 << 20 });
    assert_eq!(shown["cache"], cache);
    let cache = json!({ "enabled": true, "longest": "5s" });
    assert_eq!(upstreams["alpha"]["cache"], cache);
    let shop = &shown["callers"]["known"]["shop"];
    assert_eq!(shop["keys"], json!(["[redacted]"]));
    assert_eq!(shop["operations"], json!(["read", "getThing"]));
    assert_eq!(shown["callers"]["tokens"]["keys"], "[redacted]");
    for text in [shown.to_string(), format!("{settings:?}")] {
        assert!(!text.contains("s3cr3t"), "{text}");
    }
}

fn validator() -> Validator {
    jsonschema::validator_for(&schema()).unwrap()
}

#[test]
fn the_schema_file_is_the_tables() {
    let file = include_str!("../../../schemas/config/interlingua.schema.json");

    let made = serde_json::to_string_pretty(&schema()).unwrap() + "\n";

    assert!(
        file == made,
        "schemas/config/interlingua.schema.json must be\n{made}"
    );
}

#[test]
fn schema_and_reader_agree_on_what_is_right() {
    for right in [full(), json!({ "upstreams": { "alpha": {} } })] {
        assert!(validator().is_valid(&right), "{right}");
        assert!(load_text(&right.to_string()).is_ok(), "{right}");
    }
}

#[test]
fn every_setting_is_in_the_full_example() {
    let full = full();
    for keyword in KEYWORDS {
        let mut found = vec![&full];
        for key in keyword.path.split('.') {
            found = found
                .into_iter()
                .flat_map(|value| match (key, value) {
                    ("*", Json::Object(map)) => map.values().collect(),
                    ("[]", Json::Array(items)) => items.iter().collect(),
                    (key, value) => value.get(key).into_iter().collect::<Vec<_>>(),
                })
                .collect();
        }
        assert!(!found.is_empty(), "{}", keyword.path);
    }
}

/// Settings of the full example, with values that they do not have.
fn wrong_values() -> Vec<(&'static str, Json)> {
    vec![
        ("/listen", json!("localhost:80")),
        ("/listen", json!({})),
        ("/listen", json!("127.0.0.1:65536")),
        ("/listen", json!("127.0.0.256:80")),
        ("/limits/deadline", json!("15")),
        ("/limits/connections-of-peer", json!(0)),
        ("/limits/streams", json!(10_001)),
        ("/limits/drain-step", json!("0s")),
        ("/tls", json!({})),
        ("/tls/private-key", json!("-----BEGIN PRIVATE KEY-----")),
        ("/upstreams", json!({})),
        ("/upstreams", json!({ "Alpha": {} })),
        ("/upstreams/alpha/mapping", json!("../x")),
        (
            "/upstreams/alpha/settings/key",
            json!({ "env": "KEY", "file": "x" }),
        ),
        ("/upstreams/alpha/settings/key", json!({ "vault": "x" })),
        ("/upstreams/alpha/auth/scheme", json!("digest")),
        ("/upstreams/alpha/auth/password", json!("s3cr3t")),
        ("/upstreams/alpha/auth", json!({})),
        ("/upstreams/gamma/auth/private-key", json!("s3cr3t")),
        ("/upstreams/alpha/retries/attempts", json!(0)),
        ("/upstreams/alpha/retries/budget", json!(101)),
        ("/upstreams/alpha/breaker/failures", json!(0)),
        ("/upstreams/alpha/addresses/failures", json!(0)),
        ("/upstreams/alpha/addresses/allow", json!("fe80::/10")),
        ("/upstreams/alpha/cache/longest", json!("0s")),
        ("/cache/bytes", json!("64MB")),
        ("/upstreams/alpha/deadlines/total", json!("5")),
        ("/upstreams/alpha/deadlines/total", json!("0s")),
        ("/upstreams/alpha/deadlines", json!({ "retry": "1s" })),
        ("/upstreams/alpha/pool/concurrency", json!(0)),
        ("/routing/rules", json!({})),
        ("/routing/rules/0/upstream", json!([])),
        ("/routing/rules/0", json!({ "operation": "getThing" })),
        ("/caller/kind", json!("robot")),
        ("/limits/body", json!("1MB")),
        ("/limits/headers", json!(7)),
        ("/upstreams/alpha/callbacks", json!({})),
        ("/upstreams/alpha/callbacks/secret", json!("s3cr3t")),
        ("/upstreams/alpha/callbacks/from", json!("192.0.2.1")),
        ("/upstreams/alpha/tls", json!({})),
        ("/upstreams/alpha/tls/ca", json!("s3cr3t")),
        ("/upstreams/alpha/in-url/allow", json!("getThing")),
        ("/events", json!({ "url": "https://app.example" })),
        ("/events/secret", json!("s3cr3t")),
        ("/events/trace-context", json!("yes")),
        ("/upstreams/alpha/trace-context", json!("traceparent")),
        ("/telemetry/log-level", json!("loud")),
        ("/telemetry/access-log", json!("yes")),
        ("/telemetry/traces/headers/x-key", json!("s3cr3t")),
        ("/telemetry/traces/sample", json!("0%")),
        ("/telemetry/traces", json!({ "sample": "1%" })),
    ]
}

#[test]
fn schema_and_reader_agree_on_what_is_wrong() {
    for (pointer, wrong) in wrong_values() {
        let mut config = full();
        *config.pointer_mut(pointer).unwrap() = wrong.clone();

        assert!(
            !validator().is_valid(&config),
            "the schema takes {pointer} {wrong}"
        );
        assert!(
            load_text(&config.to_string()).is_err(),
            "the reader takes {pointer} {wrong}"
        );
    }
}

#[test]
fn callbacks_need_a_header_and_somebody_who_gets_events() {
    for (pointer, wrong, told) in [
        ("/events", None, "`events` is missing"),
        (
            "/events/url",
            Some(json!("app.example/x")),
            "`events.url` must be",
        ),
        (
            "/events/url",
            Some(json!("ftp://app.example/x")),
            "`events.url` must be",
        ),
        (
            "/events/url",
            Some(json!("https://me:pw@app.example/")),
            "`events.url` must be",
        ),
        (
            "/upstreams/alpha/callbacks/header",
            Some(json!("two words")),
            "must be the name of a header",
        ),
        (
            "/upstreams/alpha/callbacks/from/0",
            Some(json!("example.com")),
            "must be an address",
        ),
        (
            "/upstreams/alpha/callbacks/from",
            Some(json!([])),
            "names no address",
        ),
        (
            "/upstreams/alpha/in-url/refuse/0",
            Some(json!("getThin")),
            "there is no operation `getThin`",
        ),
    ] {
        let mut config = full();
        match wrong {
            Some(wrong) => *config.pointer_mut(pointer).unwrap() = wrong,
            None => {
                config.as_object_mut().unwrap().remove("events");
            }
        }
        let fault = load_text(&config.to_string()).unwrap_err();
        assert!(fault.contains(told), "{fault}");
    }
    let settings = load_text(&full().to_string()).unwrap();
    let callbacks = settings.upstreams[0].callbacks.as_ref().unwrap();
    assert_eq!(callbacks.header, "x-callback-key");
    assert!(callbacks.from[0].holds("192.0.2.7".parse().unwrap()));
    assert!(!callbacks.from[1].holds("192.0.2.7".parse().unwrap()));
    assert_eq!(settings.upstreams[0].in_url.allow, ["getThing"]);
    assert!(!format!("{settings:?}").contains("s3cr3t"));
    assert!(!settings.shown(|_| &[]).to_string().contains("s3cr3t"));
}
