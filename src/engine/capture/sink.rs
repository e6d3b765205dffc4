//! Where both readers tell what they read: values into slots, members against their schema.

use super::stencil::{Log, Logged};
use super::{Frame, Mode, Sink};
use crate::codec::hole::Hole;
use crate::codec::{Range, Stop, Text};
use crate::engine::captured::{Captured, Spans};
use crate::engine::fault::{Fault, FaultCode, LossCode};
use crate::engine::slot::{Slot, SlotKind, Source};
use crate::mapping::plan::{Check, Edge, Given, Layout, NONE, Name, Node, NodeKind, Wire};
use crate::model::decimal;
use crate::model::shape::Form;

impl<'a, const SPANS: bool> Sink<'a, SPANS> {
    pub(super) fn new(
        layout: &'a Layout,
        checks: &'a [Check],
        mode: Mode,
        captured: &'a mut Captured,
        frames: &'a mut Vec<Frame>,
        log: &'a mut Log,
    ) -> Self {
        frames.clear();
        Self {
            layout,
            checks,
            lenient: mode == Mode::Lenient,
            patch: mode == Mode::Patch,
            nulls: matches!(mode, Mode::Patch | Mode::Nulls | Mode::Empties),
            empties: mode == Mode::Empties,
            captured,
            top: Frame::OUTSIDE,
            frames,
            pending: NONE,
            leaf_record: 0,
            skipped: 0,
            expanded: Vec::new(),
            fault: None,
            log,
            items: None,
        }
    }

    #[inline]
    pub(super) fn node(&self, node: u16) -> &'a Node {
        &self.layout.nodes[usize::from(node)]
    }

    /// The node, if something is known of the place.
    #[inline]
    pub(super) fn known(&self, node: u16) -> Option<&'a Node> {
        // `NONE` lies behind the last node.
        self.layout.nodes.get(usize::from(node))
    }

    #[cold]
    pub(super) fn fail(&mut self, code: FaultCode, node: u16, at: u32, why: &'static str) -> Stop {
        self.fault = Some(Fault {
            code,
            rule: NONE,
            node,
            at,
            why,
        });
        Stop
    }

    #[inline]
    pub(super) fn push(&mut self, node: u16, found: &Node, record: u32, at: u32) {
        let inner = Frame {
            whole: self.top.whole || self.top.kind == NodeKind::List,
            node,
            kind: found.kind,
            record,
            seen: 0,
            nulls: 0,
            members: 0,
            cursor: found.edges.0,
            to: found.edges.1,
            begun: at,
        };
        let outer = std::mem::replace(&mut self.top, inner);
        if outer.node == NONE {
            // What stands around the document is the same for all.
            return;
        }
        if self.frames.len() == self.frames.capacity() {
            // As deep as documents are and no deeper: depth is limited, and a doubled stack is held for nothing.
            self.frames.reserve_exact(1);
        }
        self.frames.push(outer);
    }

    /// Closes the innermost frame and gives it back.
    #[inline]
    pub(super) fn pop(&mut self) -> Frame {
        let outer = self.frames.pop().unwrap_or(Frame::OUTSIDE);
        std::mem::replace(&mut self.top, outer)
    }

    /// The edge expected next in the open object.
    #[inline]
    pub(super) fn expected(&self) -> Option<&'a Edge> {
        if self.top.cursor < self.top.to {
            self.layout.edges.get(self.top.cursor as usize)
        } else {
            None
        }
    }

    /// The edge of a name in the open object, beginning with the one expected, and its place.
    #[inline]
    pub(super) fn find(&self, name: &[u8], attribute: bool) -> Option<(&'a Edge, u32)> {
        let from = self.known(self.top.node)?.edges.0;
        let ends = Name::ends(name);
        let edges = &self.layout.edges[from as usize..self.top.to as usize];
        let (before, after) = edges.split_at((self.top.cursor - from) as usize);
        let matches = |edge: &Edge| edge.attribute == attribute && edge.name.is(name, ends);
        if let Some(index) = after.iter().position(matches) {
            return Some((&after[index], self.top.cursor + index as u32));
        }
        let index = before.iter().position(matches)?;
        Some((&before[index], from + index as u32))
    }

    /// Marks a member as seen; false if it was seen before.
    #[inline]
    pub(super) fn see(&mut self, edge: &Edge) -> bool {
        self.top.members += 1;
        if edge.bit >= 64 {
            return true;
        }
        let bit = 1_u64 << edge.bit;
        let new = self.top.seen & bit == 0;
        self.top.seen |= bit;
        new
    }

    /// The member that was just seen turned out to be null, which is as good as absent for what must be present.
    pub(super) fn unsee_null(&mut self, node: u16) {
        if let Some(bit) = self.bit(node) {
            self.top.nulls |= bit;
        }
    }

    /// An object of a patch: it may lack what it must have, and be cleared, but not be left without it.
    #[cold]
    fn close_patched(&mut self, frame: &Frame, at: u32) -> Result<(), Stop> {
        let node = self.node(frame.node);
        let edges = &self.layout.edges[node.edges.0 as usize..node.edges.1 as usize];
        let is_null = |edge: &Edge| edge.bit < 64 && frame.nulls & (1 << edge.bit) != 0;
        let is_carried = |edge: &&Edge| {
            let (first, behind) = self.node(edge.node).slots;
            first < behind
        };
        let is_cleared = edges.iter().filter(is_carried).all(is_null);
        if is_cleared && self.known(self.top.node).is_some() {
            self.unsee_null(frame.node);
            return Ok(());
        }
        match node.required & frame.nulls {
            0 => Ok(()),
            _ => {
                let why = "a value, since the member must be present";
                Err(self.fail(FaultCode::MissingInput, frame.node, at, why))
            }
        }
    }

    /// The bit of a node among the members of the open object.
    fn bit(&self, node: u16) -> Option<u64> {
        let (from, to) = self.known(self.top.node)?.edges;
        let edges = self.layout.edges.get(from as usize..to as usize)?;
        let edge = edges.iter().find(|edge| edge.node == node)?;
        (edge.bit < 64).then(|| 1 << edge.bit)
    }

    /// Stores a value at a node of a record.
    #[inline]
    pub(super) fn store(
        &mut self,
        (node, found, record): (u16, &Node, u32),
        slot: Slot,
        spans: Spans,
    ) {
        if found.slot == NONE {
            if found.constant {
                return;
            }
            let code = if found.read_only {
                LossCode::ReadOnly
            } else {
                LossCode::NoPlace
            };
            self.captured.lose_at(code, node, self.told_at(spans));
            return;
        }
        self.captured.set(record, found.slot, slot);
        self.keep_spans(found, record, spans);
    }

    /// The offset that is told of a lost value: an empty element has no inside to point into.
    fn told_at(&self, spans: Spans) -> u32 {
        let is_empty = spans.inner.start == spans.inner.end;
        if is_empty && self.layout.wire == Wire::Xml {
            spans.outer.start
        } else {
            spans.inner.start
        }
    }

    /// Keeps where the value of a node with a slot stands.
    #[inline]
    pub(super) fn keep_spans(&mut self, found: &Node, record: u32, spans: Spans) {
        if SPANS {
            self.captured.spans[record as usize + 1 + usize::from(found.slot)] = spans;
        }
    }

    /// Keeps where an entry of a map stands with its name, which is in its first slot.
    #[inline]
    pub(super) fn keep_entry(&mut self, record: u32, spans: Spans) {
        if SPANS {
            self.captured.spans[record as usize + 1] = spans;
        }
    }

    /// Judges a leaf's text and stores it.
    #[inline(always)]
    pub(super) fn leaf(
        &mut self,
        place: (u16, &'a Node, u32),
        text: Text,
        bytes: &[u8],
        given: Given,
        spans: Spans,
    ) -> Result<(), Stop> {
        let (_, found, record) = place;
        self.captured.leaves += 1;
        let (text, bytes) = if found.trim {
            trimmed(text, bytes)
        } else {
            (text, bytes)
        };
        let kind = match self.checks.get(usize::from(found.detail)) {
            None => kind_of(given, bytes),
            Some(check) => match check.admits(bytes, given) {
                Some(Form::Text) => SlotKind::Text,
                Some(_) => SlotKind::Number,
                None => match self.judged(check, place, bytes, given, spans)? {
                    Some(kind) => kind,
                    None => return Ok(()),
                },
            },
        };
        let mut text = text;
        if text.range.start == text.range.end {
            if self.empties {
                self.clear_leaf(found, record, spans);
                return Ok(());
            }
            // An empty text stands where its content would, and one of an empty element where that does.
            let at = self.told_at(spans);
            text.range = Range { start: at, end: at };
            text.decoded = false;
        }
        let source = if text.decoded {
            self.captured
                .origins
                .push((text.range.start, spans.inner.start));
            Source::Decoded
        } else {
            Source::Document
        };
        let len = text.range.end - text.range.start;
        let slot = Slot::new(kind, source, text.plain, text.range.start, len);
        self.store(place, slot, spans);
        Ok(())
    }

    /// The kind of slot that a checked text makes; `None` if it makes none.
    #[inline(never)]
    pub(super) fn judged(
        &mut self,
        check: &Check,
        (node, found, record): (u16, &'a Node, u32),
        bytes: &[u8],
        given: Given,
        spans: Spans,
    ) -> Result<Option<SlotKind>, Stop> {
        if self.empties && bytes.is_empty() {
            self.clear_leaf(found, record, spans);
            return Ok(None);
        }
        if given == Given::Untyped && bytes.is_empty() && check.form != Form::Text {
            // `<count/>` says nothing of a number: as good as absent.
            self.unsee_null(node);
            self.no_value(found, record, spans);
            return Ok(None);
        }
        let digits = check.digits(bytes, given);
        let counts = digits.as_deref().unwrap_or(bytes);
        match check.judge(counts, given) {
            Ok(Form::Boolean) => Ok(Some(if check.truth(bytes).unwrap_or(false) {
                SlotKind::True
            } else {
                SlotKind::False
            })),
            // More zeros than are written out for anybody.
            Ok(Form::Integer) if !decimal::is_digits(counts) => self.unfit(
                (node, found, record),
                "a whole number of fewer digits",
                spans,
            ),
            Ok(Form::Integer | Form::Number) => {
                if let Some(digits) = digits.filter(|_| found.slot != NONE) {
                    self.captured.respell(record, found.slot, digits);
                }
                Ok(Some(SlotKind::Number))
            }
            Ok(Form::Text) => Ok(Some(SlotKind::Text)),
            Err(why) => self.unfit((node, found, record), why, spans),
        }
    }

    /// A value that its place does not take: a loss where the rule reports it, or whatever is lost is; else a fault.
    fn unfit(
        &mut self,
        (node, found, record): (u16, &'a Node, u32),
        why: &'static str,
        spans: Spans,
    ) -> Result<Option<SlotKind>, Stop> {
        let at = spans.inner.start;
        if self.forgives(node) {
            self.unsee_null(node);
        } else if !found.report_invalid {
            return Err(self.fail(FaultCode::InvalidInput, node, at, why));
        }
        self.captured.lose_at(LossCode::Invalid, node, at);
        self.no_value(found, record, spans);
        Ok(None)
    }

    /// True if what does not fit at a node is as good as absent: not the document itself, and nothing by whose closed
    /// list one document is told from another.
    pub(super) fn forgives(&self, node: u16) -> bool {
        let closed = |found: &Node| {
            let check = self.checks.get(usize::from(found.detail));
            found.kind == NodeKind::Leaf && check.is_some_and(|check| !check.values.is_empty())
        };
        self.lenient && node != 0 && !self.known(node).is_some_and(closed)
    }

    /// A leaf of an update that says that its place is cleared.
    #[cold]
    pub(super) fn clear_leaf(&mut self, found: &Node, record: u32, spans: Spans) {
        if found.slot == NONE {
            let at = self.told_at(spans);
            self.lose(Hole::Nothing, spans.inner, at);
        } else {
            self.captured.clear(record, found.slots, spans.inner.start);
        }
    }

    /// In a base, what stands at a place without being a value: a new one takes its bytes.
    pub(super) fn no_value(&mut self, found: &Node, record: u32, spans: Spans) {
        if !SPANS || found.slot == NONE {
            return;
        }
        self.keep_spans(found, record, spans);
        let at = spans.inner.start;
        let null = Slot::new(SlotKind::Null, Source::Document, false, at, 0);
        self.captured.set(record, found.slot, null);
    }

    /// Opens an object or element at a node: its slot says that it was there.
    #[inline]
    pub(super) fn open_object(&mut self, found: &Node, record: u32, at: u32) {
        if found.slot != NONE {
            let slot = Slot::new(SlotKind::Object, Source::Document, false, at, 0);
            self.captured.set(record, found.slot, slot);
            self.log.mark(record + 1 + u32::from(found.slot), at);
        }
    }

    /// Closes an object: what must be present is, and its spans are kept.
    #[inline]
    pub(super) fn close_object(&mut self, frame: &Frame, spans: Spans) -> Result<(), Stop> {
        let node = self.node(frame.node);
        if !self.patch || frame.whole {
            let present = frame.seen & !frame.nulls;
            let lonely = |(one, others): &&(u64, u64)| present & one != 0 && others & !present != 0;
            let (min, max) = node.members;
            let what = if node.required & !present != 0 {
                Some(("a member that must be present", node.required))
            } else if !satisfies(&node.any_of, present) {
                Some(("one of several members", alternative(&node.any_of, present)))
            } else if let Some((_, others)) = node.dependents.iter().find(lonely) {
                Some(("a member that another one needs beside it", *others))
            } else {
                None
            };
            if let Some((why, needed)) = what {
                let missing = self.missing(frame.node, needed & !present);
                return Err(self.fail(FaultCode::MissingInput, missing, spans.inner.start, why));
            }
            if frame.members < min || frame.members > max {
                let why = "another number of members";
                return Err(self.fail(FaultCode::InvalidInput, frame.node, spans.inner.start, why));
            }
        } else if frame.nulls != 0 {
            self.close_patched(frame, spans.inner.start)?;
        }
        if node.slot != NONE {
            self.keep_spans(node, frame.record, spans);
        }
        Ok(())
    }

    /// The node of the first member that a mask names; that of the object where it names none.
    #[cold]
    fn missing(&self, object: u16, mask: u64) -> u16 {
        let edges = self.layout.edges_of(self.node(object)).iter();
        let bit = |edge: &&Edge| 1_u64.checked_shl(u32::from(edge.bit)).unwrap_or(0);
        let mut named = edges.filter(|edge| mask & bit(edge) != 0);
        named.next().map_or(object, |edge| edge.node)
    }

    /// Closes a list: as many items as the schema says, and its spans are kept.
    #[inline]
    pub(super) fn close_list(&mut self, frame: &Frame, spans: Spans) -> Result<(), Stop> {
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
        self.keep_spans(node, frame.record, spans);
        Ok(())
    }

    /// A new record of a list or map.
    #[inline]
    pub(super) fn append(&mut self, list: &Node, record: u32) -> u32 {
        let width = self.layout.widths[usize::from(list.detail)];
        let item = self.captured.append(record, list.slot, width, SPANS);
        self.log.link(record + 1 + u32::from(list.slot), item);
        item
    }

    /// A value that nothing carries: where it is written, and the offset that is told of it.
    #[cold]
    pub(super) fn lose(&mut self, hole: Hole, inner: Range, at: u32) {
        self.log.value(Logged {
            hole,
            from: inner.start,
            to: inner.end,
            node: NONE,
            record: 0,
        });
        self.captured.leaves += 1;
        self.captured.lose(LossCode::NoPlace, NONE, at);
    }
}

/// True if of each group of alternatives one is wholly present.
#[inline]
fn satisfies(groups: &[Box<[u64]>], present: u64) -> bool {
    groups
        .iter()
        .all(|group| group.iter().any(|mask| mask & !present == 0))
}

/// Of the first group of alternatives that lacks each, the first.
fn alternative(groups: &[Box<[u64]>], present: u64) -> u64 {
    let mut groups = groups.iter().map(|group| &**group);
    let lacking = groups.find(|group| group.iter().all(|mask| mask & !present != 0));
    lacking.and_then(<[u64]>::first).copied().unwrap_or(0)
}

/// The kind of slot of a value that no check judges.
#[inline]
fn kind_of(given: Given, bytes: &[u8]) -> SlotKind {
    match given {
        Given::Number => SlotKind::Number,
        Given::Boolean if bytes == b"true" => SlotKind::True,
        Given::Boolean => SlotKind::False,
        Given::Text | Given::Untyped => SlotKind::Text,
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
