//! One value of a tape, and the ways from it to others.

use std::borrow::Cow;
use std::fmt;

use super::{Entry, Tag, Tape};
use crate::codec::json::scan;
use crate::codec::text::Range;

/// The kinds of values that JSON has.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Kind {
    /// `null`
    Null,
    /// `true` or `false`
    Boolean,
    /// A number of any size and precision.
    Number,
    /// A string.
    String,
    /// An ordered list.
    Array,
    /// Members, each with a name of its own.
    Object,
}

/// One value of a document on a tape; as cheap to copy as a reference.
#[derive(Clone, Copy)]
pub struct TapeNode<'a> {
    tape: &'a Tape,
    input: &'a str,
    index: u32,
}

/// The members of an object in the order they stand.
#[derive(Debug, Clone)]
pub struct Members<'a> {
    at: TapeNode<'a>,
    end: u32,
}

/// The items of an array in order.
#[derive(Debug, Clone)]
pub struct Items<'a> {
    at: TapeNode<'a>,
    end: u32,
}

// === impl Kind ===

impl Kind {
    /// Its name in JSON Schema.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Null => "null",
            Self::Boolean => "boolean",
            Self::Number => "number",
            Self::String => "string",
            Self::Array => "array",
            Self::Object => "object",
        }
    }
}

// === impl TapeNode ===

impl<'a> TapeNode<'a> {
    pub(super) fn new(tape: &'a Tape, input: &'a str, index: u32) -> Self {
        Self { tape, input, index }
    }

    #[inline]
    pub(super) fn entry(self) -> &'a Entry {
        &self.tape.entries[self.index as usize]
    }

    #[inline]
    pub(super) fn moved(self, index: u32) -> Self {
        Self { index, ..self }
    }

    #[inline]
    pub(super) fn index(self) -> u32 {
        self.index
    }

    /// The entry behind this one: of an array its first item, of an object its first name, of a name its value.
    #[inline]
    pub(super) fn behind(self) -> Self {
        self.moved(self.index + 1)
    }

    /// The bytes of [`Self::text`].
    #[inline]
    pub(super) fn bytes(self) -> &'a [u8] {
        let entry = self.entry();
        let source = if entry.decoded {
            &self.tape.decoded
        } else {
            self.input
        };
        &source.as_bytes()[entry.text.start as usize..entry.text.end as usize]
    }

    /// The bytes of it as they stand in the document.
    #[must_use]
    pub fn written(self) -> &'a [u8] {
        let whole = self.whole();
        let bytes = self.input.as_bytes();
        bytes
            .get(whole.start as usize..whole.end as usize)
            .unwrap_or_default()
    }

    /// The document that it is of.
    #[must_use]
    pub fn document(self) -> &'a str {
        self.input
    }

    /// What decoded texts of the document are ranges of.
    pub(crate) fn decoded(self) -> &'a str {
        &self.tape.decoded
    }

    /// The decoded text of a string or a name, the lexeme of any other value.
    #[inline]
    fn text(self) -> &'a str {
        let entry = self.entry();
        let source = if entry.decoded {
            &self.tape.decoded
        } else {
            self.input
        };
        source
            .get(entry.text.start as usize..entry.text.end as usize)
            .unwrap_or_default()
    }

    /// What kind of value it is.
    #[must_use]
    pub fn kind(self) -> Kind {
        match self.entry().tag {
            Tag::Null => Kind::Null,
            Tag::False | Tag::True => Kind::Boolean,
            Tag::Number => Kind::Number,
            Tag::String | Tag::Name => Kind::String,
            Tag::Array => Kind::Array,
            Tag::Object => Kind::Object,
        }
    }

    /// The decoded text, if it is a string.
    #[inline]
    #[must_use]
    pub fn as_str(self) -> Option<&'a str> {
        (self.entry().tag == Tag::String).then(|| self.text())
    }

    /// The number exactly as it stands in the document, if it is one.
    #[inline]
    #[must_use]
    pub fn lexeme(self) -> Option<&'a str> {
        (self.entry().tag == Tag::Number).then(|| self.text())
    }

    /// The truth value, if it is one.
    #[inline]
    #[must_use]
    pub fn as_bool(self) -> Option<bool> {
        match self.entry().tag {
            Tag::True => Some(true),
            Tag::False => Some(false),
            _ => None,
        }
    }

    /// Tells whether it is `null`.
    #[inline]
    #[must_use]
    pub fn is_null(self) -> bool {
        self.entry().tag == Tag::Null
    }

    /// Where it stands in the document: a string with its quotes, an object with its braces.
    #[must_use]
    pub fn whole(self) -> Range {
        self.entry().whole
    }

    /// Tells whether two values are equal as JSON Schema means it: numbers by value, objects in any order.
    #[must_use]
    pub fn is_equal(self, other: TapeNode<'_>) -> bool {
        super::unique::equal(self, other)
    }

    /// How many members or items it has; none if it is neither object nor array.
    #[must_use]
    pub fn count(self) -> usize {
        self.entry().count as usize
    }

    /// Its members, in order; none if it is no object.
    #[must_use]
    pub fn members(self) -> Members<'a> {
        let (at, end) = self.inside(Tag::Object);
        Members { at, end }
    }

    /// Its items, in order; none if it is no array.
    #[must_use]
    pub fn items(self) -> Items<'a> {
        let (at, end) = self.inside(Tag::Array);
        Items { at, end }
    }

    fn inside(self, tag: Tag) -> (Self, u32) {
        let entry = self.entry();
        let end = if entry.tag == tag { entry.next } else { 0 };
        (self.behind(), end)
    }

    /// The value of the member of this name.
    #[inline]
    #[must_use]
    pub fn get(self, name: &str) -> Option<Self> {
        let mut members = self.members();
        while members.at.index < members.end {
            let value = members.at.moved(members.at.index + 1);
            if scan::same(members.at.text().as_bytes(), name.as_bytes()) {
                return Some(value);
            }
            members.at.index = value.entry().next;
        }
        None
    }

    /// The value that a JSON Pointer (RFC 6901) leads to; the empty pointer leads here.
    #[must_use]
    pub fn pointer(self, pointer: &str) -> Option<Self> {
        if pointer.is_empty() {
            return Some(self);
        }
        pointer
            .strip_prefix('/')?
            .split('/')
            .try_fold(self, Self::step)
    }

    fn step(self, token: &str) -> Option<Self> {
        match self.entry().tag {
            Tag::Object if token.contains('~') => {
                self.get(&token.replace("~1", "/").replace("~0", "~"))
            }
            Tag::Object => self.get(token),
            Tag::Array => {
                let plain = token == "0" || !token.starts_with(['0', '+']);
                let index = token.parse().ok().filter(|_| plain)?;
                self.items().nth(index)
            }
            _ => None,
        }
    }

    /// The value as a tree of its own, for what needs one.
    ///
    /// A number beyond what the tree can hold becomes the nearest that it can.
    #[must_use]
    pub fn to_value(self) -> serde_json::Value {
        use serde_json::Value;
        match self.entry().tag {
            Tag::Null => Value::Null,
            Tag::False => Value::Bool(false),
            Tag::True => Value::Bool(true),
            Tag::Number => Value::Number(super::decimal::nearest(self.text())),
            Tag::String | Tag::Name => Value::String(self.text().to_owned()),
            Tag::Array => self.items().map(Self::to_value).collect(),
            Tag::Object => self
                .members()
                .map(|(name, value)| (name.to_owned(), value.to_value()))
                .collect(),
        }
    }
}

impl<'a> From<TapeNode<'a>> for Cow<'a, serde_json::Value> {
    fn from(node: TapeNode<'a>) -> Self {
        Cow::Owned(node.to_value())
    }
}

/// Tells kind and place only: a value does not belong in a log.
impl fmt::Debug for TapeNode<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.tape.entries.get(self.index as usize) {
            Some(entry) => write!(f, "{:?} at byte {}", entry.tag, entry.whole.start),
            None => f.write_str("end"),
        }
    }
}

// === impl Members ===

impl<'a> Iterator for Members<'a> {
    type Item = (&'a str, TapeNode<'a>);

    #[inline]
    fn next(&mut self) -> Option<Self::Item> {
        if self.at.index >= self.end {
            return None;
        }
        let value = self.at.moved(self.at.index + 1);
        let name = self.at.text();
        self.at.index = value.entry().next;
        Some((name, value))
    }
}

// === impl Items ===

impl<'a> Iterator for Items<'a> {
    type Item = TapeNode<'a>;

    #[inline]
    fn next(&mut self) -> Option<Self::Item> {
        if self.at.index >= self.end {
            return None;
        }
        let item = self.at;
        self.at.index = item.entry().next;
        Some(item)
    }
}
