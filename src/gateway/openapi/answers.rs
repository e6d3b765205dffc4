//! Answers that operations share: problems by their status, and what stands beside a resource.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use super::component;
use super::components::insert;
use super::headers::of_answer;
use crate::gateway::problem::Code;

/// What the problem responses are called, by their status.
fn key(status: u16) -> String {
    format!("Problem{status}")
}

/// A reference to the problems of a status.
pub(super) fn problem_of(status: u16) -> Value {
    component("responses", &key(status))
}

/// `components.responses`: the table of codes, by status.
pub(super) fn problems() -> Map<String, Value> {
    let mut by_status: BTreeMap<u16, Vec<Code>> = BTreeMap::new();
    // What is no call of an operation cannot be described as an answer of one.
    let described = |code: &&Code| {
        !matches!(
            code,
            Code::MethodNotAllowed
                | Code::TargetTooLong
                | Code::ExpectationFailed
                | Code::HeadTooLarge
                | Code::UnknownMethod
                | Code::VersionNotSupported
        )
    };
    for code in Code::ALL.iter().filter(described) {
        let codes = by_status.entry(code.row().status.as_u16()).or_default();
        codes.push(*code);
    }
    let response = |(status, codes): (u16, Vec<Code>)| (key(status), response(&codes));
    by_status.into_iter().map(response).collect()
}

fn response(codes: &[Code]) -> Value {
    let names = codes.iter().map(|code| {
        let row = code.row();
        format!("`{}` ({})", row.name, row.title)
    });
    let example = |code: &Code| {
        let row = code.row();
        let value = json!({
            "type": format!("urn:interlingua:problem:{}", row.name),
            "title": row.title,
            "status": row.status.as_u16(),
            "code": row.name,
            "outcome": "not-sent",
            "retryable": row.retryable,
        });
        (
            row.name.to_owned(),
            json!({ "summary": row.title, "value": value }),
        )
    };
    let examples: Map<String, Value> = codes.iter().map(example).collect();
    let failed = codes
        .first()
        .is_some_and(|code| code.row().status.as_u16() >= 502);
    let headers: &[&str] = if failed {
        &[
            "X-Request-Id",
            "Interlingua-Mapping",
            "Retry-After",
            "Proxy-Status",
        ]
    } else {
        &["X-Request-Id", "Interlingua-Mapping", "Retry-After"]
    };
    json!({
        "description": format!("{}.", names.collect::<Vec<_>>().join("; ")),
        "headers": of_answer(headers),
        "content": {
            "application/problem+json": {
                "schema": { "$ref": "#/components/schemas/Problem" },
                "examples": examples,
            }
        }
    })
}

/// The canonical problem as it stands in an answer: with its type, and with the members that it always has.
pub(super) fn problem(mut schema: Value) -> Value {
    if let Some(Value::Object(members)) = schema.get_mut("properties") {
        let kind = json!({
            "title": "Type",
            "description": "The code as a URN.",
            "type": "string",
            "format": "uri-reference",
            "examples": ["urn:interlingua:problem:not-found"]
        });
        members.shift_insert(0, "type".to_owned(), kind);
    }
    let always = json!(["type", "title", "status", "code", "outcome", "retryable"]);
    insert(&mut schema, "required", always);
    if let Value::Object(members) = &mut schema {
        // Those of the model are problems before HTTP, which have no type.
        members.remove("examples");
    }
    schema
}

/// The reserved member `native`.
pub(super) fn native() -> Value {
    json!({
        "title": "Native",
        "description": "With `include=native`: what the upstream's answer held that the model has no place for, by pointer into that answer. Values that need care are redacted or left out. Only when there is any.",
        "type": "object",
        "additionalProperties": { "type": "string" },
        "readOnly": true
    })
}

/// What became of a call at one of several upstreams.
pub(super) fn upstream_outcome() -> Value {
    json!({
        "title": "UpstreamOutcome",
        "description": "What became of a call at one of several upstreams.",
        "type": "object",
        "required": ["name", "outcome"],
        "properties": {
            "name": { "title": "Name", "description": "The upstream's name in the configuration.", "type": "string" },
            "outcome": { "title": "Outcome", "description": "`answered`: its items stand in the list. `failed`: they are missing, as the problem says; if it may be repeated, the next page asks for them again. `not-offered`: the upstream does not have the operation. `not-asked`: its last page was an earlier one, or it refused the call for good.", "type": "string", "enum": ["answered", "failed", "not-offered", "not-asked"] },
            "status": { "title": "Status", "description": "The upstream's own HTTP status, if it answered.", "type": "integer" },
            "code": { "title": "Code", "description": "The problem's code.", "type": "string" },
            "problem": { "$ref": "#/components/schemas/Problem", "description": "Why its items are missing." },
            "native": native()
        }
    })
}

/// The canonical warning as it stands in an answer: with the problem of a part that was not done.
pub(super) fn warning(mut warning: Value) -> Value {
    if let Some(members) = warning.get_mut("properties") {
        let problem = json!({
            "title": "Problem",
            "description": "Why a part of the call was not done, or may not have been, with what the upstream said and the places that it is about.",
            "$ref": "#/components/schemas/Problem"
        });
        insert(members, "problem", problem);
    }
    warning
}

/// A warning of a list, which says which upstream it is of.
pub(super) fn list_warning(mut warning: Value) -> Value {
    insert(&mut warning, "title", "ListWarning".into());
    if let Some(members) = warning.get_mut("properties") {
        let upstream = json!({
            "title": "Upstream",
            "description": "The upstream that it is of, where the call went to several.",
            "type": "string"
        });
        insert(members, "upstream", upstream);
    }
    warning
}
