//! `openapi`: the canonical API as OpenAPI 3.1.

use std::io;

use clap::Args;

use super::console::{Console, Exit};
use super::files::Files;
use crate::gateway::openapi;

/// Write the OpenAPI 3.1 document of the canonical API
///
/// It is made of the canonical schemas and operations, and is what the gateway serves at `/openapi.json`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  interlingua openapi > openapi.json
  interlingua openapi | jq '.paths | keys'")]
pub(super) struct Openapi {
    #[command(flatten)]
    files: Files,
}

// === impl Openapi ===

impl Openapi {
    pub(super) fn run(&self, console: &mut Console) -> io::Result<Exit> {
        let (catalog, report) = self.files.catalog();
        match openapi::document(&catalog.operations, &catalog.canonical_schemas) {
            Ok(document) => {
                console.line(format!("{document:#}"))?;
                Ok(Exit::Ok)
            }
            Err(fault) => {
                console.faults(&report, &catalog.sources)?;
                console.note(format!("error: {fault}"))?;
                Ok(Exit::BadConfiguration)
            }
        }
    }
}
