//! What writing a document came to, kept for the next one of its form.
//!
//! A template asks, operation by operation, what there is to write. Documents that fit one stencil have the same things
//! in the same places, so nearly all of these questions are answered alike: a *recording* keeps what stood between the
//! values that were written as one literal, and of the questions those that values decide (conditions, tables,
//! converters, the cells of a list). Another document of that stencil is written by asking them again. Where one is
//! answered otherwise the recording does not apply, and the template runs as if there were none: what is written, lost
//! and refused is the same with every recording and with none.
//!
//! Recordings keep no values, and are bounded in number and size: each stencil has at most one.

mod record;
mod run;

pub(super) use record::Recorder;

use super::capture::Fitted;
use super::fault::LossCode;
use super::output::Output;
use super::slot::SlotKind;
use super::value::{Reader, Register};

/// How many documents may come to which a recording does not apply, above those to which one does, before no more are
/// made.
const PATIENCE: u8 = 8;

/// One document, as it was written.
#[derive(Debug)]
pub(super) struct Recording {
    steps: Vec<Step>,
    /// What stands between values, one piece behind another, and room behind the last.
    literals: Vec<u8>,
    /// Behind the last value.
    tail: u32,
    /// The registers of all blocks that ran.
    registers: Vec<Register>,
    /// The cells of the items of the lists that were divided.
    cells: Vec<u32>,
    /// How many values were lost on the way.
    lost: u32,
    /// Places of values where no value stood, and what did.
    unset: Vec<(u32, SlotKind)>,
}

/// A literal, and what follows it.
#[derive(Debug, Clone, Copy)]
struct Step {
    /// Bytes of the literal.
    gap: u32,
    act: Act,
}

/// A value that is written, or a question that values decide.
#[derive(Debug, Clone, Copy)]
enum Act {
    /// The text of a slot as it stands there.
    Text { slot: u32, value: u32 },
    /// A value that is there.
    Found { frame: u32, value: u32 },
    /// A value that is not there.
    Absent { frame: u32, value: u32 },
    /// A value that has no place, whatever it is.
    Lost {
        slot: u32,
        code: LossCode,
        rule: u16,
    },
    /// Whether a condition holds.
    Holds { frame: u32, cond: u32, holds: bool },
    /// The first case of a union that holds.
    Union { frame: u32, union: u32, case: u32 },
    /// The cells of a list's items; the first of them in `cells`.
    Split { frame: u32, split: u32, cells: u32 },
}

/// The recording of a stencil's documents, and whether it is worth having.
#[derive(Debug, Default)]
pub(super) struct Recorded {
    kept: Option<Box<Recording>>,
    /// Documents to which none applied, less those to which one did.
    misses: u8,
}

impl Recorded {
    /// The recording, if there is one.
    #[inline]
    pub(super) fn get(&self) -> Option<&Recording> {
        self.kept.as_deref()
    }

    /// True if the next document is worth recording.
    pub(super) fn wants_one(&self) -> bool {
        self.misses <= PATIENCE
    }

    /// Notes that it applied.
    #[inline]
    pub(super) fn applied(&mut self) {
        self.misses = self.misses.saturating_sub(1);
    }

    /// Notes that there was none that applied, and keeps what came of recording.
    pub(super) fn missed(&mut self, recording: Option<Recording>) {
        self.misses = self.misses.saturating_add(1);
        self.kept = recording.map(Box::new);
    }
}

impl Reader<'_> {
    /// Writes a captured document: by the recording of its stencil where that applies, else by the template.
    pub(super) fn write_document(
        &mut self,
        root: Register,
        fitted: Option<Fitted<'_>>,
        out: &mut Output<'_>,
    ) {
        let Some(mut fitted) = fitted else {
            return self.write_by_template(root, out);
        };
        let before = self.captured.length();
        if let Some(recording) = fitted.recorded.get() {
            if self.replay(recording, out) && self.captured.lost_since(before) == recording.lost {
                return fitted.recorded.applied();
            }
            out.bytes.truncate(out.start);
            self.captured.cut_to(before);
            self.faults.clear();
            self.registers.clear();
        }
        self.write_and_record(root, &mut fitted, out);
    }

    fn write_by_template(&mut self, root: Register, out: &mut Output<'_>) {
        if let Some(block) = self.program.blocks.first() {
            self.emit_block(*block, root, out);
        }
    }

    #[cold]
    fn write_and_record(&mut self, root: Register, fitted: &mut Fitted<'_>, out: &mut Output<'_>) {
        if !fitted.recorded.wants_one() {
            return self.write_by_template(root, out);
        }
        let before = self.captured.length();
        self.recorder = Some(Box::default());
        self.write_by_template(root, out);
        let lost = self.captured.lost_since(before);
        let recorder = self.recorder.take().filter(|_| self.faults.is_empty());
        let recording = recorder.and_then(|recorder| {
            let written = (out.bytes.as_slice(), out.start);
            recorder.finish(written, self.captured, lost, fitted.slots())
        });
        if let Some(recording) = &recording {
            // What writing by it takes: a recording is made at the cost of some memory, used at none.
            self.registers.reserve_exact(recording.registers.len());
        }
        fitted.recorded.missed(recording);
    }
}
