//! Namespaces and prefixes of names: whether a document can declare them.

use crate::codec::xml::is_ncname;
use crate::diag::{Code, Diagnostic};
use crate::mapping::yaml::{Node, Scalar};

/// Namespaces that are bound without a declaration.
const RESERVED: [&str; 2] = [
    "http://www.w3.org/XML/1998/namespace",
    "http://www.w3.org/2000/xmlns/",
];

/// Checks a namespace; an empty text is none.
pub(super) fn namespace(node: &Node, faults: &mut Vec<Diagnostic>) {
    let Some(found) = node.as_scalar().filter(|_| !node.is_absent()) else {
        let fault = Diagnostic::new(Code::S001, node.span, "`namespace` is no text");
        faults.push(fault.help("write a URI, or an empty text for no namespace"));
        return;
    };
    let odd = |character: char| {
        character.is_control() || matches!(character, ' ' | '{' | '}' | '<' | '>' | '"')
    };
    if RESERVED.contains(&found.text.as_str()) || found.text.chars().any(odd) {
        let message = "no document can declare this namespace";
        let fault = Diagnostic::new(Code::S005, node.span, message);
        faults.push(fault.help("write a URI, or an empty text for no namespace"));
    }
}

/// Checks a prefix.
pub(super) fn prefix(node: &Node, faults: &mut Vec<Diagnostic>) {
    let found = node.as_scalar().map_or("", |scalar| scalar.text.as_str());
    if found.to_ascii_lowercase().starts_with("xml") || !is_ncname(found.as_bytes()) {
        let message = format!("`{found}` can be no prefix");
        let fault = Diagnostic::new(Code::S005, node.span, message);
        faults.push(fault.help("write a name without a colon that does not begin with `xml`"));
    }
}

/// Checks what `xml` says of a name together.
pub(super) fn check(xml: &Node, faults: &mut Vec<Diagnostic>) {
    let said = |key: &str| xml.get(key).and_then(Node::as_scalar);
    let is_named = said("namespace").is_some_and(|namespace| !namespace.text.is_empty());
    let is_attribute = said("attribute").is_some_and(|scalar| scalar.text == "true");
    match (xml.get("namespace"), xml.get("prefix")) {
        (_, Some(prefix)) if !is_named => {
            let fault = Diagnostic::new(Code::S005, prefix.span, "a prefix stands for a namespace");
            faults.push(fault.help("say the `namespace` beside it"));
        }
        (Some(namespace), None) if is_named && is_attribute => {
            let message = "an attribute without a prefix is in no namespace";
            let fault = Diagnostic::new(Code::S005, namespace.span, message);
            faults.push(fault.help("say the `prefix` beside it"));
        }
        _ => {}
    }
}

/// Reports prefixes that stand for two namespaces: all of a document are declared at its root.
pub(super) fn once(root: &Node, faults: &mut Vec<Diagnostic>) {
    let mut found: Vec<(&Scalar, &Node, &str)> = Vec::new();
    let mut open = vec![root];
    while let Some(node) = open.pop() {
        open.extend(node.as_list().unwrap_or_default().iter().rev());
        let entries = node.as_map().unwrap_or_default();
        open.extend(entries.iter().rev().map(|entry| &entry.value));
        let said = |key: &str| node.get("xml")?.get(key)?.as_scalar();
        if let (Some(prefix), Some(namespace)) = (said("prefix"), said("namespace"))
            && let Some(at) = node.get("xml").and_then(|xml| xml.get("prefix"))
        {
            let other = found.iter().find(|(other, ..)| other.text == prefix.text);
            match other {
                Some((_, first, known)) if *known != namespace.text => {
                    let message = format!("`{}` stands for two namespaces", prefix.text);
                    let fault = Diagnostic::new(Code::S007, at.span, message);
                    let fault = fault.help("give one of them another prefix");
                    faults.push(fault.note(first.span, "the other one"));
                }
                Some(_) => {}
                None => found.push((prefix, at, &namespace.text)),
            }
        }
    }
}
