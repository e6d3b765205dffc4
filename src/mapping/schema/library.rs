//! Definitions by name, and what a `$ref` leads to.

use std::ptr;

use super::keyword::{Form, named};
use crate::diag::nearest::did_you_mean;
use crate::diag::{Code, Diagnostic, Span};
use crate::mapping::yaml::{Node, Scalar};

/// A schema that has a name of its own.
#[derive(Debug)]
pub(super) struct Definition<'a> {
    /// Its name.
    pub(super) name: &'a str,
    /// Its schema.
    pub(super) node: &'a Node,
    /// Where its name stands.
    pub(super) span: Span,
}

/// All schemas that are read together.
#[derive(Debug, Default)]
pub(super) struct Library<'a> {
    files: Vec<(&'a str, &'a Node)>,
    definitions: Vec<Definition<'a>>,
}

/// What a `$ref` leads to.
#[derive(Debug)]
pub(super) struct Target<'a> {
    /// The schema.
    pub(super) node: &'a Node,
    /// Position of the definition, if it is one.
    pub(super) definition: Option<usize>,
    /// The definition's name, or the path to the schema from one.
    pub(super) name: String,
}

// === impl Library ===

impl<'a> Library<'a> {
    /// Adds a file under the name that others refer to it by.
    pub(super) fn add(&mut self, name: &'a str, root: &'a Node) {
        self.files.push((last(name), root));
    }

    /// Adds a definition; one of a name that is taken is a fault.
    pub(super) fn define(&mut self, definition: Definition<'a>, faults: &mut Vec<Diagnostic>) {
        let first = self
            .definitions
            .iter()
            .find(|other| other.name == definition.name);
        if let Some(first) = first {
            let message = format!("`{}` is defined twice", definition.name);
            let fault = Diagnostic::new(Code::F006, definition.span, message);
            let fault = fault.help("give one of them another name");
            faults.push(fault.note(first.span, "defined first here"));
            return;
        }
        self.definitions.push(definition);
    }

    /// Gives all definitions; a target names its own by position.
    pub(super) fn definitions(&self) -> &[Definition<'a>] {
        &self.definitions
    }

    /// Finds what a `$ref` leads to.
    ///
    /// # Errors
    /// S003 where it leads to no schema of the library.
    pub(super) fn resolve(&self, reference: &Scalar) -> Result<Target<'a>, Box<Diagnostic>> {
        let text = reference.text.as_str();
        let (file, pointer) = text.split_once('#').unwrap_or((text, ""));
        let root = self.file(file, reference)?;
        let lost = || self.lost(reference, pointer);
        let (mut node, mut inside) = (root, None);
        for token in pointer.split('/').skip(1) {
            let token = token.replace("~1", "/").replace("~0", "~");
            (node, inside) = step(node, inside, &token).ok_or_else(lost)?;
        }
        let is_schema = inside.is_none() && node.as_map().is_some();
        let rooted = pointer.is_empty() || pointer.starts_with('/');
        let whole = pointer.is_empty() && node.get("$defs").is_some();
        if !is_schema || !rooted || whole {
            return Err(lost());
        }
        let definition = self.position(node);
        let name = self.name(root, pointer);
        Ok(Target {
            node,
            definition,
            name,
        })
    }

    /// Gives the position of the definition that a schema is.
    pub(super) fn position(&self, node: &Node) -> Option<usize> {
        self.definitions
            .iter()
            .position(|definition| ptr::eq(definition.node, node))
    }

    fn file(&self, name: &str, reference: &Scalar) -> Result<&'a Node, Box<Diagnostic>> {
        let found = self.files.iter().find(|(file, root)| match name {
            "" => root.span.source == reference.span.source,
            _ => *file == last(name),
        });
        found.map(|(_, root)| *root).ok_or_else(|| {
            let message = format!("`{name}` is no file of these schemas");
            let known = self.files.iter().map(|(file, _)| *file);
            Box::new(
                Diagnostic::new(Code::S003, reference.span, message)
                    .help("a `$ref` names a file by its name, or a definition as `#/$defs/Name`")
                    .maybe_help(did_you_mean(name, known)),
            )
        })
    }

    fn lost(&self, reference: &Scalar, pointer: &str) -> Box<Diagnostic> {
        let message = format!("`{}` leads to no schema", reference.text);
        let written = last(pointer);
        let known = self.definitions.iter().map(|definition| definition.name);
        Box::new(
            Diagnostic::new(Code::S003, reference.span, message)
                .help("a `$ref` is written `#/$defs/Name`, or `file.schema.json#/properties/name`")
                .maybe_help(did_you_mean(written, known)),
        )
    }

    /// Names a schema by the path from the definition around it.
    fn name(&self, root: &Node, pointer: &str) -> String {
        let (mut node, mut inside) = (root, None);
        let mut name = String::new();
        if let Some(at) = self.position(node) {
            self.definitions
                .get(at)
                .map_or("", |found| found.name)
                .clone_into(&mut name);
        }
        for token in pointer.split('/').skip(1) {
            let token = token.replace("~1", "/").replace("~0", "~");
            let Some(next) = step(node, inside, &token) else {
                break;
            };
            let member = inside.is_some();
            (node, inside) = next;
            if let Some(at) = self.position(node) {
                self.definitions
                    .get(at)
                    .map_or("", |found| found.name)
                    .clone_into(&mut name);
            } else if member {
                name.push('.');
                name.push_str(&token);
            } else if token == "items" {
                name.push_str("[]");
            }
        }
        name
    }
}

/// Goes one token of a pointer deeper; what it is inside of is the keyword that holds schemas by name or position.
fn step<'a>(node: &'a Node, inside: Option<Form>, token: &str) -> Option<(&'a Node, Option<Form>)> {
    if inside == Some(Form::SchemaList) {
        let at: usize = token.parse().ok()?;
        return Some((node.as_list()?.get(at)?, None));
    }
    let next = node.get(token)?;
    if inside.is_some() {
        return Some((next, None));
    }
    match named(token)?.form {
        form @ (Form::Schemas | Form::Members | Form::SchemaList) => Some((next, Some(form))),
        Form::Schema | Form::SchemaOrFlag => Some((next, None)),
        _ => None,
    }
}

fn last(path: &str) -> &str {
    path.rsplit('/').next().unwrap_or(path)
}
