//! Nulls of a merge patch in the upstream's words, and the reverse.

use super::fault::FaultCode;
use super::output::Output;
use super::slot::{Slot, SlotKind};
use super::value::Reader;
use crate::mapping::ast::Clear;
use crate::mapping::plan::{Lit, Op, SlotRef, Value, Wire, WriteAs};

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
        let Some(null) = null else { return false };
        if self.is_other(frame, value.case) {
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
            let why = "a value, since the upstream cannot clear this";
            self.fault(FaultCode::CannotClear, value.rule, null.start(), why);
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
        let (slot, rule) = self.cleared_list(frame, ops)?;
        let null = slot.kind() == SlotKind::Null;
        // In XML a list that has no element of its own, and in a form every list, is not there without items.
        let stands = out.wire != Wire::Form && out.bytes.len() > before.0;
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
            let at = if null { slot.start() } else { 0 };
            let why = "a list, since the upstream cannot clear this";
            self.fault(FaultCode::CannotClear, rule, at, why);
        }
        Some(false)
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
        let plan = self.plan;
        self.cleared_list(frame, ops).is_some_and(|(slot, rule)| {
            let rule = plan.rules.get(usize::from(rule));
            slot.kind() == SlotKind::List && rule.is_some_and(|rule| &*rule.canonical == "items")
        })
    }

    /// The list that the operations of a target run over, if it is given without items, with its rule.
    fn cleared_list(&mut self, frame: usize, (from, to): (u32, u32)) -> Option<(Slot, u16)> {
        let program = self.program;
        let ops = &program.ops[from as usize..to as usize];
        let mut found = None;
        for op in ops {
            let (list, rule, case): (SlotRef, u16, Option<u32>) = match *op {
                Op::Each { each } => {
                    let each = &program.eaches[each as usize];
                    (each.list, each.rule, each.case.map(|(case, _)| case))
                }
                Op::Entries { entries } => {
                    let entries = &program.entries[entries as usize];
                    (entries.list, entries.rule, None)
                }
                _ => continue,
            };
            let holder = self.register(frame, list.register).record;
            let slot = self.captured.slot(holder, list.slot);
            let empty = slot.kind() == SlotKind::Null
                || slot.kind() == SlotKind::List && self.captured.count(holder, list.slot) == 0;
            if empty && !self.is_other(frame, case) {
                found = found.or(Some((slot, rule)));
            }
        }
        found
    }
}

/// True if an empty text may stand for the value.
fn can_be_empty(write: WriteAs, wire: Wire) -> bool {
    wire != Wire::Json || write == WriteAs::Text
}
