//! A document as a flat list of its values, in order: what the judge looks at instead of a tree.
//!
//! The tape is filled by the one strict reader, keeps number lexemes as they stand, and allocates nothing once it has
//! grown. Strings are lent from the document or from the scratch of decoded escapes.

use crate::codec::json::{JsonSink, Named, Reader};
use crate::codec::{Fault, Limits, Range, Stop, Text};

/// Buffers that one worker reuses for every document.
#[derive(Debug, Default)]
pub(super) struct Tape {
    reader: Reader,
    entries: Entries,
    scratch: Vec<u8>,
}

#[derive(Debug, Default)]
struct Entries {
    list: Vec<Entry>,
    open: Vec<usize>,
}

/// One value, or the name of a member.
#[derive(Debug, Clone, Copy)]
pub(super) struct Entry {
    pub(super) kind: EntryKind,
    /// True if `text` is of the scratch.
    decoded: bool,
    /// Text of a string, name or number; else the whole value.
    text: Range,
    /// Offset at which it begins in the document.
    at: u32,
    /// Index of the entry behind it and all that it holds.
    pub(super) behind: usize,
    /// Members or items.
    pub(super) count: usize,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum EntryKind {
    Name,
    Object,
    Array,
    String,
    Number,
    True,
    False,
    Null,
}

/// A document that was read, lent for looking at.
#[derive(Debug, Clone, Copy)]
pub(super) struct Document<'a> {
    input: &'a str,
    scratch: &'a str,
    entries: &'a [Entry],
}

// === impl Tape ===

impl Tape {
    /// Reads a document.
    ///
    /// # Errors
    /// The reader's fault, and a JSON pointer to the place at which it stands.
    pub(super) fn read<'a>(
        &'a mut self,
        input: &'a [u8],
        limits: &Limits,
    ) -> Result<Document<'a>, (Fault, String)> {
        self.entries.list.clear();
        self.entries.open.clear();
        self.scratch.clear();
        let read = self
            .reader
            .read(input, limits, &mut self.scratch, &mut self.entries);
        // The reader has refused what is not UTF-8, and decodes into UTF-8 only.
        let document = Document {
            input: std::str::from_utf8(input).unwrap_or_default(),
            scratch: std::str::from_utf8(&self.scratch).unwrap_or_default(),
            entries: &self.entries.list,
        };
        match read {
            Ok(()) => Ok(document),
            Err(fault) => Err((fault, document.pointer_at(&self.entries.open, fault.at))),
        }
    }
}

// === impl Document ===

impl<'a> Document<'a> {
    /// Whether the document is an object.
    #[must_use]
    pub(super) fn is_object(self) -> bool {
        self.entry(0)
            .is_some_and(|entry| entry.kind == EntryKind::Object)
    }

    pub(super) fn entry(self, index: usize) -> Option<&'a Entry> {
        self.entries.get(index)
    }

    /// The text of a string, name or number.
    pub(super) fn text(self, entry: &Entry) -> &'a str {
        let source = if entry.decoded {
            self.scratch
        } else {
            self.input
        };
        let range = usize::try_from(entry.text.start).unwrap_or(usize::MAX)
            ..usize::try_from(entry.text.end).unwrap_or(usize::MAX);
        source.get(range).unwrap_or_default()
    }

    /// Members of the object at this index: names with the indices of values.
    pub(super) fn members(self, object: usize) -> Members<'a> {
        Members {
            document: self,
            next: object.saturating_add(1),
            left: self.entry(object).map_or(0, |entry| entry.count),
        }
    }

    /// Indices of the items of the array at this index.
    pub(super) fn items(self, array: usize) -> Items<'a> {
        Items {
            document: self,
            next: array.saturating_add(1),
            left: self.entry(array).map_or(0, |entry| entry.count),
        }
    }

    /// The pointer to what was being read at this offset, by the containers that were open then.
    fn pointer_at(self, open: &[usize], at: u32) -> String {
        let mut pointer = String::new();
        for (level, container) in open.iter().enumerate() {
            let inner = open.get(level.saturating_add(1));
            match (self.entry(*container), inner) {
                (Some(entry), Some(_)) if entry.kind == EntryKind::Array => {
                    push_token(&mut pointer, &entry.count.saturating_sub(1).to_string());
                }
                (Some(entry), None) if entry.kind == EntryKind::Array => {
                    push_token(&mut pointer, &entry.count.to_string());
                }
                (_, inner) => {
                    if let Some(name) = self.name_at(*container, inner.copied(), at) {
                        push_token(&mut pointer, name);
                    }
                }
            }
        }
        pointer
    }

    /// The last name of an open object at this offset: that of the container inside, or the one being read.
    fn name_at(self, object: usize, inner: Option<usize>, at: u32) -> Option<&'a str> {
        if let Some(inner) = inner {
            return self
                .entry(inner.checked_sub(1)?)
                .map(|name| self.text(name));
        }
        let mut next = object.saturating_add(1);
        let mut last = None;
        while let Some(name) = self.entry(next).filter(|name| name.at <= at) {
            last = Some(self.text(name));
            next = self
                .entry(next.saturating_add(1))
                .map_or(usize::MAX, |value| value.behind);
        }
        last
    }
}

/// Appends a reference token of RFC 6901.
pub(super) fn push_token(pointer: &mut String, token: &str) {
    pointer.push('/');
    for c in token.chars() {
        match c {
            '~' => pointer.push_str("~0"),
            '/' => pointer.push_str("~1"),
            c => pointer.push(c),
        }
    }
}

/// Names and values of an object.
#[derive(Debug, Clone)]
pub(super) struct Members<'a> {
    document: Document<'a>,
    next: usize,
    left: usize,
}

impl<'a> Iterator for Members<'a> {
    type Item = (&'a str, usize);

    fn next(&mut self) -> Option<Self::Item> {
        self.left = self.left.checked_sub(1)?;
        let name = self.document.entry(self.next)?;
        let value = self.next.saturating_add(1);
        self.next = self
            .document
            .entry(value)
            .map_or(usize::MAX, |entry| entry.behind);
        Some((self.document.text(name), value))
    }
}

/// Items of an array.
#[derive(Debug, Clone)]
pub(super) struct Items<'a> {
    document: Document<'a>,
    next: usize,
    left: usize,
}

impl Iterator for Items<'_> {
    type Item = usize;

    fn next(&mut self) -> Option<Self::Item> {
        self.left = self.left.checked_sub(1)?;
        let item = self.next;
        self.next = self.document.entry(item)?.behind;
        Some(item)
    }
}

// === impl Entries ===

impl Entries {
    #[inline]
    fn push(&mut self, kind: EntryKind, text: Text, at: u32) {
        let behind = match kind {
            EntryKind::Object | EntryKind::Array => 0,
            _ => self.list.len().saturating_add(1),
        };
        self.list.push(Entry {
            kind,
            decoded: text.decoded,
            text: text.range,
            at,
            behind,
            count: 0,
        });
    }

    #[inline]
    fn value(&mut self, kind: EntryKind, text: Text, at: u32) -> Result<(), Stop> {
        if let Some(open) = self.open.last()
            && let Some(open) = self.list.get_mut(*open)
        {
            open.count = open.count.saturating_add(1);
        }
        self.push(kind, text, at);
        Ok(())
    }

    #[inline]
    fn begin(&mut self, kind: EntryKind, at: u32) -> Result<(), Stop> {
        let index = self.list.len();
        self.value(kind, raw(Range { start: at, end: at }), at)?;
        self.open.push(index);
        Ok(())
    }

    #[inline]
    fn end(&mut self, whole: Range) -> Result<(), Stop> {
        let behind = self.list.len();
        if let Some(open) = self.open.pop()
            && let Some(open) = self.list.get_mut(open)
        {
            open.behind = behind;
            open.text = whole;
        }
        Ok(())
    }
}

fn raw(range: Range) -> Text {
    Text {
        range,
        decoded: false,
        plain: false,
    }
}

impl JsonSink for Entries {
    #[inline]
    fn predict(&self) -> &[u8] {
        &[]
    }

    fn predicted_key(&mut self, _: u32) -> Result<Named, Stop> {
        Err(Stop)
    }

    #[inline]
    fn key(&mut self, text: Text, _: &[u8], at: u32) -> Result<Named, Stop> {
        self.push(EntryKind::Name, text, at);
        Ok(Named::Unknown)
    }

    #[inline]
    fn begin_object(&mut self, at: u32) -> Result<(), Stop> {
        self.begin(EntryKind::Object, at)
    }

    #[inline]
    fn end_object(&mut self, whole: Range) -> Result<(), Stop> {
        self.end(whole)
    }

    #[inline]
    fn begin_array(&mut self, at: u32) -> Result<(), Stop> {
        self.begin(EntryKind::Array, at)
    }

    #[inline]
    fn end_array(&mut self, whole: Range) -> Result<(), Stop> {
        self.end(whole)
    }

    #[inline]
    fn string(&mut self, text: Text, _: &[u8], whole: Range) -> Result<(), Stop> {
        self.value(EntryKind::String, text, whole.start)
    }

    #[inline]
    fn number(&mut self, _: &[u8], whole: Range) -> Result<(), Stop> {
        self.value(EntryKind::Number, raw(whole), whole.start)
    }

    #[inline]
    fn boolean(&mut self, value: bool, whole: Range) -> Result<(), Stop> {
        let kind = if value {
            EntryKind::True
        } else {
            EntryKind::False
        };
        self.value(kind, raw(whole), whole.start)
    }

    #[inline]
    fn null(&mut self, whole: Range) -> Result<(), Stop> {
        self.value(EntryKind::Null, raw(whole), whole.start)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::codec::FaultKind;

    fn fault(input: &str, limits: &Limits) -> (FaultKind, String) {
        let (fault, pointer) = Tape::default().read(input.as_bytes(), limits).unwrap_err();
        (fault.kind, pointer)
    }

    #[test]
    fn values_stand_in_order_with_their_sizes() {
        let mut tape = Tape::default();
        let document = tape
            .read(
                br#"{"a":[1,{"b\u002f":null}],"c":"\u00e9"}"#,
                &Limits::default(),
            )
            .unwrap();

        let members: Vec<_> = document.members(0).collect();
        assert_eq!(members, [("a", 2), ("c", 8)]);
        assert_eq!(document.items(2).collect::<Vec<_>>(), [3, 4]);
        assert_eq!(document.members(4).collect::<Vec<_>>(), [("b/", 6)]);
        assert_eq!(document.text(document.entry(8).unwrap()), "é");
        assert!(document.is_object());
    }

    #[test]
    fn a_fault_is_placed_in_the_callers_document() {
        let limits = Limits::default();
        for (input, kind, pointer) in [
            (r#"{"a":{"x":1,"b":2,"x":3}}"#, FaultKind::Duplicate, "/a/x"),
            (r#"{"a":[1,{"b":tru}]}"#, FaultKind::Malformed, "/a/1/b"),
            (r#"{"a":[1,2,]}"#, FaultKind::Malformed, "/a/2"),
            (r#"{"a":1} x"#, FaultKind::Malformed, ""),
            ("", FaultKind::Malformed, ""),
            (r#"{"a~/b":"\ud800"}"#, FaultKind::Malformed, "/a~0~1b"),
        ] {
            assert_eq!(fault(input, &limits), (kind, pointer.to_owned()), "{input}");
        }
    }

    #[test]
    fn a_limit_is_placed_too() {
        let limits = Limits {
            text: 3,
            ..Limits::default()
        };
        let placed = fault(r#"{"a":{"b":["ok","four"]}}"#, &limits);
        assert_eq!(placed, (FaultKind::Limit, "/a/b/1".to_owned()));
    }

    #[test]
    fn a_second_name_among_many_is_placed() {
        let many: String = (0..20).map(|n| format!("\"n{n}\":{n},")).collect();
        let input = format!("{{{many}\"n3\":1,\"z\":2}}");
        assert_eq!(
            fault(&input, &Limits::default()),
            (FaultKind::Duplicate, "/n3".to_owned())
        );
    }
}
