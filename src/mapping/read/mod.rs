//! From the tree of a file to its typed form.
//!
//! Reading is two passes over the tree. The first walks the table of keywords and reports every key that does not
//! stand there and every value outside its form. The second builds the typed form of whatever is well-formed, and
//! reports what single keys cannot say: options that exclude each other, or need each other.
//!
//! Both go on after a fault. What does not read is left out of the typed form, so whoever uses it can rely on what
//! its types promise, but should not draw conclusions from what is missing in it while the report has errors.

mod auth;
mod build;
mod check;
mod file;
mod rules;
mod sandbox;
mod sentence;
mod tables;
#[cfg(test)]
mod tests;
mod upstream;

use super::ast::File;
use super::keywords::FileKind;
use super::yaml::{self, Node};
use crate::diag::nearest::{did_you_mean, nearest};
use crate::diag::{Code, Diagnostic, Report, SourceId, Sources};

/// Reads a file of the language.
///
/// Every fault of it goes into the report. Nothing is given where the file is not YAML, or of no known kind.
#[must_use]
pub fn read(source: SourceId, sources: &Sources, report: &mut Report) -> Option<File> {
    let node = yaml::read(source, sources, report)?;
    read_node(&node, sources, report)
}

/// Reads a file that [`read`] found nothing wrong with, without looking for keys and values that are out of place.
#[must_use]
pub fn read_checked(source: SourceId, sources: &Sources, report: &mut Report) -> Option<File> {
    let node = yaml::read(source, sources, report)?;
    let before = report.len();
    let mut build = build::Build::new(sources, report);
    let file = build.file(&node, kind(&node)?);
    build.finish(before);
    file
}

/// Reads a tree as the file that its top key says.
#[must_use]
pub fn read_node(node: &Node, sources: &Sources, report: &mut Report) -> Option<File> {
    let Some(kind) = kind(node) else {
        report.push(unknown_kind(node));
        return None;
    };
    let before = report.len();
    check::Check::new(sources, report).file(node, kind);
    let mut build = build::Build::new(sources, report);
    let file = build.file(node, kind);
    build.finish(before);
    file
}

/// Tells of what kind a file is, by its top key.
#[must_use]
pub fn kind(node: &Node) -> Option<FileKind> {
    let entries = node.as_map()?;
    let has = |key: &&str| entries.iter().any(|entry| entry.key.text == *key);
    let mut kinds = FileKind::ALL.iter().copied();
    let kind = kinds.find(|kind| kind.top_keys().iter().any(has))?;
    // `upstreem: x` before `operations:` is no file of operations.
    let first = entries.first().map_or("", |entry| entry.key.text.as_str());
    let other = FileKind::ALL.iter().filter(|other| **other != kind);
    let mut others = other.flat_map(|kind| kind.top_keys()).copied();
    let known = kind.spec().key(first).is_some();
    let meant = !known && others.any(|key| !nearest(first, [key]).is_empty());
    (!meant).then_some(kind)
}

fn unknown_kind(node: &Node) -> Diagnostic {
    let known = FileKind::ALL
        .iter()
        .flat_map(|kind| kind.top_keys())
        .copied();
    let first = node.as_map().and_then(<[_]>::first);
    let Some(first) = first else {
        return Diagnostic::new(
            Code::F005,
            node.span.at_start(),
            "the file holds no map with a known first key",
        )
        .help("a file begins with what it is: `mapping: name`, `tables:`, `upstream: name`");
    };
    let message = format!(
        "the key `{}` says nothing about what the file is",
        first.key.text
    );
    let listed: Vec<_> = known.clone().map(|key| format!("`{key}`")).collect();
    let help = did_you_mean(&first.key.text, known);
    let help = help.unwrap_or_else(|| format!("the first key is one of {}", listed.join(", ")));
    Diagnostic::new(Code::F005, first.key.span, message).help(help)
}
