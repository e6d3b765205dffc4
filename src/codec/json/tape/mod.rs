//! A flat, read-only view of one document: its values in the order they stand, over the input.
//!
//! The tape serves where a document must be looked into and not only passed through: it is the document
//! type of the `jsonschema` crate ([`TapeJson`]) and a small navigable tree for cold paths ([`TapeNode`]).
//! Its buffers are reused, so a warm tape reads without allocation.

mod build;
mod decimal;
mod node;
mod replay;
mod schema;
mod unique;

use std::fmt;

pub use node::{Items, Kind, Members, TapeNode};
pub use schema::{TapeJson, TapeNumber};

use super::reader::Reader;
use crate::codec::fault::{Fault, FaultKind};
use crate::codec::limits::Limits;
use crate::codec::text::Range;

/// Buffers that hold one document at a time.
#[derive(Default)]
pub struct Tape {
    reader: Reader,
    entries: Vec<Entry>,
    /// Indices of the containers that are open while reading.
    open: Vec<u32>,
    /// Strings with escapes, decoded, one behind another.
    decoded: String,
}

/// One value, or the name of the member whose value is the next entry.
#[derive(Clone, Copy)]
struct Entry {
    tag: Tag,
    /// True if `text` is of the decoded strings, false if it is of the input.
    decoded: bool,
    /// A string's or name's decoded text; for other values the same as `whole`.
    text: Range,
    /// The value as it stands in the input.
    whole: Range,
    /// Index behind the value and all in it.
    next: u32,
    /// Members or items.
    count: u32,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Tag {
    Null,
    False,
    True,
    Number,
    String,
    Array,
    Object,
    Name,
}

// === impl Tape ===

impl Tape {
    /// Reads one document and returns its root.
    ///
    /// # Errors
    /// The first fault of the document, as [`Reader::read`] says.
    pub fn parse<'a>(&'a mut self, input: &'a str, limits: &Limits) -> Result<TapeNode<'a>, Fault> {
        self.entries.clear();
        self.open.clear();
        let mut scratch = std::mem::take(&mut self.decoded).into_bytes();
        scratch.clear();
        let mut builder = build::Builder {
            entries: &mut self.entries,
            open: &mut self.open,
        };
        let read = self
            .reader
            .read(input.as_bytes(), limits, &mut scratch, &mut builder);
        if read.is_err() {
            // Half a string may stand there.
            scratch.clear();
        }
        self.decoded = String::from_utf8(scratch).map_err(|_| Fault {
            kind: FaultKind::Encoding,
            what: "not UTF-8",
            at: 0,
        })?;
        read?;
        Ok(TapeNode::new(self, input, 0))
    }

    /// Holds one string that stands in no document.
    fn hold(&mut self, string: &str) -> TapeNode<'_> {
        self.decoded.clear();
        self.decoded.push_str(string);
        self.entries.clear();
        self.entries.push(Entry {
            tag: Tag::String,
            decoded: true,
            text: Range {
                start: 0,
                end: u32::try_from(string.len()).unwrap_or(u32::MAX),
            },
            whole: Range::default(),
            next: 1,
            count: 0,
        });
        TapeNode::new(self, "", 0)
    }
}

/// Tells sizes only: what stands in a document is nobody's business in a log.
impl fmt::Debug for Tape {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Tape")
            .field("entries", &self.entries.len())
            .finish_non_exhaustive()
    }
}
