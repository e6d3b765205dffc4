//! Pieces of text lent by a reader: ranges, never copies.

/// A half-open range of bytes of the document being read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct Range {
    /// Offset of the first byte.
    pub start: u32,
    /// Offset behind the last byte.
    pub end: u32,
}

/// A decoded text lent by a reader.
///
/// Most texts stand in the document as they are meant and are lent from there; a text with escapes,
/// references or line ends to normalise is decoded once into the reader's scratch and lent from there.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Text {
    /// Where the decoded bytes stand, in the document or in the scratch.
    pub range: Range,
    /// True if `range` is of the scratch, false if it is of the document.
    pub decoded: bool,
    /// True if the bytes may stand between quotes in JSON without a single escape.
    pub plain: bool,
}

/// A sink's wish to stop reading; the sink keeps the reason.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Stop;
