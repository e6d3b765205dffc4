//! The tape as the validator sees documents.

use std::borrow::Cow;

use jsonschema::JsonType;
use jsonschema::json::{Array, Json, JsonNumber, Node, NodeIdentity, Object};
use serde_json::Value;

use super::tape::{Document, Entry, EntryKind, Items, Members};

/// The representation: marks validators that judge tapes.
#[derive(Debug, Clone, Copy)]
pub(super) struct TapeJson;

/// One value.
#[derive(Debug, Clone, Copy)]
pub(super) enum TapeNode<'a> {
    /// A value of a document.
    At(Document<'a>, usize, &'a Entry),
    /// A member's name, looked at as if it were a string.
    Name(&'a str),
    /// No value: what an index beside the tape gives.
    Nothing,
}

/// An object of a document.
#[derive(Debug, Clone, Copy)]
pub(super) struct TapeObject<'a>(Document<'a>, usize, usize);

/// An array of a document.
#[derive(Debug, Clone, Copy)]
pub(super) struct TapeArray<'a>(Document<'a>, usize, usize);

/// A number as its lexeme.
#[derive(Debug, Clone, Copy)]
pub(super) struct TapeNumber<'a>(&'a str);

// === impl TapeJson ===

impl Json for TapeJson {
    type Node<'a> = TapeNode<'a>;
    type PreparedKey = Box<str>;
    type StringBuffer = ();

    /// Members are searched one after another: up to so many names a pass over all of them is no dearer.
    const KEYS_PER_LOOKUP: usize = 8;

    fn prepare_key(key: &str) -> Box<str> {
        key.into()
    }

    fn with_string_node<T>((): &mut (), string: &str, f: impl FnOnce(TapeNode<'_>) -> T) -> T {
        f(TapeNode::Name(string))
    }
}

// === impl TapeNode ===

impl<'a> TapeNode<'a> {
    pub(super) fn of(document: Document<'a>, index: usize) -> Self {
        document
            .entry(index)
            .map_or(Self::Nothing, |entry| Self::At(document, index, entry))
    }

    fn kind(&self) -> EntryKind {
        match self {
            Self::At(_, _, entry) => entry.kind,
            Self::Name(_) => EntryKind::String,
            Self::Nothing => EntryKind::Null,
        }
    }

    /// The text of a string, name or number.
    fn text(&self) -> &'a str {
        match self {
            Self::At(document, _, entry) => document.text(entry),
            Self::Name(name) => name,
            Self::Nothing => "",
        }
    }
}

impl<'a> Node<'a, TapeJson> for TapeNode<'a> {
    type Object = TapeObject<'a>;
    type Array = TapeArray<'a>;
    type Number = TapeNumber<'a>;

    fn as_object(&self) -> Option<TapeObject<'a>> {
        match self {
            Self::At(document, index, entry) if entry.kind == EntryKind::Object => {
                Some(TapeObject(*document, *index, entry.count))
            }
            _ => None,
        }
    }

    fn as_array(&self) -> Option<TapeArray<'a>> {
        match self {
            Self::At(document, index, entry) if entry.kind == EntryKind::Array => {
                Some(TapeArray(*document, *index, entry.count))
            }
            _ => None,
        }
    }

    fn as_string(&self) -> Option<Cow<'a, str>> {
        (self.kind() == EntryKind::String).then(|| Cow::Borrowed(self.text()))
    }

    fn as_number(&self) -> Option<TapeNumber<'a>> {
        (self.kind() == EntryKind::Number).then(|| TapeNumber(self.text()))
    }

    fn as_boolean(&self) -> Option<bool> {
        match self.kind() {
            EntryKind::True => Some(true),
            EntryKind::False => Some(false),
            _ => None,
        }
    }

    fn is_null(&self) -> bool {
        self.kind() == EntryKind::Null
    }

    fn json_type(&self) -> JsonType {
        match self.kind() {
            EntryKind::Object => JsonType::Object,
            EntryKind::Array => JsonType::Array,
            EntryKind::String | EntryKind::Name => JsonType::String,
            EntryKind::Number => JsonType::Number,
            EntryKind::True | EntryKind::False => JsonType::Boolean,
            EntryKind::Null => JsonType::Null,
        }
    }

    /// Compares without building a value; containers are never constants of the canonical schemas.
    fn equals_value(&self, expected: &Value) -> bool {
        match expected {
            Value::String(expected) => self.kind() == EntryKind::String && self.text() == expected,
            Value::Null => self.is_null(),
            Value::Bool(expected) => self.as_boolean() == Some(*expected),
            Value::Number(expected) => self
                .as_number()
                .is_some_and(|number| *number.to_number() == *expected),
            Value::Array(_) | Value::Object(_) => false,
        }
    }

    /// Always null: an error of the judge must not be able to hold what the caller wrote.
    fn to_value(&self) -> Cow<'a, Value> {
        Cow::Owned(Value::Null)
    }

    fn identity(&self) -> Option<NodeIdentity> {
        match self {
            Self::At(_, _, entry) => Some(NodeIdentity::new(std::ptr::from_ref(*entry).addr())),
            Self::Name(_) | Self::Nothing => None,
        }
    }
}

// === impl TapeObject ===

impl<'a> Object<'a, TapeJson> for TapeObject<'a> {
    type Node = TapeNode<'a>;
    type MemberName = &'a str;
    type MembersIter = TapeMembers<'a>;

    fn len(&self) -> usize {
        self.2
    }

    fn get(&self, key: &Box<str>) -> Option<TapeNode<'a>> {
        let (_, value) = self.0.members(self.1).find(|(name, _)| *name == &**key)?;
        Some(TapeNode::of(self.0, value))
    }

    fn members(&self) -> TapeMembers<'a> {
        TapeMembers(self.0, self.0.members(self.1))
    }
}

/// Members as the validator takes them.
#[derive(Debug)]
pub(super) struct TapeMembers<'a>(Document<'a>, Members<'a>);

impl<'a> Iterator for TapeMembers<'a> {
    type Item = (&'a str, TapeNode<'a>);

    fn next(&mut self) -> Option<Self::Item> {
        let (name, value) = self.1.next()?;
        Some((name, TapeNode::of(self.0, value)))
    }
}

// === impl TapeArray ===

impl<'a> Array<'a, TapeJson> for TapeArray<'a> {
    type Node = TapeNode<'a>;
    type ElementsIter = TapeItems<'a>;

    fn len(&self) -> usize {
        self.2
    }

    fn elements(&self) -> TapeItems<'a> {
        TapeItems(self.0, self.0.items(self.1))
    }
}

/// Items as the validator takes them.
#[derive(Debug)]
pub(super) struct TapeItems<'a>(Document<'a>, Items<'a>);

impl<'a> Iterator for TapeItems<'a> {
    type Item = TapeNode<'a>;

    fn next(&mut self) -> Option<Self::Item> {
        self.1.next().map(|item| TapeNode::of(self.0, item))
    }
}

// === impl TapeNumber ===

impl JsonNumber for TapeNumber<'_> {
    fn as_u64(&self) -> Option<u64> {
        self.0.parse().ok()
    }

    fn as_i64(&self) -> Option<i64> {
        self.0.parse().ok()
    }

    fn as_f64(&self) -> Option<f64> {
        self.0.parse().ok()
    }

    fn as_str(&self) -> Cow<'_, str> {
        Cow::Borrowed(self.0)
    }

    fn to_number(&self) -> Cow<'_, serde_json::Number> {
        Cow::Owned(serde_json::from_str(self.0).unwrap_or_else(|_| 0.into()))
    }

    /// Integers are written as integers: what follows is exact text, and `1.0` or `1e2` is none of an integer's.
    fn is_integer(&self) -> bool {
        self.is_written_as_integer()
    }

    fn is_written_as_integer(&self) -> bool {
        !self.0.contains(['.', 'e', 'E'])
    }
}
