//! What is settled once for a whole record: the rows of its tables, and the texts that several places share.

use std::collections::BTreeMap;

use super::Generator;
use super::leaf::converted;
use crate::mapping::convert::Joined;
use crate::mapping::plan::{Chain, Check};
use crate::model::shape::Format;
use crate::proof::atlas::Side;
use crate::proof::texts::accepts;

/// A record that is being made.
#[derive(Debug)]
pub(super) struct Record {
    /// The node that owns its slots.
    node: u16,
    /// The row that each table takes.
    rows: BTreeMap<u16, usize>,
    /// The text that each chain divides among its canonical places.
    wholes: BTreeMap<u16, String>,
}

impl Record {
    pub(super) fn of(node: u16) -> Self {
        Self {
            node,
            rows: BTreeMap::new(),
            wholes: BTreeMap::new(),
        }
    }
}

/// The outermost record that has a place of a chain, of those whose places are in several.
pub(super) fn homes(side: &Side<'_>) -> BTreeMap<u16, u16> {
    let mut all: BTreeMap<u16, Vec<u16>> = BTreeMap::new();
    for (node, facts) in side.facts.iter().enumerate() {
        let Ok(node) = u16::try_from(node) else {
            continue;
        };
        for (chain, _) in &facts.chains {
            all.entry(*chain).or_default().push(side.owner(node));
        }
    }
    let outermost = |owners: Vec<u16>| {
        let first = owners.first().copied()?;
        let several = owners.iter().any(|owner| *owner != first);
        let above = |one: &u16| owners.iter().all(|owner| side.is_within(*owner, *one));
        owners.iter().copied().find(above).filter(|_| several)
    };
    all.into_iter()
        .filter_map(|(chain, owners)| Some((chain, outermost(owners)?)))
        .collect()
}

impl Generator<'_, '_> {
    /// The record that a chain belongs to.
    fn record(&mut self, chain: u16) -> Option<&mut Record> {
        let home = self.homes.get(&chain);
        let at = home.and_then(|home| self.records.iter().rposition(|of| of.node == *home));
        let at = at.unwrap_or(self.records.len().saturating_sub(1));
        self.records.get_mut(at)
    }

    /// The row of a table that the record at hand takes.
    pub(super) fn row(&mut self, chain: u16, rows: usize) -> usize {
        let drawn = self.random.below(rows);
        self.record(chain)
            .map_or(drawn, |record| *record.rows.entry(chain).or_insert(drawn))
    }

    /// The part of a canonical place in a text that several share; none where nothing fits all of them.
    pub(super) fn part(
        &mut self,
        index: u16,
        chain: &Chain,
        joined: &Joined,
        column: usize,
    ) -> Option<Option<String>> {
        let known = self
            .record(index)
            .and_then(|record| record.wholes.get(&index).cloned());
        let whole = match known {
            Some(whole) => whole,
            None => self.whole(index, chain, joined)?,
        };
        let parts = divided(chain, joined, &whole);
        if let Some(record) = self.record(index) {
            record.wholes.insert(index, whole);
        }
        parts.into_iter().nth(column)
    }

    /// A text that all its places take a part of, and that can be written.
    fn whole(&mut self, index: u16, chain: &Chain, joined: &Joined) -> Option<String> {
        let plan = self.atlas.plan;
        let columns = |facts: &crate::proof::atlas::Facts| {
            let found = facts.chains.iter().find(|(chain, _)| *chain == index);
            found.map(|(_, column)| *column)
        };
        let canonical = &self.atlas.canonical;
        let nodes = canonical.facts.iter().zip(&canonical.layout.nodes);
        let checks: Vec<(usize, Option<&Check>)> = nodes
            .filter_map(|(facts, node)| Some((columns(facts)?, node)))
            .map(|(column, node)| (column, plan.checks.get(usize::from(node.detail))))
            .collect();
        let native = self.atlas.native.facts.iter();
        let native = native.filter(|facts| columns(facts).is_some());
        let written = native
            .filter_map(|facts| plan.checks.get(usize::from(facts.written?)))
            .next();
        let model = match joined {
            Joined::Split(_) => written,
            _ => checks
                .iter()
                .find(|(column, _)| *column == 0)
                .and_then(|(_, check)| *check),
        };
        for _ in 0..16 {
            let sample = self.texts.sample(model, &mut self.random);
            let text = sample.strip_prefix(self.texts.qualifier);
            let text = text.unwrap_or(&sample).to_owned();
            let parts = divided(chain, joined, &text);
            let taken = checks.iter().all(|(column, check)| {
                let part = parts.get(*column).and_then(Option::as_ref);
                part.is_none_or(|part| {
                    check.is_none_or(|check| accepts(check, &self.qualified(check, part)))
                })
            });
            let native = converted(chain, text.clone());
            let fits = |native: String| {
                written.is_none_or(|check| check.judge_written(native.as_bytes()).is_ok())
            };
            if taken && native.is_some_and(fits) {
                return Some(text);
            }
        }
        None
    }

    /// A text as a place has it: with the upstream's name in front of an id.
    pub(super) fn qualified(&self, check: &Check, text: &str) -> String {
        match check.format {
            Some(Format::Id) => format!("{}{text}", self.texts.qualifier),
            _ => text.to_owned(),
        }
    }
}

/// The parts of a text, by the canonical places of its chain.
fn divided(chain: &Chain, joined: &Joined, whole: &str) -> Vec<Option<String>> {
    let mut parts = vec![None; usize::from(chain.places.1)];
    if joined.divide(whole.as_bytes(), &mut parts).is_err() {
        return Vec::new();
    }
    let text = |part: &[u8]| String::from_utf8_lossy(part).into_owned();
    parts.into_iter().map(|part| part.map(text)).collect()
}
