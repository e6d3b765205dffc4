//! One schema as the layers that it is made of: what it refers to first, what it says itself last.

use std::ptr;

use super::keyword::named;
use super::library::Library;
use crate::diag::{Code, Diagnostic};
use crate::mapping::yaml::{Node, Scalar};
use crate::model::shape::XmlName;

/// References and `allOf` inside each other; far more than anybody writes.
const MAX_CHAIN: usize = 64;

/// Flattens schemas that hold together: each `$ref` and each part of `allOf` is put before what names it.
pub(super) fn flatten<'a>(
    library: &Library<'a>,
    schemas: &[&'a Node],
    faults: &mut Vec<Diagnostic>,
) -> Vec<&'a Node> {
    let mut layers = Vec::new();
    let mut chain = Vec::new();
    for schema in schemas {
        visit(library, schema, &mut chain, &mut layers, faults);
    }
    layers
}

fn visit<'a>(
    library: &Library<'a>,
    node: &'a Node,
    chain: &mut Vec<&'a Node>,
    layers: &mut Vec<&'a Node>,
    faults: &mut Vec<Diagnostic>,
) {
    if layers.iter().any(|layer| ptr::eq(*layer, node)) {
        return;
    }
    let circle = chain.iter().any(|above| ptr::eq(*above, node));
    if circle || chain.len() >= MAX_CHAIN {
        let message = "the definition is made of itself";
        let help = "a `$ref` may lead back only through a member or the items of a list";
        faults.push(Diagnostic::new(Code::S004, node.span, message).help(help));
        return;
    }
    chain.push(node);
    if let Some(reference) = reference(node) {
        match library.resolve(reference) {
            Ok(target) => visit(library, target.node, chain, layers, faults),
            Err(fault) => faults.push(*fault),
        }
    }
    for part in parts(node) {
        visit(library, part, chain, layers, faults);
    }
    chain.pop();
    layers.push(node);
}

/// Gives the `$ref` of a schema.
pub(super) fn reference(node: &Node) -> Option<&Scalar> {
    node.get("$ref").and_then(Node::as_scalar)
}

/// Gives the parts of `allOf`.
pub(super) fn parts(node: &Node) -> &[Node] {
    node.get("allOf")
        .and_then(Node::as_list)
        .unwrap_or_default()
}

/// Gives the references that a schema is made of, if it is made of nothing else.
///
/// What says something about a member only (`readOnly`, say) makes no shape and does not count.
pub(super) fn only_references(node: &Node) -> Option<Vec<&Scalar>> {
    if says_shape(node) {
        return None;
    }
    let mut found: Vec<_> = reference(node).into_iter().collect();
    for part in parts(node) {
        found.extend(only_references(part)?);
    }
    Some(found)
}

/// Tells whether a schema itself says anything that makes another shape.
pub(super) fn says_shape(node: &Node) -> bool {
    let entries = node.as_map().unwrap_or_default();
    entries.iter().any(|entry| match entry.key.text.as_str() {
        "xml" => entry.value.get("wrapped").is_some(),
        name => named(name).is_some_and(|keyword| keyword.shapes),
    })
}

/// Gives the values of a keyword, one for each layer that has it.
pub(super) fn each<'a>(layers: &[&'a Node], keyword: &str) -> impl Iterator<Item = &'a Node> {
    layers.iter().filter_map(move |layer| layer.get(keyword))
}

/// Gives the text that the last layer says.
pub(super) fn text<'a>(layers: &[&'a Node], keyword: &str) -> Option<&'a str> {
    each(layers, keyword)
        .filter_map(Node::as_scalar)
        .last()
        .map(|scalar| scalar.text.as_str())
}

/// Tells whether a layer says `true`.
pub(super) fn flag(layers: &[&Node], keyword: &str) -> bool {
    each(layers, keyword)
        .filter_map(Node::as_scalar)
        .any(|scalar| scalar.text == "true")
}

/// Gives the texts of a list.
pub(super) fn texts(node: &Node) -> impl Iterator<Item = &Scalar> {
    node.as_list()
        .unwrap_or_default()
        .iter()
        .filter_map(Node::as_scalar)
}

/// Gives the name that schemas say for an element or attribute: its parts from the last layer that says anything of the
/// namespace, its local part from the last one that says that.
pub(super) fn xml_name(layers: &[&Node], local: &str) -> XmlName {
    let qualifies = |node: &&Node| node.get("namespace").is_some() || node.get("prefix").is_some();
    let said = each(layers, "xml").filter(qualifies).last();
    let part = |key| {
        let scalar = said.and_then(|node| node.get(key))?.as_scalar()?;
        Some(scalar.text.as_str().into())
    };
    XmlName {
        local: local.into(),
        namespace: part("namespace"),
        prefix: part("prefix"),
    }
}

/// Gives what the last layer says under `xml`.
pub(super) fn xml<'a>(layers: &[&'a Node], key: &str) -> Option<&'a str> {
    let said = each(layers, "xml").filter_map(|node| node.get(key));
    said.filter_map(Node::as_scalar)
        .last()
        .map(|scalar| scalar.text.as_str())
}
