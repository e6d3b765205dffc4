//! The canonical operations as the gateway serves them.

use super::judge::BodyIndex;
use super::translate::OperationIndex;
use crate::codec::json::is_number;
use crate::mapping::ast::Kind;
use crate::mapping::catalog::InputKind;
use crate::model::format::{is_date, is_date_time};
use crate::model::shape::{Form, Format, Scalar};

/// An operation, ready to serve.
#[derive(Debug)]
pub(super) struct Operation {
    pub(super) id: Box<str>,
    /// Its path with the names of inputs in braces.
    pub(super) route: Box<str>,
    pub(super) kind: Kind,
    /// Whether it changes nothing, so that an unknown outcome harms nobody.
    pub(super) is_read: bool,
    /// Its inputs, those of the path first and in the order of the path.
    pub(super) inputs: Vec<Input>,
    pub(super) body: Option<BodyIndex>,
    /// Whether it answers a resource or a list.
    pub(super) answers: bool,
    /// The operation that reads what this one changes: a get of the same path.
    pub(super) reader: Option<OperationIndex>,
    /// The collection whose one resource its path names, as [`super::cache::Changes`] counts them.
    pub(super) collection: Option<usize>,
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
    Number,
    Boolean,
    Date,
    DateTime,
}

/// Characters of a text whose schema sets no limit.
const LONGEST_TEXT: usize = 4_000;

// === impl InputForm ===

impl InputForm {
    /// What the rules of an input's text come to.
    pub(super) fn of(kind: &InputKind) -> Self {
        let scalar = &kind.scalar;
        if !scalar.values.is_empty() {
            return Self::Word(scalar.values.clone());
        }
        match (scalar.form, scalar.format) {
            (_, Some(Format::Id)) => Self::Id,
            (_, Some(Format::Date)) => Self::Date,
            (_, Some(Format::DateTime)) => Self::DateTime,
            (Form::Boolean, _) => Self::Boolean,
            (Form::Integer, _) => Self::integer(scalar),
            (Form::Number, _) => Self::Number,
            (Form::Text, _) => Self::Text {
                most: scalar
                    .max_length
                    .and_then(|most| usize::try_from(most).ok())
                    .unwrap_or(LONGEST_TEXT),
            },
        }
    }

    /// A whole number; without bounds it counts something, and so begins at 0.
    fn integer(scalar: &Scalar) -> Self {
        let bound = |lexeme: &Option<Box<str>>| lexeme.as_ref().and_then(|text| text.parse().ok());
        Self::Integer {
            least: bound(&scalar.minimum).unwrap_or(0),
            most: bound(&scalar.maximum).unwrap_or(i64::from(u32::MAX)),
        }
    }

    /// The same for a page, which holds something.
    pub(super) fn at_least_one(self) -> Self {
        match self {
            Self::Integer { least, most } => Self::Integer {
                least: least.max(1),
                most,
            },
            other => other,
        }
    }

    /// Checks a decoded value.
    ///
    /// # Errors
    /// What it must be, without the value.
    pub(super) fn check(&self, value: &str) -> Result<(), String> {
        let fits = match self {
            Self::Id => true,
            Self::Text { most } => !value.trim().is_empty() && value.chars().count() <= *most,
            Self::Word(words) => words.iter().any(|word| **word == *value),
            Self::Integer { least, most } => {
                whole_number(value).is_some_and(|number| (*least..=*most).contains(&number))
            }
            Self::Number => is_number(value.as_bytes()),
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
            Self::Text { most } => format!("must have 1 to {most} characters, not blanks alone"),
            Self::Word(words) => {
                let words: Vec<_> = words.iter().map(|word| format!("`{word}`")).collect();
                format!("must be one of {}", words.join(", "))
            }
            Self::Integer { least, most } => {
                format!("must be a whole number from {least} to {most}")
            }
            Self::Number => "must be a number".to_owned(),
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

#[cfg(test)]
mod tests {
    use super::*;

    fn form(scalar: Scalar) -> InputForm {
        InputForm::of(&InputKind {
            name: "x".into(),
            scalar,
        })
    }

    fn check(form: &InputForm, good: &[&str], bad: &[&str]) {
        for value in good {
            assert_eq!(form.check(value), Ok(()), "{value}");
        }
        for value in bad {
            assert!(form.check(value).is_err(), "{value}");
        }
    }

    #[test]
    fn whole_numbers_are_counts_unless_bounded() {
        let count = form(Scalar {
            form: Form::Integer,
            ..Scalar::default()
        });
        check(
            &count,
            &["0", "50", "4294967295"],
            &["-1", "05", "+5", "5.0", "", " 5", "4294967296", "٣"],
        );
        let bounded = form(Scalar {
            form: Form::Integer,
            minimum: Some("1".into()),
            maximum: Some("3".into()),
            ..Scalar::default()
        });
        check(&bounded, &["1", "3"], &["0", "4"]);
    }

    #[test]
    fn a_page_holds_something_and_its_bounds_say_so() {
        let limit = form(Scalar {
            form: Form::Integer,
            ..Scalar::default()
        })
        .at_least_one();
        check(&limit, &["1", "4294967295"], &["0"]);
        assert_eq!(
            limit.check("0"),
            Err("must be a whole number from 1 to 4294967295".to_owned())
        );
    }

    #[test]
    fn words_texts_and_truths() {
        let word = form(Scalar {
            values: vec!["active".into(), "overdue".into()],
            ..Scalar::default()
        });
        check(&word, &["active"], &["Active", "", "gone"]);
        let text = form(Scalar {
            max_length: Some(3),
            ..Scalar::default()
        });
        check(&text, &["äöü"], &["", "abcd"]);
        let truth = form(Scalar {
            form: Form::Boolean,
            ..Scalar::default()
        });
        check(&truth, &["true", "false"], &["1", "TRUE", ""]);
    }

    #[test]
    fn what_must_be_is_said_without_the_value() {
        let word = form(Scalar {
            values: vec!["active".into()],
            ..Scalar::default()
        });
        assert_eq!(
            word.check("secret"),
            Err("must be one of `active`".to_owned())
        );
    }
}
