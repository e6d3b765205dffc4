//! What an upstream sends by itself, on its whole way: from its own dialect through the gateway to the application.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::mpsc::{Receiver, channel};
use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use ring::hmac;
use serde_json::Value;

use crate::http::{Answer, call};
use crate::process::{Running, command, run};
use crate::upstream::Upstream;

const KEY: &str = "Bearer k3y-of-the-upstream";
const SECRET: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";

/// A message as the application got it.
#[derive(Debug)]
struct Message {
    head: String,
    body: String,
}

impl Message {
    fn header(&self, name: &str) -> &str {
        let mut lines = self.head.lines().filter_map(|line| line.split_once(": "));
        let found = lines.find(|(other, _)| other.eq_ignore_ascii_case(name));
        found.unwrap_or_else(|| panic!("{name}: {self:?}")).1
    }

    /// Whether the signature is that of Standard Webhooks.
    fn is_signed(&self) -> bool {
        let key = STANDARD
            .decode(SECRET.trim_start_matches("whsec_"))
            .unwrap();
        let key = hmac::Key::new(hmac::HMAC_SHA256, &key);
        let signed = format!(
            "{}.{}.{}",
            self.header("webhook-id"),
            self.header("webhook-timestamp"),
            self.body
        );
        let tag = STANDARD.encode(hmac::sign(&key, signed.as_bytes()));
        self.header("webhook-signature") == format!("v1,{tag}")
    }
}

/// An application that answers one message after the other with these statuses, the last of them from then on.
fn application(statuses: &'static [u16]) -> (SocketAddr, Receiver<Message>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let (sender, receiver) = channel();
    std::thread::spawn(move || {
        let last = statuses.last().unwrap();
        let mut statuses = statuses.iter().chain(std::iter::repeat(last));
        for stream in listener.incoming() {
            let message = take(&stream.unwrap(), *statuses.next().unwrap());
            if sender.send(message).is_err() {
                return;
            }
        }
    });
    (address, receiver)
}

fn take(stream: &TcpStream, status: u16) -> Message {
    let mut reader = BufReader::new(stream);
    let mut head = String::new();
    while !head.ends_with("\r\n\r\n") {
        assert_ne!(reader.read_line(&mut head).unwrap(), 0, "{head}");
    }
    let length = head
        .lines()
        .filter_map(|line| line.split_once(": "))
        .find(|(name, _)| name.eq_ignore_ascii_case("content-length"));
    let mut body = vec![0; length.unwrap().1.parse().unwrap()];
    reader.read_exact(&mut body).unwrap();
    let mut stream = stream;
    write!(
        stream,
        "HTTP/1.1 {status} x\r\nconnection: close\r\ncontent-length: 0\r\n\r\n"
    )
    .unwrap();
    Message {
        head,
        body: String::from_utf8(body).unwrap(),
    }
}

struct Gateway {
    traffic: SocketAddr,
    _running: Running,
    _folder: tempfile::TempDir,
}

fn configuration(upstream: SocketAddr, application: SocketAddr, from: &str) -> String {
    format!(
        "listen: 127.0.0.1:0\nadmin: 127.0.0.1:0\nprobes: 127.0.0.1:0\nupstreams:\n  blue:\n    mapping: blubilling\n    settings: {{ base-url: \"http://{upstream}\" }}\n    auth: {{ scheme: none }}\n    callbacks: {{ secret: {{ env: CALLBACK_KEY }}, from: [{from}] }}\nevents: {{ url: \"http://{application}/events\", secret: {{ env: EVENTS_SECRET }} }}\n"
    )
}

fn gateway(upstream: SocketAddr, application: SocketAddr, from: &str) -> Gateway {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("interlingua.yaml");
    std::fs::write(&path, configuration(upstream, application, from)).unwrap();
    let mut command = command(&["serve", "--config", path.to_str().unwrap()]);
    command
        .env("CALLBACK_KEY", KEY)
        .env("EVENTS_SECRET", SECRET);
    let mut running = Running::start(command);
    let [traffic] = running.listening(["traffic"]);
    Gateway {
        traffic,
        _running: running,
        _folder: folder,
    }
}

/// The list of transitions as the sandbox writes it: what the upstream posts where something was registered.
fn document(upstream: &Upstream) -> String {
    let credentials = STANDARD.encode("demo:demo-blubilling");
    let answer = call(
        upstream.address,
        "GET",
        "/rest/customers/transitions?format=xml",
        &[("Authorization", &format!("Basic {credentials}"))],
        "",
    );
    assert_eq!(answer.status, 200, "{answer:?}");
    answer.body
}

fn post(gateway: &Gateway, key: &str, body: &str) -> Answer {
    let headers = [("Content-Type", "application/xml"), ("Authorization", key)];
    call(
        gateway.traffic,
        "POST",
        "/v1/callbacks/blue",
        &headers,
        body,
    )
}

#[test]
fn a_document_of_the_upstream_becomes_signed_events_and_is_acknowledged_after_them() {
    let upstream = Upstream::start("blubilling");
    let document = document(&upstream);
    let (address, messages) = application(&[500, 204]);
    let gateway = gateway(upstream.address, address, "127.0.0.0/8");
    let next = || messages.recv_timeout(Duration::from_secs(20)).unwrap();

    let refused = post(&gateway, KEY, &document);
    assert_eq!(refused.status, 503, "{refused:?}");
    let first = next();
    let taken = post(&gateway, KEY, &document);
    assert_eq!(taken.status, 204, "{taken:?}");
    let again = next();

    assert_eq!(first.header("webhook-id"), again.header("webhook-id"));
    for message in [&first, &again] {
        assert!(message.is_signed(), "{message:?}");
        let event: Value = serde_json::from_str(&message.body).unwrap();
        assert_eq!(event["type"], "customer.status-changed");
        let id = event["id"].as_str().unwrap();
        assert!(id.starts_with("blue:"), "{id}");
        assert_eq!(event["data"]["id"], id);
    }
}

#[test]
fn an_event_belongs_to_the_trace_of_the_document() {
    let upstream = Upstream::start("blubilling");
    let document = document(&upstream);
    let (address, messages) = application(&[204]);
    let gateway = gateway(upstream.address, address, "127.0.0.1");
    let trace = "00-4bf92f3577b34da6a3ce929d0e0e4736";
    let parent = format!("{trace}-00f067aa0ba902b7-01");
    let headers = [
        ("Content-Type", "application/xml"),
        ("Authorization", KEY),
        ("traceparent", &parent),
        ("tracestate", "rojo=1"),
    ];
    let target = "/v1/callbacks/blue";
    let taken = call(gateway.traffic, "POST", target, &headers, &document);
    assert_eq!(taken.status, 204, "{taken:?}");
    let message = messages.recv_timeout(Duration::from_secs(20)).unwrap();

    let told = message.header("traceparent");
    assert!(told.starts_with(trace) && told.ends_with("-01"), "{told}");
    assert_ne!(told, parent);
    assert_eq!(message.header("tracestate"), "rojo=1");
}

#[test]
fn callbacks_are_taken_from_the_addresses_that_are_named() {
    let upstream = Upstream::start("blubilling");
    let (address, messages) = application(&[204]);
    let gateway = gateway(upstream.address, address, "192.0.2.0/24, \"2001:db8::/32\"");

    let refused = post(&gateway, KEY, "<customer id=\"1\"/>");

    assert_eq!(refused.problem(), (401, "unauthenticated".to_owned()));
    assert!(messages.try_recv().is_err());
}

#[test]
fn a_secret_of_events_that_is_none_is_found_before_anything_starts() {
    let nowhere: SocketAddr = "127.0.0.1:9".parse().unwrap();
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("interlingua.yaml");
    let secret = folder.path().join("secret");
    std::fs::write(&secret, "planted, no Base64").unwrap();
    let of_file = format!("file: \"{}\"", secret.display());
    let text = configuration(nowhere, nowhere, "127.0.0.1")
        .replace("env: CALLBACK_KEY", &of_file)
        .replace("env: EVENTS_SECRET", &of_file);
    std::fs::write(&path, text).unwrap();

    let told = run(&["check", path.to_str().unwrap()]);

    assert_eq!(told.code, 1, "{told:?}");
    assert!(
        told.out.contains("C003") || told.err.contains("C003"),
        "{told:?}"
    );
    assert!(!told.out.contains("planted") && !told.err.contains("planted"));
}
