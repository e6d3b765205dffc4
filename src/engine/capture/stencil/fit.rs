//! Capturing what fits a stencil.

use super::{Known, Look, Place, Stencil};
use crate::codec::Limits;
use crate::codec::hole::{Hole, Holes};
use crate::codec::{Range, Text};
use crate::engine::capture::{Sink, both};
use crate::engine::captured::Length;
use crate::engine::fault::LossCode;
use crate::engine::slot::{Slot, SlotKind, Source};
use crate::mapping::plan::{Check, Given, NONE, Wire};
use crate::model::decimal;
use crate::model::shape::Form;

/// Where a document, or an item, is looked for.
#[derive(Debug, Clone, Copy)]
pub(in crate::engine::capture) struct Search<'a> {
    pub(in crate::engine::capture) input: &'a [u8],
    /// Its first byte.
    pub(in crate::engine::capture) from: usize,
    /// Values that it may have.
    pub(in crate::engine::capture) values: u32,
    pub(in crate::engine::capture) limits: &'a Limits,
}

/// What was found: where it ends, and how many values it has.
#[derive(Debug, Clone, Copy)]
pub(in crate::engine::capture) struct Found {
    pub(in crate::engine::capture) end: usize,
    pub(in crate::engine::capture) values: u32,
}

impl Known {
    /// Captures what fits a stencil, behind what was captured before; nothing is captured if it fits none.
    pub(in crate::engine::capture) fn fit<const SPANS: bool>(
        &mut self,
        search: Search<'_>,
        holes: &mut impl Holes,
        sink: &mut Sink<'_, SPANS>,
    ) -> Option<Found> {
        let length = sink.captured.length();
        for (number, stencil) in self.stencils.iter().enumerate() {
            if stencil.limits != *search.limits || stencil.values > search.values {
                continue;
            }
            if let Some(end) = stencil.fit(search.input, search.from, length, holes, sink) {
                let values = stencil.values;
                self.fitted(number);
                return Some(Found { end, values });
            }
            sink.captured.cut_to(length);
            sink.fault = None;
        }
        None
    }
}

impl Stencil {
    /// Reads what begins at `from`; returns the offset behind it.
    fn fit<const SPANS: bool>(
        &self,
        input: &[u8],
        from: usize,
        length: Length,
        holes: &mut impl Holes,
        sink: &mut Sink<'_, SPANS>,
    ) -> Option<usize> {
        let base = length.slots;
        sink.captured.fill(&self.slots, &self.links);
        let mut gaps = self.gaps.as_slice();
        let mut at = from;
        let mut marked = 0;
        let mut stored = 0;
        for place in &self.places {
            let (gap, others) = gaps.split_at_checked(place.gap as usize)?;
            if !begins(input.get(at..)?, gap) {
                return None;
            }
            let marks = place.marks as usize;
            if marked < marks {
                for (slot, behind) in self.marks.get(marked..marks)? {
                    let start = at as u32 + *behind;
                    let object = Slot::new(SlotKind::Object, Source::Document, false, start, 0);
                    *sink.captured.slots.get_mut(base + *slot as usize)? = object;
                }
                marked = marks;
            }
            gaps = others;
            at += gap.len();
            let (text, end) = match holes.end(place.hole, at) {
                Some((end, plain)) => (standing(at, end, plain), end),
                None => holes.fill(place.hole, at)?,
            };
            let length = text.range.end - text.range.start;
            if length.wrapping_sub(1) < place.stored && !text.decoded {
                let start = text.range.start;
                let slot = Slot::new(SlotKind::Text, Source::Document, text.plain, start, length);
                *sink.captured.slots.get_mut(base + place.slot as usize)? = slot;
                stored += 1;
            } else if length > self.limits.text {
                return None;
            } else {
                place.read(base, (input, at, end), text, holes, sink)?;
            }
            at = end;
        }
        sink.captured.leaves += stored;
        if !begins(input.get(at..)?, gaps) {
            return None;
        }
        self.accepts(input, base, sink)?;
        Some(at + gaps.len())
    }

    /// Holds the texts that were stored unseen, and not for good, against their checks. One that is not accepted is
    /// left to the reader of the whole document.
    #[inline(always)]
    fn accepts<const SPANS: bool>(
        &self,
        input: &[u8],
        base: usize,
        sink: &Sink<'_, SPANS>,
    ) -> Option<()> {
        let slots = sink.captured.slots.get(base..)?;
        for look in &self.looks.listed {
            let check = sink.checks.get(usize::from(look.check))?;
            if !look
                .text(slots, input)?
                .is_none_or(|text| check.lists(text))
            {
                return None;
            }
        }
        for (look, class) in &self.looks.classed {
            if !look.text(slots, input)?.is_none_or(|text| class.fits(text)) {
                return None;
            }
        }
        for look in &self.looks.others {
            let check = sink.checks.get(usize::from(look.check))?;
            if let Some(text) = look.text(slots, input)?
                && !check.admits_text(text)
                && check.judge(text, Given::Text).ok()? != Form::Text
            {
                return None;
            }
        }
        Some(())
    }
}

impl Look {
    /// The text that was stored; none where it was judged on its own.
    #[inline(always)]
    fn text<'a>(&self, slots: &[Slot], input: &'a [u8]) -> Option<Option<&'a [u8]>> {
        let slot = *slots.get(self.slot as usize)?;
        if !slot.is_standing_text() {
            return Some(None);
        }
        let from = slot.start() as usize;
        input.get(from..from + slot.len() as usize).map(Some)
    }
}

impl Place {
    /// Stores a value that needs more than its text to be stored as one.
    #[inline(never)]
    fn read<const SPANS: bool>(
        &self,
        base: usize,
        stands: (&[u8], usize, usize),
        text: Text,
        holes: &impl Holes,
        sink: &mut Sink<'_, SPANS>,
    ) -> Option<()> {
        let check = sink.checks.get(usize::from(self.check));
        let kind = check.filter(|_| !text.decoded);
        let Some(kind) = kind.and_then(|check| self.kind(check, holes.bytes(text))) else {
            return self.judge(base, stands, text, holes, sink);
        };
        let (start, length) = (text.range.start, text.range.end - text.range.start);
        let slot = Slot::new(kind, Source::Document, text.plain, start, length);
        *sink.captured.slots.get_mut(base + self.slot as usize)? = slot;
        sink.captured.leaves += 1;
        Some(())
    }

    /// The kind of slot that a value makes which its check alone decides about, and accepts.
    #[inline]
    fn kind(&self, check: &Check, bytes: &[u8]) -> Option<SlotKind> {
        if bytes.first().is_none_or(u8::is_ascii_whitespace) {
            return None;
        }
        let given = self.given(bytes);
        let form = match check.admits(bytes, given) {
            Some(form) => form,
            // Another spelling of a whole number is for whoever judges it in full.
            None if check.digits(bytes, given).is_some() => return None,
            None => check.judge(bytes, given).ok()?,
        };
        if form == Form::Integer && !decimal::is_digits(bytes) {
            // One of more digits than are written out for anybody.
            return None;
        }
        Some(match form {
            Form::Text => SlotKind::Text,
            Form::Integer | Form::Number => SlotKind::Number,
            Form::Boolean if check.truth(bytes).ok()? => SlotKind::True,
            Form::Boolean => SlotKind::False,
        })
    }

    /// How a value stood.
    #[inline]
    fn given(&self, bytes: &[u8]) -> Given {
        match self.hole {
            Hole::String => Given::Text,
            Hole::Bare if matches!(bytes, b"true" | b"false") => Given::Boolean,
            Hole::Bare => Given::Number,
            Hole::Content | Hole::Attribute | Hole::Nothing => Given::Untyped,
        }
    }

    /// Holds a value against what its schema says of it, and stores it.
    fn judge<const SPANS: bool>(
        &self,
        base: usize,
        (input, from, to): (&[u8], usize, usize),
        text: Text,
        holes: &impl Holes,
        sink: &mut Sink<'_, SPANS>,
    ) -> Option<()> {
        let quote = usize::from(self.hole == Hole::String);
        let whole = Range {
            start: (from - quote) as u32,
            end: (to + quote) as u32,
        };
        let Some(node) = sink.known(self.node) else {
            sink.captured.leaves += 1;
            sink.captured.lose(LossCode::NoPlace, NONE, whole.start);
            return Some(());
        };
        let bytes = holes.bytes(text);
        let given = self.given(bytes);
        if given == Given::Untyped && self.hole != Hole::Nothing && bytes.trim_ascii().is_empty() {
            // It may count as absent, which what stands around it was not held against.
            return None;
        }
        let mut outer = whole;
        if self.hole == Hole::Nothing && sink.layout.wire == Wire::Xml {
            // An empty element begins at its tag; no other one begins behind that.
            let before = input.get(..from)?;
            outer.start = before.iter().rposition(|byte| *byte == b'<')? as u32;
        }
        let place = (self.node, node, base as u32 + self.record);
        sink.leaf(place, text, bytes, given, both(whole, outer))
            .ok()
    }
}

/// A text that stands in the document as it is meant.
#[inline(always)]
fn standing(from: usize, to: usize, plain: bool) -> Text {
    Text {
        range: Range {
            start: from as u32,
            end: to as u32,
        },
        decoded: false,
        plain,
    }
}

/// Tells whether `here` begins with a gap: a short one by words that overlap, since it does not pay for a call.
#[inline(always)]
fn begins(here: &[u8], gap: &[u8]) -> bool {
    let Some(here) = here.get(..gap.len()) else {
        return false;
    };
    if gap.len() <= 32
        && let (Some(a), Some(b), Some(y), Some(z)) = (
            here.first_chunk::<16>(),
            gap.first_chunk::<16>(),
            here.last_chunk::<16>(),
            gap.last_chunk::<16>(),
        )
    {
        return a == b && y == z;
    }
    here == gap
}
