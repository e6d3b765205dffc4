//! A captured document: records of slots over its bytes.

use std::fmt;

use super::fault::{Loss, LossCode};
use super::slot::{Slot, SlotKind, Source};
use crate::codec::Range;
use crate::mapping::plan::NONE;

/// Losses kept with their places; more are only counted.
const KEPT_LOSSES: usize = 256;

/// Slots of one document. Reused from call to call: nothing is allocated once it has grown.
#[derive(Default)]
pub struct Captured {
    pub(crate) slots: Vec<Slot>,
    pub(crate) spans: Vec<Spans>,
    pub(crate) decoded: Vec<u8>,
    /// Offset in `decoded` and the document's offset of the text that was decoded there, in order.
    pub(crate) origins: Vec<(u32, u32)>,
    /// Slots of whole numbers that stand in another spelling than their digits, with these.
    respelled: Vec<(u32, Vec<u8>)>,
    pub(crate) losses: Vec<Loss>,
    pub(crate) lost: u32,
    /// How many of these are values that their places do not take.
    pub(crate) invalid: u32,
    /// Leaves that were captured or lost.
    pub(crate) leaves: u32,
    /// Every loss is kept with its place: what a patch takes away is looked up among them.
    pub(crate) keeps_losses: bool,
}

/// Tells sizes only: what was decoded is of a message.
impl fmt::Debug for Captured {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Captured")
            .field("slots", &self.slots.len())
            .field("lost", &self.lost)
            .finish_non_exhaustive()
    }
}

/// How much of everything there was at some time.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Length {
    pub(crate) slots: usize,
    origins: usize,
    respelled: usize,
    losses: usize,
    lost: u32,
    invalid: u32,
    leaves: u32,
}

/// Where a value stands: `inner` is what a new value replaces, `outer` what goes when it is removed.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Spans {
    pub(crate) inner: Range,
    pub(crate) outer: Range,
}

/// The record of a document's root.
pub(crate) const ROOT_RECORD: u32 = 0;

/// No record: it lies behind all of them, and is absent in every slot.
pub(crate) const ABSENT_RECORD: u32 = 1 << 31;

/// The number of a record's slot among all slots: its header stands in front.
#[inline]
pub(crate) fn slot_at(record: u32, slot: u16) -> u32 {
    record + 1 + u32::from(slot)
}

impl Captured {
    /// Forgets the last document and makes the root's record, of this many slots.
    pub(crate) fn reset(&mut self, width: u16, spans: bool) {
        self.slots.clear();
        self.spans.clear();
        self.decoded.clear();
        self.origins.clear();
        self.respelled.clear();
        self.losses.clear();
        self.lost = 0;
        self.invalid = 0;
        self.leaves = 0;
        let root = self.record(width, spans);
        debug_assert_eq!(root, ROOT_RECORD);
    }

    /// Forgets the last document and has nothing at all, not even a root.
    pub(crate) fn start_over(&mut self) {
        self.cut_to(Length::default());
    }

    /// How much there is of everything.
    #[inline]
    pub(crate) fn length(&self) -> Length {
        Length {
            slots: self.slots.len(),
            origins: self.origins.len(),
            respelled: self.respelled.len(),
            losses: self.losses.len(),
            lost: self.lost,
            invalid: self.invalid,
            leaves: self.leaves,
        }
    }

    /// How many leaves were lost since.
    #[inline]
    pub(crate) fn lost_since(&self, length: Length) -> u32 {
        self.lost.saturating_sub(length.lost)
    }

    /// Takes away what has come since.
    pub(crate) fn cut_to(&mut self, length: Length) {
        self.slots.truncate(length.slots);
        self.spans.truncate(length.slots);
        self.origins.truncate(length.origins);
        self.respelled.truncate(length.respelled);
        self.losses.truncate(length.losses);
        self.lost = length.lost;
        self.invalid = length.invalid;
        self.leaves = length.leaves;
    }

    /// Appends slots, of which some hold numbers of records that count from the first of them.
    pub(crate) fn fill(&mut self, slots: &[Slot], links: &[u32]) {
        let base = self.slots.len();
        let end = base + slots.len();
        if end > self.slots.capacity() {
            self.grow(end);
        }
        self.slots.extend_from_slice(slots);
        if base > 0 {
            for link in links {
                let slot = &mut self.slots[base + *link as usize];
                *slot = slot.moved(base as u32);
            }
        }
    }

    /// Appends a record that is there already to a list.
    #[inline]
    pub(crate) fn append_filled(&mut self, record: u32, slot: u16, item: u32) {
        self.open_list(record, slot);
        self.link(record, slot, item);
    }

    /// Opens a record of this many slots.
    #[inline]
    pub(crate) fn record(&mut self, width: u16, spans: bool) -> u32 {
        let index = self.slots.len();
        let end = index + 1 + usize::from(width);
        if end > self.slots.capacity() {
            self.grow(end);
        }
        self.slots.push(Slot::pair(ABSENT_RECORD, 0));
        self.slots.resize(end, Slot::ABSENT);
        if spans {
            self.spans.resize(self.slots.len(), Spans::default());
        }
        index as u32
    }

    /// Makes room by a sixty-fourth: doubling would hold up to twice what a large document needs.
    #[cold]
    fn grow(&mut self, end: usize) {
        let more = (end - self.slots.len()).max(self.slots.len() / 64).max(8);
        self.slots.reserve_exact(more);
    }

    #[inline]
    pub(crate) fn slot(&self, record: u32, slot: u16) -> Slot {
        let at = record as usize + 1 + usize::from(slot);
        self.slots.get(at).copied().unwrap_or(Slot::ABSENT)
    }

    #[inline]
    pub(crate) fn set(&mut self, record: u32, slot: u16, value: Slot) {
        self.slots[record as usize + 1 + usize::from(slot)] = value;
    }

    /// The spans of a slot; empty where they were not asked for.
    pub(crate) fn spans(&self, record: u32, slot: u16) -> Spans {
        self.spans
            .get(record as usize + 1 + usize::from(slot))
            .copied()
            .unwrap_or_default()
    }

    /// The record behind this one in its list, or none.
    #[inline]
    pub(crate) fn next(&self, record: u32) -> u32 {
        self.slots[record as usize].first()
    }

    /// The cell that a split gave the record.
    #[inline]
    pub(crate) fn cell(&self, record: u32) -> u32 {
        self.slots[record as usize].second()
    }

    /// Gives the record a cell.
    #[inline]
    pub(crate) fn set_cell(&mut self, record: u32, cell: u32) {
        let next = self.next(record);
        self.slots[record as usize] = Slot::pair(next, cell);
    }

    /// The first record of a list; none if it is absent or null.
    #[inline]
    pub(crate) fn head(&self, record: u32, slot: u16) -> u32 {
        let list = self.slot(record, slot);
        if list.kind() == SlotKind::List {
            list.start()
        } else {
            ABSENT_RECORD
        }
    }

    /// How many records a list has.
    pub(crate) fn count(&self, record: u32, slot: u16) -> u32 {
        if self.slot(record, slot).kind() == SlotKind::List {
            self.slot(record, slot + 1).second()
        } else {
            0
        }
    }

    /// Opens a list without items, if it is not open.
    #[inline]
    pub(crate) fn open_list(&mut self, record: u32, slot: u16) {
        if self.slot(record, slot).kind() != SlotKind::List {
            self.set(record, slot, Slot::list(ABSENT_RECORD));
            self.set(record, slot + 1, Slot::pair(ABSENT_RECORD, 0));
        }
    }

    /// Appends a new record to a list.
    #[inline]
    pub(crate) fn append(&mut self, record: u32, slot: u16, width: u16, spans: bool) -> u32 {
        self.open_list(record, slot);
        let item = self.record(width, spans);
        self.link(record, slot, item);
        item
    }

    /// Makes a record the last one of a list.
    #[inline]
    fn link(&mut self, record: u32, slot: u16, item: u32) {
        let ends = self.slot(record, slot + 1);
        let tail = ends.first();
        if tail == ABSENT_RECORD {
            self.set(record, slot, Slot::list(item));
        } else {
            self.slots[tail as usize] = Slot::pair(item, self.cell(tail));
        }
        self.set(record, slot + 1, Slot::pair(item, ends.second() + 1));
    }

    /// The decoded text of a slot: of a boolean its standard spelling; nothing for what is no value.
    #[inline]
    pub(crate) fn text<'a>(&'a self, input: &'a [u8], slot: Slot) -> Option<&'a [u8]> {
        match slot.kind() {
            SlotKind::Text | SlotKind::Number => {
                let range = slot.start() as usize..(slot.start() + slot.len()) as usize;
                Some(if slot.is_decoded() {
                    &self.decoded[range]
                } else {
                    &input[range]
                })
            }
            SlotKind::True => Some(b"true"),
            SlotKind::False => Some(b"false"),
            SlotKind::Absent | SlotKind::Null | SlotKind::List | SlotKind::Object => None,
        }
    }

    /// The text of a slot that holds a value, with all that stands behind it, and its length.
    #[inline(always)]
    pub(crate) fn text_onwards<'a>(
        &'a self,
        input: &'a [u8],
        slot: Slot,
    ) -> Option<(&'a [u8], usize)> {
        match slot.kind() {
            SlotKind::Text | SlotKind::Number => {
                let bytes = if slot.is_decoded() {
                    &self.decoded
                } else {
                    input
                };
                Some((&bytes[slot.start() as usize..], slot.len() as usize))
            }
            _ => self.text(input, slot).map(|text| (text, text.len())),
        }
    }

    /// Keeps the digits of a whole number that is about to be stored in another spelling.
    pub(crate) fn respell(&mut self, record: u32, slot: u16, digits: Vec<u8>) {
        self.respelled.push((record + 1 + u32::from(slot), digits));
    }

    /// Puts the digits of whole numbers in the place of their other spellings, when the document is read.
    #[inline]
    pub(crate) fn settle_spellings(&mut self) {
        if !self.respelled.is_empty() {
            self.respell_all();
        }
    }

    #[cold]
    fn respell_all(&mut self) {
        for (index, digits) in std::mem::take(&mut self.respelled) {
            let Some(slot) = self.slots.get(index as usize).copied() else {
                continue;
            };
            if slot.kind() != SlotKind::Number {
                continue;
            }
            let (at, start) = (self.origin(slot), self.decoded.len() as u32);
            self.decoded.extend_from_slice(&digits);
            self.origins.push((start, at));
            self.slots[index as usize] = Slot::new(
                SlotKind::Number,
                Source::Decoded,
                true,
                start,
                digits.len() as u32,
            );
        }
    }

    /// The document's offset of what a slot holds.
    pub(crate) fn origin(&self, slot: Slot) -> u32 {
        if !slot.is_decoded() {
            return slot.start();
        }
        let behind = self
            .origins
            .partition_point(|(start, _)| *start <= slot.start());
        behind
            .checked_sub(1)
            .map_or(0, |index| self.origins[index].1)
    }

    /// Counts a lost leaf and keeps its place while there is room.
    pub(crate) fn lose(&mut self, code: LossCode, rule: u16, at: u32) {
        self.note_loss(Loss {
            code,
            rule,
            node: NONE,
            at,
        });
    }

    /// The same of a value at a node that does not take it, or that no rule carries.
    pub(crate) fn lose_at(&mut self, code: LossCode, node: u16, at: u32) {
        self.note_loss(Loss {
            code,
            rule: NONE,
            node,
            at,
        });
    }

    fn note_loss(&mut self, loss: Loss) {
        self.lost += 1;
        self.invalid += u32::from(loss.code == LossCode::Invalid);
        if self.keeps_losses || self.losses.len() < KEPT_LOSSES {
            self.losses.push(loss);
        }
    }

    /// Losses of the document that are known so far, and how many there are in all.
    #[must_use]
    pub fn losses(&self) -> (&[Loss], u32) {
        (&self.losses, self.lost)
    }

    /// Leaves of the document, carried or not.
    #[must_use]
    pub fn leaves(&self) -> u32 {
        self.leaves
    }

    /// Marks every slot of a range as cleared.
    pub(crate) fn clear(&mut self, record: u32, (from, to): (u16, u16), at: u32) {
        for slot in from..to {
            self.set(
                record,
                slot,
                // A length tells what the null itself names from what lies below it.
                Slot::new(
                    SlotKind::Null,
                    Source::Document,
                    false,
                    at,
                    u32::from(slot != from),
                ),
            );
        }
    }

    /// Gives memory back that one large document needed, so that it does not stay pinned for good.
    pub fn shrink(&mut self, bytes: usize) {
        let slots = bytes / size_of::<Slot>();
        if self.slots.capacity() > slots {
            self.slots = Vec::new();
            self.spans = Vec::new();
        }
        if self.decoded.capacity() > bytes {
            self.decoded = Vec::new();
        }
        if self.losses.capacity() > KEPT_LOSSES {
            self.losses = Vec::new();
        }
    }

    /// True if nothing was captured at the slot.
    pub(crate) fn has(&self, record: u32, slot: u16) -> bool {
        slot != NONE && !self.slot(record, slot).is_absent()
    }
}
