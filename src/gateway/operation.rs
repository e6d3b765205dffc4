//! The canonical operations as the gateway serves them.

use http::Method;
use serde_json::Value;

use super::judge::{BodyIndex, Schemas, is_date, is_date_time};
use super::translate::OperationIndex;
use crate::mapping::ast::Kind;

/// One operation of the list, as configuration gives it.
#[derive(Debug, Clone)]
pub struct OperationSetup {
    /// Its id: `getCustomer`.
    pub id: Box<str>,
    /// Its method.
    pub method: Method,
    /// Its path under `/v1`, inputs in braces: `/customers/{id}`.
    pub path: Box<str>,
    /// What it does.
    pub kind: Kind,
    /// Whether a command changes nothing.
    pub read_only_effect: bool,
    /// Its inputs beside the body.
    pub inputs: Vec<InputSetup>,
    /// Type of its body.
    pub body: Option<Box<str>>,
    /// Whether it answers a resource or a list.
    pub answers: bool,
}

/// An input beside the body.
#[derive(Debug, Clone)]
pub struct InputSetup {
    /// Its name.
    pub name: Box<str>,
    /// In the path, else in the query.
    pub in_path: bool,
    /// `Id`, `string`, `integer`, `boolean`, `date`, `date-time`, or a place of a type: `Customer.status`.
    pub form: Box<str>,
    /// The inputs that an id fills, one of them.
    pub gives: Vec<Box<str>>,
}

/// An operation, ready to serve.
#[derive(Debug)]
pub(super) struct Operation {
    pub(super) id: Box<str>,
    pub(super) kind: Kind,
    /// Whether it changes nothing, so that an unknown outcome harms nobody.
    pub(super) is_read: bool,
    pub(super) inputs: Vec<Input>,
    pub(super) body: Option<BodyIndex>,
    pub(super) answers: bool,
    /// The operation that reads what this one changes: a get of the same path.
    pub(super) reader: Option<OperationIndex>,
    /// For a get: the operations that change what it reads.
    pub(super) writers: Vec<OperationIndex>,
    /// For a create: how its resource is called.
    pub(super) location: Location,
}

/// Where a created resource is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Location {
    /// Below the path of the call, by its id.
    Below,
    /// At the path of the call.
    Same,
}

/// An input, ready to check.
#[derive(Debug)]
pub(super) struct Input {
    pub(super) name: Box<str>,
    pub(super) in_path: bool,
    pub(super) form: InputForm,
    /// An id may be a reference.
    pub(super) takes_reference: bool,
}

/// What a value of an input may be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum InputForm {
    Id,
    Text { most: usize },
    Word(Vec<Box<str>>),
    Integer { least: i64, most: i64 },
    Boolean,
    Date,
    DateTime,
}

/// Characters of a text whose schema sets no limit.
const LONGEST_TEXT: usize = 4_000;

// === impl InputForm ===

impl InputForm {
    /// Reads a type or place; none if there is no such thing.
    pub(super) fn of(form: &str, schemas: &Schemas) -> Option<Self> {
        Some(match form {
            "Id" => Self::Id,
            "string" => Self::Text { most: LONGEST_TEXT },
            "integer" => Self::Integer {
                least: 0,
                most: i64::from(u32::MAX),
            },
            "boolean" => Self::Boolean,
            "date" => Self::Date,
            "date-time" => Self::DateTime,
            place => {
                let (title, member) = place.split_once('.')?;
                Self::of_schema(schemas.member(title, member)?)
            }
        })
    }

    fn of_schema(schema: &Value) -> Self {
        let text = |key: &str| schema.get(key).and_then(Value::as_str);
        if let Some(words) = schema.get("enum").and_then(Value::as_array) {
            return Self::Word(
                words
                    .iter()
                    .filter_map(Value::as_str)
                    .map(Into::into)
                    .collect(),
            );
        }
        match (text("type"), text("format")) {
            (Some("integer"), _) => Self::Integer {
                least: schema
                    .get("minimum")
                    .and_then(Value::as_i64)
                    .unwrap_or(i64::MIN),
                most: schema
                    .get("maximum")
                    .and_then(Value::as_i64)
                    .unwrap_or(i64::MAX),
            },
            (Some("boolean"), _) => Self::Boolean,
            (_, Some("date")) => Self::Date,
            (_, Some("date-time")) => Self::DateTime,
            _ => Self::Text {
                most: schema
                    .get("maxLength")
                    .and_then(Value::as_u64)
                    .and_then(|most| usize::try_from(most).ok())
                    .unwrap_or(LONGEST_TEXT),
            },
        }
    }

    /// Checks a decoded value.
    ///
    /// # Errors
    /// What it must be, without the value.
    pub(super) fn check(&self, value: &str) -> Result<(), String> {
        let fits = match self {
            Self::Id => true,
            Self::Text { most } => !value.is_empty() && value.chars().count() <= *most,
            Self::Word(words) => words.iter().any(|word| **word == *value),
            Self::Integer { least, most } => {
                whole_number(value).is_some_and(|number| (*least..=*most).contains(&number))
            }
            Self::Boolean => matches!(value, "true" | "false"),
            Self::Date => is_date(value),
            Self::DateTime => is_date_time(value),
        };
        if fits { Ok(()) } else { Err(self.awaited()) }
    }

    #[cold]
    fn awaited(&self) -> String {
        match self {
            Self::Id => "must be an id".to_owned(),
            Self::Text { most } => format!("must have 1 to {most} characters"),
            Self::Word(words) => {
                let words: Vec<_> = words.iter().map(|word| format!("`{word}`")).collect();
                format!("must be one of {}", words.join(", "))
            }
            Self::Integer { least, most } => {
                format!("must be a whole number from {least} to {most}")
            }
            Self::Boolean => "must be `true` or `false`".to_owned(),
            Self::Date => "must be a day, such as `2026-11-22`".to_owned(),
            Self::DateTime => "must be a time, such as `2026-11-22T05:16:12Z`".to_owned(),
        }
    }
}

/// Reads a whole number as the model writes it: no plus, no leading zero.
fn whole_number(text: &str) -> Option<i64> {
    let digits = text.strip_prefix('-').unwrap_or(text);
    if digits.starts_with('+') || (digits.len() > 1 && digits.starts_with('0')) {
        return None;
    }
    text.parse().ok()
}
