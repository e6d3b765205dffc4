//! Reading of single values, where what stands around them is known.

use super::text::Text;

/// Where a value stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Hole {
    /// In a JSON string: between its quotes.
    String,
    /// A JSON number, `true` or `false`.
    Bare,
    /// Between the tags of an XML element that holds text.
    Content,
    /// Between the quotes of an XML attribute.
    Attribute,
    /// Nowhere: an element without content.
    Nothing,
}

/// A document of which single values are read.
///
/// What is read is what the reader of the format would tell of a value that begins there and is followed by what ends
/// it; that this follows, and that the value is no longer than the limit, is the caller's to see.
pub trait Holes {
    /// Behind the last byte of a value that begins at `at` and stands as it is meant, and whether JSON can hold it
    /// without an escape; none if it needs a closer look.
    fn end(&self, hole: Hole, at: usize) -> Option<(usize, bool)>;
    /// The value that begins at `at`, and the offset behind its last byte; none if it does not read.
    fn fill(&mut self, hole: Hole, at: usize) -> Option<(Text, usize)>;
    /// The decoded bytes of a text.
    fn bytes(&self, text: Text) -> &[u8];
}
