//! Namespaces of what a patch puts into a base: the base declares what it likes, so new elements and attributes say theirs
//! themselves, unless the base's root alone has said them.

use super::{Put, element_name};
use crate::engine::captured::ROOT_RECORD;
use crate::mapping::plan::{Lit, Wire};

/// How the default namespace stands in a start tag that was written by a plan.
const DEFAULT: &[u8] = b" xmlns=\"";

impl Put<'_, '_> {
    /// The namespace of names without a prefix inside what is opened by a literal; that around it if it says none.
    pub(super) fn inside(&self, open: Lit, around: Lit) -> Lit {
        if self.wire() != Wire::Xml || !self.patch.plan.native.namespaced {
            return around;
        }
        let tag = self.patch.plan.lit(open);
        let Some(found) = position(tag, DEFAULT) else {
            return around;
        };
        let start = found + DEFAULT.len();
        let length = tag[start..]
            .iter()
            .take_while(|byte| **byte != b'"')
            .count();
        Lit {
            start: open.start + start as u32,
            end: open.start + (start + length) as u32,
            separated: false,
        }
    }

    /// Declares what was written since `from` needs, where the base may have other declarations.
    pub(super) fn declare(&mut self, from: usize, inside: Lit, attribute: bool) {
        if self.wire() != Wire::Xml || !self.patch.plan.native.namespaced {
            return;
        }
        let piece = self.edits.fresh.split_off(from);
        if attribute {
            self.declare_attribute(&piece);
        } else {
            self.declare_elements(&piece, inside);
        }
    }

    /// An attribute with a prefix brings one that the base has nowhere.
    fn declare_attribute(&mut self, piece: &[u8]) {
        let plan = self.patch.plan;
        let prefixes = &plan.native.prefixes;
        let found = prefixes.iter().find_map(|(prefix, namespace)| {
            let rest = piece.strip_prefix(b" ")?.strip_prefix(prefix.as_bytes())?;
            Some((prefix, escaped(namespace), rest.strip_prefix(b":")?))
        });
        let Some((prefix, namespace, rest)) = found else {
            self.edits.fresh.extend_from_slice(piece);
            return;
        };
        if self.is_declared(prefix, &namespace) {
            self.edits.fresh.extend_from_slice(piece);
            return;
        }
        let mut number = 1_u32;
        let mut own = format!("{prefix}{number}:");
        while position(self.base.input, own.as_bytes()).is_some()
            || position(&self.edits.fresh, own.as_bytes()).is_some()
        {
            number += 1;
            own = format!("{prefix}{number}:");
        }
        let fresh = &mut self.edits.fresh;
        fresh.push(b' ');
        fresh.extend_from_slice(own.as_bytes());
        fresh.extend_from_slice(rest);
        push_declaration(fresh, own.trim_end_matches(':'), &namespace);
    }

    /// Each element that stands for itself in the piece declares what it and those inside it need.
    fn declare_elements(&mut self, piece: &[u8], inside: Lit) {
        let mut depth = 0_u32;
        let mut at = 0;
        // A written value holds no bracket: each stands for markup.
        while let Some(start) = piece[at..].iter().position(|byte| *byte == b'<') {
            let start = at + start;
            let end = piece[start..].iter().position(|byte| *byte == b'>');
            let end = end.map_or(piece.len(), |end| start + end + 1);
            let tag = &piece[start..end];
            if tag.starts_with(b"</") {
                depth = depth.saturating_sub(1);
                self.edits.fresh.extend_from_slice(&piece[at..end]);
            } else {
                let name = start + 1 + element_name(tag).len();
                self.edits.fresh.extend_from_slice(&piece[at..name]);
                if depth == 0 {
                    self.push_declarations(piece, tag, inside);
                }
                self.edits.fresh.extend_from_slice(&piece[name..end]);
                depth += u32::from(!tag.ends_with(b"/>"));
            }
            at = end;
        }
        self.edits.fresh.extend_from_slice(&piece[at..]);
    }

    fn push_declarations(&mut self, piece: &[u8], tag: &[u8], inside: Lit) {
        let plan = self.patch.plan;
        let inside = plan.lit(inside);
        let is_plain = has_plain_name(piece) && position(tag, DEFAULT).is_none();
        if is_plain && !self.is_declared("", inside) {
            push_declaration(&mut self.edits.fresh, "", inside);
        }
        for (prefix, namespace) in &plan.native.prefixes {
            let namespace = escaped(namespace);
            let used = [format!("<{prefix}:"), format!(" {prefix}:")]
                .iter()
                .any(|start| position(piece, start.as_bytes()).is_some());
            if used && !self.is_declared(prefix, &namespace) {
                push_declaration(&mut self.edits.fresh, prefix, &namespace);
            }
        }
    }

    /// True if a prefix, or its absence, stands for a namespace everywhere in the base: the root says so and nothing else does.
    fn is_declared(&self, prefix: &str, namespace: &[u8]) -> bool {
        let name = match prefix {
            "" => "xmlns".to_owned(),
            prefix => format!("xmlns:{prefix}"),
        };
        let base = self.base.input;
        let said = base
            .windows(name.len() + 1)
            .filter(|window| {
                window
                    .strip_prefix(name.as_bytes())
                    .is_some_and(|rest| matches!(rest, [b'=' | b' ' | b'\t' | b'\r' | b'\n']))
            })
            .count();
        if namespace.is_empty() {
            return said == 0;
        }
        let root = ROOT_RECORD;
        let start = self.base.captured.spans(root, 0).outer.start as usize;
        said == 1 && attribute(&base[start..], name.as_bytes()) == Some(namespace)
    }
}

fn push_declaration(text: &mut Vec<u8>, prefix: &str, namespace: &[u8]) {
    text.extend_from_slice(b" xmlns");
    if !prefix.is_empty() {
        text.push(b':');
        text.extend_from_slice(prefix.as_bytes());
    }
    text.extend_from_slice(b"=\"");
    text.extend_from_slice(namespace);
    text.push(b'"');
}

/// A namespace as it stands in a start tag.
fn escaped(namespace: &str) -> Vec<u8> {
    let mut value = Vec::new();
    // The schema's check has seen that XML can hold it.
    let _ = crate::codec::xml::write::attribute(&mut value, namespace.as_bytes());
    value
}

/// True if an element of the piece has a name without a prefix.
fn has_plain_name(piece: &[u8]) -> bool {
    let tags = piece.split(|byte| *byte == b'<').skip(1);
    let mut starts = tags.filter(|tag| !tag.starts_with(b"/"));
    starts.any(|tag| {
        let ends = |byte: &u8| matches!(byte, b' ' | b'/' | b'>');
        let name = tag.split(ends).next().unwrap_or_default();
        !name.contains(&b':')
    })
}

/// The raw value of an attribute of the start tag that a document begins with.
fn attribute<'t>(tag: &'t [u8], wanted: &[u8]) -> Option<&'t [u8]> {
    let mut rest = &tag[1 + element_name(tag).len()..];
    loop {
        rest = rest.trim_ascii_start();
        if matches!(rest.first(), None | Some(b'>' | b'/')) {
            return None;
        }
        let equals = rest.iter().position(|byte| *byte == b'=')?;
        let name = rest[..equals].trim_ascii_end();
        let (quote, value) = rest[equals + 1..].trim_ascii_start().split_first()?;
        let end = value.iter().position(|byte| byte == quote)?;
        if name == wanted {
            return Some(&value[..end]);
        }
        rest = &value[end + 1..];
    }
}

fn position(text: &[u8], part: &[u8]) -> Option<usize> {
    text.windows(part.len()).position(|window| window == part)
}
