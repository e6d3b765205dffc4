//! Where in the base what is written goes, and how it is put there.

use super::Put;
use crate::codec::Range;
use crate::engine::captured::Spans;
use crate::engine::edits::{Edit, EditKind};
use crate::mapping::plan::{Lit, NONE, Wire};

/// Where in the base new members of an object go.
#[derive(Debug, Clone, Copy)]
pub(super) struct Site {
    /// Where the content begins.
    pub(super) content: u32,
    /// Behind the last sibling met so far.
    pub(super) anchor: u32,
    /// Behind the last attribute, or behind the element's name (XML).
    pub(super) attributes: u32,
    /// The namespace of element names without a prefix there, escaped (XML).
    pub(super) inside: Lit,
    /// The node of the native layout whose members stand there; none where they have no order.
    pub(super) node: u16,
}

impl Site {
    /// The inside of an object or list of the base.
    pub(super) fn of(wire: Wire, base: &[u8], spans: Spans) -> Self {
        if wire != Wire::Xml {
            // A form has no bracket to stand behind.
            let content = spans.inner.start + u32::from(wire == Wire::Json);
            return Self {
                content,
                anchor: content,
                attributes: content,
                inside: Lit::default(),
                node: NONE,
            };
        }
        let content = closed_at(wire, base, spans).unwrap_or(spans.inner.start);
        let name = element_name(&base[spans.outer.start as usize..]);
        Self {
            content,
            anchor: content,
            attributes: spans.outer.start + 1 + name.len() as u32,
            inside: Lit::default(),
            node: NONE,
        }
    }

    /// A sibling of the base was met.
    pub(super) fn pass(&mut self, spans: Spans, attribute: bool) {
        if attribute {
            self.attributes = self.attributes.max(spans.outer.end);
        } else {
            self.anchor = self.anchor.max(spans.outer.end);
        }
    }
}

impl Put<'_, '_> {
    /// Puts what was written since `from` in place of a value.
    pub(super) fn replace(&mut self, spans: Spans, closed: Option<u32>, from: usize) {
        let Some(start) = closed else {
            self.edits.push(spans.inner, from, EditKind::Replace);
            return;
        };
        let name = element_name(&self.base.input[spans.outer.start as usize..]);
        self.edits.fresh.extend_from_slice(b"</");
        self.edits.fresh.extend_from_slice(name);
        self.edits.fresh.push(b'>');
        let end = spans.outer.end;
        self.edits
            .push(Range { start, end }, from, EditKind::Replace);
    }

    /// Puts what was written since `from` behind the last sibling, or where the schema has it.
    pub(super) fn insert(&mut self, from: usize, site: &mut Site, attribute: bool) {
        self.declare(from, site.inside, attribute);
        if attribute {
            let at = Range {
                start: site.attributes,
                end: site.attributes,
            };
            self.edits.push(at, from, EditKind::Raw);
            return;
        }
        let anchor = self.ordered(from, site);
        let at = Range {
            start: anchor,
            end: anchor,
        };
        self.edits.push(
            at,
            from,
            EditKind::Insert {
                content: site.content,
            },
        );
    }

    /// An element without content, `<x/>`, got some since `mark`: its end becomes `>`, the content, `</x>`.
    pub(super) fn open_closed(&mut self, mark: usize, spans: Spans) {
        let Some(end) = closed_at(self.wire(), self.base.input, spans) else {
            return;
        };
        let is_content =
            |edit: &Edit| matches!(edit.kind, EditKind::Insert { .. }) && edit.range.start == end;
        let Some(first) = self.edits.list[mark..].iter().position(is_content) else {
            return;
        };
        let from = self.edits.fresh.len();
        self.edits.fresh.push(b'>');
        self.edits
            .push(Range { start: end, end }, from, EditKind::Raw);
        if let Some(opening) = self.edits.list.pop() {
            self.edits.list.insert(mark + first, opening);
        }
        let from = self.edits.fresh.len();
        let name = element_name(&self.base.input[spans.outer.start as usize..]);
        self.edits.fresh.extend_from_slice(b"</");
        self.edits.fresh.extend_from_slice(name);
        self.edits.fresh.push(b'>');
        self.edits.push(
            Range {
                start: end,
                end: end + 2,
            },
            from,
            EditKind::Raw,
        );
    }
}

/// True if what stands here is an attribute: it begins with the blanks in front of its name.
pub(super) fn is_attribute(wire: Wire, base: &[u8], spans: Spans) -> bool {
    wire == Wire::Xml && base.get(spans.outer.start as usize) != Some(&b'<')
}

/// Makes escaped text one that stands between quotes of either kind.
pub(super) fn quote(fresh: &mut Vec<u8>, from: usize) {
    for byte in fresh.split_off(from) {
        let reference: &[u8] = match byte {
            b'"' => b"&quot;",
            b'\'' => b"&apos;",
            b'\t' => b"&#9;",
            b'\n' => b"&#10;",
            b'\r' => b"&#13;",
            _ => {
                fresh.push(byte);
                continue;
            }
        };
        fresh.extend_from_slice(reference);
    }
}

/// Where the `/>` of an element without content stands.
pub(super) fn closed_at(wire: Wire, base: &[u8], spans: Spans) -> Option<u32> {
    let outer = base.get(spans.outer.start as usize..spans.outer.end as usize)?;
    (wire == Wire::Xml && spans.inner.start == spans.inner.end && outer.ends_with(b"/>"))
        .then(|| spans.outer.end - 2)
}

/// The name of the element whose start tag stands here.
pub(super) fn element_name(tag: &[u8]) -> &[u8] {
    let name = tag.get(1..).unwrap_or_default();
    let end = name
        .iter()
        .position(|byte| matches!(byte, b' ' | b'\t' | b'\r' | b'\n' | b'/' | b'>'))
        .unwrap_or(name.len());
    &name[..end]
}
