//! Writes a patch over a base: splices into the base's bytes, and nothing else changes.
//!
//! The operations of the writing program are walked beside the base's slots. A place that the patch does not
//! touch keeps its bytes; so does one whose value equals what the base reads as.

mod entries;
mod fresh;
mod guards;
mod index;
mod lists;
mod namespaces;
mod objects;
mod unions;

use fresh::fresh;

use super::captured::{ABSENT_RECORD, Spans};
use super::edits::{Edit, EditKind, Edits};
use super::emit::Wrote;
use super::fault::{FaultCode, LossCode};
use super::output::Output;
use super::slot::SlotKind;
use super::value::{Reader, Register};
use crate::codec::Range;
use crate::mapping::plan::{Input, Inputs, Lit, Op, Wire, WriteAs};

/// A patch on its way into a base.
pub(crate) struct Put<'r, 'a> {
    /// The patch, read by the writing program.
    pub(crate) patch: &'r mut Reader<'a>,
    /// The base, read by the reading program.
    pub(crate) base: &'r mut Reader<'a>,
    pub(crate) edits: &'r mut Edits,
    pub(crate) entry_names: &'r mut Vec<(u32, u32)>,
    /// The block of the reading program that is walked.
    pub(crate) reading: u32,
    /// Conditions of the alternatives of those unions that the patch makes another alternative of.
    pub(crate) switched: Vec<u32>,
}

/// Where in the base new members of an object go.
#[derive(Debug, Clone, Copy)]
struct Site {
    /// Where the content begins.
    content: u32,
    /// Behind the last sibling met so far.
    anchor: u32,
    /// Behind the last attribute, or behind the element's name (XML).
    attributes: u32,
    /// The namespace of element names without a prefix there, escaped (XML).
    inside: Lit,
}

/// One member as the base has it, or would.
#[derive(Debug, Clone, Copy)]
struct Here {
    spans: Option<Spans>,
    attribute: bool,
    bit: u8,
}

/// What became of an object's mapped members.
#[derive(Debug, Clone, Copy, Default)]
struct Tally {
    wrote: Wrote,
    removed: bool,
    /// Items that came to the list that is walked.
    came: u32,
    /// Members that operations write; what else must be there is the base's own.
    mapped: u64,
}

impl Tally {
    fn keep(&mut self, bit: u8) {
        if bit < 64 {
            self.wrote.members |= 1 << bit;
        }
        self.wrote.count += 1;
        self.wrote.any = true;
    }

    fn name(&mut self, bit: u8) {
        if bit < 64 {
            self.mapped |= 1 << bit;
        }
    }

    /// What an object has: what was kept or written, and what no operation writes.
    fn present(self) -> Wrote {
        Wrote {
            members: self.wrote.members | !self.mapped,
            ..self.wrote
        }
    }

    fn join(&mut self, other: Self) {
        self.mapped |= other.mapped;
        self.wrote.members |= other.wrote.members;
        self.wrote.count += other.wrote.count;
        self.wrote.any |= other.wrote.any;
        self.removed |= other.removed;
        self.came += other.came;
    }
}

/// The frames of a block on both sides.
#[derive(Debug, Clone, Copy)]
struct Frames {
    patch: usize,
    base: usize,
}

impl Put<'_, '_> {
    /// Walks the root blocks over both roots; the edits are the result.
    pub(crate) fn run(&mut self, patch: Register, base: u32) {
        self.block((0, 0), Lit::default(), patch, base);
    }

    fn wire(&self) -> Wire {
        self.patch.plan.native.wire
    }

    fn block(
        &mut self,
        (write, read): (u32, u32),
        inside: Lit,
        patch: Register,
        base: u32,
    ) -> Tally {
        let write_block = self.patch.program.blocks[write as usize];
        let read_block = self.base.program.blocks[read as usize];
        let frames = Frames {
            patch: self.patch.enter(write_block, patch),
            base: self.base.enter(
                read_block,
                Register {
                    record: base,
                    whole: true,
                },
            ),
        };
        self.cut_forbidden(write, frames);
        let mut site = Site {
            content: 0,
            anchor: 0,
            attributes: 0,
            inside,
        };
        let around = std::mem::replace(&mut self.reading, read);
        let known = self.patch.known.len();
        let switched = self.switched.len();
        self.decide(frames, write_block.ops);
        if write_block.unions.0 < write_block.unions.1 {
            self.decide_unions(frames, write_block.unions);
            self.patch.judge_unions(frames.patch, write_block.unions);
        }
        let tally = self.walk(frames, write_block.ops, &mut site);
        self.patch.known.truncate(known);
        self.switched.truncate(switched);
        self.reading = around;
        self.patch.leave(frames.patch);
        self.base.leave(frames.base);
        tally
    }

    /// What the view forbids is not sent from the base either.
    fn cut_forbidden(&mut self, block: u32, frames: Frames) {
        let program = self.patch.program;
        for (of, place) in &program.forbidden {
            if *of != block {
                continue;
            }
            let record = self.base.register(frames.base, place.register).record;
            if !self.base.captured.has(record, place.slot) {
                continue;
            }
            let spans = self.base.captured.spans(record, place.slot);
            if spans.outer.end > spans.outer.start {
                self.edits.remove(spans.outer);
                continue;
            }
            // A list without an element of its own goes item by item.
            let mut item = self.base.captured.head(record, place.slot);
            while item != ABSENT_RECORD {
                let spans = self.base.captured.spans(item, 0);
                self.edits.remove(spans.outer);
                item = self.base.captured.next(item);
            }
        }
    }

    fn walk(&mut self, frames: Frames, (from, to): (u32, u32), site: &mut Site) -> Tally {
        let program = self.patch.program;
        let mut tally = Tally::default();
        let mut at = from;
        while at < to {
            let index = at;
            let op = program.ops[at as usize];
            at += 1;
            if let Op::Value { bit, .. }
            | Op::Object { bit, .. }
            | Op::List { bit, .. }
            | Op::Constant { bit, .. } = op
            {
                tally.name(bit);
            }
            match op {
                Op::Value { value, bit, .. } => {
                    self.value(frames, index, value, bit, site, &mut tally)
                }
                Op::Object { end, .. } => {
                    self.object(frames, index, op, site, &mut tally);
                    at = end;
                }
                Op::List { end, .. } => {
                    self.list(frames, index, op, site, &mut tally);
                    at = end;
                }
                Op::Each { each } => {
                    tally.join(self.each(frames, &program.eaches[each as usize], site))
                }
                Op::Entries { entries } => {
                    tally.join(self.entries(frames, &program.entries[entries as usize], site))
                }
                Op::When { cond, end } => {
                    let holds = self.patch.holds(frames.patch, cond);
                    if holds && !self.is_stale_list(frames, at) {
                        tally.join(self.walk(frames, (at, end), site));
                    } else {
                        tally.join(self.leave_lists(frames, (at, end)));
                    }
                    at = end;
                }
                Op::Constant { bit, .. } => {
                    if bit < 64 {
                        tally.wrote.members |= 1 << bit;
                    }
                    tally.wrote.count += 1;
                }
                Op::ReadOnly { value } => self.read_only(frames, value),
                Op::Forbidden { value } => self.forbidden(frames, value),
                Op::Fixed { value, lit } => self.fixed(frames, value, lit),
            }
        }
        tally
    }

    /// True if the patch names the place: as a member, or as part of something that is given whole.
    fn touches(&self, frame: usize, input: &Input) -> bool {
        match input {
            Input::Slot(place) => {
                self.patch.register(frame, place.register).whole
                    || !self.patch.slot(frame, *place).is_absent()
            }
            Input::Literal(_) | Input::Given(_) | Input::Nothing => false,
        }
    }

    /// True if every touched place of a value says what the base reads as.
    fn agrees(&mut self, frames: Frames, index: u32) -> (bool, bool) {
        let program = self.patch.program;
        let value = &program.values[index as usize];
        let inputs = match &value.inputs {
            Inputs::One(input) => std::slice::from_ref(input),
            Inputs::Many(inputs) => inputs,
        };
        if let [Input::Literal(tag)] = *inputs {
            return (true, self.has_tag(frames, value, tag));
        }
        let mut touched = false;
        for (number, input) in inputs.iter().enumerate() {
            if !self.touches(frames.patch, input) {
                continue;
            }
            let Input::Slot(place) = *input else { continue };
            let slot = self.patch.slot(frames.patch, place);
            if slot.is_absent() && value.silent >> number.min(7) & 1 == 1 {
                // A place that a request never holds is not cleared by being absent.
                continue;
            }
            touched = true;
            let given = self.patch.captured.text(self.patch.input, slot);
            let now = match value.reads.get(number) {
                Some(read) => self.base.reads_as(frames.base, *read),
                None => None,
            };
            if given != now.as_deref() {
                return (true, false);
            }
        }
        (touched, true)
    }

    fn value(
        &mut self,
        frames: Frames,
        op: u32,
        index: u32,
        bit: u8,
        site: &mut Site,
        tally: &mut Tally,
    ) {
        let program = self.patch.program;
        let value = &program.values[index as usize];
        let place = value.base.map(|place| {
            (
                self.base.register(frames.base, place.register).record,
                place.slot,
            )
        });
        let spans = place
            .filter(|(record, slot)| self.base.captured.has(*record, *slot))
            .map(|(record, slot)| self.base.captured.spans(record, slot));
        // An alias may stand as an attribute where an element is written, and the reverse.
        let attribute = match spans {
            Some(spans) => is_attribute(self.wire(), self.base.input, spans),
            None => value.write == WriteAs::Attribute,
        };
        if self.patch.is_other(frames.patch, value.case) {
            if let Some(spans) = spans {
                self.other_case(frames, op, (index, spans), attribute, site, tally);
            }
            return;
        }
        let (touched, agrees) = self.agrees(frames, index);
        if (!touched || agrees)
            && let Some(spans) = spans
            && self.is_switched(value.case)
            && !self.was_read(frames, op, index)
        {
            // What nothing read so far does not become part of the alternative by standing there.
            self.remove_residue(frames, (index, spans), tally);
            return;
        }
        let applies = value
            .when
            .is_none_or(|when| self.patch.holds(frames.patch, when));
        if touched && !applies {
            // Refuses what is given here, even if the base says the same.
            _ = self.patch.value(frames.patch, index);
        }
        if touched && applies && !agrees {
            let here = Here {
                spans,
                attribute,
                bit,
            };
            self.new_value(frames, (op, index), here, site, tally);
            return;
        }
        if let Some(spans) = spans {
            site.pass(spans, attribute);
            let says = place.is_some_and(|(record, slot)| {
                self.base.captured.slot(record, slot).kind() != SlotKind::Null
            });
            if says {
                tally.keep(bit);
            }
        }
    }

    /// Writes a value that is not what the base has, in its place or as a new member; without one the base's goes.
    fn new_value(
        &mut self,
        frames: Frames,
        (op, index): (u32, u32),
        here: Here,
        site: &mut Site,
        tally: &mut Tally,
    ) {
        let Here {
            spans,
            attribute,
            bit,
        } = here;
        let faults = self.patch.faults.len();
        let from = self.edits.fresh.len();
        // `<x/>` gets its value between two tags.
        let closed = spans.and_then(|spans| closed_at(self.wire(), self.base.input, spans));
        if closed.is_some() {
            self.edits.fresh.push(b'>');
        }
        let mut out = Output::piece(self.wire(), &mut self.edits.fresh, self.entry_names);
        let wrote = match spans {
            // Behind other fresh bytes the comma in front of a member is not skipped by itself.
            Some(_) => self.patch.emit_bare(frames.patch, index, &mut out),
            None => fresh(self.patch, frames.patch, (op, op + 1), &mut out).any,
        };
        match (wrote, spans) {
            (true, Some(spans)) => {
                if attribute {
                    quote(&mut self.edits.fresh, from);
                }
                self.replace(spans, closed, from);
                site.pass(spans, attribute);
                tally.keep(bit);
            }
            (true, None) => {
                self.insert(from, site, attribute);
                tally.keep(bit);
            }
            (false, Some(spans)) if self.patch.faults.len() == faults => {
                self.edits.fresh.truncate(from);
                self.edits.remove(spans.outer);
                tally.removed = true;
            }
            (false, _) => {}
        }
    }

    /// Puts what was written since `from` in place of a value.
    fn replace(&mut self, spans: Spans, closed: Option<u32>, from: usize) {
        let Some(start) = closed else {
            self.edits.push(spans.inner, from, EditKind::Replace);
            return;
        };
        let name = element_name(&self.base.input[spans.outer.start as usize..]);
        self.edits.fresh.extend_from_slice(b"</");
        self.edits.fresh.extend_from_slice(name);
        self.edits.fresh.push(b'>');
        let end = spans.outer.end;
        self.edits
            .push(Range { start, end }, from, EditKind::Replace);
    }

    /// Puts what was written since `from` behind the last sibling.
    fn insert(&mut self, from: usize, site: &mut Site, attribute: bool) {
        self.declare(from, site.inside, attribute);
        if attribute {
            let at = Range {
                start: site.attributes,
                end: site.attributes,
            };
            self.edits.push(at, from, EditKind::Raw);
            return;
        }
        let at = Range {
            start: site.anchor,
            end: site.anchor,
        };
        self.edits.push(
            at,
            from,
            EditKind::Insert {
                content: site.content,
            },
        );
    }

    /// An element without content, `<x/>`, got some since `mark`: its end becomes `>`, the content, `</x>`.
    fn open_closed(&mut self, mark: usize, spans: Spans) {
        let Some(end) = closed_at(self.wire(), self.base.input, spans) else {
            return;
        };
        let is_content =
            |edit: &Edit| matches!(edit.kind, EditKind::Insert { .. }) && edit.range.start == end;
        let Some(first) = self.edits.list[mark..].iter().position(is_content) else {
            return;
        };
        let from = self.edits.fresh.len();
        self.edits.fresh.push(b'>');
        self.edits
            .push(Range { start: end, end }, from, EditKind::Raw);
        if let Some(opening) = self.edits.list.pop() {
            self.edits.list.insert(mark + first, opening);
        }
        let from = self.edits.fresh.len();
        let name = element_name(&self.base.input[spans.outer.start as usize..]);
        self.edits.fresh.extend_from_slice(b"</");
        self.edits.fresh.extend_from_slice(name);
        self.edits.fresh.push(b'>');
        self.edits.push(
            Range {
                start: end,
                end: end + 2,
            },
            from,
            EditKind::Raw,
        );
    }

    fn read_only(&mut self, frames: Frames, index: u32) {
        let value = &self.patch.program.values[index as usize];
        let given = self
            .patch
            .slots_of(frames.patch, value)
            .find(|slot| !slot.is_absent());
        let Some(slot) = given else { return };
        // An object that is cleared says nothing of its answers-only members.
        let above = slot.kind() == SlotKind::Null && slot.len() > 0;
        if !above && !self.agrees(frames, index).1 {
            let at = self.patch.captured.origin(slot);
            self.patch.captured.lose(LossCode::ReadOnly, value.rule, at);
        }
    }

    fn forbidden(&mut self, frames: Frames, index: u32) {
        let value = &self.patch.program.values[index as usize];
        let given = self
            .patch
            .slots_of(frames.patch, value)
            .find(|slot| !slot.is_absent());
        let Some(slot) = given else { return };
        if !self.agrees(frames, index).1 {
            let at = self.patch.captured.origin(slot);
            let why =
                "the value that it has, since this operation of the upstream does not change it";
            self.patch
                .fault(FaultCode::NotSupportedHere, value.rule, at, why);
        }
    }

    fn fixed(&mut self, frames: Frames, index: u32, lit: Lit) {
        let rule = self.patch.program.values[index as usize].rule;
        let fixed = self.patch.plan.lit(lit);
        if self
            .patch
            .value(frames.patch, index)
            .is_some_and(|found| found.text != fixed)
        {
            self.patch.fault(
                FaultCode::FixedValue,
                rule,
                0,
                "the one value that this upstream has",
            );
        }
    }
}

impl Site {
    /// The inside of an object or list of the base.
    fn of(wire: Wire, base: &[u8], spans: Spans) -> Self {
        if wire != Wire::Xml {
            // A form has no bracket to stand behind.
            let content = spans.inner.start + u32::from(wire == Wire::Json);
            return Self {
                content,
                anchor: content,
                attributes: content,
                inside: Lit::default(),
            };
        }
        let content = closed_at(wire, base, spans).unwrap_or(spans.inner.start);
        let name = element_name(&base[spans.outer.start as usize..]);
        Self {
            content,
            anchor: content,
            attributes: spans.outer.start + 1 + name.len() as u32,
            inside: Lit::default(),
        }
    }

    /// A sibling of the base was met.
    fn pass(&mut self, spans: Spans, attribute: bool) {
        if attribute {
            self.attributes = self.attributes.max(spans.outer.end);
        } else {
            self.anchor = self.anchor.max(spans.outer.end);
        }
    }
}

/// True if what stands here is an attribute: it begins with the blanks in front of its name.
fn is_attribute(wire: Wire, base: &[u8], spans: Spans) -> bool {
    wire == Wire::Xml && base.get(spans.outer.start as usize) != Some(&b'<')
}

/// Makes escaped text one that stands between quotes of either kind.
fn quote(fresh: &mut Vec<u8>, from: usize) {
    for byte in fresh.split_off(from) {
        let reference: &[u8] = match byte {
            b'"' => b"&quot;",
            b'\'' => b"&apos;",
            b'\t' => b"&#9;",
            b'\n' => b"&#10;",
            b'\r' => b"&#13;",
            _ => {
                fresh.push(byte);
                continue;
            }
        };
        fresh.extend_from_slice(reference);
    }
}

/// Where the `/>` of an element without content stands.
fn closed_at(wire: Wire, base: &[u8], spans: Spans) -> Option<u32> {
    let outer = base.get(spans.outer.start as usize..spans.outer.end as usize)?;
    (wire == Wire::Xml && spans.inner.start == spans.inner.end && outer.ends_with(b"/>"))
        .then(|| spans.outer.end - 2)
}

/// The name of the element whose start tag stands here.
fn element_name(tag: &[u8]) -> &[u8] {
    let name = tag.get(1..).unwrap_or_default();
    let end = name
        .iter()
        .position(|byte| matches!(byte, b' ' | b'\t' | b'\r' | b'\n' | b'/' | b'>'))
        .unwrap_or(name.len());
    &name[..end]
}
