//! Code tables: tuples of native values to tuples of canonical ones and back, by rows.
//!
//! To-canonical the first row counts that has the native values. To-native the first canonical column is the
//! value and the others refine it: all rows that agree with what is given are candidates; one that holds
//! nothing more than that goes before the others, and `partial` decides between candidates that would write
//! different values. What would be read back as something else is not written, unless an earlier row hides the
//! whole row to-canonical: that is the one lossy table.

mod check;
mod lookup;
mod row;
mod spec;

pub use check::TableFault;
pub use row::{Content, Row};
pub use spec::{Cell, Partial, TableError, TableSpec, Unknown};

use super::convert::Law;
use crate::codec::json::write::special;
use check::Shadow;
use lookup::Lookup;
use row::{Given, bearer, mask};

/// Most columns of one side.
const COLUMNS: usize = 32;

/// A compiled table.
#[derive(Debug)]
pub struct Table {
    rows: Box<[Row]>,
    /// For each row, how far earlier ones stand before it to-canonical.
    shadows: Box<[Shadow]>,
    lookup: Option<Lookup>,
    natives: usize,
    canonicals: usize,
    partial: Partial,
    unknown: Kept,
    /// No canonical literal needs an escape in JSON.
    plain: bool,
}

/// What happens to values that no row has.
#[derive(Debug)]
enum Kept {
    Row(Row),
    Text,
    Nothing,
}

/// The row that counts for some values: where each value of the other side comes from.
#[derive(Debug, Clone, Copy)]
pub struct Hit<'t> {
    given: &'t [Content],
    made: &'t [Content],
    present: u32,
    row: Option<usize>,
    plain: bool,
}

/// Where a value comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Source<'t> {
    /// There is none.
    Absent,
    /// This text.
    Literal(&'t str),
    /// The value that was given at this column of the other side.
    Column(usize),
}

/// Why canonical values cannot be written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TableRefusal {
    /// The value, or what its rows need beside it, is not given: `incomplete-value`.
    Incomplete,
    /// Several rows agree and `partial` refuses: `incomplete-value` too, for more would decide.
    Several,
    /// No row has the value: `not-supported-here`.
    NoRow,
    /// The value has rows, but none of them agrees with the rest: `conflicting-input`.
    Contradiction,
}

/// Both sides of a text that passes as it is.
static KEPT: [Content; 1] = [Content::Optional(0)];

// === impl Table ===

impl Table {
    /// Compiles a table.
    ///
    /// # Errors
    /// A [`TableError`] if columns are missing, too many or named twice, or a row is of another width or has
    /// variables without a value. What is only unwise is told by [`Table::faults`].
    pub fn compile(spec: &TableSpec) -> Result<Self, TableError> {
        let fault = |message| TableError {
            row: None,
            column: None,
            message,
            help: "name columns under `native` and `canonical`, each once",
        };
        if spec.native.is_empty() || spec.canonical.is_empty() {
            return Err(fault("a table has at least one column on each side"));
        }
        if spec.native.len() > COLUMNS || spec.canonical.len() > COLUMNS {
            return Err(fault("a table has at most 32 columns on each side"));
        }
        let mut names: Vec<&String> = spec.native.iter().chain(&spec.canonical).collect();
        names.sort_unstable();
        if names.windows(2).any(|pair| pair.first() == pair.last()) {
            return Err(fault("two columns have one name"));
        }
        let mut rows = Vec::with_capacity(spec.rows.len());
        let mut shadows = Vec::with_capacity(spec.rows.len());
        for (index, cells) in spec.rows.iter().enumerate() {
            let row = Row::compile(spec, index, cells, false)?;
            shadows.push(check::shadow(&rows, &row));
            rows.push(row);
        }
        let unknown = match &spec.unknown {
            Unknown::Row(cells) => Kept::Row(Row::compile(spec, rows.len(), cells, true)?),
            Unknown::Keep => Kept::Text,
            Unknown::Refuse => Kept::Nothing,
        };
        let written = rows.iter().chain(match &unknown {
            Kept::Row(row) => Some(row),
            Kept::Text | Kept::Nothing => None,
        });
        let mut literals = written.flat_map(|row| &row.canonical);
        let plain = literals.all(|content| match content {
            Content::Literal(text) => !text.bytes().any(special),
            Content::Variable(_) | Content::Optional(_) | Content::Absent => true,
        });
        Ok(Self {
            plain,
            lookup: Lookup::new(&rows),
            rows: rows.into(),
            shadows: shadows.into(),
            natives: spec.native.len(),
            canonicals: spec.canonical.len(),
            partial: spec.partial,
            unknown,
        })
    }

    /// Finds what is wrong with each of the rows, that of `unknown` last; nothing where [`Table::compile`] succeeds.
    #[must_use]
    pub fn errors(spec: &TableSpec) -> Vec<TableError> {
        let unknown = match &spec.unknown {
            Unknown::Row(cells) => Some(cells),
            Unknown::Keep | Unknown::Refuse => None,
        };
        let rows = spec.rows.iter().map(|cells| (cells, false));
        let all = rows.chain(unknown.map(|cells| (cells, true)));
        all.enumerate()
            .filter_map(|(index, (cells, last))| Row::compile(spec, index, cells, last).err())
            .collect()
    }

    /// The first row that has the native values; the row of `unknown`, or the text itself, if none has.
    /// `None` if the table refuses them.
    #[must_use]
    pub fn read<'t>(&'t self, native: &Given<'_>) -> Option<Hit<'t>> {
        let present = mask(native);
        let hit = |row: &'t Row, index| Hit {
            given: &row.native,
            made: &row.canonical,
            present,
            row: index,
            plain: self.plain,
        };
        if let Some(index) = self.find(native) {
            return self.rows.get(index).map(|row| hit(row, Some(index)));
        }
        match &self.unknown {
            Kept::Row(row) if row.matches(native) => Some(hit(row, None)),
            Kept::Text if self.natives == 1 && present == 1 => Some(Hit {
                given: &KEPT,
                made: &KEPT,
                present,
                row: None,
                plain: false,
            }),
            Kept::Row(_) | Kept::Text | Kept::Nothing => None,
        }
    }

    /// The row that the canonical values are written by. They may be fewer than the table has columns.
    ///
    /// # Errors
    /// A [`TableRefusal`] if no row can be told by them.
    pub fn write<'t>(&'t self, canonical: &Given<'_>) -> Result<Hit<'t>, TableRefusal> {
        let Some(Some(value)) = canonical.first() else {
            return Err(TableRefusal::Incomplete);
        };
        if let Some((index, several)) = self.choose(canonical) {
            if several && self.partial == Partial::Refuse {
                return Err(TableRefusal::Several);
            }
            let row = self.rows.get(index).ok_or(TableRefusal::NoRow)?;
            let hit = Hit::written(row, Some(index), canonical);
            let partial = self.shadows.get(index) == Some(&Shadow::Partial);
            return if partial && !self.reads_back(hit, canonical) {
                Err(TableRefusal::Contradiction)
            } else {
                Ok(hit)
            };
        }
        if let Some(hit) = self.write_unknown(canonical) {
            return Ok(hit);
        }
        let of_value = [Some(*value)];
        if self.rows.iter().any(|row| row.agrees(canonical)) {
            Err(TableRefusal::Incomplete)
        } else if self.rows.iter().any(|row| row.agrees(&of_value)) {
            Err(TableRefusal::Contradiction)
        } else {
            Err(TableRefusal::NoRow)
        }
    }

    /// The faults that can be seen in the rows alone: M304, M305, M306.
    #[must_use]
    pub fn faults(&self) -> Vec<TableFault> {
        check::faults(self)
    }

    /// The law of the rows.
    #[must_use]
    pub fn law(&self) -> Law {
        check::law(self)
    }

    /// The rows whose native values earlier rows read as something else, by their index.
    pub(crate) fn unread_rows(&self) -> impl Iterator<Item = usize> {
        let shadows = self.shadows.iter().enumerate();
        shadows
            .filter(|(_, shadow)| **shadow == Shadow::Full)
            .map(|(index, _)| index)
    }

    /// Tells whether native and canonical tuples are one to one.
    #[must_use]
    pub fn is_injective(&self) -> bool {
        self.law() == Law::Exact
    }

    /// The rows in order, without that of `unknown`.
    #[must_use]
    pub fn rows(&self) -> &[Row] {
        &self.rows
    }

    /// The row of `unknown`, if there is one.
    #[must_use]
    pub fn unknown_row(&self) -> Option<&Row> {
        if let Kept::Row(row) = &self.unknown {
            Some(row)
        } else {
            None
        }
    }

    /// Whether a text that no row has passes as it is.
    #[must_use]
    pub fn keeps_unknown(&self) -> bool {
        matches!(self.unknown, Kept::Text)
    }

    /// Whether a native value that no row has is refused.
    #[must_use]
    pub fn refuses_unknown(&self) -> bool {
        matches!(self.unknown, Kept::Nothing)
    }

    /// How many native columns there are.
    #[must_use]
    pub fn native_columns(&self) -> usize {
        self.natives
    }

    /// How many canonical columns there are.
    #[must_use]
    pub fn canonical_columns(&self) -> usize {
        self.canonicals
    }

    /// The literals of a native column in the order of the rows, with their rows; some may come twice.
    pub fn native_literals(&self, column: usize) -> impl Iterator<Item = (usize, &str)> {
        literals(&self.rows, column, Row::native)
    }

    /// The literals of a canonical column in the order of the rows, with their rows; some may come twice.
    pub fn canonical_literals(&self, column: usize) -> impl Iterator<Item = (usize, &str)> {
        literals(&self.rows, column, Row::canonical)
    }

    /// The literals of a canonical column, that of `unknown` among them.
    pub(crate) fn made_literals(&self, column: usize) -> impl Iterator<Item = &str> {
        let rows = self.rows.iter().chain(self.unknown_row());
        rows.filter_map(move |row| match row.canonical.get(column) {
            Some(Content::Literal(text)) => Some(&**text),
            _ => None,
        })
    }

    /// The first row that has the native values, that of `unknown` aside.
    fn find(&self, native: &Given<'_>) -> Option<usize> {
        match &self.lookup {
            Some(lookup) => lookup.find(&self.rows, native.first().copied().flatten()),
            None => self.rows.iter().position(|row| row.matches(native)),
        }
    }

    /// The row to write, and whether another one that counts as much would write something else.
    ///
    /// A row that is read back goes before one that is hidden, then a row of no more than is given before the rest.
    fn choose(&self, given: &Given<'_>) -> Option<(usize, bool)> {
        let present = mask(given);
        let mut best: Option<((bool, bool), usize, &Row, bool)> = None;
        for (index, row) in self.rows.iter().enumerate() {
            if !row.agrees(given) || !row.is_writable(present) {
                continue;
            }
            let hidden = self.shadows.get(index) == Some(&Shadow::Full);
            let rank = (hidden, !row.is_exactly(given));
            match &mut best {
                Some((found, _, first, several)) if *found == rank => {
                    *several |= !self.write_the_same(first, row, given);
                }
                Some((found, ..)) if *found < rank => {}
                _ => best = Some((rank, index, row, false)),
            }
        }
        best.map(|(_, index, _, several)| (index, several))
    }

    /// Tells whether two rows make the same native values of canonical ones.
    fn write_the_same(&self, first: &Row, second: &Row, given: &Given<'_>) -> bool {
        let (first, second) = (
            Hit::written(first, None, given),
            Hit::written(second, None, given),
        );
        (0..self.natives).all(|place| {
            value_of(first.column(place), given) == value_of(second.column(place), given)
        })
    }

    /// What `unknown` writes; `None` if it does not know the values, or if a row would read them otherwise.
    fn write_unknown<'t>(&'t self, canonical: &Given<'_>) -> Option<Hit<'t>> {
        let present = mask(canonical);
        let hit = match &self.unknown {
            Kept::Row(row) if row.agrees(canonical) && row.is_writable(present) => {
                Hit::written(row, None, canonical)
            }
            Kept::Text if self.natives == 1 && present == 1 => Hit {
                given: &KEPT,
                made: &KEPT,
                present,
                row: None,
                plain: false,
            },
            Kept::Row(_) | Kept::Text | Kept::Nothing => return None,
        };
        self.with_made(hit, canonical, |native| self.find(native).is_none())
            .then_some(hit)
    }

    /// Tells whether what the hit writes is read as the values that were given.
    fn reads_back(&self, hit: Hit<'_>, canonical: &Given<'_>) -> bool {
        self.with_made(hit, canonical, |native| {
            let Some(read) = self.read(native) else {
                return false;
            };
            let mut given = canonical.iter().enumerate();
            given.all(|(place, value)| {
                value.is_none() || value_of(read.column(place), native) == *value
            })
        })
    }

    /// Lends the native values that a hit makes of canonical ones.
    fn with_made(
        &self,
        hit: Hit<'_>,
        canonical: &Given<'_>,
        test: impl FnOnce(&Given<'_>) -> bool,
    ) -> bool {
        let mut native = [None; COLUMNS];
        for (place, value) in native.iter_mut().enumerate().take(self.natives) {
            *value = value_of(hit.column(place), canonical);
        }
        native.get(..self.natives).is_some_and(test)
    }
}

fn literals<'t>(
    rows: &'t [Row],
    column: usize,
    side: impl Fn(&'t Row) -> &'t [Content],
) -> impl Iterator<Item = (usize, &'t str)> {
    rows.iter()
        .enumerate()
        .filter_map(move |(row, contents)| match side(contents).get(column) {
            Some(Content::Literal(text)) => Some((row, &**text)),
            _ => None,
        })
}

/// The value that a source stands for.
fn value_of<'v>(source: Source<'v>, given: &Given<'v>) -> Option<&'v [u8]> {
    match source {
        Source::Absent => None,
        Source::Literal(text) => Some(text.as_bytes()),
        Source::Column(place) => given.get(place).copied().flatten(),
    }
}

// === impl Hit ===

impl<'t> Hit<'t> {
    fn written(row: &'t Row, index: Option<usize>, canonical: &Given<'_>) -> Self {
        Self {
            given: &row.canonical,
            made: &row.native,
            present: mask(canonical),
            row: index,
            plain: false,
        }
    }

    /// Where the value of a column of the other side comes from.
    #[must_use]
    pub fn column(&self, place: usize) -> Source<'t> {
        match self.made.get(place) {
            Some(Content::Literal(text)) => Source::Literal(text),
            Some(Content::Variable(id) | Content::Optional(id)) => {
                bearer(self.given, *id, self.present).map_or(Source::Absent, Source::Column)
            }
            Some(Content::Absent) | None => Source::Absent,
        }
    }

    /// Tells whether no literal that the table reads as needs an escape in JSON.
    #[must_use]
    pub fn is_plain(&self) -> bool {
        self.plain
    }

    /// The row, counted from 0; `None` if it is that of `unknown`, or a text that passes as it is.
    #[must_use]
    pub fn row(&self) -> Option<usize> {
        self.row
    }
}

#[cfg(test)]
mod tests;
