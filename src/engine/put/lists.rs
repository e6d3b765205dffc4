//! Lists of a patch over those of a base.

use std::collections::HashSet;

use super::fresh::fresh_block;
use super::index::Index;
use super::{Frames, Put, Site, Tally};
use crate::codec::Range;
use crate::engine::captured::ABSENT_RECORD;
use crate::engine::edits::{Edit, EditKind};
use crate::engine::fault::{FaultCode, Loss, LossCode};
use crate::engine::output::Output;
use crate::engine::slot::SlotKind;
use crate::engine::value::{Reader, Register};
use crate::mapping::plan::{Each, Op, SlotRef, Wire};

impl Put<'_, '_> {
    pub(super) fn list(
        &mut self,
        frames: Frames,
        op_index: u32,
        op: Op,
        site: &mut Site,
        tally: &mut Tally,
    ) {
        let Op::List {
            open,
            end,
            base,
            items: bounds,
            bit,
            ..
        } = op
        else {
            return;
        };
        let Some((record, slot)) = self.base_list(frames, base) else {
            self.fresh_member(frames, (op_index, end), base, site, bit, tally);
            return;
        };
        let spans = self.base.captured.spans(record, slot);
        let mark = self.edits.list.len();
        let own = spans.outer.end > spans.outer.start;
        let mut inner = if own {
            Site {
                inside: self.inside(open, site.inside),
                ..Site::of(self.wire(), self.base.input, spans)
            }
        } else {
            *site
        };
        if let Some(last) = self.last_item(record, slot) {
            inner.anchor = last;
        }
        let items = self.walk(frames, (op_index + 1, end), &mut inner);
        // Slot 0 is the record's own: a document that is a list stays one without items.
        let emptied = slot != 0 && !items.wrote.any && items.removed;
        if emptied && self.all_items_go(record, slot, mark) {
            if own {
                self.lose_around((op_index + 1, end), frames, (record, slot));
                self.edits.list.truncate(mark);
                self.edits.remove(spans.outer);
            }
            tally.removed = true;
            return;
        }
        // How many the upstream itself has is not for the caller to mend.
        if bounds != (0, u32::MAX)
            && let left = self.items_left(record, slot, mark)
            && (items.came > 0 || left < self.base.captured.count(record, slot))
        {
            let (ops, count) = ((op_index + 1, end), left.saturating_add(items.came));
            self.patch.judge_items(frames.patch, ops, bounds, count);
        }
        if own {
            self.open_closed(mark, spans);
            site.pass(spans, false);
        } else {
            self.bracket(mark, self.base.captured.head(record, slot));
            site.anchor = inner.anchor;
        }
        tally.keep(bit);
        tally.removed |= items.removed;
    }

    /// Reports a list or map of the base that goes with something in it, beside its items, which nothing reads.
    fn lose_around(&mut self, (from, to): (u32, u32), frames: Frames, (record, slot): (u32, u16)) {
        let around = self.base.captured.spans(record, slot).outer;
        let items = items(self.base, record, slot, None).into_iter();
        let items: Vec<Range> = items
            .map(|item| self.base.captured.spans(item, 0).outer)
            .collect();
        let within = |range: &Range, at: u32| range.start <= at && at < range.end;
        let is_beside = |at: u32| within(&around, at) && !items.iter().any(|item| within(item, at));
        if !self.unread().any(is_beside) {
            return;
        }
        let program = self.patch.program;
        let mut ops = program.ops[from as usize..to as usize].iter();
        let of = ops.find_map(|op| match op {
            Op::Each { each } => {
                let each = &program.eaches[*each as usize];
                Some((each.list, each.rule))
            }
            Op::Entries { entries } => {
                let entries = &program.entries[*entries as usize];
                Some((entries.list, entries.rule))
            }
            _ => None,
        });
        if let Some((list, rule)) = of {
            let at = self.patch.list_at(frames.patch, list);
            self.patch.captured.lose(LossCode::Residue, rule, at);
        }
    }

    /// The record and slot of a list that the base has.
    fn base_list(&self, frames: Frames, base: Option<SlotRef>) -> Option<(u32, u16)> {
        let place = base?;
        let record = self.base.register(frames.base, place.register).record;
        let kind = self.base.captured.slot(record, place.slot).kind();
        (kind == SlotKind::List).then_some((record, place.slot))
    }

    /// A single JSON value that stands for a list of one gets brackets when others come beside it.
    fn bracket(&mut self, mark: usize, only: u32) {
        let spans = self.base.captured.spans(only, 0);
        let comes = |edit: &Edit| {
            matches!(edit.kind, EditKind::Insert { .. }) && edit.range.start == spans.outer.end
        };
        if self.wire() != Wire::Json || !self.edits.list[mark..].iter().any(comes) {
            return;
        }
        for edit in &mut self.edits.list[mark..] {
            if edit.kind == EditKind::Remove && edit.range == spans.outer {
                // Its name stays, for what comes in its place.
                edit.range = spans.inner;
            }
        }
        let from = self.edits.fresh.len();
        self.edits.fresh.push(b'[');
        let start = spans.inner.start;
        self.edits
            .push(Range { start, end: start }, from, EditKind::Raw);
        // Before whatever takes the value's own place.
        self.edits.list[mark..].rotate_right(1);
        let from = self.edits.fresh.len();
        self.edits.fresh.push(b']');
        let end = spans.outer.end;
        self.edits
            .push(Range { start: end, end }, from, EditKind::Raw);
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
        self.items_left(record, slot, mark) == 0
    }

    /// How many items of the list the edits made since `mark` leave there.
    fn items_left(&self, record: u32, slot: u16, mark: usize) -> u32 {
        let removed: HashSet<Range> = self.edits.list[mark..]
            .iter()
            .filter(|edit| edit.kind == EditKind::Remove)
            .map(|edit| edit.range)
            .collect();
        let mut item = self.base.captured.head(record, slot);
        let mut left = 0;
        while item != ABSENT_RECORD {
            left += u32::from(!removed.contains(&self.base.captured.spans(item, 0).outer));
            item = self.base.captured.next(item);
        }
        left
    }

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
        let aligned = self.align(each, &base_items, &patch_items);
        for (item, over) in patch_items.into_iter().zip(aligned) {
            let item = Register {
                record: item,
                whole: true,
            };
            if let Some(index) = over {
                kept[index] = true;
                let found = self.block((each.block, read), site.inside, item, base_items[index]);
                tally.removed |= found.removed;
                tally.wrote.any = true;
            } else if self.new_item(each, item, site) {
                tally.wrote.any = true;
                tally.came += 1;
            }
        }
        let mut kept = kept.into_iter();
        base_items.retain(|_| !kept.next().unwrap_or_default());
        let at = self.patch.list_at(frames.patch, each.list);
        tally.removed |= self.remove_items(each, &base_items, at);
        tally
    }

    /// Writes an item that the base does not have, behind those that it has.
    fn new_item(&mut self, each: &Each, item: Register, site: &mut Site) -> bool {
        let from = self.edits.fresh.len();
        let block = self.patch.program.blocks[each.block as usize];
        let mut out = Output::piece(self.wire(), &mut self.edits.fresh, self.entry_names);
        let wrote = fresh_block(self.patch, block, item, &mut out);
        if wrote {
            self.insert(from, site, false);
        }
        wrote
    }

    /// Takes items of the base away, where the upstream lets them go; `at` is where the patch has its list.
    fn remove_items(&mut self, each: &Each, items: &[u32], at: u32) -> bool {
        if items.is_empty() {
            return false;
        }
        if each.removal_refused {
            for _ in items {
                self.patch.fault(
                    FaultCode::CannotRemove,
                    each.rule,
                    at,
                    "every item that the upstream has, since it never removes one",
                );
            }
            return false;
        }
        self.lose_items(each, items, at);
        for item in items {
            self.edits.remove(self.base.captured.spans(*item, 0).outer);
        }
        true
    }

    /// Reports the items of the base that go with something in them which nothing reads: even where another item takes
    /// the place of one, nobody said what that held.
    pub(super) fn lose_items(&mut self, each: &Each, items: &[u32], at: u32) {
        let mut unread: Vec<u32> = self.unread().collect();
        unread.sort_unstable();
        for item in items {
            let whole = self.base.captured.spans(*item, 0).outer;
            let first = unread.partition_point(|at| *at < whole.start);
            if unread.get(first).is_some_and(|at| *at < whole.end) {
                self.patch.captured.lose(LossCode::Residue, each.rule, at);
            }
        }
    }

    /// Where the base holds what nobody saw. What an answer shows and a request does not take is known to who asks.
    fn unread(&self) -> impl Iterator<Item = u32> {
        let is_shown =
            |(at, loss): &(usize, &Loss)| *at >= self.held && loss.code == LossCode::NoPlace;
        let losses = self.base.captured.losses.iter().enumerate();
        let unread = losses.filter(move |loss| !is_shown(loss) && loss.1.code != LossCode::Lossy);
        unread.map(|(_, loss)| loss.at)
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
            opened: from,
            bytes: &mut self.edits.fresh,
            entry_names: self.entry_names,
        };
        let wrote = self.base.emit_block(block, over, &mut out);
        self.edits.fresh.truncate(from);
        wrote.any
    }

    /// The item of the base, by its index, that each item of the patch changes.
    fn align(
        &mut self,
        each: &Each,
        base_items: &[u32],
        patch_items: &[u32],
    ) -> Vec<Option<usize>> {
        let (Some(slot), Some(value)) = (each.key, each.key_value) else {
            let count = base_items.len();
            return (0..patch_items.len())
                .map(|index| (index < count).then_some(index))
                .collect();
        };
        let keys: Vec<Option<Vec<u8>>> = patch_items
            .iter()
            .map(|item| key_of(self.patch, each, value, *item))
            .collect();
        let texts = base_items
            .iter()
            .map(|item| self.base.record_text(*item, slot));
        // Items without a key are aligned with each other.
        let mut index = Index::new(texts.enumerate().collect());
        keys.iter().map(|key| index.take(&key.as_deref())).collect()
    }
}

/// The native key that an item of the patch has.
fn key_of(patch: &mut Reader<'_>, each: &Each, value: u32, item: u32) -> Option<Vec<u8>> {
    let block = patch.program.blocks[each.block as usize];
    // The item is met again when it is written: only then do its losses and faults count.
    let (lost, losses) = (patch.captured.lost, patch.captured.losses.len());
    let faults = patch.faults.len();
    let frame = patch.enter(
        block,
        Register {
            record: item,
            whole: true,
        },
    );
    let key = patch.value(frame, value).map(|found| found.text.to_vec());
    patch.leave(frame);
    patch.captured.lost = lost;
    patch.captured.losses.truncate(losses);
    patch.faults.truncate(faults);
    key
}

/// The records of a list that are in a cell.
pub(super) fn items(reader: &Reader<'_>, record: u32, slot: u16, cell: Option<u8>) -> Vec<u32> {
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
