//! The converters of a parameter, without a document.

use crate::engine::FaultCode;
use crate::mapping::convert::{CallFacts, Convert, Refusal, RefusalKind};
use crate::mapping::plan::{Chain, Fan};
use crate::mapping::table::{Hit, Source, TableRefusal};

/// Texts of one side, absent ones among them.
pub(super) type Texts = Vec<Option<Vec<u8>>>;

/// A value that does not convert.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Unfit {
    pub(super) code: FaultCode,
    pub(super) why: &'static str,
}

/// Canonical texts to native ones, as many as `columns`.
pub(super) fn write(
    chain: Option<&Chain>,
    canonical: &[Option<&[u8]>],
    columns: usize,
    facts: &CallFacts<'_>,
) -> Result<Texts, Unfit> {
    let Some(chain) = chain else {
        return Ok(first(canonical, columns));
    };
    let mut text = Vec::new();
    match &chain.fan {
        Some(Fan::Table(table)) => {
            let hit = table
                .write(canonical)
                .map_err(|refusal| of_table(&refusal))?;
            if chain.steps.is_empty() && chain.join.is_none() {
                return Ok((0..columns)
                    .map(|column| cell(&hit, column, canonical))
                    .collect());
            }
            match cell(&hit, 0, canonical) {
                Some(found) => text = found,
                None => return Ok(vec![None; columns]),
            }
        }
        Some(Fan::Joined(joined)) => {
            if !joined.unite(canonical, &mut text).map_err(of_convert)? {
                return Ok(vec![None; columns]);
            }
        }
        None => match canonical.first().copied().flatten() {
            Some(first) => text.extend_from_slice(first),
            None => return Ok(vec![None; columns]),
        },
    }
    for step in chain.steps.iter().rev() {
        text = stepped(step, &text, facts, Convert::write)?;
    }
    match &chain.join {
        Some(join) => divided(|parts| join.divide(&text, parts), columns),
        None => Ok(first(&[Some(&text)], columns)),
    }
}

/// Native texts to canonical ones, as many as `columns`.
pub(super) fn read(
    chain: Option<&Chain>,
    native: &[Option<&[u8]>],
    columns: usize,
    facts: &CallFacts<'_>,
) -> Result<Texts, Unfit> {
    let Some(chain) = chain else {
        return Ok(first(native, columns));
    };
    if chain.join.is_none()
        && chain.steps.is_empty()
        && let Some(Fan::Table(table)) = &chain.fan
    {
        let hit = table.read(native).ok_or(UNKNOWN)?;
        return Ok((0..columns)
            .map(|column| cell(&hit, column, native))
            .collect());
    }
    let mut text = Vec::new();
    match (&chain.join, native.first().copied().flatten()) {
        (Some(join), _) => {
            if !join.unite(native, &mut text).map_err(of_convert)? {
                return Ok(vec![None; columns]);
            }
        }
        (None, Some(first)) => text.extend_from_slice(first),
        (None, None) => return Ok(vec![None; columns]),
    }
    for step in &chain.steps {
        text = stepped(step, &text, facts, Convert::read)?;
    }
    let whole: [Option<&[u8]>; 1] = [Some(&text)];
    match &chain.fan {
        Some(Fan::Table(table)) => {
            let hit = table.read(&whole).ok_or(UNKNOWN)?;
            Ok((0..columns)
                .map(|column| cell(&hit, column, &whole))
                .collect())
        }
        Some(Fan::Joined(joined)) => divided(|parts| joined.divide(&text, parts), columns),
        None => Ok(first(&whole, columns)),
    }
}

const UNKNOWN: Unfit = Unfit {
    code: FaultCode::InvalidInput,
    why: "a code that the table knows",
};

type Step = fn(&Convert, &[u8], &CallFacts<'_>, &mut Vec<u8>) -> Result<(), Refusal>;

fn stepped(
    step: &Convert,
    text: &[u8],
    facts: &CallFacts<'_>,
    run: Step,
) -> Result<Vec<u8>, Unfit> {
    let mut next = Vec::new();
    run(step, text, facts, &mut next).map_err(of_convert)?;
    Ok(next)
}

fn divided<'t>(
    divide: impl FnOnce(&mut [Option<&'t [u8]>]) -> Result<(), Refusal>,
    columns: usize,
) -> Result<Texts, Unfit> {
    let mut parts = vec![None; columns];
    divide(&mut parts).map_err(of_convert)?;
    Ok(parts
        .into_iter()
        .map(|part| part.map(<[u8]>::to_vec))
        .collect())
}

fn first(texts: &[Option<&[u8]>], columns: usize) -> Texts {
    let mut all = vec![None; columns];
    if let (Some(to), Some(text)) = (all.first_mut(), texts.first().copied().flatten()) {
        *to = Some(text.to_vec());
    }
    all
}

fn cell(hit: &Hit<'_>, column: usize, given: &[Option<&[u8]>]) -> Option<Vec<u8>> {
    match hit.column(column) {
        Source::Absent => None,
        Source::Literal(text) => Some(text.as_bytes().to_vec()),
        Source::Column(index) => given.get(index).copied().flatten().map(<[u8]>::to_vec),
    }
}

fn of_convert(refusal: Refusal) -> Unfit {
    let code = match refusal.kind {
        RefusalKind::Invalid => FaultCode::InvalidInput,
        RefusalKind::NotSupported => FaultCode::NotSupportedHere,
        RefusalKind::Conflict { .. } => FaultCode::ConflictingInput,
    };
    Unfit {
        code,
        why: refusal.why,
    }
}

const fn of_table(refusal: &TableRefusal) -> Unfit {
    let (code, why) = match refusal {
        TableRefusal::Incomplete => (
            FaultCode::IncompleteValue,
            "the value that this only refines",
        ),
        TableRefusal::Several => (
            FaultCode::IncompleteValue,
            "what tells several codes of the upstream apart",
        ),
        TableRefusal::Contradiction => (
            FaultCode::ConflictingInput,
            "values that agree with each other",
        ),
        TableRefusal::NoRow => (
            FaultCode::NotSupportedHere,
            "a value that the upstream has a code for",
        ),
    };
    Unfit { code, why }
}
