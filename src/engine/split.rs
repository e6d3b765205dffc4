//! The division of lists into cells.

use super::captured::ABSENT_RECORD;
use super::fault::{Fault, FaultCode, LossCode};
use super::value::{Direction, Reader, Register};
use crate::mapping::plan::{Block, Cell, NONE, Name, Split, Take, Unread};

/// Cell of an item that nothing takes.
pub(crate) const NOWHERE: u32 = u32::MAX;

impl Reader<'_> {
    /// Opens a block over a record: its registers, and its lists divided. Returns the frame.
    pub(crate) fn enter(&mut self, block: Block, over: Register) -> usize {
        let frame = self.registers.len();
        let behind = frame + usize::from(block.registers.max(1));
        if behind > self.registers.capacity() {
            // As many as blocks that stand in each other need: how deep they do is the mapping's.
            self.registers.reserve_exact(behind - frame);
        }
        self.registers.push(over);
        for _ in 1..block.registers {
            self.registers.push(Register {
                record: ABSENT_RECORD,
                whole: over.whole,
            });
        }
        for index in block.splits.0..block.splits.1 {
            self.split(frame, index as usize);
        }
        if block.unread.0 < block.unread.1 {
            self.lose_unread(frame, block.unread);
        }
        frame
    }

    /// Counts what the block does not read of its records.
    fn lose_unread(&mut self, frame: usize, (from, to): (u32, u32)) {
        let program = self.program;
        for unread in &program.unread[from as usize..to as usize] {
            let record = self.register(frame, unread.place.register).record;
            self.lose_place(record, unread);
        }
    }

    /// Counts what stands at a place of a record that nothing reads; mostly nothing does.
    #[inline]
    pub(crate) fn lose_place(&mut self, record: u32, unread: &Unread) {
        if !self.captured.slot(record, unread.place.slot).is_absent() {
            self.lose_present(record, unread);
        }
    }

    #[inline(never)]
    fn lose_present(&mut self, record: u32, unread: &Unread) {
        let slot = self.captured.slot(record, unread.place.slot);
        if let Some(items) = unread.items {
            let mut item = self.captured.head(record, unread.place.slot);
            while item != ABSENT_RECORD {
                self.lose_record(items, item, LossCode::NoPlace, NONE);
                item = self.captured.next(item);
            }
        } else if slot.is_value() {
            let at = self.captured.origin(slot);
            self.captured.lose(LossCode::NoPlace, NONE, at);
            self.note_lost((record, unread.place.slot), LossCode::NoPlace, NONE);
        }
    }

    /// Closes the block that was opened last.
    pub(crate) fn leave(&mut self, frame: usize) {
        self.registers.truncate(frame);
    }

    fn split(&mut self, frame: usize, index: usize) {
        let program = self.program;
        let split: &Split = &program.splits[index];
        let holder = self.register(frame, split.list.register);
        let list = self.captured.slot(holder.record, split.list.slot);
        // A list that is given stands for all of its items.
        let whole = holder.whole || !list.is_absent();
        for cell in &split.cells {
            if let Take::One(register) | Take::At(_, register) = cell.take {
                self.registers[frame + usize::from(register)] = Register {
                    record: ABSENT_RECORD,
                    whole,
                };
            }
        }
        let mut record = self.captured.head(holder.record, split.list.slot);
        let mut position = 0;
        while record != ABSENT_RECORD {
            let cell = self.cell_of(frame, split, record, position, whole);
            self.captured.set_cell(record, cell);
            record = self.captured.next(record);
            position += 1;
        }
    }

    /// The cell of an item; the first of a cell that takes one goes into its register.
    fn cell_of(
        &mut self,
        frame: usize,
        split: &Split,
        record: u32,
        position: u32,
        whole: bool,
    ) -> u32 {
        if let Some(number) = self.first_cell(split, record, position) {
            let cell = &split.cells[number];
            if let Take::One(register) | Take::At(_, register) = cell.take {
                let register = frame + usize::from(register);
                if self.registers[register].record != ABSENT_RECORD {
                    self.lose_item(split, record, LossCode::Surplus);
                    return NOWHERE;
                }
                self.registers[register] = Register { record, whole };
            }
            return number as u32;
        }
        match split.rest {
            Some(rest) => u32::from(rest),
            None => {
                let code = if split
                    .cells
                    .iter()
                    .any(|cell| matches!(cell.take, Take::At(..)))
                {
                    LossCode::Surplus
                } else {
                    LossCode::NoPlace
                };
                self.lose_item(split, record, code);
                NOWHERE
            }
        }
    }

    /// The first cell that an item at a position of its list fits.
    #[inline]
    pub(crate) fn first_cell(&self, split: &Split, record: u32, position: u32) -> Option<usize> {
        split.cells.iter().position(|cell| {
            let taken = match cell.take {
                Take::At(at, _) => at == position,
                Take::One(_) | Take::Many => true,
            };
            taken && self.fits(cell, record)
        })
    }

    /// The text of a slot, and its ends.
    #[inline]
    fn tested(&self, record: u32, slot: u16) -> Option<(&[u8], (u64, u64))> {
        let text = self.record_text(record, slot)?;
        Some((text, Name::ends(text)))
    }

    pub(crate) fn fits(&self, cell: &Cell, record: u32) -> bool {
        cell.tests.iter().all(|test| {
            self.tested(record, test.slot)
                .is_some_and(|(text, ends)| test.holds(text, ends))
        })
    }

    fn lose_item(&mut self, split: &Split, record: u32, code: LossCode) {
        self.lose_record(split.kind, record, code, NONE);
    }

    /// Every value of a record, and of the items of its lists, is lost.
    #[cold]
    pub(crate) fn lose_record(&mut self, kind: u16, record: u32, code: LossCode, rule: u16) {
        let layout = match self.direction {
            Direction::ToCanonical => &self.plan.native,
            Direction::ToNative => &self.plan.canonical,
        };
        let width = layout.widths.get(usize::from(kind)).copied().unwrap_or(0);
        let lists = layout
            .lists
            .get(usize::from(kind))
            .map_or(&[][..], Vec::as_slice);
        for index in 0..width {
            let list = lists
                .iter()
                .find(|(slot, _)| *slot == index || *slot + 1 == index);
            match list {
                Some((slot, inner)) if *slot == index => {
                    let mut item = self.captured.head(record, index);
                    while item != ABSENT_RECORD {
                        self.lose_record(*inner, item, code, rule);
                        item = self.captured.next(item);
                    }
                }
                // The tail of a list is no value.
                Some(_) => {}
                None => {
                    let slot = self.captured.slot(record, index);
                    if slot.is_value() {
                        let at = self.captured.origin(slot);
                        self.captured.lose(code, rule, at);
                    }
                }
            }
        }
    }

    /// The text of a slot of a record.
    pub(crate) fn record_text(&self, record: u32, slot: u16) -> Option<&[u8]> {
        self.captured
            .text(self.input, self.captured.slot(record, slot))
    }

    /// Keeps a fault at a place of the source.
    pub(crate) fn fault(&mut self, code: FaultCode, rule: u16, at: u32, why: &'static str) {
        self.faults.push(Fault {
            code,
            rule,
            node: NONE,
            at,
            why,
        });
    }

    /// True if the program writes the native side.
    pub(crate) fn to_native(&self) -> bool {
        self.direction == Direction::ToNative
    }
}
