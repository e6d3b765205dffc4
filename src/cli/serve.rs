//! `serve`: the gateway over the upstreams of a configuration.

use std::io;
use std::path::PathBuf;
use std::time::Instant;

use clap::Args;

use super::console::{Console, Exit};
use super::files::Files;
use super::flags::Overrides;
use super::process::{self, Bound, Configuration, From, Plant, Ready, Stop};
use crate::diag::{Report, Span};
use crate::mapping::catalog::Catalog;
use crate::mapping::compile::upstream::Upstream;
use crate::telemetry::events::{ConfigurationLoaded, Stopping};
use crate::telemetry::{Event, Metrics};

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
    pub(super) fn run(&self, console: &mut Console) -> io::Result<Exit> {
        let (mut catalog, mut report) = self.files.catalog();
        let found = process::configuration(
            From::File(&self.config),
            &self.overrides.given(),
            &mut catalog,
            &mut report,
        );
        let upstreams = found
            .as_ref()
            .map(|found| compile(found, &mut catalog, &mut report));
        let (Some(Configuration { settings, .. }), Some(upstreams), false) =
            (found, upstreams, report.has_errors())
        else {
            console.faults(&report, &catalog.sources)?;
            return Ok(Exit::BadConfiguration);
        };
        console.faults(&report, &catalog.sources)?;
        let metrics = Metrics::new(env!("CARGO_PKG_VERSION")).map_err(io::Error::other)?;
        let (_control, _guard) = settings.log.install(&metrics).map_err(io::Error::other)?;
        process::runtime()?.block_on(async {
            let (stop, mut signals) = Stop::on_signals()?;
            let bound = match Bound::bind(&settings.listeners).await {
                Ok(bound) => bound,
                Err(refused) => {
                    console.note(format!("error: {refused}"))?;
                    return Ok(Exit::CannotBind);
                }
            };
            let plant = match Plant::build(&catalog, &settings, upstreams, bound, metrics) {
                Ok(plant) => plant,
                Err(fault) => {
                    console.note(format!("error: {fault}"))?;
                    return Ok(Exit::BadConfiguration);
                }
            };
            let telemetry = plant.telemetry().clone();
            ConfigurationLoaded {
                path: Some(&self.config),
                upstreams: settings.upstreams.len(),
            }
            .emit(&telemetry);
            let serving = tokio::spawn(plant.serve(stop));
            let cause = signals.first().await;
            Stopping { cause }.emit(&telemetry);
            tokio::select! {
                _ = serving => {}
                _ = signals.next() => {}
            }
            Ok(Exit::Ok)
        })
    }
}

/// Compiles the upstreams of a configuration; every fault goes into the report.
fn compile(
    configuration: &Configuration,
    catalog: &mut Catalog,
    report: &mut Report,
) -> Vec<Ready> {
    let mut compiled = Vec::new();
    for upstream in &configuration.settings.upstreams {
        let Some(settings) = process::settings_of(upstream, catalog, report) else {
            continue;
        };
        let span = upstream
            .span
            .unwrap_or_else(|| Span::new(configuration.file, 0, 0));
        let auth = upstream
            .auth
            .as_ref()
            .map(|auth| process::auth_of(auth, span));
        let started = Instant::now();
        match Upstream::compile(
            catalog,
            &upstream.mapping,
            &upstream.name,
            &settings,
            auth.as_ref(),
        ) {
            Ok(ready) => compiled.push(Ready {
                upstream: ready,
                deadlines: upstream.deadlines,
                pool: upstream.pool,
                took: started.elapsed(),
            }),
            Err(found) => report.append(found),
        }
    }
    compiled
}
