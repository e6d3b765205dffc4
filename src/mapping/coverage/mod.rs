//! What the mappings of an upstream carry, what they say they do not, and what follows from both.
//!
//! Declared is what would lose a value: canonical places of requests, native places of responses. Everything else
//! is computed here. [`Coverage`] prints as the file `coverage.txt` of the upstream's folder, which stands under
//! version control, so that a new place of the model is a line in a review.

mod find;
mod matrix;
mod print;
mod provenance;

pub use matrix::{Matrix, operations, places};

use crate::diag::{Code, Diagnostic, SourceId, Span};
use crate::mapping::ast::Message;
use crate::mapping::catalog::Catalog;
use crate::mapping::survey::{Survey, Usage, sample};

/// The name of the file in the folder of an upstream.
pub const FILE: &str = "coverage.txt";

/// What the mappings of an upstream carry.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Coverage {
    /// Its name.
    pub upstream: String,
    /// Each operation of the canonical API.
    pub operations: Vec<Operation>,
    /// Each mapping that serves a message, by name.
    pub mappings: Vec<Mapping>,
    /// What no sample of the upstream shows, in the order of the definitions.
    pub provenance: Vec<Note>,
}

/// An operation at an upstream.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Operation {
    /// Its name.
    pub id: String,
    /// The calls that it is served by; none where it is not offered.
    pub calls: Vec<Call>,
}

/// A call that serves an operation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Call {
    /// Method and target as they are written.
    pub call: String,
    /// The body as it is written.
    pub body: Option<String>,
    /// Canonical places that the body's view forbids.
    pub forbidden: Vec<String>,
    /// What it declares not to carry.
    pub declared: Vec<Note>,
}

/// A mapping.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mapping {
    /// Its name.
    pub name: String,
    /// Its canonical type.
    pub canonical: String,
    /// What it carries in each message that it serves.
    pub messages: Vec<OfMessage>,
    /// Rules whose native form is made regular, with the converters that do it.
    pub normalising: Vec<Note>,
    /// Rules that lose something, with what they say of it.
    pub lossy: Vec<Note>,
}

/// One message of a mapping.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OfMessage {
    /// Which.
    pub message: Message,
    /// Canonical places.
    pub canonical: Side,
    /// Native places.
    pub native: Side,
    /// Canonical values that have no row: a caller who sends one is refused.
    pub refused: Vec<Note>,
}

/// One side of a message.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Side {
    /// Places that a rule carries, with the mapping that carries what is below.
    pub carried: Vec<Note>,
    /// Places that are declared not to be carried, with the reason.
    pub declared: Vec<Note>,
    /// Places that `rest` covers, and its reason.
    pub rest: Option<(Vec<String>, String)>,
    /// Places that nothing carries and nobody has to declare.
    pub computed: Vec<String>,
}

/// A place and what is said of it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Note {
    /// The place.
    pub place: String,
    /// What is said; empty if nothing is.
    pub text: String,
}

/// Finds what the mappings of an upstream carry; none if the catalog has no such upstream.
#[must_use]
pub fn coverage(catalog: &Catalog, upstream: &str) -> Option<Coverage> {
    let set = catalog.mappings.get(upstream)?;
    let settings = sample::settings(set);
    let survey = Survey::new(catalog, set, &settings);
    let usage = Usage::of(&survey);
    Some(Coverage {
        upstream: upstream.to_owned(),
        operations: find::operations(&survey),
        mappings: find::mappings(&survey, &usage),
        provenance: provenance::notes(&set.native),
    })
}

/// The generated file of an upstream, as it lies there.
#[derive(Debug, Clone, Copy)]
pub struct Generated<'g> {
    /// Its text; none if there is no such file.
    pub text: Option<&'g str>,
    /// Where it lies, or would.
    pub place: &'g str,
    /// What prints it as it should be.
    pub command: &'g str,
}

/// Compares the generated file of an upstream with what the mappings carry now (M410).
#[must_use]
pub fn stale(catalog: &Catalog, upstream: &str, file: Generated<'_>) -> Option<Diagnostic> {
    let set = catalog.mappings.get(upstream)?;
    let now = coverage(catalog, upstream)?.to_string();
    let Generated {
        text,
        place: name,
        command,
    } = file;
    let message = match text {
        Some(found) if found == now => return None,
        None => format!("`{name}` does not exist"),
        Some(found) => match first_difference(found, &now) {
            (Some(old), Some(new)) => format!("`{name}` says `{old}` where it is `{new}` now"),
            (Some(old), None) => format!("`{name}` says `{old}`, which is no more"),
            (None, new) => format!("`{name}` lacks `{}`", new.unwrap_or_default()),
        },
    };
    let own = || set.upstream.as_ref().map(|file| file.key);
    let place = text.and_then(|found| differs_at(set.coverage?, found, &now));
    Some(
        Diagnostic::new(Code::M410, place.or_else(own), message)
            .help(format!("review what `{command} > {name}` changes")),
    )
}

/// The first line of the file that is not what it would be.
fn differs_at(file: SourceId, old: &str, new: &str) -> Option<Span> {
    let mut start = 0_usize;
    let mut lines = new.lines();
    for line in old.split_inclusive('\n') {
        let shown = line.trim_end_matches('\n');
        if lines.next() != Some(shown) {
            let end = start.saturating_add(shown.len());
            return Some(Span::new(
                file,
                u32::try_from(start).ok()?,
                u32::try_from(end).ok()?,
            ));
        }
        start = start.saturating_add(line.len());
    }
    let end = u32::try_from(start).ok()?;
    Some(Span::new(file, end, end))
}

/// The first lines that differ.
fn first_difference<'t>(old: &'t str, new: &'t str) -> (Option<&'t str>, Option<&'t str>) {
    let (mut old, mut new) = (old.lines(), new.lines());
    loop {
        match (old.next(), new.next()) {
            (Some(one), Some(other)) if one == other => {}
            // What is new stands before what follows it in both.
            (one, other) => return (one.map(str::trim), other.map(str::trim)),
        }
    }
}
