//! One document through one plan.

use std::fmt;

use super::capture::{Capture, CaptureFault, Incoming, Mode};
use super::captured::{Captured, ROOT_RECORD};
use super::edits::Edits;
use super::fault::{Fault, Loss};
use super::output::Output;
use super::put::Put;
use super::trace::{Sent, Trace};
use super::value::{Buffers, Direction, Reader, Register, Surroundings};
use crate::codec::Limits;
use crate::mapping::ast::Clear;
use crate::mapping::plan::{Plan, Wire};

/// Runs plans; holds every buffer that a translation needs, so that nothing is allocated once it is warm.
///
/// One engine serves one document at a time: keep one per worker, and none in a future that migrates while it
/// is borrowed.
#[derive(Default)]
pub struct Engine {
    capture: Capture,
    source: Captured,
    base: Captured,
    registers: Vec<Register>,
    base_registers: Vec<Register>,
    buffers: Buffers,
    base_buffers: Buffers,
    faults: Vec<Fault>,
    edits: Edits,
    entry_names: Vec<(u32, u32)>,
}

/// Tells nothing: its buffers hold the last document.
impl fmt::Debug for Engine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Engine").finish_non_exhaustive()
    }
}

/// Why a document was not translated. Every fault of the shape is there, sorted by no order but that of finding.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Failure {
    /// The input was not captured: it is no document of its format or its schema.
    Input(CaptureFault),
    /// The base was not captured.
    Base(CaptureFault),
    /// Values that do not fit.
    Faults(Vec<Fault>),
}

/// How a document is to be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reading {
    /// A whole document.
    Whole,
    /// A whole document, as far as it is one: values that their places do not take are lost, but those of a closed list.
    Lenient,
    /// A merge patch: absent, null and value are three things, and nothing must be present.
    Patch,
    /// A native update that keeps what it leaves out: the merge patch that it is, nulls as the upstream says them.
    Update,
}

impl Engine {
    /// Translates a document and appends the result, as UTF-8, to `out`.
    ///
    /// # Errors
    /// A [`Failure`]; `out` then holds nothing new.
    #[allow(
        clippy::too_many_arguments,
        reason = "one document and what surrounds it"
    )]
    pub fn translate(
        &mut self,
        plan: &Plan,
        direction: Direction,
        document: Incoming<'_>,
        reading: Reading,
        limits: &Limits,
        around: Surroundings<'_>,
        out: &mut Vec<u8>,
    ) -> Result<(), Failure> {
        let (layout, target) = match direction {
            Direction::ToCanonical => (&plan.native, Wire::Json),
            Direction::ToNative => (&plan.canonical, plan.native.wire),
        };
        let mode = match reading {
            Reading::Whole => Mode::Plain,
            Reading::Lenient => Mode::Lenient,
            Reading::Patch => Mode::Patch,
            Reading::Update => match plan.clear {
                Clear::Refuse => Mode::Plain,
                Clear::Nil => Mode::Nulls,
                Clear::Empty => Mode::Empties,
            },
        };
        self.capture
            .run(
                layout,
                &plan.checks,
                document,
                limits,
                mode,
                &mut self.source,
            )
            .map_err(Failure::Input)?;
        self.faults.clear();
        self.registers.clear();
        let room = Room {
            captured: &mut self.source,
            registers: &mut self.registers,
            buffers: &mut self.buffers,
            faults: &mut self.faults,
        };
        let mut reader = room.reader(plan, direction, document.bytes(), around);
        reader.patch = matches!(reading, Reading::Patch | Reading::Update);
        reader.lenient = reading == Reading::Lenient;
        let start = out.len();
        let root = Register {
            record: ROOT_RECORD,
            whole: !reader.patch,
        };
        let mut output = Output {
            wire: target,
            document: true,
            start,
            opened: start,
            bytes: out,
            entry_names: &mut self.entry_names,
        };
        let fitted = match reading {
            Reading::Whole => self.capture.fitted(layout),
            Reading::Lenient | Reading::Patch | Reading::Update => None,
        };
        reader.write_document(root, fitted, &mut output);
        if self.faults.is_empty() {
            return Ok(());
        }
        out.truncate(start);
        Err(Failure::Faults(self.faults.clone()))
    }

    /// Tells the HTTP status that a rule gives the answer that was written last; none if no rule does.
    #[must_use]
    pub fn status(&mut self, plan: &Plan, input: &[u8], around: Surroundings<'_>) -> Option<u16> {
        let value = plan.write.status?;
        self.faults.clear();
        self.registers.clear();
        let room = Room {
            captured: &mut self.source,
            registers: &mut self.registers,
            buffers: &mut self.buffers,
            faults: &mut self.faults,
        };
        let mut reader = room.reader(plan, Direction::ToNative, input, around);
        let root = Register {
            record: ROOT_RECORD,
            whole: true,
        };
        let block = plan.write.blocks.first()?;
        let frame = reader.enter(*block, root);
        let found = reader.value(frame, value)?;
        std::str::from_utf8(found.text).ok()?.parse().ok()
    }

    /// Tells which native places a canonical document is written to: nothing of one that does not read.
    #[must_use]
    pub fn trace(
        &mut self,
        plan: &Plan,
        input: &[u8],
        reading: Reading,
        limits: &Limits,
        around: Surroundings<'_>,
    ) -> Vec<Sent> {
        let mode = match reading {
            Reading::Whole | Reading::Lenient => Mode::Plain,
            Reading::Patch | Reading::Update => Mode::Patch,
        };
        let source = &mut self.source;
        let captured = self.capture.run(
            &plan.canonical,
            &plan.checks,
            Incoming::Text(input),
            limits,
            mode,
            source,
        );
        if captured.is_err() {
            return Vec::new();
        }
        self.faults.clear();
        self.registers.clear();
        let room = Room {
            captured: &mut self.source,
            registers: &mut self.registers,
            buffers: &mut self.buffers,
            faults: &mut self.faults,
        };
        let mut reader = room.reader(plan, Direction::ToNative, input, around);
        let mut trace = Trace {
            reader: &mut reader,
            path: Vec::new(),
            sent: Vec::new(),
            moving: 0,
        };
        trace.run(Register {
            record: ROOT_RECORD,
            whole: mode == Mode::Plain,
        });
        trace.sent
    }

    /// Writes a merge patch over a base: changes the bytes of what it touches and no others.
    ///
    /// # Errors
    /// A [`Failure`]; `out` then holds nothing new.
    #[allow(
        clippy::too_many_arguments,
        reason = "two documents and what surrounds them"
    )]
    pub fn put(
        &mut self,
        plan: &Plan,
        patch: Incoming<'_>,
        base: &[u8],
        limits: &Limits,
        around: Surroundings<'_>,
        out: &mut Vec<u8>,
    ) -> Result<(), Failure> {
        self.capture
            .run(
                &plan.canonical,
                &plan.checks,
                patch,
                limits,
                Mode::Patch,
                &mut self.source,
            )
            .map_err(Failure::Input)?;
        self.base.keeps_losses = true;
        self.capture
            .run(
                &plan.native,
                &plan.checks,
                Incoming::Text(base),
                limits,
                Mode::Spans,
                &mut self.base,
            )
            .map_err(Failure::Base)?;
        let held = self.base.losses.len();
        self.forget();
        let mut base_faults = Vec::new();
        let room = Room {
            captured: &mut self.source,
            registers: &mut self.registers,
            buffers: &mut self.buffers,
            faults: &mut self.faults,
        };
        let mut patch_reader = room.reader(plan, Direction::ToNative, patch.bytes(), around);
        patch_reader.nulls_clear = true;
        let room = Room {
            captured: &mut self.base,
            registers: &mut self.base_registers,
            buffers: &mut self.base_buffers,
            faults: &mut base_faults,
        };
        let mut base_reader = room.reader(plan, Direction::ToCanonical, base, around);
        let root = Register {
            record: ROOT_RECORD,
            whole: false,
        };
        Put {
            patch: &mut patch_reader,
            base: &mut base_reader,
            edits: &mut self.edits,
            entry_names: &mut self.entry_names,
            reading: 0,
            held,
            switched: Vec::new(),
            children: None,
        }
        .run(root, ROOT_RECORD);
        if !self.faults.is_empty() {
            return Err(Failure::Faults(self.faults.clone()));
        }
        self.edits.apply(plan.native.wire, base, out);
        Ok(())
    }

    /// Makes room for what the next update reads.
    fn forget(&mut self) {
        self.faults.clear();
        self.registers.clear();
        self.base_registers.clear();
        self.edits.clear();
    }

    /// What the last document held that nothing carries: the first ones with their places, and how many in all.
    #[must_use]
    pub fn losses(&self) -> (&[Loss], u32) {
        self.source.losses()
    }

    /// How many of these are values that do not convert, or that their places do not take.
    #[must_use]
    pub fn invalid(&self) -> u32 {
        self.source.invalid
    }

    /// How many leaves the last document had.
    #[must_use]
    pub fn leaves(&self) -> u32 {
        self.source.leaves()
    }

    /// Gives back memory beyond so many bytes a buffer, which one large document may have needed.
    pub fn shrink(&mut self, bytes: usize) {
        self.source.shrink(bytes);
        self.base.shrink(bytes);
        self.edits = Edits::default();
    }
}

/// What a reader needs of the engine's buffers.
struct Room<'a> {
    captured: &'a mut Captured,
    registers: &'a mut Vec<Register>,
    buffers: &'a mut Buffers,
    faults: &'a mut Vec<Fault>,
}

impl<'a> Room<'a> {
    fn reader(
        self,
        plan: &'a Plan,
        direction: Direction,
        input: &'a [u8],
        around: Surroundings<'a>,
    ) -> Reader<'a> {
        Reader {
            plan,
            program: match direction {
                Direction::ToCanonical => &plan.read,
                Direction::ToNative => &plan.write,
            },
            direction,
            captured: self.captured,
            input,
            around,
            registers: self.registers,
            buffers: self.buffers,
            faults: self.faults,
            held: Vec::new(),
            known: Vec::new(),
            nulls_clear: false,
            patch: false,
            lenient: false,
            looked_up: None,
            recorder: None,
        }
    }
}
