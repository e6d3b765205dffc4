//! The division of lists into cells.

use super::captured::ABSENT_RECORD;
use super::fault::{Fault, FaultCode, LossCode};
use super::value::{Direction, Reader, Register};
use crate::mapping::plan::{Block, Cell, NONE, Split, Take};

/// Cell of an item that nothing takes.
const NOWHERE: u32 = u32::MAX;

impl Reader<'_> {
    /// Opens a block over a record: its registers, and its lists divided. Returns the frame.
    pub(crate) fn enter(&mut self, block: Block, over: Register) -> usize {
        let frame = self.registers.len();
        self.registers.push(over);
        if block.registers > 1 {
            let absent = Register {
                record: ABSENT_RECORD,
                whole: over.whole,
            };
            self.registers
                .resize(frame + usize::from(block.registers), absent);
        }
        for index in block.splits.0..block.splits.1 {
            self.split(frame, index as usize);
        }
        frame
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
        for (number, cell) in split.cells.iter().enumerate() {
            let taken = match cell.take {
                Take::At(at, _) => at == position,
                Take::One(_) | Take::Many => true,
            };
            if !taken || !self.fits(cell, record) {
                continue;
            }
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

    fn fits(&self, cell: &Cell, record: u32) -> bool {
        cell.tests.iter().all(|test| {
            let literal = self.plan.lit(test.literal);
            self.captured
                .text(self.input, self.captured.slot(record, test.slot))
                .is_some_and(|text| {
                    if test.no_case {
                        text.eq_ignore_ascii_case(literal)
                    } else {
                        text == literal
                    }
                })
        })
    }

    fn lose_item(&mut self, split: &Split, record: u32, code: LossCode) {
        for index in 0..split.width {
            let slot = self.captured.slot(record, index);
            if slot.is_value() {
                let at = self.captured.origin(slot);
                self.captured.lose(code, NONE, at);
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
