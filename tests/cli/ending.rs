//! The end of a process that serves, and what it lacks while it does.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use crate::http::{call as ask, get};
use crate::process::{Running, command};

/// A gateway over one upstream, which nothing need be.
struct Gateway {
    running: Running,
    traffic: SocketAddr,
    admin: SocketAddr,
    probes: SocketAddr,
    _folder: tempfile::TempDir,
}

impl Gateway {
    /// `run` makes a command of the binary and its arguments.
    fn start(upstream: SocketAddr, more: &str, run: impl FnOnce(&str) -> Command) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("interlingua.yaml");
        let text = format!(
            "listen: 127.0.0.1:0\nadmin: 127.0.0.1:0\nprobes: 127.0.0.1:0\nupstreams:\n  blue:\n    mapping: blubilling\n    settings: {{ base-url: \"http://{upstream}\" }}\n    auth: {{ scheme: none }}\n{more}"
        );
        std::fs::write(&path, text).unwrap();
        let mut running = Running::start(run(path.to_str().unwrap()));
        let [traffic, admin, probes] = running.listening(["traffic", "admin", "probes"]);
        Self {
            traffic,
            admin,
            probes,
            running,
            _folder: folder,
        }
    }

    /// Asks it to end, and waits until readiness is gone.
    fn drain(&self) {
        self.running.ask();
        while get(self.probes, "/readyz").status == 200 {
            thread::yield_now();
        }
    }
}

fn served(path: &str) -> Command {
    command(&["serve", "--config", path])
}

fn nobody() -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    listener.local_addr().unwrap()
}

fn connect(address: SocketAddr) -> BufReader<TcpStream> {
    let stream = TcpStream::connect(address).unwrap();
    let patience = Some(Duration::from_secs(30));
    stream.set_read_timeout(patience).unwrap();
    BufReader::new(stream)
}

/// One call on a connection that is kept; whether the answer is its last.
fn call(stream: &mut BufReader<TcpStream>) -> (String, bool) {
    let request = b"GET /v1/upstreams HTTP/1.1\r\nhost: a\r\n\r\n";
    stream.get_mut().write_all(request).unwrap();
    let mut head = String::new();
    while !head.ends_with("\r\n\r\n") {
        assert!(stream.read_line(&mut head).unwrap() > 0, "{head:?}");
    }
    let head = head.to_ascii_lowercase();
    let length = head.split("content-length: ").nth(1).unwrap();
    let length = length.split('\r').next().unwrap().parse().unwrap();
    let mut body = vec![0; length];
    stream.read_exact(&mut body).unwrap();
    let status = head.lines().next().unwrap().to_owned();
    (status, head.contains("connection: close"))
}

#[test]
fn fault_36_sigterm_under_load_fails_no_call() {
    let gateway = Gateway::start(nobody(), "", served);
    let address = gateway.traffic;
    let answered = Arc::new(AtomicUsize::new(0));
    let is_gone = Arc::new(AtomicBool::new(false));
    let callers: Vec<_> = (0..4)
        .map(|_| {
            let (answered, is_gone) = (Arc::clone(&answered), Arc::clone(&is_gone));
            thread::spawn(move || {
                // As a balancer does: nothing is sent here once readiness is gone.
                while !is_gone.load(Ordering::Relaxed) {
                    let mut stream = connect(address);
                    while !is_gone.load(Ordering::Relaxed) {
                        let (status, is_last) = call(&mut stream);
                        assert_eq!(status, "http/1.1 200 ok");
                        answered.fetch_add(1, Ordering::Relaxed);
                        if is_last {
                            break;
                        }
                    }
                }
            })
        })
        .collect();
    while answered.load(Ordering::Relaxed) < 100 {
        thread::yield_now();
    }
    let asked = Instant::now();
    gateway.drain();
    is_gone.store(true, Ordering::Relaxed);
    for caller in callers {
        caller.join().unwrap();
    }
    let (code, _) = gateway.running.ended();
    assert_eq!(code, 0);
    assert!(asked.elapsed() < Duration::from_secs(25));
}

#[test]
fn a_second_signal_does_not_wait() {
    // It takes what it is sent and says nothing.
    let silent = TcpListener::bind("127.0.0.1:0").unwrap();
    let limits = "limits: { deadline: 1h }\n";
    let gateway = Gateway::start(silent.local_addr().unwrap(), limits, served);
    let mut stream = connect(gateway.traffic);
    let request = b"GET /v1/customers/blue:340 HTTP/1.1\r\nhost: a\r\n\r\n";
    stream.get_mut().write_all(request).unwrap();
    let _held = silent.accept().unwrap();

    gateway.drain();
    let asked = Instant::now();
    let (code, _) = {
        gateway.running.ask();
        gateway.running.ended()
    };

    assert_eq!(code, 0);
    // The upstream has five seconds for its first byte.
    assert!(asked.elapsed() < Duration::from_secs(4));
    let mut said = Vec::new();
    // However the connection ends, nothing is said on it.
    let _ = stream.read_to_end(&mut said);
    assert!(said.is_empty());
}

#[test]
fn fault_43_without_descriptors_accepting_rests_and_goes_on() {
    let gateway = Gateway::start(nobody(), "", |path| {
        let mut limited = Command::new("sh");
        let run = format!(
            "ulimit -n 64; exec {} serve --config {path}",
            env!("CARGO_BIN_EXE_interlingua")
        );
        limited
            .args(["-c", &run])
            .env_clear()
            .current_dir(env!("CARGO_MANIFEST_DIR"));
        limited
    });
    let mut first = connect(gateway.traffic);
    assert_eq!(call(&mut first).0, "http/1.1 200 ok");

    let mut held: Vec<_> = (0..100).map(|_| connect(gateway.traffic)).collect();
    // Whoever is connected is served.
    assert_eq!(call(&mut first).0, "http/1.1 200 ok");
    // The last one waits to be accepted; when the others go, it is.
    let mut last = held.pop().unwrap();
    drop(held);
    assert_eq!(call(&mut last).0, "http/1.1 200 ok");
    assert_eq!(call(&mut connect(gateway.traffic)).0, "http/1.1 200 ok");
    assert_eq!(get(gateway.probes, "/readyz").status, 200);
    let (code, _) = gateway.running.end();
    assert_eq!(code, 0);
}

#[test]
fn operators_turn_up_the_log_take_it_out_and_end_it() {
    let gateway = Gateway::start(nobody(), "", served);
    let order = |method, path, body| ask(gateway.admin, method, path, &[], body);
    assert_eq!(order("GET", "/log-level", "").body, "info\n");
    assert_eq!(order("PUT", "/log-level", "debug").body, "debug\n");
    assert_eq!(order("GET", "/log-level", "").body, "debug\n");
    assert_eq!(order("PUT", "/log-level", "loud").status, 422);
    let upstreams = order("GET", "/upstreams", "").json();
    assert_eq!(upstreams["upstreams"][0]["name"], "blue");
    assert_eq!(upstreams["upstreams"][0]["suspended"], false);
    let address = &upstreams["upstreams"][0]["addresses"][0];
    assert_eq!(address["resting"], false);
    assert!(
        address["address"]
            .as_str()
            .unwrap()
            .starts_with("127.0.0.1:")
    );

    // Taken out, it still answers who comes.
    assert_eq!(get(gateway.probes, "/readyz").status, 200);
    assert_eq!(order("POST", "/drain", "").status, 200);
    assert_eq!(get(gateway.probes, "/readyz").status, 503);
    assert_eq!(get(gateway.traffic, "/v1/upstreams").status, 200);

    assert_eq!(order("POST", "/quitquitquit", "").status, 202);
    let (code, _) = gateway.running.ended();
    assert_eq!(code, 0);
}
