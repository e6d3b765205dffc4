//! `demo`: the gateway and a sandbox of every upstream in one process, with calls to try.

mod curl;

use std::fmt::Write as _;
use std::io::{self, Write as _};
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Instant;

use clap::Args;
use jiff::Timestamp;

use super::console::{Console, Exit};
use super::files::Files;
use super::flags::Overrides;
use super::process::{self, Bound, Means, Parts, Plant, Ready, Running, Stop};
use super::sandbox::{ports, told};
use crate::admin::Quit;
use crate::config::{self, Conduct};
use crate::diag::Report;
use crate::mapping::catalog::Catalog;
use crate::mapping::compile::upstream::Upstream;
use crate::sandbox;
use crate::telemetry::{LogControl, Metrics};
use crate::upstream::Roots;

/// Run the gateway with a sandbox for every upstream, and print calls to try
///
/// Nothing else is needed: everything is in this process and on loopback, and what is changed is forgotten when it
/// ends. Ctrl-C ends it.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  interlingua demo
  interlingua demo --listen 127.0.0.1:0 --admin 127.0.0.1:0 --probes 127.0.0.1:0 --sandbox-port 0
      on free ports, which the printed calls name")]
pub(super) struct Demo {
    /// The port of the first sandbox instead of that of its sandbox.yaml, further ones count on; 0 takes free ones
    #[arg(long, value_name = "PORT", env = "INTERLINGUA_SANDBOX_PORT")]
    sandbox_port: Option<u16>,
    #[command(flatten)]
    overrides: Overrides,
    #[command(flatten)]
    files: Files,
}

// === impl Demo ===

impl Demo {
    pub(super) fn run(&self, console: &mut Console) -> io::Result<Exit> {
        let (mut catalog, mut report) = self.files.checked();
        let with_sandbox = catalog
            .mappings
            .iter()
            .filter(|(_, set)| set.sandbox.is_some());
        let names: Vec<String> = with_sandbox.map(|(name, _)| name.clone()).collect();
        let found = process::settings_alone(
            &text(&names),
            &self.overrides.given(),
            &mut catalog,
            &mut report,
        );
        let (Some(settings), false) = (found, report.has_errors()) else {
            console.faults(&report, &catalog.sources)?;
            return Ok(Exit::BadConfiguration);
        };
        if let Some(line) = process::by_number(&report) {
            console.note(line)?;
        }
        let metrics = Metrics::new(env!("CARGO_PKG_VERSION")).map_err(io::Error::other)?;
        let (log, _guard) = settings.log.install(&metrics).map_err(io::Error::other)?;
        let catalog = Arc::new(catalog);
        process::runtime()?.block_on(self.serve(
            &catalog,
            &names,
            &settings,
            (metrics, log),
            console,
        ))
    }

    async fn serve(
        &self,
        catalog: &Arc<Catalog>,
        names: &[String],
        settings: &config::Settings,
        (metrics, log): (Metrics, LogControl),
        console: &mut Console,
    ) -> io::Result<Exit> {
        let ((stop, mut signals), quit) = (Stop::on_signals()?, Quit::default());
        let bound = match Bound::bind(&settings.listeners).await {
            Ok(bound) => bound,
            Err(refused) => {
                console.note(format!("error: {refused}"))?;
                return Ok(Exit::CannotBind);
            }
        };
        let names: Vec<&str> = names.iter().map(String::as_str).collect();
        let now = Timestamp::now().as_millisecond();
        let running = match Running::bind(catalog, &names, ports(self.sandbox_port), now).await {
            Ok(running) => running,
            Err(fault) => return told(fault, catalog, console),
        };
        let mut upstreams = Vec::new();
        for one in running.all() {
            match upstream(catalog, &one.mapping, one.address) {
                Ok(ready) => upstreams.push(ready),
                Err(fault) => {
                    console.faults(&fault, &catalog.sources)?;
                    return Ok(Exit::BadConfiguration);
                }
            }
        }
        let kept = Arc::clone(catalog);
        let means = Means {
            metrics,
            log,
            quit: quit.clone(),
            configuration: None,
            files: None,
        };
        let parts = Parts {
            catalog,
            settings,
            upstreams,
            // Sandboxes are called without TLS.
            roots: &Roots::default(),
            version: &catalog.model,
        };
        let again = Box::new(move || Arc::clone(&kept));
        let plant = match Plant::build(parts, again, bound, means) {
            Ok(plant) => plant,
            Err(fault) => {
                console.note(format!("error: {fault}"))?;
                return Ok(Exit::BadConfiguration);
            }
        };
        let welcome = welcome(plant.bound(), &running, catalog);
        let sandboxes = tokio::spawn(running.serve(stop.clone()));
        let serving = tokio::spawn(plant.serve(stop));
        console.say(welcome).and_then(|()| console.out.flush())?;
        signals.first_or(&quit).await;
        tokio::select! {
            _ = async { serving.await.is_ok() && sandboxes.await.is_ok() } => {}
            _ = signals.next() => {}
        }
        Ok(Exit::Ok)
    }
}

/// A configuration of every upstream that has a sandbox: loopback only, and quiet unless asked otherwise.
fn text(names: &[String]) -> String {
    let mut text = String::from(
        "probes: 127.0.0.1:9902\ntelemetry: { log-level: warn }\ncallers: { open: true }\nupstreams:\n",
    );
    for name in names {
        let _ = writeln!(text, "  {name}: {{ mapping: {name} }}");
    }
    text
}

/// The upstream as its sandbox speaks it.
fn upstream(catalog: &Catalog, mapping: &str, address: SocketAddr) -> Result<Ready, Report> {
    let started = Instant::now();
    let set = catalog.mappings.get(mapping);
    let settings = set
        .map(|set| sandbox::settings(set, &format!("http://{address}")))
        .unwrap_or_default();
    let auth = set.and_then(|set| set.sandbox.as_ref()?.auth.as_ref());
    let upstream = Upstream::compile(catalog, mapping, mapping, &settings, auth)?;
    let effective = set.map(|set| process::effective(set, &settings, &[]));
    Ok(Ready {
        made_of: upstream.version.clone(),
        upstream: Arc::new(upstream),
        settings: effective.unwrap_or_default(),
        files: Vec::new(),
        conduct: Conduct::default(),
        ca: None,
        took: started.elapsed(),
    })
}

/// What is up, and calls to try, in full.
fn welcome(bound: &Bound, running: &Running, catalog: &Catalog) -> String {
    let gateway = bound.traffic();
    let mut text =
        String::from("Interlingua is up. Ctrl-C ends it; what was changed is forgotten then.\n\n");
    let _ = writeln!(text, "# gateway    http://{gateway}/v1");
    let _ = writeln!(
        text,
        "# admin      http://{0}/mappings  http://{0}/reference",
        bound.admin()
    );
    let _ = writeln!(
        text,
        "# probes     http://{0}/livez  http://{0}/readyz  http://{0}/metrics",
        bound.probes()
    );
    for one in running.all() {
        let title = catalog
            .mappings
            .get(&one.mapping)
            .and_then(|set| set.upstream.as_ref()?.title.as_ref());
        let title = title.map_or(one.mapping.as_str(), |title| &title.value);
        let _ = writeln!(text, "# sandbox    {}  {title}", one.base_url);
    }
    for one in running.all() {
        let sandbox = catalog
            .mappings
            .get(&one.mapping)
            .and_then(|set| set.sandbox.as_ref());
        let calls = sandbox
            .map(|sandbox| sandbox.curl.as_slice())
            .unwrap_or_default();
        let _ = writeln!(text, "\n# --- {} ---", one.mapping);
        for call in calls {
            let _ = writeln!(
                text,
                "\n# {}\n{}",
                call.title.value,
                curl::line(call, gateway)
            );
        }
    }
    text
}
