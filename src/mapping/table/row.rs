//! A compiled row: what each of its columns holds.

use super::spec::{Cell, TableError, TableSpec};

/// One row of a compiled table.
#[derive(Debug)]
pub struct Row {
    pub(super) native: Box<[Content]>,
    pub(super) canonical: Box<[Content]>,
}

/// What a column of a row holds. Equal variables of a row are equal values.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Content {
    /// This text.
    Literal(Box<str>),
    /// Any text.
    Variable(u8),
    /// Any text or none; only in the row of `unknown`.
    Optional(u8),
    /// No text.
    Absent,
}

/// Values of one side of a rule, absent ones as `None`; shorter than the columns if the rule binds fewer.
pub(super) type Given<'g> = [Option<&'g [u8]>];

impl Row {
    /// What the native columns hold.
    #[must_use]
    pub fn native(&self) -> &[Content] {
        &self.native
    }

    /// What the canonical columns hold.
    #[must_use]
    pub fn canonical(&self) -> &[Content] {
        &self.canonical
    }

    /// Compiles the cells of row `index`; in the row of `unknown` a native cell that is absent holds anything.
    pub(super) fn compile(
        spec: &TableSpec,
        index: usize,
        cells: &[Cell],
        unknown: bool,
    ) -> Result<Self, TableError> {
        let fault = |column, (message, help)| TableError {
            row: Some(index),
            column,
            message,
            help,
        };
        let columns: Vec<&str> = spec
            .native
            .iter()
            .chain(&spec.canonical)
            .map(String::as_str)
            .collect();
        if cells.len() != columns.len() {
            let message = "this row has another number of cells than the table has columns";
            return Err(fault(None, (message, "give each column one cell")));
        }
        let mut compiler = Compiler {
            columns: &columns,
            cells,
            natives: spec.native.len(),
            unknown,
            variables: Vec::new(),
        };
        let mut native = Vec::with_capacity(cells.len());
        for (place, cell) in cells.iter().enumerate() {
            native.push(
                compiler
                    .content(place, cell, columns.len())
                    .map_err(|told| fault(Some(place), told))?,
            );
        }
        let canonical = native.split_off(spec.native.len());
        let unbound = canonical.iter().position(|content| {
            content
                .variable()
                .is_some_and(|id| bearer(&native, id, u32::MAX).is_none())
        });
        if let Some(place) = unbound {
            let column = spec.native.len().saturating_add(place);
            return Err(fault(
                Some(column),
                (
                    "no native cell of the row gives this variable a value",
                    "name a native column of the row, or put the variable into a native cell too",
                ),
            ));
        }
        Ok(Self {
            native: native.into(),
            canonical: canonical.into(),
        })
    }

    /// Tells whether the native values are those of the row.
    pub(super) fn matches(&self, given: &Given<'_>) -> bool {
        self.native.iter().enumerate().all(|(place, content)| {
            let value = given.get(place).copied().flatten();
            match content {
                Content::Optional(_) => true,
                Content::Absent => value.is_none(),
                Content::Literal(_) | Content::Variable(_) => {
                    value.is_some() && self::agrees(&self.native, place, given)
                }
            }
        })
    }

    /// Tells whether all canonical values that are given agree with the row.
    pub(super) fn agrees(&self, given: &Given<'_>) -> bool {
        let mut places = self.canonical.iter().enumerate();
        places.all(|(place, _)| self::agrees(&self.canonical, place, given))
    }

    /// Tells whether the row holds no more than what is given, of the columns that the rule binds.
    pub(super) fn is_exactly(&self, given: &Given<'_>) -> bool {
        let bound = self.canonical.iter().zip(given);
        bound.into_iter().all(|(content, value)| {
            value.is_some() || matches!(content, Content::Absent | Content::Optional(_))
        })
    }

    /// Tells whether the canonical values that are given determine all native ones.
    pub(super) fn is_writable(&self, present: u32) -> bool {
        let mut ids = self.native.iter().filter_map(Content::variable);
        ids.all(|id| bearer(&self.canonical, id, present).is_some())
    }
}

impl Content {
    pub(super) fn variable(&self) -> Option<u8> {
        match self {
            Self::Variable(id) | Self::Optional(id) => Some(*id),
            Self::Literal(_) | Self::Absent => None,
        }
    }
}

/// The first of the present columns that holds the variable.
pub(super) fn bearer(side: &[Content], id: u8, present: u32) -> Option<usize> {
    side.iter()
        .enumerate()
        .position(|(place, content)| content.variable() == Some(id) && has(present, place))
}

/// One bit for each value that is present.
pub(super) fn mask(given: &Given<'_>) -> u32 {
    let bits = given
        .iter()
        .zip(0_u32..32)
        .filter(|(value, _)| value.is_some());
    bits.fold(0, |mask, (_, place)| mask | 1_u32.wrapping_shl(place))
}

fn has(mask: u32, place: usize) -> bool {
    u32::try_from(place).is_ok_and(|place| mask.checked_shr(place).unwrap_or(0) & 1 == 1)
}

/// Tells whether the value at a place, if there is one, is what the column holds.
fn agrees(side: &[Content], place: usize, given: &Given<'_>) -> bool {
    let Some(value) = given.get(place).copied().flatten() else {
        return true;
    };
    match side.get(place) {
        Some(Content::Literal(literal)) => literal.as_bytes() == value,
        Some(Content::Variable(id) | Content::Optional(id)) => {
            let first = bearer(side, *id, mask(given))
                .and_then(|first| given.get(first).copied().flatten());
            first == Some(value)
        }
        Some(Content::Absent) | None => false,
    }
}

struct Compiler<'a> {
    columns: &'a [&'a str],
    cells: &'a [Cell],
    natives: usize,
    unknown: bool,
    variables: Vec<&'a str>,
}

impl<'a> Compiler<'a> {
    /// Compiles the cell at a place; `steps` ends a circle of columns that name each other.
    fn content(
        &mut self,
        place: usize,
        cell: &'a Cell,
        steps: usize,
    ) -> Result<Content, (&'static str, &'static str)> {
        match cell {
            Cell::Literal(text) => Ok(Content::Literal(text.clone())),
            Cell::Absent if self.unknown && place < self.natives => Ok(self
                .columns
                .get(place)
                .map_or(Content::Absent, |name| self.variable(name))),
            Cell::Absent => Ok(Content::Absent),
            Cell::Variable(name) => {
                let column = self.columns.iter().position(|column| **column == **name);
                let named = column.and_then(|column| Some((column, self.cells.get(column)?)));
                match (named, steps.checked_sub(1)) {
                    (Some(_), None) => Err((
                        "the cells of this row name each other in a circle",
                        "give one of them a value, or a variable that is no column",
                    )),
                    (Some((column, named)), Some(steps)) if named != cell => {
                        let content = self.content(column, named, steps)?;
                        let absent = content == Content::Absent;
                        if absent {
                            Err((
                                "this cell names a column that is absent in its row",
                                "give that column a cell, or leave this one out",
                            ))
                        } else {
                            Ok(content)
                        }
                    }
                    _ => Ok(self.variable(name)),
                }
            }
        }
    }

    fn variable(&mut self, name: &'a str) -> Content {
        let known = self.variables.iter().position(|known| *known == name);
        let id = known.unwrap_or_else(|| {
            self.variables.push(name);
            self.variables.len().saturating_sub(1)
        });
        // A row has at most 64 cells, and so at most as many variables.
        let id = u8::try_from(id).unwrap_or(u8::MAX);
        if self.unknown {
            Content::Optional(id)
        } else {
            Content::Variable(id)
        }
    }
}
