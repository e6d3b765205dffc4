//! Writes that bear a key, by a process that is killed at any moment (fault 37 of the fault matrix).

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::Path;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::time::Duration;

use crate::http::{Answer, call};
use crate::process::{Running, command, run};
use crate::upstream::Upstream;

const CUSTOMERS: &str = "/v1/customers";
const CREATE: &str =
    include_str!("../../mappings/blubilling/cases/createCustomer/as-documented/canonical.json");
const CUSTOMER: &str =
    include_str!("../../mappings/blubilling/cases/getCustomer/by-reference/native.xml");
const HEADERS: [(&str, &str); 3] = [
    ("Content-Type", "application/json"),
    ("Interlingua-Upstream", "blue"),
    ("Idempotency-Key", "k-1"),
];

/// A gateway whose configuration and journal stand in a folder; it is killed when it is dropped.
fn gateway(folder: &Path, upstream: SocketAddr) -> (Running, SocketAddr) {
    let path = folder.join("interlingua.yaml");
    let text = format!(
        "listen: 127.0.0.1:0\nadmin: 127.0.0.1:0\nprobes: 127.0.0.1:0\nupstreams:\n  blue:\n    mapping: blubilling\n    settings: {{ base-url: \"http://{upstream}\", phone-country: US }}\n    auth: {{ scheme: basic, username: demo, password: {{ env: BLUE_PASSWORD }} }}\n"
    );
    std::fs::write(&path, text).unwrap();
    let mut command = command(&["serve", "--config", path.to_str().unwrap()]);
    command.env("BLUE_PASSWORD", "demo-blubilling");
    let mut running = Running::start(command);
    let [traffic] = running.listening(["traffic"]);
    (running, traffic)
}

fn create(gateway: SocketAddr, body: &str) -> Answer {
    call(gateway, "POST", CUSTOMERS, &HEADERS, body)
}

/// An upstream that takes writes and never answers, and reads the customer that they make.
fn deaf() -> (SocketAddr, Receiver<String>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let (seen, lines) = channel();
    std::thread::spawn(move || {
        let mut held = Vec::new();
        for stream in listener.incoming() {
            held.extend(answered(stream.unwrap(), &seen));
        }
    });
    (address, lines)
}

/// The next line that the upstream sees.
fn next(lines: &Receiver<String>) -> String {
    lines.recv_timeout(Duration::from_secs(30)).unwrap()
}

/// Reads a request; gives back the connection of a write.
fn answered(mut stream: TcpStream, seen: &Sender<String>) -> Option<TcpStream> {
    let mut reader = BufReader::new(stream.try_clone().unwrap());
    let mut head = String::new();
    while !head.ends_with("\r\n\r\n") {
        if reader.read_line(&mut head).unwrap() == 0 {
            return None;
        }
    }
    let line = head.lines().next().unwrap().to_owned();
    let is_write = line.starts_with("POST");
    if is_write {
        let length = |line: &str| {
            line.to_ascii_lowercase()
                .strip_prefix("content-length: ")?
                .parse()
                .ok()
        };
        let mut body = vec![0; head.lines().find_map(length).unwrap()];
        reader.read_exact(&mut body).unwrap();
    }
    seen.send(line).unwrap();
    if is_write {
        return Some(stream);
    }
    let length = CUSTOMER.len();
    let answer = format!(
        "HTTP/1.1 200 OK\r\nContent-Type: application/xml; charset=utf-8\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n{CUSTOMER}"
    );
    stream.write_all(answer.as_bytes()).unwrap();
    None
}

#[test]
fn fault_37_an_answer_is_given_again_by_the_process_after_the_one_that_was_killed() {
    let upstream = Upstream::start("blubilling");
    let folder = tempfile::tempdir().unwrap();
    let (running, address) = gateway(folder.path(), upstream.address);
    // The sandbox has the documented one.
    let body = CREATE.replace("bj444", "bj445");
    let first = create(address, &body);
    assert_eq!(first.status, 201, "{first:?}");
    drop(running);

    let (_running, address) = gateway(folder.path(), upstream.address);
    let again = create(address, &body);

    assert_eq!((again.status, &again.body), (201, &first.body), "{again:?}");
    assert!(
        again.head.contains("idempotency-replayed: true"),
        "{again:?}"
    );
    let writes = upstream.received();
    let writes = writes.iter().filter(|one| one.line.starts_with("POST"));
    assert_eq!(writes.count(), 1);
}

#[test]
fn fault_37_a_write_of_a_process_that_was_killed_is_looked_for_and_not_sent_again() {
    let (upstream, lines) = deaf();
    let folder = tempfile::tempdir().unwrap();
    let (running, address) = gateway(folder.path(), upstream);
    let mut caller = TcpStream::connect(address).unwrap();
    let length = CREATE.len();
    let request = format!(
        "POST {CUSTOMERS} HTTP/1.1\r\nHost: {address}\r\nContent-Type: application/json\r\nInterlingua-Upstream: blue\r\nIdempotency-Key: k-1\r\nContent-Length: {length}\r\n\r\n{CREATE}"
    );
    caller.write_all(request.as_bytes()).unwrap();
    assert!(next(&lines).starts_with("POST "));
    drop(running);

    let (_running, address) = gateway(folder.path(), upstream);
    let again = create(address, CREATE);

    assert_eq!(again.status, 201, "{again:?}");
    assert_eq!(again.json()["warnings"][0]["code"], "found-afterwards");
    assert!(next(&lines).contains("extCustomerRef=bj444"));
    assert!(lines.try_recv().is_err(), "nothing else was sent");
}

#[test]
fn a_journal_that_another_process_has_is_told_at_the_start() {
    let upstream = Upstream::start("blubilling");
    let folder = tempfile::tempdir().unwrap();
    let (_running, _) = gateway(folder.path(), upstream.address);
    let path = folder.path().join("interlingua.yaml");
    let mut second = command(&["serve", "--config", path.to_str().unwrap()]);
    second.env("BLUE_PASSWORD", "demo-blubilling");
    let ended = crate::process::ended(second.output().unwrap());
    assert_eq!(ended.code, 78, "{ended:?}");
    assert!(
        ended.err.contains("another process has the journal open"),
        "{ended:?}"
    );
    assert!(ended.err.contains("`journal.store`"), "{ended:?}");
}

/// Who shares a Redis says so with a secret, and what is wrong is told before anything listens.
#[test]
fn a_shared_journal_needs_a_secret() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("interlingua.yaml");
    let text = "upstreams: { blue: { mapping: blubilling } }\njournal: { store: 'redis://127.0.0.1:1/0' }\n";
    std::fs::write(&path, text).unwrap();
    let ended = run(&["check", path.to_str().unwrap()]);
    assert_eq!(ended.code, 1, "{ended:?}");
    assert!(ended.out.contains("journal.secret"), "{ended:?}");
}
