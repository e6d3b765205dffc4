//! The places of one side that rules carry, as a tree, and those that they leave out.

use std::collections::BTreeMap;

use super::place::{key_test, member, selected, selector};
use super::walk::{Does, Walk};
use crate::mapping::ast::{MappingFile, Message};
use crate::mapping::schema::Facts;
use crate::mapping::syntax::{Path, Select, Step, TestOp};
use crate::model::shape::{Kind, List, Member, ShapeId, Shapes};

/// What rules carry at a place and below it.
#[derive(Debug, Default)]
pub(crate) struct Tree<'a> {
    /// A rule carries the place with all below it.
    pub(crate) whole: bool,
    /// Mappings that carry what is below.
    pub(crate) maps: Vec<&'a MappingFile>,
    /// By the members of an object.
    pub(crate) members: BTreeMap<String, Self>,
    /// By the items of a list; the key says which, so that equal selectors share a node.
    pub(crate) cells: BTreeMap<String, (Select, Self)>,
}

/// Which side of rules.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) enum Carried {
    Canonical,
    Native,
}

impl<'a> Tree<'a> {
    /// The places of one side that travel in the message of a walk.
    pub(crate) fn of(walk: &Walk<'a>, side: Carried) -> Self {
        let mut tree = Self::default();
        tree.add(walk, side);
        tree
    }

    /// Adds those of another walk.
    pub(crate) fn add(&mut self, walk: &Walk<'a>, side: Carried) {
        for entry in walk.entries.iter().filter(|entry| entry.travels) {
            let spots = match side {
                Carried::Canonical => entry.canonical.iter().chain(&[]),
                Carried::Native => entry.native.iter().chain(&entry.also),
            };
            let here = |facts: &Facts| match walk.message {
                Message::Request => !facts.read_only,
                Message::Response => !facts.write_only,
            };
            for spot in spots.filter(|spot| here(&spot.facts)) {
                let node = self.at(&spot.path.steps);
                match entry.does {
                    Does::Value => node.whole = true,
                    Does::Map(mapping) => node.maps.push(mapping),
                    Does::Each => {}
                    Does::Entries if side == Carried::Canonical => node.whole = true,
                    Does::Entries => {
                        node.rest(entry.rule.member_key.as_ref(), entry.rule.value.as_ref())
                    }
                }
            }
        }
        if side == Carried::Canonical {
            for path in &walk.assumed {
                self.at(&path.steps).whole = true;
            }
        } else {
            for path in &walk.fixed {
                self.at(&path.steps).whole = true;
            }
        }
    }

    /// The node of a place, made on the way.
    pub(crate) fn at(&mut self, steps: &[Step]) -> &mut Self {
        let mut node = self;
        for step in steps {
            node = node.members.entry(step.name.clone()).or_default();
            if let Some(select) = &step.select {
                node = node.cell(select);
            }
        }
        node
    }

    /// The node of a place, if a rule leads there or below it.
    pub(crate) fn find(&self, steps: &[Step]) -> Option<&Self> {
        let mut node = self;
        for step in steps {
            if node.whole || !node.maps.is_empty() {
                return Some(node);
            }
            node = node.members.get(&step.name)?;
            if let Some(select) = &step.select {
                node = &node.cells.get(&selector(select))?.1;
            }
        }
        Some(node)
    }

    fn cell(&mut self, select: &Select) -> &mut Self {
        let (_, node) = self.cells.entry(selector(select)).or_insert_with(|| {
            let mut node = Self::default();
            if let Select::Tests(tests) = select {
                for test in tests {
                    node.at(&test.path.steps).whole = true;
                }
            }
            (select.clone(), node)
        });
        node
    }

    /// Names and values that no other rule takes.
    fn rest(&mut self, key: Option<&Path>, value: Option<&Path>) {
        let Some(key) = key else {
            self.whole = true;
            return;
        };
        let node = self.cell(&Select::Every);
        node.at(&key.steps).whole = true;
        if let Some(value) = value {
            node.at(&value.steps).whole = true;
        }
    }

    /// Tells whether nothing is carried here or below.
    pub(crate) fn is_empty(&self) -> bool {
        !self.whole && self.maps.is_empty() && self.members.is_empty() && self.cells.is_empty()
    }

    /// The highest places below a root that nothing carries, in the order of the schema.
    pub(crate) fn uncovered(&self, ground: &Ground<'_>, shape: ShapeId, root: &Path) -> Vec<Path> {
        let mut places = Vec::new();
        self.find_uncovered(ground, shape, root, &mut places);
        places
    }

    fn find_uncovered(
        &self,
        ground: &Ground<'_>,
        shape: ShapeId,
        path: &Path,
        places: &mut Vec<Path>,
    ) {
        if self.whole || !self.maps.is_empty() {
            return;
        }
        match &ground.shapes.get(shape).kind {
            Kind::Object(object) => {
                for one in object.members.iter().filter(|one| ground.counts(one)) {
                    let place = member(path, &one.name);
                    match self.members.get(&*one.name) {
                        Some(node) => node.find_uncovered(ground, one.shape, &place, places),
                        None => places.push(place),
                    }
                }
            }
            Kind::List(list) => self.uncovered_items(ground, list, path, places),
            Kind::Scalar(_) | Kind::Any => {}
        }
    }

    /// The member by whose value alone all cells of a list are told apart.
    fn divided_by(&self) -> Option<&str> {
        fn named(select: &Select) -> Option<&str> {
            let Select::Tests(tests) = select else {
                return None;
            };
            let [test] = tests.as_slice() else {
                return None;
            };
            match test.path.steps.as_slice() {
                [step] if test.op == TestOp::Eq => Some(&step.name),
                _ => None,
            }
        }
        let mut names = self.cells.values().map(|(select, _)| named(select));
        let first = names.next()??;
        names.all(|name| name == Some(first)).then_some(first)
    }

    fn uncovered_items(
        &self,
        ground: &Ground<'_>,
        list: &List,
        path: &Path,
        places: &mut Vec<Path>,
    ) {
        for (select, node) in self.cells.values() {
            node.find_uncovered(ground, list.item, &selected(path, select.clone()), places);
        }
        let all = self
            .cells
            .values()
            .any(|(select, _)| matches!(select, Select::Every));
        if all || self.cells.is_empty() {
            return;
        }
        let key = list.key.as_deref().or_else(|| self.divided_by());
        let values = key.map(|key| (key, key_values(ground.shapes, list.item, key)));
        match values {
            Some((key, values)) if !values.is_empty() => {
                let left = values
                    .into_iter()
                    .map(|value| key_test(path, key, value))
                    .filter(|select| !self.cells.contains_key(&selector(select)));
                places.extend(left.map(|select| selected(path, select)));
            }
            _ => places.push(selected(path, Select::Every)),
        }
    }
}

/// One side's shapes in one message: which members there are to carry.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Ground<'s> {
    pub(crate) shapes: &'s Shapes,
    pub(crate) message: Message,
}

impl Ground<'_> {
    /// Tells whether a member may hold a value in this message that no constant says.
    pub(crate) fn counts(&self, member: &Member) -> bool {
        let travels = match self.message {
            Message::Request => !member.read_only,
            Message::Response => !member.write_only,
        };
        let shape = self.shapes.get(member.shape);
        let constant = shape
            .scalar()
            .is_some_and(|scalar| scalar.constant.is_some());
        travels && !member.forbidden && !constant
    }
}

/// The values that the key of a list may have.
fn key_values<'s>(shapes: &'s Shapes, item: ShapeId, key: &str) -> Vec<&'s str> {
    let member = shapes
        .get(item)
        .object()
        .and_then(|object| object.member(key));
    let scalar = member.and_then(|(_, member)| shapes.get(member.shape).scalar());
    scalar.map_or_else(Vec::new, |scalar| {
        scalar.values.iter().map(|value| &**value).collect()
    })
}
