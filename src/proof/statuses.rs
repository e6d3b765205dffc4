//! HTTP statuses of answers whose rules look at them.

use super::random::Random;
use crate::mapping::plan::{Chain, Fan, Input, Inputs, Plan};
use crate::mapping::table::Content;

/// A status that no table is likely to name: what an answer has where no rule says its status.
pub(super) const OTHER: u16 = 599;

/// A status for an answer: one that a table has a row for, or another; none where no rule looks at it.
pub(super) fn draw(plan: &Plan, random: &mut Random) -> Option<u16> {
    let known = known(plan)?;
    if random.chance(15) {
        return (100..OTHER).rev().find(|status| !known.contains(status));
    }
    if random.chance(15) {
        return Some(OTHER);
    }
    let drawn = random.below(known.len().max(1));
    Some(known.get(drawn).copied().unwrap_or(OTHER))
}

/// True if an answer of a status that no row has was taken for one of a status that a row has.
pub(super) fn is_taken(plan: &Plan, status: u16, written: u16) -> bool {
    let known = known(plan).unwrap_or_default();
    status != written && !known.contains(&status) && known.contains(&written)
}

/// The statuses that tables have rows for; none where no rule looks at the status.
fn known(plan: &Plan) -> Option<Vec<u16>> {
    let mut found: Option<Vec<u16>> = None;
    for value in &plan.read.values {
        let inputs = match &value.inputs {
            Inputs::One(input) => std::slice::from_ref(input),
            Inputs::Many(inputs) => inputs,
        };
        let is_status = |input: &Input| *input == Input::Given(0);
        let Some(column) = inputs.iter().position(is_status) else {
            continue;
        };
        let statuses = found.get_or_insert_with(Vec::new);
        let chain = plan.chains.get(usize::from(value.chain));
        statuses.extend(chain.into_iter().flat_map(|chain| of_table(chain, column)));
    }
    if let Some(statuses) = &mut found {
        statuses.sort_unstable();
        statuses.dedup();
    }
    found
}

/// The statuses in a column of the table at the end of a chain.
fn of_table(chain: &Chain, column: usize) -> impl Iterator<Item = u16> {
    let rows = match &chain.fan {
        Some(Fan::Table(table)) => table.rows(),
        Some(Fan::Joined(_)) | None => &[],
    };
    rows.iter()
        .filter_map(move |row| match row.native().get(column)? {
            Content::Literal(text) => text.parse().ok(),
            Content::Variable(_) | Content::Optional(_) | Content::Absent => None,
        })
}
