//! What the judge's verdicts are called: a code, a place and the project's own words, never a value.

use std::fmt::Write;

use jsonschema::error::{TypeKind, ValidationErrorKind};
use jsonschema::{JsonType, ValidationError};
use serde_json::Value;

use super::place::push_token;
use crate::gateway::problem::{Code, FieldError, Place};
use crate::model::format;

/// Members of answers that no request may have.
pub(super) const RESERVED: [&str; 2] = ["warnings", "native"];

/// Adds the faults that one verdict means.
pub(super) fn push(error: &ValidationError<'_>, faults: &mut Vec<FieldError>) {
    let place = error.instance_path().as_str();
    match error.kind() {
        ValidationErrorKind::AdditionalProperties { unexpected }
        | ValidationErrorKind::UnevaluatedProperties { unexpected } => {
            for name in unexpected {
                if place.is_empty() && RESERVED.contains(&name.as_str()) {
                    faults.push(reserved(name));
                } else {
                    faults.push(fault(Code::UnknownField, below(place, name), ""));
                }
            }
        }
        ValidationErrorKind::Required { property } => {
            let name = property.as_str().unwrap_or_default();
            faults.push(fault(
                Code::MissingInput,
                below(place, name),
                "must be given",
            ));
        }
        kind => faults.push(fault(Code::InvalidInput, place.to_owned(), describe(kind))),
    }
}

/// The fault of a member that only answers have.
pub(super) fn reserved(name: &str) -> FieldError {
    fault(Code::ReservedName, below("", name), "")
}

fn fault(code: Code, pointer: String, detail: impl Into<String>) -> FieldError {
    let detail: String = detail.into();
    FieldError::new(code.row().name, Place::Pointer(pointer), detail)
}

fn below(place: &str, name: &str) -> String {
    let mut pointer = place.to_owned();
    push_token(&mut pointer, name);
    pointer
}

/// What a value must be, from the schema alone.
fn describe(kind: &ValidationErrorKind) -> String {
    match kind {
        ValidationErrorKind::Type { kind } => match kind {
            TypeKind::Single(form) => format!("must be {}", form_name(*form)),
            TypeKind::Multiple(forms) => {
                let forms: Vec<_> = forms.iter().map(form_name).collect();
                format!("must be {}", forms.join(" or "))
            }
        },
        ValidationErrorKind::Enum { options } => one_of(options),
        ValidationErrorKind::MaxLength { limit } => format!("must have at most {limit} characters"),
        ValidationErrorKind::MinLength { limit } => {
            format!("must have at least {limit} characters")
        }
        ValidationErrorKind::MaxItems { limit } => format!("must have at most {limit} items"),
        ValidationErrorKind::MinItems { limit } => format!("must have at least {limit} items"),
        ValidationErrorKind::MaxProperties { limit } => {
            format!("must have at most {limit} members")
        }
        ValidationErrorKind::MinProperties { limit } => {
            format!("must have at least {limit} members")
        }
        ValidationErrorKind::Maximum { limit } => format!("must be at most {limit}"),
        ValidationErrorKind::Minimum { limit } => format!("must be at least {limit}"),
        ValidationErrorKind::Pattern { pattern } if pattern == r"\S" => {
            "must not be of blanks alone".to_owned()
        }
        ValidationErrorKind::Pattern { pattern } => format!("must match `{pattern}`"),
        ValidationErrorKind::Format { format } => match format::named(format) {
            Some(row) => format!("must be {}", row.awaited),
            None => format!("must be in the format `{format}`"),
        },
        _ => "does not fit the canonical schema".to_owned(),
    }
}

fn form_name(form: JsonType) -> &'static str {
    match form {
        JsonType::Array => "a list",
        JsonType::Boolean => "`true` or `false`",
        JsonType::Integer => "a whole number",
        JsonType::Null => "`null`",
        JsonType::Number => "a number",
        JsonType::Object => "an object",
        JsonType::String => "a string",
    }
}

fn one_of(options: &Value) -> String {
    let mut text = "must be one of".to_owned();
    let options = options.as_array().map(Vec::as_slice).unwrap_or_default();
    for (at, option) in options.iter().enumerate() {
        text.push_str(if at == 0 { " " } else { ", " });
        // Writing to a text cannot fail.
        let _ = match option {
            Value::String(word) => write!(text, "`{word}`"),
            other => write!(text, "`{other}`"),
        };
    }
    text
}
