//! What stays of a native document when the places that a patch touches are cut out.

use std::collections::BTreeSet;

use super::atlas::{Atlas, Side};
use super::parse::Parsed;
use super::tree::Tree;
use crate::mapping::plan::{NONE, NodeKind, Wire};

/// The bytes of a document without those of some rules' places, without blanks and separators between members.
///
/// An object of which nothing is left is left out with its name, so that one that came or went with its
/// members makes no difference.
#[must_use]
pub fn skeleton(atlas: &Atlas<'_>, bytes: &[u8], touched: &BTreeSet<u16>) -> Option<Vec<u8>> {
    let wire = atlas.native.layout.wire;
    let parsed = Parsed::read(wire, bytes)?;
    let tree = &parsed.document.tree;
    let placed = atlas.native.place(tree);
    let mut cut: Vec<(usize, usize)> = Vec::new();
    let mut gone = BTreeSet::new();
    // Behind what is below it, so that an object knows what became of its members.
    for place in placed.iter().rev() {
        let Some(node) = tree.at(&place.path) else {
            continue;
        };
        if goes(&atlas.native, place.node, node, &place.path, touched, &gone)
            && let Some(located) = parsed.node(&place.path)
        {
            gone.insert(place.path.clone());
            cut.push((wide(located.outer.start), wide(located.outer.end)));
        }
    }
    cut.sort_unstable();
    let mut left = Vec::new();
    let mut at = 0;
    for (start, end) in cut {
        if start > at {
            left.extend_from_slice(bytes.get(at..start)?);
        }
        at = at.max(end);
    }
    left.extend_from_slice(bytes.get(at..)?);
    if atlas.native.layout.namespaced {
        left = undeclared(&left);
    }
    Some(match wire {
        Wire::Xml => opened(&between_tags(&left)),
        Wire::Json => between_texts(&left),
        Wire::Form => left.into_iter().filter(|byte| *byte != b'&').collect(),
    })
}

/// A document without declarations of namespaces: what is new brings its own, and they say nothing of what was there.
fn undeclared(document: &[u8]) -> Vec<u8> {
    let mut out = Vec::new();
    let mut rest = document;
    while let Some((byte, behind)) = rest.split_first() {
        let declares = rest.trim_ascii_start().starts_with(b"xmlns") && byte.is_ascii_whitespace();
        let value = rest.iter().position(|byte| matches!(byte, b'"' | b'\''));
        let end = value.filter(|_| declares).and_then(|open| {
            let (quote, inside) = rest.get(open..)?.split_first()?;
            let length = inside.iter().position(|byte| byte == quote)?;
            inside.get(length.saturating_add(1)..)
        });
        match end {
            Some(behind) => rest = behind,
            None => {
                out.push(*byte);
                rest = behind;
            }
        }
    }
    out
}

fn goes(
    side: &Side<'_>,
    place: Option<u16>,
    tree: &Tree,
    path: &[usize],
    touched: &BTreeSet<u16>,
    gone: &BTreeSet<Vec<usize>>,
) -> bool {
    let Some(node) = place.filter(|_| !path.is_empty()) else {
        return false;
    };
    let Some(facts) = side.facts(node) else {
        return false;
    };
    if facts.rules.iter().any(|rule| touched.contains(rule)) {
        return true;
    }
    let Some(found) = side.layout.nodes.get(usize::from(node)) else {
        return false;
    };
    // What an upstream does not take without its members goes with its residue; so does an item of a list.
    let item = side.owner(node) == node;
    let below = |(index, facts): (usize, &super::atlas::Facts)| {
        let index = u16::try_from(index).unwrap_or(NONE);
        side.is_within(index, node) && facts.rules.iter().any(|rule| touched.contains(rule))
    };
    if (item || found.required != 0) && side.facts.iter().enumerate().any(below) {
        return true;
    }
    let empty = match tree {
        Tree::List(items) => items.len(),
        Tree::Object(members) => members.len(),
        Tree::Text(text) if text.trim_ascii().is_empty() => 0,
        Tree::Null => 0,
        _ => usize::MAX,
    };
    let open = matches!(
        found.kind,
        NodeKind::Object | NodeKind::List | NodeKind::Map
    );
    let constant = |index: usize| {
        let mut inner = path.to_vec();
        inner.push(index);
        gone.contains(&inner) || is_constant(side, tree, index, node)
    };
    open && empty != usize::MAX && (0..empty).all(constant)
}

/// A member that no rule carries and that stands wherever its object does.
fn is_constant(side: &Side<'_>, tree: &Tree, index: usize, node: u16) -> bool {
    let Tree::Object(members) = tree else {
        return false;
    };
    let Some(member) = members.get(index) else {
        return false;
    };
    let child = side.child(node, &member.name, member.attribute);
    child.is_some_and(|child| {
        let facts = side.facts(child);
        let found = side.layout.nodes.get(usize::from(child));
        facts.is_some_and(|facts| facts.rules.is_empty())
            && found.is_some_and(|found| found.kind == NodeKind::Leaf && found.detail != NONE)
            && member.value.is_leaf()
    })
}

/// Blanks and commas of JSON outside its texts taken away.
fn between_texts(bytes: &[u8]) -> Vec<u8> {
    let mut left = Vec::new();
    let (mut inside, mut escaped) = (false, false);
    for byte in bytes {
        if inside {
            inside = escaped || *byte != b'"';
            escaped = !escaped && *byte == b'\\';
            left.push(*byte);
            continue;
        }
        match byte {
            b' ' | b'\t' | b'\r' | b'\n' | b',' => {}
            other => {
                inside = *other == b'"';
                left.push(*other);
            }
        }
    }
    left
}

/// Blanks of XML between tags taken away.
fn between_tags(bytes: &[u8]) -> Vec<u8> {
    let mut left = Vec::new();
    let mut blanks = Vec::new();
    for byte in bytes {
        if matches!(byte, b' ' | b'\t' | b'\r' | b'\n') && matches!(left.last(), Some(b'>') | None)
        {
            blanks.push(*byte);
            continue;
        }
        if *byte != b'<' {
            left.append(&mut blanks);
        }
        blanks.clear();
        left.push(*byte);
    }
    left
}

/// Elements without content in one of their two forms: `<x/>` and what is left of `<x>...</x>`.
fn opened(bytes: &[u8]) -> Vec<u8> {
    let mut left = Vec::new();
    let mut rest = bytes;
    while let Some(start) = rest.iter().position(|byte| *byte == b'<') {
        let (text, tag) = rest.split_at(start);
        left.extend_from_slice(text);
        let (tag, behind) = tag.split_at(end_of_tag(tag));
        match tag.strip_suffix(b"/>") {
            Some(open) => {
                let blank = |byte: &u8| byte.is_ascii_whitespace();
                let name = open.get(1..).unwrap_or_default();
                let name = name.split(blank).next().unwrap_or_default();
                for part in [open.trim_ascii_end(), b"></", name, b">"] {
                    left.extend_from_slice(part);
                }
            }
            // A blank in front of the end is of neither form.
            None => match tag.strip_suffix(b">") {
                Some(open) => left.extend([open.trim_ascii_end(), b">"].concat()),
                None => left.extend_from_slice(tag),
            },
        }
        rest = behind;
    }
    left.extend_from_slice(rest);
    left
}

/// Behind the `>` of the tag that stands first; one in quotes does not count.
fn end_of_tag(tag: &[u8]) -> usize {
    let mut quote = None;
    for (at, byte) in tag.iter().enumerate() {
        match (quote, byte) {
            (None, b'>') => return at.saturating_add(1),
            (None, b'"' | b'\'') => quote = Some(*byte),
            (Some(open), byte) if open == *byte => quote = None,
            _ => {}
        }
    }
    tag.len()
}

fn wide(index: u32) -> usize {
    usize::try_from(index).unwrap_or(usize::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blanks_and_separators_do_not_count() {
        assert_eq!(
            between_texts(br#"{ "a, b" : [1 , 2] }"#),
            br#"{"a, b":[12]}"#
        );
        assert_eq!(
            between_tags(b"<a>\n  <b> x </b>\n</a>\n"),
            b"<a><b> x </b></a>"
        );
    }

    #[test]
    fn an_element_without_content_has_one_form() {
        let both = b"<a ><b c='/>' d=\"x\" /><b c='/>' d=\"x\"></b><e/></a>";
        let opened = opened(both);
        let expected = b"<a><b c='/>' d=\"x\"></b><b c='/>' d=\"x\"></b><e></e></a>";
        assert_eq!(opened, expected);
    }
}
