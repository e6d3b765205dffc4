//! Capture of JSON, and of forms, which are one object of texts.

use super::stencil::{Cloth, Logged, Search, cut};
use super::{Frame, Items, Sink, both};
use crate::codec::hole::Hole;
use crate::codec::json::{JsonHoles, JsonSink, Named};
use crate::codec::{Range, Stop, Text};
use crate::engine::fault::FaultCode;
use crate::engine::slot::{Slot, SlotKind, Source};
use crate::mapping::plan::{Edge, Given, NONE, Node, NodeKind, Wire};

/// Where the next value goes.
#[derive(Clone, Copy)]
struct Place {
    node: u16,
    record: u32,
    /// Where the value begins, with its name.
    at: u32,
}

impl<'a, const SPANS: bool> Sink<'a, SPANS> {
    /// Where the value at this offset goes; opens the record of an item.
    #[inline]
    fn place(&mut self, at: u32) -> Place {
        let (node, record, at) = match self.top.kind {
            NodeKind::Object => (self.pending, self.top.record, self.top.begun),
            NodeKind::List => {
                let list = self.node(self.top.node);
                self.top.begun = at;
                (list.item, self.append(list, self.top.record), at)
            }
            NodeKind::Map => {
                // The entry's record was opened with its name.
                let map = self.node(self.top.node);
                let entry = self.captured.slot(self.top.record, map.slot + 1).first();
                (map.item, entry, self.top.begun)
            }
            NodeKind::Leaf | NodeKind::Skip => (0, self.top.record, at),
        };
        Place { node, record, at }
    }

    /// The place of a single value, in a list of one where the schema says so; `None` if nothing carries it.
    #[inline]
    fn value_place(&mut self, at: u32) -> Option<(Place, &'a Node)> {
        if self.skipped > 0 {
            return None;
        }
        let mut place = self.place(at);
        let mut found = self.known(place.node)?;
        if found.kind == NodeKind::List && found.one_or_many {
            place.record = self.append(found, place.record);
            place.node = found.item;
            found = self.known(place.node)?;
        }
        (found.kind != NodeKind::Skip).then_some((place, found))
    }

    #[inline(always)]
    fn scalar(&mut self, text: Text, bytes: &[u8], given: Given, whole: Range) -> Result<(), Stop> {
        // Most values are the leaves of an object.
        if self.skipped == 0
            && self.top.kind == NodeKind::Object
            && let Some(found) = self.known(self.pending)
            && found.kind == NodeKind::Leaf
        {
            let place = Place {
                node: self.pending,
                record: self.top.record,
                at: self.top.begun,
            };
            return self.leaf_of(place, found, text, bytes, given, whole);
        }
        self.scalar_elsewhere(text, bytes, given, whole)
    }

    #[inline(never)]
    fn scalar_elsewhere(
        &mut self,
        text: Text,
        bytes: &[u8],
        given: Given,
        whole: Range,
    ) -> Result<(), Stop> {
        let Some((place, found)) = self.value_place(whole.start) else {
            let (hole, inner) = self.hole_of(given, whole);
            self.lose(hole, inner, whole.start);
            return Ok(());
        };
        if found.kind != NodeKind::Leaf && self.forgives(place.node) {
            self.unsee_null(place.node);
            let (hole, inner) = self.hole_of(given, whole);
            self.lose(hole, inner, whole.start);
            return Ok(());
        }
        if found.kind != NodeKind::Leaf {
            let why = "an object or a list";
            return Err(self.fail(FaultCode::WrongKind, place.node, whole.start, why));
        }
        if self.top.kind == NodeKind::Map {
            let outer = Range {
                start: place.at,
                end: whole.end,
            };
            self.keep_entry(place.record, both(whole, outer));
        }
        self.leaf_of(place, found, text, bytes, given, whole)
    }

    #[inline(always)]
    fn leaf_of(
        &mut self,
        place: Place,
        found: &'a Node,
        text: Text,
        bytes: &[u8],
        given: Given,
        whole: Range,
    ) -> Result<(), Stop> {
        let outer = Range {
            start: place.at,
            end: whole.end,
        };
        let given = if self.layout.wire == Wire::Form {
            Given::Untyped
        } else {
            given
        };
        let (hole, inner) = self.hole_of(given, whole);
        self.log.value(Logged {
            hole,
            from: inner.start,
            to: inner.end,
            node: place.node,
            record: place.record,
        });
        let place = (place.node, found, place.record);
        self.leaf(place, text, bytes, given, both(whole, outer))
    }

    /// How a value stands in the document, and where without its quotes.
    #[inline]
    fn hole_of(&self, given: Given, whole: Range) -> (Hole, Range) {
        if given != Given::Text || self.layout.wire == Wire::Form {
            return (Hole::Bare, whole);
        }
        let inner = Range {
            start: whole.start + 1,
            end: whole.end - 1,
        };
        (Hole::String, inner)
    }

    /// A member of an edge of the open object comes next.
    #[inline]
    fn member(&mut self, edge: &Edge) -> Named {
        self.pending = edge.node;
        let new = self.see(edge);
        if edge.bit >= 64 {
            Named::Unknown
        } else if new {
            Named::Known
        } else {
            Named::Duplicate
        }
    }

    fn named(&mut self, text: Text, name: &[u8], at: u32) -> Named {
        self.top.begun = at;
        if self.skipped > 0 {
            return Named::Unknown;
        }
        if self.top.kind == NodeKind::Map {
            self.log.rest();
            let record = self.append(self.node(self.top.node), self.top.record);
            let source = if text.decoded {
                Source::Decoded
            } else {
                Source::Document
            };
            if text.decoded {
                self.captured.origins.push((text.range.start, at));
            }
            let len = text.range.end - text.range.start;
            self.captured.set(
                record,
                0,
                Slot::new(SlotKind::Text, source, text.plain, text.range.start, len),
            );
            return Named::Unknown;
        }
        match self.find(name, false) {
            Some((edge, place)) => {
                self.top.cursor = place + 1;
                self.member(edge)
            }
            None => {
                self.pending = NONE;
                self.top.members += 1;
                Named::Unknown
            }
        }
    }

    /// True where an item of an outermost list stands.
    #[inline]
    fn is_at_items(&self) -> bool {
        self.top.kind == NodeKind::List && !self.top.whole && self.skipped == 0
    }

    /// Captures the item at this offset if it fits a stencil; else begins to log it.
    fn find_item(&mut self, items: &mut Items<'a>, at: u32, values: u32) -> Option<(usize, u32)> {
        let list = self.node(self.top.node);
        let known = items.stencils.of(self.layout.id, list.item);
        self.log.rest();
        let found = self.known(list.item)?;
        if found.kind != NodeKind::Object || !known.is_worth_a_look() {
            return None;
        }
        let search = Search {
            input: items.input,
            from: at as usize,
            values,
            limits: items.limits,
        };
        let mut unescaped = Vec::new();
        let mut holes = JsonHoles::plain(items.input, &mut unescaped);
        let item = self.captured.slots.len();
        let found = known.fit(search, &mut holes, self);
        if let Some(found) = found {
            self.captured
                .append_filled(self.top.record, list.slot, item as u32);
            return Some((found.end, found.values));
        }
        self.log.begin(at, item);
        None
    }

    /// Keeps the stencil of the item that ended here, if it was logged.
    fn keep_item(&mut self, node: u16, end: u32) {
        let Some(items) = &mut self.items else {
            return;
        };
        if self.log.is_whole() {
            let of = Cloth {
                layout: self.layout,
                checks: self.checks,
                limits: items.limits,
                input: items.input,
                end: end as usize,
                slots: &self.captured.slots,
            };
            let stencil = cut(self.log, of);
            items.stencils.of(self.layout.id, node).missed(stencil);
        }
        self.log.rest();
    }

    /// Closes the innermost frame: where its value stands, and where it stands with its name.
    #[inline]
    fn close(&mut self, whole: Range) -> Result<(), Stop> {
        let frame: Frame = self.pop();
        let outer = Range {
            start: if self.top.node == NONE {
                whole.start
            } else {
                self.top.begun
            },
            end: whole.end,
        };
        let spans = both(whole, outer);
        match frame.kind {
            NodeKind::Object => {
                self.close_object(&frame, spans)?;
                if self.items.is_some() && self.is_at_items() {
                    self.keep_item(frame.node, whole.end);
                }
                Ok(())
            }
            NodeKind::List | NodeKind::Map => self.close_list(&frame, spans),
            NodeKind::Leaf | NodeKind::Skip => Ok(()),
        }
    }
}

impl<const SPANS: bool> JsonSink for Sink<'_, SPANS> {
    #[inline]
    fn predict(&self) -> &[u8] {
        if self.skipped > 0 {
            return b"";
        }
        self.expected().map_or(b"", |edge| edge.name.bytes())
    }

    #[inline(always)]
    fn predicted_key(&mut self, at: u32) -> Result<Named, Stop> {
        let Some(edge) = self.expected() else {
            return Ok(Named::Unknown);
        };
        self.top.begun = at;
        self.top.cursor += 1;
        Ok(self.member(edge))
    }

    #[inline]
    fn key(&mut self, text: Text, name: &[u8], at: u32) -> Result<Named, Stop> {
        Ok(self.named(text, name, at))
    }

    fn item(&mut self, at: u32, values: u32) -> Option<(usize, u32)> {
        if !self.is_at_items() {
            return None;
        }
        let mut items = self.items.take()?;
        let found = self.find_item(&mut items, at, values);
        self.items = Some(items);
        found
    }

    #[inline]
    fn begin_object(&mut self, at: u32) -> Result<(), Stop> {
        self.log.other();
        if self.skipped > 0 {
            self.skipped += 1;
            return Ok(());
        }
        let Some((place, found)) = self.value_place(at) else {
            self.skipped = 1;
            return Ok(());
        };
        match found.kind {
            NodeKind::Object => self.open_object(found, place.record, at),
            NodeKind::Map => self.captured.open_list(place.record, found.slot),
            _ if self.forgives(place.node) => {
                self.unsee_null(place.node);
                self.skipped = 1;
                return Ok(());
            }
            NodeKind::List | NodeKind::Leaf | NodeKind::Skip => {
                return Err(self.fail(FaultCode::WrongKind, place.node, at, "no object"));
            }
        }
        self.push(place.node, found, place.record, place.at);
        Ok(())
    }

    #[inline]
    fn end_object(&mut self, whole: Range) -> Result<(), Stop> {
        if self.skipped > 0 {
            self.skipped -= 1;
            return Ok(());
        }
        self.close(whole)
    }

    #[inline]
    fn begin_array(&mut self, at: u32) -> Result<(), Stop> {
        self.log.other();
        if self.skipped > 0 {
            self.skipped += 1;
            return Ok(());
        }
        let place = self.place(at);
        match self.known(place.node) {
            None => self.skipped = 1,
            Some(found) if found.kind == NodeKind::Skip => self.skipped = 1,
            Some(found) if found.kind == NodeKind::List => {
                self.captured.open_list(place.record, found.slot);
                self.push(place.node, found, place.record, place.at);
            }
            Some(_) if self.forgives(place.node) => {
                self.unsee_null(place.node);
                self.skipped = 1;
            }
            Some(_) => return Err(self.fail(FaultCode::WrongKind, place.node, at, "no list")),
        }
        Ok(())
    }

    #[inline]
    fn end_array(&mut self, whole: Range) -> Result<(), Stop> {
        if self.skipped > 0 {
            self.skipped -= 1;
            return Ok(());
        }
        self.close(whole)
    }

    #[inline(always)]
    fn string(&mut self, text: Text, bytes: &[u8], whole: Range) -> Result<(), Stop> {
        self.scalar(text, bytes, Given::Text, whole)
    }

    #[inline]
    fn number(&mut self, bytes: &[u8], whole: Range) -> Result<(), Stop> {
        let text = Text {
            range: whole,
            decoded: false,
            plain: true,
        };
        self.scalar(text, bytes, Given::Number, whole)
    }

    #[inline]
    fn boolean(&mut self, value: bool, whole: Range) -> Result<(), Stop> {
        let text = Text {
            range: whole,
            decoded: false,
            plain: true,
        };
        self.scalar(
            text,
            if value { b"true" } else { b"false" },
            Given::Boolean,
            whole,
        )
    }

    fn null(&mut self, whole: Range) -> Result<(), Stop> {
        self.log.other();
        if self.skipped > 0 {
            // A null says nothing, but in an update, where it clears.
            if self.nulls {
                self.lose(Hole::Bare, whole, whole.start);
            }
            return Ok(());
        }
        // A member without a value is as good as absent; a document or an item is not.
        let item = match self.top.kind {
            NodeKind::Skip => Some(0),
            NodeKind::List => Some(self.node(self.top.node).item),
            NodeKind::Object | NodeKind::Map | NodeKind::Leaf => None,
        };
        let item = item.filter(|node| self.known(*node).is_some());
        if let Some(node) = item.filter(|node| !self.forgives(*node)) {
            return Err(self.fail(FaultCode::WrongKind, node, whole.start, "no null"));
        }
        let place = self.place(whole.start);
        let found = self.known(place.node);
        let Some(found) = found.filter(|found| found.slot != NONE) else {
            if self.nulls {
                self.lose(Hole::Bare, whole, whole.start);
            } else if place.node != NONE {
                self.unsee_null(place.node);
            }
            return Ok(());
        };
        if self.nulls {
            self.captured.clear(place.record, found.slots, whole.start);
        }
        if self.patch || !self.nulls {
            self.unsee_null(place.node);
        }
        let outer = Range {
            start: place.at,
            end: whole.end,
        };
        self.no_value(found, place.record, both(whole, outer));
        Ok(())
    }
}
