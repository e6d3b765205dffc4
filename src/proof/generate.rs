//! Documents of either side of a plan, made by chance from a seed.

use std::collections::BTreeMap;

use super::atlas::{Atlas, Facts, Side};
use super::random::Random;
use super::texts::{Texts, accepts};
use super::tree::{Document, Member, Tree};
use crate::engine::Direction;
use crate::mapping::convert::{CallFacts, Joined};
use crate::mapping::plan::{Chain, Check, Edge, Fan, NONE, Node, NodeKind, Wire};
use crate::mapping::table::Content;
use crate::model::shape::Form;

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
    /// For each record that is open, the row that each table takes there.
    rows: Vec<BTreeMap<u16, usize>>,
    random: Random,
}

impl<'a, 'p> Generator<'a, 'p> {
    /// Makes documents of one side: that which the direction reads.
    #[must_use]
    pub fn new(atlas: &'a Atlas<'p>, of: Direction, manner: Manner, seed: u64) -> Self {
        let canonical = of == Direction::ToNative;
        let qualifier = std::str::from_utf8(&atlas.plan.qualifier).unwrap_or_default();
        Self {
            atlas,
            side: if canonical {
                &atlas.canonical
            } else {
                &atlas.native
            },
            canonical,
            texts: Texts {
                qualifier,
                controls: atlas.plan.native.wire == Wire::Json,
            },
            manner,
            rows: vec![BTreeMap::new()],
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
        self.rows.push(BTreeMap::new());
        let value = self.node(node, 4);
        self.rows.pop();
        value
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
            NodeKind::Leaf => self.leaf(node, found),
            NodeKind::Object => Tree::Object(self.object(node, found, depth)),
            NodeKind::Map => Tree::Object(self.map(node, found, depth)),
            NodeKind::List => self.list(found, depth),
            NodeKind::Skip => self.anything(2),
        })
    }

    fn object(&mut self, node: u16, found: &'p Node, depth: usize) -> Vec<Member> {
        let wanted = self.wanted(node, found);
        let edges = self.side.layout.edges.get(edges(found)).unwrap_or_default();
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
            let needed = edge.bit < 64 && found.required >> edge.bit & 1 == 1;
            if !needed && !self.canonical && self.random.chance(self.manner.odd.div_ceil(3)) {
                self.blank(edge, &mut members);
                continue;
            }
            if let Some(value) = self.node(edge.node, depth.saturating_add(1)) {
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
    fn wanted(&mut self, _node: u16, found: &Node) -> u64 {
        let layout = self.side.layout;
        let mut wanted = found.required;
        for edge in layout.edges.get(edges(found)).unwrap_or_default() {
            if edge.bit >= 64 {
                continue;
            }
            let presence = self.presence(edge.node);
            if self.random.chance(presence) {
                wanted |= 1 << edge.bit;
            }
        }
        for group in &found.any_of {
            if !group.iter().any(|mask| mask & !wanted == 0) {
                wanted |= self.random.pick(group).copied().unwrap_or(0);
            }
        }
        if !self.manner.forbidden {
            for edge in layout.edges.get(edges(found)).unwrap_or_default() {
                let facts = self.side.facts(edge.node);
                if edge.bit < 64 && facts.is_some_and(|facts| facts.forbidden) {
                    wanted &= !(1 << edge.bit);
                }
            }
        }
        wanted
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

    fn list(&mut self, found: &'p Node, depth: usize) -> Tree {
        let (min, max) = found.items;
        let usual = [1, 1, 2, 2, 3, 0];
        let count = self.random.pick(&usual).map_or(1, |count| *count);
        let count = count.clamp(min, max.max(min));
        let item_name = self
            .side
            .layout
            .edges
            .get(edges(found))
            .and_then(|edges| edges.first());
        let mut items = Vec::new();
        for _ in 0..count {
            self.rows.push(BTreeMap::new());
            items.extend(self.node(found.item, depth.saturating_add(1)));
            self.rows.pop();
        }
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
        for index in 0..self.random.below(4) {
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

    fn leaf(&mut self, node: u16, found: &'p Node) -> Tree {
        let check = self.atlas.plan.checks.get(usize::from(found.detail));
        let text = self.leaf_text(node, check);
        let form = check.map_or(Form::Text, |check| check.form);
        let spelled = check.and_then(|check| check.booleans.as_ref());
        match form {
            Form::Boolean => {
                let value = text == "true";
                let names = spelled.map(|(yes, no)| if value { yes } else { no });
                match names.and_then(|names| self.random.pick(names)) {
                    Some(name) => {
                        let first = names.and_then(|names| names.first());
                        let name = if self.manner.noise { Some(name) } else { first };
                        let bytes = name.map_or(&b""[..], |name| name.bytes());
                        Tree::Text(String::from_utf8_lossy(bytes).into_owned())
                    }
                    None if self.side.layout.wire == Wire::Json => Tree::Boolean(value),
                    None => Tree::Text(value.to_string()),
                }
            }
            Form::Integer | Form::Number
                if self.side.layout.wire == Wire::Json
                    && crate::codec::json::is_number(text.as_bytes()) =>
            {
                Tree::Number(text)
            }
            Form::Text if check.is_some_and(|check| check.also.is_some()) => {
                if crate::codec::json::is_number(text.as_bytes()) && self.random.chance(50) {
                    Tree::Number(text)
                } else {
                    Tree::Text(text)
                }
            }
            _ => Tree::Text(text),
        }
    }

    fn leaf_text(&mut self, node: u16, check: Option<&Check>) -> String {
        let side = self.side;
        // Where a table decides what is read, the schema still decides what is written.
        let written = side.facts(node).and_then(|facts| facts.written);
        let written = written.and_then(|check| self.atlas.plan.checks.get(usize::from(check)));
        let closed = written.filter(|check| !check.values.is_empty());
        let check = closed.or(check);
        let Some(facts) = side.facts(node) else {
            return self.texts.sample(check, &mut self.random);
        };
        for _ in 0..4 {
            if self.random.chance(self.manner.odd) {
                break;
            }
            let Some(text) = self.expected(facts) else {
                break;
            };
            if check.is_none_or(|check| accepts(check, &text)) {
                return text;
            }
        }
        self.texts.sample(check, &mut self.random)
    }

    /// A text that the rules of a place know: a constant of a cell, a cell of a table, or what a converter makes.
    fn expected(&mut self, facts: &Facts) -> Option<String> {
        if facts.tested && self.random.chance(85) {
            let literals: Vec<&String> = facts.literals.iter().collect();
            let text = self.random.pick(&literals).map(|text| (*text).clone())?;
            return Some(if self.manner.noise && self.random.chance(10) {
                text.to_ascii_uppercase()
            } else {
                text
            });
        }
        if !facts.choices.is_empty() {
            let choices: Vec<&String> = facts.choices.iter().collect();
            return self.random.pick(&choices).map(|text| (*text).clone());
        }
        let (index, column) = *self.random.pick(&facts.chains)?;
        let chain = self.atlas.plan.chains.get(usize::from(index))?;
        if self.canonical {
            return self.canonical_text(index, chain, column);
        }
        self.native_text(facts, index, chain, column)
    }

    fn canonical_text(&mut self, index: u16, chain: &Chain, column: usize) -> Option<String> {
        let table = match &chain.fan {
            Some(Fan::Table(table)) => table,
            Some(Fan::Joined(Joined::Money(money))) if column == 1 => {
                return Some(money.currency().to_owned());
            }
            Some(Fan::Joined(_)) | None => return None,
        };
        let row = self.row(index, table.rows().len());
        let row = table.rows().get(row)?;
        match row.canonical().get(column)? {
            Content::Literal(text) => Some(text.to_string()),
            Content::Variable(_) | Content::Optional(_) => match row.native().first()? {
                Content::Literal(text) => Some(text.to_string()),
                _ => None,
            },
            Content::Absent => None,
        }
    }

    fn native_text(
        &mut self,
        facts: &Facts,
        index: u16,
        chain: &Chain,
        column: usize,
    ) -> Option<String> {
        let mut text = match &chain.fan {
            Some(Fan::Table(table)) => {
                let row = self.row(index, table.rows().len());
                let at = if chain.join.is_some() { 0 } else { column };
                match table.rows().get(row)?.native().get(at)? {
                    Content::Literal(text) => text.to_string(),
                    _ => return None,
                }
            }
            _ => {
                let partner = self
                    .atlas
                    .canonical
                    .layout
                    .nodes
                    .get(usize::from(facts.partner?))?;
                let check = self.atlas.plan.checks.get(usize::from(partner.detail));
                self.texts.sample(check, &mut self.random)
            }
        };
        let call = CallFacts {
            nonce: [7; 12],
            request_id: "r",
            now_unix_ms: 0,
        };
        for step in chain.steps.iter().rev() {
            let mut out = Vec::new();
            step.write(text.as_bytes(), &call, &mut out).ok()?;
            text = String::from_utf8(out).ok()?;
        }
        Some(text)
    }

    /// The row of a table that the record at hand takes.
    fn row(&mut self, chain: u16, rows: usize) -> usize {
        let drawn = self.random.below(rows);
        match self.rows.last_mut() {
            Some(rows) => *rows.entry(chain).or_insert(drawn),
            None => drawn,
        }
    }

    /// Something that nobody asked for.
    fn anything(&mut self, depth: usize) -> Tree {
        let xml = self.side.layout.wire == Wire::Xml;
        match self.random.below(if depth == 0 { 3 } else { 6 }) {
            0 if !xml => Tree::Number("1.0".to_owned()),
            1 if !xml => Tree::Null,
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
