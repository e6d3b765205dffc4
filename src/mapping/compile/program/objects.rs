//! Objects and single values of a target as operations.

use std::collections::BTreeMap;

use super::super::layout;
use super::super::place::{Place, Step, StepKind};
use super::super::scope::Scope;
use super::super::target::{CellTarget, Hole, Leaf, Target, To};
use super::literals::{literal, spelling_of, write_as};
use super::tags::Tag;
use super::{Builder, Context, Scoped, Spot, narrow};
use crate::mapping::ast::Message;
use crate::mapping::plan::{NONE, Object, Op, SlotRef, Wire, WriteAs};
use crate::model::shape::{Kind, Member, Object as ObjectShape, Scalar, ShapeId};

impl Builder<'_, '_> {
    pub(super) fn target(
        &mut self,
        target: &Target,
        spot: Spot<'_>,
        scoped: &mut Scoped<'_, '_>,
        ops: &mut Vec<Op>,
    ) {
        match target {
            Target::Object {
                shape,
                members,
                made,
            } => {
                let made = self.made(made, scoped, spot.to);
                self.object((*shape, made), members, spot, scoped, ops);
            }
            Target::List { shape, cells } => self.list(*shape, cells, spot, scoped, ops),
            Target::Values(leaves) => {
                for leaf in leaves {
                    self.leaf(leaf, spot, scoped, ops);
                }
            }
            Target::Map { rule } => self.map(*rule, spot, scoped, ops),
        }
    }

    fn object(
        &mut self,
        (shape, made): (ShapeId, Option<(u32, u32)>),
        members: &BTreeMap<usize, Hole>,
        spot: Spot<'_>,
        scoped: &mut Scoped<'_, '_>,
        ops: &mut Vec<Op>,
    ) {
        let shapes = self.shapes(spot.to);
        let Some(object) = shapes.get(shape).object() else {
            return;
        };
        let tag = self.tag_of(shapes.get(shape), spot.context, "root");
        let (open, close) = self.brackets(spot, &tag, "{", "}");
        let base = base_slot(spot, scoped);
        let rules = Object {
            made,
            node: native_node(spot, scoped),
            ..self.object_rules(object, members, scoped, base)
        };
        let program = self.program(spot.to);
        program.objects.push(rules);
        let index = narrow(program.objects.len()).saturating_sub(1);
        let at = ops.len();
        ops.push(Op::Object {
            open,
            close,
            attributes: 0,
            end: 0,
            object: index,
            bit: spot.bit,
        });
        self.members((object, &tag), members, true, spot, scoped, ops);
        let attributes = narrow(ops.len());
        self.members((object, &tag), members, false, spot, scoped, ops);
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

    /// The members of an object in the order of its schema: its attributes, or the others.
    fn members(
        &mut self,
        (object, tag): (&ObjectShape, &Tag),
        members: &BTreeMap<usize, Hole>,
        attributes: bool,
        spot: Spot<'_>,
        scoped: &mut Scoped<'_, '_>,
        ops: &mut Vec<Op>,
    ) {
        let xml = self.wire(spot.to) == Wire::Xml;
        for (index, member) in object.members.iter().enumerate() {
            let attribute = member.attribute && xml;
            if attribute != attributes || member.forbidden {
                continue;
            }
            let bit = u8::try_from(index).unwrap_or(64).min(64);
            let tag = Self::member_tag(self.wire(spot.to), member, tag);
            let context = Context::Member { tag, attribute };
            let mut steps = spot.place.steps.clone();
            steps.push(Step {
                kind: StepKind::Member(index),
                shape: member.shape,
            });
            let place = Place { steps };
            let inner = Spot {
                to: spot.to,
                place: &place,
                context: &context,
                bit,
            };
            match members.get(&index) {
                Some(Some(target)) => self.target(target, inner, scoped, ops),
                Some(None) => {}
                None if spot.to == To::Native => self.constant_member(member, inner, ops),
                None => {}
            }
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
            dependents: layout::dependents(object),
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
            node: NONE,
            made: None,
        }
    }

    /// A member with a `const` is written whenever its object is.
    fn constant_member(&mut self, member: &Member, spot: Spot<'_>, ops: &mut Vec<Op>) {
        let native = self.compiler.native;
        if let Some(scalar) = native.get(member.shape).scalar()
            && let Some(constant) = &scalar.constant
        {
            let op = self.constant(scalar, constant, spot);
            ops.push(op);
        }
    }

    fn constant(&mut self, scalar: &Scalar, text: &str, spot: Spot<'_>) -> Op {
        let wire = self.wire(spot.to);
        let (mut bytes, close) = super::literals::around(wire, spot.context);
        let spelled = spelling_of(scalar, text).as_bytes();
        match (wire, write_as(wire, scalar, spot.context)) {
            (Wire::Json, WriteAs::Text) => {
                crate::codec::json::write::string(&mut bytes, spelled, false)
            }
            (Wire::Json, _) => bytes.extend_from_slice(spelled),
            (Wire::Xml, WriteAs::Attribute) => {
                xml_constant(crate::codec::xml::write::attribute(&mut bytes, spelled))
            }
            (Wire::Xml, _) => xml_constant(crate::codec::xml::write::text(&mut bytes, spelled)),
            (Wire::Form, _) => crate::codec::form::encode(&mut bytes, spelled),
        }
        bytes.extend_from_slice(&close);
        Op::Constant {
            lit: literal(&mut self.pool, &bytes),
            bit: spot.bit,
        }
    }

    fn leaf(
        &mut self,
        leaf: &Leaf,
        spot: Spot<'_>,
        scoped: &mut Scoped<'_, '_>,
        ops: &mut Vec<Op>,
    ) {
        let root = if spot.to == To::Canonical {
            scoped.scope.canonical
        } else {
            scoped.scope.native
        };
        let shapes = self.shapes(spot.to);
        let Kind::Scalar(scalar) = &shapes.get(spot.place.shape(root)).kind else {
            return;
        };
        let value = match leaf {
            Leaf::Constant(text) => {
                let op = self.constant(scalar, text, spot);
                ops.push(op);
                return;
            }
            Leaf::Rule { rule, column } if spot.to == To::Canonical => {
                self.read_value(scoped, *rule, *column)
            }
            Leaf::Rule { rule, column } => {
                self.write_value(scoped, *rule, *column, None, scalar, spot)
            }
            Leaf::Also { rule, also } => {
                self.write_value(scoped, *rule, 0, Some(*also), scalar, spot)
            }
            Leaf::Tag { case, number } if spot.to == To::Canonical => {
                self.read_tag(scoped, *case, *number)
            }
            Leaf::Tag { case, number } => self.write_tag(scoped, (*case, *number), scalar, spot),
        };
        let (open, close) = super::literals::around(self.wire(spot.to), spot.context);
        let (open, close) = (
            literal(&mut self.pool, &open),
            literal(&mut self.pool, &close),
        );
        ops.push(Op::Value {
            open,
            close,
            value,
            bit: spot.bit,
        });
    }
}

fn first_rule(target: &Target, scope: &Scope) -> u16 {
    let of = |rule: usize| scope.rules.get(rule).map_or(NONE, |rule| rule.info);
    match target {
        Target::Values(leaves) => leaves
            .iter()
            .find_map(|leaf| match leaf {
                Leaf::Rule { rule, .. } | Leaf::Also { rule, .. } => Some(of(*rule)),
                Leaf::Constant(_) => None,
                Leaf::Tag { case, .. } => scope.unions.get(case.union).map(|union| union.info),
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

/// To-native, the node of a native place.
fn native_node(spot: Spot<'_>, scoped: &mut Scoped<'_, '_>) -> u16 {
    let at = match spot.to {
        To::Native => scoped.native.walk(&spot.place.steps),
        To::Canonical => None,
    };
    at.map_or(NONE, |at| at.node)
}

/// To-native, the slot of a native place in a base.
pub(super) fn base_slot(spot: Spot<'_>, scoped: &mut Scoped<'_, '_>) -> Option<SlotRef> {
    if spot.to == To::Native {
        scoped.native.slot(spot.place)
    } else {
        None
    }
}

/// A constant of a schema that XML cannot hold is a fault of the schema, found when it is read; nothing is
/// written for it here.
fn xml_constant(_written: Result<(), crate::codec::xml::write::NotXmlChar>) {}
