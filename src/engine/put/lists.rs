//! Lists and maps of a patch over those of a base.

use super::fresh::{fresh_block, fresh_entry};
use super::{Frames, Put, Site, Tally, closed_at};
use crate::engine::captured::ABSENT_RECORD;
use crate::engine::edits::EditKind;
use crate::engine::emit::Output;
use crate::engine::fault::FaultCode;
use crate::engine::slot::SlotKind;
use crate::engine::value::{Reader, Register};
use crate::mapping::plan::{Each, Entries, Op, Wire, WriteAs};

impl Put<'_, '_> {
    pub(super) fn list(
        &mut self,
        frames: Frames,
        op_index: u32,
        op: Op,
        site: &mut Site,
        tally: &mut Tally,
    ) {
        let Op::List { end, base, bit, .. } = op else {
            return;
        };
        let found = base
            .map(|place| {
                (
                    self.base.register(frames.base, place.register).record,
                    place.slot,
                )
            })
            .filter(|(record, slot)| {
                self.base.captured.slot(*record, *slot).kind() == SlotKind::List
            });
        let Some((record, slot)) = found else {
            self.fresh_member(frames, (op_index, end), base, site, bit, tally);
            return;
        };
        let spans = self.base.captured.spans(record, slot);
        let mark = self.edits.list.len();
        let own = spans.outer.end > spans.outer.start;
        let mut inner = if own {
            Site::of(self.wire(), self.base.input, spans)
        } else {
            *site
        };
        if let Some(last) = self.last_item(record, slot) {
            inner.anchor = last;
        }
        let items = self.walk(frames, (op_index + 1, end), &mut inner);
        // Slot 0 is the record's own: a document that is a list stays one without items.
        let emptied = own && slot != 0 && !items.wrote.any && items.removed;
        if emptied && self.all_items_go(record, slot, mark) {
            self.edits.list.truncate(mark);
            self.edits.remove(spans.outer);
            tally.removed = true;
            return;
        }
        if own {
            self.open_closed(mark, spans);
            site.pass(spans, false);
        } else {
            site.anchor = inner.anchor;
        }
        tally.keep(bit);
        tally.removed |= items.removed;
    }

    /// Behind the last item of a list in the base.
    fn last_item(&self, record: u32, slot: u16) -> Option<u32> {
        let mut item = self.base.captured.head(record, slot);
        let mut end = None;
        while item != ABSENT_RECORD {
            end = Some(self.base.captured.spans(item, 0).outer.end);
            item = self.base.captured.next(item);
        }
        end
    }

    /// True if the edits made since `mark` remove every item of the list.
    fn all_items_go(&self, record: u32, slot: u16, mark: usize) -> bool {
        let mut item = self.base.captured.head(record, slot);
        while item != ABSENT_RECORD {
            let outer = self.base.captured.spans(item, 0).outer;
            let goes = self.edits.list[mark..]
                .iter()
                .any(|edit| edit.kind == EditKind::Remove && edit.range == outer);
            if !goes {
                return false;
            }
            item = self.base.captured.next(item);
        }
        true
    }

    #[allow(
        clippy::too_many_lines,
        reason = "one walk over both lists, read from top to bottom"
    )]
    pub(super) fn each(&mut self, frames: Frames, each: &Each, site: &mut Site) -> Tally {
        let mut tally = Tally::default();
        let Some((place, cell, read)) = each.base else {
            return tally;
        };
        let holder = self.base.register(frames.base, place.register).record;
        let mut base_items = items(self.base, holder, place.slot, cell);
        let patch_holder = self.patch.register(frames.patch, each.list.register);
        let given = self
            .patch
            .captured
            .slot(patch_holder.record, each.list.slot);
        if !patch_holder.whole && given.is_absent() {
            tally.wrote.any = !base_items.is_empty();
            return tally;
        }
        // An item that reads as nothing is none of the canonical list: it stays where it is.
        base_items.retain(|item| self.reads(read, *item));
        let patch_items = items(self.patch, patch_holder.record, each.list.slot, each.cell);
        if let Some(last) = base_items.last() {
            site.anchor = self.base.captured.spans(*last, 0).outer.end;
        }
        let mut kept = vec![false; base_items.len()];
        for (number, item) in patch_items.iter().enumerate() {
            let over = Register {
                record: *item,
                whole: true,
            };
            match self.aligned(each, &base_items, &kept, *item, number) {
                Some(index) => {
                    kept[index] = true;
                    let found = self.block(each.block, read, over, base_items[index]);
                    tally.removed |= found.removed;
                    tally.wrote.any = true;
                }
                None => {
                    let from = self.edits.fresh.len();
                    let block = self.patch.program.blocks[each.block as usize];
                    let mut out = Output {
                        wire: self.wire(),
                        document: false,
                        start: 0,
                        bytes: &mut self.edits.fresh,
                        entry_names: self.entry_names,
                    };
                    let wrote = fresh_block(self.patch, block, over, &mut out);
                    if wrote {
                        self.insert(from, site, false);
                        tally.wrote.any = true;
                    }
                }
            }
        }
        for (item, kept) in base_items.iter().zip(&kept) {
            if *kept {
                continue;
            }
            if each.removal_refused {
                let at = given.start();
                self.patch.fault(
                    FaultCode::CannotRemove,
                    each.rule,
                    at,
                    "every item that the upstream has, since it never removes one",
                );
                continue;
            }
            self.edits.remove(self.base.captured.spans(*item, 0).outer);
            tally.removed = true;
        }
        tally
    }

    /// True if an item of the base is more than residue.
    fn reads(&mut self, block: u32, item: u32) -> bool {
        let from = self.edits.fresh.len();
        let block = self.base.program.blocks[block as usize];
        let over = Register {
            record: item,
            whole: true,
        };
        let mut out = Output {
            wire: Wire::Json,
            document: false,
            start: from,
            bytes: &mut self.edits.fresh,
            entry_names: self.entry_names,
        };
        let wrote = self.base.emit_block(block, over, &mut out);
        self.edits.fresh.truncate(from);
        wrote.any
    }

    /// The item of the base that an item of the patch changes.
    fn aligned(
        &mut self,
        each: &Each,
        base: &[u32],
        kept: &[bool],
        item: u32,
        number: usize,
    ) -> Option<usize> {
        let (Some(slot), Some(value)) = (each.key, each.key_value) else {
            return (number < base.len()).then_some(number);
        };
        let block = self.patch.program.blocks[each.block as usize];
        // The item is met again when it is written: only then do its losses and faults count.
        let (lost, losses) = (self.patch.captured.lost, self.patch.captured.losses.len());
        let faults = self.patch.faults.len();
        let frame = self.patch.enter(
            block,
            Register {
                record: item,
                whole: true,
            },
        );
        let key = self
            .patch
            .value(frame, value)
            .map(|(text, _)| text.to_vec());
        self.patch.leave(frame);
        self.patch.captured.lost = lost;
        self.patch.captured.losses.truncate(losses);
        self.patch.faults.truncate(faults);
        // Items without a key are aligned with each other, in order.
        base.iter().zip(kept).position(|(record, kept)| {
            !kept && self.base.record_text(*record, slot) == key.as_deref()
        })
    }

    #[allow(
        clippy::too_many_lines,
        reason = "one walk over both lists, read from top to bottom"
    )]
    pub(super) fn entries(&mut self, frames: Frames, entries: &Entries, site: &mut Site) -> Tally {
        let mut tally = Tally::default();
        let Some((place, cell, slots)) = entries.base else {
            return tally;
        };
        let holder = self.base.register(frames.base, place.register).record;
        let base_items = items(self.base, holder, place.slot, cell);
        let patch_holder = self.patch.register(frames.patch, entries.list.register);
        let given = self
            .patch
            .captured
            .slot(patch_holder.record, entries.list.slot);
        let cleared = given.kind() == SlotKind::Null;
        if !patch_holder.whole && given.is_absent() {
            tally.wrote.any = !base_items.is_empty();
            return tally;
        }
        let patch_items = items(
            self.patch,
            patch_holder.record,
            entries.list.slot,
            entries.cell,
        );
        if let Some(last) = base_items.last() {
            site.anchor = self.base.captured.spans(*last, 0).outer.end;
        }
        let mut named = vec![false; base_items.len()];
        for item in patch_items {
            let name = self
                .patch
                .record_text(item, entries.slots.0)
                .unwrap_or_default()
                .to_vec();
            let found = base_items.iter().position(|record| {
                let text = self.base.record_text(*record, slots.0).unwrap_or_default();
                if entries.no_case {
                    text.eq_ignore_ascii_case(&name)
                } else {
                    text == name
                }
            });
            let new = self.patch.captured.slot(item, entries.slots.1);
            match found {
                Some(index) if new.is_value() => {
                    named[index] = true;
                    self.entry_value(entries, slots, base_items[index], item);
                    tally.wrote.any = true;
                }
                Some(_) => {}
                None if new.is_value() => {
                    let from = self.edits.fresh.len();
                    let mut out = Output {
                        wire: self.wire(),
                        document: false,
                        start: 0,
                        bytes: &mut self.edits.fresh,
                        entry_names: self.entry_names,
                    };
                    if fresh_entry(self.patch, entries, item, &mut out) {
                        self.insert(from, site, false);
                        tally.wrote.any = true;
                    }
                }
                None => {}
            }
            if let (Some(index), false) = (found, new.is_value()) {
                self.edits
                    .remove(self.base.captured.spans(base_items[index], 0).outer);
                named[index] = true;
                tally.removed = true;
            }
        }
        for (item, named) in base_items.iter().zip(&named) {
            if !named
                && (patch_holder.whole || cleared)
                && self.base.captured.slot(*item, slots.1).is_value()
            {
                self.edits.remove(self.base.captured.spans(*item, 0).outer);
                tally.removed = true;
            } else {
                tally.wrote.any = true;
            }
        }
        tally
    }

    fn entry_value(&mut self, entries: &Entries, slots: (u16, u16), base: u32, patch: u32) {
        let new = self
            .patch
            .record_text(patch, entries.slots.1)
            .unwrap_or_default();
        if self.base.record_text(base, slots.1) == Some(new) {
            return;
        }
        if !self.base.captured.has(base, slots.1) {
            self.whole_entry(entries, base, patch);
            return;
        }
        let spans = self.base.captured.spans(base, slots.1);
        let from = self.edits.fresh.len();
        let wire = self.wire();
        let closed = closed_at(wire, self.base.input, spans);
        if closed.is_some() {
            self.edits.fresh.push(b'>');
        }
        let mut out = Output {
            wire,
            document: false,
            start: 0,
            bytes: &mut self.edits.fresh,
            entry_names: self.entry_names,
        };
        let plan = self.patch.plan;
        let name = self
            .patch
            .record_text(patch, entries.slots.0)
            .unwrap_or_default();
        let written = plan
            .accepts_entry(entries, name, new)
            .and_then(|()| out.text(new, false, WriteAs::Text));
        if let Err(why) = written {
            let at = self.patch.captured.slot(patch, entries.slots.1).start();
            self.patch
                .fault(FaultCode::InvalidInput, entries.rule, at, why);
            return;
        }
        self.replace(spans, closed, from);
    }

    /// An entry of the base that has no value is written anew.
    fn whole_entry(&mut self, entries: &Entries, base: u32, patch: u32) {
        let from = self.edits.fresh.len();
        let mut out = Output {
            wire: self.wire(),
            document: false,
            start: 0,
            bytes: &mut self.edits.fresh,
            entry_names: self.entry_names,
        };
        if fresh_entry(self.patch, entries, patch, &mut out) {
            let spans = self.base.captured.spans(base, 0);
            self.edits.push(spans.outer, from, EditKind::Replace);
        }
    }
}

/// The records of a list that are in a cell.
fn items(reader: &Reader<'_>, record: u32, slot: u16, cell: Option<u8>) -> Vec<u32> {
    let mut items = Vec::new();
    let mut item = reader.captured.head(record, slot);
    while item != ABSENT_RECORD {
        if cell.is_none_or(|cell| reader.captured.cell(item) == u32::from(cell)) {
            items.push(item);
        }
        item = reader.captured.next(item);
    }
    items
}
