//! Takes out of a document what no rule carries and nobody may read back: a password, a card's number.

use std::collections::BTreeSet;

use crate::codec::xml::{Name, XmlReader, XmlSink};
use crate::codec::{Limits, Range, Stop, Text};
use crate::mapping::plan::{Edge, Layout, NONE, NodeKind};
use crate::model::shape::{Kind, Member, Sensitivity, ShapeId, Shapes};
use crate::sandbox::value::Value;

/// Depth to which shapes are followed; they may hold themselves.
const DEEPEST: u8 = 32;

/// Members that no rule carries and that need care, or hold what does: the node of the object, and the name.
pub(super) type Hidden = BTreeSet<(u16, Vec<u8>)>;

/// Finds them.
pub(super) fn hidden(layout: &Layout, shapes: &Shapes, root: ShapeId) -> Hidden {
    let mut walk = Walk {
        layout,
        shapes,
        met: BTreeSet::new(),
        hidden: BTreeSet::new(),
    };
    walk.node(0, root);
    walk.hidden
}

struct Walk<'w> {
    layout: &'w Layout,
    shapes: &'w Shapes,
    met: BTreeSet<u16>,
    hidden: Hidden,
}

impl Walk<'_> {
    fn node(&mut self, index: u16, shape: ShapeId) {
        let Some(node) = self.layout.nodes.get(usize::from(index)) else {
            return;
        };
        if !self.met.insert(index) {
            return;
        }
        match &self.shapes.get(shape).kind {
            Kind::List(list) => self.node(node.item, list.item),
            Kind::Object(object) => object
                .members
                .iter()
                .for_each(|member| self.member(index, member)),
            Kind::Scalar(_) | Kind::Any => {}
        }
    }

    /// What a plan of answers has no edge for (`writeOnly`) is carried by no rule either.
    fn member(&mut self, parent: u16, member: &Member) {
        let spelled = || {
            [&member.wire.local, &member.name]
                .into_iter()
                .chain(member.aliases.iter().map(|alias| &alias.name.local))
        };
        let is_member = |node: &u16| {
            let found = self.layout.nodes.get(usize::from(*node));
            found.is_some_and(|node| node.name == member.name)
        };
        let found = edges(self.layout, parent)
            .iter()
            .map(|edge| edge.node)
            .find(is_member)
            .filter(|node| carried(self.layout, *node));
        match found {
            Some(node) => self.node(node, member.shape),
            None if member.sensitivity > Sensitivity::None
                || careful(self.shapes, member.shape, DEEPEST) =>
            {
                self.hidden
                    .extend(spelled().map(|name| (parent, name.as_bytes().to_vec())));
            }
            None => {}
        }
    }
}

/// Whether anything below a shape needs care.
fn careful(shapes: &Shapes, shape: ShapeId, depth: u8) -> bool {
    let Some(depth) = depth.checked_sub(1) else {
        return false;
    };
    match &shapes.get(shape).kind {
        Kind::Object(object) => object.members.iter().any(|member| {
            member.sensitivity > Sensitivity::None || careful(shapes, member.shape, depth)
        }),
        Kind::List(list) => careful(shapes, list.item, depth),
        Kind::Scalar(_) | Kind::Any => false,
    }
}

/// Whether a rule carries a node: it has a slot.
fn carried(layout: &Layout, node: u16) -> bool {
    layout
        .nodes
        .get(usize::from(node))
        .is_some_and(|node| node.slot != NONE)
}

fn kind(layout: &Layout, node: u16) -> Option<NodeKind> {
    layout.nodes.get(usize::from(node)).map(|node| node.kind)
}

fn edges(layout: &Layout, node: u16) -> &[Edge] {
    let range = layout.nodes.get(usize::from(node)).map(|node| node.edges);
    let (from, to) = range.unwrap_or_default();
    let index = |at: u32| usize::try_from(at).unwrap_or(usize::MAX);
    layout.edges.get(index(from)..index(to)).unwrap_or_default()
}

/// The node of a member or child element.
fn below(layout: &Layout, node: u16, name: &[u8]) -> Option<u16> {
    let edge = edges(layout, node)
        .iter()
        .find(|edge| !edge.attribute && edge.name.bytes() == name)?;
    Some(edge.node)
}

/// Takes hidden members out of a JSON document; one without any stays as it is, byte for byte.
pub(super) fn json(document: &[u8], layout: &Layout, hidden: &Hidden) -> Option<Vec<u8>> {
    let mut value = Value::parse(document)?;
    if clean(&mut value, layout, 0, hidden) {
        Some(value.bytes())
    } else {
        Some(document.to_vec())
    }
}

fn clean(value: &mut Value, layout: &Layout, node: u16, hidden: &Hidden) -> bool {
    match value {
        Value::Object(members) => {
            let before = members.len();
            let at = |name: &str| below(layout, node, name.as_bytes());
            members.retain(|(name, _)| !hidden.contains(&(node, name.as_bytes().to_vec())));
            let mut changed = members.len() != before;
            for (name, value) in members {
                if let Some(node) = at(name) {
                    changed |= clean(value, layout, node, hidden);
                }
            }
            changed
        }
        Value::List(items) => {
            let item = layout
                .nodes
                .get(usize::from(node))
                .map_or(node, |node| node.item);
            let mut changed = false;
            for value in items {
                changed |= clean(value, layout, item, hidden);
            }
            changed
        }
        _ => false,
    }
}

/// Takes hidden elements and attributes out of an XML document; all other bytes stay.
pub(super) fn xml(document: &[u8], layout: &Layout, hidden: &Hidden) -> Option<Vec<u8>> {
    let mut cutter = Cutter {
        layout,
        hidden,
        open: Vec::new(),
        cuts: Vec::new(),
    };
    XmlReader::default()
        .read(document, &Limits::default(), &mut Vec::new(), &mut cutter)
        .ok()?;
    let mut out = Vec::with_capacity(document.len());
    let mut from = 0;
    for cut in cutter.cuts {
        let (start, end) = (
            usize::try_from(cut.start).ok()?,
            usize::try_from(cut.end).ok()?,
        );
        let kept = document.get(from..start)?;
        out.extend_from_slice(kept);
        from = end;
    }
    out.extend_from_slice(document.get(from..)?);
    Some(out)
}

/// Collects what is cut out, in the order of the document.
struct Cutter<'c> {
    layout: &'c Layout,
    hidden: &'c Hidden,
    /// The node of each open element, and whether it is cut out.
    open: Vec<(Option<u16>, bool)>,
    cuts: Vec<Range>,
}

impl Cutter<'_> {
    fn is_hidden(&self, parent: Option<u16>, local: &[u8]) -> bool {
        parent.is_some_and(|parent| self.hidden.contains(&(parent, local.to_vec())))
    }

    fn enter(&self, name: &[u8]) -> Option<u16> {
        let Some((parent, _)) = self.open.last() else {
            return Some(0);
        };
        let parent = (*parent)?;
        let list = kind(self.layout, parent) == Some(NodeKind::List);
        let node = if list {
            self.layout.nodes.get(usize::from(parent))?.item
        } else {
            below(self.layout, parent, name)?
        };
        // The items of a list without an element of its own stand in its place.
        let found = self.layout.nodes.get(usize::from(node))?;
        Some(if found.kind == NodeKind::List && !found.wrapped {
            found.item
        } else {
            node
        })
    }
}

impl XmlSink for Cutter<'_> {
    fn predict(&self) -> &[u8] {
        &[]
    }

    fn predicted_start(&mut self, _: u32) -> Result<(), Stop> {
        Err(Stop)
    }

    fn start(&mut self, name: Name<'_>, _: u32) -> Result<(), Stop> {
        let parent = self.open.last().and_then(|(node, _)| *node);
        let cut = self.is_hidden(parent, name.local);
        let node = if cut {
            None
        } else {
            self.enter(name.expanded(&mut Vec::new()))
        };
        self.open.push((node, cut));
        Ok(())
    }

    fn attribute(
        &mut self,
        name: Name<'_>,
        _: Text,
        _: &[u8],
        _: Range,
        outer: Range,
    ) -> Result<(), Stop> {
        let parent = self.open.last().and_then(|(node, _)| *node);
        if self.is_hidden(parent, name.local) {
            self.cuts.push(outer);
        }
        Ok(())
    }

    fn content(&mut self, _: u32, _: bool) -> Result<(), Stop> {
        Ok(())
    }

    fn mixed(&mut self, _: Text, _: &[u8]) -> Result<(), Stop> {
        Ok(())
    }

    fn end(&mut self, _: Text, _: &[u8], _: Range, outer: Range) -> Result<(), Stop> {
        if let Some((_, true)) = self.open.pop() {
            self.cuts.push(outer);
        }
        Ok(())
    }
}
