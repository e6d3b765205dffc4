//! Traces: in logs, on to upstreams, and as spans to a collector.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::mpsc::{Receiver, channel};
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::http::call;
use crate::process::{Running, command};
use crate::upstream::Upstream;

const TRACE: &str = "4bf92f3577b34da6a3ce929d0e0e4736";
const PARENT: &str = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";

/// A request as it came.
#[derive(Debug)]
struct Received {
    head: String,
    body: String,
}

/// Answers one request after the other with these statuses and bodies, the last of them from then on.
fn scripted(answers: Vec<(u16, &'static str)>) -> (SocketAddr, Receiver<Received>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let (sender, receiver) = channel();
    std::thread::spawn(move || {
        let last = *answers.last().unwrap();
        let mut answers = answers.into_iter().chain(std::iter::repeat(last));
        for stream in listener.incoming() {
            let (status, body) = answers.next().unwrap();
            // A connection that its peer gave up is no fault of the test.
            let Ok(received) = take(&stream.unwrap(), status, body) else {
                continue;
            };
            if sender.send(received).is_err() {
                return;
            }
        }
    });
    (address, receiver)
}

fn take(mut stream: &TcpStream, status: u16, body: &str) -> std::io::Result<Received> {
    let mut reader = BufReader::new(stream);
    let mut head = String::new();
    while !head.ends_with("\r\n\r\n") {
        if reader.read_line(&mut head)? == 0 {
            return Err(std::io::ErrorKind::UnexpectedEof.into());
        }
    }
    let mut lines = head.lines().filter_map(|line| line.split_once(": "));
    let length = lines.find(|(name, _)| name.eq_ignore_ascii_case("content-length"));
    let mut received = vec![0; length.map_or(0, |(_, length)| length.parse().unwrap())];
    reader.read_exact(&mut received)?;
    write!(
        stream,
        "HTTP/1.1 {status} x\r\nconnection: close\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\r\n{body}",
        body.len()
    )?;
    Ok(Received {
        head,
        body: String::from_utf8(received).unwrap(),
    })
}

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

const CREATE: &str = include_str!("../../mappings/ebpp/cases/createCustomer/guest/canonical.json");
const CREATED: &str = include_str!("../../mappings/ebpp/cases/createCustomer/created/native.json");

/// A gateway over an upstream that knows keys again, and a collector that gets everything.
fn recorded(
    upstream: SocketAddr,
    collector: SocketAddr,
) -> (Running, SocketAddr, tempfile::TempDir) {
    let text = format!(
        "    mapping: ebpp\n    trace-context: true\n    settings: {{ base-url: 'http://{upstream}', client-key: '987654321', secret: {{ env: SECRET }}, channel: Web Portal }}\ntelemetry:\n  traces: {{ endpoint: 'http://{collector}/v1/traces', headers: {{ x-key: {{ env: SECRET }} }}, service-name: billing }}\n"
    );
    gateway(&text)
}

/// The spans of a request, by what they are called, with their attributes.
fn spans(request: &Received) -> Vec<(Value, Value)> {
    let document: Value = serde_json::from_str(&request.body).unwrap();
    let spans = &document["resourceSpans"][0]["scopeSpans"][0]["spans"];
    let with_attributes = |span: &Value| {
        let named = span["attributes"].as_array().unwrap().iter();
        let named = named.map(|attribute| {
            let value = attribute["value"].as_object().unwrap().values().next();
            let key = attribute["key"].as_str().unwrap().to_owned();
            (key, value.unwrap().clone())
        });
        (span.clone(), Value::Object(named.collect()))
    };
    spans
        .as_array()
        .unwrap()
        .iter()
        .map(with_attributes)
        .collect()
}

const PLANTED: &str = "Qz7planted";
const CALLER: &str = r#"kind=customer, id="Qz7planted""#;

/// A call that is refused and one that is tried twice, with what must not be told planted in both.
fn call_twice(traffic: SocketAddr) {
    let headers = [
        ("Content-Type", "application/json"),
        ("Interlingua-Upstream", "blue"),
        ("Idempotency-Key", PLANTED),
        ("X-Request-Id", PLANTED),
        ("Interlingua-Caller", CALLER),
        ("traceparent", PARENT),
        ("tracestate", "rojo=Qz7planted"),
    ];
    let target = format!("/v1/customers?planted={PLANTED}");
    let body = CREATE.replace("Doe", PLANTED);
    let refused = call(traffic, "POST", &target, &headers, &body);
    assert_eq!(refused.status, 422, "{refused:?}");
    let answer = call(traffic, "POST", "/v1/customers", &headers, &body);
    assert_eq!(answer.status, 201, "{answer:?}");
}

/// So many spans as the collector got them.
fn gathered(posted: &Receiver<Received>, count: usize) -> Vec<(Value, Value)> {
    let mut all = Vec::new();
    while all.len() < count {
        let request = posted.recv_timeout(Duration::from_secs(30)).unwrap();
        assert!(request.head.starts_with("POST /v1/traces HTTP/1.1\r\n"));
        assert!(request.head.contains("x-key: aW50"), "{request:?}");
        assert!(!request.body.contains(PLANTED), "{request:?}");
        assert!(request.body.contains(r#"{"stringValue":"billing"}"#));
        all.extend(spans(&request));
    }
    all
}

/// An object with the members of both.
fn with(one: &Value, other: &Value) -> Value {
    let mut both = one.clone();
    let members = both.as_object_mut().unwrap();
    members.extend(other.as_object().unwrap().clone());
    both
}

#[test]
fn a_write_and_its_attempts_are_spans_of_their_callers_trace() {
    let (upstream, calls) = scripted(vec![(503, ""), (201, CREATED)]);
    let (collector, posted) = scripted(vec![(200, "{}")]);
    let (_running, traffic, _folder) = recorded(upstream, collector);
    call_twice(traffic);

    let all = gathered(&posted, 4);
    let [refused, first, second, served] = all.as_slice() else {
        panic!("{all:?}");
    };
    for (span, _) in &all {
        assert_eq!(span["traceId"], TRACE);
    }
    let call = json!({ "http.request.method": "POST", "http.route": "/v1/customers" });
    let expected = json!({ "http.response.status_code": "422", "interlingua.outcome": "refused", "error.type": "unknown-field", "interlingua.sent": "not-sent" });
    assert_eq!(refused.1, with(&call, &expected));
    let expected = json!({ "http.response.status_code": "201", "interlingua.outcome": "ok", "interlingua.upstream": "blue" });
    assert_eq!(served.1, with(&call, &expected));
    for (span, _) in [refused, served] {
        assert_eq!(span["name"], "createCustomer");
        assert_eq!(
            (&span["kind"], &span["parentSpanId"]),
            (&json!(2), &json!("00f067aa0ba902b7"))
        );
        // What a caller does wrong is no error of the span.
        assert_eq!(span["status"], Value::Null);
    }
    let asked = json!({ "http.request.method": "POST", "server.address": "127.0.0.1", "server.port": upstream.port().to_string(), "interlingua.upstream": "blue" });
    let expected = json!({ "http.response.status_code": "503", "error.type": "503" });
    assert_eq!(first.1, with(&asked, &expected));
    assert_eq!(first.0["status"], json!({ "code": 2 }));
    let expected = json!({ "http.response.status_code": "201", "http.request.resend_count": "1" });
    assert_eq!(second.1, with(&asked, &expected));
    assert_eq!(second.0["status"], Value::Null);
    for (span, _) in [first, second] {
        assert_eq!((&span["name"], &span["kind"]), (&json!("POST"), &json!(3)));
        assert_eq!(span["parentSpanId"], served.0["spanId"]);
        // The upstream hangs its part below the attempt that it saw.
        let seen = calls.recv_timeout(Duration::from_secs(30)).unwrap();
        let told = format!(
            "traceparent: 00-{TRACE}-{}-01\r\n",
            span["spanId"].as_str().unwrap()
        );
        assert!(seen.head.contains(&told), "{seen:?}");
    }
    let at = |span: &Value, key: &str| span[key].as_str().unwrap().parse::<u64>().unwrap();
    for [before, behind] in [[&first.0, &second.0], [&served.0, &first.0]] {
        assert!(at(before, "startTimeUnixNano") <= at(behind, "startTimeUnixNano"));
    }
    assert!(at(&second.0, "endTimeUnixNano") <= at(&served.0, "endTimeUnixNano"));
}

#[test]
fn a_collector_that_is_gone_costs_calls_nothing() {
    let (upstream, _calls) = scripted(vec![(201, CREATED)]);
    let nobody: SocketAddr = "127.0.0.1:1".parse().unwrap();
    let (running, traffic, _folder) = recorded(upstream, nobody);
    for key in 0..20 {
        let key = key.to_string();
        let headers = [
            ("Content-Type", "application/json"),
            ("Interlingua-Upstream", "blue"),
            ("Idempotency-Key", &key),
            ("Interlingua-Caller", CALLER),
        ];
        let answer = call(traffic, "POST", "/v1/customers", &headers, CREATE);
        assert_eq!(answer.status, 201, "{answer:?}");
    }

    let stopped = Instant::now();
    let (code, rest) = running.end();
    assert_eq!(code, 0);
    // The last attempt is refused at once.
    assert!(stopped.elapsed() < Duration::from_secs(10), "{rest}");
    assert!(
        rest.contains("spans not delivered to the collector"),
        "{rest}"
    );
}

#[test]
fn what_waits_at_the_end_is_still_sent() {
    let (upstream, _calls) = scripted(vec![(201, CREATED)]);
    let (collector, posted) = scripted(vec![(200, "{}")]);
    let (running, traffic, _folder) = recorded(upstream, collector);
    let answer = call(traffic, "GET", "/v1/nothing", &[], "");
    assert_eq!(answer.status, 404, "{answer:?}");

    assert_eq!(running.end().0, 0);

    let request = posted.try_recv().unwrap();
    let spans = spans(&request);
    let [(span, attributes)] = spans.as_slice() else {
        panic!("{spans:?}");
    };
    assert_eq!(
        (&span["name"], &span["parentSpanId"]),
        (&json!("GET"), &Value::Null)
    );
    let expected = json!({ "http.request.method": "GET", "http.response.status_code": "404", "interlingua.outcome": "refused", "error.type": "not-found", "interlingua.sent": "not-sent" });
    assert_eq!(attributes, &expected);
}
