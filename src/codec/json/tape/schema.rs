//! The tape as the document type of the `jsonschema` crate: it is judged without a tree of values.

use std::borrow::Cow;

use jsonschema::JsonType;
use jsonschema::json::{Array, Json, JsonNumber, Node, NodeIdentity, Object};
use serde_json::{Number, Value};

use super::decimal::{self, Decimal};
use super::node::{Items, Kind, Members, TapeNode};
use super::{Tape, unique};

/// Names the tape to `jsonschema::options_for`.
#[derive(Debug, Clone, Copy)]
pub struct TapeJson;

/// A number on a tape: its lexeme.
///
/// Equality, wholeness and uniqueness are judged on the lexeme. Bounds and multiples of numbers that are no
/// 64-bit integers are judged by the crate on the nearest float, which is also all that a schema's own
/// numbers are there.
#[derive(Debug, Clone, Copy)]
pub struct TapeNumber<'a>(&'a str);

// === impl TapeJson ===

impl Json for TapeJson {
    type Node<'a> = TapeNode<'a>;
    type PreparedKey = Box<str>;
    type StringBuffer = Tape;

    // A look-up walks the members, so one walk for all wanted names is never worse.
    const KEYS_PER_LOOKUP: usize = 4;

    fn prepare_key(key: &str) -> Box<str> {
        key.into()
    }

    fn with_string_node<T>(
        buffer: &mut Tape,
        string: &str,
        f: impl FnOnce(TapeNode<'_>) -> T,
    ) -> T {
        f(buffer.hold(string))
    }
}

// === impl TapeNode ===

impl<'a> Node<'a, TapeJson> for TapeNode<'a> {
    type Object = Self;
    type Array = Self;
    type Number = TapeNumber<'a>;

    fn as_object(&self) -> Option<Self> {
        (self.kind() == Kind::Object).then_some(*self)
    }

    fn as_array(&self) -> Option<Self> {
        (self.kind() == Kind::Array).then_some(*self)
    }

    fn as_string(&self) -> Option<Cow<'a, str>> {
        self.as_str().map(Cow::Borrowed)
    }

    fn string_length(&self) -> Option<u64> {
        let text = self.as_str()?;
        let characters = if text.is_ascii() {
            text.len()
        } else {
            text.chars().count()
        };
        u64::try_from(characters).ok()
    }

    fn as_number(&self) -> Option<TapeNumber<'a>> {
        self.lexeme().map(TapeNumber)
    }

    fn as_boolean(&self) -> Option<bool> {
        self.as_bool()
    }

    fn is_null(&self) -> bool {
        Self::is_null(*self)
    }

    fn json_type(&self) -> JsonType {
        match self.kind() {
            Kind::Null => JsonType::Null,
            Kind::Boolean => JsonType::Boolean,
            Kind::Number => JsonType::Number,
            Kind::String => JsonType::String,
            Kind::Array => JsonType::Array,
            Kind::Object => JsonType::Object,
        }
    }

    fn equals_value(&self, expected: &Value) -> bool {
        match expected {
            Value::Null => Self::is_null(*self),
            Value::Bool(expected) => self.as_bool() == Some(*expected),
            Value::String(expected) => self.as_str() == Some(expected),
            Value::Number(expected) => self
                .lexeme()
                .is_some_and(|lexeme| equals_number(lexeme, expected)),
            Value::Array(expected) => {
                self.kind() == Kind::Array
                    && self.count() == expected.len()
                    && self.items().zip(expected).all(|(a, b)| a.equals_value(b))
            }
            Value::Object(expected) => {
                self.kind() == Kind::Object
                    && self.count() == expected.len()
                    && self.members().all(|(name, value)| {
                        expected.get(name).is_some_and(|e| value.equals_value(e))
                    })
            }
        }
    }

    fn to_value(&self) -> Cow<'a, Value> {
        (*self).into()
    }

    fn identity(&self) -> Option<NodeIdentity> {
        // An entry's address is its node's own for as long as the tape holds the document.
        Some(NodeIdentity::new(std::ptr::from_ref(self.entry()).addr()))
    }
}

impl<'a> Object<'a, TapeJson> for TapeNode<'a> {
    type Node = Self;
    type MemberName = &'a str;
    type MembersIter = Members<'a>;

    fn len(&self) -> usize {
        self.count()
    }

    fn get(&self, key: &Box<str>) -> Option<Self> {
        Self::get(*self, key)
    }

    fn members(&self) -> Members<'a> {
        Self::members(*self)
    }
}

impl<'a> Array<'a, TapeJson> for TapeNode<'a> {
    type Node = Self;
    type ElementsIter = Items<'a>;

    fn len(&self) -> usize {
        self.count()
    }

    fn elements(&self) -> Items<'a> {
        self.items()
    }

    fn is_unique(&self) -> bool {
        unique::is_unique(*self)
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
        self.0.parse().ok().filter(|float: &f64| float.is_finite())
    }

    fn as_str(&self) -> Cow<'_, str> {
        Cow::Borrowed(self.0)
    }

    fn to_number(&self) -> Cow<'_, Number> {
        Cow::Owned(decimal::nearest(self.0))
    }

    fn is_integer(&self) -> bool {
        Decimal::new(self.0).is_integer()
    }
}

fn equals_number(lexeme: &str, expected: &Number) -> bool {
    match (lexeme.parse(), expected.as_i64()) {
        (Ok(lexeme), Some(expected)) => i64::eq(&lexeme, &expected),
        _ => Decimal::new(lexeme) == Decimal::new(&expected.to_string()),
    }
}
