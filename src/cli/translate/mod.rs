//! `translate`: a dry run in either direction; nothing is sent.

mod document;
mod show;

use std::io::{self, Read};
use std::path::{Path, PathBuf};

use clap::{Args, ValueEnum};

use super::console::{Console, Exit};
use super::files::Files;
use super::settings::Given;
use crate::diag::nearest::did_you_mean;
use crate::mapping::ast;
use crate::mapping::catalog::{Catalog, MappingSet};

/// Which way.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Direction {
    /// Canonical in, native out
    ToNative,
    /// Native in, canonical out
    ToCanonical,
}

/// Which half of a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Message {
    /// What is asked
    Request,
    /// What is answered
    Response,
}

/// Translate a document in either direction; nothing is sent
///
/// The document is read from FILE or standard input; the result goes to standard output, laid out for reading,
/// losses and faults to standard error.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  interlingua translate -u acme --mapping customer -d to-canonical answer.xml
  interlingua translate -u acme --mapping 'customer as CustomerUpdate' --message request \\
      --base stored.xml patch.json
      writes a merge patch over the stored document; only what it touches changes")]
pub(super) struct Translate {
    /// The document; standard input if left out, or `-`
    file: Option<PathBuf>,
    /// The upstream whose mapping translates, by the mapping's name
    #[arg(long, short, value_name = "NAME", env = "INTERLINGUA_UPSTREAM")]
    upstream: String,
    /// The mapping of the document, with a view if there is one: `customer`, `customer as CustomerUpdate`
    #[arg(long, value_name = "MAPPING", env = "INTERLINGUA_MAPPING")]
    mapping: String,
    /// Which way
    #[arg(
        long,
        short,
        value_enum,
        default_value = "to-native",
        env = "INTERLINGUA_DIRECTION"
    )]
    direction: Direction,
    /// Which half of a call the document is; left out, what goes that way through a gateway
    #[arg(long, short, value_enum, env = "INTERLINGUA_MESSAGE")]
    message: Option<Message>,
    /// The document is a merge patch: absent, null and value are three things
    #[arg(long, env = "INTERLINGUA_PATCH")]
    patch: bool,
    /// The stored native document that a merge patch is written over
    #[arg(long, value_name = "FILE", env = "INTERLINGUA_BASE")]
    base: Option<PathBuf>,
    /// Write the bytes as they would be sent
    #[arg(long, env = "INTERLINGUA_RAW")]
    raw: bool,
    #[command(flatten)]
    settings: Given,
    #[command(flatten)]
    files: Files,
}

// === impl Translate ===

impl Translate {
    pub(super) fn run(&self, console: &mut Console) -> io::Result<Exit> {
        let (catalog, report) = self.files.catalog();
        if report.has_errors() {
            console.faults(&report, &catalog.sources)?;
            return Ok(Exit::BadConfiguration);
        }
        let Some(set) = catalog.mappings.get(&self.upstream) else {
            let known = catalog.mappings.keys().map(String::as_str);
            let message = format!("there is no mapping `{}`", self.upstream);
            return console.unknown(&message, did_you_mean(&self.upstream, known));
        };
        self.document(console, &catalog, set)
    }

    /// The half of a call that goes this way through a gateway, unless a flag says otherwise.
    fn message(&self) -> ast::Message {
        match (self.message, self.direction) {
            (Some(Message::Request), _) | (None, Direction::ToNative) => ast::Message::Request,
            (Some(Message::Response), _) | (None, Direction::ToCanonical) => ast::Message::Response,
        }
    }

    fn document(
        &self,
        console: &mut Console,
        catalog: &Catalog,
        set: &MappingSet,
    ) -> io::Result<Exit> {
        let input = input(self.file.as_deref())?;
        let base = self.base.as_deref().map(std::fs::read).transpose()?;
        let asked = document::Asked {
            mapping: &self.mapping,
            upstream: &self.upstream,
            message: self.message(),
            to_native: self.direction == Direction::ToNative,
            patch: self.patch,
            settings: &self.settings.over(set),
            input: &input,
            base: base.as_deref(),
            raw: self.raw,
        };
        document::run(&asked, catalog, set, console)
    }
}

/// Reads the document.
fn input(file: Option<&Path>) -> io::Result<Vec<u8>> {
    match file {
        Some(path) if path != Path::new("-") => std::fs::read(path),
        _ => {
            let mut bytes = Vec::new();
            io::stdin().lock().read_to_end(&mut bytes)?;
            Ok(bytes)
        }
    }
}
