//! What the blocks of a program leave unread of the records that they run over.
//!
//! The items of a list have slots for everything that any of its cells reads. A block reads what its own rules
//! name; a value in another slot must be counted as lost when the block meets it.

use std::collections::{BTreeMap, BTreeSet};

use super::{from_narrow, narrow};
use crate::mapping::plan::{
    Cond, Input, Inputs, Layout, NONE, NodeKind, Op, Program, SlotRef, Take, Unread, Value,
};

/// The slots of one register that are read.
#[derive(Debug, Default)]
struct Record {
    kind: u16,
    read: BTreeSet<u16>,
}

/// Registers by block.
type Records = BTreeMap<(u32, u8), Record>;

/// Finds what is unread and notes it in the program.
pub(super) fn find(program: &mut Program, layout: &Layout) {
    let records = records(program, layout);
    for index in 0..program.blocks.len() {
        let from = narrow(program.unread.len());
        for ((block, register), record) in &records {
            if from_narrow(*block) == index {
                program.unread.extend(missed(record, *register, layout));
            }
        }
        let to = narrow(program.unread.len());
        if let Some(block) = program.blocks.get_mut(index) {
            block.unread = (from, to);
        }
    }
    entries(program, &records, layout);
}

/// Entries have no block: all but the name and the value is unread.
fn entries(program: &mut Program, records: &Records, layout: &Layout) {
    for (block, op) in blocks(program) {
        let Op::Entries { entries } = op else {
            continue;
        };
        let Some(found) = program.entries.get(from_narrow(entries)) else {
            continue;
        };
        let Some(kind) = items(records, layout, block, found.list) else {
            continue;
        };
        let record = Record {
            kind,
            read: [found.slots.0, found.slots.1].into_iter().collect(),
        };
        let from = narrow(program.unread.len());
        program.unread.extend(missed(&record, 0, layout));
        let to = narrow(program.unread.len());
        if let Some(found) = program.entries.get_mut(from_narrow(entries)) {
            found.unread = (from, to);
        }
    }
}

fn missed(record: &Record, register: u8, layout: &Layout) -> Vec<Unread> {
    let kind = usize::from(record.kind);
    let width = layout.widths.get(kind).copied().unwrap_or(0);
    let lists = layout.lists.get(kind).map_or(&[][..], Vec::as_slice);
    let tail = |slot: u16| {
        lists
            .iter()
            .any(|(list, _)| list.checked_add(1) == Some(slot))
    };
    let objects = objects(layout, record.kind);
    (0..width)
        .filter(|slot| !record.read.contains(slot) && !tail(*slot) && !objects.contains(slot))
        .map(|slot| Unread {
            place: SlotRef { register, slot },
            items: lists
                .iter()
                .find(|(list, _)| *list == slot)
                .map(|(_, items)| *items),
        })
        .collect()
}

/// The slots of a kind of record that say no more than that an object was there.
fn objects(layout: &Layout, kind: u16) -> BTreeSet<u16> {
    let mut objects = BTreeSet::new();
    let mut others = BTreeSet::new();
    // Nodes with the kind of record that their slots are in, beginning with the document.
    let mut open = vec![(0_u16, 0_u16)];
    while let Some((index, of)) = open.pop() {
        let Some(node) = layout.nodes.get(usize::from(index)) else {
            continue;
        };
        if of == kind && node.slot != NONE {
            let slots = match node.kind {
                NodeKind::Object => &mut objects,
                NodeKind::Map | NodeKind::List | NodeKind::Leaf | NodeKind::Skip => &mut others,
            };
            slots.insert(node.slot);
        }
        match node.kind {
            NodeKind::Map | NodeKind::List => open.push((node.item, node.detail)),
            NodeKind::Object => {
                let edges = from_narrow(node.edges.0)..from_narrow(node.edges.1);
                let edges = layout.edges.get(edges).unwrap_or_default();
                open.extend(edges.iter().map(|edge| (edge.node, of)));
            }
            NodeKind::Leaf | NodeKind::Skip => {}
        }
    }
    objects.difference(&others).copied().collect()
}

/// The kind of the records of a list's items.
fn items(records: &Records, layout: &Layout, block: u32, list: SlotRef) -> Option<u16> {
    let holder = records.get(&(block, list.register))?;
    let lists = layout.lists.get(usize::from(holder.kind))?;
    lists
        .iter()
        .find(|(slot, _)| *slot == list.slot)
        .map(|(_, items)| *items)
}

fn records(program: &Program, layout: &Layout) -> Records {
    let mut records = Records::new();
    records.insert((0, 0), Record::default());
    // A selector may stand below another, and a list in an item: go on until nothing is new.
    loop {
        let before = records.len();
        for (number, block) in program.blocks.iter().enumerate() {
            let number = narrow(number);
            let splits = from_narrow(block.splits.0)..from_narrow(block.splits.1);
            for split in program.splits.get(splits).unwrap_or_default() {
                let Some(kind) = items(&records, layout, number, split.list) else {
                    continue;
                };
                for cell in &split.cells {
                    if let Take::One(register) | Take::At(_, register) = cell.take {
                        let record = records.entry((number, register)).or_default();
                        record.kind = kind;
                        record.read.extend(cell.tests.iter().map(|test| test.slot));
                    }
                }
            }
        }
        for (block, op) in blocks(program) {
            let Op::Each { each } = op else { continue };
            let Some(each) = program.eaches.get(from_narrow(each)) else {
                continue;
            };
            if let Some(kind) = items(&records, layout, block, each.list) {
                let tests = tests(program, block, each.list, each.cell);
                let record = records.entry((each.block, 0)).or_default();
                record.kind = kind;
                record.read.extend(tests);
            }
        }
        if records.len() == before {
            break;
        }
    }
    read(program, &mut records);
    records
}

/// The slots that tell a cell's items from others.
fn tests(program: &Program, block: u32, list: SlotRef, cell: Option<u8>) -> Vec<u16> {
    let Some(block) = program.blocks.get(from_narrow(block)) else {
        return Vec::new();
    };
    let splits = from_narrow(block.splits.0)..from_narrow(block.splits.1);
    let splits = program.splits.get(splits).unwrap_or_default();
    let split = splits.iter().find(|split| split.list == list);
    let found = split
        .zip(cell)
        .and_then(|(split, cell)| split.cells.get(usize::from(cell)));
    found.map_or_else(Vec::new, |cell| {
        cell.tests.iter().map(|test| test.slot).collect()
    })
}

/// Notes what operations, conditions and divisions read.
fn read(program: &Program, records: &mut Records) {
    for (block, op) in blocks(program) {
        let mut note = |place: SlotRef| {
            if let Some(record) = records.get_mut(&(block, place.register)) {
                record.read.insert(place.slot);
            }
        };
        match op {
            Op::Value { value, .. }
            | Op::ReadOnly { value }
            | Op::Forbidden { value }
            | Op::Fixed { value, .. } => value_reads(program, value, &mut note),
            Op::Each { each } => {
                if let Some(each) = program.eaches.get(from_narrow(each)) {
                    note(each.list);
                }
            }
            Op::Entries { entries } => {
                if let Some(entries) = program.entries.get(from_narrow(entries)) {
                    note(entries.list);
                }
            }
            Op::When { cond, .. } => cond_reads(program, cond, &mut note),
            Op::Object { .. } | Op::List { .. } | Op::Constant { .. } => {}
        }
    }
    // The status of an answer is written beside the document, by no operation.
    if let Some(status) = program.status {
        value_reads(program, status, &mut |place| {
            if let Some(record) = records.get_mut(&(0, place.register)) {
                record.read.insert(place.slot);
            }
        });
    }
    for (number, block) in program.blocks.iter().enumerate() {
        let splits = from_narrow(block.splits.0)..from_narrow(block.splits.1);
        for split in program.splits.get(splits).unwrap_or_default() {
            if let Some(record) = records.get_mut(&(narrow(number), split.list.register)) {
                record.read.insert(split.list.slot);
            }
        }
    }
}

fn value_reads(program: &Program, value: u32, note: &mut dyn FnMut(SlotRef)) {
    let Some(value): Option<&Value> = program.values.get(from_narrow(value)) else {
        return;
    };
    let inputs = match &value.inputs {
        Inputs::One(input) => std::slice::from_ref(input),
        Inputs::Many(inputs) => inputs,
    };
    for input in inputs
        .iter()
        .chain(value.also.iter().map(|(input, _)| input))
    {
        if let Input::Slot(place) = input {
            note(*place);
        }
    }
    if let Some(cond) = value.when {
        cond_reads(program, cond, note);
    }
}

fn cond_reads(program: &Program, cond: u32, note: &mut dyn FnMut(SlotRef)) {
    match program.conds.get(from_narrow(cond)) {
        Some(Cond::All(parts) | Cond::Any(parts)) => {
            for part in parts {
                cond_reads(program, *part, note);
            }
        }
        Some(Cond::Not(inner)) => cond_reads(program, *inner, note),
        Some(Cond::Present(value) | Cond::In(value, _)) => value_reads(program, *value, note),
        Some(Cond::Exists(place)) => note(*place),
        Some(Cond::Always(_)) | None => {}
    }
}

/// Every operation with its block.
fn blocks(program: &Program) -> Vec<(u32, Op)> {
    let mut all = Vec::new();
    for (number, block) in program.blocks.iter().enumerate() {
        let ops = from_narrow(block.ops.0)..from_narrow(block.ops.1);
        let ops = program.ops.get(ops).unwrap_or_default();
        all.extend(ops.iter().map(|op| (narrow(number), *op)));
    }
    all
}
