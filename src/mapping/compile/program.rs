//! The two programs of a plan, from the scopes of its rules.

use std::collections::BTreeMap;

use super::Compiler;
use super::layout::{self, Mapped, Of, Use};
use super::place::Place;
use super::refs::{Frame, Taken};
use super::scope::{Guard, Rule, RuleKind, Scope, Travels};
use super::target::{CellTarget, Clash, Hole, Leaf, Target, To};
use crate::diag::{Code, Diagnostic, Report};
use crate::mapping::ast::Message;
use crate::mapping::plan::{
    Block, Chain, Check, Cond, Each, Entries, Fan, Input, Inputs, Lit, NONE, Object, Op, Plan,
    Program, RuleInfo, SlotRef, Value, Wire, WriteAs,
};
use crate::model::shape::{
    Form, Format, Kind, Member, Object as ObjectShape, Scalar, Sensitivity, ShapeId, Shapes,
};

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
    let canonical = layout::Builder::new(compiler.canonical, Wire::Json, &mut checks, report)
        .build(scope.canonical, &of_canonical);
    let native = layout::Builder::new(compiler.native, compiler.wire, &mut checks, report)
        .build(scope.native, &of_native);
    let mut builder = Builder {
        compiler,
        canonical: &canonical,
        native: &native,
        chains: &chains,
        infos: &infos,
        message,
        report,
        checks: &mut checks,
        pool: Vec::new(),
        read: Program::default(),
        write: Program::default(),
    };
    builder.scope(scope, 0, 0, Context::Root, Context::Root);
    builder.forbid(&forbidden);
    let (read, write, pool) = (builder.read, builder.write, builder.pool);
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
        qualifier: format!("{}:", compiler.upstream).into_bytes().into(),
    }
}

/// Places directly below a root, or in its plain objects, that the view forbids.
fn forbidden(shapes: &Shapes, root: ShapeId) -> Vec<Place> {
    use super::place::{Step, StepKind};
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
    Member { name: Box<str>, attribute: bool },
    Item { name: Box<str> },
}

struct Builder<'b, 'a> {
    compiler: &'b Compiler<'a>,
    canonical: &'b Mapped,
    native: &'b Mapped,
    chains: &'b [Chain],
    infos: &'b [RuleInfo],
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
        read_in: Context,
        write_in: Context,
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
        };
        for rule in &scope.rules {
            let slots = self.slots(rule, &mut scoped);
            scoped.slots.push(slots);
        }
        self.inner_scopes(&mut scoped);
        let read = self.block(&mut scoped, To::Canonical, read_in);
        let write = self.block(&mut scoped, To::Native, write_in);
        set(&mut self.read.blocks, blocks.0, read);
        set(&mut self.write.blocks, blocks.1, write);
        blocks
    }

    fn slots(&mut self, rule: &Rule, scoped: &mut Scoped<'_, '_>) -> Slots {
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

    /// Builds the scopes of the items of lists.
    fn inner_scopes(&mut self, scoped: &mut Scoped<'_, '_>) {
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
                name: self.item_name(&rule.native, scoped.scope.native),
            };
            let blocks = self.scope(
                inner,
                item(self.canonical, canonical),
                item(self.native, native),
                Context::Item {
                    name: Box::default(),
                },
                write_in,
            );
            if let Some(slots) = scoped.slots.get_mut(index) {
                slots.blocks = blocks;
            }
        }
    }

    /// The element name of the items of a native list.
    fn item_name(&self, list: &[Place], root: ShapeId) -> Box<str> {
        let shape = list.first().map_or(root, |place| place.shape(root));
        self.compiler
            .native
            .get(shape)
            .list()
            .and_then(|list| list.item_wire.clone())
            .unwrap_or_default()
    }

    fn block(&mut self, scoped: &mut Scoped<'_, '_>, to: To, context: Context) -> Block {
        let (tree, clashes) = Target::of_scope(scoped.scope, to);
        for clash in clashes {
            self.clash(scoped.scope, clash, to);
        }
        let mut ops = Vec::new();
        self.target(&tree, scoped, to, context, 64, &mut ops);
        if to == To::Native {
            self.watchers(scoped, &mut ops);
        }
        let frame = if to == To::Canonical {
            &scoped.native
        } else {
            &scoped.canonical
        };
        let registers = frame.registers();
        let mut pool = std::mem::take(&mut self.pool);
        let splits = frame.splits(&mut |text| literal(&mut pool, text.as_bytes()));
        self.pool = pool;
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
            let value = self.plain(slot, constant.info);
            let lit = literal(&mut self.pool, constant.literal.as_bytes());
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
        let mut value = self.plain(slot, info);
        value.reads = Box::new([read]);
        self.write.values.push(value);
        narrow(self.write.values.len()).saturating_sub(1)
    }

    fn plain(&self, slot: Option<SlotRef>, info: u16) -> Value {
        Value {
            rule: info,
            inputs: Inputs::One(slot.map_or(Input::Nothing, Input::Slot)),
            chain: NONE,
            column: 0,
            write: WriteAs::Text,
            check: NONE,
            id: false,
            ids: 0,
            default: None,
            when: None,
            also: Box::default(),
            report_invalid: false,
            spelling: None,
            reads: Box::default(),
            base: None,
            sensitivity: Sensitivity::None,
        }
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

// === targets to operations ===

impl Builder<'_, '_> {
    fn target(
        &mut self,
        target: &Target,
        scoped: &mut Scoped<'_, '_>,
        to: To,
        context: Context,
        bit: u8,
        ops: &mut Vec<Op>,
    ) {
        self.target_at(target, &Place::default(), scoped, to, &context, bit, ops);
    }

    #[allow(
        clippy::too_many_arguments,
        reason = "the walk's state, passed down as it is"
    )]
    fn target_at(
        &mut self,
        target: &Target,
        place: &Place,
        scoped: &mut Scoped<'_, '_>,
        to: To,
        context: &Context,
        bit: u8,
        ops: &mut Vec<Op>,
    ) {
        match target {
            Target::Object { shape, members } => {
                self.object(*shape, members, place, scoped, to, context, bit, ops)
            }
            Target::List { shape, cells } => {
                self.list(*shape, cells, place, scoped, to, context, bit, ops)
            }
            Target::Values(leaves) => {
                for leaf in leaves {
                    self.leaf(leaf, place, scoped, to, context, bit, ops);
                }
            }
            Target::Map { rule } => self.map(*rule, place, scoped, to, context, bit, ops),
        }
    }

    #[allow(
        clippy::too_many_arguments,
        reason = "the walk's state, passed down as it is"
    )]
    fn object(
        &mut self,
        shape: ShapeId,
        members: &BTreeMap<usize, Hole>,
        place: &Place,
        scoped: &mut Scoped<'_, '_>,
        to: To,
        context: &Context,
        bit: u8,
        ops: &mut Vec<Op>,
    ) {
        use super::place::{Step, StepKind};
        let shapes = self.shapes(to);
        let Some(object) = shapes.get(shape).object() else {
            return;
        };
        let wire = self.wire(to);
        let (open, close) =
            self.brackets(wire, context, shapes.get(shape).root.as_deref(), "{", "}");
        let base = if to == To::Native {
            self.base_slot(scoped, place)
        } else {
            None
        };
        let rules = self.object_rules(object, members, scoped, base);
        let program = self.program(to);
        program.objects.push(rules);
        let object_index = narrow(program.objects.len()).saturating_sub(1);
        let at = ops.len();
        ops.push(Op::Object {
            open,
            close,
            attributes: 0,
            end: 0,
            object: object_index,
            bit,
        });
        let is_attribute = |member: &Member| member.attribute && wire == Wire::Xml;
        let mut attributes = narrow(ops.len());
        for attribute_pass in [true, false] {
            for (index, member) in object.members.iter().enumerate() {
                if is_attribute(member) != attribute_pass || member.forbidden {
                    continue;
                }
                let bit = u8::try_from(index).unwrap_or(64).min(64);
                let name = if wire == Wire::Xml {
                    member.wire.clone()
                } else {
                    member.name.clone()
                };
                let inner = Context::Member {
                    name,
                    attribute: is_attribute(member),
                };
                let step = Step {
                    kind: StepKind::Member(index),
                    shape: member.shape,
                };
                match members.get(&index) {
                    Some(Some(target)) => {
                        let mut steps = place.steps.clone();
                        steps.push(step);
                        self.target_at(target, &Place { steps }, scoped, to, &inner, bit, ops);
                    }
                    Some(None) => {}
                    None if to == To::Native => self.constant_member(member, &inner, bit, ops),
                    None => {}
                }
            }
            if attribute_pass {
                attributes = narrow(ops.len());
            }
        }
        let end = narrow(ops.len());
        if let Some(Op::Object {
            attributes: to_attributes,
            end: to_end,
            ..
        }) = ops.get_mut(at)
        {
            *to_attributes = attributes;
            *to_end = end;
        }
    }

    /// The rules of an object that is written; on the canonical side the schema's `required`.
    fn object_rules(
        &self,
        object: &ObjectShape,
        members: &BTreeMap<usize, Hole>,
        scoped: &Scoped<'_, '_>,
        base: Option<SlotRef>,
    ) -> Object {
        let mut required = 0_u64;
        for (index, member) in object.members.iter().enumerate() {
            let travels = !(member.read_only && self.message == Message::Request
                || member.write_only && self.message == Message::Response);
            if member.required && index < 64 && travels && !member.forbidden {
                required |= 1 << index;
            }
        }
        Object {
            required,
            any_of: layout::masks(object),
            members: (
                object.min_members.unwrap_or(0),
                object.max_members.unwrap_or(u32::MAX),
            ),
            names: object
                .members
                .iter()
                .map(|member| member.name.clone())
                .collect(),
            rules: (0..object.members.len())
                .map(|index| {
                    members
                        .get(&index)
                        .and_then(Option::as_ref)
                        .map_or(NONE, |target| first_rule(target, scoped.scope))
                })
                .collect(),
            base,
        }
    }

    /// A member with a `const` is written whenever its object is.
    fn constant_member(&mut self, member: &Member, context: &Context, bit: u8, ops: &mut Vec<Op>) {
        let Some(constant) = self
            .compiler
            .native
            .get(member.shape)
            .scalar()
            .and_then(|scalar| {
                scalar
                    .constant
                    .as_ref()
                    .map(|constant| (scalar, constant.clone()))
            })
        else {
            return;
        };
        let (scalar, text) = constant;
        let op = self.constant(To::Native, scalar, &text, context, bit);
        ops.push(op);
    }

    fn constant(&mut self, to: To, scalar: &Scalar, text: &str, context: &Context, bit: u8) -> Op {
        let wire = self.wire(to);
        let (open, close) = self.around(wire, context);
        let mut bytes = open;
        let spelled = spelling_of(scalar, text);
        match (wire, write_as(wire, scalar, context)) {
            (Wire::Json, WriteAs::Text) => {
                crate::codec::json::write::string(&mut bytes, spelled.as_bytes(), false)
            }
            (Wire::Json, _) => bytes.extend_from_slice(spelled.as_bytes()),
            // A constant of a schema that XML cannot hold is a fault of the schema, found when it is read.
            (Wire::Xml, WriteAs::Attribute) => drop(crate::codec::xml::write::attribute(
                &mut bytes,
                spelled.as_bytes(),
            )),
            (Wire::Xml, _) => drop(crate::codec::xml::write::text(
                &mut bytes,
                spelled.as_bytes(),
            )),
            (Wire::Form, _) => crate::codec::form::encode(&mut bytes, spelled.as_bytes()),
        }
        bytes.extend_from_slice(&close);
        Op::Constant {
            lit: literal(&mut self.pool, &bytes),
            bit,
        }
    }

    #[allow(
        clippy::too_many_arguments,
        reason = "the walk's state, passed down as it is"
    )]
    fn list(
        &mut self,
        shape: ShapeId,
        cells: &[CellTarget],
        place: &Place,
        scoped: &mut Scoped<'_, '_>,
        to: To,
        context: &Context,
        bit: u8,
        ops: &mut Vec<Op>,
    ) {
        use super::place::{Step, StepKind};
        let shapes = self.shapes(to);
        let Some(list) = shapes.get(shape).list() else {
            return;
        };
        let wire = self.wire(to);
        let bare = wire == Wire::Xml && !list.wrapped && !matches!(context, Context::Root);
        let (open, close) = if bare {
            (Lit::default(), Lit::default())
        } else {
            self.list_brackets(wire, context, shapes.get(shape).root.as_deref())
        };
        let base = if to == To::Native {
            self.base_slot(scoped, place)
        } else {
            None
        };
        let at = ops.len();
        ops.push(Op::List {
            open,
            close,
            end: 0,
            base,
            bit,
        });
        let name = list.item_wire.clone().unwrap_or_default();
        for cell in cells {
            match cell {
                CellTarget::One { tests, index, item } => {
                    let kind = match index {
                        Some(index) => StepKind::Index(*index),
                        None => StepKind::Select(tests.clone()),
                    };
                    let mut steps = place.steps.clone();
                    steps.push(Step {
                        kind,
                        shape: list.item,
                    });
                    if let Some(item) = item {
                        let context = Context::Item { name: name.clone() };
                        self.target_at(item, &Place { steps }, scoped, to, &context, 64, ops);
                    }
                }
                CellTarget::Each { rule } => self.each(*rule, scoped, to, ops),
                CellTarget::Entries { rule } => self.entries(*rule, scoped, to, &name, ops),
            }
        }
        let end = narrow(ops.len());
        if let Some(Op::List { end: to_end, .. }) = ops.get_mut(at) {
            *to_end = end;
        }
    }

    fn each(&mut self, rule_index: usize, scoped: &mut Scoped<'_, '_>, to: To, ops: &mut Vec<Op>) {
        let Some(slots) = scoped.slots.get(rule_index) else {
            return;
        };
        let Some((canonical, native)) = slots.lists else {
            return;
        };
        let (read, write) = slots.blocks;
        let Some(rule) = scoped.scope.rules.get(rule_index) else {
            return;
        };
        let RuleKind::Each {
            scope: inner,
            key,
            removal_refused,
            ..
        } = &rule.kind
        else {
            return;
        };
        let native_cell = scoped.native.cell(native);
        let each = match to {
            To::Canonical => Each {
                list: native.list,
                cell: native_cell,
                block: read,
                rule: rule.info,
                base: None,
                key: None,
                key_value: None,
                removal_refused: false,
            },
            To::Native => Each {
                list: canonical.list,
                cell: scoped.canonical.cell(canonical),
                block: write,
                rule: rule.info,
                base: Some((native.list, native_cell, read)),
                key: key.as_ref().and_then(|key| {
                    let item = self.native.node(native.node)?.item;
                    Frame::new(self.native, item)
                        .slot(key)
                        .map(|slot| slot.slot)
                }),
                key_value: key
                    .as_ref()
                    .and_then(|key| self.key_value(write, inner, key)),
                removal_refused: *removal_refused,
            },
        };
        let guards = rule.guards.clone();
        let when = self.when(&guards, scoped, to);
        let program = self.program(to);
        program.eaches.push(each);
        let op = Op::Each {
            each: narrow(program.eaches.len()).saturating_sub(1),
        };
        if let Some(cond) = when {
            let end = narrow(ops.len()).saturating_add(2);
            ops.push(Op::When { cond, end });
        }
        ops.push(op);
    }

    /// The value of an item's block that writes the key.
    fn key_value(&self, block: u32, inner: &Scope, key: &Place) -> Option<u32> {
        let rule = inner.rules.iter().find(|rule| rule.native.contains(key))?;
        let column = rule.native.iter().position(|place| place == key)?;
        let block = self.write.blocks.get(from_narrow(block))?;
        let ops = self
            .write
            .ops
            .get(from_narrow(block.ops.0)..from_narrow(block.ops.1))?;
        ops.iter().find_map(|op| match op {
            Op::Value { value, .. } => {
                let found = self.write.values.get(from_narrow(*value))?;
                (found.rule == rule.info && usize::from(found.column) == column).then_some(*value)
            }
            _ => None,
        })
    }

    fn entries(
        &mut self,
        rule_index: usize,
        scoped: &mut Scoped<'_, '_>,
        to: To,
        item: &str,
        ops: &mut Vec<Op>,
    ) {
        let Some(entries) = self.entries_of(rule_index, scoped, to, item) else {
            return;
        };
        let program = self.program(to);
        program.entries.push(entries);
        ops.push(Op::Entries {
            entries: narrow(program.entries.len()).saturating_sub(1),
        });
    }

    fn entries_of(
        &mut self,
        rule_index: usize,
        scoped: &Scoped<'_, '_>,
        to: To,
        item: &str,
    ) -> Option<Entries> {
        let (canonical, native) = scoped.slots.get(rule_index)?.lists?;
        let rule = scoped.scope.rules.get(rule_index)?;
        let RuleKind::Entries { name, value } = &rule.kind else {
            return None;
        };
        let native_item = self.native.node(native.node)?.item;
        let slot = |place: &Option<Place>| -> Option<u16> {
            Frame::new(self.native, native_item)
                .slot(place.as_ref()?)
                .map(|slot| slot.slot)
        };
        // A map's entry holds its name in slot 0 and its value in slot 1.
        let native_slots = if name.is_some() {
            (slot(name)?, slot(value)?)
        } else {
            (0, 1)
        };
        let native_cell = if name.is_some() {
            scoped.native.cell(native)
        } else {
            None
        };
        let claims = if name.is_some() {
            scoped.native.claims(native)
        } else {
            Vec::new()
        };
        let claimed: Box<[(Lit, bool)]> = claims
            .iter()
            .map(|test| {
                (
                    literal(&mut self.pool, test.literal.as_bytes()),
                    test.no_case,
                )
            })
            .collect();
        let no_case = claims.iter().any(|test| test.no_case);
        Some(match to {
            To::Canonical => Entries {
                list: native.list,
                cell: native_cell,
                rule: rule.info,
                slots: native_slots,
                around: self.member_entry(To::Canonical),
                claimed: Box::default(),
                base: None,
                no_case: false,
                from_list: name.is_some(),
                as_members: true,
            },
            To::Native => Entries {
                list: canonical.list,
                cell: None,
                rule: rule.info,
                slots: (0, 1),
                around: self.native_entry(
                    rule,
                    scoped.scope,
                    name.as_ref().zip(value.as_ref()),
                    item,
                ),
                claimed,
                base: Some((native.list, native_cell, native_slots)),
                no_case,
                from_list: false,
                as_members: name.is_none() && self.compiler.wire != Wire::Xml,
            },
        })
    }

    /// What stands around the name and the value of a member.
    fn member_entry(&mut self, to: To) -> (Lit, Lit, Lit) {
        match self.wire(to) {
            Wire::Json => (
                literal(&mut self.pool, b","),
                literal(&mut self.pool, b":"),
                Lit::default(),
            ),
            Wire::Form => (
                literal(&mut self.pool, b"&"),
                literal(&mut self.pool, b"="),
                Lit::default(),
            ),
            Wire::Xml => (Lit::default(), Lit::default(), Lit::default()),
        }
    }

    /// What stands around the name and the value of an item of a name and value list.
    fn native_entry(
        &mut self,
        rule: &Rule,
        scope: &Scope,
        places: Option<(&Place, &Place)>,
        item: &str,
    ) -> (Lit, Lit, Lit) {
        let Some((name, value)) = places else {
            return self.member_entry(To::Native);
        };
        let shapes = self.compiler.native;
        let list = rule
            .native
            .first()
            .map_or(scope.native, |place| place.shape(scope.native));
        let root = shapes
            .get(list)
            .list()
            .map_or(scope.native, |list| list.item);
        let wire_name = |place: &Place| -> Box<str> {
            use super::place::{StepKind, member_at};
            match place.steps.first().map(|step| &step.kind) {
                Some(StepKind::Member(index)) => {
                    member_at(shapes, root, *index).map_or_else(Box::default, |member| {
                        if self.compiler.wire == Wire::Xml {
                            member.wire.clone()
                        } else {
                            member.name.clone()
                        }
                    })
                }
                Some(StepKind::Select(_) | StepKind::Index(_)) | None => Box::default(),
            }
        };
        let (name, value) = (wire_name(name), wire_name(value));
        let texts = match self.compiler.wire {
            Wire::Json => (
                format!(",{{\"{name}\":"),
                format!(",\"{value}\":"),
                "}".to_owned(),
            ),
            Wire::Xml => (
                format!("<{item}><{name}>"),
                format!("</{name}><{value}>"),
                format!("</{value}></{item}>"),
            ),
            Wire::Form => (format!("&{name}="), format!("&{value}="), String::new()),
        };
        (
            literal(&mut self.pool, texts.0.as_bytes()),
            literal(&mut self.pool, texts.1.as_bytes()),
            literal(&mut self.pool, texts.2.as_bytes()),
        )
    }

    #[allow(
        clippy::too_many_arguments,
        reason = "the walk's state, passed down as it is"
    )]
    fn map(
        &mut self,
        rule: usize,
        place: &Place,
        scoped: &mut Scoped<'_, '_>,
        to: To,
        context: &Context,
        bit: u8,
        ops: &mut Vec<Op>,
    ) {
        let wire = self.wire(to);
        let (open, close) = self.brackets(wire, context, None, "{", "}");
        let base = if to == To::Native {
            self.base_slot(scoped, place)
        } else {
            None
        };
        let at = ops.len();
        ops.push(Op::List {
            open,
            close,
            end: 0,
            base,
            bit,
        });
        self.entries(rule, scoped, to, "", ops);
        let end = narrow(ops.len());
        if let Some(Op::List { end: to_end, .. }) = ops.get_mut(at) {
            *to_end = end;
        }
    }

    #[allow(
        clippy::too_many_arguments,
        reason = "the walk's state, passed down as it is"
    )]
    fn leaf(
        &mut self,
        leaf: &Leaf,
        place: &Place,
        scoped: &mut Scoped<'_, '_>,
        to: To,
        context: &Context,
        bit: u8,
        ops: &mut Vec<Op>,
    ) {
        let root = if to == To::Canonical {
            scoped.scope.canonical
        } else {
            scoped.scope.native
        };
        let shapes = self.shapes(to);
        let Kind::Scalar(scalar) = &shapes.get(place.shape(root)).kind else {
            return;
        };
        let value = match leaf {
            Leaf::Constant(text) => {
                let op = self.constant(to, scalar, text, context, bit);
                ops.push(op);
                return;
            }
            Leaf::Rule { rule, column } if to == To::Canonical => {
                self.read_value(scoped, *rule, *column)
            }
            Leaf::Rule { rule, column } => {
                self.write_value(scoped, *rule, *column, None, scalar, place, context)
            }
            Leaf::Also { rule, also } => {
                self.write_value(scoped, *rule, 0, Some(*also), scalar, place, context)
            }
        };
        let wire = self.wire(to);
        let (open, close) = self.around(wire, context);
        let (open, close) = (
            literal(&mut self.pool, &open),
            literal(&mut self.pool, &close),
        );
        ops.push(Op::Value {
            open,
            close,
            value,
            bit,
        });
    }
}

// === values ===

impl Builder<'_, '_> {
    /// The value of the read program for a canonical place of a rule.
    fn read_value(&mut self, scoped: &mut Scoped<'_, '_>, index: usize, column: u8) -> u32 {
        if let Some(value) = scoped.reads.get(&(index, column)) {
            return *value;
        }
        let Some(rule) = scoped.scope.rules.get(index) else {
            return 0;
        };
        let RuleKind::Value {
            chain,
            also,
            default,
            report_invalid,
        } = &rule.kind
        else {
            return 0;
        };
        let slots = scoped.slots.get(index);
        let native: Vec<Input> = slots.map_or_else(Vec::new, |slots| {
            slots
                .native
                .iter()
                .map(|slot| slot.map_or(Input::Nothing, Input::Slot))
                .collect()
        });
        let also = also
            .iter()
            .zip(slots.map_or(&[][..], |slots| slots.also.as_slice()))
            .map(|((_, chain), slot)| (slot.map_or(Input::Nothing, Input::Slot), *chain))
            .collect();
        let scalar = rule
            .canonical
            .get(usize::from(column))
            .map(|place| place.shape(scoped.scope.canonical))
            .and_then(|shape| self.compiler.canonical.get(shape).scalar());
        let source = rule
            .native
            .first()
            .map(|place| place.shape(scoped.scope.native))
            .and_then(|shape| self.compiler.native.get(shape).scalar());
        let (write, check, id) = match scalar {
            Some(scalar) => (
                write_as(Wire::Json, scalar, &Context::Root),
                self.check(scalar, source, *chain),
                scalar.format == Some(Format::Id),
            ),
            None => (WriteAs::Text, NONE, false),
        };
        let default = default
            .as_ref()
            .map(|text| literal(&mut self.pool, text.as_bytes()));
        let value = Value {
            inputs: inputs(native),
            chain: *chain,
            column,
            write,
            check,
            id,
            default,
            also,
            report_invalid: *report_invalid,
            sensitivity: self
                .infos
                .get(usize::from(rule.info))
                .map_or(Sensitivity::None, |info| info.sensitivity),
            ..self.plain(None, rule.info)
        };
        self.read.values.push(value);
        let made = narrow(self.read.values.len()).saturating_sub(1);
        scoped.reads.insert((index, column), made);
        let guards = rule.guards.clone();
        let when = self.when(&guards, scoped, To::Canonical);
        if let Some(value) = self.read.values.get_mut(from_narrow(made)) {
            value.when = when;
        }
        made
    }

    #[allow(
        clippy::too_many_arguments,
        reason = "what a value is made of, from one caller"
    )]
    fn write_value(
        &mut self,
        scoped: &mut Scoped<'_, '_>,
        index: usize,
        column: u8,
        also: Option<usize>,
        scalar: &Scalar,
        place: &Place,
        context: &Context,
    ) -> u32 {
        let Some(rule) = scoped.scope.rules.get(index) else {
            return 0;
        };
        let RuleKind::Value {
            chain, also: alsos, ..
        } = &rule.kind
        else {
            return 0;
        };
        let chain = also.map_or(*chain, |number| {
            alsos.get(number).map_or(NONE, |(_, chain)| *chain)
        });
        let count = rule.canonical.len();
        let mut ids = 0_u8;
        for (number, place) in rule.canonical.iter().enumerate().take(8) {
            let of = self
                .compiler
                .canonical
                .get(place.shape(scoped.scope.canonical));
            if of
                .scalar()
                .is_some_and(|scalar| scalar.format == Some(Format::Id))
            {
                ids |= 1 << number;
            }
        }
        let source = rule
            .canonical
            .first()
            .map(|place| place.shape(scoped.scope.canonical))
            .and_then(|shape| self.compiler.canonical.get(shape).scalar());
        let check = self.check(scalar, source, chain);
        let canonical: Vec<Input> = scoped.slots.get(index).map_or_else(Vec::new, |slots| {
            slots
                .canonical
                .iter()
                .map(|slot| slot.map_or(Input::Nothing, Input::Slot))
                .collect()
        });
        let reads = (0..count)
            .map(|column| self.read_value(scoped, index, u8::try_from(column).unwrap_or(u8::MAX)))
            .collect();
        let guards = rule.guards.clone();
        let when = self.when(&guards, scoped, To::Native);
        let spelling = (scalar.form == Form::Boolean && !scalar.spellings.is_empty()).then(|| {
            (
                literal(&mut self.pool, spelling_of(scalar, "true").as_bytes()),
                literal(&mut self.pool, spelling_of(scalar, "false").as_bytes()),
            )
        });
        let base = scoped.native.slot(place);
        let value = Value {
            inputs: inputs(canonical),
            chain,
            column,
            write: write_as(self.compiler.wire, scalar, context),
            check,
            ids,
            when,
            spelling,
            reads,
            base,
            sensitivity: self
                .infos
                .get(usize::from(rule.info))
                .map_or(Sensitivity::None, |info| info.sensitivity),
            ..self.plain(None, rule.info)
        };
        self.write.values.push(value);
        narrow(self.write.values.len()).saturating_sub(1)
    }

    /// The check of a value that is written; none where the source's own checks say enough.
    fn check(&mut self, target: &Scalar, source: Option<&Scalar>, chain: u16) -> u16 {
        let Ok(check) = Check::compile(target, true) else {
            return NONE;
        };
        let same_form = match (source.map(|source| source.form), target.form) {
            (_, Form::Text) => true,
            (Some(Form::Integer), Form::Integer | Form::Number)
            | (Some(Form::Number), Form::Number) => chain == NONE,
            (Some(Form::Boolean), Form::Boolean) => chain == NONE,
            _ => false,
        };
        let open = check.is_open() || (check.form == Form::Boolean && check.values.is_empty());
        let said_by_source =
            source.is_some_and(|source| chain == NONE && says_as_much(source, target));
        if same_form && (open || said_by_source) {
            return NONE;
        }
        layout::push_check(self.checks, check)
    }

    /// The conditions of a rule's guards.
    fn when(&mut self, guards: &[Guard], scoped: &mut Scoped<'_, '_>, to: To) -> Option<u32> {
        if guards.is_empty() {
            return None;
        }
        let parts: Box<[u32]> = guards
            .iter()
            .map(|guard| self.cond(guard, scoped, to))
            .collect();
        Some(match &*parts {
            [only] => *only,
            _ => self.push_cond(Cond::All(parts), to),
        })
    }

    fn push_cond(&mut self, cond: Cond, to: To) -> u32 {
        let conds = &mut self.program(to).conds;
        conds.push(cond);
        narrow(conds.len()).saturating_sub(1)
    }

    fn cond(&mut self, guard: &Guard, scoped: &mut Scoped<'_, '_>, to: To) -> u32 {
        let cond = match guard {
            Guard::All(parts) => Cond::All(
                parts
                    .iter()
                    .map(|part| self.cond(part, scoped, to))
                    .collect(),
            ),
            Guard::Any(parts) => Cond::Any(
                parts
                    .iter()
                    .map(|part| self.cond(part, scoped, to))
                    .collect(),
            ),
            Guard::Not(inner) => Cond::Not(self.cond(inner, scoped, to)),
            Guard::Present(place) => Cond::Present(self.guarding(place, scoped, to)),
            Guard::In(place, literals) => {
                let value = self.guarding(place, scoped, to);
                Cond::In(
                    value,
                    literals
                        .iter()
                        .map(|text| literal(&mut self.pool, text.as_bytes()))
                        .collect(),
                )
            }
            Guard::Always(holds) => Cond::Always(*holds),
        };
        self.push_cond(cond, to)
    }

    /// The value of a canonical place in a condition.
    fn guarding(&mut self, place: &Place, scoped: &mut Scoped<'_, '_>, to: To) -> u32 {
        let found = scoped
            .scope
            .rules
            .iter()
            .enumerate()
            .find_map(|(index, rule)| {
                let column = rule.canonical.iter().position(|of| of == place)?;
                matches!(rule.kind, RuleKind::Value { .. }).then_some((index, column))
            });
        match (to, found) {
            (To::Canonical, Some((index, column))) => {
                self.read_value(scoped, index, u8::try_from(column).unwrap_or(u8::MAX))
            }
            (To::Native, Some((index, column))) => self.watched(scoped, index, column),
            (_, None) => {
                let slot = if to == To::Native {
                    scoped.canonical.slot(place)
                } else {
                    None
                };
                let value = self.plain(slot, NONE);
                let values = &mut self.program(to).values;
                values.push(value);
                narrow(values.len()).saturating_sub(1)
            }
        }
    }

    /// The slot of a native place in a base.
    fn base_slot(&self, scoped: &mut Scoped<'_, '_>, place: &Place) -> Option<SlotRef> {
        scoped.native.slot(place)
    }

    /// What stands before and behind an object.
    fn brackets(
        &mut self,
        wire: Wire,
        context: &Context,
        root: Option<&str>,
        open: &str,
        close: &str,
    ) -> (Lit, Lit) {
        let (before, behind) = match (wire, context) {
            (Wire::Json, Context::Root) => (open.to_owned(), close.to_owned()),
            (Wire::Json, Context::Member { name, .. }) => {
                (format!(",{}:{open}", quoted(name)), close.to_owned())
            }
            (Wire::Json, Context::Item { .. }) => (format!(",{open}"), close.to_owned()),
            (Wire::Xml, Context::Root) => element(root.unwrap_or("root")),
            (Wire::Xml, Context::Member { name, .. } | Context::Item { name }) => element(name),
            (Wire::Form, _) => (String::new(), String::new()),
        };
        (
            literal(&mut self.pool, before.as_bytes()),
            literal(&mut self.pool, behind.as_bytes()),
        )
    }

    /// What stands before and behind a list.
    fn list_brackets(&mut self, wire: Wire, context: &Context, root: Option<&str>) -> (Lit, Lit) {
        if wire == Wire::Xml {
            let name = match context {
                Context::Root => root.unwrap_or("list"),
                Context::Member { name, .. } | Context::Item { name } => name,
            };
            return (
                literal(&mut self.pool, format!("<{name}>").as_bytes()),
                literal(&mut self.pool, format!("</{name}>").as_bytes()),
            );
        }
        self.brackets(wire, context, root, "[", "]")
    }

    /// What stands before and behind a value.
    fn around(&self, wire: Wire, context: &Context) -> (Vec<u8>, Vec<u8>) {
        let (before, behind) = match (wire, context) {
            (Wire::Json, Context::Root) => (String::new(), String::new()),
            (Wire::Json, Context::Member { name, .. }) => {
                (format!(",{}:", quoted(name)), String::new())
            }
            (Wire::Json, Context::Item { .. }) => (",".to_owned(), String::new()),
            (
                Wire::Xml,
                Context::Member {
                    name,
                    attribute: true,
                },
            ) => (format!(" {name}=\""), "\"".to_owned()),
            (Wire::Xml, Context::Member { name, .. } | Context::Item { name }) => {
                (format!("<{name}>"), format!("</{name}>"))
            }
            (Wire::Xml, Context::Root) => (String::new(), String::new()),
            (Wire::Form, Context::Member { name, .. } | Context::Item { name }) => {
                (format!("&{name}="), String::new())
            }
            (Wire::Form, Context::Root) => (String::new(), String::new()),
        };
        (before.into_bytes(), behind.into_bytes())
    }
}

/// True if a text that the source's schema accepts is accepted by the target's.
fn says_as_much(source: &Scalar, target: &Scalar) -> bool {
    let values = !source.values.is_empty()
        && source
            .values
            .iter()
            .all(|value| target.values.contains(value));
    let open_values = target.values.is_empty() && target.constant.is_none();
    let pattern = target.pattern.is_none() || target.pattern == source.pattern;
    let longest = target
        .max_length
        .is_none_or(|max| source.max_length.is_some_and(|source| source <= max));
    let shortest = target
        .min_length
        .is_none_or(|min| source.min_length.is_some_and(|source| source >= min));
    let numbers = target.minimum.is_none() && target.maximum.is_none() && target.scale.is_none();
    values && pattern && numbers && target.constant.is_none() && target.max_length.is_none()
        || open_values && pattern && longest && shortest && numbers
}

fn first_rule(target: &Target, scope: &Scope) -> u16 {
    let of = |rule: usize| scope.rules.get(rule).map_or(NONE, |rule| rule.info);
    match target {
        Target::Values(leaves) => leaves
            .iter()
            .find_map(|leaf| match leaf {
                Leaf::Rule { rule, .. } | Leaf::Also { rule, .. } => Some(of(*rule)),
                Leaf::Constant(_) => None,
            })
            .unwrap_or(NONE),
        Target::Map { rule } => of(*rule),
        Target::Object { members, .. } => members
            .values()
            .flatten()
            .map(|target| first_rule(target, scope))
            .find(|rule| *rule != NONE)
            .unwrap_or(NONE),
        Target::List { cells, .. } => cells
            .iter()
            .map(|cell| match cell {
                CellTarget::One {
                    item: Some(item), ..
                } => first_rule(item, scope),
                CellTarget::One { item: None, .. } => NONE,
                CellTarget::Each { rule } | CellTarget::Entries { rule } => of(*rule),
            })
            .find(|rule| *rule != NONE)
            .unwrap_or(NONE),
    }
}

fn write_as(wire: Wire, scalar: &Scalar, context: &Context) -> WriteAs {
    match (wire, scalar.form, context) {
        (
            Wire::Xml,
            _,
            Context::Member {
                attribute: true, ..
            },
        ) => WriteAs::Attribute,
        (Wire::Json, Form::Integer | Form::Number, _) => WriteAs::Bare,
        (Wire::Json, Form::Boolean, _) if scalar.spellings.is_empty() => WriteAs::Bare,
        _ => WriteAs::Text,
    }
}

fn spelling_of<'s>(scalar: &'s Scalar, value: &'s str) -> &'s str {
    scalar
        .spellings
        .iter()
        .find(|spelling| &*spelling.value == value)
        .and_then(|spelling| spelling.spelled.first())
        .map_or(value, |spelled| spelled)
}

fn inputs(mut inputs: Vec<Input>) -> Inputs {
    match inputs.len() {
        1 => Inputs::One(inputs.remove(0)),
        _ => Inputs::Many(inputs.into()),
    }
}

fn quoted(name: &str) -> String {
    let mut bytes = Vec::new();
    crate::codec::json::write::string(&mut bytes, name.as_bytes(), false);
    String::from_utf8(bytes).unwrap_or_default()
}

fn element(name: &str) -> (String, String) {
    (format!("<{name}"), format!("</{name}>"))
}

pub(crate) fn literal(pool: &mut Vec<u8>, bytes: &[u8]) -> Lit {
    if bytes.is_empty() {
        return Lit::default();
    }
    let start = pool
        .windows(bytes.len())
        .position(|window| window == bytes)
        .unwrap_or_else(|| {
            let start = pool.len();
            pool.extend_from_slice(bytes);
            start
        });
    Lit {
        start: narrow(start),
        end: narrow(start.saturating_add(bytes.len())),
    }
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
