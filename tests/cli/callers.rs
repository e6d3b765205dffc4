//! Who may call a running gateway.

use std::fs;
use std::net::SocketAddr;

use serde_json::Value;

use crate::http::{call, get};
use crate::process::{Ended, Running, command, run};

const FREE: &str = "listen: 127.0.0.1:0\nadmin: 127.0.0.1:0\nprobes: 127.0.0.1:0\n";

/// An upstream that nobody asks.
const UPSTREAM: &str = "upstreams:\n  blue:\n    mapping: blubilling\n    settings: { base-url: \"http://127.0.0.1:9\" }\n    auth: { scheme: none }\n";

fn key() -> (String, String) {
    let made = run(&["key"]);
    assert_eq!((made.code, made.err.as_str()), (0, ""));
    let (key, hash) = made.out.trim_end().split_once('\n').unwrap();
    let behind = |line: &str, name: &str| line.strip_prefix(name).unwrap().trim().to_owned();
    (behind(key, "key:"), behind(hash, "hash:"))
}

fn served(configuration: &str) -> (Running, [SocketAddr; 2], Vec<String>, tempfile::TempDir) {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("interlingua.yaml");
    fs::write(&file, configuration).unwrap();
    let mut running = Running::start(command(&["serve", "--config", file.to_str().unwrap()]));
    let lines = running.until("\"probes\"");
    let address = |listener: &str| {
        let name = format!("\"{listener}\"");
        let line = lines.iter().find(|line| line.contains(&name)).unwrap();
        let line: Value = serde_json::from_str(line).unwrap();
        line["address"].as_str().unwrap().parse().unwrap()
    };
    let addresses = [address("traffic"), address("admin")];
    (running, addresses, lines, folder)
}

#[test]
fn abuse_34_a_caller_is_let_in_by_its_key_which_is_told_nowhere() {
    let (key, hash) = key();
    let known =
        format!("callers:\n  known:\n    shop: {{ keys: ['{hash}'], operations: [read] }}\n");
    let (running, [traffic, admin], lines, _folder) = served(&[FREE, UPSTREAM, &known].concat());
    let proof = format!("Bearer {key}");
    let proved: &[(&str, &str)] = &[("Authorization", &proof)];

    let stranger = get(traffic, "/openapi.json");
    assert_eq!(stranger.problem(), (401, "unauthenticated".to_owned()));
    assert!(
        stranger
            .head
            .contains("\nwww-authenticate: bearer realm=\"interlingua\"")
    );
    let document = call(traffic, "GET", "/openapi.json", proved, "");
    assert_eq!(document.status, 200);
    let document = document.json();
    assert_eq!(document["security"], serde_json::json!([{ "bearer": [] }]));
    assert_eq!(
        document["components"]["securitySchemes"]["bearer"]["scheme"],
        "bearer"
    );
    let read = call(traffic, "GET", "/v1/customers/blue:1", proved, "");
    assert_eq!(read.problem(), (503, "upstream-unreachable".to_owned()));
    let write = call(traffic, "DELETE", "/v1/customers/blue:1", proved, "");
    assert_eq!(write.problem(), (403, "forbidden".to_owned()));
    let shown = get(admin, "/config");
    assert_eq!(
        shown.json()["callers"]["known"]["shop"]["operations"],
        serde_json::json!(["read"])
    );

    let (code, log) = running.end();
    assert_eq!(code, 0);
    let callers: Vec<Value> = log
        .lines()
        .filter_map(|line| serde_json::from_str::<Value>(line).ok())
        .filter(|line| line["message"] == "call served")
        .map(|line| line["caller"].clone())
        .collect();
    assert_eq!(
        callers,
        [Value::Null, "shop".into(), "shop".into(), "shop".into()]
    );
    for text in [&lines.concat(), &log, &shown.body, &stranger.body] {
        assert!(
            !text.contains(&key) && !text.contains(&hash["sha256:".len()..]),
            "{text}"
        );
    }
    assert!(!lines.concat().contains("anybody"));
}

#[test]
fn a_gateway_on_loopback_is_open_and_says_so() {
    let (mut running, [traffic, _], _, _folder) = served(&[FREE, UPSTREAM].concat());
    let said = running.until("anybody on this machine may call");
    assert!(said.last().unwrap().contains("INFO"));
    assert_eq!(get(traffic, "/v1/upstreams").status, 200);
    assert_eq!(running.end().0, 0);
}

fn tried(verb: &[&str], listen: &str, more: &str) -> Ended {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("interlingua.yaml");
    let listen = FREE.replacen("127.0.0.1:0", listen, 1);
    fs::write(&file, [&listen, UPSTREAM, more].concat()).unwrap();
    run(&[verb, &[file.to_str().unwrap()]].concat())
}

#[test]
fn beyond_the_machine_nobody_calls_who_is_not_named() {
    let serve = ["serve", "--listen", "192.0.2.1:8080", "--config"];
    for (verb, listen, place) in [
        (&["check"][..], "192.0.2.1:8080", "interlingua.yaml:1:9"),
        (
            &["serve", "--config"],
            "192.0.2.1:8080",
            "interlingua.yaml:1:9",
        ),
        (&serve, "127.0.0.1:0", "given by the flag `--listen`"),
    ] {
        let refused = tried(verb, listen, "");
        let told = [refused.out, refused.err].concat();
        assert!([1, 78].contains(&refused.code), "{verb:?}: {told}");
        assert!(told.contains("C010") && told.contains(place), "{told}");
    }
    let (_, hash) = key();
    let known = format!("callers: {{ known: {{ shop: {{ keys: ['{hash}'] }} }} }}\n");
    for callers in ["callers: { open: true }\n", &known] {
        let checked = tried(&["check"], "192.0.2.1:8080", callers);
        assert_eq!(checked.code, 0, "{}{}", checked.out, checked.err);
    }
}

#[test]
fn keys_of_tokens_are_checked_before_anything_listens() {
    let folder = tempfile::tempdir().unwrap();
    let keys = folder.path().join("keys.json");
    fs::write(&keys, "{\"keys\":[]}").unwrap();
    let callers = format!(
        "callers:\n  known: {{ shop: {{ subjects: [shop-1] }} }}\n  tokens: {{ keys: {{ file: {} }}, issuer: https://issuer.example, audience: gateway }}\n",
        keys.display()
    );
    let refused = tried(&["serve", "--config"], "127.0.0.1:0", &callers);
    assert_eq!(refused.code, 78, "{}", refused.err);
    let told = "`callers.tokens.keys`: it holds no key for RS256, ES256 or EdDSA (Ed25519)";
    assert!(refused.err.contains(told), "{}", refused.err);
}
