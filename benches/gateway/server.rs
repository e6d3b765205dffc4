//! The gateway of the bench: one listener, one upstream, and nothing else of the process around it.
//!
//! `server gateway PORT UPSTREAM` translates; `server passthrough PORT UPSTREAM` copies bytes with bare hyper, to
//! show what the HTTP library alone costs. Both listen on 127.0.0.1 and run on one thread.

#![allow(
    clippy::print_stdout,
    reason = "the runner waits for the line that says it listens"
)]

mod passthrough;

use std::collections::BTreeMap;
use std::error::Error;
use std::future::pending;
use std::io;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use interlingua::config::{Deadlines, Limits, Pool};
use interlingua::gateway::listener::serve;
use interlingua::gateway::{Caller, Cursors, Gateway, Judge, Setup, UpstreamSetup};
use interlingua::mapping::catalog::Catalog;
use interlingua::mapping::compile::upstream::Upstream;
use interlingua::telemetry::{LogFormat, LogLevel, LogSettings, Metrics, Telemetry};
use interlingua::upstream::{Origin, Tls, UpstreamClient};
use tokio::net::TcpListener;

/// Name of the upstream's mapping, and of the upstream.
const UPSTREAM: &str = "blubilling";

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [mode, port, upstream] = arguments.as_slice() else {
        return Err("usage: server gateway|passthrough PORT UPSTREAM-PORT".into());
    };
    let (port, upstream): (u16, u16) = (port.parse()?, upstream.parse()?);
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    runtime.block_on(async {
        let listener = TcpListener::bind(("127.0.0.1", port)).await?;
        if mode == "passthrough" {
            println!("listening");
            return passthrough::serve(&listener, upstream).await;
        }
        let metrics = Metrics::new("bench")?;
        let logs = LogSettings {
            level: LogLevel::Info,
            format: LogFormat::Json,
            access_log: false,
        };
        let (_control, _guard) = logs.install(&metrics)?;
        let gateway = gateway(metrics, upstream)?;
        println!("listening");
        let limits = Limits::default();
        serve(listener, gateway, &limits, pending(), Duration::ZERO).await;
        Ok(())
    })
}

/// The whole stack as it is served, over the shipped mapping.
fn gateway(metrics: Metrics, upstream: u16) -> Result<Gateway, Box<dyn Error>> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut found = BTreeMap::new();
    for folder in ["schemas", "mappings"] {
        files(&root.join(folder), folder, &mut found)?;
    }
    let catalog = Catalog::load(found).0;
    let base_url = format!("http://127.0.0.1:{upstream}");
    let settings = BTreeMap::from([("base-url".to_owned(), base_url.as_str().into())]);
    let sandbox = catalog
        .mappings
        .get(UPSTREAM)
        .and_then(|set| set.sandbox.as_ref());
    let auth = sandbox.and_then(|sandbox| sandbox.auth.as_ref());
    let compiled = Upstream::compile(&catalog, UPSTREAM, UPSTREAM, &settings, auth)
        .map_err(|fault| format!("the shipped mapping does not compile: {fault:?}"))?;
    let limits = Limits::default();
    let client = UpstreamClient::new(
        Origin::of(&base_url)?,
        Deadlines::default(),
        Pool::default(),
        &limits,
        Tls::native,
    )?;
    let setup = Setup {
        operations: &catalog.operations,
        judge: Arc::new(Judge::new(&catalog.operations, &catalog.canonical_schemas)?),
        upstreams: vec![UpstreamSetup::new(Arc::new(compiled), Arc::new(client))],
        routing: Vec::new(),
        default_upstream: None,
        caller: Caller::default(),
        trust_callers: false,
        limits,
        deadline: Duration::from_secs(20),
        telemetry: Telemetry {
            metrics,
            access_log: false,
        },
        cursors: Cursors::generate()?,
    };
    Ok(Gateway::new(setup)?)
}

fn files(folder: &Path, name: &str, found: &mut BTreeMap<String, Vec<u8>>) -> io::Result<()> {
    for entry in std::fs::read_dir(folder)? {
        let entry = entry?;
        let name = format!("{name}/{}", entry.file_name().to_string_lossy());
        if entry.file_type()?.is_dir() {
            files(&entry.path(), &name, found)?;
        } else {
            found.insert(name, std::fs::read(entry.path())?);
        }
    }
    Ok(())
}
