//! Headers of requests and answers that operations share, and the one query parameter that all answers have.

use serde_json::{Map, Value, json};

use super::component;

/// A parameter that operations refer to: what it is called here, and what it is.
struct Shared {
    key: &'static str,
    name: &'static str,
    place: &'static str,
    description: &'static str,
    schema: fn() -> Value,
    example: &'static str,
}

fn text() -> Value {
    json!({ "type": "string" })
}

const SHARED: &[Shared] = &[
    Shared {
        key: "InterlinguaUpstream",
        name: "Interlingua-Upstream",
        place: "header",
        description: "The upstream that the call is for, by its name in the configuration, where no id says so. A list or search may name several, divided by commas, or `*` for all: `limit` then counts for each, and `upstreams` tells what became of each.",
        schema: text,
        example: "billing",
    },
    Shared {
        key: "InterlinguaCaller",
        name: "Interlingua-Caller",
        place: "header",
        description: "Who calls (a dictionary of RFC 9651): `kind` is `customer`, `agent` or `system`. It counts from trusted callers alone; the configured caller counts else.",
        schema: text,
        example: "kind=agent, id=\"a17\"",
    },
    Shared {
        key: "Prefer",
        name: "Prefer",
        place: "header",
        description: "RFC 7240. `handling=strict` refuses with `would-lose` what the upstream cannot carry, before anything is sent; `handling=lenient`, the default, sends the rest and warns. What an answer lacks is told in it either way. `return=minimal` leaves the resource out of the answer to a change.",
        schema: text,
        example: "handling=strict, return=minimal",
    },
    Shared {
        key: "IfMatch",
        name: "If-Match",
        place: "header",
        description: "Changes the resource only if it still has this tag. Whether the upstream checks it itself, or the gateway against the resource as it has just read it, stands in the upstream's capabilities.",
        schema: text,
        example: "\"33a64df551425fcc55e4d42a148795d9\"",
    },
    Shared {
        key: "IfNoneMatch",
        name: "If-None-Match",
        place: "header",
        description: "Answers 304 if the resource still has this tag.",
        schema: text,
        example: "\"33a64df551425fcc55e4d42a148795d9\"",
    },
    Shared {
        key: "CacheControl",
        name: "Cache-Control",
        place: "header",
        description: "RFC 9111, where the upstream's mapping lets an answer be kept: `no-cache` and `max-age=0` ask the upstream, `max-age` and `min-fresh` say how old and how fresh an answer must be, `no-store` keeps nothing, `only-if-cached` asks nobody and is 504 `not-cached` where nothing is kept.",
        schema: text,
        example: "no-cache",
    },
    Shared {
        key: "IdempotencyKey",
        name: "Idempotency-Key",
        place: "header",
        description: "The caller's own key of this change: the same change under the same key is the same call. An upstream gets a key that is derived from it.",
        schema: || json!({ "type": "string", "minLength": 1, "maxLength": 255 }),
        example: "6f1c2f2e-order-17",
    },
    Shared {
        key: "RequestId",
        name: "X-Request-Id",
        place: "header",
        description: "The key of the call in logs and traces; one is made where none is given. Every answer has it.",
        schema: text,
        example: "0192f3c1-7a3e-7c1e-9b60-5f6f4f2f9a11",
    },
    Shared {
        key: "Traceparent",
        name: "traceparent",
        place: "header",
        description: "The trace that the call belongs to (W3C Trace Context); what is not of its form is ignored.",
        schema: text,
        example: "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
    },
    Shared {
        key: "Include",
        name: "include",
        place: "query",
        description: "`native` adds what the upstream's answer held beside the model, under `native`.",
        schema: || json!({ "type": "string", "enum": ["native"] }),
        example: "native",
    },
];

/// Headers of answers: key and name, what they say, an example.
const ANSWERED: &[(&str, &str, &str)] = &[
    (
        "ETag",
        "The version of the resource, for conditions.",
        "\"33a64df551425fcc55e4d42a148795d9\"",
    ),
    (
        "Location",
        "Where the new resource is, if the upstream tells how it calls it.",
        "/v1/things/billing:341",
    ),
    (
        "Link",
        "The next page (RFC 8288), where there is one.",
        "</v1/things?cursor=b2Zmc2V0PTUw>; rel=\"next\"",
    ),
    (
        "Preference-Applied",
        "Which preferences were kept (RFC 7240). `handling=strict` is not where the answer lacks a value of the upstream that is none of this API's.",
        "handling=strict",
    ),
    (
        "Cache-Status",
        "Where the answer comes from (RFC 9211), of an upstream that lets it be kept.",
        "interlingua; hit",
    ),
    (
        "Age",
        "Seconds since the upstream made the answer, where it was kept.",
        "7",
    ),
    (
        "X-Request-Id",
        "The key of the call in logs and traces.",
        "0192f3c1-7a3e-7c1e-9b60-5f6f4f2f9a11",
    ),
    (
        "Retry-After",
        "Seconds after which the call may be tried again.",
        "2",
    ),
    (
        "Interlingua-Mapping",
        "The mapping by which the one upstream of the call was asked, and its version (an item of RFC 9651).",
        "billing;version=\"9f86d081884c7d65\"",
    ),
    (
        "Proxy-Status",
        "What failed between gateway and upstream (RFC 9209).",
        "interlingua; error=connection_timeout",
    ),
];

/// `components.parameters`.
pub(super) fn parameters() -> Map<String, Value> {
    let entry = |shared: &Shared| {
        let parameter = json!({
            "name": shared.name,
            "in": shared.place,
            "description": shared.description,
            "required": false,
            "schema": (shared.schema)(),
            "example": shared.example,
        });
        (shared.key.to_owned(), parameter)
    };
    SHARED.iter().map(entry).collect()
}

/// A reference to one of them.
pub(super) fn parameter(key: &str) -> Value {
    component("parameters", key)
}

/// `components.headers`.
pub(super) fn answered() -> Map<String, Value> {
    let entry = |(name, description, example): &(&str, &str, &str)| {
        let header = json!({
            "description": description,
            "schema": { "type": "string" },
            "example": example,
        });
        ((*name).to_owned(), header)
    };
    ANSWERED.iter().map(entry).collect()
}

/// The headers of an answer, by their names.
pub(super) fn of_answer(names: &[&str]) -> Map<String, Value> {
    names
        .iter()
        .map(|name| {
            let reference = component("headers", name);
            ((*name).to_owned(), reference)
        })
        .collect()
}
