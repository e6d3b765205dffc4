//! `schema`: JSON Schemas of canonical types, of the configuration, and of the files that people write.

use std::io;

use clap::Args;
use serde_json::Value;

use super::console::{Console, Exit};
use super::files::Files;
use crate::config;
use crate::diag::nearest::known_names;
use crate::mapping::editor;
use crate::mapping::keywords::FileKind;

/// The kinds of files with what `schema` calls them.
const KINDS: [(&str, FileKind); 6] = [
    ("mapping", FileKind::Mapping),
    ("tables", FileKind::Tables),
    ("upstream", FileKind::Upstream),
    ("sandbox", FileKind::Sandbox),
    ("case", FileKind::Case),
    ("operations", FileKind::Operations),
];

/// Write the JSON Schema of a canonical type, of the configuration, or of a kind of file
///
/// Without a name all names are listed.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  interlingua schema                 all names
  interlingua schema Customer        a type of the canonical model
  interlingua schema config          interlingua.yaml
  interlingua schema mapping         what an editor completes in a mapping file")]
pub(super) struct Schema {
    /// A type of the model, `config`, or one of `mapping`, `tables`, `upstream`, `sandbox`, `case`, `operations`, `native`
    name: Option<String>,
    #[command(flatten)]
    files: Files,
}

// === impl Schema ===

impl Schema {
    pub(super) fn run(&self, console: &mut Console) -> io::Result<Exit> {
        let (catalog, report) = self.files.catalog();
        let types = catalog.canonical_schemas.iter().filter_map(|(_, text)| {
            let schema: Value = serde_json::from_str(text).ok()?;
            Some((schema.get("title")?.as_str()?.to_owned(), text.as_str()))
        });
        let types: Vec<(String, &str)> = types.collect();
        let Some(name) = &self.name else {
            for name in types.iter().map(|(name, _)| name.as_str()).chain(others()) {
                console.line(name)?;
            }
            return Ok(Exit::Ok);
        };
        if let Some((_, text)) = types.iter().find(|(title, _)| title == name) {
            console.line(text.trim_end())?;
            return Ok(Exit::Ok);
        }
        if name == "config" {
            console.line(format!("{:#}", config::schema()))?;
            return Ok(Exit::Ok);
        }
        if let Some((_, kind)) = KINDS.iter().find(|(known, _)| known == name) {
            console.line(format!("{:#}", editor::schema_for(*kind, &catalog)))?;
            return Ok(Exit::Ok);
        }
        if name == "native" {
            console.line(format!("{:#}", editor::native()))?;
            return Ok(Exit::Ok);
        }
        console.faults(&report, &catalog.sources)?;
        let known = types.iter().map(|(name, _)| name.as_str()).chain(others());
        console.unknown(
            &format!("there is no schema `{name}`"),
            known_names(name, known),
        )
    }
}

fn others<'a>() -> impl Iterator<Item = &'a str> {
    ["config", "native"]
        .into_iter()
        .chain(KINDS.into_iter().map(|(name, _)| name))
}
