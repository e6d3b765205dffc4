//! The two programs of a plan, from the scopes of its rules.

use std::collections::BTreeMap;

mod lists;
mod literals;
mod objects;
mod tags;
mod unions;
mod unread;
mod values;

use super::Compiler;
use super::layout::{self, Mapped, Of, Use};
use super::place::{Place, Step, StepKind};
use super::refs::{Frame, Taken};
use super::scope::{Case, Rule, RuleKind, Scope, Travels};
use super::target::{Clash, Target, To};
use crate::codec::copy::ROOM;
use crate::diag::{Code, Diagnostic, Report};
use crate::mapping::ast::{Clear, Message};
use crate::mapping::plan::{
    Block, Chain, Check, Fan, NONE, Op, Plan, Program, RuleInfo, SlotRef, Wire,
};
use crate::model::shape::{ShapeId, Shapes};
use tags::Tag;

/// Builds the plan of a document's scope.
pub(crate) fn build(
    compiler: &Compiler<'_>,
    name: &str,
    scope: &Scope,
    chains: Vec<Chain>,
    infos: Vec<RuleInfo>,
    message: Message,
    report: &mut Report,
) -> Plan {
    let mut checks = Vec::new();
    let tabled = |rule: &Rule| match &rule.kind {
        RuleKind::Value { chain, .. } => chains
            .get(usize::from(*chain))
            .is_some_and(|chain| matches!(chain.fan, Some(Fan::Table(_)))),
        RuleKind::Each { .. } | RuleKind::Entries { .. } => false,
    };
    let of_canonical = Use::of_scope(scope, Of::Canonical, &tabled);
    let mut of_native = Use::of_scope(scope, Of::Native, &tabled);
    let forbidden = forbidden(compiler.native, scope.native);
    for place in &forbidden {
        of_native.carry(place);
    }
    let canonical = layout::Builder::new(compiler.canonical, Wire::Json, &mut checks)
        .build(scope.canonical, &of_canonical);
    let native = layout::Builder::new(compiler.native, compiler.wire, &mut checks)
        .build(scope.native, &of_native);
    let mut builder = Builder {
        compiler,
        canonical: &canonical,
        native: &native,
        infos: &infos,
        chains: &chains,
        message,
        report,
        checks: &mut checks,
        pool: Vec::new(),
        read: Program::default(),
        write: Program::default(),
    };
    builder.scope(scope, 0, 0, &Context::Root, &Context::Root);
    builder.forbid(&forbidden);
    let (mut read, mut write, mut pool) = (builder.read, builder.write, builder.pool);
    pool.extend_from_slice(&ROOM);
    for value in read.values.iter_mut().chain(&mut write.values) {
        value.settle(&chains, &checks);
    }
    unread::find(&mut read, &native.layout);
    unread::find(&mut write, &canonical.layout);
    Plan {
        mapping: name.into(),
        canonical: canonical.layout,
        native: native.layout,
        read,
        write,
        rules: infos,
        chains,
        checks,
        pool,
        clear: Clear::Refuse,
        merges: false,
        qualifier: format!("{}:", compiler.upstream).into_bytes().into(),
    }
}

/// Places directly below a root, or in its plain objects, that the view forbids.
fn forbidden(shapes: &Shapes, root: ShapeId) -> Vec<Place> {
    let mut places = Vec::new();
    let mut open = vec![(Place::default(), root, 0_u32)];
    while let Some((place, shape, depth)) = open.pop() {
        let Some(object) = shapes.get(shape).object() else {
            continue;
        };
        for (index, member) in object.members.iter().enumerate() {
            let mut steps = place.steps.clone();
            steps.push(Step {
                kind: StepKind::Member(index),
                shape: member.shape,
            });
            let inner = Place { steps };
            if member.forbidden {
                places.push(inner);
            } else if depth < 8 {
                open.push((inner, member.shape, depth.saturating_add(1)));
            }
        }
    }
    places
}

/// How a value, object or list stands in what encloses it.
#[derive(Debug, Clone)]
pub(crate) enum Context {
    Root,
    Member { tag: Tag, attribute: bool },
    Item { tag: Tag },
}

/// Where in the target something is written.
#[derive(Clone, Copy)]
struct Spot<'p> {
    to: To,
    place: &'p Place,
    context: &'p Context,
    /// Position among the members of the enclosing object; 64 if it is none, or beyond the mask.
    bit: u8,
}

struct Builder<'b, 'a> {
    compiler: &'b Compiler<'a>,
    canonical: &'b Mapped,
    native: &'b Mapped,
    infos: &'b [RuleInfo],
    chains: &'b [Chain],
    message: Message,
    report: &'b mut Report,
    checks: &'b mut Vec<Check>,
    pool: Vec<u8>,
    read: Program,
    write: Program,
}

/// A scope on its way into blocks.
struct Scoped<'s, 'm> {
    scope: &'s Scope,
    canonical: Frame<'m>,
    native: Frame<'m>,
    /// Of each rule: the slots of its places.
    slots: Vec<Slots>,
    /// Values of the read program by rule and column, made when first needed.
    reads: BTreeMap<(usize, u8), u32>,
    /// Rules whose conditions are being made, the outermost first.
    judged: Vec<usize>,
    /// The conditions of alternatives of unions, made when first needed.
    cases: BTreeMap<(To, Case), u32>,
    /// Values of the read program by the tags of alternatives.
    tags: BTreeMap<(Case, usize), u32>,
}

#[derive(Default)]
struct Slots {
    canonical: Vec<Option<SlotRef>>,
    native: Vec<Option<SlotRef>>,
    also: Vec<Option<SlotRef>>,
    lists: Option<(Taken, Taken)>,
    blocks: (u32, u32),
}

impl<'b> Builder<'b, '_> {
    /// Builds the blocks of a scope and returns them, the reading one first.
    fn scope(
        &mut self,
        scope: &Scope,
        canonical: u16,
        native: u16,
        read_in: &Context,
        write_in: &Context,
    ) -> (u32, u32) {
        let blocks = (
            narrow(self.read.blocks.len()),
            narrow(self.write.blocks.len()),
        );
        self.read.blocks.push(Block::default());
        self.write.blocks.push(Block::default());
        let mut scoped = Scoped {
            scope,
            canonical: Frame::new(self.canonical, canonical),
            native: Frame::new(self.native, native),
            slots: Vec::new(),
            reads: BTreeMap::new(),
            judged: Vec::new(),
            cases: BTreeMap::new(),
            tags: BTreeMap::new(),
        };
        for rule in &scope.rules {
            let slots = slots_of(rule, &mut scoped);
            scoped.slots.push(slots);
        }
        if blocks.1 == 0 {
            self.write.status = self.status_value(&mut scoped);
        }
        self.inner_scopes(&mut scoped, write_in);
        let read = self.block(&mut scoped, To::Canonical, read_in);
        let write = self.block(&mut scoped, To::Native, write_in);
        set(&mut self.read.blocks, blocks.0, read);
        set(&mut self.write.blocks, blocks.1, write);
        blocks
    }

    /// Builds the scopes of the items of lists.
    fn inner_scopes(&mut self, scoped: &mut Scoped<'_, '_>, write_in: &Context) {
        for (index, rule) in scoped.scope.rules.iter().enumerate() {
            let RuleKind::Each { scope: inner, .. } = &rule.kind else {
                continue;
            };
            let Some((canonical, native)) = scoped.slots.get(index).and_then(|slots| slots.lists)
            else {
                continue;
            };
            let item = |mapped: &Mapped, taken: Taken| {
                mapped.node(taken.node).map_or(NONE, |node| node.item)
            };
            let write_in = Context::Item {
                tag: self.item_tag(&rule.native, scoped.scope.native, write_in),
            };
            let blocks = self.scope(
                inner,
                item(self.canonical, canonical),
                item(self.native, native),
                &Context::Item {
                    tag: Tag::default(),
                },
                &write_in,
            );
            if let Some(slots) = scoped.slots.get_mut(index) {
                slots.blocks = blocks;
            }
        }
    }

    fn block(&mut self, scoped: &mut Scoped<'_, '_>, to: To, context: &Context) -> Block {
        let (tree, clashes) = Target::of_scope(scoped.scope, to);
        for clash in clashes {
            self.clash(scoped.scope, clash, to);
        }
        let mut ops = Vec::new();
        let spot = Spot {
            place: &Place::default(),
            context,
            bit: 64,
            to,
        };
        self.target(&tree, spot, scoped, &mut ops);
        if to == To::Native {
            self.watchers(scoped, &mut ops);
        }
        let unions = self.unions(scoped, to);
        let frame = if to == To::Canonical {
            &scoped.native
        } else {
            &scoped.canonical
        };
        let registers = frame.registers();
        let splits = frame.splits();
        let program = self.program(to);
        let first_split = narrow(program.splits.len());
        program.splits.extend(splits);
        let first = narrow(program.ops.len());
        // Operations say where they end relative to their block until here.
        for op in &mut ops {
            match op {
                Op::Object {
                    attributes, end, ..
                } => {
                    *attributes = attributes.saturating_add(first);
                    *end = end.saturating_add(first);
                }
                Op::List { end, .. } | Op::When { end, .. } => *end = end.saturating_add(first),
                Op::Value { .. }
                | Op::Each { .. }
                | Op::Entries { .. }
                | Op::Constant { .. }
                | Op::ReadOnly { .. }
                | Op::Forbidden { .. }
                | Op::Fixed { .. } => {}
            }
        }
        program.ops.extend(ops);
        Block {
            splits: (first_split, narrow(program.splits.len())),
            ops: (first, narrow(program.ops.len())),
            registers,
            unread: (0, 0),
            unions,
        }
    }

    fn program(&mut self, to: To) -> &mut Program {
        match to {
            To::Canonical => &mut self.read,
            To::Native => &mut self.write,
        }
    }

    fn shapes(&self, to: To) -> &'b Shapes {
        match to {
            To::Canonical => self.compiler.canonical,
            To::Native => self.compiler.native,
        }
    }

    fn wire(&self, to: To) -> Wire {
        match to {
            To::Canonical => Wire::Json,
            To::Native => self.compiler.wire,
        }
    }

    fn clash(&mut self, scope: &Scope, clash: Clash, to: To) {
        let info = |rule: usize| {
            scope
                .rules
                .get(rule)
                .and_then(|rule| self.infos.get(usize::from(rule.info)))
        };
        let (Some(first), Some(second)) = (info(clash.first), info(clash.second)) else {
            return;
        };
        let place = if to == To::Canonical {
            &second.canonical
        } else {
            &second.native
        };
        let mut fault = Diagnostic::new(
            Code::M201,
            second.span,
            format!("two rules write `{place}`"),
        )
        .help("one place is one rule: join the two with `+`, or take one away");
        if let Some(span) = first.span {
            fault = fault.note(span, "the other rule");
        }
        self.report.push(fault);
    }

    /// Rules that only watch what a request must not say.
    fn watchers(&mut self, scoped: &mut Scoped<'_, '_>, ops: &mut Vec<Op>) {
        for index in 0..scoped.scope.rules.len() {
            let Some(rule) = scoped.scope.rules.get(index) else {
                continue;
            };
            if rule.travels == Travels::Yes || !matches!(rule.kind, RuleKind::Value { .. }) {
                continue;
            }
            for column in 0..rule.canonical.len() {
                let value = self.watched(scoped, index, column);
                let op = if rule.travels == Travels::ReadOnly {
                    Op::ReadOnly { value }
                } else {
                    Op::Forbidden { value }
                };
                ops.push(op);
            }
        }
        for constant in &scoped.scope.canonical_constants {
            if constant.info == NONE {
                continue;
            }
            let slot = scoped.canonical.slot(&constant.place);
            let value = values::plain(slot, constant.info);
            let lit = literals::literal(&mut self.pool, constant.literal.as_bytes());
            self.write.values.push(value);
            ops.push(Op::Fixed {
                value: narrow(self.write.values.len()).saturating_sub(1),
                lit,
            });
        }
    }

    /// A canonical place as it stands, with what the base says of it.
    fn watched(&mut self, scoped: &mut Scoped<'_, '_>, rule: usize, column: usize) -> u32 {
        let info = scoped.scope.rules.get(rule).map_or(NONE, |rule| rule.info);
        let slot = scoped
            .slots
            .get(rule)
            .and_then(|slots| slots.canonical.get(column).copied())
            .flatten();
        let read = self.read_value(scoped, rule, u8::try_from(column).unwrap_or(u8::MAX));
        let mut value = values::plain(slot, info);
        value.reads = Box::new([read]);
        self.write.values.push(value);
        narrow(self.write.values.len()).saturating_sub(1)
    }

    /// Cuts what the view forbids out of a base.
    fn forbid(&mut self, places: &[Place]) {
        let mut frame = Frame::new(self.native, 0);
        for place in places {
            if let Some(slot) = frame.slot(place) {
                self.write.forbidden.push((0, slot));
            }
        }
    }
}

/// The slots of a rule's places on both sides.
fn slots_of(rule: &Rule, scoped: &mut Scoped<'_, '_>) -> Slots {
    let mut slots = Slots::default();
    match &rule.kind {
        RuleKind::Value { also, .. } => {
            slots.canonical = rule
                .canonical
                .iter()
                .map(|place| scoped.canonical.slot(place))
                .collect();
            slots.native = rule
                .native
                .iter()
                .map(|place| scoped.native.slot(place))
                .collect();
            slots.also = also
                .iter()
                .map(|(place, _)| scoped.native.slot(place))
                .collect();
        }
        RuleKind::Each {
            canonical_tests,
            native_tests,
            ..
        } => {
            let canonical = rule
                .canonical
                .first()
                .and_then(|place| scoped.canonical.many(place, canonical_tests));
            let native = rule
                .native
                .first()
                .and_then(|place| scoped.native.many(place, native_tests));
            slots.lists = canonical.zip(native);
        }
        RuleKind::Entries { .. } => {
            let canonical = rule
                .canonical
                .first()
                .and_then(|place| scoped.canonical.rest(place));
            let native = rule
                .native
                .first()
                .and_then(|place| scoped.native.rest(place));
            slots.lists = canonical.zip(native);
        }
    }
    slots
}

fn narrow(value: usize) -> u32 {
    u32::try_from(value).unwrap_or(u32::MAX)
}

fn from_narrow(value: u32) -> usize {
    usize::try_from(value).unwrap_or(usize::MAX)
}

fn set(blocks: &mut [Block], index: u32, block: Block) {
    if let Some(slot) = blocks.get_mut(from_narrow(index)) {
        *slot = block;
    }
}
