//! The effective configuration for operators, in the words of the file, every secret redacted.

use std::time::Duration;

use serde_json::{Map, Value as Json, json};

use super::conduct::{Addresses, Breaker, Deadlines, Pool, Retries};
use super::secret::Value;
use super::settings::{
    Auth, Callers, Calls, InUrl, Journal, JournalStore, KnownCaller, Limits, Permitted, Settings,
    Traces, Upstream,
};

/// What stands where a secret would.
const REDACTED: &str = "[redacted]";

// === impl Settings ===

impl Settings {
    /// Shows what is in force, defaults among it. `settings` gives what an upstream's mapping was compiled with.
    #[must_use]
    pub fn shown<'s>(&self, settings: impl Fn(&str) -> &'s [(String, Value)]) -> Json {
        let upstreams: Map<String, Json> = self
            .upstreams
            .iter()
            .map(|upstream| {
                let shown = of_upstream(upstream, settings(&upstream.name));
                (upstream.name.clone(), shown)
            })
            .collect();
        let rules: Vec<_> = self
            .routing
            .rules
            .iter()
            .map(|rule| match &rule.calls {
                Calls::Operation(id) => json!({ "operation": id, "upstream": rule.upstream }),
                Calls::Below(path) => json!({ "path": path, "upstream": rule.upstream }),
            })
            .collect();
        json!({
            "listen": self.listeners.traffic.to_string(),
            "admin": self.listeners.admin.to_string(),
            "probes": self.listeners.probes.to_string(),
            "tls": self.tls.as_ref().map(|tls| json!({
                "certificate": REDACTED,
                "private-key": REDACTED,
                "clients": tls.clients.as_ref().map(|_| REDACTED),
            })),
            "upstreams": upstreams,
            "routing": { "default": self.routing.default, "rules": rules },
            "caller": { "kind": self.caller.kind.name(), "id": self.caller.id },
            "callers": self.callers.as_ref().map_or_else(
                || json!({ "open": true }),
                of_callers,
            ),
            "limits": of_limits(&self.limits, self.deadline),
            "events": self.events.as_ref().map(|events| {
                json!({ "url": events.url, "secret": REDACTED, "trace-context": events.trace_context })
            }),
            "journal": of_journal(&self.journal),
            "reload": {
                "watch": self.reload.is_some(),
                "every": self.reload.map(duration),
            },
            "cache": { "enabled": self.cache.is_enabled, "bytes": self.cache.bytes },
            "telemetry": {
                "log-level": self.log.level.name(),
                "format": self.log.format.name(),
                "access-log": self.log.access_log,
                "traces": self.traces.as_ref().map(of_traces),
            },
        })
    }
}

fn of_traces(traces: &Traces) -> Json {
    let headers = traces.headers.iter();
    let headers = headers.map(|(name, _)| (name.as_str().to_owned(), json!(REDACTED)));
    let headers: Map<String, Json> = headers.collect();
    json!({
        "endpoint": traces.endpoint,
        "headers": headers,
        "sample": traces.share.to_string(),
        "service-name": traces.service_name,
    })
}

fn of_limits(limits: &Limits, deadline: Option<Duration>) -> Json {
    json!({
        "body": limits.body,
        "answer": limits.answer,
        "header": limits.header,
        "headers": limits.headers,
        "concurrency": limits.concurrency,
        "connections": limits.connections,
        "connections-of-peer": limits.connections_of_peer,
        "streams": limits.streams,
        "head-time": duration(limits.head_time),
        "body-rate": limits.body_rate,
        "idle": duration(limits.idle),
        "drain": duration(limits.drain),
        "drain-step": duration(limits.drain_step),
        "deadline": deadline.map(duration),
    })
}

fn of_callers(callers: &Callers) -> Json {
    let known: Map<String, Json> = callers
        .known
        .iter()
        .map(|caller| (caller.name.clone(), of_caller(caller)))
        .collect();
    let tokens = callers.tokens.as_ref().map(|tokens| {
        json!({
            "keys": REDACTED,
            "issuer": tokens.issuer,
            "audience": tokens.audience,
            "claim": tokens.claim,
            "leeway": duration(tokens.leeway),
        })
    });
    json!({ "open": false, "known": known, "tokens": tokens })
}

fn of_caller(caller: &KnownCaller) -> Json {
    let keys: Vec<_> = caller.keys.iter().map(|_| REDACTED).collect();
    let operations = caller.operations.as_ref().map(|operations| {
        let names = operations.iter().map(|permitted| match permitted {
            Permitted::Reads => "read",
            Permitted::Writes => "write",
            Permitted::Operation(id) => id,
        });
        names.collect::<Vec<_>>()
    });
    json!({
        "keys": keys,
        "certificates": caller.certificates,
        "subjects": caller.subjects,
        "upstreams": caller.upstreams,
        "operations": operations,
        "acts-for-others": caller.acts_for_others,
    })
}

fn of_upstream(upstream: &Upstream, settings: &[(String, Value)]) -> Json {
    let settings: Map<String, Json> = settings
        .iter()
        .map(|(name, value)| (name.clone(), of_value(value)))
        .collect();
    let mut shown = json!({
        "mapping": upstream.mapping,
        "settings": settings,
        "deadlines": of_deadlines(upstream.conduct.deadlines),
        "pool": of_pool(upstream.conduct.pool),
        "retries": of_retries(upstream.conduct.retries),
        "breaker": of_breaker(upstream.conduct.breaker),
        "addresses": of_addresses(&upstream.conduct.addresses),
        "cache": {
            "enabled": upstream.cache.is_enabled,
            "longest": upstream.cache.longest.map(duration),
        },
        "trace-context": upstream.conduct.trace_context,
    });
    if let (Some(auth), Some(members)) = (&upstream.auth, shown.as_object_mut()) {
        members.insert("auth".to_owned(), of_auth(auth));
    }
    if let (Some(callbacks), Some(members)) = (&upstream.callbacks, shown.as_object_mut()) {
        let header = callbacks.header.as_str();
        let from: Vec<_> = callbacks.from.iter().map(ToString::to_string).collect();
        let callbacks = json!({ "header": header, "secret": REDACTED, "from": from });
        members.insert("callbacks".to_owned(), callbacks);
    }
    if let (Some(_), Some(members)) = (&upstream.ca, shown.as_object_mut()) {
        members.insert("tls".to_owned(), json!({ "ca": REDACTED }));
    }
    let InUrl { allow, refuse } = &upstream.in_url;
    if !(allow.is_empty() && refuse.is_empty())
        && let Some(members) = shown.as_object_mut()
    {
        let in_url = json!({ "allow": allow, "refuse": refuse });
        members.insert("in-url".to_owned(), in_url);
    }
    shown
}

fn of_value(value: &Value) -> Json {
    match value {
        Value::Text(text) => json!(text),
        Value::Secret(_) => json!(REDACTED),
    }
}

fn of_auth(auth: &Auth) -> Json {
    match auth {
        Auth::None => json!({ "scheme": "none" }),
        Auth::Basic { username, .. } => {
            json!({ "scheme": "basic", "username": of_value(username), "password": REDACTED })
        }
        Auth::Headers(headers) => {
            let send: Map<String, Json> = headers
                .iter()
                .map(|(name, _)| (name.as_str().to_owned(), json!(REDACTED)))
                .collect();
            json!({ "scheme": "headers", "send": send })
        }
        Auth::Mtls { .. } => {
            json!({ "scheme": "mtls", "certificate": REDACTED, "private-key": REDACTED })
        }
    }
}

fn of_journal(journal: &Journal) -> Json {
    let mut shown = json!({
        "store": match &journal.store {
            JournalStore::Beside => json!(null),
            JournalStore::File(path) => json!(path.display().to_string()),
            JournalStore::Redis { address, .. } => json!(address),
            JournalStore::None => json!("none"),
        },
        "retention": duration(journal.retention),
    });
    if let (Some(_), Some(members)) = (&journal.secret, shown.as_object_mut()) {
        members.insert("secret".to_owned(), json!(REDACTED));
    }
    if let (
        JournalStore::Redis {
            username, password, ..
        },
        Some(members),
    ) = (&journal.store, shown.as_object_mut())
    {
        members.insert("username".to_owned(), json!(username));
        let password = password.as_ref().map(|_| REDACTED);
        members.insert("password".to_owned(), json!(password));
    }
    shown
}

fn of_deadlines(deadlines: Deadlines) -> Json {
    json!({
        "connect": duration(deadlines.connect),
        "first-byte": duration(deadlines.first_byte),
        "idle": duration(deadlines.idle),
        "total": duration(deadlines.total),
    })
}

fn of_pool(pool: Pool) -> Json {
    json!({
        "concurrency": pool.concurrency,
        "wait": duration(pool.wait),
        "queue": pool.queue,
        "idle": duration(pool.idle),
    })
}

fn of_retries(retries: Retries) -> Json {
    json!({
        "attempts": retries.attempts,
        "budget": retries.budget,
        "wait": duration(retries.wait),
    })
}

fn of_breaker(breaker: Breaker) -> Json {
    json!({
        "failures": breaker.failures,
        "wait": duration(breaker.wait),
        "longest": duration(breaker.longest),
    })
}

fn of_addresses(addresses: &Addresses) -> Json {
    let mut shown = json!({
        "refresh": duration(addresses.refresh),
        "stale": duration(addresses.stale),
        "failures": addresses.failures,
        "rest": duration(addresses.rest),
        "longest": duration(addresses.longest),
    });
    if let (false, Some(members)) = (addresses.allow.is_empty(), shown.as_object_mut()) {
        let allow: Vec<_> = addresses.allow.iter().map(ToString::to_string).collect();
        members.insert("allow".to_owned(), json!(allow));
    }
    shown
}

/// A duration as the file would say it.
fn duration(duration: Duration) -> String {
    match duration.subsec_millis() {
        0 => format!("{}s", duration.as_secs()),
        _ => format!("{}ms", duration.as_millis()),
    }
}
