//! One body makes a customer at three upstreams. Each answer lists what its upstream could not carry, and strict handling
//! refuses for just that, before anything is sent.
//!
//! `UPDATE_GOLDENS=1 cargo test --test cli one_customer` writes the goldens again; look at the difference.

use std::fs;
use std::path::Path;

use serde_json::{Value, json};

use crate::demo::Demo;
use crate::http::{Answer, call, get};

const UPSTREAMS: [&str; 3] = ["blubilling", "ebpp", "cybersource"];
const BODY: &str = include_str!("goldens/one-customer.json");

fn create(demo: &Demo, upstream: &str, prefer: &str) -> Answer {
    let headers = [
        ("Content-Type", "application/json"),
        ("Interlingua-Upstream", upstream),
        ("Interlingua-Caller", "kind=agent, id=\"a17\""),
        ("Prefer", prefer),
    ];
    call(demo.gateway, "POST", "/v1/customers", &headers, BODY)
}

/// Calls that went to an upstream so far.
fn sent(demo: &Demo, upstream: &str) -> u64 {
    let metrics = get(demo.address("probes"), "/metrics").body;
    let of_it = format!("upstream=\"{upstream}\"");
    let lines = metrics.lines().filter(|line| {
        line.starts_with("interlingua_upstream_calls_total{") && line.contains(&of_it)
    });
    lines
        .map(|line| line.rsplit(' ').next().unwrap().parse::<u64>().unwrap())
        .sum()
}

/// Codes and pointers, as they are told.
fn told(list: &Value) -> Value {
    let all = list.as_array().unwrap_or_else(|| panic!("{list}"));
    let of = |one: &Value| json!({ "code": one["code"], "pointer": one["pointer"] });
    Value::Array(all.iter().map(of).collect())
}

fn golden(name: &str, found: &Value) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("tests/cli/goldens/{name}.json"));
    let text = serde_json::to_string_pretty(found).unwrap() + "\n";
    if std::env::var_os("UPDATE_GOLDENS").is_some() {
        fs::write(&path, &text).unwrap();
    }
    let expected = fs::read_to_string(&path).unwrap_or_default();
    assert_eq!(text, expected, "{name}");
}

/// Pointers to the single values of a document.
fn leaves(value: &Value, at: &str, found: &mut Vec<String>) {
    match value {
        Value::Object(members) => {
            for (name, value) in members {
                leaves(value, &format!("{at}/{name}"), found);
            }
        }
        Value::Array(items) => {
            for (index, value) in items.iter().enumerate() {
                leaves(value, &format!("{at}/{index}"), found);
            }
        }
        _ => found.push(at.to_owned()),
    }
}

/// The single value at a pointer of the request, looked for where a document keeps it: items of keyed lists by their keys.
fn holds(document: &Value, request: &Value, pointer: &str) -> bool {
    let (mut here, mut there) = (request, Some(document));
    for token in pointer.split('/').skip(1) {
        let (next, found) = match here {
            Value::Array(items) => {
                let item = &items[token.parse::<usize>().unwrap()];
                let keys = ["role", "use", "system", "number"];
                let key = keys
                    .into_iter()
                    .find(|key| item.get(key).is_some())
                    .unwrap();
                let same = |other: &&Value| other[key] == item[key];
                (
                    item,
                    there.and_then(|list| list.as_array()?.iter().find(same)),
                )
            }
            other => (&other[token], there.and_then(|object| object.get(token))),
        };
        (here, there) = (next, found);
    }
    there == Some(here)
}

#[test]
fn each_answer_lists_what_its_upstream_could_not_carry() {
    let demo = Demo::start();
    let request: Value = serde_json::from_str(BODY).unwrap();
    let mut all = Vec::new();
    leaves(&request, "", &mut all);
    for upstream in UPSTREAMS {
        let made = create(&demo, upstream, "handling=lenient");
        assert_eq!(made.status, 201, "{upstream}: {made:?}");
        let made = made.json();
        let lost = told(&made["warnings"]);
        golden(&format!("one-customer.{upstream}.warnings"), &lost);

        // Neither more nor less: what is not there has a warning at its place or above, and what is there has none.
        let path = format!("/v1/customers/{}", made["id"].as_str().unwrap());
        let agent = [("Interlingua-Caller", "kind=agent, id=\"a17\"")];
        let read = call(demo.gateway, "GET", &path, &agent, "");
        assert_eq!(read.status, 200, "{upstream}: {read:?}");
        let read = read.json();
        let lost: Vec<&str> = lost
            .as_array()
            .unwrap()
            .iter()
            .map(|one| one["pointer"].as_str().unwrap())
            .collect();
        for pointer in &all {
            let is_told = lost.iter().any(|lost| {
                let rest = pointer.strip_prefix(lost);
                rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
            });
            assert_eq!(
                holds(&read, &request, pointer),
                !is_told,
                "{upstream}: {pointer}\n{read:#}"
            );
        }
    }
}

#[test]
fn strict_handling_refuses_for_the_same_places_and_sends_nothing() {
    let demo = Demo::start();
    for upstream in UPSTREAMS {
        let refused = create(&demo, upstream, "handling=strict");
        assert_eq!(refused.status, 422, "{upstream}: {refused:?}");
        let problem = refused.json();
        assert_eq!(problem["outcome"], "not-sent");
        let errors = told(&problem["errors"]);
        golden(
            &format!("one-customer.{upstream}.refused"),
            &json!({ "code": problem["code"], "errors": errors }),
        );
        assert_eq!(sent(&demo, upstream), 0, "{upstream}");

        let made = create(&demo, upstream, "handling=lenient").json();
        assert_eq!(told(&made["warnings"]), errors, "{upstream}");
        assert!(sent(&demo, upstream) > 0, "{upstream}");
    }
}
