//! What converters and tables make of texts.

use super::fault::FaultCode;
use crate::mapping::convert::{Joined, Refusal, RefusalKind};
use crate::mapping::plan::Plan;
use crate::mapping::table::{Source, Table, TableRefusal};

/// Where a converted text is.
pub(super) enum Outcome<'a> {
    Absent,
    Buffer(usize),
    Static(&'a [u8]),
}

impl Outcome<'_> {
    /// The same with its text in another buffer.
    pub(super) fn in_buffer(self, index: usize) -> Self {
        match self {
            Self::Buffer(_) => Self::Buffer(index),
            Self::Absent | Self::Static(_) => self,
        }
    }
}

pub(super) struct Refused {
    pub(super) code: FaultCode,
    pub(super) why: &'static str,
}

pub(super) fn refused(refusal: Refusal) -> Refused {
    let code = match refusal.kind {
        RefusalKind::Invalid => FaultCode::InvalidInput,
        RefusalKind::NotSupported => FaultCode::NotSupportedHere,
        RefusalKind::Conflict { .. } => FaultCode::ConflictingInput,
    };
    Refused {
        code,
        why: refusal.why,
    }
}

/// One part of a text that is divided; false if it has none there.
pub(super) fn part_of(
    joined: &Joined,
    text: &[u8],
    (column, count): (u8, u8),
    to: &mut Vec<u8>,
) -> Result<bool, Refused> {
    let mut parts: [Option<&[u8]>; 8] = [None; 8];
    // What is left behind the separators belongs to the last place there is.
    let count = if count == 0 {
        8
    } else {
        usize::from(count.min(8))
    };
    let of_rule = parts.get_mut(..count).unwrap_or_default();
    joined.divide(text, of_rule).map_err(refused)?;
    let part = parts.get(usize::from(column)).copied().flatten();
    let Some(part) = part else { return Ok(false) };
    joined
        .append(usize::from(column), part, to)
        .map_err(refused)?;
    Ok(true)
}

/// True if the chain may make a value of an absent one: a table with a row for `<none>`.
pub(super) fn chain_takes_absent(plan: &Plan, chain: u16) -> bool {
    plan.chains
        .get(usize::from(chain))
        .is_some_and(|chain| chain.takes_absent)
}

/// What a column of a row says, a text of the input copied to the first buffer.
pub(super) fn cell<'a>(
    column: Source<'a>,
    inputs: &[Option<&[u8]>],
    to: &mut Vec<u8>,
) -> Outcome<'a> {
    match column {
        Source::Absent => Outcome::Absent,
        Source::Literal(text) => Outcome::Static(text.as_bytes()),
        Source::Column(index) => match inputs.get(index).copied().flatten() {
            Some(text) => {
                to.clear();
                to.extend_from_slice(text);
                Outcome::Buffer(0)
            }
            None => Outcome::Absent,
        },
    }
}

pub(super) fn two(texts: &mut [Vec<u8>; 2], at: usize) -> (&[u8], &mut Vec<u8>) {
    let [first, second] = texts;
    if at == 0 {
        (first, second)
    } else {
        (second, first)
    }
}

/// What a table says of native texts.
pub(super) fn table_read<'a>(
    table: &'a Table,
    column: u8,
    inputs: &[Option<&[u8]>],
    to: &mut Vec<u8>,
) -> Result<Outcome<'a>, Refused> {
    let Some(hit) = table.read(inputs) else {
        return Err(Refused {
            code: FaultCode::InvalidInput,
            why: "a code that the table knows",
        });
    };
    Ok(cell(hit.column(usize::from(column)), inputs, to))
}

/// What a table says of canonical texts.
pub(super) fn table_write<'a>(
    table: &'a Table,
    column: u8,
    inputs: &[Option<&[u8]>],
    to: &mut Vec<u8>,
) -> Result<Outcome<'a>, Refused> {
    match table.write(inputs) {
        Ok(hit) => Ok(cell(hit.column(usize::from(column)), inputs, to)),
        Err(TableRefusal::Incomplete | TableRefusal::Several) => Err(Refused {
            code: FaultCode::IncompleteValue,
            why: "the value that this only refines",
        }),
        Err(TableRefusal::Contradiction) => Err(Refused {
            code: FaultCode::ConflictingInput,
            why: "values that agree with each other",
        }),
        Err(TableRefusal::NoRow) => Err(Refused {
            code: FaultCode::NotSupportedHere,
            why: "a value that the upstream has a code for",
        }),
    }
}
