//! Writes a patch over a base: splices into the base's bytes, and nothing else changes.
//!
//! The operations of the writing program are walked beside the base's slots. A place that the patch does not
//! touch keeps its bytes; so does one whose value equals what the base reads as.

mod entries;
mod fresh;
mod guards;
mod index;
mod lists;
mod namespaces;
mod objects;
mod order;
mod site;
mod unions;
mod values;

use order::Children;
use site::{Site, closed_at, element_name};

use super::captured::ABSENT_RECORD;
use super::edits::Edits;
use super::emit::Wrote;
use super::value::{Reader, Register};
use crate::mapping::plan::{Lit, NONE, Op, Wire};

/// A patch on its way into a base.
pub(crate) struct Put<'r, 'a> {
    /// The patch, read by the writing program.
    pub(crate) patch: &'r mut Reader<'a>,
    /// The base, read by the reading program.
    pub(crate) base: &'r mut Reader<'a>,
    pub(crate) edits: &'r mut Edits,
    pub(crate) entry_names: &'r mut Vec<(u32, u32)>,
    /// The block of the reading program that is walked.
    pub(crate) reading: u32,
    /// Losses of the base that were met before it was read.
    pub(crate) held: usize,
    /// Conditions of the alternatives of those unions that the patch makes another alternative of.
    pub(crate) switched: Vec<u32>,
    /// The elements of the base, once something is put among them (XML).
    pub(crate) children: Option<Children>,
}

/// What became of an object's mapped members.
#[derive(Debug, Clone, Copy, Default)]
struct Tally {
    wrote: Wrote,
    /// Something that rules name was taken away.
    removed: bool,
    /// Items that came to the list that is walked.
    came: u32,
    /// Members that operations write; what else must be there is the base's own.
    mapped: u64,
}

impl Tally {
    fn keep(&mut self, bit: u8) {
        if bit < 64 {
            self.wrote.members |= 1 << bit;
        }
        self.wrote.count += 1;
        self.wrote.any = true;
    }

    /// Keeps an object in which nothing is left but what no rule names: it is there, and holds nothing.
    fn leave_stub(&mut self, bit: u8) {
        let held = self.wrote.any;
        self.keep(bit);
        self.wrote.any = held;
        self.removed = true;
    }

    fn name(&mut self, bit: u8) {
        if bit < 64 {
            self.mapped |= 1 << bit;
        }
    }

    /// What an object has: what was kept or written, and what no operation writes.
    fn present(self) -> Wrote {
        Wrote {
            members: self.wrote.members | !self.mapped,
            ..self.wrote
        }
    }

    fn join(&mut self, other: Self) {
        self.mapped |= other.mapped;
        self.wrote.members |= other.wrote.members;
        self.wrote.count += other.wrote.count;
        self.wrote.any |= other.wrote.any;
        self.removed |= other.removed;
        self.came += other.came;
    }
}

/// The frames of a block on both sides.
#[derive(Debug, Clone, Copy)]
struct Frames {
    patch: usize,
    base: usize,
}

impl Put<'_, '_> {
    /// Walks the root blocks over both roots; the edits are the result.
    pub(crate) fn run(&mut self, patch: Register, base: u32) {
        self.block((0, 0), Lit::default(), patch, base);
    }

    fn wire(&self) -> Wire {
        self.patch.plan.native.wire
    }

    fn block(
        &mut self,
        (write, read): (u32, u32),
        inside: Lit,
        patch: Register,
        base: u32,
    ) -> Tally {
        let write_block = self.patch.program.blocks[write as usize];
        let read_block = self.base.program.blocks[read as usize];
        let frames = Frames {
            patch: self.patch.enter(write_block, patch),
            base: self.base.enter(
                read_block,
                Register {
                    record: base,
                    whole: true,
                },
            ),
        };
        self.cut_forbidden(write, frames);
        let mut site = Site {
            content: 0,
            anchor: 0,
            attributes: 0,
            inside,
            node: NONE,
        };
        let around = std::mem::replace(&mut self.reading, read);
        let known = self.patch.known.len();
        let switched = self.switched.len();
        self.decide(frames, write_block.ops);
        if write_block.unions.0 < write_block.unions.1 {
            self.decide_unions(frames, write_block.unions);
            self.patch.judge_unions(frames.patch, write_block.unions);
        }
        let tally = self.walk(frames, write_block.ops, &mut site);
        self.patch.known.truncate(known);
        self.switched.truncate(switched);
        self.reading = around;
        self.patch.leave(frames.patch);
        self.base.leave(frames.base);
        tally
    }

    /// What the view forbids is not sent from the base either.
    fn cut_forbidden(&mut self, block: u32, frames: Frames) {
        let program = self.patch.program;
        for (of, place) in &program.forbidden {
            if *of != block {
                continue;
            }
            let record = self.base.register(frames.base, place.register).record;
            if !self.base.captured.has(record, place.slot) {
                continue;
            }
            let spans = self.base.captured.spans(record, place.slot);
            if spans.outer.end > spans.outer.start {
                self.edits.remove(spans.outer);
                continue;
            }
            // A list without an element of its own goes item by item.
            let mut item = self.base.captured.head(record, place.slot);
            while item != ABSENT_RECORD {
                let spans = self.base.captured.spans(item, 0);
                self.edits.remove(spans.outer);
                item = self.base.captured.next(item);
            }
        }
    }

    fn walk(&mut self, frames: Frames, (from, to): (u32, u32), site: &mut Site) -> Tally {
        let program = self.patch.program;
        let mut tally = Tally::default();
        let mut at = from;
        while at < to {
            let index = at;
            let op = program.ops[at as usize];
            at += 1;
            if let Op::Value { bit, .. }
            | Op::Object { bit, .. }
            | Op::List { bit, .. }
            | Op::Constant { bit, .. } = op
            {
                tally.name(bit);
            }
            match op {
                Op::Value { value, bit, .. } => {
                    self.value(frames, index, value, bit, site, &mut tally)
                }
                Op::Object { end, .. } => {
                    self.object(frames, index, op, site, &mut tally);
                    at = end;
                }
                Op::List { end, .. } => {
                    self.list(frames, index, op, site, &mut tally);
                    at = end;
                }
                Op::Each { each } => {
                    tally.join(self.each(frames, &program.eaches[each as usize], site))
                }
                Op::Entries { entries } => {
                    tally.join(self.entries(frames, &program.entries[entries as usize], site))
                }
                Op::When { cond, end } => {
                    let holds = self.patch.holds(frames.patch, cond);
                    if holds && !self.is_stale_list(frames, at) {
                        tally.join(self.walk(frames, (at, end), site));
                    } else {
                        tally.join(self.leave_lists(frames, (at, end)));
                    }
                    at = end;
                }
                Op::Constant { bit, .. } => {
                    if bit < 64 {
                        tally.wrote.members |= 1 << bit;
                    }
                    tally.wrote.count += 1;
                }
                Op::ReadOnly { value } => self.read_only(frames, value),
                Op::Forbidden { value } => self.forbidden(frames, value),
                Op::Fixed { value, lit } => self.patch.require_fixed(frames.patch, value, lit),
            }
        }
        tally
    }
}
