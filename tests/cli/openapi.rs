//! The OpenAPI document of the canonical API: whole by itself, and under a validator that this project did not write.

use std::collections::BTreeSet;
use std::process::Command;

use serde_json::Value;

use crate::process::run;

fn document() -> Value {
    let told = run(&["openapi"]);
    assert_eq!((told.code, told.err.as_str()), (0, ""));
    serde_json::from_str(&told.out).unwrap()
}

fn operations(document: &Value) -> Vec<(&String, &String, &Value)> {
    let paths = document["paths"].as_object().unwrap();
    let items = paths.iter().flat_map(|(path, item)| {
        let item = item.as_object().unwrap();
        item.iter()
            .map(move |(method, operation)| (path, method, operation))
    });
    items.collect()
}

fn references<'v>(value: &'v Value, found: &mut BTreeSet<&'v str>) {
    match value {
        Value::Object(members) => {
            for (name, value) in members {
                match value.as_str().filter(|_| name == "$ref") {
                    Some(reference) => {
                        found.insert(reference);
                    }
                    None => references(value, found),
                }
            }
        }
        Value::Array(items) => items.iter().for_each(|item| references(item, found)),
        _ => {}
    }
}

#[test]
fn every_reference_leads_somewhere_and_every_component_is_used() {
    let document = document();
    let mut found = BTreeSet::new();
    references(&document, &mut found);
    assert!(found.len() > 80, "{}", found.len());
    for reference in &found {
        let place = reference.strip_prefix('#').unwrap_or_default();
        assert!(document.pointer(place).is_some(), "{reference}");
    }
    for kind in ["schemas", "parameters", "headers", "responses"] {
        for name in document["components"][kind].as_object().unwrap().keys() {
            let own = format!("#/components/{kind}/{name}");
            assert!(
                found.iter().any(|reference| {
                    let rest = reference.strip_prefix(&own);
                    rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
                }),
                "nothing names {own}"
            );
        }
    }
}

#[test]
fn every_canonical_operation_is_there_once_with_its_inputs() {
    let document = document();
    let operations = operations(&document);
    let mut ids = BTreeSet::new();
    for (path, method, operation) in &operations {
        let id = operation["operationId"].as_str().unwrap();
        assert!(ids.insert(id), "{id} twice");
        for name in path.split('/').filter_map(|part| part.strip_prefix('{')) {
            let name = name.trim_end_matches('}');
            let parameters = operation["parameters"].as_array().unwrap();
            let stands = parameters
                .iter()
                .any(|one| one["name"] == name && one["in"] == "path" && one["required"] == true);
            assert!(stands, "{method} {path}: {name}");
        }
        assert!(operation["summary"].is_string() && operation["description"].is_string());
    }
    let source = include_str!("../../schemas/canonical/operations.yaml");
    let listed = source
        .lines()
        .filter_map(|line| line.strip_prefix("  ")?.strip_suffix(':'))
        .filter(|name| name.chars().all(char::is_alphanumeric));
    let listed: BTreeSet<&str> = listed.collect();
    assert!(listed.len() > 25, "{listed:?}");
    let own = [
        "getOpenapi",
        "getOutcome",
        "getUpstream",
        "listUpstreams",
        "settleOutcome",
    ];
    let expected: BTreeSet<&str> = listed.into_iter().chain(own).collect();
    assert_eq!(ids, expected);
}

#[test]
fn events_are_webhooks_signed_as_they_are_sent() {
    let document = document();
    let event = found(&document, "/webhooks/event/post");
    let schema = &event["requestBody"]["content"]["application/json"]["schema"];
    assert_eq!(schema["$ref"], "#/components/schemas/Event");
    let parameters = event["parameters"].as_array().unwrap();
    let names: Vec<&str> = parameters
        .iter()
        .filter_map(|parameter| parameter["name"].as_str())
        .collect();
    assert_eq!(
        names,
        ["webhook-id", "webhook-timestamp", "webhook-signature"]
    );
    assert!(event["responses"]["2XX"].is_object());
    let types = found(&document, "/components/schemas/Event/properties/type/enum");
    assert!(
        types
            .as_array()
            .unwrap()
            .contains(&"customer.changed".into())
    );
}

fn found(document: &Value, place: &str) -> Value {
    let found = document.pointer(place);
    assert!(found.is_some(), "{place}");
    found.cloned().unwrap_or_default()
}

#[test]
fn answers_patches_and_pages_are_those_of_the_contract() {
    let document = document();
    let at = |place: &str| found(&document, place);
    let update = "/paths/~1v1~1customers~1{id}/patch";
    let schemas = "/components/schemas";
    for media_type in ["application~1merge-patch+json", "application~1json"] {
        assert_eq!(
            at(&format!(
                "{update}/requestBody/content/{media_type}/schema/$ref"
            )),
            "#/components/schemas/CustomerPatch"
        );
    }
    assert_eq!(
        at(&format!(
            "{update}/responses/200/content/application~1json/schema/$ref"
        )),
        "#/components/schemas/CustomerAnswer"
    );
    let answer = at(&format!("{schemas}/CustomerAnswer/properties"));
    assert!(answer.get("warnings").is_some() && answer.get("native").is_some());
    let list = at(&format!("{schemas}/CustomerList/properties"));
    let members: BTreeSet<&String> = list.as_object().unwrap().keys().collect();
    for member in ["items", "page", "warnings", "upstreams"] {
        assert!(members.contains(&member.to_owned()), "{member}");
    }
    let outcome = at(&format!("{schemas}/UpstreamOutcome/properties"));
    for member in ["name", "outcome", "status", "code", "problem", "native"] {
        assert!(outcome.get(member).is_some(), "{member}");
    }
    let warning = at(&format!("{schemas}/ListWarning/properties"));
    assert!(warning.get("upstream").is_some() && warning.get("pointer").is_some());
    let null = at(&format!("{schemas}/CustomerPatch/properties/status/enum"));
    assert!(null.as_array().unwrap().contains(&Value::Null));
}

#[test]
fn headers_and_problems_are_those_of_the_contract() {
    let document = document();
    let at = |place: &str| found(&document, place);
    let parameters = at("/paths/~1v1~1customers~1{id}/patch/parameters");
    for shared in [
        "IfMatch",
        "Prefer",
        "IdempotencyKey",
        "InterlinguaCaller",
        "Include",
    ] {
        let reference = format!("#/components/parameters/{shared}");
        let parameters = parameters.as_array().unwrap();
        assert!(
            parameters
                .iter()
                .any(|one| one["$ref"] == reference.as_str()),
            "{shared}"
        );
    }
    assert_eq!(
        at("/paths/~1v1~1customers~1with-orders/post/deprecated"),
        true
    );
    assert_eq!(
        at("/paths/~1v1~1customers/post/responses/201/headers/Location/$ref"),
        "#/components/headers/Location"
    );
    let refused = at("/components/responses/Problem422/content/application~1problem+json");
    assert_eq!(refused["examples"]["would-lose"]["value"]["status"], 422);
    let problem = at("/components/schemas/Problem");
    assert!(problem["properties"]["type"].is_object());
}

/// The validator, as `tests/run` installs it, or as it is found.
#[test]
#[ignore = "needs openapi-spec-validator (PyPI); run by `bash tests/run`"]
fn a_public_validator_finds_no_fault_in_the_document() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("openapi.json");
    std::fs::write(&file, document().to_string()).unwrap();
    let installed = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/target/openapi/bin/openapi-spec-validator"
    );
    let program = if std::path::Path::new(installed).exists() {
        installed
    } else {
        "openapi-spec-validator"
    };
    let output = Command::new(program)
        .arg(&file)
        .output()
        .expect("openapi-spec-validator runs (PyPI: pip install openapi-spec-validator)");
    assert!(
        output.status.success(),
        "{}{}",
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    );
}
