//! The ways of values: the short ones run here, the others through [`Reader::converted`].

use super::outcome::refused;
use super::slot::{Slot, SlotKind};
use super::value::{Direction, Found, Reader};
use crate::mapping::plan::{Fan, SlotRef, Value, Way};
use crate::mapping::table::{Hit, Source};

impl<'a> Reader<'a> {
    /// The text that a value has; a fault of conversion is kept and the value counts as absent.
    pub(crate) fn value<'s>(&'s mut self, frame: usize, index: u32) -> Option<Found<'s>> {
        let program = self.program;
        self.found(frame, &program.values[index as usize])
    }

    /// The same, expanded where templates are run.
    #[inline(always)]
    pub(crate) fn found<'s>(&'s mut self, frame: usize, value: &'a Value) -> Option<Found<'s>> {
        if let Some(when) = value.when
            && !self.holds(frame, when)
        {
            self.guarded(frame, value);
            return None;
        }
        match value.way {
            Way::Direct(place) => {
                let slot = self.slot(frame, place);
                if !slot.is_value() {
                    return self.default_of(value);
                }
                self.captured
                    .text(self.input, slot)
                    .map(|text| Found::new(text, is_plain(slot)))
            }
            Way::Table(place) if self.direction == Direction::ToCanonical => {
                self.decoded(frame, value, place)
            }
            Way::Step(place) => self.stepped(frame, value, place),
            Way::Id(place) => self.qualified(frame, value, place),
            Way::Table(_) | Way::Chain => self.converted(frame, value),
        }
    }

    /// What the one converter of a value makes of the text at its place.
    #[inline(never)]
    fn stepped<'s>(
        &'s mut self,
        frame: usize,
        value: &'a Value,
        place: SlotRef,
    ) -> Option<Found<'s>> {
        let slot = self.slot(frame, place);
        let (Some(text), [step]) = (
            self.captured.text(self.input, slot),
            self.plan.chains[usize::from(value.chain)].steps.as_slice(),
        ) else {
            return self.default_of(value);
        };
        let to = &mut self.buffers.texts[0];
        to.clear();
        let done = match self.direction {
            Direction::ToCanonical => step.read(text, self.around.call, to),
            Direction::ToNative => step.write(text, self.around.call, to),
        };
        if let Err(refusal) = done {
            self.refuse_converted(frame, value, &refused(refusal));
            return None;
        }
        let plain = self.direction == Direction::ToCanonical && step.reads_plain(is_plain(slot));
        Some(Found::new(&self.buffers.texts[0], plain))
    }

    /// The id at a place with the upstream's name in front.
    #[inline(never)]
    fn qualified<'s>(
        &'s mut self,
        frame: usize,
        value: &'a Value,
        place: SlotRef,
    ) -> Option<Found<'s>> {
        let slot = self.slot(frame, place);
        let Some(text) = self.captured.text(self.input, slot) else {
            return self.default_of(value);
        };
        let to = &mut self.buffers.texts[0];
        to.clear();
        qualify(&self.plan.qualifier, text, to);
        // The name of an upstream is plain.
        Some(Found::new(&self.buffers.texts[0], is_plain(slot)))
    }

    #[inline]
    pub(super) fn default_of(&self, value: &Value) -> Option<Found<'_>> {
        let default = value.default?;
        // What an update leaves out stays as it is.
        (self.direction == Direction::ToCanonical && !self.patch)
            .then(|| Found::new(self.plan.lit(default), false))
    }

    /// What a table says of the code at a place. The columns of a row are asked for one behind another, so the
    /// row that was found last is remembered.
    fn decoded<'s>(
        &'s mut self,
        frame: usize,
        value: &'a Value,
        place: SlotRef,
    ) -> Option<Found<'s>> {
        let slot = self.slot(frame, place);
        let found = match self.looked_up {
            Some((chain, of, hit)) if chain == value.chain && of == slot => Some(hit),
            _ => self.look_up(value.chain, slot),
        };
        match found.map(|hit| hit.column(usize::from(value.column))) {
            Some(Source::Literal(text)) => {
                let plain = found.is_some_and(|hit| hit.is_plain());
                Some(Found {
                    text: text.as_bytes(),
                    plain,
                    sound: value.sound,
                })
            }
            Some(Source::Column(0)) => {
                let text = self.captured.text(self.input, slot)?;
                Some(Found::new(text, slot.is_plain()))
            }
            Some(Source::Absent) => self.default_of(value),
            Some(Source::Column(_)) | None => self.converted(frame, value),
        }
    }

    /// The row of the code that a slot holds; `None` if the long way has to say what follows.
    fn look_up(&mut self, chain: u16, slot: Slot) -> Option<Hit<'a>> {
        let text = self.captured.text(self.input, slot)?;
        let Some(Fan::Table(table)) = &self.plan.chains[usize::from(chain)].fan else {
            return None;
        };
        let hit = table.read(&[Some(text)])?;
        self.looked_up = Some((chain, slot, hit));
        Some(hit)
    }
}

/// True if the text of a slot needs no escape in JSON: numbers and booleans never do.
#[inline]
pub(super) fn is_plain(slot: Slot) -> bool {
    slot.is_plain() || slot.kind() != SlotKind::Text
}

/// Appends an id with the upstream's name in front.
pub(super) fn qualify(qualifier: &[u8], local: &[u8], to: &mut Vec<u8>) {
    to.extend_from_slice(qualifier);
    // A local part that looks like a reference is marked as none.
    if local.starts_with(b"ref:") || local.starts_with(b"id:") {
        to.extend_from_slice(b"id:");
    }
    to.extend_from_slice(local);
}
