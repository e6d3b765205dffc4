//! Where a document is written: bytes, and what separates them.

use crate::codec::copy::append_start;
use crate::codec::{json, xml};
use crate::mapping::plan::{Lit, Plan, Wire, WriteAs};

/// A writer's state: the output and its format.
pub(crate) struct Output<'o> {
    pub(crate) wire: Wire,
    /// It is a document of its own: its root stands even if nothing is in it.
    pub(crate) document: bool,
    /// Where the document begins in `bytes`.
    pub(crate) start: usize,
    /// Where the object or list that was opened last begins to have members; a member that stands there has none in
    /// front of it.
    pub(crate) opened: usize,
    pub(crate) bytes: &'o mut Vec<u8>,
    pub(crate) entry_names: &'o mut Vec<(u32, u32)>,
}

impl<'o> Output<'o> {
    /// Writes a piece of a document behind other bytes.
    pub(crate) fn piece(
        wire: Wire,
        bytes: &'o mut Vec<u8>,
        entry_names: &'o mut Vec<(u32, u32)>,
    ) -> Self {
        Self {
            wire,
            document: false,
            start: 0,
            opened: bytes.len(),
            bytes,
            entry_names,
        }
    }

    /// True if what opens at this byte is the root of a document.
    #[inline]
    pub(crate) fn is_root(&self, at: usize) -> bool {
        self.document && at == self.start
    }

    /// Writes what stands in front of a member. A comma (or `&`) is left out in front of the first.
    #[inline(always)]
    pub(crate) fn open(&mut self, plan: &Plan, mut lit: Lit) {
        if lit.separated && self.bytes.len() == self.opened {
            lit.start += 1;
        }
        self.append(plan, lit);
    }

    /// The bytes of the text of a value that was written last, from `start` on, between what stands around it.
    pub(super) fn between(&self, start: usize, (open, close): (Lit, Lit)) -> (usize, usize) {
        let length = |lit: Lit| (lit.end - lit.start) as usize;
        let first = open.separated && start == self.opened;
        (
            start + length(open) - usize::from(first),
            self.bytes.len() - length(close),
        )
    }

    /// Opens an object or a list; returns what [`Self::undo`] needs to take it away again.
    #[inline]
    pub(crate) fn begin(&mut self, plan: &Plan, lit: Lit) -> (usize, usize) {
        let before = (self.bytes.len(), self.opened);
        self.open(plan, lit);
        self.opened = self.bytes.len();
        before
    }

    /// Takes away an object or list, with all in it, that was opened at this state.
    #[inline]
    pub(crate) fn undo(&mut self, (start, opened): (usize, usize)) {
        self.bytes.truncate(start);
        self.opened = opened;
    }

    /// Writes a literal as it is.
    #[inline(always)]
    pub(crate) fn append(&mut self, plan: &Plan, lit: Lit) {
        if lit.start < lit.end {
            let length = (lit.end - lit.start) as usize;
            append_start(self.bytes, plan.lit_onwards(lit), length);
        }
    }

    /// Closes a list in which nothing is: an element without content is one tag.
    pub(super) fn close_empty(&mut self, close: &[u8]) {
        if self.wire == Wire::Xml && self.bytes.pop_if(|last| *last == b'>').is_some() {
            self.bytes.extend_from_slice(b"/>");
        } else {
            self.bytes.extend_from_slice(close);
        }
    }

    /// Writes a value's text.
    ///
    /// # Errors
    /// A character that the format cannot hold.
    #[inline(always)]
    pub(crate) fn text(
        &mut self,
        text: &[u8],
        plain: bool,
        write: WriteAs,
    ) -> Result<(), &'static str> {
        self.text_start(text, text.len(), plain, write)
    }

    /// Writes a value's text, the first `length` bytes of what is lent.
    ///
    /// # Errors
    /// A character that the format cannot hold.
    #[inline(always)]
    pub(super) fn text_start(
        &mut self,
        text: &[u8],
        length: usize,
        plain: bool,
        write: WriteAs,
    ) -> Result<(), &'static str> {
        const NO_CHARACTER: &str = "characters that the upstream's format can hold";
        if self.wire == Wire::Json {
            if write == WriteAs::Bare {
                append_start(self.bytes, text, length);
            } else if plain {
                debug_assert!(
                    !text[..length].iter().copied().any(json::write::special),
                    "text must be plain"
                );
                self.bytes.push(b'"');
                append_start(self.bytes, text, length);
                self.bytes.push(b'"');
            } else {
                json::write::string(self.bytes, &text[..length], false);
            }
            return Ok(());
        }
        match (self.wire, write) {
            (Wire::Form, _) => {
                crate::codec::form::encode(self.bytes, &text[..length]);
                Ok(())
            }
            (_, WriteAs::Attribute) => xml::write::attribute(self.bytes, &text[..length]),
            (_, WriteAs::Text | WriteAs::Bare) => xml::write::text_start(self.bytes, text, length),
        }
        .map_err(|_| NO_CHARACTER)
    }

    /// True if the name written at this range of the output was written before in this map; else it is kept.
    pub(super) fn repeats(&mut self, from: usize, to: usize) -> bool {
        let bytes = &*self.bytes;
        // A name that was undone with its entry may lie behind the end.
        let text =
            |(from, to): (u32, u32)| bytes.get(from as usize..to as usize).unwrap_or_default();
        let new = (from as u32, to as u32);
        match self
            .entry_names
            .binary_search_by(|kept| text(*kept).cmp(text(new)))
        {
            Ok(_) => true,
            Err(index) => {
                self.entry_names.insert(index, new);
                false
            }
        }
    }
}
