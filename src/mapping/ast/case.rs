//! `case:`.

use super::{Direction, LossCode, Message, Named, Text};
use crate::diag::{Span, Spanned};
use crate::mapping::syntax::{Method, Path};

/// What `case` names where no operation is meant: the native document was sent by the upstream itself.
pub const CALLBACKS: &str = "callbacks";

/// One worked call.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CaseFile {
    /// Place of `case`.
    pub key: Span,
    /// The operation.
    pub operation: Text,
    /// Which documents lie beside it.
    pub message: Option<Spanned<Message>>,
    /// The one direction in which it holds; left out: both.
    pub direction: Option<Spanned<Direction>>,
    /// Inputs of the operation.
    pub inputs: Vec<Named<Text>>,
    /// Settings over those of the sandbox.
    pub settings: Vec<Named<Text>>,
    /// What the context holds, by place below `context`.
    pub context: Vec<(Path, Text)>,
    /// The request line that the inputs give.
    pub call: Option<RequestLine>,
    /// The file that the native document is written over.
    pub base: Option<Text>,
    /// What is lost.
    pub losses: Vec<Loss>,
    /// The code of the problem that the answer is.
    pub problem: Option<Text>,
    /// The HTTP status of the answer.
    pub status: Option<Spanned<u16>>,
}

/// A value that is not carried.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Loss {
    /// JSON pointer (RFC 6901) into the input.
    pub pointer: Text,
    /// Why.
    pub code: Spanned<LossCode>,
}

/// Method and target as they are sent.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct RequestLine {
    /// The method.
    pub method: Spanned<Method>,
    /// Path and query, from the leading `/` on.
    pub target: Text,
}
