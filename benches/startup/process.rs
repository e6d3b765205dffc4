//! The gateway as a process: started, asked whether it is ready, measured, ended.

use std::fs;
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

use tempfile::TempDir;

use crate::callgrind;

const UPSTREAMS: &str = "
upstreams:
  blubilling:
    settings: { base-url: 'http://127.0.0.1:1' }
    auth: { scheme: basic, username: demo, password: { env: SECRET } }
  cybersource:
    settings: { base-url: 'http://127.0.0.1:1', merchant-id: one, key-id: one, shared-secret: { env: KEY } }
  dxp-ux:
    settings: { base-url: 'http://127.0.0.1:1', country: PR, client-id: client, client-secret: { env: SECRET }, tax-id-key: { env: KEY } }
  ebpp:
    settings: { base-url: 'https://127.0.0.1:1', client-key: one, secret: { env: SECRET }, channel: web }
  flexiti:
    settings: { base-url: 'http://127.0.0.1:1', client-id: client, client-secret: { env: SECRET } }
";

/// 32 bytes in Base64, good for nothing.
const KEY: &str = "MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=";

/// How long a start may take before it counts as failed, also under valgrind and beside neighbours.
const DEADLINE: Duration = Duration::from_secs(120);

/// A configuration of all five upstreams, and where it lies.
pub(crate) struct Configured {
    folder: TempDir,
    probes: SocketAddr,
}

/// A gateway that is ready.
pub(crate) struct Served {
    child: Child,
    /// From before the process was made until it said that it is ready.
    pub(crate) took: Duration,
}

// === impl Configured ===

impl Configured {
    pub(crate) fn new() -> Self {
        // The system gives a port that nobody has.
        let free = TcpListener::bind("127.0.0.1:0").unwrap();
        let probes = free.local_addr().unwrap();
        let folder = tempfile::tempdir().unwrap();
        let listeners = format!("listen: 127.0.0.1:0\nadmin: 127.0.0.1:0\nprobes: {probes}");
        fs::write(
            folder.path().join("interlingua.yaml"),
            listeners + UPSTREAMS,
        )
        .unwrap();
        Self { folder, probes }
    }

    fn below(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }
}

// === impl Served ===

impl Served {
    pub(crate) fn start(configured: &Configured) -> Self {
        Self::by(Command::new(binary()), configured)
    }

    fn by(mut command: Command, configured: &Configured) -> Self {
        command
            .arg("serve")
            .arg("--config")
            .arg(configured.below("interlingua.yaml"))
            .env("SECRET", "nobody-needs-it")
            .env("KEY", KEY)
            .stdin(Stdio::null())
            .stdout(fs::File::create(configured.below("log")).unwrap())
            .stderr(fs::File::create(configured.below("told")).unwrap());
        let started = Instant::now();
        let mut child = command.spawn().unwrap();
        while !is_ready(configured.probes) {
            let told = || fs::read_to_string(configured.below("told")).unwrap();
            assert!(child.try_wait().unwrap().is_none(), "{}", told());
            if started.elapsed() > DEADLINE {
                child.kill().unwrap();
                panic!("not ready within {DEADLINE:?}: {}", told());
            }
            sleep(Duration::from_micros(250));
        }
        Self {
            child,
            took: started.elapsed(),
        }
    }

    /// KiB in memory when nothing moves any more: all of it with the pages of the binary, and what is its own.
    pub(crate) fn memory(&self) -> (u64, u64) {
        let read = || {
            let status = fs::read_to_string(format!("/proc/{}/status", self.child.id())).unwrap();
            let of = |name: &str| {
                let line = status.lines().find(|line| line.starts_with(name)).unwrap();
                line.split_whitespace().nth(1).unwrap().parse().unwrap()
            };
            (of("VmRSS:"), of("RssAnon:"))
        };
        let mut before = read();
        for _ in 0..20 {
            sleep(Duration::from_millis(50));
            let now = read();
            if now == before {
                break;
            }
            before = now;
        }
        before
    }

    pub(crate) fn end(mut self) {
        let id = self.child.id().to_string();
        let asked = Command::new("kill").args(["-TERM", &id]).status().unwrap();
        assert!(asked.success());
        assert!(self.child.wait().unwrap().success());
    }
}

fn binary() -> &'static str {
    env!("CARGO_BIN_EXE_interlingua")
}

/// Whether `GET /readyz` is answered by 200.
fn is_ready(probes: SocketAddr) -> bool {
    let Ok(mut stream) = TcpStream::connect(probes) else {
        return false;
    };
    let asked =
        stream.write_all(b"GET /readyz HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n");
    stream.set_read_timeout(Some(DEADLINE)).unwrap();
    let mut answer = String::new();
    asked.is_ok()
        && stream.read_to_string(&mut answer).is_ok()
        && answer.starts_with("HTTP/1.1 200")
}

/// User-mode instructions of a start and an end.
pub(crate) fn instructions(configured: &Configured) -> u64 {
    let log = configured.below("valgrind");
    let mut valgrind = callgrind::command();
    valgrind
        .arg(format!("--log-file={}", log.display()))
        .arg(binary());
    Served::by(valgrind, configured).end();
    callgrind::collected(&fs::read_to_string(log).unwrap())
}
