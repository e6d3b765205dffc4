//! Files that change while the gateway serves.

use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread;

use crate::http::{Answer, call, get};
use crate::process::{Running, command};

/// A customer as the upstream answers it.
const CUSTOMER: &str = include_str!("../../mappings/blubilling/cases/getCustomer/by-id/native.xml");

/// Where callers find it.
const TARGET: &str = "/v1/customers/blue:77";

/// An upstream that answers every request with a customer; it ends with the process.
fn upstream() -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    thread::spawn(move || {
        for stream in listener.incoming() {
            thread::spawn(move || answer(stream.unwrap()));
        }
    });
    address
}

/// Answers the requests of one connection.
fn answer(stream: TcpStream) -> std::io::Result<()> {
    let mut reader = BufReader::new(stream);
    loop {
        let mut head = String::new();
        while !head.ends_with("\r\n\r\n") {
            if reader.read_line(&mut head)? == 0 {
                return Ok(());
            }
        }
        let length = CUSTOMER.len();
        write!(
            reader.get_mut(),
            "HTTP/1.1 200 OK\r\ncontent-type: application/xml\r\ncontent-length: {length}\r\n\r\n{CUSTOMER}"
        )?;
    }
}

/// A gateway over a configuration that may change.
struct Gateway {
    running: Running,
    traffic: SocketAddr,
    admin: SocketAddr,
    probes: SocketAddr,
    file: PathBuf,
    base: String,
    _folder: tempfile::TempDir,
}

impl Gateway {
    /// `more` is the rest of the configuration, `flags` those of the command line.
    fn start(more: &str, flags: &[&str]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("interlingua.yaml");
        let base = format!(
            "listen: 127.0.0.1:0\nadmin: 127.0.0.1:0\nprobes: 127.0.0.1:0\nupstreams:\n  blue:\n    mapping: blubilling\n    settings: {{ base-url: \"http://{}\" }}\n    auth: {{ scheme: none }}\n",
            upstream()
        );
        fs::write(&file, format!("{base}{more}")).unwrap();
        let serve = ["serve", "--config", file.to_str().unwrap()];
        let mut running = Running::start(command(&[&serve, flags].concat()));
        let [traffic, admin, probes] = running.listening(["traffic", "admin", "probes"]);
        Self {
            running,
            traffic,
            admin,
            probes,
            file,
            base,
            _folder: folder,
        }
    }

    /// Writes another rest of the configuration.
    fn write(&self, more: &str) {
        fs::write(&self.file, format!("{}{more}", self.base)).unwrap();
    }

    /// Asks for a reload.
    fn reload(&self) -> Answer {
        call(self.admin, "POST", "/reload", &[], "")
    }

    fn version(&self) -> String {
        get(self.admin, "/mappings").json()["version"]
            .as_str()
            .unwrap()
            .to_owned()
    }

    /// Writes another rest and waits until it serves.
    fn exchanged(&self, more: &str, ask: impl FnOnce()) {
        let (was, applied) = (self.version(), self.reloads("applied"));
        self.write(more);
        ask();
        while self.reloads("applied") == applied {
            thread::yield_now();
        }
        assert_ne!(self.version(), was);
    }

    /// The value of a series.
    fn metric(&self, series: &str) -> i64 {
        let metrics = get(self.probes, "/metrics").body;
        let line = metrics.lines().find_map(|line| line.strip_prefix(series));
        line.map_or(0, |value| value.trim().parse().unwrap())
    }

    fn reloads(&self, outcome: &str) -> i64 {
        self.metric(&format!(
            "interlingua_reloads_total{{outcome=\"{outcome}\"}}"
        ))
    }
}

/// A configuration's rest that tells states apart.
fn agent(number: usize) -> String {
    format!("caller: {{ kind: agent, id: a{number} }}\n")
}

#[test]
fn a_changed_configuration_serves_once_it_is_asked_for() {
    let gateway = Gateway::start("", &[]);
    let is_closed = |answer: &Answer| answer.status == 501;
    assert!(!is_closed(&get(gateway.traffic, TARGET)));
    let was = gateway.version();

    let told = gateway.reload();
    assert_eq!(
        (told.status, told.body),
        (200, format!("{was} serves already\n"))
    );

    gateway.write("routing: { default: blue }\n");
    assert_eq!(gateway.version(), was, "not before");
    let told = gateway.reload();
    let now = gateway.version();
    assert_ne!(now, was);
    assert_eq!(
        (told.status, told.body),
        (200, format!("{now} serves now\n"))
    );
    let config = get(gateway.admin, "/config").json();
    assert_eq!(config["routing"]["default"], "blue");
    let info = format!("interlingua_configuration_info{{version=\"{now}\"}}");
    assert_eq!(gateway.metric(&info), 1);
    let gone = format!("interlingua_configuration_info{{version=\"{was}\"}}");
    assert_eq!(gateway.metric(&gone), 0);
    assert_eq!(
        (gateway.reloads("applied"), gateway.reloads("unchanged")),
        (1, 1)
    );
}

#[test]
fn a_hangup_reads_the_files_again() {
    let gateway = Gateway::start("reload: { watch: false }\n", &[]);
    gateway.exchanged(&format!("reload: {{ watch: false }}\n{}", agent(1)), || {
        let id = gateway.running.id().to_string();
        let kill = Command::new("kill").args(["-HUP", &id]).status();
        assert!(kill.unwrap().success());
    });
}

#[test]
fn files_that_change_are_seen_and_so_are_secrets_that_nothing_else_follows() {
    let folder = tempfile::tempdir().unwrap();
    let secret = folder.path().join("secret");
    fs::write(&secret, "whsec_AAAA").unwrap();
    let watched = format!(
        "reload: {{ every: 20ms }}\nevents: {{ url: \"http://127.0.0.1:9/\", secret: {{ file: {} }} }}\n",
        secret.display()
    );
    let gateway = Gateway::start(&watched, &[]);
    gateway.exchanged(&format!("{watched}{}", agent(1)), || {});

    fs::write(&secret, "whsec_BBBB").unwrap();
    while gateway.reloads("applied") < 2 {
        thread::yield_now();
    }
    // What is no secret keeps the old one, is told once, and does no harm.
    fs::write(&secret, "not Base64!").unwrap();
    while gateway.reloads("refused") < 1 {
        thread::yield_now();
    }
    assert_eq!(get(gateway.traffic, TARGET).status, 200);
    fs::write(&secret, "whsec_CCCC").unwrap();
    while gateway.metric("interlingua_configuration_refused") != 0 {
        thread::yield_now();
    }
    assert_eq!(gateway.reloads("refused"), 1);
}

#[test]
fn fault_35_what_cannot_serve_is_refused_and_what_served_before_goes_on() {
    let gateway = Gateway::start("", &[]);
    let was = gateway.version();
    let refusals = [
        ("lmits: { body: 1KiB }\n", "C002"),
        ("upstreams: {}\n", "M003"),
        ("limits: { idle: 7s }\n", "C011"),
        ("telemetry: { log-level: debug }\n", "C011"),
        ("routing: { default: green }\n", "C006"),
    ];
    for (number, (more, code)) in (1..).zip(refusals) {
        gateway.write(more);
        let told = gateway.reload();
        assert_eq!(told.status, 422, "{more}: {told:?}");
        let place = format!("{}:", gateway.file.display());
        assert!(told.body.contains(&place), "{told:?}");
        if code.starts_with('C') {
            assert!(told.body.contains(code), "{told:?}");
        }
        assert_eq!(get(gateway.traffic, TARGET).status, 200);
        assert_eq!(gateway.version(), was);
        assert_eq!(gateway.reloads("refused"), number);
        assert_eq!(gateway.metric("interlingua_configuration_refused"), 1);
    }
    gateway.write("");
    assert_eq!(gateway.reload().status, 200);
    assert_eq!(gateway.metric("interlingua_configuration_refused"), 0);

    let (code, log) = gateway.running.end();
    assert_eq!(code, 0);
    let told = log.lines().find(|line| line.contains("C002")).unwrap();
    let told: serde_json::Value = serde_json::from_str(told).unwrap();
    assert!(
        told["place"]
            .as_str()
            .unwrap()
            .ends_with("interlingua.yaml:9:1"),
        "{told}"
    );
    assert!(log.contains("what served before goes on"), "{log}");
}

#[test]
fn fault_34_reloads_under_load_fail_no_call() {
    reload_under_load(40, 4);
}

/// Every tenth of these reloads is of files that cannot serve.
fn reload_under_load(reloads: usize, callers: usize) {
    let gateway = Gateway::start("", &[]);
    let (answered, is_over) = (
        Arc::new(AtomicUsize::new(0)),
        Arc::new(AtomicBool::new(false)),
    );
    let calling: Vec<_> = (0..callers)
        .map(|_| {
            let (answered, is_over) = (Arc::clone(&answered), Arc::clone(&is_over));
            let address = gateway.traffic;
            thread::spawn(move || {
                while !is_over.load(Ordering::Relaxed) {
                    let answer = get(address, TARGET);
                    assert_eq!(answer.status, 200, "{answer:?}");
                    answered.fetch_add(1, Ordering::Relaxed);
                }
            })
        })
        .collect();
    for number in 1..=reloads {
        let is_valid = number % 10 != 0;
        match is_valid {
            true => gateway.write(&agent(number)),
            false => gateway.write("upstreams: none\n"),
        }
        let before = answered.load(Ordering::Relaxed);
        assert_eq!(gateway.reload().status == 200, is_valid, "{number}");
        // Each state answers.
        while answered.load(Ordering::Relaxed) < before + callers {
            assert!(!calling.iter().any(|caller| caller.is_finished()));
            thread::yield_now();
        }
    }
    is_over.store(true, Ordering::Relaxed);
    for caller in calling {
        caller.join().unwrap();
    }
    // The upstream is what it was: its connections went on over all of them.
    let opened = "interlingua_upstream_connections_opened_total{upstream=\"blue\"}";
    let opened = gateway.metric(opened);
    assert!(opened <= i64::try_from(callers).unwrap() + 1, "{opened}");
    assert_eq!(
        gateway.reloads("refused"),
        i64::try_from(reloads / 10).unwrap()
    );
    let calls = "interlingua_requests_total{operation=\"getCustomer\",outcome=\"ok\",sent=\"none\",status=\"2xx\",upstream=\"blue\"}";
    let answered = answered.load(Ordering::Relaxed);
    assert_eq!(gateway.metric(calls), i64::try_from(answered).unwrap());
    println!("{answered} calls over {reloads} reloads, none failed");
}

/// A copy of a folder.
fn copied(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let path = entry.unwrap().path();
        let to = to.join(path.file_name().unwrap());
        match path.is_dir() {
            true => copied(&path, &to),
            false => fs::copy(&path, &to).map(drop).unwrap(),
        }
    }
}

#[test]
fn a_mapping_that_changed_is_proven_and_its_version_is_told_with_every_answer() {
    let folder = tempfile::tempdir().unwrap();
    let newcomers = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/newcomers");
    for part in ["mappings/quillpost", "schemas"] {
        copied(&newcomers.join(part), &folder.path().join(part));
    }
    let mappings = folder.path().join("mappings");
    let secret = folder.path().join("secret");
    fs::write(&secret, "s3cret").unwrap();
    let secret = format!(
        "client-id: us, client-secret: {{ file: {} }}",
        secret.display()
    );
    let more = format!(
        "  quill: {{ mapping: quillpost, settings: {{ base-url: 'http://127.0.0.1:9', {secret} }} }}\n"
    );
    let gateway = Gateway::start(&more, &["--also", mappings.to_str().unwrap()]);
    let version = || {
        let listing = get(gateway.admin, "/mappings").json();
        let version = &listing["mappings"][1]["version"];
        version.as_str().unwrap().to_owned()
    };
    let told = || {
        let head = get(gateway.traffic, "/v1/customers/quill:1").head;
        let mut lines = head.lines();
        let told = lines.find_map(|line| line.strip_prefix("interlingua-mapping: "));
        told.unwrap().to_owned()
    };
    let was = version();
    assert_eq!(told(), format!("quillpost;version=\"{was}\""));

    // A broken file is told at its place.
    let upstream = mappings.join("quillpost/upstream.yaml");
    let whole = fs::read_to_string(&upstream).unwrap();
    fs::write(
        &upstream,
        whole.replacen("getCustomer:", "getCustommer:", 1),
    )
    .unwrap();
    let refused = gateway.reload();
    assert_eq!(refused.status, 422);
    let place = format!("{}:", upstream.display());
    assert!(refused.body.contains("getCustommer"), "{}", refused.body);
    assert!(refused.body.contains(&place), "{}", refused.body);
    assert_eq!(version(), was);

    fs::write(&upstream, format!("{whole}\n# more\n")).unwrap();
    let applied = gateway.reload();
    assert_eq!(applied.status, 200, "{applied:?}");
    let now = version();
    assert_ne!(now, was);
    assert_eq!(told(), format!("quillpost;version=\"{now}\""));
}
