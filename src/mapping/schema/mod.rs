//! Schemas of documents: JSON Schema 2020-12 with the format annotations of the language, read into shapes.
//!
//! A schema is taken as layers: what it refers to, the parts of `allOf`, then what it says itself. A view is what
//! its layers say together, and each layer may only narrow those before it.

mod forms;
pub(in crate::mapping) mod keyword;
mod kind;
mod layers;
mod lexeme;
mod library;
mod list;
mod member;
mod namespaces;
mod narrow;
mod object;
mod path;
mod reader;
mod scalar;
#[cfg(test)]
mod tests;

pub use path::{Facts, Reached, Resolved, Unresolved, definition, path};

use crate::diag::nearest::nearest;
use crate::diag::{Code, Diagnostic, Report};
use crate::mapping::yaml::{Entry, Node};
use crate::model::shape::Shapes;
use library::{Definition, Library};
use reader::Reader;

/// Reads the schemas of the canonical model: each file is the definition that its `title` names.
///
/// A file is named as others refer to it (`phone.schema.json`); folders before the name do not matter. Every fault
/// goes into the report, and what is not at fault is read all the same.
#[must_use]
pub fn canonical(files: &[(String, Node)], report: &mut Report) -> Shapes {
    let mut faults = Vec::new();
    for (_, root) in files {
        forms::check(root, true, &mut faults);
    }
    of_files(files, faults, report)
}

/// Reads schemas that [`canonical`] found nothing wrong with, without looking for keywords and values out of place.
#[must_use]
pub fn canonical_checked(files: &[(String, Node)], report: &mut Report) -> Shapes {
    of_files(files, Vec::new(), report)
}

fn of_files(files: &[(String, Node)], mut faults: Vec<Diagnostic>, report: &mut Report) -> Shapes {
    let mut library = Library::default();
    for (name, root) in files {
        library.add(name, root);
        let title = root.get("title").and_then(Node::as_scalar);
        if let Some(title) = title.filter(|title| !title.text.is_empty()) {
            let definition = Definition {
                name: &title.text,
                node: root,
                span: title.span,
            };
            library.define(definition, &mut faults);
        } else if root.as_map().is_some() {
            let fault =
                Diagnostic::new(Code::S001, root.span.at_start(), "the schema has no title");
            faults.push(fault.help("`title` is the name of the definition"));
        }
    }
    Reader::new(library, faults).read(report)
}

/// Reads the schema of an upstream's documents: each entry of `$defs` is a definition.
///
/// Every fault goes into the report, and what is not at fault is read all the same.
#[must_use]
pub fn native(root: &Node, report: &mut Report) -> Shapes {
    let mut faults = Vec::new();
    forms::check(root, true, &mut faults);
    forms::without_conditions(root, &mut faults);
    namespaces::once(root, &mut faults);
    of_definitions(root, faults, report)
}

/// Reads a schema that [`native`] found nothing wrong with, without looking for keywords and values out of place.
#[must_use]
pub fn native_checked(root: &Node, report: &mut Report) -> Shapes {
    of_definitions(root, Vec::new(), report)
}

fn of_definitions(root: &Node, mut faults: Vec<Diagnostic>, report: &mut Report) -> Shapes {
    let mut library = Library::default();
    library.add("", root);
    let definitions = root.get("$defs").and_then(Node::as_map);
    let entries = root.as_map().unwrap_or(&[]);
    let near = |entry: &Entry| !nearest(&entry.key.text, ["$defs"]).is_empty();
    if definitions.is_none() && root.as_map().is_some() && !entries.iter().any(near) {
        let fault = Diagnostic::new(
            Code::S001,
            root.span.at_start(),
            "the schema has no `$defs`",
        );
        faults.push(fault.help("every document of the upstream is an entry of `$defs`"));
    }
    for entry in definitions.unwrap_or_default() {
        let (name, span) = (entry.key.text.as_str(), entry.key.span);
        library.define(
            Definition {
                name,
                node: &entry.value,
                span,
            },
            &mut faults,
        );
    }
    Reader::new(library, faults).read(report)
}
