//! `translate`: a dry run in either direction; nothing is sent.

mod call;
mod document;
mod input;
mod misgiven;
mod server;
mod show;

use std::io;
use std::path::PathBuf;

use clap::{Args, ValueEnum};
use jiff::Timestamp;

use super::console::{Console, Exit};
use super::files::Files;
use super::settings::{Given, pair};
use crate::diag::Report;
use crate::diag::nearest::known_names;
use crate::mapping::ast;
use crate::mapping::catalog::{Catalog, MappingSet};
use crate::mapping::compile::upstream::Upstream;

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

/// Translate a call or a document, in either direction; nothing is sent
///
/// With `--operation` a canonical call becomes the request that would be sent (credentials are not shown), or an
/// upstream's answer to it becomes what the caller would get; with `--message` the other two as well: what a request
/// of the upstream's own dialect asks for, and what the upstream would answer. With `--mapping` it is a document
/// alone. The document is read from FILE or standard input; the result goes to standard output, laid out for reading, losses and faults to
/// standard error.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  interlingua translate -u acme -o getCustomer -i reference=bj444
  interlingua translate -u acme -o createCustomer customer.json
  interlingua translate -u acme -o updateContact -i id=340 -i role=billing --base stored.xml patch.json
  interlingua translate -u acme -o getCustomer -i id=340 -d to-canonical answer.xml
  interlingua translate -u acme -o getCustomer -d to-canonical --message request request.txt
      what a native request asks for: its first line, its headers, an empty line, its body
  interlingua translate -u acme -o getCustomer -i id=340 --message response customer.json
      what the upstream would answer
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
    #[arg(
        long,
        value_name = "MAPPING",
        env = "INTERLINGUA_MAPPING",
        required_unless_present = "operation"
    )]
    mapping: Option<String>,
    /// The canonical operation of a whole call, instead of a mapping
    #[arg(
        long,
        short,
        value_name = "OPERATION",
        env = "INTERLINGUA_OPERATION",
        conflicts_with = "mapping"
    )]
    operation: Option<String>,
    /// An input of the call: `id=340`, `reference=bj444`, `role=billing`; may be repeated
    // A variable holds several on lines of their own; everything else may be part of a value.
    #[arg(long = "input", short, value_name = "NAME=VALUE", value_parser = pair, env = "INTERLINGUA_INPUT", value_delimiter = '\n')]
    inputs: Vec<(String, String)>,
    /// The HTTP status of an answer; 200 if left out
    #[arg(long, value_parser = clap::value_parser!(u16).range(100..=599), env = "INTERLINGUA_STATUS")]
    status: Option<u16>,
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
            return console.unknown(&message, known_names(&self.upstream, known));
        };
        let misgiven = self.settings.misgiven(set);
        if let Some((message, help)) = misgiven.or_else(|| self.useless()) {
            return console.unknown(&message, help);
        }
        match (&self.operation, &self.mapping) {
            (Some(operation), _) => self.call(operation, console, &catalog, set),
            (None, mapping) => self.document(
                mapping.as_deref().unwrap_or_default(),
                console,
                &catalog,
                set,
            ),
        }
    }

    fn compiled(&self, catalog: &Catalog, set: &MappingSet) -> Result<Upstream, Report> {
        let settings = self.settings.over(set);
        let sandbox = set.sandbox.as_ref();
        let auth = sandbox.and_then(|sandbox| sandbox.auth.as_ref());
        Upstream::compile(catalog, &self.upstream, &self.upstream, &settings, auth)
    }

    fn call(
        &self,
        operation: &str,
        console: &mut Console,
        catalog: &Catalog,
        set: &MappingSet,
    ) -> io::Result<Exit> {
        let Some((index, operation)) = catalog.operation(operation) else {
            let known = catalog.operations.iter().map(|operation| &*operation.id);
            let message = format!("there is no canonical operation `{operation}`");
            return console.unknown(&message, known_names(operation, known));
        };
        if let Some((message, help)) = self.misgiven(operation) {
            return console.unknown(&message, help);
        }
        let upstream = match self.compiled(catalog, set) {
            Ok(upstream) => upstream,
            Err(report) => {
                console.faults(&report, &catalog.sources)?;
                return Ok(Exit::BadConfiguration);
            }
        };
        let to_native = self.direction == Direction::ToNative;
        let is_request = self.message() == ast::Message::Request;
        let takes = !(to_native && is_request) || operation.body.is_some();
        let reads_first = !is_request || upstream.base_of(index).is_some();
        if let Some((message, help)) = self.untaken(operation, takes, reads_first) {
            return console.unknown(&message, help);
        }
        let input = takes
            .then(|| input::document(self.file.as_deref(), console))
            .transpose();
        let base = self.base.as_deref().map(input::file).transpose();
        let (input, base) = match (input, base) {
            (Ok(input), Ok(base)) => (input, base),
            (Err(message), _) | (_, Err(message)) => return console.unknown(&message, None),
        };
        let judged = input.as_deref().filter(|_| to_native);
        if let Some(fault) = judged.and_then(show::malformed) {
            console.note(format!("error: {fault}"))?;
            return Ok(Exit::Findings);
        }
        let file = set.upstream.as_ref();
        let media = file.and_then(|file| file.media_type.as_ref());
        let asked = call::Asked {
            upstream: &upstream,
            catalog,
            media_type: media.map_or("application/json", |media| &media.value),
            operation,
            index,
            inputs: &self.inputs,
            input: input.as_deref(),
            base: base.as_deref(),
            status: self.status.unwrap_or(200),
            now: Timestamp::now().as_millisecond(),
            raw: self.raw,
        };
        match (to_native, is_request) {
            (true, true) => call::request(&asked, console),
            (false, false) => call::response(&asked, console),
            (false, true) => server::request(&asked, console),
            (true, false) => server::response(&asked, console),
        }
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
        mapping: &str,
        console: &mut Console,
        catalog: &Catalog,
        set: &MappingSet,
    ) -> io::Result<Exit> {
        let input = match input::document(self.file.as_deref(), console) {
            Ok(input) => input,
            Err(message) => return console.unknown(&message, None),
        };
        let base = match self.base.as_deref().map(input::file).transpose() {
            Ok(base) => base,
            Err(message) => return console.unknown(&message, None),
        };
        let asked = document::Asked {
            mapping,
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
