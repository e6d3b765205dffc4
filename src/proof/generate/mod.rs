//! Documents of either side of a plan, made by chance from a seed.
//!
//! They are drawn from what the plan carries: members stand with those that they need, values are such as their checks
//! and converters take, and places that one rule unites agree.

mod leaf;
mod mend;
mod record;

use std::collections::BTreeMap;

use super::atlas::{Atlas, Side};
use super::random::Random;
use super::texts::Texts;
use super::tree::{Document, Member, Tree};
use crate::engine::Direction;
use crate::mapping::plan::{Edge, NONE, Node, NodeKind, Wire};
use crate::model::shape::Form;
use record::Record;

/// Deepest nesting that is made.
const DEEPEST: usize = 12;

/// How full documents are and what they hold beside what the rules carry.
#[derive(Debug, Clone, Copy)]
pub struct Manner {
    /// Of a hundred members that may stand or not, so many stand.
    pub presence: usize,
    /// Of a hundred objects, so many hold something that no rule carries.
    pub residue: usize,
    /// Of a hundred values, so many are as their schema allows but no table or converter expects.
    pub odd: usize,
    /// Members stand in any order, are spelled in any way, and formats are used to the full.
    pub noise: bool,
    /// What the view forbids may stand.
    pub forbidden: bool,
}

/// Makes documents.
#[derive(Debug)]
pub struct Generator<'a, 'p> {
    atlas: &'a Atlas<'p>,
    side: &'a Side<'p>,
    canonical: bool,
    texts: Texts<'a>,
    manner: Manner,
    /// What has been settled in each record that is open.
    records: Vec<Record>,
    /// The records that chains with places in several of them belong to.
    homes: BTreeMap<u16, u16>,
    /// What is made next must say something.
    solid: bool,
    random: Random,
}

impl<'a, 'p> Generator<'a, 'p> {
    /// Makes documents of one side: that which the direction reads.
    #[must_use]
    pub fn new(atlas: &'a Atlas<'p>, of: Direction, manner: Manner, seed: u64) -> Self {
        let canonical = of == Direction::ToNative;
        let qualifier = std::str::from_utf8(&atlas.plan.qualifier).unwrap_or_default();
        let side = atlas.side(canonical);
        Self {
            atlas,
            side,
            canonical,
            texts: Texts {
                qualifier,
                controls: atlas.plan.native.wire == Wire::Json,
            },
            manner,
            records: vec![Record::of(0)],
            homes: record::homes(side),
            solid: false,
            random: Random::new(seed),
        }
    }

    /// One document.
    pub fn document(&mut self) -> Document {
        let tree = self.node(0, 0).unwrap_or(Tree::Object(Vec::new()));
        let layout = self.side.layout;
        let noise = (self.manner.noise && self.random.chance(60)).then(|| self.random.draw());
        // A definition that never stands alone has no name as a document; any is accepted.
        let root = match layout.root_name.bytes() {
            b"" => "root".into(),
            name => String::from_utf8_lossy(name).into_owned(),
        };
        Document {
            wire: layout.wire,
            root,
            tree,
            noise,
        }
    }

    /// The side that documents are made of.
    #[must_use]
    pub fn side(&self) -> &'a Side<'p> {
        self.side
    }

    /// Something for one node.
    pub fn value(&mut self, node: u16) -> Option<Tree> {
        self.records.push(Record::of(self.side.owner(node)));
        let value = self.node(node, 4);
        self.records.pop();
        value
    }

    /// A document that has something at the same places: other values, other items, and null where there is null.
    pub fn another(&mut self, tree: &Tree) -> Tree {
        let mut other = tree.clone();
        self.records.push(Record::of(0));
        self.renew(&mut other, 0);
        self.records.pop();
        other
    }

    fn renew(&mut self, tree: &mut Tree, node: u16) {
        let side = self.side;
        let Some(found) = self.found(node).filter(|_| *tree != Tree::Null) else {
            return;
        };
        match (&mut *tree, found.kind) {
            (Tree::Object(members), NodeKind::Object) => {
                for member in members {
                    if let Some(child) = side.child(node, &member.name, false) {
                        self.renew(&mut member.value, child);
                    }
                }
            }
            (Tree::Object(members), NodeKind::Map) => {
                for member in members {
                    self.renew(&mut member.value, found.item);
                }
            }
            (_, kind) => match self.node(node, 4) {
                Some(value) => *tree = value,
                // What the others of its rule say leaves nothing to say here.
                None if kind == NodeKind::Leaf => *tree = Tree::Null,
                None => {}
            },
        }
    }

    fn found(&self, node: u16) -> Option<&'p Node> {
        self.side.layout.nodes.get(usize::from(node))
    }

    fn node(&mut self, node: u16, depth: usize) -> Option<Tree> {
        let found = self.found(node)?;
        if depth > DEEPEST {
            return None;
        }
        Some(match found.kind {
            NodeKind::Leaf => self.leaf(node, found)?,
            NodeKind::Object => Tree::Object(self.object(found, depth)),
            NodeKind::Map => Tree::Object(self.map(node, found, depth)),
            NodeKind::List => self.list(node, found, depth),
            NodeKind::Skip => self.anything(2),
        })
    }

    fn object(&mut self, found: &'p Node, depth: usize) -> Vec<Member> {
        let mut wanted = self.wanted(found);
        let edges = self.side.layout.edges.get(edges(found)).unwrap_or_default();
        let solid = std::mem::take(&mut self.solid).then(|| self.solid(edges));
        let solid = solid.flatten();
        wanted |= solid.map_or(0, |bit| 1 << bit);
        let mut members = Vec::new();
        let mut done = Vec::new();
        for edge in edges {
            if done.contains(&edge.node) {
                continue;
            }
            done.push(edge.node);
            let bit = edge.bit < 64 && wanted >> edge.bit & 1 == 1;
            if !(bit || edge.bit >= 64 && self.random.chance(self.manner.presence)) {
                continue;
            }
            let edge = self.spelling(edges, edge);
            let needed = edge.bit < 64 && leant_on(found, wanted) >> edge.bit & 1 == 1;
            if !needed && !self.canonical && self.random.chance(self.manner.odd.div_ceil(3)) {
                self.blank(edge, &mut members);
                continue;
            }
            self.solid = solid == Some(edge.bit);
            let value = self.node(edge.node, depth.saturating_add(1));
            self.solid = false;
            if let Some(value) = value {
                self.stand(edge, value, &mut members);
            }
        }
        if self.random.chance(self.manner.residue) {
            let name = self.random.pick(&["x-more", "Unknown_1", "zzz"]);
            members.push(Member {
                name: name.map_or("zzz", |name| *name).to_owned(),
                attribute: self.side.layout.wire == Wire::Xml && self.random.chance(20),
                value: self.anything(2),
            });
        }
        for member in &mut members {
            if member.attribute && !member.value.is_leaf() {
                member.value = Tree::Text("1".to_owned());
            }
        }
        if self.manner.noise && self.random.chance(40) {
            self.random.shuffle(&mut members);
        }
        // As documents are read: attributes stand in front of elements.
        members.sort_by_key(|member| !member.attribute);
        members
    }

    /// The bit of a member that rules carry something of, at it or below.
    fn solid(&mut self, edges: &[Edge]) -> Option<u8> {
        let carries = |edge: &&Edge| {
            let facts = self.side.facts(edge.node);
            let found = self.found(edge.node);
            edge.bit < 64
                && found.is_some_and(|found| found.slots.0 < found.slots.1)
                && facts.is_some_and(|facts| !facts.forbidden)
        };
        let carried: Vec<u8> = edges.iter().filter(carries).map(|edge| edge.bit).collect();
        self.random.pick(&carried).copied()
    }

    /// A member that is there and says nothing.
    fn blank(&mut self, edge: &Edge, members: &mut Vec<Member>) {
        let xml = self.side.layout.wire == Wire::Xml;
        let leaf = self
            .found(edge.node)
            .is_some_and(|found| found.kind == NodeKind::Leaf);
        let check = self
            .found(edge.node)
            .and_then(|found| self.atlas.plan.checks.get(usize::from(found.detail)));
        let text = check.is_none_or(|check| check.form == Form::Text);
        if xml && (!leaf || edge.attribute || text) || self.side.layout.wire == Wire::Form {
            return;
        }
        members.push(Member {
            name: String::from_utf8_lossy(edge.name.bytes()).into_owned(),
            attribute: false,
            value: if xml {
                Tree::Text(String::new())
            } else {
                Tree::Null
            },
        });
    }

    /// Puts a member where its format wants it: an XML list that is not wrapped repeats its element.
    fn stand(&mut self, edge: &Edge, value: Tree, members: &mut Vec<Member>) {
        let name = String::from_utf8_lossy(edge.name.bytes()).into_owned();
        let list = self
            .found(edge.node)
            .is_some_and(|found| found.kind == NodeKind::List && !found.wrapped);
        let member = |value| Member {
            name: name.clone(),
            attribute: edge.attribute,
            value,
        };
        match value {
            Tree::List(items) if list && self.side.layout.wire == Wire::Xml => {
                members.extend(items.into_iter().map(member));
            }
            value => members.push(member(value)),
        }
    }

    /// The bits of the members that are to stand: those that must, and some of those that may.
    fn wanted(&mut self, found: &Node) -> u64 {
        let layout = self.side.layout;
        let (mut wanted, mut forbidden) = (0, 0);
        for edge in layout.edges.get(edges(found)).unwrap_or_default() {
            if edge.bit >= 64 {
                continue;
            }
            let presence = self.presence(edge.node);
            if self.random.chance(presence) {
                wanted |= 1 << edge.bit;
            }
            let facts = self.side.facts(edge.node);
            if !self.manner.forbidden && facts.is_some_and(|facts| facts.forbidden) {
                forbidden |= 1 << edge.bit;
            }
        }
        wanted &= !forbidden;
        // What needs a member that may not stand does not stand either.
        for (one, others) in &found.dependents {
            if others & forbidden != 0 {
                wanted &= !one;
            }
        }
        self.counted(found, wanted, forbidden) & !forbidden
    }

    /// As many members as there must be, of those that may stand.
    fn counted(&mut self, found: &Node, wanted: u64, forbidden: u64) -> u64 {
        let mut wanted = self.completed(found, wanted);
        let (fewest, most) = found.members;
        let layout = self.side.layout;
        let edges = layout.edges.get(edges(found)).unwrap_or_default();
        let known = edges.iter().filter(|edge| edge.bit < 64);
        let mut others: Vec<u64> = known
            .filter(|edge| {
                self.found(edge.node)
                    .is_some_and(|found| found.slot != NONE)
            })
            .map(|edge| 1 << edge.bit)
            .collect();
        self.random.shuffle(&mut others);
        for other in others {
            let count = wanted.count_ones();
            if count < fewest && other & forbidden == 0 {
                wanted = self.completed(found, wanted | other);
            } else if count > most && leant_on(found, wanted) & other == 0 {
                wanted &= !other;
            }
        }
        wanted
    }

    /// Members with those that must stand, and those that they need beside them.
    fn completed(&mut self, found: &Node, mut wanted: u64) -> u64 {
        wanted |= found.required;
        for group in &found.any_of {
            if !group.iter().any(|mask| mask & !wanted == 0) {
                wanted |= self.random.pick(group).copied().unwrap_or(0);
            }
        }
        loop {
            let before = wanted;
            for (one, others) in &found.dependents {
                if wanted & one != 0 {
                    wanted |= others;
                }
            }
            if wanted == before {
                return wanted;
            }
        }
    }

    /// How often a member stands: what no rule carries is seldom there.
    fn presence(&self, node: u16) -> usize {
        let carried = self.found(node).is_some_and(|found| found.slot != NONE);
        let read_only = self.found(node).is_some_and(|found| found.read_only);
        match (carried, self.canonical && read_only) {
            (true, false) => self.manner.presence,
            (true, true) => self.manner.presence.div_ceil(2),
            (false, _) => self.manner.residue.div_ceil(2),
        }
    }

    /// The edge itself, or another spelling of it.
    fn spelling<'e>(&mut self, edges: &'e [Edge], edge: &'e Edge) -> &'e Edge {
        if !self.manner.noise || self.random.chance(70) {
            return edge;
        }
        let same: Vec<&Edge> = edges
            .iter()
            .filter(|other| other.node == edge.node)
            .collect();
        self.random.pick(&same).copied().unwrap_or(edge)
    }

    /// Fewest and most items: as many as both sides take.
    fn bounds(&self, node: u16, found: &Node) -> (u32, u32) {
        let (mut min, mut max) = found.items;
        let Some(facts) = self.side.facts(node).filter(|_| self.canonical) else {
            return (min, max);
        };
        let native = &self.atlas.native;
        for (index, written) in native.facts.iter().enumerate() {
            // A list with several cells has other items beside these.
            if !written.divided
                && !written.rules.is_disjoint(&facts.rules)
                && let Some(list) = native.layout.nodes.get(index)
                && list.kind == NodeKind::List
            {
                min = min.max(list.items.0);
                max = max.min(list.items.1);
            }
        }
        (min, max.max(min))
    }

    fn list(&mut self, node: u16, found: &'p Node, depth: usize) -> Tree {
        let (min, max) = self.bounds(node, found);
        let usual = [1, 1, 2, 2, 3, 0];
        let count = self.random.pick(&usual).map_or(1, |count| *count);
        let count = count.clamp(min, max);
        let item_name = self
            .side
            .layout
            .edges
            .get(edges(found))
            .and_then(|edges| edges.first());
        let solid = std::mem::take(&mut self.solid);
        let count = count.max(u32::from(solid)).min(max);
        let solid = min.max(u32::from(solid));
        let mut items = Vec::new();
        for number in 0..count {
            // Items that say nothing may not be written, and so not count; what is read may well have them.
            self.solid = number < solid && (self.canonical || self.random.chance(80));
            self.records.push(Record::of(found.item));
            items.extend(self.node(found.item, depth.saturating_add(1)));
            self.records.pop();
        }
        self.solid = false;
        if found.wrapped && self.side.layout.wire == Wire::Xml {
            let name = item_name.map_or_else(String::new, |edge| {
                String::from_utf8_lossy(edge.name.bytes()).into_owned()
            });
            let member = |value| Member {
                name: name.clone(),
                attribute: false,
                value,
            };
            return Tree::Object(items.into_iter().map(member).collect());
        }
        if found.one_or_many && items.len() == 1 && self.random.chance(50) {
            return items.remove(0);
        }
        Tree::List(items)
    }

    fn map(&mut self, node: u16, found: &'p Node, depth: usize) -> Vec<Member> {
        let literals = self.side.facts(node).map(|facts| facts.literals.clone());
        let around = self.side.layout.edges.get(edges(found)).unwrap_or_default();
        let around = around.first().map_or(&b""[..], |edge| edge.name.bytes());
        let around = String::from_utf8_lossy(around);
        let mut members: Vec<Member> = Vec::new();
        let fewest = usize::from(std::mem::take(&mut self.solid));
        for index in 0..self.random.below(4).max(fewest) {
            let claimed: Vec<&String> = literals.iter().flatten().collect();
            let name = if self.random.chance(self.manner.odd) && !claimed.is_empty() {
                self.random
                    .pick(&claimed)
                    .map_or_else(String::new, |name| (*name).clone())
            } else if self.atlas.plan.native.wire == Wire::Xml {
                // There a name is that of an element.
                format!("{around}key-{index}")
            } else {
                format!("key {index}<")
            };
            let value = self.node(found.item, depth.saturating_add(1));
            if let Some(value) = value.filter(|_| members.iter().all(|other| other.name != name)) {
                members.push(Member {
                    name,
                    attribute: false,
                    value,
                });
            }
        }
        members
    }

    /// Something that nobody asked for.
    fn anything(&mut self, depth: usize) -> Tree {
        let xml = self.side.layout.wire == Wire::Xml;
        match self.random.below(if depth == 0 { 3 } else { 6 }) {
            0 if !xml => Tree::Number("1.0".to_owned()),
            // A null of a canonical document clears: patches have theirs.
            1 if !xml && !self.canonical => Tree::Null,
            4 => Tree::Object(vec![Member {
                name: "inner".to_owned(),
                attribute: false,
                value: self.anything(depth.saturating_sub(1)),
            }]),
            5 if !xml => Tree::List(vec![self.anything(depth.saturating_sub(1))]),
            _ => Tree::Text(self.texts.sample(None, &mut self.random)),
        }
    }
}

fn edges(node: &Node) -> std::ops::Range<usize> {
    let wide = |index: u32| usize::try_from(index).unwrap_or(usize::MAX);
    wide(node.edges.0)..wide(node.edges.1)
}

/// The bits of members that must stand, or that others which stand lean on.
fn leant_on(found: &Node, wanted: u64) -> u64 {
    let mut needed = found.required;
    for group in &found.any_of {
        let satisfied = group.iter().find(|mask| **mask & !wanted == 0);
        needed |= satisfied.copied().unwrap_or(0);
    }
    for (one, others) in &found.dependents {
        if wanted & one != 0 {
            needed |= others;
        }
    }
    needed
}
