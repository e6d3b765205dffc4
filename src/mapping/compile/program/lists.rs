//! Lists and maps of a target as operations.

use super::super::layout::Mapped;
use super::super::place::{Place, Step, StepKind, Test, member_at};
use super::super::refs::{Frame, Taken};
use super::super::scope::{Rule, RuleKind, Scope};
use super::super::target::{CellTarget, To};
use super::literals::{element, literal};
use super::tags::Tag;
use super::{Builder, Context, Scoped, Spot, from_narrow, narrow};
use crate::mapping::plan::{Each, Entries, ItemStep, Lit, NONE, Op, Wire};
use crate::model::shape::ShapeId;

impl Builder<'_, '_> {
    pub(super) fn list(
        &mut self,
        shape: ShapeId,
        cells: &[CellTarget],
        spot: Spot<'_>,
        scoped: &mut Scoped<'_, '_>,
        ops: &mut Vec<Op>,
    ) {
        let shapes = self.shapes(spot.to);
        let Some(list) = shapes.get(shape).list() else {
            return;
        };
        let bare = self.wire(spot.to) == Wire::Xml
            && !list.wrapped
            && !matches!(spot.context, Context::Root);
        let tag = self.tag_of(shapes.get(shape), spot.context, "list");
        let (open, close) = if bare {
            (Lit::default(), Lit::default())
        } else {
            self.list_brackets(spot, &tag)
        };
        let base = super::objects::base_slot(spot, scoped);
        let at = ops.len();
        ops.push(Op::List {
            open,
            close,
            end: 0,
            base,
            items: (
                list.min_items.unwrap_or(0),
                list.max_items.unwrap_or(u32::MAX),
            ),
            bit: spot.bit,
        });
        let tag = tag.item(list.item_wire.as_ref(), !bare);
        for cell in cells {
            match cell {
                CellTarget::One { tests, index, item } => {
                    let kind =
                        index.map_or_else(|| StepKind::Select(tests.clone()), StepKind::Index);
                    let mut steps = spot.place.steps.clone();
                    steps.push(Step {
                        kind,
                        shape: list.item,
                    });
                    if let Some(item) = item {
                        let context = Context::Item { tag: tag.clone() };
                        let place = Place { steps };
                        let inner = Spot {
                            to: spot.to,
                            place: &place,
                            context: &context,
                            bit: 64,
                        };
                        self.target(item, inner, scoped, ops);
                    }
                }
                CellTarget::Each { rule } => self.each(*rule, scoped, spot.to, ops),
                CellTarget::Entries { rule } => self.entries(*rule, scoped, spot.to, &tag, ops),
            }
        }
        close_list(ops, at);
    }

    fn each(&mut self, rule_index: usize, scoped: &mut Scoped<'_, '_>, to: To, ops: &mut Vec<Op>) {
        let Some(rule) = scoped.scope.rules.get(rule_index) else {
            return;
        };
        let Some(each) = self.each_of(rule, rule_index, scoped, to) else {
            return;
        };
        let (when, case) = self.when(rule, scoped, to);
        let read = case
            .and_then(|_| rule.cases.last())
            .map(|case| self.case(*case, scoped, To::Canonical));
        let each = Each {
            case: case.zip(read),
            ..each
        };
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

    fn each_of(
        &self,
        rule: &Rule,
        rule_index: usize,
        scoped: &Scoped<'_, '_>,
        to: To,
    ) -> Option<Each> {
        let slots = scoped.slots.get(rule_index)?;
        let (canonical, native) = slots.lists?;
        let (read, write) = slots.blocks;
        let RuleKind::Each {
            scope: inner,
            key,
            removal_refused,
            canonical_tests,
            ..
        } = &rule.kind
        else {
            return None;
        };
        let native_cell = scoped.native.cell(native);
        let reading = Each {
            list: native.list,
            cell: native_cell,
            kind: self
                .native
                .node(native.node)
                .map_or(NONE, |node| node.detail),
            block: read,
            rule: rule.info,
            base: None,
            key: None,
            key_value: None,
            removal_refused: false,
            path: Box::default(),
            case: None,
        };
        if to == To::Canonical {
            return Some(reading);
        }
        Some(Each {
            list: canonical.list,
            cell: scoped.canonical.cell(canonical),
            kind: self
                .canonical
                .node(canonical.node)
                .map_or(NONE, |node| node.detail),
            block: write,
            base: Some((native.list, native_cell, read)),
            key: key.as_ref().and_then(|key| self.item_slot(native, key)),
            key_value: key
                .as_ref()
                .and_then(|key| self.key_value(write, inner, key)),
            removal_refused: *removal_refused,
            path: self.item_path(rule, scoped.scope, canonical_tests),
            ..reading
        })
    }

    /// The way to the canonical list of a rule, and what its items must hold.
    fn item_path(&self, rule: &Rule, scope: &Scope, tests: &[Test]) -> Box<[ItemStep]> {
        let Some(list) = rule.canonical.first() else {
            return Box::default();
        };
        let shapes = self.compiler.canonical;
        let mut items = list.clone();
        let item = shapes.get(list.shape(scope.canonical)).list();
        if let Some(item) = item.filter(|_| !tests.is_empty()) {
            items.steps.push(Step {
                kind: StepKind::Select(tests.to_vec()),
                shape: item.item,
            });
        }
        items.path(shapes, scope.canonical).unwrap_or_default()
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
        item: &Tag,
        ops: &mut Vec<Op>,
    ) {
        let Some(entries) = self.entries_of(rule_index, scoped, to, item) else {
            return;
        };
        let when = scoped
            .scope
            .rules
            .get(rule_index)
            .and_then(|rule| self.when(rule, scoped, to).0);
        if let Some(cond) = when {
            let end = narrow(ops.len()).saturating_add(2);
            ops.push(Op::When { cond, end });
        }
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
        item: &Tag,
    ) -> Option<Entries> {
        let (canonical, native) = scoped.slots.get(rule_index)?.lists?;
        let rule = scoped.scope.rules.get(rule_index)?;
        let RuleKind::Entries { name, value } = &rule.kind else {
            return None;
        };
        let pair = name.as_ref().zip(value.as_ref());
        let reading = self.entries_read(rule.info, (canonical, native), pair, scoped)?;
        if to == To::Canonical {
            return Some(reading);
        }
        let claims = match pair {
            Some(_) => scoped.native.claims(native),
            None => Vec::new(),
        };
        Some(Entries {
            list: canonical.list,
            cell: None,
            slots: (0, 1),
            checks: match pair {
                Some((name, value)) => (
                    self.item_check(native, name),
                    self.item_check(native, value),
                ),
                None => (NONE, value_check(self.native, native)),
            },
            around: self.native_entry(rule, scoped.scope, pair, item),
            claimed: claims
                .iter()
                .map(|test| {
                    let name = literal(&mut self.pool, test.literal.as_bytes());
                    (name, test.no_case)
                })
                .collect(),
            base: Some((native.list, reading.cell, reading.slots)),
            no_case: claims.iter().any(|test| test.no_case),
            from_list: false,
            as_members: pair.is_none() && self.compiler.wire != Wire::Xml,
            as_elements: pair.is_none() && self.compiler.wire == Wire::Xml,
            ..reading
        })
    }

    /// Entries of a native list or object, as they are read.
    fn entries_read(
        &mut self,
        rule: u16,
        (canonical, native): (Taken, Taken),
        pair: Option<(&Place, &Place)>,
        scoped: &Scoped<'_, '_>,
    ) -> Option<Entries> {
        // A map's entry holds its name in slot 0 and its value in slot 1.
        let (slots, cell) = match pair {
            Some((name, value)) => (
                (
                    self.item_slot(native, name)?,
                    self.item_slot(native, value)?,
                ),
                scoped.native.cell(native),
            ),
            None => ((0, 1), None),
        };
        Some(Entries {
            list: native.list,
            cell,
            rule,
            slots,
            checks: (NONE, value_check(self.canonical, canonical)),
            around: self.member_entry(To::Canonical),
            claimed: Box::default(),
            base: None,
            no_case: false,
            from_list: pair.is_some(),
            as_members: true,
            as_elements: false,
            unread: (0, 0),
        })
    }

    /// The slot of a place in the items of a native list.
    fn item_slot(&self, list: Taken, place: &Place) -> Option<u16> {
        let item = self.native.node(list.node)?.item;
        Frame::new(self.native, item)
            .slot(place)
            .map(|slot| slot.slot)
    }

    /// The check of a place in the items of a native list.
    fn item_check(&self, list: Taken, place: &Place) -> u16 {
        let item = self.native.node(list.node).map_or(NONE, |node| node.item);
        let at = Frame::new(self.native, item).walk(&place.steps);
        at.and_then(|at| self.native.node(at.node))
            .map_or(NONE, |node| node.detail)
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
            // The name stands again in the end tag.
            Wire::Xml => (
                literal(&mut self.pool, b"<"),
                literal(&mut self.pool, b">"),
                literal(&mut self.pool, b"</"),
            ),
        }
    }

    /// What stands around the name and the value of an item of a name and value list.
    fn native_entry(
        &mut self,
        rule: &Rule,
        scope: &Scope,
        places: Option<(&Place, &Place)>,
        item: &Tag,
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
        let wire = self.compiler.wire;
        let tag = |place: &Place| -> Tag {
            match place.steps.first().map(|step| &step.kind) {
                Some(StepKind::Member(index)) => member_at(shapes, root, *index)
                    .map_or_else(Tag::default, |member| Self::member_tag(wire, member, item)),
                Some(StepKind::Select(_) | StepKind::Index(_) | StepKind::Status) | None => {
                    Tag::default()
                }
            }
        };
        let (name, value) = (tag(name), tag(value));
        let texts = match wire {
            Wire::Json => (
                format!(",{{\"{}\":", name.name),
                format!(",\"{}\":", value.name),
                "}".to_owned(),
            ),
            Wire::Xml => {
                let (item, name, value) = (element(item), element(&name), element(&value));
                (item.0 + &name.0, name.1 + &value.0, value.1 + &item.1)
            }
            Wire::Form => (
                format!("&{}=", name.name),
                format!("&{}=", value.name),
                String::new(),
            ),
        };
        (
            literal(&mut self.pool, texts.0.as_bytes()),
            literal(&mut self.pool, texts.1.as_bytes()),
            literal(&mut self.pool, texts.2.as_bytes()),
        )
    }

    pub(super) fn map(
        &mut self,
        rule: usize,
        spot: Spot<'_>,
        scoped: &mut Scoped<'_, '_>,
        ops: &mut Vec<Op>,
    ) {
        let shapes = self.shapes(spot.to);
        let shape = shapes.get(spot.place.shape(scoped.scope.native));
        let tag = self.tag_of(shape, spot.context, "list");
        let (open, close) = if self.wire(spot.to) == Wire::Xml {
            self.list_brackets(spot, &tag)
        } else {
            self.brackets(spot, &tag, "{", "}")
        };
        let base = super::objects::base_slot(spot, scoped);
        let at = ops.len();
        ops.push(Op::List {
            open,
            close,
            end: 0,
            base,
            items: (0, u32::MAX),
            bit: spot.bit,
        });
        self.entries(rule, scoped, spot.to, &Tag::default(), ops);
        close_list(ops, at);
    }
}

/// The check of a map's values.
fn value_check(mapped: &Mapped, map: Taken) -> u16 {
    mapped
        .node(map.node)
        .and_then(|node| mapped.node(node.item))
        .map_or(NONE, |node| node.detail)
}

/// Tells a list's operation where it ends.
fn close_list(ops: &mut [Op], at: usize) {
    let behind = narrow(ops.len());
    if let Some(Op::List { end, .. }) = ops.get_mut(at) {
        *end = behind;
    }
}
