//! `tables:`.

use super::{Named, Partial, Text};
use crate::diag::{Span, Spanned};

/// Code tables of an upstream.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TablesFile {
    /// Place of `tables`.
    pub key: Span,
    /// The tables.
    pub tables: Vec<Named<Table>>,
}

/// A table between native and canonical codes. A table in short form has one column on each side, named
/// `native` and `canonical`, which no cell can capture.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Table {
    /// Whether its rows are in short form.
    pub short: bool,
    /// The native columns. Never empty.
    pub native: Vec<Text>,
    /// The canonical columns; the first is the value. Never empty.
    pub canonical: Vec<Text>,
    /// The rows, in order.
    pub rows: Vec<Row>,
    /// Which row counts when several agree; left out: `refuse`.
    pub partial: Option<Spanned<Partial>>,
    /// What becomes of a value without a row; left out: `refuse`.
    pub unknown: Option<Spanned<Unknown>>,
}

/// A row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row {
    /// Its cells; a column that is left out is absent.
    pub cells: Vec<RowCell>,
    /// Place of its first key.
    pub span: Span,
}

/// A cell.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RowCell {
    /// The column.
    pub column: Text,
    /// What stands in it.
    pub cell: Spanned<Cell>,
}

/// What stands in a cell.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Cell {
    /// This value; an empty text is one.
    Literal(String),
    /// Any value that is present: `<x>`; the name of a column is that column's value.
    Variable(String),
    /// No value: `<none>`.
    None,
}

/// What becomes of a value without a row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Unknown {
    /// It is a row after all others.
    Row(Row),
    /// The text passes as it is (`keep`).
    Keep,
    /// It is refused (`refuse`).
    Refuse,
}

// === impl Row ===

impl Row {
    /// Gives the cell of a column; none is an absent value.
    #[must_use]
    pub fn cell(&self, column: &str) -> Option<&Spanned<Cell>> {
        self.cells
            .iter()
            .find(|cell| cell.column.value == column)
            .map(|cell| &cell.cell)
    }
}
