//! A gateway over every shipped mapping three times: its sandbox, an upstream that tells what it should not, and nobody.

use std::fmt::Write as _;
use std::io::{BufRead, BufReader, Read};
use std::net::SocketAddr;
use std::process::{Child, Command, Stdio};
use std::sync::atomic::AtomicUsize;
use std::sync::{Arc, Mutex, mpsc};
use std::thread::JoinHandle;

use interlingua::mapping::catalog::Catalog;
use serde_json::Value;

use super::seek::{Kind, kinds};
use super::upstreams::{application, collector, dead, echo, sandbox};
use crate::http::{Answer, exchange};
use crate::process::command;

/// Name of each mapping, settings of its sandbox, and settings whose secrets are planted.
const MAPPINGS: [(&str, &str, &str); 5] = [
    (
        "blubilling",
        "auth: { scheme: basic, username: demo, password: { env: SANDBOX_PASSWORD } }",
        "auth: { scheme: basic, username: demo, password: { env: OPERATORS_PASSWORD } }",
    ),
    (
        "cybersource",
        "settings: { URL, merchant-id: testrest, key-id: demo-key, shared-secret: { env: SANDBOX_SHARED } }",
        "settings: { URL, merchant-id: testrest, key-id: demo-key, shared-secret: { env: OPERATORS_SHARED_SECRET } }",
    ),
    (
        "dxp-ux",
        "settings: { URL, country: PR, client-id: demo-client, client-secret: { env: SANDBOX_DXP }, tax-id-key: { env: SANDBOX_SEAL } }",
        "settings: { URL, country: PR, client-id: demo-client, client-secret: { env: OPERATORS_CLIENT_SECRET }, tax-id-key: { env: OPERATORS_SEALING_KEY } }",
    ),
    (
        "ebpp",
        "settings: { URL, client-key: '987654321', secret: { env: SANDBOX_EBPP }, channel: Web Portal }",
        "settings: { URL, client-key: '987654321', secret: { env: OPERATORS_HMAC_KEY }, channel: Web Portal }",
    ),
    (
        "flexiti",
        "settings: { URL, client-id: flexitidemo, client-secret: { env: SANDBOX_FLEXITI } }",
        "settings: { URL, client-id: flexitidemo, client-secret: { env: OPERATORS_CLIENT_SECRET } }",
    ),
];

/// Secrets that the sandboxes publish.
const PUBLISHED: [(&str, &str); 6] = [
    ("SANDBOX_PASSWORD", "demo-blubilling"),
    ("SANDBOX_SHARED", "aW50ZXJsaW5ndWEgZGVtbywgY3liZXJzb3VyY2U="),
    ("SANDBOX_DXP", "demo-dxp-ux"),
    (
        "SANDBOX_SEAL",
        "aW50ZXJsaW5ndWEgZGVtbyBrZXkgZm9yIGR4cC11eCE=",
    ),
    ("SANDBOX_EBPP", "1234567890"),
    ("SANDBOX_FLEXITI", "demo-flexiti"),
];

/// Which of the three an upstream is.
pub(crate) const BEHIND: [&str; 3] = ["box", "echo", "dead"];

/// A running gateway.
pub(crate) struct Gateway {
    child: Child,
    logs: JoinHandle<String>,
    errors: JoinHandle<String>,
    pub(crate) traffic: SocketAddr,
    pub(crate) admin: SocketAddr,
    pub(crate) probes: SocketAddr,
    pub(crate) kinds: Arc<Vec<Kind>>,
    /// How echoing upstreams answer.
    pub(crate) mode: Arc<AtomicUsize>,
    /// What the collector of traces got.
    spans: Arc<Mutex<String>>,
    /// What `check` says of the configuration.
    pub(crate) checked: String,
    _folder: tempfile::TempDir,
}

pub(crate) fn mappings() -> impl Iterator<Item = &'static str> {
    MAPPINGS.iter().map(|(name, ..)| *name)
}

fn configuration(
    catalog: &Arc<Catalog>,
    kinds: &Arc<Vec<Kind>>,
    mode: &Arc<AtomicUsize>,
    collector: &str,
) -> String {
    let mut text = format!(
        "telemetry: {{ traces: {{ endpoint: '{collector}', headers: {{ x-key: {{ env: OPERATORS_PASSWORD }} }} }} }}\nlisten: 127.0.0.1:0\nadmin: 127.0.0.1:0\nprobes: 127.0.0.1:0\nevents: {{ url: \"{}\", secret: {{ env: OPERATORS_EVENTS_SECRET }} }}\nupstreams:\n",
        application()
    );
    for (mapping, published, planted) in MAPPINGS {
        let echoing = echo(catalog, mapping, Arc::clone(kinds), Arc::clone(mode));
        let urls = [sandbox(catalog, mapping), echoing, dead()];
        for (behind, url) in BEHIND.iter().zip(urls) {
            let settings = if *behind == "box" { published } else { planted };
            let url = format!("base-url: \"{url}\"");
            let settings = settings.replace("URL", &url);
            let _ = writeln!(
                text,
                "  {mapping}-{behind}:\n    mapping: {mapping}\n    {settings}"
            );
            if mapping == "flexiti" {
                let _ = writeln!(text, "    in-url: {{ allow: [searchBillingAccounts] }}");
            }
            if !settings.starts_with("settings") {
                let _ = writeln!(text, "    settings: {{ {url} }}");
                let _ = writeln!(
                    text,
                    "    callbacks: {{ header: X-Callback-Key, secret: {{ env: OPERATORS_CALLBACK_KEY }} }}"
                );
            }
        }
    }
    text
}

fn with_secrets(mut command: Command, kinds: &[Kind]) -> Command {
    for kind in kinds.iter().filter(|kind| kind.is_of_config()) {
        let name = kind.name.to_uppercase().replace('-', "_");
        let value = match kind.name {
            "operators-events-secret" => format!("whsec_{}", kind.value),
            _ => kind.value.to_owned(),
        };
        command.env(name, value);
    }
    command
        .envs(PUBLISHED)
        .env("INTERLINGUA_LOG_LEVEL", "trace");
    command
}

// === impl Gateway ===

impl Gateway {
    pub(crate) fn start(catalog: &Arc<Catalog>) -> Self {
        let kinds = Arc::new(kinds());
        let mode = Arc::new(AtomicUsize::new(0));
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("interlingua.yaml");
        let (collector, spans) = collector();
        let text = configuration(catalog, &kinds, &mode, &collector);
        std::fs::write(&path, text).unwrap();
        let path = path.to_str().unwrap();
        let checked = with_secrets(command(&["check", path]), &kinds)
            .output()
            .unwrap();
        let checked = format!("{checked:?}");
        let mut child = with_secrets(command(&["serve", "--config", path]), &kinds)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let (told, lines) = mpsc::channel();
        let mut out = BufReader::new(child.stdout.take().unwrap());
        let logs = std::thread::spawn(move || {
            let mut all = String::new();
            let mut from = 0;
            while out.read_line(&mut all).unwrap() > 0 {
                // Nobody listens any more once it serves.
                let _ = told.send(all[from..].to_owned());
                from = all.len();
            }
            all
        });
        let mut err = child.stderr.take().unwrap();
        let errors = std::thread::spawn(move || {
            let mut all = String::new();
            err.read_to_string(&mut all).unwrap();
            all
        });
        let address = |name: &str| -> SocketAddr {
            loop {
                let Ok(line) = lines.recv() else {
                    panic!("it does not serve: {checked}");
                };
                if line.contains(&format!("\"{name}\"")) {
                    let line: Value = serde_json::from_str(&line).unwrap();
                    return line["address"].as_str().unwrap().parse().unwrap();
                }
            }
        };
        let (traffic, admin, probes) = (address("traffic"), address("admin"), address("probes"));
        Self {
            child,
            logs,
            errors,
            traffic,
            admin,
            probes,
            kinds,
            mode,
            spans,
            checked,
            _folder: folder,
        }
    }

    /// Sends a call, head and body as they are given.
    pub(crate) fn send(
        &self,
        first: &str,
        headers: &[(&str, &str)],
        body: Option<&[u8]>,
    ) -> Answer {
        let mut head = format!(
            "{first} HTTP/1.1\r\nHost: {}\r\nConnection: close\r\n",
            self.traffic
        );
        for (name, value) in headers {
            let _ = write!(head, "{name}: {value}\r\n");
        }
        if let Some(body) = body {
            let _ = write!(head, "Content-Length: {}\r\n", body.len());
        }
        head.push_str("\r\n");
        exchange(
            self.traffic,
            &[head.as_bytes(), body.unwrap_or_default()].concat(),
        )
    }

    /// What a listener answers to a plain request.
    pub(crate) fn get(address: SocketAddr, target: &str) -> Answer {
        let request =
            format!("GET {target} HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n");
        exchange(address, request.as_bytes())
    }

    /// Asks it to end; gives its logs, its spans and what it wrote to standard error.
    pub(crate) fn end(mut self) -> (String, String, String) {
        let id = self.child.id().to_string();
        let asked = Command::new("kill").args(["-TERM", &id]).status().unwrap();
        assert!(asked.success());
        assert!(self.child.wait().unwrap().success());
        let spans = self.spans.lock().unwrap().clone();
        let errors = self.errors.join().unwrap();
        (self.logs.join().unwrap(), spans, errors)
    }
}
