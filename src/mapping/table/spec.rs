//! A table as its file says it.

use std::fmt;

/// A table before it is compiled. Rows hold their native cells first, then the canonical ones, by column.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TableSpec {
    /// The names of the native columns.
    pub native: Vec<String>,
    /// The names of the canonical columns; the first is the value, the others refine it.
    pub canonical: Vec<String>,
    /// The rows in order.
    pub rows: Vec<Vec<Cell>>,
    /// Which row counts when several agree with a canonical value.
    pub partial: Partial,
    /// What happens to a native value that no row has.
    pub unknown: Unknown,
}

/// One cell of a row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Cell {
    /// This text; an empty one is a text like any other.
    Literal(Box<str>),
    /// Any value that is present, or the value of the column of this name.
    Variable(Box<str>),
    /// No value.
    Absent,
}

/// Which row counts when several agree.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Partial {
    /// The first of them.
    First,
    /// None: the value is refused.
    Refuse,
}

/// What happens to a native value that no row has.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Unknown {
    /// A last row, as wide as the others. Its absent native cells stand for whatever is there, and may be named
    /// by the variables of its canonical cells.
    Row(Vec<Cell>),
    /// The text passes as it is, in both directions.
    Keep,
    /// It is refused.
    Refuse,
}

/// A table that makes no sense in itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TableError {
    /// The row at fault, counted from 0; one behind the last for the row of `unknown`.
    pub row: Option<usize>,
    /// The column whose cell is at fault, native ones first.
    pub column: Option<usize>,
    /// What is wrong, in one sentence.
    pub message: &'static str,
    /// What to do about it.
    pub help: &'static str,
}

impl fmt::Display for TableError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.message)
    }
}

impl std::error::Error for TableError {}
