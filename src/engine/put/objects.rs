//! Objects of a patch over those of a base: changed in place, made anew, or taken away with their residue.

use super::fresh::fresh;
use super::{Frames, Put, Site, Tally, element_name};
use crate::codec::Range;
use crate::engine::captured::{ABSENT_RECORD, Spans};
use crate::engine::edits::EditKind;
use crate::engine::emit::Output;
use crate::engine::slot::SlotKind;
use crate::engine::split::NOWHERE;
use crate::mapping::plan::{Op, SlotRef, Take, Wire};

impl Put<'_, '_> {
    pub(super) fn object(
        &mut self,
        frames: Frames,
        op_index: u32,
        op: Op,
        site: &mut Site,
        tally: &mut Tally,
    ) {
        let Op::Object {
            attributes,
            end,
            object,
            bit,
            ..
        } = op
        else {
            return;
        };
        let program = self.patch.program;
        let rules = &program.objects[object as usize];
        let Some(spans) = self.base_object(frames, rules.base) else {
            self.fresh_member(frames, (op_index, end), rules.base, site, bit, tally);
            return;
        };
        let mark = self.edits.list.len();
        let mut inner = Site::of(self.wire(), self.base.input, spans);
        let mut found = self.walk(frames, (op_index + 1, attributes), &mut inner);
        found.join(self.walk(frames, (attributes, end), &mut inner));
        let is_item = rules
            .base
            .is_some_and(|base| base.register > 0 && base.slot == 0);
        let goes = !found.wrote.any
            && found.removed
            && !self.patch.is_root(op_index + 1)
            && !self.holds_position(frames, rules.base);
        if goes && (is_item || rules.required != 0 || !self.has_residue(spans, mark)) {
            self.edits.list.truncate(mark);
            self.edits.remove(spans.outer);
            self.remove_surplus(frames, rules.base);
            tally.removed = true;
            return;
        }
        self.open_closed(mark, spans);
        self.patch
            .judge_object(frames.patch, rules, found.present());
        site.pass(spans, false);
        tally.keep(bit);
    }

    /// The items behind the first of a cell that takes one go with it, or the next would stand in its place.
    fn remove_surplus(&mut self, frames: Frames, base: Option<SlotRef>) {
        let Some(place) = base.filter(|place| place.register > 0 && place.slot == 0) else {
            return;
        };
        let program = self.base.program;
        let block = program.blocks[self.reading as usize];
        let splits = &program.splits[block.splits.0 as usize..block.splits.1 as usize];
        let cell = splits
            .iter()
            .flat_map(|split| &split.cells)
            .find(|cell| matches!(cell.take, Take::One(register) if register == place.register));
        let Some(cell) = cell else { return };
        let record = self.base.register(frames.base, place.register).record;
        let mut item = self.base.captured.next(record);
        while item != ABSENT_RECORD {
            if self.base.captured.cell(item) == NOWHERE && self.base.fits(cell, item) {
                self.edits.remove(self.base.captured.spans(item, 0).outer);
            }
            item = self.base.captured.next(item);
        }
    }

    /// True for an item that is named by its position and has others behind it: without it they would be others.
    fn holds_position(&self, frames: Frames, base: Option<SlotRef>) -> bool {
        let Some(place) = base else { return false };
        let program = self.base.program;
        let block = program.blocks[self.reading as usize];
        let splits = &program.splits[block.splits.0 as usize..block.splits.1 as usize];
        let by_position = splits
            .iter()
            .flat_map(|split| &split.cells)
            .any(|cell| matches!(cell.take, Take::At(_, register) if register == place.register));
        let record = self.base.register(frames.base, place.register).record;
        by_position && self.base.captured.next(record) != ABSENT_RECORD
    }

    /// True if something stands in an object of the base beside what the edits since `mark` take away.
    fn has_residue(&self, spans: Spans, mark: usize) -> bool {
        let base = self.base.input;
        let xml = self.wire() == Wire::Xml;
        let start = if xml {
            spans.outer.start as usize + 1 + element_name(&base[spans.outer.start as usize..]).len()
        } else {
            spans.inner.start as usize + 1
        };
        let end = spans.inner.end as usize;
        let mut removed: Vec<Range> = self.edits.list[mark..]
            .iter()
            .filter(|edit| edit.kind == EditKind::Remove)
            .map(|edit| edit.range)
            .collect();
        removed.sort_by_key(|range| range.start);
        let separator = |byte: &u8| {
            matches!(
                byte,
                b' ' | b'\t' | b'\r' | b'\n' | b',' | b'}' | b'>' | b'/'
            )
        };
        let mut at = start;
        for range in removed {
            let from = range.start as usize;
            if at < from && !base[at..from].iter().all(separator) {
                return true;
            }
            at = at.max(range.end as usize);
        }
        at < end && !base[at..end].iter().all(separator)
    }

    /// The object in the base, if it is there.
    pub(super) fn base_object(&self, frames: Frames, place: Option<SlotRef>) -> Option<Spans> {
        let place = place?;
        let record = self.base.register(frames.base, place.register).record;
        let slot = self.base.captured.slot(record, place.slot);
        (slot.kind() == SlotKind::Object).then(|| self.base.captured.spans(record, place.slot))
    }

    /// Writes an object or list that the base does not have, or has as null.
    pub(super) fn fresh_member(
        &mut self,
        frames: Frames,
        ops: (u32, u32),
        base: Option<SlotRef>,
        site: &mut Site,
        bit: u8,
        tally: &mut Tally,
    ) {
        let null = base
            .map(|place| {
                (
                    self.base.register(frames.base, place.register).record,
                    place.slot,
                )
            })
            .filter(|(record, slot)| {
                self.base.captured.slot(*record, *slot).kind() == SlotKind::Null
            })
            .map(|(record, slot)| self.base.captured.spans(record, slot));
        let from = self.edits.fresh.len();
        if self.fresh_ops(frames, ops) {
            match null {
                Some(spans) => self.edits.push(spans.outer, from, EditKind::Replace),
                None => self.insert(from, site, false),
            }
            tally.keep(bit);
        }
        if let Some(spans) = null {
            site.pass(spans, false);
        }
    }

    /// Writes operations from the patch alone, behind the other fresh bytes.
    pub(super) fn fresh_ops(&mut self, frames: Frames, ops: (u32, u32)) -> bool {
        self.hold_defaults(frames, ops);
        let wrote = self.written_ops(frames, ops);
        self.patch.held.clear();
        wrote
    }

    /// Where the base has nothing, a value that equals its default stays away.
    fn hold_defaults(&mut self, frames: Frames, (from, to): (u32, u32)) {
        let program = self.patch.program;
        for op in &program.ops[from as usize..to as usize] {
            let Op::Value { value, .. } = *op else {
                continue;
            };
            let reads = &program.values[value as usize].reads;
            let has_default = reads.iter().any(|read| {
                let read = self.base.program.values.get(*read as usize);
                read.is_some_and(|read| read.default.is_some())
            });
            if has_default && self.agrees(frames, value) == (true, true) {
                self.patch.held.push(value);
            }
        }
    }

    pub(super) fn written_ops(&mut self, frames: Frames, ops: (u32, u32)) -> bool {
        let mut out = Output {
            wire: self.wire(),
            document: false,
            start: 0,
            bytes: &mut self.edits.fresh,
            entry_names: self.entry_names,
        };
        fresh(self.patch, frames.patch, ops, &mut out).any
    }
}
