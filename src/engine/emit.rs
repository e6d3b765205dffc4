//! Writes a document from captured slots: one pass over a program's operations.

use super::captured::ABSENT_RECORD;
use super::fault::{FaultCode, LossCode};
use super::output::Output;
use super::slot::{Slot, SlotKind};
use super::value::{Found, Reader, Register};
use super::way::is_plain;
use crate::codec::xml::is_ncname;
use crate::mapping::plan::{Block, Each, Entries, Lit, Object, Op, Value, Way, Wire, WriteAs};

/// What a run of operations wrote: the members by their bits, and whether any of it was more than a constant.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Wrote {
    pub(crate) members: u64,
    pub(crate) count: u32,
    pub(crate) any: bool,
}

impl Wrote {
    #[inline]
    fn add(&mut self, bit: u8) {
        self.add_constant(bit);
        self.any = true;
    }

    #[inline]
    fn add_constant(&mut self, bit: u8) {
        if bit < 64 {
            self.members |= 1 << bit;
        } else {
            self.count += 1;
        }
    }

    /// Items of a list, or members of a map.
    #[inline]
    fn add_items(&mut self, items: u32) {
        self.count += items;
        self.any |= items > 0;
    }

    /// The same with the members counted that have bits, when no more will come.
    #[inline]
    fn closed(self) -> Self {
        Self {
            count: self.count + self.members.count_ones(),
            ..self
        }
    }
}

impl<'a> Reader<'a> {
    /// Runs a block over a record and appends what it writes.
    pub(crate) fn emit_block(
        &mut self,
        block: Block,
        over: Register,
        out: &mut Output<'_>,
    ) -> Wrote {
        let frame = self.enter(block, over);
        if self.recorder.is_some() {
            self.note_block(frame, block);
        }
        if block.unions.0 < block.unions.1 {
            self.judge_unions(frame, block.unions);
        }
        let wrote = self.emit(frame, block.ops, out);
        self.note_end_of_block();
        self.leave(frame);
        wrote
    }

    /// Runs operations.
    pub(crate) fn emit(&mut self, frame: usize, ops: (u32, u32), out: &mut Output<'_>) -> Wrote {
        let mut wrote = Wrote::default();
        self.emit_ops(frame, ops, out, &mut wrote);
        wrote
    }

    fn emit_ops(
        &mut self,
        frame: usize,
        (from, to): (u32, u32),
        out: &mut Output<'_>,
        wrote: &mut Wrote,
    ) {
        let program = self.program;
        let mut at = from;
        while at < to {
            let op = &program.ops[at as usize];
            at += 1;
            match op {
                Op::Value {
                    open,
                    close,
                    value,
                    bit,
                } => {
                    if self.emit_value(frame, *open, *close, *value, out) {
                        wrote.add(*bit);
                    }
                }
                Op::Object { end, bit, .. } => {
                    if self.emit_object(frame, at, op, out) {
                        wrote.add(*bit);
                    }
                    at = *end;
                }
                Op::List { end, bit, .. } => {
                    if self.emit_list(frame, at, op, out) {
                        wrote.add(*bit);
                    }
                    at = *end;
                }
                Op::Each { each } => {
                    let items = self.emit_each(frame, &program.eaches[*each as usize], out);
                    wrote.add_items(items);
                }
                Op::Entries { entries } => {
                    let entries = &program.entries[*entries as usize];
                    let items = self.emit_entries(frame, entries, out);
                    wrote.add_items(items);
                }
                Op::When { cond, end } => {
                    let holds = self.holds(frame, *cond);
                    if self.recorder.is_some() {
                        self.note_when(frame, (*cond, holds), (at, *end));
                    }
                    if holds {
                        self.emit_ops(frame, (at, *end), out, wrote);
                    } else {
                        self.not_applicable(frame, (at, *end));
                    }
                    at = *end;
                }
                Op::Constant { lit, bit } => {
                    out.open(self.plan, *lit);
                    wrote.add_constant(*bit);
                }
                Op::ReadOnly { value } => self.lose_read_only(frame, *value),
                Op::Forbidden { value } => self.refuse_forbidden(frame, *value),
                Op::Fixed { value, lit } => self.require_fixed(frame, *value, *lit),
            }
        }
    }

    #[inline(always)]
    fn emit_value(
        &mut self,
        frame: usize,
        open: Lit,
        close: Lit,
        index: u32,
        out: &mut Output<'_>,
    ) -> bool {
        let value = &self.program.values[index as usize];
        if !self.held.is_empty() && self.held.contains(&index) {
            return false;
        }
        if let Way::Direct(place) = value.way
            && value.when.is_none()
            && value.spelling.is_none()
        {
            let slot = self.slot(frame, place);
            let start = out.bytes.len();
            if slot.is_value()
                && let Some(wrote) = self.emit_text(frame, slot, value, (open, close), out)
            {
                if wrote && self.recorder.is_some() {
                    self.note_text(frame, index, out.between(start, (open, close)));
                }
                return wrote;
            }
            if slot.is_absent() && value.default.is_none() && !(self.patch && value.item.is_some())
            {
                return false;
            }
        }
        let start = out.bytes.len();
        let wrote = self.emit_found(frame, index, (open, close), out);
        if self.recorder.is_some() {
            let written = wrote.then(|| out.between(start, (open, close)));
            self.note_found(frame, index, written);
        }
        wrote
    }

    /// Writes a value that does not stand in the source as it is written.
    #[inline(never)]
    pub(super) fn emit_found(
        &mut self,
        frame: usize,
        index: u32,
        (open, close): (Lit, Lit),
        out: &mut Output<'_>,
    ) -> bool {
        let (plan, program) = (self.plan, self.program);
        let value = &program.values[index as usize];
        let faults = self.faults.len();
        let Some(found) = self.found(frame, value) else {
            if self.patch && self.faults.len() == faults {
                return self.clear_value(frame, value, (open, close), out);
            }
            return false;
        };
        let (text, plain) = spelled(plan, value, found);
        let start = out.bytes.len();
        let written = if found.sound || plan.takes(value, text) {
            out.open(plan, open);
            out.text(text, plain, value.write)
        } else {
            plan.accepted(program, value, text).and_then(|text| {
                out.open(plan, open);
                out.text(&text, false, value.write)
            })
        };
        if let Err(why) = written {
            out.bytes.truncate(start);
            self.refuse(frame, value, why);
            return false;
        }
        out.append(plan, close);
        true
    }

    /// Writes a text as it stands in the source; `None` if it is not accepted so.
    #[inline(always)]
    pub(super) fn emit_text(
        &mut self,
        frame: usize,
        slot: Slot,
        value: &Value,
        (open, close): (Lit, Lit),
        out: &mut Output<'_>,
    ) -> Option<bool> {
        let plan = self.plan;
        let start = out.bytes.len();
        let (text, length) = self.captured.text_onwards(self.input, slot)?;
        if let Some(check) = plan.checks.get(usize::from(value.check)) {
            let text = &text[..length];
            if !check.admits_written(text) {
                check.judge_written(text).ok()?;
            }
        }
        out.open(plan, open);
        if let Err(why) = out.text_start(text, length, is_plain(slot), value.write) {
            out.bytes.truncate(start);
            self.refuse(frame, value, why);
            return Some(false);
        }
        out.append(plan, close);
        Some(true)
    }

    /// Writes a value without what stands around it: what replaces the one in a base.
    pub(crate) fn emit_bare(&mut self, frame: usize, index: u32, out: &mut Output<'_>) -> bool {
        self.emit_value(frame, Lit::default(), Lit::default(), index, out)
    }

    /// The slots that a value reads.
    pub(crate) fn slots_of<'s>(
        &'s self,
        frame: usize,
        value: &'s Value,
    ) -> impl Iterator<Item = super::slot::Slot> + 's {
        value.places().map(move |place| self.slot(frame, place))
    }

    #[cold]
    fn refuse(&mut self, frame: usize, value: &Value, why: &'static str) {
        let at = self.slots_of(frame, value).find(|slot| slot.is_value());
        let at = at.map_or(0, |slot| self.captured.origin(slot));
        if self.reports(value) {
            self.captured.lose(LossCode::Invalid, value.rule, at);
        } else {
            self.fault(FaultCode::InvalidInput, value.rule, at, why);
        }
    }

    fn emit_list(&mut self, frame: usize, first: u32, op: &Op, out: &mut Output<'_>) -> bool {
        let Op::List {
            open,
            close,
            end,
            items,
            ..
        } = op
        else {
            return false;
        };
        let before = out.begin(self.plan, *open);
        let wrote = self.emit(frame, (first, *end), out);
        if wrote.any {
            out.append(self.plan, *close);
            self.judge_items(frame, (first, *end), *items, wrote.closed().count);
            if self.patch && self.plan.merges {
                self.refuse_nulls(frame, (first, *end));
            }
        } else if self.patch
            && let Some(wrote) = self.clear_list(frame, (first, *end), (before, *close), out)
        {
            if wrote {
                self.judge_items(frame, (first, *end), *items, 0);
            }
            return wrote;
        } else if out.is_root(before.0) || self.says_none(frame, (first, *end), before, out) {
            out.close_empty(self.plan.lit(*close));
        } else {
            out.undo(before);
            return false;
        }
        true
    }

    fn emit_object(&mut self, frame: usize, first: u32, op: &Op, out: &mut Output<'_>) -> bool {
        let Op::Object {
            open,
            close,
            attributes,
            end,
            object,
            ..
        } = op
        else {
            return false;
        };
        let program = self.program;
        let before = out.begin(self.plan, *open);
        let mut wrote = Wrote::default();
        if out.wire == Wire::Xml {
            self.emit_ops(frame, (first, *attributes), out, &mut wrote);
            out.bytes.push(b'>');
            let content = out.bytes.len();
            self.emit_ops(frame, (*attributes, *end), out, &mut wrote);
            if out.bytes.len() == content {
                out.bytes.truncate(content - 1);
                out.bytes.extend_from_slice(b"/>");
            } else {
                out.append(self.plan, *close);
            }
        } else {
            self.emit_ops(frame, (first, *end), out, &mut wrote);
            out.append(self.plan, *close);
        }
        let rules = &program.objects[*object as usize];
        if !wrote.any && !out.is_root(before.0) && !self.is_made(frame, rules) {
            out.undo(before);
            return false;
        }
        self.judge_object(frame, (first, *end), rules, wrote.closed());
        true
    }

    /// True if an object stands although nothing is written into it.
    pub(crate) fn is_made(&mut self, frame: usize, rules: &Object) -> bool {
        rules.made.is_some_and(|(made, _)| {
            let holds = self.holds(frame, made);
            if self.recorder.is_some() {
                self.note_cond(frame, made, holds);
            }
            holds
        })
    }

    /// True if the operation in front of this one is the document itself, which stands even if it is empty.
    pub(crate) fn is_root(&self, behind: u32) -> bool {
        self.program
            .blocks
            .first()
            .is_some_and(|block| block.ops.0 + 1 == behind)
    }

    fn emit_each(&mut self, frame: usize, each: &Each, out: &mut Output<'_>) -> u32 {
        let block = self.program.blocks[each.block as usize];
        let holder = self.register(frame, each.list.register);
        let mut record = self.captured.head(holder.record, each.list.slot);
        let mut items = 0;
        while record != ABSENT_RECORD {
            if each
                .cell
                .is_none_or(|cell| self.captured.cell(record) == u32::from(cell))
            {
                let over = Register {
                    record,
                    whole: true,
                };
                items += u32::from(self.emit_block(block, over, out).any);
            }
            record = self.captured.next(record);
        }
        items
    }

    fn emit_entries(&mut self, frame: usize, entries: &Entries, out: &mut Output<'_>) -> u32 {
        if self.recorder.is_some() {
            self.note_items(frame, entries.list, entries.cell);
        }
        let holder = self.register(frame, entries.list.register);
        let mut record = self.captured.head(holder.record, entries.list.slot);
        out.entry_names.clear();
        let mut items = 0;
        while record != ABSENT_RECORD {
            if entries
                .cell
                .is_none_or(|cell| self.captured.cell(record) == u32::from(cell))
            {
                items += u32::from(self.emit_entry(entries, record, out));
            }
            record = self.captured.next(record);
        }
        items
    }

    /// Writes one entry; false if it has no value, a claimed name, or one that was written before.
    pub(crate) fn emit_entry(
        &mut self,
        entries: &Entries,
        record: u32,
        out: &mut Output<'_>,
    ) -> bool {
        let program = self.program;
        for unread in &program.unread[entries.unread.0 as usize..entries.unread.1 as usize] {
            self.lose_place(record, unread);
        }
        let name = self.captured.slot(record, entries.slots.0);
        let value = self.captured.slot(record, entries.slots.1);
        let at = self.captured.origin(name);
        let clears = self.patch && value.kind() == SlotKind::Null;
        match (name.is_value(), value.is_value()) {
            (true, true) => {}
            (true, false) if clears => {}
            (true, false) => {
                self.captured.lose(LossCode::NoValue, entries.rule, at);
                return false;
            }
            (false, true) => {
                let at = self.captured.origin(value);
                self.captured.lose(LossCode::NoPlace, entries.rule, at);
                return false;
            }
            (false, false) => return false,
        }
        // Of a map, an entry is where its value is.
        let entry = match entries.from_list {
            true => at,
            false => self.captured.origin(value),
        };
        if self.to_native() && self.claimed(entries, record) {
            let why = "another name, since a place of its own has this one";
            self.fault(FaultCode::ReservedName, entries.rule, entry, why);
            return false;
        }
        if clears {
            return self.clear_entry(entries, name, value, out);
        }
        let start = out.bytes.len();
        let why = match self.write_entry(entries, name, value, out) {
            Ok(true) => return true,
            Ok(false) => None,
            Err(why) => Some(why),
        };
        out.bytes.truncate(start);
        if let Some(why) = why {
            self.fault(FaultCode::InvalidInput, entries.rule, entry, why);
            return false;
        }
        self.captured.lose(LossCode::Surplus, entries.rule, at);
        if entries.from_list {
            let at = self.captured.origin(value);
            self.captured.lose(LossCode::Surplus, entries.rule, at);
        }
        false
    }

    /// Writes name and value; false if this name was written before.
    fn write_entry(
        &self,
        entries: &Entries,
        name: Slot,
        value: Slot,
        out: &mut Output<'_>,
    ) -> Result<bool, &'static str> {
        let text = |slot| self.captured.text(self.input, slot).unwrap_or_default();
        let (name_text, value_text) = (text(name), text(value));
        if entries.as_elements && !is_ncname(name_text) {
            return Err("the name of an element");
        }
        self.plan.accepts_entry(entries, name_text, value_text)?;
        out.open(self.plan, entries.around.0);
        let from = out.bytes.len();
        out.text(name_text, name.is_plain(), WriteAs::Text)?;
        let to = out.bytes.len();
        if entries.as_members && out.repeats(from, to) {
            return Ok(false);
        }
        out.append(self.plan, entries.around.1);
        out.text(value_text, value.is_plain(), WriteAs::Text)?;
        out.append(self.plan, entries.around.2);
        if entries.as_elements {
            out.bytes.extend_from_slice(name_text);
            out.bytes.push(b'>');
        }
        Ok(true)
    }

    fn claimed(&self, entries: &Entries, record: u32) -> bool {
        let name = self
            .record_text(record, entries.slots.0)
            .unwrap_or_default();
        entries.claimed.iter().any(|(lit, no_case)| {
            let claimed = self.plan.lit(*lit);
            if *no_case {
                name.eq_ignore_ascii_case(claimed)
            } else {
                name == claimed
            }
        })
    }
}

/// A boolean in the target's spelling.
#[inline]
fn spelled<'t>(
    plan: &'t crate::mapping::plan::Plan,
    value: &Value,
    found: Found<'t>,
) -> (&'t [u8], bool) {
    match value.spelling {
        Some((yes, _)) if found.text == b"true" => (plan.lit(yes), false),
        Some((_, no)) if found.text == b"false" => (plan.lit(no), false),
        Some(_) | None => (found.text, found.plain),
    }
}
