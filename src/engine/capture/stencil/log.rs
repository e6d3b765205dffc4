//! What a capture notes while it reads, so that a stencil can be cut of it.

use crate::codec::hole::Hole;

/// Values beyond which nothing is a matter for a stencil.
const MOST: usize = 512;

/// Values and offsets of a document or an item, in its order.
#[derive(Debug, Default)]
pub(crate) struct Log {
    on: bool,
    /// Where it begins in the document, and its first slot.
    pub(super) from: u32,
    pub(super) base: u32,
    pub(super) values: Vec<Logged>,
    pub(super) marks: Vec<Mark>,
    /// Slots that hold the number of a record.
    pub(super) links: Vec<u32>,
    /// Objects, lists and nulls.
    pub(super) others: u32,
}

/// A value that was captured.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Logged {
    pub(crate) hole: Hole,
    /// Its first byte, without a quote, and behind its last one.
    pub(crate) from: u32,
    pub(crate) to: u32,
    pub(crate) node: u16,
    pub(crate) record: u32,
}

/// A slot that holds an offset of the document.
#[derive(Debug, Clone, Copy)]
pub(super) struct Mark {
    pub(super) slot: u32,
    pub(super) at: u32,
    /// Values in front of it.
    pub(super) values: usize,
}

impl Log {
    /// Keeps no log.
    pub(crate) fn rest(&mut self) {
        self.on = false;
    }

    /// Begins the log of what begins at this offset, and fills slots from this one on.
    pub(crate) fn begin(&mut self, from: u32, base: usize) {
        self.on = true;
        self.from = from;
        self.base = base as u32;
        self.values.clear();
        self.marks.clear();
        self.links.clear();
        self.others = 0;
    }

    /// True if all was logged since the beginning.
    pub(crate) fn is_whole(&self) -> bool {
        self.on
    }

    #[inline]
    pub(crate) fn value(&mut self, value: Logged) {
        if self.on {
            self.on = self.values.len() < MOST;
            self.values.push(value);
        }
    }

    /// An object, a list, or a null.
    #[inline]
    pub(crate) fn other(&mut self) {
        self.others += 1;
    }

    /// A slot holds this offset.
    #[inline]
    pub(crate) fn mark(&mut self, slot: u32, at: u32) {
        if self.on {
            self.on = self.marks.len() < MOST;
            self.marks.push(Mark {
                slot,
                at,
                values: self.values.len(),
            });
        }
    }

    /// A record was appended to the list in this slot.
    #[inline]
    pub(crate) fn link(&mut self, list: u32, record: u32) {
        if self.on {
            self.on = self.links.len() < MOST;
            // Its first record, its last one, and of that one the next.
            self.links.extend([list, list + 1, record]);
        }
    }
}
