//! Stencils of documents that were read.

use super::{Log, Logged, Look, Looks, Place, Stencil};
use crate::codec::Limits;
use crate::codec::hole::Hole;
use crate::engine::replay::Recorded;
use crate::engine::slot::Slot;
use crate::mapping::plan::{Check, Layout, NONE, Node};

/// Bytes of gaps, and slots, that a stencil keeps at most.
const MOST_BYTES: usize = 8 * 1024;
const MOST_SLOTS: usize = 1024;

/// What was captured, as a stencil is cut of it.
#[derive(Debug, Clone, Copy)]
pub(in crate::engine::capture) struct Cloth<'a> {
    pub(in crate::engine::capture) layout: &'a Layout,
    pub(in crate::engine::capture) checks: &'a [Check],
    pub(in crate::engine::capture) limits: &'a Limits,
    pub(in crate::engine::capture) input: &'a [u8],
    /// Behind its last byte.
    pub(in crate::engine::capture) end: usize,
    pub(in crate::engine::capture) slots: &'a [Slot],
}

/// The stencil of what was logged; none if it is too much, or says things between its values which vary: comments,
/// processing instructions, sections of character data.
pub(in crate::engine::capture) fn cut(log: &Log, of: Cloth<'_>) -> Option<Stencil> {
    let slots = of.slots.get(log.base as usize..)?;
    if !log.is_whole() || log.values.is_empty() || slots.len() > MOST_SLOTS {
        return None;
    }
    let mut stencil = Stencil {
        limits: *of.limits,
        gaps: Vec::new(),
        places: Vec::with_capacity(log.values.len()),
        looks: Looks::default(),
        marks: Vec::with_capacity(log.marks.len()),
        slots: slots.to_vec(),
        links: Vec::new(),
        values: log.others + log.values.len() as u32,
        recorded: Recorded::default(),
    };
    stencil.add_links(log)?;
    let mut marks = log.marks.iter().peekable();
    let mut at = log.from;
    for (number, value) in log.values.iter().enumerate() {
        let gap = of.input.get(at as usize..value.from as usize)?;
        stencil.add_gap(gap, number == 0)?;
        while let Some(mark) = marks.next_if(|mark| mark.values <= number) {
            let slot = mark.slot.checked_sub(log.base)?;
            stencil.marks.push((slot, mark.at.checked_sub(at)?));
        }
        stencil.add_place(log, value, gap.len(), of)?;
        at = value.to;
    }
    stencil.add_gap(of.input.get(at as usize..of.end)?, false)?;
    marks.next().is_none().then_some(stencil)
}

impl Stencil {
    /// Lets the numbers of records count from the first slot.
    fn add_links(&mut self, log: &Log) -> Option<()> {
        // The list that an item stands in is none of its own.
        let own = log
            .links
            .iter()
            .filter_map(|link| link.checked_sub(log.base));
        self.links = own.collect();
        self.links.sort_unstable();
        self.links.dedup();
        for link in &self.links {
            let slot = self.slots.get_mut(*link as usize)?;
            *slot = slot.moved_back(log.base)?;
        }
        Some(())
    }

    fn add_place(&mut self, log: &Log, value: &Logged, gap: usize, of: Cloth<'_>) -> Option<()> {
        let node = of.layout.nodes.get(usize::from(value.node));
        let record = if node.is_some() {
            value.record.checked_sub(log.base)?
        } else {
            0
        };
        let mut slot = 0;
        if let Some(node) = node.filter(|node| node.slot != NONE) {
            slot = record + 1 + u32::from(node.slot);
            *self.slots.get_mut(slot as usize)? = Slot::ABSENT;
        }
        let mut stored = 0;
        if let Some(node) = node.filter(|node| is_text(node, value.hole)) {
            stored = match of.checks.get(usize::from(node.detail)) {
                None => u32::MAX,
                Some(check) => check.unseen().unwrap_or(0),
            };
            if stored == 0
                && let Some(check) = waits(node, of.checks, value.hole)
            {
                stored = u32::MAX;
                let look = Look {
                    slot,
                    check: node.detail,
                };
                self.looks.add(look, check);
            }
        }
        self.places.push(Place {
            gap: gap as u32,
            marks: self.marks.len() as u32,
            hole: value.hole,
            node: value.node,
            record,
            slot,
            check: node
                .filter(|node| node.slot != NONE && !node.trim)
                .map_or(NONE, |node| node.detail),
            stored: stored.min(of.limits.text),
        });
        Some(())
    }

    fn add_gap(&mut self, gap: &[u8], first: bool) -> Option<()> {
        // The declaration of an XML document is no processing instruction.
        let said = if first && gap.starts_with(b"<?xml") {
            gap.get(2..)?
        } else {
            gap
        };
        let varies = said.windows(2).any(|two| matches!(two, b"<!" | b"<?"));
        if varies || self.gaps.len() + gap.len() > MOST_BYTES {
            return None;
        }
        self.gaps.extend_from_slice(gap);
        Some(())
    }
}

impl Looks {
    fn add(&mut self, look: Look, check: &Check) {
        if check.is_list() {
            self.listed.push(look);
        } else if let Some(class) = check.class() {
            self.classed.push((look, class));
        } else {
            self.others.push(look);
        }
    }
}

/// True if what stands in a hole is stored as the text that it is.
fn is_text(node: &Node, hole: Hole) -> bool {
    node.slot != NONE && !node.trim && !matches!(hole, Hole::Bare | Hole::Nothing)
}

/// The check that a text may be held against when all of the document is there: nothing is told of one that is
/// refused, since the whole document is then.
fn waits<'a>(node: &Node, checks: &'a [Check], hole: Hole) -> Option<&'a Check> {
    let check = checks.get(usize::from(node.detail))?;
    (matches!(hole, Hole::String | Hole::Content) && !node.report_invalid && check.takes_texts())
        .then_some(check)
}
