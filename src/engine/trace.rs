//! Which native place each value of a canonical document is written to. Asked only when an upstream refuses a call.

use super::captured::ABSENT_RECORD;
use super::value::{Reader, Register};
use crate::mapping::plan::{Each, Entries, Lit, Op, Wire};

/// A value of a canonical document that is written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sent {
    /// Its byte in the canonical document.
    pub at: u32,
    /// Names on the way to it in the native document. The number of an item stands behind the name of its list; in XML
    /// before its own, and the name of an attribute behind `@`.
    pub path: Vec<String>,
    /// The last of these names is the caller's own: that of an entry.
    pub own_name: bool,
    /// Its items have other numbers where the document is written over another.
    pub moves: bool,
}

/// More places are not told: nobody asks for one of so many.
const MOST: usize = 4_096;

/// The walk over a writing program.
pub(super) struct Trace<'t, 'a> {
    pub(super) reader: &'t mut Reader<'a>,
    pub(super) path: Vec<String>,
    pub(super) sent: Vec<Sent>,
    /// The lists around that are no list of the caller's item by item.
    pub(super) moving: u32,
}

impl Trace<'_, '_> {
    /// Walks the root.
    pub(super) fn run(&mut self, root: Register) {
        if let Some(block) = self.reader.program.blocks.first().copied() {
            let frame = self.reader.enter(block, root);
            self.ops(frame, block.ops);
            self.reader.leave(frame);
        }
    }

    fn ops(&mut self, frame: usize, (from, to): (u32, u32)) {
        let program = self.reader.program;
        let mut at = from;
        while at < to && self.sent.len() < MOST {
            let op = program.ops[at as usize];
            at += 1;
            match op {
                Op::Value { open, value, .. } => self.value(frame, open, value),
                Op::Object { open, end, .. } | Op::List { open, end, .. } => {
                    // The root of a document has no name in it.
                    let is_root = self.path.is_empty() && self.reader.is_root(at);
                    let name = self.name(open).filter(|_| !is_root);
                    let depth = self.path.len();
                    self.path.extend(name);
                    if matches!(op, Op::List { .. }) {
                        self.items(frame, (at, end), 0);
                    } else {
                        self.ops(frame, (at, end));
                    }
                    self.path.truncate(depth);
                    at = end;
                }
                Op::When { cond, end } => {
                    if self.reader.holds(frame, cond) {
                        self.ops(frame, (at, end));
                    }
                    at = end;
                }
                // Items stand in a list.
                Op::Each { .. } | Op::Entries { .. } => {}
                Op::Constant { .. }
                | Op::ReadOnly { .. }
                | Op::Forbidden { .. }
                | Op::Fixed { .. } => {}
            }
        }
    }

    /// The items of a list, of which so many stand before these; gives how many there are then.
    fn items(&mut self, frame: usize, (from, to): (u32, u32), before: u32) -> u32 {
        let program = self.reader.program;
        let mut number = before;
        let mut at = from;
        while at < to && self.sent.len() < MOST {
            let start = at;
            let op = program.ops[at as usize];
            at += 1;
            match op {
                Op::Value { .. } => number = self.one(frame, (start, at), number),
                Op::Object { end, .. } | Op::List { end, .. } => {
                    number = self.one(frame, (start, end), number);
                    at = end;
                }
                Op::Each { each } => {
                    number = self.each(frame, &program.eaches[each as usize], number);
                }
                Op::Entries { entries } => {
                    number = self.entries(frame, &program.entries[entries as usize], number);
                }
                Op::When { cond, end } => {
                    if self.reader.holds(frame, cond) {
                        number = self.items(frame, (at, end), number);
                    }
                    at = end;
                }
                Op::Constant { .. }
                | Op::ReadOnly { .. }
                | Op::Forbidden { .. }
                | Op::Fixed { .. } => {}
            }
        }
        number
    }

    /// The one item of a cell, which stands if something is written into it.
    fn one(&mut self, frame: usize, ops: (u32, u32), number: u32) -> u32 {
        let (depth, sent) = (self.path.len(), self.sent.len());
        self.path.extend(self.numbered(number));
        self.moving += 1;
        self.ops(frame, ops);
        self.moving -= 1;
        self.path.truncate(depth);
        number + u32::from(self.sent.len() > sent)
    }

    /// The number of an item, where paths have numbers.
    fn numbered(&self, number: u32) -> Option<String> {
        (self.reader.plan.native.wire != Wire::Form).then(|| number.to_string())
    }

    /// Of a value made of several places the first counts: the others refine it.
    fn value(&mut self, frame: usize, open: Lit, index: u32) {
        let value = &self.reader.program.values[index as usize];
        if let Some(when) = value.when
            && !self.reader.holds(frame, when)
        {
            return;
        }
        let slot = self
            .reader
            .slots_of(frame, value)
            .find(|slot| slot.is_value());
        let Some(slot) = slot else { return };
        let at = self.reader.captured.origin(slot);
        let name = self.name(open);
        self.note(at, name, false);
    }

    fn note(&mut self, at: u32, name: Option<String>, own_name: bool) {
        let mut path = self.path.clone();
        path.extend(name);
        self.sent.push(Sent {
            at,
            path,
            own_name,
            moves: self.moving > 0,
        });
    }

    fn each(&mut self, frame: usize, each: &Each, before: u32) -> u32 {
        let block = self.reader.program.blocks[each.block as usize];
        let holder = self.reader.register(frame, each.list.register);
        let mut record = self.reader.captured.head(holder.record, each.list.slot);
        let mut number = before;
        let moves = u32::from(each.key.is_some() || each.cell.is_some());
        self.moving += moves;
        while record != ABSENT_RECORD && self.sent.len() < MOST {
            let ours = each
                .cell
                .is_none_or(|cell| self.reader.captured.cell(record) == u32::from(cell));
            if ours {
                let depth = self.path.len();
                self.path.extend(self.numbered(number));
                let over = Register {
                    record,
                    whole: true,
                };
                let inner = self.reader.enter(block, over);
                self.ops(inner, block.ops);
                self.reader.leave(inner);
                self.path.truncate(depth);
                number += 1;
            }
            record = self.reader.captured.next(record);
        }
        self.moving -= moves;
        number
    }

    /// Entries are known by their keys; in a list of names and values by their numbers, too.
    fn entries(&mut self, frame: usize, entries: &Entries, before: u32) -> u32 {
        let holder = self.reader.register(frame, entries.list.register);
        let mut record = self.reader.captured.head(holder.record, entries.list.slot);
        let mut number = before;
        let is_list = !entries.as_members && !entries.as_elements;
        while record != ABSENT_RECORD && self.sent.len() < MOST {
            let value = self.reader.captured.slot(record, entries.slots.1);
            let name = self.reader.record_text(record, entries.slots.0);
            let name = name.map(|name| String::from_utf8_lossy(name).into_owned());
            if value.is_value() {
                let at = self.reader.captured.origin(value);
                self.note(at, name, true);
                if is_list && let Some(item) = self.numbered(number) {
                    let depth = self.path.len();
                    self.path.push(item);
                    let value = self.value_of_entry(entries);
                    self.moving += 1;
                    self.note(at, value, false);
                    self.moving -= 1;
                    self.path.truncate(depth);
                }
                number += 1;
            }
            record = self.reader.captured.next(record);
        }
        number
    }

    /// The name of the value in an entry of a list of names and values; in XML that of the entry goes into the path.
    fn value_of_entry(&mut self, entries: &Entries) -> Option<String> {
        if self.reader.plan.native.wire != Wire::Xml {
            return self.name(entries.around.1);
        }
        let entry = self.name(entries.around.0);
        self.path.extend(entry);
        let between = String::from_utf8_lossy(self.reader.plan.lit(entries.around.1));
        let (mark, begun) = match between.rsplit_once(['<', ' ']) {
            Some((before, begun)) if between.get(before.len()..)?.starts_with(' ') => ("@", begun),
            Some((_, begun)) => ("", begun),
            None => return None,
        };
        let name = begun.split(['>', '=']).next().map(local)?;
        (!name.is_empty() && !name.starts_with('/')).then(|| format!("{mark}{name}"))
    }

    /// The name in what stands in front of a value or object; none of an item of a JSON list.
    fn name(&self, open: Lit) -> Option<String> {
        let text = String::from_utf8_lossy(self.reader.plan.lit(open));
        let name = match self.reader.plan.native.wire {
            Wire::Json => {
                text.trim_start_matches(',')
                    .strip_prefix('"')?
                    .split_once("\":")?
                    .0
            }
            Wire::Xml => {
                let begun = text.trim_start();
                let name = begun.trim_start_matches('<').split(['>', '=', ' ']);
                let name = name.map(local).next().filter(|name| !name.is_empty())?;
                let mark = if begun.starts_with('<') { "" } else { "@" };
                return Some(format!("{mark}{name}"));
            }
            Wire::Form => text.trim_start_matches('&').split('=').next()?,
        };
        (!name.is_empty()).then(|| name.to_owned())
    }
}

/// An XML name without its prefix, which each document may choose anew.
pub(crate) fn local(name: &str) -> &str {
    name.rsplit_once(':').map_or(name, |(_, local)| local)
}
