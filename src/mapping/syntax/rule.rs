//! The native side of a rule, and moves of a machine.

use super::{Path, Template};
use crate::diag::{Span, Spanned};

/// What stands to the right of a rule's key: places with converters.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct RuleText {
    /// The native places, in the order of the value's parts; empty only where `header` is given.
    pub places: Vec<Path>,
    /// A header whose name is configured: `'{settings.channel-header}'` in place of the places.
    pub header: Option<Template>,
    /// The converters, native to canonical.
    pub chain: Vec<ConverterCall>,
    /// All of it.
    pub span: Span,
}

/// A converter with its arguments.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct ConverterCall {
    /// Its name.
    pub name: Spanned<String>,
    /// What stands in parentheses.
    pub args: Vec<Arg>,
    /// All of it.
    pub span: Span,
}

/// An argument of a converter.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Arg {
    /// Its name in `zone=UTC`; none if only its position says what it is.
    pub name: Option<Spanned<String>>,
    /// Its value.
    pub value: ArgValue,
    /// The view in `map(customer as CustomerStub)`.
    pub view: Option<Path>,
    /// All of it.
    pub span: Span,
}

/// Value of an argument.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum ArgValue {
    /// A word: `alpha-3`, `5`.
    Word(Spanned<String>),
    /// A text in quotes: `'yyyy-MM-dd'`; the span includes the quotes.
    Quoted(Spanned<String>),
    /// A setting: `settings.time-zone` is `time-zone`; the span includes the prefix.
    Setting(Spanned<String>),
}

/// Moves of a machine from one state: `active -> suspended, revoked by agent`.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Move {
    /// The state that is left.
    pub from: Spanned<String>,
    /// The states that may follow. Never empty.
    pub to: Vec<Spanned<String>>,
    /// The kind of caller that alone may do it.
    pub by: Option<Spanned<String>>,
    /// All of it.
    pub span: Span,
}

// === impl ArgValue ===

impl ArgValue {
    /// Gives the text: a word, what stands in quotes, or the setting's name.
    #[must_use]
    pub const fn text(&self) -> &Spanned<String> {
        match self {
            Self::Word(text) | Self::Quoted(text) | Self::Setting(text) => text,
        }
    }
}
