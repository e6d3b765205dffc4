//! One pass over a document: every carried value into its slot, every check of the schema on the way.

mod json;
mod xml;

use super::captured::{Captured, Spans};
use super::fault::{Fault, FaultCode, LossCode};
use super::slot::{LONGEST, Slot, SlotKind, Source};
use crate::codec::form;
use crate::codec::json::Reader as JsonReader;
use crate::codec::xml::XmlReader;
use crate::codec::{self, FaultKind, Limits, Range, Stop, Text};
use crate::mapping::plan::{Check, Edge, Given, Layout, NONE, Name, Node, NodeKind, Wire};
use crate::model::shape::Form;

/// Readers and stack of captures, reused from document to document.
#[derive(Debug, Default)]
pub struct Capture {
    json: JsonReader,
    form: form::Reader,
    xml: XmlReader,
    frames: Vec<Frame>,
}

/// What a capture does beside filling slots.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    /// Slots only.
    Plain,
    /// Also where each value stands, for splices.
    Spans,
    /// The document is a merge patch: what must be present may be absent, and nulls count.
    Patch,
}

/// An open object, map, list or element.
#[derive(Debug, Clone, Copy)]
pub(super) struct Frame {
    /// Its node; `NONE` while skipping.
    node: u16,
    /// The record that its members' slots are in.
    record: u32,
    /// Bits of the members seen, and of those that are not null.
    seen: u64,
    present: u64,
    /// Members seen in all.
    members: u32,
    /// The edge expected next.
    cursor: u32,
    /// Where the member that is being read begins.
    member_at: u32,
    /// Where it itself begins, with its name.
    at: u32,
    /// It is given whole even in a patch: an item of a list, or below one.
    whole: bool,
}

/// The sink that both readers push into.
pub(super) struct Sink<'a> {
    layout: &'a Layout,
    checks: &'a [Check],
    mode: Mode,
    captured: &'a mut Captured,
    frames: &'a mut Vec<Frame>,
    /// Node of the member whose value comes next; `NONE` if nothing carries it.
    pending: u16,
    /// Depth below something that is skipped.
    skipped: u32,
    fault: Option<Fault>,
}

impl Capture {
    /// Captures a UTF-8 document.
    ///
    /// # Errors
    /// The first fault of the document: of its format, or of its schema.
    pub fn run(
        &mut self,
        layout: &Layout,
        checks: &[Check],
        input: &[u8],
        limits: &Limits,
        mode: Mode,
        captured: &mut Captured,
    ) -> Result<(), CaptureFault> {
        if input.len() >= LONGEST as usize {
            return Err(CaptureFault::Format(codec::Fault {
                kind: FaultKind::Limit,
                what: "a shorter document",
                at: LONGEST,
            }));
        }
        let widest = layout.widths.iter().copied().max().unwrap_or(0);
        captured.reset(widest, mode == Mode::Spans);
        let root = captured.record(
            layout.widths.first().copied().unwrap_or(0),
            mode == Mode::Spans,
        );
        debug_assert_eq!(root, root_record(layout));
        self.frames.clear();
        // The reader appends to the scratch while the sink fills slots: lend it out for the time of reading.
        let mut decoded = std::mem::take(&mut captured.decoded);
        let mut sink = Sink {
            layout,
            checks,
            mode,
            captured,
            frames: &mut self.frames,
            pending: 0,
            skipped: 0,
            fault: None,
        };
        let read = match layout.wire {
            Wire::Json => self.json.read(input, limits, &mut decoded, &mut sink),
            Wire::Xml => self.xml.read(input, limits, &mut decoded, &mut sink),
            Wire::Form => {
                let is_list = |name: &[u8]| names_list(layout, name);
                self.form
                    .read(input, limits, is_list, &mut decoded, &mut sink)
            }
        };
        let fault = sink.fault;
        captured.decoded = decoded;
        match (read, fault) {
            (_, Some(fault)) => Err(CaptureFault::Shape(fault)),
            (Err(fault), None) => Err(CaptureFault::Format(fault)),
            (Ok(()), None) => Ok(()),
        }
    }
}

/// True if a member of the root of this name is a list.
fn names_list(layout: &Layout, name: &[u8]) -> bool {
    let Some(root) = layout.nodes.first() else {
        return false;
    };
    layout.edges[root.edges.0 as usize..root.edges.1 as usize]
        .iter()
        .any(|edge| {
            edge.name.bytes() == name && layout.nodes[usize::from(edge.node)].kind == NodeKind::List
        })
}

/// The record of a document's root: behind the absent one.
pub(crate) fn root_record(layout: &Layout) -> u32 {
    1 + u32::from(layout.widths.iter().copied().max().unwrap_or(0))
}

/// Why a document was not captured.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CaptureFault {
    /// It is no document of its format.
    Format(codec::Fault),
    /// It is not of its schema.
    Shape(Fault),
}

impl<'a> Sink<'a> {
    #[inline]
    fn spans(&self) -> bool {
        self.mode == Mode::Spans
    }

    #[inline]
    fn node(&self, node: u16) -> &'a Node {
        &self.layout.nodes[usize::from(node)]
    }

    #[cold]
    fn fail(&mut self, code: FaultCode, node: u16, at: u32, why: &'static str) -> Stop {
        self.fault = Some(Fault {
            code,
            rule: NONE,
            node,
            at,
            why,
        });
        Stop
    }

    fn push(&mut self, node: u16, record: u32, at: u32) {
        let cursor = if node == NONE {
            0
        } else {
            self.node(node).edges.0
        };
        let whole = self.frames.last().is_some_and(|above| {
            above.whole || above.node != NONE && self.node(above.node).kind == NodeKind::List
        });
        self.frames.push(Frame {
            whole,
            node,
            record,
            seen: 0,
            present: 0,
            members: 0,
            cursor,
            member_at: at,
            at,
        });
    }

    /// The edge of a name in the open object, beginning with the one expected; moves the expectation behind it.
    #[inline]
    fn find(&mut self, name: &[u8], attribute: bool) -> Option<&'a Edge> {
        let frame = self.frames.last_mut()?;
        if frame.node == NONE {
            return None;
        }
        let node = &self.layout.nodes[usize::from(frame.node)];
        let (from, to) = node.edges;
        let ends = Name::ends(name);
        let (before, after) =
            self.layout.edges[from as usize..to as usize].split_at((frame.cursor - from) as usize);
        for (index, edge) in after.iter().enumerate() {
            if edge.attribute == attribute && edge.name.is(name, ends) {
                frame.cursor += index as u32 + 1;
                return Some(edge);
            }
        }
        for (index, edge) in before.iter().enumerate() {
            if edge.attribute == attribute && edge.name.is(name, ends) {
                frame.cursor = from + index as u32 + 1;
                return Some(edge);
            }
        }
        None
    }

    /// Marks a member as seen; false if it was seen before.
    #[inline]
    fn see(&mut self, edge: &Edge) -> bool {
        let Some(frame) = self.frames.last_mut() else {
            return true;
        };
        frame.members += 1;
        if edge.bit >= 64 {
            return true;
        }
        let bit = 1_u64 << edge.bit;
        let new = frame.seen & bit == 0;
        frame.seen |= bit;
        frame.present |= bit;
        new
    }

    /// The member that was just seen turned out to be null, which is as good as absent for what must be present.
    fn unsee_null(&mut self, node: u16) {
        let edges = match self.frames.last() {
            Some(frame) if frame.node != NONE => self.node(frame.node).edges,
            _ => return,
        };
        let bit = self.layout.edges[edges.0 as usize..edges.1 as usize]
            .iter()
            .find(|edge| edge.node == node)
            .map(|edge| edge.bit);
        if let (Some(bit), Some(frame)) = (bit.filter(|bit| *bit < 64), self.frames.last_mut()) {
            frame.present &= !(1 << bit);
        }
    }

    /// Stores a value at a node of a record.
    #[inline]
    fn store(&mut self, node: u16, record: u32, slot: Slot, spans: Spans) {
        let index = self.node(node).slot;
        if index == NONE {
            if self.node(node).constant {
                return;
            }
            let code = if self.node(node).read_only {
                LossCode::ReadOnly
            } else {
                LossCode::NoPlace
            };
            self.captured.lose(code, NONE, spans.inner.start);
            return;
        }
        self.captured.set(record, index, slot);
        if self.spans() {
            self.captured.spans[record as usize + 1 + usize::from(index)] = spans;
        }
    }

    /// Judges a leaf's text and stores it.
    #[inline]
    fn leaf(
        &mut self,
        node: u16,
        record: u32,
        text: Text,
        bytes: &[u8],
        given: Given,
        spans: Spans,
    ) -> Result<(), Stop> {
        self.captured.leaves += 1;
        let found = self.node(node);
        let (text, bytes) = if found.trim {
            trimmed(text, bytes)
        } else {
            (text, bytes)
        };
        let mut kind = match given {
            Given::Number => SlotKind::Number,
            Given::Text | Given::Boolean | Given::Untyped => SlotKind::Text,
        };
        if found.detail != NONE {
            let check = &self.checks[usize::from(found.detail)];
            if given == Given::Untyped && bytes.is_empty() && check.form != Form::Text {
                // `<count/>` says nothing of a number: as good as absent.
                self.unsee_null(node);
                self.no_value(node, record, spans);
                return Ok(());
            }
            match check.judge(bytes, given) {
                Ok(Form::Boolean) => {
                    let truth = check.truth(bytes).unwrap_or(false);
                    kind = if truth {
                        SlotKind::True
                    } else {
                        SlotKind::False
                    };
                }
                Ok(Form::Integer | Form::Number) => kind = SlotKind::Number,
                Ok(Form::Text) => {}
                Err(_) if found.report_invalid => {
                    self.captured
                        .lose(LossCode::Invalid, NONE, spans.inner.start);
                    self.no_value(node, record, spans);
                    return Ok(());
                }
                Err(why) => {
                    return Err(self.fail(FaultCode::InvalidInput, node, spans.inner.start, why));
                }
            }
        } else if given == Given::Boolean {
            kind = if bytes == b"true" {
                SlotKind::True
            } else {
                SlotKind::False
            };
        }
        let mut text = text;
        if text.range.start == text.range.end {
            // An empty text stands where its content would.
            text.range = Range {
                start: spans.inner.start,
                end: spans.inner.start,
            };
            text.decoded = false;
        }
        let source = if text.decoded {
            Source::Decoded
        } else {
            Source::Document
        };
        if text.decoded {
            self.captured
                .origins
                .push((text.range.start, spans.inner.start));
        }
        let slot = Slot::new(
            kind,
            source,
            text.plain,
            text.range.start,
            text.range.end - text.range.start,
        );
        self.store(node, record, slot, spans);
        Ok(())
    }

    /// In a base, what stands at a place without being a value: a new one takes its bytes.
    fn no_value(&mut self, node: u16, record: u32, spans: Spans) {
        let slot = self.node(node).slot;
        if !self.spans() || slot == NONE {
            return;
        }
        self.captured.spans[record as usize + 1 + usize::from(slot)] = spans;
        let null = Slot::new(
            SlotKind::Null,
            Source::Document,
            false,
            spans.inner.start,
            0,
        );
        self.captured.set(record, slot, null);
    }

    /// Opens an object or element at a node: its slot says that it was there.
    #[inline]
    fn open_object(&mut self, node: u16, record: u32, at: u32) {
        let slot = self.node(node).slot;
        if slot != NONE {
            self.captured.set(
                record,
                slot,
                Slot::new(SlotKind::Object, Source::Document, false, at, 0),
            );
        }
    }

    /// Closes an object: what must be present is, and its spans are kept.
    fn close_object(&mut self, frame: Frame, spans: Spans) -> Result<(), Stop> {
        let node = self.node(frame.node);
        if self.mode != Mode::Patch || frame.whole {
            if node.required & !frame.present != 0 {
                return Err(self.fail(
                    FaultCode::MissingInput,
                    frame.node,
                    spans.inner.start,
                    "a member that must be present",
                ));
            }
            let satisfied = |group: &[u64]| group.iter().any(|mask| mask & !frame.present == 0);
            if !node.any_of.iter().all(|group| satisfied(group)) {
                return Err(self.fail(
                    FaultCode::MissingInput,
                    frame.node,
                    spans.inner.start,
                    "one of several members",
                ));
            }
            let lonely = |(one, others): &(u64, u64)| {
                frame.present & one != 0 && others & !frame.present != 0
            };
            if node.dependents.iter().any(lonely) {
                return Err(self.fail(
                    FaultCode::MissingInput,
                    frame.node,
                    spans.inner.start,
                    "a member that another one needs beside it",
                ));
            }
            let (min, max) = node.members;
            if frame.members < min || frame.members > max {
                return Err(self.fail(
                    FaultCode::InvalidInput,
                    frame.node,
                    spans.inner.start,
                    "another number of members",
                ));
            }
        }
        if self.spans() && node.slot != NONE {
            self.captured.spans[frame.record as usize + 1 + usize::from(node.slot)] = spans;
        }
        Ok(())
    }

    /// Closes a list: as many items as the schema says, and its spans are kept.
    fn close_list(&mut self, frame: Frame, spans: Spans) -> Result<(), Stop> {
        let node = self.node(frame.node);
        if node.slot == NONE {
            return Ok(());
        }
        let count = self.captured.count(frame.record, node.slot);
        if count < node.items.0 || count > node.items.1 {
            return Err(self.fail(
                FaultCode::InvalidInput,
                frame.node,
                spans.inner.start,
                "another number of items",
            ));
        }
        if self.spans() {
            self.captured.spans[frame.record as usize + 1 + usize::from(node.slot)] = spans;
        }
        Ok(())
    }

    /// A new record of a list or map.
    #[inline]
    fn append(&mut self, list: u16, record: u32) -> u32 {
        let node = self.node(list);
        let width = self.layout.widths[usize::from(node.detail)];
        let spans = self.spans();
        self.captured.append(record, node.slot, width, spans)
    }

    fn lose(&mut self, at: u32) {
        self.captured.leaves += 1;
        self.captured.lose(LossCode::NoPlace, NONE, at);
    }

    /// True if the node is of this kind.
    #[inline]
    fn is(&self, node: u16, kind: NodeKind) -> bool {
        node != NONE && self.node(node).kind == kind
    }
}

/// A text without the blanks around it.
fn trimmed(mut text: Text, bytes: &[u8]) -> (Text, &[u8]) {
    let start = bytes.len() - bytes.trim_ascii_start().len();
    let inside = bytes.trim_ascii();
    text.range.start += start as u32;
    text.range.end = text.range.start + inside.len() as u32;
    (text, inside)
}

/// A range over both spans.
pub(super) fn both(inner: Range, outer: Range) -> Spans {
    Spans { inner, outer }
}
