//! Fills a tape from the reader's events.

use super::{Entry, Tag};
use crate::codec::json::sink::{JsonSink, Named};
use crate::codec::text::{Range, Stop, Text};

/// A sink that appends an entry for each name and value.
pub(super) struct Builder<'a> {
    pub(super) entries: &'a mut Vec<Entry>,
    pub(super) open: &'a mut Vec<u32>,
}

impl Builder<'_> {
    /// Appends an entry that holds nothing but itself.
    #[inline]
    fn push(&mut self, tag: Tag, text: Text, whole: Range) {
        self.entries.push(Entry {
            tag,
            decoded: text.decoded,
            text: text.range,
            whole,
            next: self.entries.len() as u32 + 1,
            count: 0,
        });
    }

    /// Appends a value and counts it for the container it stands in.
    #[inline]
    fn value(&mut self, tag: Tag, text: Text, whole: Range) -> Result<(), Stop> {
        if let Some(parent) = self.open.last() {
            self.entries[*parent as usize].count += 1;
        }
        self.push(tag, text, whole);
        Ok(())
    }

    #[inline]
    fn begin(&mut self, tag: Tag, at: u32) -> Result<(), Stop> {
        let index = self.entries.len() as u32;
        self.value(tag, Text::default(), Range { start: at, end: at })?;
        self.open.push(index);
        Ok(())
    }

    #[inline]
    fn end(&mut self, whole: Range) -> Result<(), Stop> {
        let index = self.open.pop().ok_or(Stop)?;
        let next = self.entries.len() as u32;
        let entry = &mut self.entries[index as usize];
        entry.next = next;
        entry.text = whole;
        entry.whole = whole;
        Ok(())
    }
}

/// A text that is the value as it stands.
fn standing(whole: Range) -> Text {
    Text {
        range: whole,
        ..Text::default()
    }
}

impl JsonSink for Builder<'_> {
    fn predict(&self) -> &[u8] {
        &[]
    }

    fn predicted_key(&mut self, _: u32) -> Result<Named, Stop> {
        Err(Stop)
    }

    #[inline]
    fn key(&mut self, text: Text, _: &[u8], at: u32) -> Result<Named, Stop> {
        self.push(Tag::Name, text, Range { start: at, end: at });
        Ok(Named::Unknown)
    }

    #[inline]
    fn begin_object(&mut self, at: u32) -> Result<(), Stop> {
        self.begin(Tag::Object, at)
    }

    #[inline]
    fn end_object(&mut self, whole: Range) -> Result<(), Stop> {
        self.end(whole)
    }

    #[inline]
    fn begin_array(&mut self, at: u32) -> Result<(), Stop> {
        self.begin(Tag::Array, at)
    }

    #[inline]
    fn end_array(&mut self, whole: Range) -> Result<(), Stop> {
        self.end(whole)
    }

    #[inline]
    fn string(&mut self, text: Text, _: &[u8], whole: Range) -> Result<(), Stop> {
        self.value(Tag::String, text, whole)
    }

    #[inline]
    fn number(&mut self, _: &[u8], whole: Range) -> Result<(), Stop> {
        self.value(Tag::Number, standing(whole), whole)
    }

    #[inline]
    fn boolean(&mut self, value: bool, whole: Range) -> Result<(), Stop> {
        let tag = if value { Tag::True } else { Tag::False };
        self.value(tag, standing(whole), whole)
    }

    #[inline]
    fn null(&mut self, whole: Range) -> Result<(), Stop> {
        self.value(Tag::Null, standing(whole), whole)
    }
}
