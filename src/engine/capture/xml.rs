//! Capture of XML: attributes and elements into the same slots as members of JSON.

use super::stencil::Logged;
use super::{Frame, Sink, both};
use crate::codec::hole::Hole;
use crate::codec::xml::{Name, XmlSink};
use crate::codec::{Range, Stop, Text};
use crate::engine::captured::Spans;
use crate::engine::fault::FaultCode;
use crate::engine::slot::{Slot, SlotKind, Source};
use crate::mapping::plan::{Edge, Given, NONE, NodeKind};

impl<const SPANS: bool> Sink<'_, SPANS> {
    /// An element at a node starts.
    #[inline]
    fn open(&mut self, node: u16, at: u32) {
        let record = self.top.record;
        let Some(found) = self.known(node) else {
            self.skipped = 1;
            return;
        };
        match found.kind {
            NodeKind::Leaf => self.open_leaf(node, record),
            NodeKind::Object => {
                self.open_object(found, record, at);
                self.push_element(node, record, at);
            }
            NodeKind::List if !found.wrapped => self.open_item(node, record, at),
            NodeKind::Map | NodeKind::List => {
                self.captured.open_list(record, found.slot);
                self.push_element(node, record, at);
            }
            NodeKind::Skip => self.skipped = 1,
        }
    }

    /// Opens a frame that expects its first child element: attributes are looked up by their names.
    #[inline]
    fn push_element(&mut self, node: u16, record: u32, at: u32) {
        self.push(node, self.node(node), record, at);
        while self.expected().is_some_and(|edge| edge.attribute) {
            self.top.cursor += 1;
        }
    }

    /// An element that holds text only is not worth a frame of its own.
    #[inline]
    fn open_leaf(&mut self, node: u16, record: u32) {
        self.pending = node;
        self.leaf_record = record;
    }

    /// An element that is an item of a list starts: its record opens.
    fn open_item(&mut self, list: u16, holder: u32, at: u32) {
        let list = self.node(list);
        let record = self.append(list, holder);
        let Some(found) = self.known(list.item) else {
            self.skipped = 1;
            return;
        };
        match found.kind {
            NodeKind::Skip => self.skipped = 1,
            NodeKind::Leaf => self.open_leaf(list.item, record),
            NodeKind::Object => {
                self.open_object(found, record, at);
                self.push_element(list.item, record, at);
            }
            NodeKind::Map | NodeKind::List => self.push_element(list.item, record, at),
        }
    }

    /// An element of any name starts, inside a map: its name is the entry's, its text the value.
    #[cold]
    fn open_entry(&mut self, map: u16, name: Name<'_>, at: u32) {
        let map = self.node(map);
        let record = self.append(map, self.top.record);
        // The name stands behind the `<` and its prefix, and holds nothing that any format would escape.
        let name = Slot::new(
            SlotKind::Text,
            Source::Document,
            true,
            at + 1 + name.prefix,
            name.local.len() as u32,
        );
        self.captured.set(record, 0, name);
        match self.known(map.item) {
            Some(found) if found.kind == NodeKind::Leaf => self.open_leaf(map.item, record),
            Some(_) | None => self.skipped = 1,
        }
    }

    /// The element of the edge at this place starts, inside the open element.
    #[inline]
    fn enter(&mut self, edge: &Edge, place: u32, at: u32) -> Result<(), Stop> {
        let again = !self.see(edge);
        let repeats = self
            .known(edge.node)
            .is_some_and(|node| node.kind == NodeKind::List && !node.wrapped);
        // The next one of its name is likelier than what follows it, if it may be repeated.
        self.top.cursor = if repeats { place } else { place + 1 };
        if again && !repeats {
            return Err(self.fail(
                FaultCode::Duplicate,
                edge.node,
                at,
                "one element of this name",
            ));
        }
        self.open(edge.node, at);
        Ok(())
    }

    /// The root element starts.
    fn enter_root(&mut self, name: &[u8], at: u32) -> Result<(), Stop> {
        let root = self.layout.root_name.bytes();
        if !(root.is_empty() || root == name) {
            return Err(self.fail(FaultCode::WrongKind, 0, at, "another root element"));
        }
        self.open(0, at);
        Ok(())
    }

    fn start_named(&mut self, name: Name<'_>, at: u32) -> Result<(), Stop> {
        if self.pending != NONE {
            return Err(self.fail(FaultCode::WrongKind, self.pending, at, "text only"));
        }
        let mut buffer = std::mem::take(&mut self.expanded);
        let started = self.start_expanded(name, name.expanded(&mut buffer), at);
        self.expanded = buffer;
        started
    }

    /// An element starts; `expanded` is its name as the layout has it.
    #[inline]
    fn start_expanded(&mut self, name: Name<'_>, expanded: &[u8], at: u32) -> Result<(), Stop> {
        let Frame { node, kind, .. } = self.top;
        match kind {
            NodeKind::Map => {
                self.log.rest();
                let around = self.expected().map_or(&b""[..], |edge| edge.name.bytes());
                if expanded.strip_suffix(name.local) == Some(around) {
                    self.open_entry(node, name, at);
                } else {
                    self.skipped = 1;
                }
                Ok(())
            }
            NodeKind::List => {
                let expected = self.expected().map(|edge| edge.name.bytes());
                if expected == Some(expanded) {
                    self.open_item(node, self.top.record, at);
                } else {
                    self.skipped = 1;
                }
                Ok(())
            }
            NodeKind::Leaf | NodeKind::Skip => self.enter_root(expanded, at),
            NodeKind::Object => match self.find(expanded, false) {
                Some((edge, place)) => self.enter(edge, place, at),
                None => {
                    self.top.members += 1;
                    self.skipped = 1;
                    Ok(())
                }
            },
        }
    }
}

impl<const SPANS: bool> Sink<'_, SPANS> {
    /// An element that nothing carries ends.
    fn end_skipped(&mut self, bytes: &[u8], inner: Range) {
        self.skipped -= 1;
        if !bytes.trim_ascii().is_empty() {
            self.lose(Hole::Content, inner, inner.start);
        }
    }

    fn end_object_or_list(&mut self, bytes: &[u8], spans: Spans) -> Result<(), Stop> {
        let frame = self.pop();
        // Text beside members or items, which the blanks of an indent are not.
        if !bytes.trim_ascii().is_empty() {
            self.lose(Hole::Content, spans.inner, spans.inner.start);
        }
        match frame.kind {
            NodeKind::Object => self.close_object(&frame, spans),
            NodeKind::List | NodeKind::Map => self.close_list(&frame, spans),
            NodeKind::Leaf | NodeKind::Skip => Ok(()),
        }
    }
}

impl<const SPANS: bool> XmlSink for Sink<'_, SPANS> {
    #[inline]
    fn predict(&self) -> &[u8] {
        if self.skipped > 0 || self.pending != NONE {
            return b"";
        }
        match self.expected() {
            Some(edge) => edge.name.bytes(),
            None if self.top.kind == NodeKind::Skip => self.layout.root_name.bytes(),
            None => b"",
        }
    }

    #[inline(always)]
    fn predicted_start(&mut self, at: u32) -> Result<(), Stop> {
        let Some(edge) = self.expected() else {
            self.open(0, at);
            return Ok(());
        };
        if self.top.kind == NodeKind::List {
            self.open_item(self.top.node, self.top.record, at);
            return Ok(());
        }
        self.enter(edge, self.top.cursor, at)
    }

    fn start(&mut self, name: Name<'_>, at: u32) -> Result<(), Stop> {
        if self.skipped > 0 {
            self.skipped += 1;
            return Ok(());
        }
        self.start_named(name, at)
    }

    fn attribute(
        &mut self,
        name: Name<'_>,
        text: Text,
        bytes: &[u8],
        inner: Range,
        outer: Range,
    ) -> Result<(), Stop> {
        if self.skipped > 0 {
            self.lose(Hole::Attribute, inner, inner.start);
            return Ok(());
        }
        let is_object = self.pending == NONE && self.top.kind == NodeKind::Object;
        let edge = if is_object {
            let mut buffer = std::mem::take(&mut self.expanded);
            let found = self.find(name.expanded(&mut buffer), true);
            self.expanded = buffer;
            found
        } else {
            None
        };
        let Some((edge, _)) = edge else {
            if self.nulls && self.pending != NONE && is_nil(&name, bytes) {
                // What is left of the element says nothing.
                let node = std::mem::replace(&mut self.pending, NONE);
                self.clear_leaf(self.node(node), self.leaf_record, both(inner, outer));
                self.skipped = 1;
                return Ok(());
            }
            self.lose(Hole::Attribute, inner, inner.start);
            return Ok(());
        };
        if !self.see(edge) {
            return Err(self.fail(
                FaultCode::Duplicate,
                edge.node,
                inner.start,
                "one attribute or element of this name",
            ));
        }
        let place = (edge.node, self.node(edge.node), self.top.record);
        self.log.value(Logged {
            hole: Hole::Attribute,
            from: inner.start,
            to: inner.end,
            node: place.0,
            record: place.2,
        });
        self.leaf(place, text, bytes, Given::Untyped, both(inner, outer))
    }

    #[inline]
    fn content(&mut self, _at: u32, _empty: bool) -> Result<(), Stop> {
        Ok(())
    }

    fn mixed(&mut self, text: Text, _bytes: &[u8]) -> Result<(), Stop> {
        let at = if text.decoded {
            self.top.begun
        } else {
            text.range.start
        };
        // Text between elements is no value with a place of its own.
        self.log.rest();
        self.lose(Hole::Content, text.range, at);
        Ok(())
    }

    #[inline(always)]
    fn end(&mut self, text: Text, bytes: &[u8], inner: Range, outer: Range) -> Result<(), Stop> {
        if self.skipped > 0 {
            self.end_skipped(bytes, inner);
            return Ok(());
        }
        let spans = both(inner, outer);
        if self.pending != NONE {
            let node = std::mem::replace(&mut self.pending, NONE);
            let place = (node, self.node(node), self.leaf_record);
            let empty = inner.start == inner.end;
            self.log.value(Logged {
                hole: if empty { Hole::Nothing } else { Hole::Content },
                from: inner.start,
                to: inner.end,
                node,
                record: self.leaf_record,
            });
            if self.top.kind == NodeKind::Map {
                self.keep_entry(self.leaf_record, spans);
            }
            return self.leaf(place, text, bytes, Given::Untyped, spans);
        }
        self.end_object_or_list(bytes, spans)
    }
}

/// True for `xsi:nil="true"`.
fn is_nil(name: &Name<'_>, bytes: &[u8]) -> bool {
    name.local == b"nil"
        && name.namespace == b"http://www.w3.org/2001/XMLSchema-instance"
        && matches!(bytes, b"true" | b"1")
}
