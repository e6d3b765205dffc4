//! `serve`: the gateway over the upstreams of a configuration.

use std::io;
use std::panic::resume_unwind;
use std::path::PathBuf;
use std::thread;

use clap::Args;

use super::console::{Console, Exit};
use super::files::Files;
use super::flags::Overrides;
use super::process::{
    self, Bound, Configuration, Loaded, Means, Parts, Plant, Reloadable, Source, Stop, Texts,
};
use crate::admin::Quit;
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
    fn read(source: &Source) -> (Texts, Loaded) {
        let read = || {
            let texts = source.read();
            let loaded = source.load(&texts);
            (texts, loaded)
        };
        let read = thread::scope(|scope| scope.spawn(read).join());
        read.unwrap_or_else(|panic| resume_unwind(panic))
    }

    pub(super) fn run(self, console: &mut Console) -> io::Result<Exit> {
        let source = Source {
            configuration: self.config,
            overrides: self.overrides,
            files: self.files,
        };
        let (texts, mut loaded) = Self::read(&source);
        let version = loaded.version(&texts);
        let Some(found) = loaded.configuration.take() else {
            let mut report = loaded.report;
            report.append(loaded.of_mappings);
            console.faults(&report, &loaded.catalog.sources)?;
            return Ok(Exit::BadConfiguration);
        };
        console.faults(&loaded.report, &loaded.catalog.sources)?;
        let metrics = Metrics::new(env!("CARGO_PKG_VERSION")).map_err(io::Error::other)?;
        let log = &found.settings.log;
        let (log, _guard) = log.install(&metrics).map_err(io::Error::other)?;
        process::runtime()?.block_on(async {
            let (stop, mut signals) = Stop::on_signals()?;
            let quit = Quit::default();
            let bound = match Bound::bind(&found.settings.listeners).await {
                Ok(bound) => bound,
                Err(refused) => {
                    console.note(format!("error: {refused}"))?;
                    return Ok(Exit::CannotBind);
                }
            };
            let files = Reloadable::new(source.clone(), &texts, version.clone(), &found);
            let means = Means {
                metrics,
                log,
                quit: quit.clone(),
                configuration: Some(&source.configuration),
                files: Some(files),
            };
            let of_mappings = process::by_number(&loaded.of_mappings);
            let plant = match build(&loaded.catalog, found, (texts, &version), bound, means) {
                Ok(plant) => plant,
                Err(fault) => {
                    console.note(format!("error: {fault}"))?;
                    return Ok(Exit::BadConfiguration);
                }
            };
            let telemetry = plant.telemetry().clone();
            if let Some(findings) = &of_mappings {
                MappingsFound { findings }.emit(&telemetry);
            }
            let serving = tokio::spawn(plant.serve(stop));
            // What serves is compiled, and what tells of it reads the files again.
            drop(loaded.catalog);
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

/// Builds the gateway of a configuration, and tells what it is made of.
fn build(
    catalog: &Catalog,
    found: Configuration,
    (texts, version): (Texts, &str),
    bound: Bound,
    means: Means<'_>,
) -> Result<Plant, String> {
    let telemetry = Telemetry {
        metrics: means.metrics.clone(),
        access_log: found.settings.log.access_log,
        traces: Default::default(),
    };
    let path = means.configuration;
    process::tell(&found.upstreams, &telemetry);
    let upstreams = found.upstreams.len();
    let parts = Parts {
        catalog,
        settings: &found.settings,
        upstreams: found.upstreams,
        roots: &found.roots,
        version,
    };
    let plant = Plant::build(parts, texts.again(), bound, means)?;
    ConfigurationLoaded {
        path,
        upstreams,
        version,
    }
    .emit(&telemetry);
    Ok(plant)
}
