//! The tree.

use crate::diag::{Span, Spanned};

/// A value of a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Node {
    /// Where it stands; of an alias, where the anchor's value stands.
    pub span: Span,
    /// What it is.
    pub kind: NodeKind,
}

/// What a value is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum NodeKind {
    /// A text. Numbers, booleans and nulls are texts too.
    Scalar(Scalar),
    /// A map in the order of the file, without duplicate keys.
    Map(Vec<Entry>),
    /// A list.
    List(Vec<Node>),
}

/// A member of a map.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// Its key.
    pub key: Scalar,
    /// Its value.
    pub value: Node,
}

/// A text as it was written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Scalar {
    /// The text, unquoted and unescaped.
    pub text: String,
    /// How it was written.
    pub style: Style,
    /// The whole of it, quotes included.
    pub span: Span,
    /// What stands between the quotes; without quotes the whole.
    pub content: Span,
}

/// How a text was written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Style {
    /// Without quotes.
    Plain,
    /// In `'`; a `''` is one `'`.
    SingleQuoted,
    /// In `"`, with escapes.
    DoubleQuoted,
    /// A block after `|` or `>`.
    Block,
    /// Not at all: a key without a value.
    Absent,
    /// Not at all, or as nobody meant it, which is told: nothing more is said of it.
    Refused,
}

// === impl Node ===

impl Node {
    /// Gives the text, if it is one.
    #[must_use]
    pub const fn as_scalar(&self) -> Option<&Scalar> {
        match &self.kind {
            NodeKind::Scalar(scalar) => Some(scalar),
            NodeKind::Map(_) | NodeKind::List(_) => None,
        }
    }

    /// Gives the members, if it is a map.
    #[must_use]
    pub fn as_map(&self) -> Option<&[Entry]> {
        match &self.kind {
            NodeKind::Map(entries) => Some(entries),
            NodeKind::Scalar(_) | NodeKind::List(_) => None,
        }
    }

    /// Gives the items, if it is a list.
    #[must_use]
    pub fn as_list(&self) -> Option<&[Self]> {
        match &self.kind {
            NodeKind::List(items) => Some(items),
            NodeKind::Scalar(_) | NodeKind::Map(_) => None,
        }
    }

    /// Gives the value of a key, if it is a map that has it.
    #[must_use]
    pub fn get(&self, key: &str) -> Option<&Self> {
        self.as_map()?
            .iter()
            .find(|entry| entry.key.text == key)
            .map(|entry| &entry.value)
    }

    /// Tells whether nothing was written where a value could stand.
    #[must_use]
    pub fn is_absent(&self) -> bool {
        self.as_scalar()
            .is_some_and(|scalar| matches!(scalar.style, Style::Absent | Style::Refused))
    }

    /// Tells whether its fault was told when the file was read.
    #[must_use]
    pub fn is_refused(&self) -> bool {
        self.as_scalar()
            .is_some_and(|scalar| scalar.style == Style::Refused)
    }
}

// === impl Scalar ===

impl Scalar {
    /// Gives the text with its place.
    #[must_use]
    pub fn spanned(&self) -> Spanned<String> {
        Spanned::new(self.text.clone(), self.span)
    }

    /// Tells whether it stands in quotes.
    #[must_use]
    pub const fn is_quoted(&self) -> bool {
        matches!(self.style, Style::SingleQuoted | Style::DoubleQuoted)
    }
}
