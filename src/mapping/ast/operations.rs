//! `operations:`.

use super::{Effects, Flag, InputIn, InputSensitivity, Kind, Named, Text};
use crate::diag::{Span, Spanned};
use crate::mapping::syntax::{Method, Path, Within};

/// The canonical operations.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OperationsFile {
    /// Place of `operations`.
    pub key: Span,
    /// The operations.
    pub operations: Vec<Named<CanonicalOperation>>,
}

/// An operation of the canonical API.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CanonicalOperation {
    /// Its title for people.
    pub title: Option<Text>,
    /// What it does, for people.
    pub description: Option<Text>,
    /// The method.
    pub method: Spanned<Method>,
    /// The path under `/v1`, with inputs in braces: `/customers/{id}`.
    pub path: Text,
    /// What it does, for machines.
    pub kind: Spanned<Kind>,
    /// What a command changes, if it says so.
    pub effect: Option<Spanned<Effects>>,
    /// The parent type, or its place that holds the answer.
    pub within: Option<Within>,
    /// The inputs beside the body.
    pub inputs: Vec<Named<Input>>,
    /// Type of the body.
    pub body: Option<Text>,
    /// What is answered.
    pub answer: Spanned<Answer>,
    /// Whether it is to vanish.
    pub deprecated: Option<Spanned<Flag>>,
}

/// What is answered.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Answer {
    /// One document of a type.
    Type(String),
    /// A list of them (`items of Customer`).
    Items(String),
    /// Nothing (`none`).
    None,
}

/// An input of an operation beside the body.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Input {
    /// Where it stands.
    pub place: Spanned<InputIn>,
    /// Type or format of the model, or a place of a type: `Customer.status`.
    pub kind: Path,
    /// How it is to be treated.
    pub sensitivity: Option<Spanned<InputSensitivity>>,
    /// The inputs that an id of the path fills, one of them.
    pub gives: Vec<Text>,
    /// The place of body and answer with the same value.
    pub fills: Option<Path>,
    /// How the sandbox compares it; left out: equal to the place of the same name.
    pub matches: Option<Match>,
}

/// How the sandbox compares an input.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Match {
    /// `>= place`
    AtLeast(Path),
    /// `<= place`
    AtMost(Path),
    /// Not at all (`ignored`).
    Ignored(Span),
}
