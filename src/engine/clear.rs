//! Nulls of a merge patch in the upstream's words, and the reverse.

use super::captured::ABSENT_RECORD;
use super::fault::{FaultCode, LossCode};
use super::output::Output;
use super::slot::{Slot, SlotKind};
use super::value::Reader;
use crate::mapping::ast::Clear;
use crate::mapping::plan::{Entries, Lit, OfItem, Op, SlotRef, Value, Wire, WriteAs};

/// What makes an element of XML a null.
const NIL: &[u8] = b" xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\" xsi:nil=\"true\"/>";

impl Reader<'_> {
    /// A value that is not there: nothing if the patch does not name it, a null as the other side says it if it
    /// does. True if something was written.
    #[cold]
    pub(super) fn clear_value(
        &mut self,
        frame: usize,
        value: &Value,
        (open, close): (Lit, Lit),
        out: &mut Output<'_>,
    ) -> bool {
        let null = self
            .slots_of(frame, value)
            .find(|slot| slot.kind() == SlotKind::Null);
        let unsaid = match null {
            Some(_) => None,
            None => self.unsaid(frame, value),
        };
        let Some(at) = null.map(Slot::start).or(unsaid) else {
            return false;
        };
        if self.is_other(frame, value.case) {
            if unsaid.is_some() {
                self.captured.lose(LossCode::Residue, value.rule, at);
            }
            return false;
        }
        let start = out.bytes.len();
        out.open(self.plan, open);
        if self.write_null(value.write, out) {
            return true;
        }
        out.bytes.truncate(start);
        if !self.to_native()
            || self.plan.clear != Clear::Empty
            || !can_be_empty(value.write, out.wire)
        {
            if unsaid.is_some() {
                // Whether something is there that stays, only what is now can tell.
                self.captured.lose(LossCode::Residue, value.rule, at);
                return false;
            }
            let why = "a value, since the upstream cannot clear this";
            self.fault(FaultCode::CannotClear, value.rule, at, why);
            return false;
        }
        out.open(self.plan, open);
        match out.wire {
            Wire::Json => out.bytes.extend_from_slice(b"\"\""),
            Wire::Xml if value.write != WriteAs::Attribute => {
                out.close_empty(self.plan.lit(close));
                return true;
            }
            Wire::Xml | Wire::Form => {}
        }
        out.append(self.plan, close);
        true
    }

    /// Clears one entry of a map: a null of its own where the target's patches have one, else a fault.
    pub(super) fn clear_entry(
        &mut self,
        entries: &Entries,
        name: Slot,
        null: Slot,
        out: &mut Output<'_>,
    ) -> bool {
        let text = self.captured.text(self.input, name).unwrap_or_default();
        let start = out.bytes.len();
        if entries.as_members {
            out.open(self.plan, entries.around.0);
            let named = out.text(text, name.is_plain(), WriteAs::Text);
            out.append(self.plan, entries.around.1);
            if named.is_ok() && self.write_null(WriteAs::Bare, out) {
                out.append(self.plan, entries.around.2);
                return true;
            }
            out.bytes.truncate(start);
        }
        let why = "a value, since the upstream cannot clear this";
        self.fault(FaultCode::CannotClear, entries.rule, null.start(), why);
        false
    }

    /// Where a patch gives the list of a value's item and leaves the value out, which is to take it away: of a list
    /// all is said. What the item must have is told as missing.
    fn unsaid(&mut self, frame: usize, value: &Value) -> Option<u32> {
        let item = value.item.as_deref()?;
        let held = self.register(frame, item.register);
        let is_part = !self.register(frame, 0).whole && held.whole;
        let is_gone = held.record == ABSENT_RECORD;
        if !self.to_native()
            || !is_part
            || item.within && !self.plan.merges
            || item.required && !is_gone
        {
            return None;
        }
        if self.slots_of(frame, value).any(|slot| !slot.is_absent()) {
            return None;
        }
        let counts = match (value.when, value.case) {
            // An item that is gone is of no alternative.
            (Some(_), Some(case)) if is_gone => !self.has_alternative(frame, case),
            (Some(when), _) => self.holds(frame, when),
            (None, _) => true,
        };
        counts.then(|| self.item_at(frame, item))
    }

    /// True if an alternative holds of the union that a condition belongs to.
    fn has_alternative(&mut self, frame: usize, cond: u32) -> bool {
        let program = self.program;
        let mut unions = program.unions.iter();
        let of = unions.find(|union| union.cases.iter().any(|case| case.cond == cond));
        of.is_none_or(|union| union.cases.iter().any(|case| self.holds(frame, case.cond)))
    }

    /// Where an item stands in the document, or the list that it is not in.
    fn item_at(&self, frame: usize, item: &OfItem) -> u32 {
        let record = self.register(frame, item.register).record;
        if record == ABSENT_RECORD {
            self.list_at(frame, item.list)
        } else {
            self.captured.origin(self.captured.slot(record, 0))
        }
    }

    /// Where a list stands in a document of JSON; what it stands in, or would, where it has no items.
    pub(super) fn list_at(&self, frame: usize, list: SlotRef) -> u32 {
        let holder = self.register(frame, list.register).record;
        let slot = self.captured.slot(holder, list.slot);
        let around = || self.captured.origin(self.captured.slot(holder, 0));
        match slot.kind() {
            SlotKind::Null => slot.start(),
            SlotKind::List => {
                let first = self.captured.head(holder, list.slot);
                if first == ABSENT_RECORD {
                    return around();
                }
                let item = self.captured.origin(self.captured.slot(first, 0));
                let before = self.input.get(..item as usize).unwrap_or_default();
                // Nothing but blanks stands between the bracket and the first item.
                let bracket = before.iter().rposition(|byte| *byte == b'[');
                bracket.map_or(item, |at| at as u32)
            }
            _ => around(),
        }
    }

    /// Writes the format's null behind what stands in front of a value, if it has one and the other side means it.
    fn write_null(&self, write: WriteAs, out: &mut Output<'_>) -> bool {
        let meant = !self.to_native() || self.plan.clear == Clear::Nil;
        match out.wire {
            Wire::Json if meant => out.bytes.extend_from_slice(b"null"),
            Wire::Xml
                if meant
                    && write != WriteAs::Attribute
                    && out.bytes.pop_if(|last| *last == b'>').is_some() =>
            {
                out.bytes.extend_from_slice(NIL);
            }
            Wire::Json | Wire::Xml | Wire::Form => return false,
        }
        true
    }

    /// A list or map without items: `None` if the patch does not name it. One that is empty is written as it is,
    /// null as the other side says it. `before` is what stood before it was opened.
    #[cold]
    pub(super) fn clear_list(
        &mut self,
        frame: usize,
        ops: (u32, u32),
        (before, close): ((usize, usize), Lit),
        out: &mut Output<'_>,
    ) -> Option<bool> {
        let (list, rule) = self.cleared_list(frame, ops)?;
        if self.to_native() && self.plan.merges && self.is_selected(ops) {
            // Each of its items is cleared by itself, or told as lost.
            return None;
        }
        let holder = self.register(frame, list.register).record;
        let null = self.captured.slot(holder, list.slot).kind() == SlotKind::Null;
        // In XML a list that has no element of its own, and in a form every list, is not there without items.
        let stands = out.wire != Wire::Form && out.bytes.len() > before.0;
        let stands = stands && !(self.to_native() && self.is_of_others(ops, list));
        if stands && !null {
            out.close_empty(self.plan.lit(close));
            return Some(true);
        }
        if stands {
            let means = self.plan.clear;
            if out.wire == Wire::Json && (!self.to_native() || means == Clear::Nil) {
                out.bytes.pop();
                out.bytes.extend_from_slice(b"null");
                return Some(true);
            }
            if out.wire == Wire::Xml && means == Clear::Nil && self.write_null(WriteAs::Text, out) {
                return Some(true);
            }
            if self.to_native() && means == Clear::Empty {
                out.close_empty(self.plan.lit(close));
                return Some(true);
            }
        }
        out.undo(before);
        if self.to_native() {
            let at = self.list_at(frame, list);
            let why = "a list, since the upstream cannot clear this";
            self.fault(FaultCode::CannotClear, rule, at, why);
        }
        Some(false)
    }

    /// Refuses a null for entries of a list where other items are sent: what merges keeps them.
    #[cold]
    pub(super) fn refuse_nulls(&mut self, frame: usize, (from, to): (u32, u32)) {
        let program = self.program;
        for op in &program.ops[from as usize..to as usize] {
            let Op::Entries { entries } = *op else {
                continue;
            };
            let entries = &program.entries[entries as usize];
            let holder = self.register(frame, entries.list.register).record;
            let slot = self.captured.slot(holder, entries.list.slot);
            if self.to_native() && slot.kind() == SlotKind::Null {
                let why = "entries, since the upstream cannot clear all of them at once";
                self.fault(FaultCode::CannotClear, entries.rule, slot.start(), why);
            }
        }
    }

    /// True for a list whose items are values that selectors name.
    fn is_selected(&self, (from, to): (u32, u32)) -> bool {
        let ops = self.program.ops[from as usize..to as usize].iter();
        let named = |op: &Op| matches!(op, Op::Each { .. } | Op::Entries { .. });
        !ops.clone().any(named)
    }

    /// True for a list that other places than one list of the model are written into, too.
    fn is_of_others(&self, (from, to): (u32, u32), list: SlotRef) -> bool {
        let program = self.program;
        let mut ops = program.ops[from as usize..to as usize].iter();
        ops.any(|op| match *op {
            Op::Each { each } => program.eaches[each as usize].list != list,
            Op::Entries { entries } => program.entries[entries as usize].list != list,
            Op::Value { value, .. } => {
                let item = program.values[value as usize].item.as_deref();
                item.is_none_or(|item| item.list != list)
            }
            _ => false,
        })
    }

    /// True for the items of an answer, of which there are none: what asks for a list is told so by one.
    pub(super) fn says_none(
        &mut self,
        frame: usize,
        ops: (u32, u32),
        before: (usize, usize),
        out: &Output<'_>,
    ) -> bool {
        let stands = out.wire != Wire::Form && out.bytes.len() > before.0;
        if self.patch || !self.to_native() || !stands {
            return false;
        }
        if self.recorder.is_some() {
            self.note_unwritten(frame, ops);
        }
        let plan = self.plan;
        self.cleared_list(frame, ops).is_some_and(|(list, rule)| {
            let rule = plan.rules.get(usize::from(rule));
            let slot = self.slot(frame, list);
            slot.kind() == SlotKind::List && rule.is_some_and(|rule| &*rule.canonical == "items")
        })
    }

    /// The list that the operations of a target run over, if it is given without items for them, with its rule.
    fn cleared_list(&mut self, frame: usize, (from, to): (u32, u32)) -> Option<(SlotRef, u16)> {
        let program = self.program;
        let ops = &program.ops[from as usize..to as usize];
        let mut found = None;
        for op in ops {
            let (list, rule, case): (SlotRef, u16, Option<u32>) = match *op {
                Op::Each { each } => {
                    let each = &program.eaches[each as usize];
                    let case = each.case.map(|(case, _)| case);
                    if !self.is_empty(frame, each.list, each.cell) {
                        continue;
                    }
                    (each.list, each.rule, case)
                }
                Op::Entries { entries } => {
                    let entries = &program.entries[entries as usize];
                    if !self.is_empty(frame, entries.list, None) {
                        continue;
                    }
                    (entries.list, entries.rule, None)
                }
                Op::Value { value, .. } => {
                    let value = &program.values[value as usize];
                    let Some(item) = value.item.as_deref() else {
                        continue;
                    };
                    let held = self.register(frame, item.register);
                    let is_gone = held.whole && held.record == ABSENT_RECORD;
                    if self.register(frame, 0).whole || !is_gone {
                        continue;
                    }
                    (item.list, value.rule, value.case)
                }
                _ => continue,
            };
            if !self.is_other(frame, case) {
                found = found.or(Some((list, rule)));
            }
        }
        found
    }

    /// True for a list that is given, null or without an item of a cell.
    pub(super) fn is_empty(&self, frame: usize, list: SlotRef, cell: Option<u8>) -> bool {
        let holder = self.register(frame, list.register).record;
        match self.captured.slot(holder, list.slot).kind() {
            SlotKind::Null => true,
            SlotKind::List => {
                let mut item = self.captured.head(holder, list.slot);
                while item != ABSENT_RECORD {
                    if cell.is_none_or(|cell| self.captured.cell(item) == u32::from(cell)) {
                        return false;
                    }
                    item = self.captured.next(item);
                }
                true
            }
            _ => false,
        }
    }
}

/// True if an empty text may stand for the value.
fn can_be_empty(write: WriteAs, wire: Wire) -> bool {
    wire != Wire::Json || write == WriteAs::Text
}
