//! Faults of a table that can be seen in its rows alone, and the law that the rows keep.

use super::row::{Content, Row, bearer};
use super::spec::Partial;
use super::{Kept, Law, Table};

/// A fault of a table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TableFault {
    /// M304: an earlier row hides this one in both directions.
    Hidden {
        /// The row that never counts.
        row: usize,
        /// The row that counts instead.
        by: usize,
    },
    /// M305: two rows with other native values have one canonical tuple in common, and `partial` is not `first`.
    Repeated {
        /// The later row.
        row: usize,
        /// The earlier row.
        of: usize,
    },
    /// M306: what `unknown` says has no place to keep the native value.
    NothingKept,
}

/// Finds the faults of a table in the order of its rows.
pub(super) fn faults(table: &Table) -> Vec<TableFault> {
    let mut faults = Vec::new();
    for (row, later) in table.rows.iter().enumerate() {
        let mut before = table.rows.iter().enumerate().take(row);
        let hides = |earlier: &Row| {
            covers(&earlier.native, &later.native) && covers(&earlier.canonical, &later.canonical)
        };
        if let Some((by, _)) = before.clone().find(|(_, earlier)| hides(earlier)) {
            faults.push(TableFault::Hidden { row, by });
            continue;
        }
        let repeated =
            before.find(|(_, earlier)| meet(earlier, later, Side::Canonical) == Meeting::Differ);
        if let (Some((of, _)), Partial::Refuse) = (repeated, table.partial) {
            faults.push(TableFault::Repeated { row, of });
        }
    }
    let kept = match &table.unknown {
        Kept::Row(row) => row
            .native
            .iter()
            .filter_map(Content::variable)
            .any(|id| bearer(&row.canonical, id, u32::MAX).is_some()),
        Kept::Text => table.natives == 1,
        Kept::Nothing => true,
    };
    if !kept {
        faults.push(TableFault::NothingKept);
    }
    faults
}

/// The law of the rows, as far as both directions take a value.
///
/// A row that an earlier one hides to-canonical is written and read as the other: lossy. Several native values
/// of one canonical tuple, or a text that is kept, are read the same and written in one form: normalising.
pub(super) fn law(table: &Table) -> Law {
    if table.shadows.contains(&Shadow::Full) {
        return Law::Lossy;
    }
    let mut pairs = table.rows.iter().enumerate().flat_map(|(row, later)| {
        table
            .rows
            .iter()
            .take(row)
            .map(move |earlier| (earlier, later))
    });
    let repeated =
        pairs.any(|(earlier, later)| meet(earlier, later, Side::Canonical) == Meeting::Differ);
    if repeated || matches!(table.unknown, Kept::Text) {
        Law::Normalising
    } else {
        Law::Exact
    }
}

/// How far earlier rows stand before a row when its native values are read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Shadow {
    /// No earlier row reads them as something else.
    None,
    /// Some of them are read as something else.
    Partial,
    /// All of them are.
    Full,
}

/// How far the rows before it stand before a row.
///
/// A row is written although it is hidden only if what it is read as can be written itself; else writing what
/// was read could end elsewhere.
pub(super) fn shadow(earlier: &[Row], row: &Row) -> Shadow {
    let mut shadow = Shadow::None;
    let mut writable = true;
    for before in earlier {
        let hides = covers(&before.native, &row.native);
        if meet(before, row, Side::Native) == Meeting::Differ {
            writable &= before.is_writable(u32::MAX);
            shadow = if hides && writable {
                Shadow::Full
            } else {
                Shadow::Partial
            };
        }
        if hides {
            break;
        }
    }
    shadow
}

/// Tells whether every tuple that the second side takes is taken by the first.
fn covers(first: &[Content], second: &[Content]) -> bool {
    first
        .iter()
        .zip(second)
        .all(|(content, other)| match content {
            Content::Literal(_) | Content::Absent => content == other,
            Content::Optional(_) => true,
            Content::Variable(id) => {
                let same = bearer(first, *id, u32::MAX).and_then(|place| second.get(place));
                *other != Content::Absent && same == Some(other)
            }
        })
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Side {
    Native,
    Canonical,
}

/// What two rows make of the values that both take on one side.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Meeting {
    /// There are none.
    Apart,
    /// The same values on the other side, or one of the rows makes nothing of them.
    Agree,
    /// Different values.
    Differ,
}

fn meet(first: &Row, second: &Row, side: Side) -> Meeting {
    let ends = |row: &'_ Row| match side {
        Side::Native => (row.native.clone(), row.canonical.clone()),
        Side::Canonical => (row.canonical.clone(), row.native.clone()),
    };
    let ((left, left_out), (right, right_out)) = (ends(first), ends(second));
    let mut common = Common::of(left.len());
    if !common.narrow(&left) || !common.narrow(&right) {
        return Meeting::Apart;
    }
    let made = |side: &[Content], out: &[Content]| {
        out.iter()
            .map(|content| common.made(side, content))
            .collect::<Option<Vec<_>>>()
    };
    match (made(&left, &left_out), made(&right, &right_out)) {
        (Some(left), Some(right)) if left != right => Meeting::Differ,
        _ => Meeting::Agree,
    }
}

/// The tuples that several rows take on one side: for each column what it holds, equal ones in one group.
struct Common {
    groups: Vec<usize>,
    values: Vec<Option<Content>>,
}

/// A value on the other side: a text, none, or that of a group of columns.
#[derive(Debug, PartialEq, Eq)]
enum Made {
    Fixed(Content),
    Group(usize),
}

impl Common {
    fn of(columns: usize) -> Self {
        Self {
            groups: (0..columns).collect(),
            values: vec![None; columns],
        }
    }

    /// Leaves only the tuples that this row takes as well; false if there are none.
    fn narrow(&mut self, side: &[Content]) -> bool {
        side.iter().enumerate().all(|(place, content)| match content {
            Content::Literal(_) | Content::Absent => self.fix(place, content),
            Content::Optional(_) => true,
            Content::Variable(id) => bearer(side, *id, u32::MAX).is_some_and(|first| self.merge(first, place)),
        })
        // Variables hold something that is present, whatever was fixed before or after them.
        && side.iter().enumerate().all(|(place, content)| {
            !matches!(content, Content::Variable(_)) || self.value(place) != Some(&Content::Absent)
        })
    }

    fn group(&self, place: usize) -> usize {
        self.groups.get(place).copied().unwrap_or(place)
    }

    fn value(&self, place: usize) -> Option<&Content> {
        self.values.get(self.group(place)).and_then(Option::as_ref)
    }

    fn fix(&mut self, place: usize, content: &Content) -> bool {
        let group = self.group(place);
        match self.values.get_mut(group) {
            Some(value) => value.get_or_insert_with(|| content.clone()) == content,
            None => false,
        }
    }

    fn merge(&mut self, left: usize, right: usize) -> bool {
        let (keep, drop) = (self.group(left), self.group(right));
        if keep == drop {
            return true;
        }
        let value = self.values.get_mut(drop).and_then(Option::take);
        for group in &mut self.groups {
            if *group == drop {
                *group = keep;
            }
        }
        value.is_none_or(|value| self.fix(keep, &value))
    }

    /// What a row makes of the common tuples in a column of its other side; `None` if it cannot tell.
    fn made(&self, side: &[Content], content: &Content) -> Option<Made> {
        let Some(id) = content.variable() else {
            return Some(Made::Fixed(content.clone()));
        };
        let place = bearer(side, id, u32::MAX)?;
        Some(self.value(place).map_or_else(
            || Made::Group(self.group(place)),
            |value| Made::Fixed(value.clone()),
        ))
    }
}
