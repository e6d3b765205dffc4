//! Traces of callers, as they stand in logs.

use std::net::SocketAddr;

use serde_json::Value;

use crate::http::call;
use crate::process::{Running, command};

const TRACE: &str = "4bf92f3577b34da6a3ce929d0e0e4736";
const PARENT: &str = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";

/// A gateway over an upstream that nobody serves.
fn gateway() -> (Running, SocketAddr, tempfile::TempDir) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("interlingua.yaml");
    let text = "listen: 127.0.0.1:0\nadmin: 127.0.0.1:0\nprobes: 127.0.0.1:0\nupstreams:\n  blue:\n    mapping: blubilling\n    settings: { base-url: 'http://127.0.0.1:1' }\n    auth: { scheme: none }\n";
    std::fs::write(&path, text).unwrap();
    let mut running = Running::start(command(&["serve", "--config", path.to_str().unwrap()]));
    let [traffic] = running.listening(["traffic"]);
    (running, traffic, folder)
}

#[test]
fn lines_of_a_call_bear_the_trace_that_its_caller_named() {
    let (mut running, traffic, _folder) = gateway();
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
