//! Values over a base: what the patch says of one place, beside what the base reads as there.

use super::fresh::fresh;
use super::site::{closed_at, is_attribute, quote};
use super::{Frames, Put, Site, Tally};
use crate::engine::captured::Spans;
use crate::engine::fault::{FaultCode, LossCode};
use crate::engine::output::Output;
use crate::engine::slot::{Slot, SlotKind};
use crate::mapping::plan::{Input, Inputs, Value, WriteAs};

/// One member as the base has it, or would.
#[derive(Debug, Clone, Copy)]
struct Here {
    spans: Option<Spans>,
    attribute: bool,
    bit: u8,
}

impl Put<'_, '_> {
    /// True if the patch names the place: as a member, or as part of something that is given whole.
    pub(super) fn touches(&self, frame: usize, input: &Input) -> bool {
        match input {
            Input::Slot(place) => {
                self.patch.register(frame, place.register).whole
                    || !self.patch.slot(frame, *place).is_absent()
            }
            Input::Literal(_) | Input::Given(_) | Input::Nothing => false,
        }
    }

    /// True if every touched place of a value says what the base reads as.
    pub(super) fn agrees(&mut self, frames: Frames, index: u32) -> (bool, bool) {
        let program = self.patch.program;
        let value = &program.values[index as usize];
        let inputs = match &value.inputs {
            Inputs::One(input) => std::slice::from_ref(input),
            Inputs::Many(inputs) => inputs,
        };
        if let [Input::Literal(tag)] = *inputs {
            return (true, self.has_tag(frames, value, tag));
        }
        let mut touched = false;
        for (number, input) in inputs.iter().enumerate() {
            if !self.touches(frames.patch, input) {
                continue;
            }
            let Input::Slot(place) = *input else { continue };
            let slot = self.patch.slot(frames.patch, place);
            if slot.is_absent() && value.silent >> number.min(7) & 1 == 1 {
                // A place that a request never holds is not cleared by being absent.
                continue;
            }
            touched = true;
            let given = self.patch.captured.text(self.patch.input, slot);
            let now = match value.reads.get(number) {
                Some(read) => self.base.reads_as(frames.base, *read),
                None => None,
            };
            if given != now.as_deref() {
                return (true, false);
            }
        }
        (touched, true)
    }

    pub(super) fn value(
        &mut self,
        frames: Frames,
        op: u32,
        index: u32,
        bit: u8,
        site: &mut Site,
        tally: &mut Tally,
    ) {
        let program = self.patch.program;
        let value = &program.values[index as usize];
        let place = value.base.map(|place| {
            (
                self.base.register(frames.base, place.register).record,
                place.slot,
            )
        });
        let spans = place
            .filter(|(record, slot)| self.base.captured.has(*record, *slot))
            .map(|(record, slot)| self.base.captured.spans(record, slot));
        // An alias may stand as an attribute where an element is written, and the reverse.
        let attribute = match spans {
            Some(spans) => is_attribute(self.wire(), self.base.input, spans),
            None => value.write == WriteAs::Attribute,
        };
        if self.patch.is_other(frames.patch, value.case) {
            if let Some(spans) = spans {
                self.other_case(frames, op, (index, spans), attribute, site, tally);
            }
            return;
        }
        let (touched, agrees) = self.agrees(frames, index);
        if (!touched || agrees)
            && let Some(spans) = spans
            && self.is_switched(value.case)
            && !self.was_read(frames, op, index)
        {
            // What nothing read so far does not become part of the alternative by standing there.
            self.remove_residue(frames, (index, spans), tally);
            return;
        }
        let applies = value
            .when
            .is_none_or(|when| self.patch.holds(frames.patch, when));
        if touched && !applies {
            // Refuses what is given here, even if the base says the same.
            _ = self.patch.value(frames.patch, index);
        }
        if touched && applies && !agrees {
            let here = Here {
                spans,
                attribute,
                bit,
            };
            self.new_value(frames, (op, index), here, site, tally);
            return;
        }
        if let Some(spans) = spans {
            site.pass(spans, attribute);
            let says = place.is_some_and(|(record, slot)| {
                self.base.captured.slot(record, slot).kind() != SlotKind::Null
            });
            if says {
                tally.keep(bit);
            }
        }
    }

    /// Writes a value that is not what the base has, in its place or as a new member; without one the base's goes.
    fn new_value(
        &mut self,
        frames: Frames,
        (op, index): (u32, u32),
        here: Here,
        site: &mut Site,
        tally: &mut Tally,
    ) {
        let Here {
            spans,
            attribute,
            bit,
        } = here;
        let faults = self.patch.faults.len();
        let from = self.edits.fresh.len();
        // `<x/>` gets its value between two tags.
        let closed = spans.and_then(|spans| closed_at(self.wire(), self.base.input, spans));
        if closed.is_some() {
            self.edits.fresh.push(b'>');
        }
        let mut out = Output::piece(self.wire(), &mut self.edits.fresh, self.entry_names);
        let wrote = match spans {
            // Behind other fresh bytes the comma in front of a member is not skipped by itself.
            Some(_) => self.patch.emit_bare(frames.patch, index, &mut out),
            None => fresh(self.patch, frames.patch, (op, op + 1), &mut out).any,
        };
        match (wrote, spans) {
            (true, Some(spans)) => {
                if attribute {
                    quote(&mut self.edits.fresh, from);
                }
                self.replace(spans, closed, from);
                site.pass(spans, attribute);
                tally.keep(bit);
            }
            (true, None) => {
                self.insert(from, site, attribute);
                tally.keep(bit);
            }
            (false, Some(spans)) if self.patch.faults.len() == faults => {
                self.edits.fresh.truncate(from);
                self.edits.remove(spans.outer);
                tally.removed = true;
            }
            (false, _) => {}
        }
    }

    /// The first place of a value that the patch says something of.
    fn given(&self, frames: Frames, value: &Value) -> Option<Slot> {
        let mut slots = self.patch.slots_of(frames.patch, value);
        slots.find(|slot| !slot.is_absent())
    }

    pub(super) fn read_only(&mut self, frames: Frames, index: u32) {
        let value = &self.patch.program.values[index as usize];
        let Some(slot) = self.given(frames, value) else {
            return;
        };
        // An object that is cleared says nothing of its answers-only members.
        let above = slot.kind() == SlotKind::Null && slot.len() > 0;
        if !above && !self.agrees(frames, index).1 {
            let at = self.patch.captured.origin(slot);
            self.patch.captured.lose(LossCode::ReadOnly, value.rule, at);
        }
    }

    pub(super) fn forbidden(&mut self, frames: Frames, index: u32) {
        let value = &self.patch.program.values[index as usize];
        let Some(slot) = self.given(frames, value) else {
            return;
        };
        if !self.agrees(frames, index).1 {
            let at = self.patch.captured.origin(slot);
            let why =
                "the value that it has, since this operation of the upstream does not change it";
            self.patch
                .fault(FaultCode::NotSupportedHere, value.rule, at, why);
        }
    }
}
