//! Eight bytes that say what stands at a place.

use super::captured::ABSENT_RECORD;

/// What a slot holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub(crate) enum SlotKind {
    /// Nothing was there.
    Absent = 0,
    /// A text.
    Text = 1,
    /// A number's lexeme.
    Number = 2,
    /// `true`, in whatever spelling.
    True = 3,
    /// `false`, in whatever spelling.
    False = 4,
    /// `null`.
    Null = 5,
    /// A list or map: its head is the offset; the slot behind it holds tail and count.
    List = 6,
    /// An object that was there; the offset is where it begins.
    Object = 7,
}

/// Which bytes a slot's range is of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub(crate) enum Source {
    /// The document.
    Document = 0,
    /// What the reader decoded.
    Decoded = 1,
}

/// Offset (32 bits), length (27 bits), kind (3), source (1), plain (1).
///
/// A length of 27 bits bounds a text at 128 MiB; readers refuse longer documents (`Limits::bytes`).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Slot(u64);

const LENGTH_SHIFT: u32 = 32;
const LENGTH_MASK: u64 = (1 << 27) - 1;
const KIND_SHIFT: u32 = 59;
const SOURCE_SHIFT: u32 = 62;
const PLAIN_SHIFT: u32 = 63;

/// Longest document in bytes whose ranges fit a slot.
pub(crate) const LONGEST: u32 = 1 << 27;

impl Slot {
    pub(crate) const ABSENT: Self = Self(0);

    /// A slot over a range.
    #[inline]
    pub(crate) fn new(kind: SlotKind, source: Source, plain: bool, start: u32, len: u32) -> Self {
        debug_assert!(u64::from(len) <= LENGTH_MASK);
        Self(
            u64::from(start)
                | (u64::from(len) & LENGTH_MASK) << LENGTH_SHIFT
                | (kind as u64) << KIND_SHIFT
                | (source as u64) << SOURCE_SHIFT
                | u64::from(plain) << PLAIN_SHIFT,
        )
    }

    /// A list from its first record.
    #[inline]
    pub(crate) fn list(head: u32) -> Self {
        Self::new(SlotKind::List, Source::Document, false, head, 0)
    }

    /// Two plain numbers: a list's tail and count, or a record's next and cell.
    #[inline]
    pub(crate) fn pair(first: u32, second: u32) -> Self {
        Self(u64::from(first) | u64::from(second) << 32)
    }

    /// The first number of a pair.
    #[inline]
    pub(crate) fn first(self) -> u32 {
        (self.0 & 0xffff_ffff) as u32
    }

    /// The same with this added to its first number, unless that is none.
    #[inline]
    pub(crate) fn moved(self, by: u32) -> Self {
        if self.first() == ABSENT_RECORD {
            return self;
        }
        Self(self.0 + u64::from(by))
    }

    /// The same with this taken from its first number, unless that is none.
    pub(crate) fn moved_back(self, by: u32) -> Option<Self> {
        if self.first() == ABSENT_RECORD {
            return Some(self);
        }
        self.first().checked_sub(by)?;
        Some(Self(self.0 - u64::from(by)))
    }

    /// The second number of a pair.
    #[inline]
    pub(crate) fn second(self) -> u32 {
        (self.0 >> 32) as u32
    }

    #[inline]
    pub(crate) fn kind(self) -> SlotKind {
        match (self.0 >> KIND_SHIFT) & 7 {
            1 => SlotKind::Text,
            2 => SlotKind::Number,
            3 => SlotKind::True,
            4 => SlotKind::False,
            5 => SlotKind::Null,
            6 => SlotKind::List,
            7 => SlotKind::Object,
            _ => SlotKind::Absent,
        }
    }

    #[inline]
    pub(crate) fn is_absent(self) -> bool {
        (self.0 >> KIND_SHIFT) & 7 == 0
    }

    /// True for a text, number or boolean.
    #[inline]
    pub(crate) fn is_value(self) -> bool {
        matches!((self.0 >> KIND_SHIFT) & 7, 1..=4)
    }

    /// True for a text that stands in the document as it is meant.
    #[inline]
    pub(crate) fn is_standing_text(self) -> bool {
        (self.0 >> KIND_SHIFT) & 15 == SlotKind::Text as u64
    }

    /// First byte of the range, or head of the list.
    #[inline]
    pub(crate) fn start(self) -> u32 {
        self.first()
    }

    /// Length of the range.
    #[inline]
    pub(crate) fn len(self) -> u32 {
        ((self.0 >> LENGTH_SHIFT) & LENGTH_MASK) as u32
    }

    /// True if the range is of what the reader decoded.
    #[inline]
    pub(crate) fn is_decoded(self) -> bool {
        (self.0 >> SOURCE_SHIFT) & 1 == 1
    }

    /// True if the text needs no escape in JSON.
    #[inline]
    pub(crate) fn is_plain(self) -> bool {
        self.0 >> PLAIN_SHIFT == 1
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slot_keeps_every_part() {
        for kind in [
            SlotKind::Text,
            SlotKind::Number,
            SlotKind::Null,
            SlotKind::Object,
        ] {
            for source in [Source::Document, Source::Decoded] {
                for plain in [false, true] {
                    let slot = Slot::new(kind, source, plain, u32::MAX, LONGEST - 1);
                    assert_eq!(slot.kind(), kind);
                    assert_eq!(slot.is_decoded(), source == Source::Decoded);
                    assert_eq!(slot.is_plain(), plain);
                    let text = kind == SlotKind::Text && source == Source::Document;
                    assert_eq!(slot.is_standing_text(), text);
                    assert_eq!((slot.start(), slot.len()), (u32::MAX, LONGEST - 1));
                    assert!(!slot.is_absent());
                }
            }
        }
        let pair = Slot::pair(7, u32::MAX);
        assert_eq!((pair.first(), pair.second()), (7, u32::MAX));
        assert!(Slot::ABSENT.is_absent());
    }
}
