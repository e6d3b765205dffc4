//! `sandbox`: upstreams to call instead of the real ones.

use std::io;
use std::sync::Arc;

use clap::Args;
use jiff::Timestamp;

use super::console::{Console, Exit};
use super::files::Files;
use super::process::{self, Fault, Ports, Running, Stop};
use crate::diag::nearest::known_names;

/// Run sandboxes: each upstream's own dialect, spoken by its mapping over records in memory
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  interlingua sandbox                    all of them, on the ports of their sandbox.yaml
  interlingua sandbox acme --port 0      one, on a free port")]
pub(super) struct Sandboxes {
    /// The mappings; all that have a sandbox.yaml if left out
    names: Vec<String>,
    /// The port of the first sandbox instead of that of its sandbox.yaml, further ones count on; 0 takes free ones
    #[arg(long, env = "INTERLINGUA_PORT")]
    port: Option<u16>,
    #[command(flatten)]
    files: Files,
}

/// Ports by what a flag says.
pub(super) const fn ports(port: Option<u16>) -> Ports {
    match port {
        None => Ports::Declared,
        Some(0) => Ports::Free,
        Some(first) => Ports::From(first),
    }
}

// === impl Sandboxes ===

impl Sandboxes {
    pub(super) fn run(&self, console: &mut Console) -> io::Result<Exit> {
        let (catalog, report) = self.files.checked();
        if report.has_errors() {
            console.faults(&report, &catalog.sources)?;
            return Ok(Exit::BadConfiguration);
        }
        if let Some(line) = process::by_number(&report) {
            console.note(line)?;
        }
        let with_sandbox = catalog
            .mappings
            .iter()
            .filter(|(_, set)| set.sandbox.is_some());
        let known: Vec<&str> = with_sandbox.map(|(name, _)| name.as_str()).collect();
        if let Some(name) = self
            .names
            .iter()
            .find(|name| !known.contains(&name.as_str()))
        {
            let help = known_names(name, known.iter().copied());
            return console.unknown(&format!("there is no sandbox `{name}`"), help);
        }
        let known: Vec<String> = known.into_iter().map(str::to_owned).collect();
        let names = if self.names.is_empty() {
            &known
        } else {
            &self.names
        };
        let names: Vec<&str> = names.iter().map(String::as_str).collect();
        let catalog = Arc::new(catalog);
        process::runtime()?.block_on(async {
            let (stop, mut signals) = Stop::on_signals()?;
            let now = Timestamp::now().as_millisecond();
            let running = match Running::bind(&catalog, &names, ports(self.port), now).await {
                Ok(running) => running,
                Err(fault) => return told(fault, &catalog, console),
            };
            for one in running.all() {
                console.line(format!("{} {}", one.mapping, one.base_url))?;
            }
            let serving = tokio::spawn(running.serve(stop));
            signals.first().await;
            tokio::select! {
                _ = serving => {}
                _ = signals.next() => {}
            }
            Ok(Exit::Ok)
        })
    }
}

/// Says why sandboxes do not run.
pub(super) fn told(
    fault: Fault,
    catalog: &crate::mapping::catalog::Catalog,
    console: &mut Console,
) -> io::Result<Exit> {
    match fault {
        Fault::Refused(refused) => {
            console.note(format!("error: {refused}"))?;
            Ok(Exit::CannotBind)
        }
        Fault::NoPort(first, count) => console.unknown(
            &format!("{count} sandboxes need {count} ports, and they end at 65535: {first} is too high for the first"),
            None,
        ),
        Fault::Files(report) => {
            console.faults(&report, &catalog.sources)?;
            Ok(Exit::BadConfiguration)
        }
    }
}
