//! Capture of JSON, and of forms, which are one object of texts.

use super::{Sink, both};
use crate::codec::json::{JsonSink, Named};
use crate::codec::{Range, Stop, Text};
use crate::engine::capture::{Mode, root_record};
use crate::engine::fault::{FaultCode, LossCode};
use crate::engine::slot::{Slot, SlotKind, Source};
use crate::mapping::plan::{Given, NONE, NodeKind, Wire};

/// Where the next value goes.
#[derive(Clone, Copy)]
struct Place {
    node: u16,
    record: u32,
    /// Where the value begins, with its name.
    at: u32,
}

impl Sink<'_> {
    /// Where the value at this offset goes; opens the record of an item.
    #[inline]
    fn place(&mut self, at: u32) -> Place {
        let Some(frame) = self.frames.last().copied() else {
            return Place {
                node: 0,
                record: root_record(self.layout),
                at,
            };
        };
        if self.is(frame.node, NodeKind::List) {
            let record = self.append(frame.node, frame.record);
            return Place {
                node: self.node(frame.node).item,
                record,
                at,
            };
        }
        if self.is(frame.node, NodeKind::Map) {
            // The entry's record was opened with its name.
            let list = self.node(frame.node).slot;
            let record = self.captured.slot(frame.record, list + 1).first();
            return Place {
                node: self.node(frame.node).item,
                record,
                at: frame.member_at,
            };
        }
        Place {
            node: self.pending,
            record: frame.record,
            at: frame.member_at,
        }
    }

    /// The place of a single value, in a list of one where the schema says so; `None` if nothing carries it.
    #[inline]
    fn value_place(&mut self, at: u32) -> Option<Place> {
        if self.skipped > 0 {
            return None;
        }
        let mut place = self.place(at);
        if self.is(place.node, NodeKind::List) && self.node(place.node).one_or_many {
            place.record = self.append(place.node, place.record);
            place.node = self.node(place.node).item;
        }
        (place.node != NONE && self.node(place.node).kind != NodeKind::Skip).then_some(place)
    }

    #[inline]
    fn scalar(&mut self, text: Text, bytes: &[u8], given: Given, whole: Range) -> Result<(), Stop> {
        let Some(place) = self.value_place(whole.start) else {
            self.lose(whole.start);
            return Ok(());
        };
        if self.node(place.node).kind != NodeKind::Leaf {
            return Err(self.fail(
                FaultCode::WrongKind,
                place.node,
                whole.start,
                "an object or a list",
            ));
        }
        let spans = both(
            whole,
            Range {
                start: place.at,
                end: whole.end,
            },
        );
        let given = if self.layout.wire == Wire::Form {
            Given::Untyped
        } else {
            given
        };
        self.leaf(place.node, place.record, text, bytes, given, spans)
    }

    fn named(&mut self, text: Text, name: &[u8], at: u32) -> Named {
        if let Some(frame) = self.frames.last_mut() {
            frame.member_at = at;
        }
        if self.skipped > 0 {
            return Named::Unknown;
        }
        let Some(frame) = self.frames.last().copied() else {
            return Named::Unknown;
        };
        if self.is(frame.node, NodeKind::Map) {
            let record = self.append(frame.node, frame.record);
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
            Some(edge) => {
                self.pending = edge.node;
                let again = !self.see(edge);
                if edge.bit >= 64 {
                    Named::Unknown
                } else if again {
                    Named::Duplicate
                } else {
                    Named::Known
                }
            }
            None => {
                self.pending = NONE;
                if let Some(frame) = self.frames.last_mut() {
                    frame.members += 1;
                }
                Named::Unknown
            }
        }
    }
}

impl JsonSink for Sink<'_> {
    #[inline]
    fn predict(&self) -> &[u8] {
        if self.skipped > 0 {
            return b"";
        }
        let Some(frame) = self.frames.last() else {
            return b"";
        };
        if frame.node == NONE {
            return b"";
        }
        let (_, to) = self.node(frame.node).edges;
        if frame.cursor < to {
            self.layout.edges[frame.cursor as usize].name.bytes()
        } else {
            b""
        }
    }

    #[inline]
    fn predicted_key(&mut self, at: u32) -> Result<Named, Stop> {
        let Some(frame) = self.frames.last_mut() else {
            return Ok(Named::Unknown);
        };
        frame.member_at = at;
        let edge = &self.layout.edges[frame.cursor as usize];
        frame.cursor += 1;
        self.pending = edge.node;
        if self.see(edge) && edge.bit < 64 {
            Ok(Named::Known)
        } else if edge.bit >= 64 {
            Ok(Named::Unknown)
        } else {
            Ok(Named::Duplicate)
        }
    }

    #[inline]
    fn key(&mut self, text: Text, name: &[u8], at: u32) -> Result<Named, Stop> {
        Ok(self.named(text, name, at))
    }

    fn begin_object(&mut self, at: u32) -> Result<(), Stop> {
        if self.skipped > 0 {
            self.skipped += 1;
            return Ok(());
        }
        let Some(place) = self.value_place(at) else {
            self.skipped = 1;
            return Ok(());
        };
        match self.node(place.node).kind {
            NodeKind::Object => {
                self.open_object(place.node, place.record, at);
                self.push(place.node, place.record, place.at);
            }
            NodeKind::Map => {
                let slot = self.node(place.node).slot;
                self.captured.open_list(place.record, slot);
                self.push(place.node, place.record, place.at);
            }
            NodeKind::List | NodeKind::Leaf | NodeKind::Skip => {
                return Err(self.fail(FaultCode::WrongKind, place.node, at, "no object"));
            }
        }
        Ok(())
    }

    fn end_object(&mut self, whole: Range) -> Result<(), Stop> {
        if self.skipped > 0 {
            self.skipped -= 1;
            return Ok(());
        }
        let Some(frame) = self.frames.pop() else {
            return Ok(());
        };
        let spans = both(
            whole,
            Range {
                start: frame.at,
                end: whole.end,
            },
        );
        if self.is(frame.node, NodeKind::Map) {
            self.close_list(frame, spans)
        } else {
            self.close_object(frame, spans)
        }
    }

    fn begin_array(&mut self, at: u32) -> Result<(), Stop> {
        if self.skipped > 0 {
            self.skipped += 1;
            return Ok(());
        }
        let place = self.place(at);
        if place.node == NONE || self.node(place.node).kind == NodeKind::Skip {
            self.skipped = 1;
            return Ok(());
        }
        if self.node(place.node).kind != NodeKind::List {
            return Err(self.fail(FaultCode::WrongKind, place.node, at, "no list"));
        }
        let slot = self.node(place.node).slot;
        self.captured.open_list(place.record, slot);
        self.push(place.node, place.record, place.at);
        Ok(())
    }

    fn end_array(&mut self, whole: Range) -> Result<(), Stop> {
        if self.skipped > 0 {
            self.skipped -= 1;
            return Ok(());
        }
        let Some(frame) = self.frames.pop() else {
            return Ok(());
        };
        self.close_list(
            frame,
            both(
                whole,
                Range {
                    start: frame.at,
                    end: whole.end,
                },
            ),
        )
    }

    #[inline]
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
        if self.skipped > 0 {
            // A null says nothing, but in a patch, where it clears.
            if self.mode == Mode::Patch {
                self.lose(whole.start);
            }
            return Ok(());
        }
        let place = self.place(whole.start);
        if place.node == NONE || self.node(place.node).slot == NONE {
            if self.mode == Mode::Patch {
                self.captured.leaves += 1;
                self.captured.lose(LossCode::NoPlace, NONE, whole.start);
            } else if place.node != NONE {
                self.unsee_null(place.node);
            }
            return Ok(());
        }
        if self.mode == Mode::Patch {
            let slots = self.node(place.node).slots;
            self.captured.clear(place.record, slots, whole.start);
        } else {
            self.unsee_null(place.node);
        }
        let spans = both(
            whole,
            Range {
                start: place.at,
                end: whole.end,
            },
        );
        self.no_value(place.node, place.record, spans);
        Ok(())
    }
}
