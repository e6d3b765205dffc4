//! What an XML reader tells.

use crate::codec::text::{Range, Stop, Text};

/// An expanded name: the local part and the namespace it is bound to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Name<'a> {
    /// The local part.
    pub local: &'a [u8],
    /// The namespace name; empty if none is in scope.
    pub namespace: &'a [u8],
    /// Bytes of the prefix with its colon; 0 if there is none.
    pub prefix: u32,
}

impl<'a> Name<'a> {
    /// The name as one text: `local`, or `{namespace}local`. The buffer is not used for a name in no namespace.
    #[inline]
    pub fn expanded<'b>(&self, buffer: &'b mut Vec<u8>) -> &'b [u8]
    where
        'a: 'b,
    {
        if self.namespace.is_empty() {
            return self.local;
        }
        buffer.clear();
        expand(buffer, self.namespace, self.local);
        buffer
    }
}

/// Appends a name in a namespace as one text, which no name in another namespace, or in none, equals: the local part holds
/// no bracket.
pub fn expand(text: &mut Vec<u8>, namespace: &[u8], local: &[u8]) {
    if !namespace.is_empty() {
        text.push(b'{');
        text.extend_from_slice(namespace);
        text.push(b'}');
    }
    text.extend_from_slice(local);
}

/// Receives the events of one XML document in order. Comments, processing instructions and namespace
/// declarations are checked by the reader and not told.
///
/// # Errors
/// Every method may return [`Stop`] to end reading; the reader then returns a fault of kind `Stopped`.
#[allow(
    clippy::missing_errors_doc,
    reason = "the section above is that of every method"
)]
pub trait XmlSink {
    /// The local name (in no namespace) of the child element expected next; empty, or no name, if there is none.
    ///
    /// If `<` and exactly this name stand next in the raw input, followed by a byte that ends a name, and
    /// no default namespace is in scope, the reader skips scanning it and calls [`XmlSink::predicted_start`].
    fn predict(&self) -> &[u8];
    /// The predicted element starts; `at` is the offset of its `<`.
    fn predicted_start(&mut self, at: u32) -> Result<(), Stop>;
    /// An element starts; `at` is the offset of its `<`.
    fn start(&mut self, name: Name<'_>, at: u32) -> Result<(), Stop>;
    /// An attribute of the element that just started (never a namespace declaration). `inner` is the raw value
    /// between the quotes, `outer` reaches from the first of the blanks before the name to behind the closing quote.
    fn attribute(
        &mut self,
        name: Name<'_>,
        text: Text,
        bytes: &[u8],
        inner: Range,
        outer: Range,
    ) -> Result<(), Stop>;
    /// The start tag is complete; `at` is the offset behind its `>`. `empty` is true for `<x/>`.
    fn content(&mut self, at: u32, empty: bool) -> Result<(), Stop>;
    /// Non-blank text that stands beside child elements (before, between or after them) was met.
    fn mixed(&mut self, text: Text, bytes: &[u8]) -> Result<(), Stop>;
    /// An element ends. `text` is its whole text if it has no child elements and an empty text if it has.
    /// `inner` is the raw content between the tags (of `<x/>`: nothing, behind it), `outer` the element with its tags.
    fn end(&mut self, text: Text, bytes: &[u8], inner: Range, outer: Range) -> Result<(), Stop>;
}
