//! What a patch makes where the base has nothing.

use crate::engine::emit::Wrote;
use crate::engine::output::Output;
use crate::engine::value::{Reader, Register};
use crate::mapping::plan::{Block, Entries};

/// Runs operations as the beginning of a document, so that no separator stands before what they write.
pub(super) fn fresh(
    reader: &mut Reader<'_>,
    frame: usize,
    ops: (u32, u32),
    out: &mut Output<'_>,
) -> Wrote {
    alone(out, |out| reader.emit(frame, ops, out))
}

pub(super) fn fresh_block(
    reader: &mut Reader<'_>,
    block: Block,
    over: Register,
    out: &mut Output<'_>,
) -> bool {
    alone(out, |out| reader.emit_block(block, over, out)).any
}

pub(super) fn fresh_entry(
    reader: &mut Reader<'_>,
    entries: &Entries,
    record: u32,
    out: &mut Output<'_>,
) -> bool {
    out.entry_names.clear();
    alone(out, |out| reader.emit_entry(entries, record, out))
}

fn alone<T>(out: &mut Output<'_>, write: impl FnOnce(&mut Output<'_>) -> T) -> T {
    let start = out.bytes.len();
    let mut inner = Output {
        wire: out.wire,
        document: false,
        start,
        opened: start,
        bytes: out.bytes,
        entry_names: out.entry_names,
    };
    write(&mut inner)
}
