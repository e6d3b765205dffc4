//! Capture of XML: attributes and elements into the same slots as members of JSON.

use super::{Sink, both};
use crate::codec::xml::{Name, XmlSink};
use crate::codec::{Range, Stop, Text};
use crate::engine::capture::root_record;
use crate::engine::fault::FaultCode;
use crate::mapping::plan::{Edge, Given, NONE, NodeKind};

impl Sink<'_> {
    /// An element at a node starts.
    #[inline]
    fn open(&mut self, node: u16, at: u32) -> Result<(), Stop> {
        let record = self
            .frames
            .last()
            .map_or_else(|| root_record(self.layout), |frame| frame.record);
        match if node == NONE {
            NodeKind::Skip
        } else {
            self.node(node).kind
        } {
            NodeKind::Object => {
                self.open_object(node, record, at);
                self.push(node, record, at);
            }
            NodeKind::Leaf => self.push(node, record, at),
            NodeKind::Map => {
                let slot = self.node(node).slot;
                self.captured.open_list(record, slot);
                self.push(node, record, at);
            }
            NodeKind::List if self.node(node).wrapped => {
                let slot = self.node(node).slot;
                self.captured.open_list(record, slot);
                self.push(node, record, at);
            }
            NodeKind::List => self.open_item(node, record, at),
            NodeKind::Skip => self.skipped = 1,
        }
        Ok(())
    }

    /// An element that is an item of a list starts: its record opens.
    fn open_item(&mut self, list: u16, holder: u32, at: u32) {
        let record = self.append(list, holder);
        let item = self.node(list).item;
        if self.node(item).kind == NodeKind::Skip {
            self.skipped = 1;
            return;
        }
        self.open_object_if(item, record, at);
        self.push(item, record, at);
    }

    fn open_object_if(&mut self, node: u16, record: u32, at: u32) {
        if self.is(node, NodeKind::Object) {
            self.open_object(node, record, at);
        }
    }

    /// The element of an edge starts, inside the open element.
    #[inline]
    fn enter(&mut self, edge: &Edge, at: u32) -> Result<(), Stop> {
        let again = !self.see(edge);
        let repeats = self.is(edge.node, NodeKind::List) && !self.node(edge.node).wrapped;
        if repeats {
            // The next one of its name is likelier than what follows it.
            if let Some(frame) = self.frames.last_mut() {
                frame.cursor -= 1;
            }
        } else if again {
            return Err(self.fail(
                FaultCode::Duplicate,
                edge.node,
                at,
                "one element of this name",
            ));
        }
        self.open(edge.node, at)
    }

    fn start_named(&mut self, local: &[u8], known: bool, at: u32) -> Result<(), Stop> {
        let Some(frame) = self.frames.last().copied() else {
            let root = self.layout.root_name.bytes();
            if !root.is_empty() && (!known || root != local) {
                return Err(self.fail(FaultCode::WrongKind, 0, at, "another root element"));
            }
            return self.open(0, at);
        };
        match self.node(frame.node).kind {
            NodeKind::Leaf => {
                return Err(self.fail(FaultCode::WrongKind, frame.node, at, "text only"));
            }
            NodeKind::Map => {
                self.skipped = 1;
                return Ok(());
            }
            NodeKind::List => {
                let expected = self.layout.edges[self.node(frame.node).edges.0 as usize]
                    .name
                    .bytes();
                if known && expected == local {
                    self.open_item(frame.node, frame.record, at);
                } else {
                    self.skipped = 1;
                }
                return Ok(());
            }
            NodeKind::Object | NodeKind::Skip => {}
        }
        match if known { self.find(local, false) } else { None } {
            Some(edge) => self.enter(edge, at),
            None => {
                if let Some(frame) = self.frames.last_mut() {
                    frame.members += 1;
                }
                self.skipped = 1;
                Ok(())
            }
        }
    }
}

impl XmlSink for Sink<'_> {
    #[inline]
    fn predict(&self) -> &[u8] {
        if self.skipped > 0 {
            return b"";
        }
        let Some(frame) = self.frames.last() else {
            return self.layout.root_name.bytes();
        };
        if frame.node == NONE {
            return b"";
        }
        let (_, to) = self.node(frame.node).edges;
        match self.layout.edges.get(frame.cursor as usize) {
            Some(edge) if frame.cursor < to && !edge.attribute => edge.name.bytes(),
            Some(_) | None => b"",
        }
    }

    #[inline]
    fn predicted_start(&mut self, at: u32) -> Result<(), Stop> {
        let Some(frame) = self.frames.last_mut() else {
            return self.open(0, at);
        };
        let (node, record) = (frame.node, frame.record);
        let edge = &self.layout.edges[frame.cursor as usize];
        if self.layout.nodes[usize::from(node)].kind == NodeKind::List {
            self.open_item(node, record, at);
            return Ok(());
        }
        frame.cursor += 1;
        self.enter(edge, at)
    }

    fn start(&mut self, name: Name<'_>, at: u32) -> Result<(), Stop> {
        if self.skipped > 0 {
            self.skipped += 1;
            return Ok(());
        }
        self.start_named(name.local, name.namespace.is_empty(), at)
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
            self.lose(inner.start);
            return Ok(());
        }
        let is_object = self
            .frames
            .last()
            .is_some_and(|frame| self.is(frame.node, NodeKind::Object));
        let edge = if is_object && name.namespace.is_empty() {
            self.find(name.local, true)
        } else {
            None
        };
        let (Some(edge), Some(frame)) = (edge, self.frames.last().copied()) else {
            self.lose(inner.start);
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
        self.leaf(
            edge.node,
            frame.record,
            text,
            bytes,
            Given::Untyped,
            both(inner, outer),
        )
    }

    fn content(&mut self, _at: u32, _empty: bool) -> Result<(), Stop> {
        if self.skipped > 0 {
            return Ok(());
        }
        // Attributes are over: expect the first child element.
        if let Some(frame) = self.frames.last_mut() {
            let (_, to) = self.layout.nodes[usize::from(frame.node)].edges;
            while frame.cursor < to && self.layout.edges[frame.cursor as usize].attribute {
                frame.cursor += 1;
            }
        }
        Ok(())
    }

    fn mixed(&mut self, text: Text, _bytes: &[u8]) -> Result<(), Stop> {
        let at = if text.decoded {
            self.frames.last().map_or(0, |frame| frame.at)
        } else {
            text.range.start
        };
        self.lose(at);
        Ok(())
    }

    #[inline]
    fn end(&mut self, text: Text, bytes: &[u8], inner: Range, outer: Range) -> Result<(), Stop> {
        if self.skipped > 0 {
            self.skipped -= 1;
            if !bytes.trim_ascii().is_empty() {
                self.lose(inner.start);
            }
            return Ok(());
        }
        let Some(frame) = self.frames.pop() else {
            return Ok(());
        };
        let spans = both(inner, outer);
        match self.node(frame.node).kind {
            NodeKind::Leaf => {
                self.leaf(frame.node, frame.record, text, bytes, Given::Untyped, spans)
            }
            NodeKind::Object => {
                if !bytes.trim_ascii().is_empty() {
                    self.lose(inner.start);
                }
                self.close_object(frame, spans)
            }
            NodeKind::List | NodeKind::Map => self.close_list(frame, spans),
            NodeKind::Skip => Ok(()),
        }
    }
}
