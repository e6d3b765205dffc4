//! `serve`: the gateway over the upstreams of a configuration.

use std::io;
use std::panic::resume_unwind;
use std::path::PathBuf;
use std::sync::Arc;
use std::thread;

use clap::Args;

use super::console::{Console, Exit};
use super::files::{Files, Found};
use super::flags::Overrides;
use super::process::{self, Bound, Means, Plant, Stop};
use crate::admin::Quit;
use crate::diag::Report;
use crate::mapping::catalog::Catalog;
use crate::telemetry::events::{ConfigurationLoaded, MappingsFound, Stopping};
use crate::telemetry::{Event, Metrics, Telemetry};

/// Serve the canonical API over the upstreams of a configuration
///
/// The configuration is checked whole before anything listens. SIGTERM and Ctrl-C let the calls in flight end; a
/// second signal does not wait.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  interlingua serve --config interlingua.yaml
  interlingua serve --listen 127.0.0.1:0 --log-format text
  interlingua schema config                              what the file may say
  interlingua check interlingua.yaml                     whether it says it right")]
pub(super) struct Serve {
    /// The configuration
    #[arg(
        long,
        short,
        value_name = "FILE",
        default_value = "interlingua.yaml",
        env = "INTERLINGUA_CONFIG"
    )]
    config: PathBuf,
    #[command(flatten)]
    overrides: Overrides,
    #[command(flatten)]
    files: Files,
}

// === impl Serve ===

impl Serve {
    /// Reads the files by a thread of its own, so that what they take lies apart from what stays and can be given back
    /// whole.
    fn read(&self, files: &Found) -> (Catalog, Report) {
        let read = thread::scope(|scope| scope.spawn(|| self.files.serving(files)).join());
        read.unwrap_or_else(|panic| resume_unwind(panic))
    }

    /// Tells of files that were read and serve.
    fn loaded(&self, upstreams: usize, of_mappings: &Report, telemetry: &Telemetry) {
        ConfigurationLoaded {
            path: Some(&self.config),
            upstreams,
        }
        .emit(telemetry);
        if let Some(findings) = process::by_number(of_mappings) {
            MappingsFound {
                findings: &findings,
            }
            .emit(telemetry);
        }
    }

    pub(super) fn run(&self, console: &mut Console) -> io::Result<Exit> {
        let files = self.files.all();
        let (mut catalog, of_mappings) = self.read(&files);
        let mut report = Report::new();
        let found = process::configuration(
            &self.config,
            &self.overrides.given(),
            &mut catalog,
            &mut report,
        );
        let is_sound = !of_mappings.has_errors() && !report.has_errors();
        let (Some(found), true) = (found, is_sound) else {
            report.append(of_mappings);
            console.faults(&report, &catalog.sources)?;
            return Ok(Exit::BadConfiguration);
        };
        console.faults(&report, &catalog.sources)?;
        let settings = found.settings;
        let again = Box::new(move || Arc::new(files.load_serving().0));
        let metrics = Metrics::new(env!("CARGO_PKG_VERSION")).map_err(io::Error::other)?;
        let (log, _guard) = settings.log.install(&metrics).map_err(io::Error::other)?;
        process::runtime()?.block_on(async {
            let (stop, mut signals) = Stop::on_signals()?;
            let quit = Quit::default();
            let bound = match Bound::bind(&settings.listeners).await {
                Ok(bound) => bound,
                Err(refused) => {
                    console.note(format!("error: {refused}"))?;
                    return Ok(Exit::CannotBind);
                }
            };
            let (upstreams, roots) = (found.upstreams, found.roots);
            let means = Means {
                roots: &roots,
                metrics,
                log,
                quit: quit.clone(),
                configuration: Some(&self.config),
            };
            let plant = Plant::build(&catalog, &settings, upstreams, again, bound, means);
            let plant = match plant {
                Ok(plant) => plant,
                Err(fault) => {
                    console.note(format!("error: {fault}"))?;
                    return Ok(Exit::BadConfiguration);
                }
            };
            let telemetry = plant.telemetry().clone();
            self.loaded(settings.upstreams.len(), &of_mappings, &telemetry);
            let serving = tokio::spawn(plant.serve(stop));
            // What serves is compiled, and what tells of it reads the files again.
            drop(catalog);
            let cause = signals.first_or(&quit).await;
            Stopping { cause }.emit(&telemetry);
            tokio::select! {
                _ = serving => {}
                _ = signals.next() => {}
            }
            Ok(Exit::Ok)
        })
    }
}
