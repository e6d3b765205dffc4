//! Finding the row of one native text: two word comparisons a row, no allocation.

use super::row::{Content, Row};

/// Rows up to which comparing one after another is the fastest.
const LINEAR: usize = 16;

/// The rows of a table with one native column, by what that column holds.
#[derive(Debug)]
pub(super) struct Lookup {
    /// In the order of the rows up to [`LINEAR`] of them, else sorted by word and row.
    literals: Box<[(Word, usize)]>,
    any: Option<usize>,
    absent: Option<usize>,
}

/// The first and last eight bytes of a text and its length: the whole text, if it has at most sixteen.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Word {
    length: usize,
    head: u64,
    tail: u64,
}

impl Lookup {
    /// Indexes the rows; `None` if they have not one native column.
    pub(super) fn new(rows: &[Row]) -> Option<Self> {
        let mut lookup = Self {
            literals: Box::new([]),
            any: None,
            absent: None,
        };
        let mut literals = Vec::with_capacity(rows.len());
        for (index, row) in rows.iter().enumerate() {
            let [content] = &*row.native else { return None };
            match content {
                Content::Literal(text) => literals.push((Word::of(text.as_bytes()), index)),
                Content::Absent => _ = lookup.absent.get_or_insert(index),
                Content::Variable(_) | Content::Optional(_) => _ = lookup.any.get_or_insert(index),
            }
        }
        if literals.len() > LINEAR {
            literals.sort_unstable();
        }
        lookup.literals = literals.into();
        Some(lookup)
    }

    /// The first row that holds the text.
    pub(super) fn find(&self, rows: &[Row], text: Option<&[u8]>) -> Option<usize> {
        let Some(text) = text else { return self.absent };
        let word = Word::of(text);
        let from = if self.literals.len() > LINEAR {
            self.literals.partition_point(|(known, _)| *known < word)
        } else {
            0
        };
        let mut equal = self.literals.iter().skip(from);
        let literal = if self.literals.len() > LINEAR {
            equal
                .take_while(|(known, _)| *known == word)
                .find(|(_, row)| holds(rows, *row, text))
        } else {
            equal.find(|(known, row)| *known == word && holds(rows, *row, text))
        };
        match (literal.map(|(_, row)| *row), self.any) {
            (Some(literal), Some(any)) => Some(literal.min(any)),
            (literal, any) => literal.or(any),
        }
    }
}

/// Tells whether the row holds the whole of a text whose word is equal.
fn holds(rows: &[Row], row: usize, text: &[u8]) -> bool {
    let content = rows.get(row).and_then(|row| row.native.first());
    text.len() <= 16
        || matches!(content, Some(Content::Literal(literal)) if literal.as_bytes() == text)
}

impl Word {
    fn of(text: &[u8]) -> Self {
        let (head, tail) = match (text.first_chunk(), text.last_chunk()) {
            (Some(head), Some(tail)) => (u64::from_le_bytes(*head), u64::from_le_bytes(*tail)),
            _ => (
                text.iter()
                    .rev()
                    .fold(0, |head, byte| (head << 8) | u64::from(*byte)),
                0,
            ),
        };
        Self {
            length: text.len(),
            head,
            tail,
        }
    }
}
