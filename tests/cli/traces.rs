//! Traces of callers, as they stand in logs and go on to upstreams.

use std::net::SocketAddr;

use serde_json::Value;

use crate::http::call;
use crate::process::{Running, command};
use crate::upstream::Upstream;

const TRACE: &str = "4bf92f3577b34da6a3ce929d0e0e4736";
const PARENT: &str = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";

/// A gateway over one upstream.
fn gateway(upstream: &str) -> (Running, SocketAddr, tempfile::TempDir) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("interlingua.yaml");
    let text = format!(
        "listen: 127.0.0.1:0\nadmin: 127.0.0.1:0\nprobes: 127.0.0.1:0\nupstreams:\n  blue:\n{upstream}"
    );
    std::fs::write(&path, text).unwrap();
    let mut command = command(&["serve", "--config", path.to_str().unwrap()]);
    command.env("SECRET", "aW50ZXJsaW5ndWEgZGVtbywgY3liZXJzb3VyY2U=");
    let mut running = Running::start(command);
    let [traffic] = running.listening(["traffic"]);
    (running, traffic, folder)
}

#[test]
fn lines_of_a_call_bear_the_trace_that_its_caller_named() {
    let nobody = "    mapping: blubilling\n    settings: { base-url: 'http://127.0.0.1:1' }\n    auth: { scheme: none }\n";
    let (mut running, traffic, _folder) = gateway(nobody);
    for (parent, trace) in [
        (PARENT, Value::from(TRACE)),
        (&PARENT.replacen("00-", "ff-", 1), Value::Null),
    ] {
        let headers = [("traceparent", parent)];
        let answer = call(traffic, "GET", "/v1/customers/blue:340", &headers, "");
        assert_eq!(answer.status, 503, "{answer:?}");
        let lines = running.until("call served");
        let lines: Vec<Value> = lines
            .iter()
            .map(|line| serde_json::from_str(line).unwrap())
            .collect();
        for message in ["upstream failed", "call served"] {
            let line = lines.iter().find(|line| line["message"] == message);
            assert_eq!(line.unwrap()["trace_id"], trace, "{lines:?}");
        }
    }
}

/// What is signed is what the mapping names, and nothing else.
#[test]
fn an_upstream_that_is_told_the_trace_gets_it_beside_the_signature() {
    let signed = [true, false].map(|is_told| {
        let upstream = Upstream::start("cybersource");
        let settings = format!(
            "    mapping: cybersource\n    trace-context: {is_told}\n    settings: {{ base-url: 'http://{}', merchant-id: testrest, key-id: demo-key, shared-secret: {{ env: SECRET }} }}\n",
            upstream.address
        );
        let (_running, traffic, _folder) = gateway(&settings);
        let headers = [("traceparent", PARENT), ("tracestate", "rojo=1")];
        // That sandbox stands at another time, which says nothing of what was sent.
        call(traffic, "GET", "/v1/customers/blue:1", &headers, "");

        let received = upstream.received().remove(0);
        let has = |text: &str| received.head.contains(text);
        assert_eq!(has(&format!("traceparent: 00-{TRACE}-")), is_told);
        assert_eq!(has("tracestate: rojo=1\r\n"), is_told);
        assert!(!has("00f067aa0ba902b7"), "{received:?}");
        let names = received.head.split(" headers=\"").nth(1).unwrap();
        names.split('"').next().unwrap().to_owned()
    });
    assert_eq!(signed[0], signed[1]);
    assert!(!signed[0].contains("trace"), "{signed:?}");
}
