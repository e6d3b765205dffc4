//! Whether a patch says something of what a request carries.

use std::collections::BTreeSet;

use super::facts::{self, Facts};
use crate::codec::json::tape::{Kind, TapeNode};
use crate::mapping::compile::upstream::{Operation, Place, Route, RouteBody, Step};
use crate::mapping::plan::{
    Edge, Input, Inputs, Layout, Node, NodeKind, Op, Program, SlotRef, Split, Take,
};

/// Tells whether a step of the whole body has something to say of a patch; one without a body always has.
pub(super) fn by<'o>(operation: &'o Operation, step: &Step, facts: &Facts<'o>) -> bool {
    let Some(patch) = facts.body else { return true };
    let routes = operation
        .routes
        .get(step.routes.clone())
        .unwrap_or_default();
    let taken = routes
        .iter()
        .filter(|route| route.when.as_ref().is_none_or(|when| facts.holds(when)));
    let mut taken = taken.peekable();
    // That no route takes the call is told by whoever writes the request.
    if taken.peek().is_none() {
        return true;
    }
    taken.any(|route| is_said(route, patch))
}

/// Tells whether a patch says something of what a route carries.
pub(super) fn is_said(route: &Route, patch: TapeNode<'_>) -> bool {
    let Some(body) = &route.body else { return true };
    let mut beside = route.carried.iter();
    let beside = beside.any(|place| facts::at(patch, &place.steps).is_some());
    beside || Carried::of(body).is_said(patch)
}

/// Tells whether requests of a step hold something of the list or member that a place is in.
pub(super) fn reaches(operation: &Operation, step: &Step, place: &Place) -> bool {
    let routes = operation.routes.get(step.routes.clone());
    let routes = routes.unwrap_or_default().iter();
    let mut bodies = routes.filter_map(|route| route.body.as_ref());
    bodies.any(|body| Carried::of(body).reaches(place))
}

/// Tells whether requests of an operation hold all that stands at a member, be it a value or a list.
pub(super) fn carries(operation: &Operation, path: &[&str]) -> bool {
    let mut bodies = operation
        .routes
        .iter()
        .filter_map(|route| route.body.as_ref());
    bodies.any(|body| Carried::of(body).carries(path))
}

/// The places of a canonical document whose values a request is made of.
struct Carried<'l> {
    layout: &'l Layout,
    /// The node of the body itself.
    root: Option<&'l Node>,
    /// Slots of the root record.
    slots: BTreeSet<u16>,
}

impl<'l> Carried<'l> {
    fn of(body: &'l RouteBody) -> Self {
        let plan = &body.body.plan;
        let layout = &plan.canonical;
        let root = layout.nodes.first();
        let root = match body.enveloped {
            Some(_) => root.and_then(|root| member(layout, root, "body")),
            None => root,
        };
        Self {
            layout,
            root,
            slots: written(&plan.write),
        }
    }

    fn is_said(&self, patch: TapeNode<'_>) -> bool {
        self.root.is_some_and(|root| self.touches(root, patch))
    }

    fn touches(&self, node: &Node, patch: TapeNode<'_>) -> bool {
        let mut members = patch.members();
        members.any(|(name, value)| match member(self.layout, node, name) {
            None => false,
            Some(below) if below.kind == NodeKind::Object && value.kind() == Kind::Object => {
                self.touches(below, value)
            }
            Some(below) => self.holds(below),
        })
    }

    fn reaches(&self, place: &Place) -> bool {
        let mut at = self.root;
        for step in &place.steps {
            at = at.and_then(|node| member(self.layout, node, &step.name));
            if step.item.is_some() {
                break;
            }
        }
        at.is_some_and(|node| self.holds(node))
    }

    fn carries(&self, path: &[&str]) -> bool {
        let mut at = self.root;
        for name in path {
            at = at.and_then(|node| member(self.layout, node, name));
        }
        at.is_some_and(|node| node.kind != NodeKind::Object && self.holds(node))
    }

    /// Tells whether a value at a node or below it is sent.
    fn holds(&self, node: &Node) -> bool {
        let below = node.slots.0..node.slots.1;
        self.slots.contains(&node.slot) || self.slots.iter().any(|slot| below.contains(slot))
    }
}

/// The slots of the root record that a program writes from: of a list its own, whatever is written of its items.
fn written(program: &Program) -> BTreeSet<u16> {
    let mut slots = BTreeSet::new();
    let Some(block) = program.blocks.first() else {
        return slots;
    };
    let ops = program.ops.get(range(block.ops)).unwrap_or_default();
    let splits = program.splits.get(range(block.splits)).unwrap_or_default();
    let index = |index: u32| usize::try_from(index).unwrap_or(usize::MAX);
    let mut note = |place: SlotRef| slots.extend(of_root(place, splits));
    for op in ops {
        match op {
            Op::Value { value, .. } => {
                let Some(value) = program.values.get(index(*value)) else {
                    continue;
                };
                let own = match &value.inputs {
                    Inputs::One(one) => std::slice::from_ref(one),
                    Inputs::Many(many) => many,
                };
                let also = value.also.iter().map(|(input, _)| input);
                for input in own.iter().chain(also) {
                    if let Input::Slot(place) = input {
                        note(*place);
                    }
                }
            }
            Op::Each { each } => {
                let each = program.eaches.get(index(*each));
                each.into_iter().for_each(|each| note(each.list));
            }
            Op::Entries { entries } => {
                let entries = program.entries.get(index(*entries));
                entries.into_iter().for_each(|entries| note(entries.list));
            }
            _ => {}
        }
    }
    slots
}

/// The slot of the root record that a place is in: of an item that of its list.
fn of_root(mut place: SlotRef, splits: &[Split]) -> Option<u16> {
    // Lists lie within lists no deeper than there are divisions.
    for _ in 0..=splits.len() {
        if place.register == 0 {
            return Some(place.slot);
        }
        let takes = |take: Take| matches!(take, Take::One(register) | Take::At(_, register) if register == place.register);
        let split = splits
            .iter()
            .find(|split| split.cells.iter().any(|cell| takes(cell.take)))?;
        place = split.list;
    }
    None
}

fn range((from, to): (u32, u32)) -> std::ops::Range<usize> {
    usize::try_from(from).unwrap_or(0)..usize::try_from(to).unwrap_or(0)
}

fn member<'l>(layout: &'l Layout, node: &Node, name: &str) -> Option<&'l Node> {
    let mut edges = layout.edges.get(range(node.edges))?.iter();
    let found: Option<&Edge> = edges.find(|edge| edge.name.bytes() == name.as_bytes());
    layout.nodes.get(usize::from(found?.node))
}
