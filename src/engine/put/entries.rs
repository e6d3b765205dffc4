//! Maps of a patch over those of a base.

use std::collections::HashSet;

use super::fresh::fresh_entry;
use super::index::Index;
use super::lists::items;
use super::{Frames, Put, Site, Tally, closed_at};
use crate::engine::captured::Spans;
use crate::engine::edits::EditKind;
use crate::engine::fault::{FaultCode, LossCode};
use crate::engine::output::Output;
use crate::engine::slot::SlotKind;
use crate::mapping::plan::{Entries, Lit, WriteAs};

impl Put<'_, '_> {
    pub(super) fn entries(&mut self, frames: Frames, entries: &Entries, site: &mut Site) -> Tally {
        let mut tally = Tally::default();
        let Some((place, cell, slots)) = entries.base else {
            return tally;
        };
        let holder = self.base.register(frames.base, place.register).record;
        let base_items = items(self.base, holder, place.slot, cell);
        let list = entries.list;
        let patch_holder = self.patch.register(frames.patch, list.register);
        let given = self.patch.captured.slot(patch_holder.record, list.slot);
        if !patch_holder.whole && given.is_absent() {
            tally.wrote.any = !base_items.is_empty();
            return tally;
        }
        let patch_items = items(self.patch, patch_holder.record, list.slot, entries.cell);
        if let Some(last) = base_items.last() {
            site.anchor = self.entry_spans(*last, slots).outer.end;
        }
        // Of entries that the patch names, whether they stay.
        let mut stays = vec![None; base_items.len()];
        let mut cleared = HashSet::new();
        let aligned = self.align_entries(entries, &base_items, &patch_items, slots);
        for (item, over) in patch_items.into_iter().zip(aligned) {
            let is_value = self.patch.captured.slot(item, entries.slots.1).is_value();
            match over {
                Some(index) => {
                    stays[index] = Some(is_value);
                    if is_value {
                        self.entry_value(entries, slots, (base_items[index], item), site.inside);
                    } else {
                        let null = self.patch.captured.slot(item, entries.slots.1);
                        let at = self.patch.captured.origin(null);
                        self.remove_entry(entries, slots, (base_items[index], false), at);
                        tally.removed = true;
                        let name = self.base.record_text(base_items[index], slots.0);
                        cleared.insert(name.map(<[u8]>::to_vec));
                    }
                }
                None if is_value => tally.wrote.any |= self.new_entry(entries, item, site),
                None => {}
            }
        }
        let whole = || self.patch.captured.slot(patch_holder.record, 0);
        let told = Some(given).filter(|given| !given.is_absent());
        let told = told.unwrap_or_else(whole);
        let all_at = self.patch.captured.origin(told);
        let all = patch_holder.whole || given.kind() == SlotKind::Null;
        let mut met = HashSet::new();
        for (item, stays) in base_items.iter().zip(stays) {
            // An entry without a value is residue. Further ones of a name that is cleared would stand in its place.
            let name = self.base.record_text(*item, slots.0);
            let goes = all || cleared.contains(&name.map(<[u8]>::to_vec));
            let is_value = self.base.captured.slot(*item, slots.1).is_value();
            let further = is_value && goes && !met.insert(name.map(<[u8]>::to_vec));
            if stays.is_none() && goes && is_value {
                self.remove_entry(entries, slots, (*item, further), all_at);
                tally.removed = true;
            } else {
                tally.wrote.any |= stays.unwrap_or(true);
            }
        }
        tally
    }

    /// Takes an entry of the base away, and reports what stands in it beside its name and its value; of a further one of
    /// its name nobody saw even that.
    fn remove_entry(
        &mut self,
        entries: &Entries,
        slots: (u16, u16),
        (item, further): (u32, bool),
        at: u32,
    ) {
        let spans = self.entry_spans(item, slots);
        // A member of an open object, and an element of its own name, is nothing but its value.
        if slots.0 != 0 {
            let of = |slot| self.base.captured.spans(item, slot).outer;
            let named = vec![of(slots.0), of(slots.1)];
            if further || self.stands_beside(spans, named, (0, 0)) {
                let code = LossCode::Residue;
                self.patch.captured.lose(code, entries.rule, at);
            }
        }
        self.edits.remove(spans.outer);
    }

    /// Where an entry of the base stands. That of an open object is a member: it stands where its value does, and
    /// its name is in the slot that items of lists have for themselves.
    fn entry_spans(&self, item: u32, slots: (u16, u16)) -> Spans {
        let slot = if slots.0 == 0 { slots.1 } else { 0 };
        self.base.captured.spans(item, slot)
    }

    /// The entry of the base, by its index, that each entry of the patch changes: the one of the very same name,
    /// else, where names have no case, one that nothing else in the patch names. One with a value, which is what
    /// the base reads as, comes before one without.
    fn align_entries(
        &self,
        entries: &Entries,
        base_items: &[u32],
        patch_items: &[u32],
        slots: (u16, u16),
    ) -> Vec<Option<usize>> {
        let named = |item: &u32| self.base.record_text(*item, slots.0);
        let has_value =
            |(_, item): &(usize, &u32)| self.base.captured.slot(**item, slots.1).is_value();
        let (with, without): (Vec<_>, Vec<_>) = base_items.iter().enumerate().partition(has_value);
        let ordered: Vec<(usize, &u32)> = with.into_iter().chain(without).collect();
        let names: Vec<&[u8]> = patch_items
            .iter()
            .map(|item| self.patch.record_text(*item, entries.slots.0))
            .map(Option::unwrap_or_default)
            .collect();
        let keys = ordered.iter().map(|(index, item)| (*index, named(item)));
        let mut exact = Index::new(keys.collect());
        let mut found: Vec<Option<usize>> =
            names.iter().map(|name| exact.take(&Some(name))).collect();
        if !entries.no_case {
            return found;
        }
        let mut taken = vec![false; base_items.len()];
        for index in found.iter().flatten() {
            taken[*index] = true;
        }
        let folded = ordered
            .iter()
            .filter(|(index, _)| !taken[*index])
            .map(|(index, item)| (*index, named(item).map(<[u8]>::to_ascii_lowercase)));
        let mut folded = Index::new(folded.collect());
        for (found, name) in found.iter_mut().zip(names) {
            if found.is_none() {
                *found = folded.take(&Some(name.to_ascii_lowercase()));
            }
        }
        found
    }

    /// Writes an entry that the base does not have, behind those that it has.
    fn new_entry(&mut self, entries: &Entries, item: u32, site: &mut Site) -> bool {
        let from = self.edits.fresh.len();
        let mut out = Output::piece(self.wire(), &mut self.edits.fresh, self.entry_names);
        let wrote = fresh_entry(self.patch, entries, item, &mut out);
        if wrote {
            self.insert(from, site, false);
        }
        wrote
    }

    fn entry_value(
        &mut self,
        entries: &Entries,
        slots: (u16, u16),
        (base, patch): (u32, u32),
        inside: Lit,
    ) {
        let new = self
            .patch
            .record_text(patch, entries.slots.1)
            .unwrap_or_default();
        if self.base.record_text(base, slots.1) == Some(new) {
            return;
        }
        if !self.base.captured.has(base, slots.1) {
            self.whole_entry(entries, slots, (base, patch), inside);
            return;
        }
        let spans = self.base.captured.spans(base, slots.1);
        let from = self.edits.fresh.len();
        let wire = self.wire();
        let closed = closed_at(wire, self.base.input, spans);
        if closed.is_some() {
            self.edits.fresh.push(b'>');
        }
        let mut out = Output::piece(self.wire(), &mut self.edits.fresh, self.entry_names);
        let plan = self.patch.plan;
        let name = self
            .patch
            .record_text(patch, entries.slots.0)
            .unwrap_or_default();
        let written = plan
            .accepts_entry(entries, name, new)
            .and_then(|()| out.text(new, false, WriteAs::Text));
        if let Err(why) = written {
            let value = self.patch.captured.slot(patch, entries.slots.1);
            let at = self.patch.captured.origin(value);
            self.patch
                .fault(FaultCode::InvalidInput, entries.rule, at, why);
            return;
        }
        self.replace(spans, closed, from);
    }

    /// An entry of the base that has no value is written anew.
    fn whole_entry(
        &mut self,
        entries: &Entries,
        slots: (u16, u16),
        (base, patch): (u32, u32),
        inside: Lit,
    ) {
        let from = self.edits.fresh.len();
        let mut out = Output::piece(self.wire(), &mut self.edits.fresh, self.entry_names);
        if fresh_entry(self.patch, entries, patch, &mut out) {
            self.declare(from, inside, false);
            let spans = self.entry_spans(base, slots);
            self.edits.push(spans.outer, from, EditKind::Replace);
        }
    }
}
