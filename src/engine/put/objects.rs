//! Objects of a patch over those of a base: changed in place, made anew, or taken away with their residue.

use super::fresh::fresh;
use super::{Frames, Put, Site, Tally, element_name};
use crate::codec::Range;
use crate::engine::captured::{ABSENT_RECORD, Spans};
use crate::engine::edits::EditKind;
use crate::engine::fault::LossCode;
use crate::engine::output::Output;
use crate::engine::slot::SlotKind;
use crate::engine::split::NOWHERE;
use crate::mapping::plan::{Cell, NONE, Object, Op, SlotRef, Take, Wire};

impl<'a> Put<'_, 'a> {
    pub(super) fn object(
        &mut self,
        frames: Frames,
        op_index: u32,
        op: Op,
        site: &mut Site,
        tally: &mut Tally,
    ) {
        let Op::Object {
            open,
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
        let mut inner = Site {
            inside: self.inside(open, site.inside),
            ..Site::of(self.wire(), self.base.input, spans).below(self.wire(), rules.node)
        };
        let mut found = self.walk(frames, (op_index + 1, attributes), &mut inner);
        found.join(self.walk(frames, (attributes, end), &mut inner));
        let is_item = rules
            .base
            .is_some_and(|base| base.register > 0 && base.slot == 0);
        let other = self.is_of_other(frames, rules, (op_index + 1, end), found.wrote.any);
        let goes = other
            || !found.wrote.any
                && found.removed
                && !self.patch.is_root(op_index + 1)
                && !self.holds_position(frames, rules.base)
                && !self.patch.is_made(frames.patch, rules);
        let ops = (op_index + 1, end);
        let residue = goes && self.has_residue(spans, mark, self.tested(frames, rules.base), ops);
        let lacks = rules.required & !found.wrote.members != 0;
        if goes && (other || is_item || lacks || !residue) {
            self.edits.list.truncate(mark);
            self.edits.remove(spans.outer);
            if self.remove_surplus(frames, rules.base) || residue {
                self.lose_residue(frames, rules, ops);
            }
            tally.removed = true;
            return;
        }
        self.open_closed(mark, spans);
        self.patch
            .judge_object(frames.patch, ops, rules, found.present());
        site.pass(spans, false);
        if goes {
            tally.leave_stub(bit);
        } else {
            tally.keep(bit);
        }
    }

    /// Reports that an object goes with more in it than what was cleared, at the first place that was.
    fn lose_residue(&mut self, frames: Frames, rules: &Object, (from, to): (u32, u32)) {
        let program = self.patch.program;
        let cleared = program.ops[from as usize..to as usize]
            .iter()
            .filter_map(|op| match op {
                Op::Value { value, .. } => Some(&program.values[*value as usize]),
                _ => None,
            })
            .flat_map(|value| self.patch.slots_of(frames.patch, value))
            .find(|slot| !slot.is_absent());
        let at = cleared.map_or(0, |slot| self.patch.captured.origin(slot));
        let rule = rules.rules.iter().find(|rule| **rule != NONE);
        let rule = rule.copied().unwrap_or(NONE);
        self.patch.captured.lose(LossCode::Residue, rule, at);
    }

    /// The items behind the first of a cell that takes one go with it, or the next would stand in its place. True if
    /// there are any: nobody saw what they hold.
    fn remove_surplus(&mut self, frames: Frames, base: Option<SlotRef>) -> bool {
        let Some((cell, place)) = self.cell_of(base) else {
            return false;
        };
        let before = self.edits.list.len();
        let record = self.base.register(frames.base, place.register).record;
        let mut item = self.base.captured.next(record);
        while item != ABSENT_RECORD {
            if self.base.captured.cell(item) == NOWHERE && self.base.fits(cell, item) {
                self.edits.remove(self.base.captured.spans(item, 0).outer);
            }
            item = self.base.captured.next(item);
        }
        self.edits.list.len() > before
    }

    /// The cell that takes one item, of which this is the item.
    fn cell_of(&self, base: Option<SlotRef>) -> Option<(&'a Cell, SlotRef)> {
        let place = base.filter(|place| place.register > 0 && place.slot == 0)?;
        let program = self.base.program;
        let block = program.blocks[self.reading as usize];
        let splits = &program.splits[block.splits.0 as usize..block.splits.1 as usize];
        let cell = splits
            .iter()
            .flat_map(|split| &split.cells)
            .find(|cell| matches!(cell.take, Take::One(register) if register == place.register))?;
        Some((cell, place))
    }

    /// Where an item has what puts it into its cell.
    fn tested(&self, frames: Frames, base: Option<SlotRef>) -> Vec<Range> {
        let Some((cell, place)) = self.cell_of(base) else {
            return Vec::new();
        };
        let record = self.base.register(frames.base, place.register).record;
        let spans = cell.tests.iter().map(|test| {
            let spans = self.base.captured.spans(record, test.slot);
            spans.outer
        });
        spans.collect()
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

    /// True if something stands in an object of the base beside what the edits since `mark` take away, what is
    /// named here, and the constants that are written with it.
    fn has_residue(&self, spans: Spans, mark: usize, named: Vec<Range>, ops: (u32, u32)) -> bool {
        let removed = self.edits.list[mark..]
            .iter()
            .filter(|edit| edit.kind == EditKind::Remove)
            .map(|edit| edit.range);
        self.stands_beside(spans, removed.chain(named).collect(), ops)
    }

    /// True if something stands in an object of the base beside some places and the constants of these operations.
    pub(super) fn stands_beside(
        &self,
        spans: Spans,
        mut gone: Vec<Range>,
        ops: (u32, u32),
    ) -> bool {
        let base = self.base.input;
        let start = if self.wire() == Wire::Xml {
            spans.outer.start as usize + 1 + element_name(&base[spans.outer.start as usize..]).len()
        } else {
            spans.inner.start as usize + 1
        };
        let end = spans.inner.end;
        gone.push(Range { start: end, end });
        gone.sort_by_key(|range| range.start);
        let mut at = start;
        for range in gone {
            let from = range.start as usize;
            if at < from && !self.is_constant(&base[at..from], ops) {
                return true;
            }
            at = at.max(range.end as usize);
        }
        false
    }

    /// True if a piece of the base is separators and constants that these operations write.
    fn is_constant(&self, mut piece: &[u8], (from, to): (u32, u32)) -> bool {
        let program = self.patch.program;
        let separator = |byte: &u8| {
            matches!(
                byte,
                b' ' | b'\t' | b'\r' | b'\n' | b',' | b'}' | b'>' | b'/'
            )
        };
        let constants = || {
            let ops = program.ops[from as usize..to as usize].iter();
            ops.filter_map(|op| match op {
                Op::Constant { lit, .. } => Some(self.patch.plan.lit(*lit)),
                _ => None,
            })
        };
        loop {
            let blank = piece.iter().take_while(|byte| separator(byte)).count();
            piece = without_declaration(self.wire(), &piece[blank..]);
            if piece.is_empty() {
                return true;
            }
            let constant = constants().find_map(|lit| {
                let lit = lit.strip_prefix(b",").unwrap_or(lit).trim_ascii();
                piece.strip_prefix(lit).filter(|_| !lit.is_empty())
            });
            match constant {
                Some(rest) => piece = rest,
                None if piece.first().is_some_and(separator) => {}
                None => return false,
            }
        }
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
                Some(spans) => {
                    self.declare(from, site.inside, false);
                    self.edits.push(spans.outer, from, EditKind::Replace);
                }
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
        let mut out = Output::piece(self.wire(), &mut self.edits.fresh, self.entry_names);
        fresh(self.patch, frames.patch, ops, &mut out).any
    }
}

/// What stands behind the declaration of a namespace, which says nothing by itself.
fn without_declaration(wire: Wire, piece: &[u8]) -> &[u8] {
    let declares = piece.strip_prefix(b"xmlns").filter(|rest| {
        wire == Wire::Xml
            && matches!(
                rest.first(),
                Some(b'=' | b':' | b' ' | b'\t' | b'\r' | b'\n')
            )
    });
    let value = declares.and_then(|rest| {
        let open = rest.iter().position(|byte| matches!(byte, b'"' | b'\''))?;
        let (quote, value) = rest[open..].split_first()?;
        let close = value.iter().position(|byte| byte == quote)?;
        Some(&value[close + 1..])
    });
    value.unwrap_or(piece)
}
