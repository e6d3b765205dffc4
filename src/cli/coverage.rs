//! `coverage`: what each upstream carries, and what not.

use std::io;

use clap::Args;

use super::console::{Console, Exit};
use super::files::Files;
use crate::diag::nearest::known_names;
use crate::mapping::coverage;

/// Tell what each upstream carries: operations, and the places of every type
///
/// With a name, everything about one upstream: what it offers, carries, refuses and declares not to carry.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  interlingua coverage                                        a table over all upstreams
  interlingua coverage --places                               with a row for each place of the model
  interlingua coverage acme > mappings/acme/coverage.txt      the file that `check` compares")]
pub(super) struct Coverage {
    /// The upstream, by its mapping's name
    name: Option<String>,
    /// A row for each place of the model too
    #[arg(long, env = "INTERLINGUA_PLACES")]
    places: bool,
    #[command(flatten)]
    files: Files,
}

// === impl Coverage ===

impl Coverage {
    pub(super) fn run(&self, console: &mut Console) -> io::Result<Exit> {
        let (catalog, report) = self.files.catalog();
        if report.has_errors() {
            console.faults(&report, &catalog.sources)?;
            return Ok(Exit::BadConfiguration);
        }
        let Some(name) = &self.name else {
            console.say(coverage::operations(&catalog).to_string())?;
            if self.places {
                console.line("")?;
                console.say(coverage::places(&catalog).to_string())?;
            }
            return Ok(Exit::Ok);
        };
        let Some(found) = coverage::coverage(&catalog, name) else {
            let known = catalog.mappings.keys().map(String::as_str);
            return console.unknown(
                &format!("there is no mapping `{name}`"),
                known_names(name, known),
            );
        };
        console.say(found.to_string())?;
        Ok(Exit::Ok)
    }
}
