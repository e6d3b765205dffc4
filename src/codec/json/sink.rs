//! What a JSON (or form) reader tells.

use crate::codec::text::{Range, Stop, Text};

/// Whether a sink knows a member's name and so watches for duplicates of it itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Named {
    /// The sink watches for a second member of this name (a seen-mask costs nothing there).
    Known,
    /// The reader is to keep the name and refuse a second one.
    Unknown,
    /// The sink has seen this name in this object before: the reader refuses the document.
    Duplicate,
}

/// Receives the events of one JSON document in order.
///
/// `whole` ranges cover a value as it stands in the document (a string with its quotes, an object with its
/// braces), so that a splice can replace it. `bytes` are the decoded bytes of `text`, valid during the call.
///
/// # Errors
/// Every method may return [`Stop`] to end reading; the reader then returns a fault of kind `Stopped`.
#[allow(
    clippy::missing_errors_doc,
    reason = "the trait says it once for all methods"
)]
pub trait JsonSink {
    /// The member name expected next in the open object, unquoted and unescaped; empty if there is none.
    ///
    /// If exactly this name stands next in the raw input the reader skips scanning it and calls
    /// [`JsonSink::predicted_key`] instead of [`JsonSink::key`]. A name that needs an escape in JSON must
    /// not be predicted.
    fn predict(&self) -> &[u8];
    /// The predicted name was found; `at` is the offset of its opening quote, the name stands behind it.
    fn predicted_key(&mut self, at: u32) -> Result<Named, Stop>;
    /// A member's name, decoded; `at` is the offset of its opening quote.
    fn key(&mut self, text: Text, name: &[u8], at: u32) -> Result<Named, Stop>;
    /// An object at this offset is an item of the open list. Returns the offset behind it, and how many values it has,
    /// itself among them, if it was read with no more than so many `values` and needs no telling; else it is told.
    fn item(&mut self, at: u32, values: u32) -> Option<(usize, u32)> {
        let _ = (at, values);
        None
    }
    /// `{` at this offset.
    fn begin_object(&mut self, at: u32) -> Result<(), Stop>;
    /// The object with its braces.
    fn end_object(&mut self, whole: Range) -> Result<(), Stop>;
    /// `[` at this offset.
    fn begin_array(&mut self, at: u32) -> Result<(), Stop>;
    /// The array with its brackets.
    fn end_array(&mut self, whole: Range) -> Result<(), Stop>;
    /// A string.
    fn string(&mut self, text: Text, bytes: &[u8], whole: Range) -> Result<(), Stop>;
    /// A number: its exact lexeme is the range.
    fn number(&mut self, bytes: &[u8], whole: Range) -> Result<(), Stop>;
    /// `true` or `false`.
    fn boolean(&mut self, value: bool, whole: Range) -> Result<(), Stop>;
    /// `null`.
    fn null(&mut self, whole: Range) -> Result<(), Stop>;
}
