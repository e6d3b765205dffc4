//! Documents made whole where a mapping refuses them: what is missing is put in, what is wrong is set right, and only
//! what cannot be is taken out.

use super::{Generator, edges};
use crate::engine::FaultCode;
use crate::mapping::accepts::place::{Step, places, steps, tests};
use crate::mapping::plan::{NONE, NodeKind};
use crate::proof::runner::Refusal;
use crate::proof::tree::{Document, Member, Path, Tree};

/// The last position of a list that a place may name for items to be made up to it.
const FURTHEST: usize = 9;

/// Most changes to a document that is refused.
const MENDED: usize = 60;

/// How full something is that is put in for a part of it.
const SPARSE: usize = 15;

impl Generator<'_, '_> {
    /// One document without what is refused in it.
    pub fn settled(&mut self, refuse: &mut dyn FnMut(&[u8]) -> Option<Refusal>) -> Document {
        let mut made = self.document();
        let mut tree = made.tree.clone();
        self.settle(&mut tree, &mut |tree| {
            made.tree.clone_from(tree);
            refuse(&made.bytes())
        });
        made.tree = tree;
        made
    }

    /// Changes a document until nothing refuses it any more, or nothing is left to change.
    pub fn settle(&mut self, tree: &mut Tree, refuse: &mut dyn FnMut(&Tree) -> Option<Refusal>) {
        for _ in 0..MENDED {
            let Some(refusal) = refuse(tree) else { return };
            let is_mended =
                !refusal.base && (self.mend(tree, &refusal) || prune(tree, &refusal, refuse));
            if !is_mended {
                return;
            }
        }
    }

    /// Changes a document so that it is not refused for this reason any more; false if nothing can be changed.
    pub fn mend(&mut self, tree: &mut Tree, refusal: &Refusal) -> bool {
        let mended = match refusal.code {
            FaultCode::MissingInput => {
                self.complete(tree, refusal, false) || self.fill(tree, &refusal.path)
            }
            FaultCode::FixedValue => self.set_fixed(tree, &refusal.path),
            FaultCode::InvalidInput => self.count(tree, refusal),
            _ => false,
        };
        mended || self.take_out(tree, refusal)
    }

    /// Puts something at a canonical place of the rule that had nothing to write.
    fn complete(&mut self, tree: &mut Tree, refusal: &Refusal, lists: bool) -> bool {
        let Some(rule) = refusal.rule.filter(|_| self.canonical) else {
            return false;
        };
        let places: Vec<_> = places(self.atlas.plan, rule).map(steps).collect();
        let placed = self.side.place(tree);
        for end in (0..=refusal.path.len()).rev() {
            let path = refusal.path.get(..end).unwrap_or_default();
            let here = placed.iter().find(|place| place.path == path);
            let Some(node) = here.and_then(|here| here.node) else {
                continue;
            };
            if self.side.owner(node) != node {
                continue;
            }
            for place in &places {
                if !self.leads(node, place, rule, lists) {
                    continue;
                }
                let Some(record) = tree.at_mut(path) else {
                    continue;
                };
                let before = record.clone();
                if self.put(record, node, place, false) {
                    return true;
                }
                *record = before;
            }
        }
        false
    }

    /// True if a place, seen from the node of a record, is one of a rule's; of a rule over a list, if that is asked.
    fn leads(&self, node: u16, place: &[Step<'_>], rule: u16, list: bool) -> bool {
        let side = self.side;
        let mut at = node;
        let mut met = false;
        for step in place {
            let Some(child) = side.child(at, step.name, false) else {
                return false;
            };
            let facts = side.facts(child);
            if facts.is_none_or(|facts| facts.forbidden && !self.manner.forbidden) {
                return false;
            }
            at = child;
            met = facts.is_some_and(|facts| facts.rules.contains(&rule));
            if list && met {
                return self
                    .found(child)
                    .is_some_and(|found| found.kind == NodeKind::List);
            }
            if step.select.is_some() {
                at = side.item(child);
                let facts = side.facts(at);
                met |= facts.is_some_and(|facts| facts.rules.contains(&rule));
            }
        }
        met && !list
    }

    /// Makes something stand at a place where nothing does, or did before what is above it was made.
    fn put(&mut self, tree: &mut Tree, node: u16, place: &[Step<'_>], made: bool) -> bool {
        let Some((step, below)) = place.split_first() else {
            let nothing = match tree {
                Tree::Null => true,
                Tree::List(items) => items.is_empty(),
                _ => false,
            };
            let value = self.value(node).filter(|_| nothing);
            return match value {
                Some(value) => {
                    *tree = value;
                    true
                }
                None => made && !nothing,
            };
        };
        let made = made || *tree == Tree::Null;
        if *tree == Tree::Null {
            *tree = self.sparse(node).unwrap_or(Tree::Null);
        }
        let (Tree::Object(members), Some(child)) = (tree, self.side.child(node, step.name, false))
        else {
            return false;
        };
        let Some(member) = member(members, step.name) else {
            return false;
        };
        let Some(select) = step.select else {
            return self.put(member, child, below, made);
        };
        let Some((item, new)) = self.item(member, child, select) else {
            return false;
        };
        let made = made || new;
        self.put(item, self.side.item(child), below, made)
    }

    /// The item of a list that a selector means, and whether it had to be made.
    fn item<'t>(
        &mut self,
        list: &'t mut Tree,
        node: u16,
        select: &str,
    ) -> Option<(&'t mut Tree, bool)> {
        if *list == Tree::Null {
            *list = Tree::List(Vec::new());
        }
        let Tree::List(items) = list else {
            return None;
        };
        let kind = self.side.item(node);
        let told = tests(select).unwrap_or_default();
        let position: Option<usize> = select.parse().ok().filter(|at| *at <= FURTHEST);
        let is_meant = |item: &Tree| {
            let mut told = told.iter();
            told.all(|(name, value)| item.member(name).and_then(Tree::text) == Some(*value))
        };
        let found = match position {
            Some(at) => (at < items.len()).then_some(at),
            None if told.is_empty() && !select.is_empty() => return None,
            None => items.iter().position(is_meant),
        };
        if let Some(at) = found {
            return Some((items.get_mut(at)?, false));
        }
        while items.len() < position.unwrap_or(items.len()) {
            items.push(self.sparse(kind)?);
        }
        let mut item = self.sparse(kind)?;
        if let Tree::Object(members) = &mut item {
            for (name, value) in told {
                *member(members, name)? = Tree::Text(value.to_owned());
            }
        }
        items.push(item);
        Some((items.last_mut()?, true))
    }

    /// Something for a node with little beside what it must have.
    fn sparse(&mut self, node: u16) -> Option<Tree> {
        let presence = std::mem::replace(&mut self.manner.presence, SPARSE);
        let value = self.value(node);
        self.manner.presence = presence;
        value
    }

    /// Puts in the members that the nearest object lacks by its own schema.
    fn fill(&mut self, tree: &mut Tree, path: &[usize]) -> bool {
        let placed = self.side.place(tree);
        for end in (0..=path.len()).rev() {
            let path = path.get(..end).unwrap_or_default();
            let here = placed.iter().find(|place| place.path == path);
            let Some(found) = here.and_then(|here| self.found(here.node?)) else {
                continue;
            };
            let Some(Tree::Object(members)) = tree.at_mut(path) else {
                continue;
            };
            let layout = self.side.layout;
            let edges = layout.edges.get(edges(found)).unwrap_or_default();
            let mut present = 0_u64;
            for edge in edges.iter().filter(|edge| edge.bit < 64) {
                let stands = members.iter().any(|member| {
                    member.name.as_bytes() == edge.name.bytes() && member.value != Tree::Null
                });
                present |= u64::from(stands) << edge.bit;
            }
            let mut lacking = self.completed(found, present) & !present;
            let is_short = lacking != 0;
            for edge in edges.iter().filter(|edge| edge.bit < 64) {
                if lacking >> edge.bit & 1 == 1
                    && let Some(value) = self.value(edge.node)
                {
                    lacking &= !(1 << edge.bit);
                    members.retain(|member| member.name.as_bytes() != edge.name.bytes());
                    self.stand(edge, value, members);
                }
            }
            members.sort_by_key(|member| !member.attribute);
            if is_short {
                return true;
            }
        }
        false
    }

    /// Sets the place that a path names, if it has one value, to that value; all such places, if it names none.
    fn set_fixed(&mut self, tree: &mut Tree, path: &[usize]) -> bool {
        let mut is_set = false;
        for place in self.side.place(tree) {
            let Some(found) = place.node.and_then(|node| self.found(node)) else {
                continue;
            };
            let fixed = place
                .node
                .and_then(|node| self.side.facts(node)?.fixed.clone());
            let Some(text) = fixed.filter(|_| place.path.starts_with(path)) else {
                continue;
            };
            let check = self.atlas.plan.checks.get(usize::from(found.detail));
            let value = self.typed(text, check);
            if let Some(here) = tree.at_mut(&place.path)
                && here.is_leaf()
                && *here != value
            {
                *here = value;
                is_set = true;
            }
        }
        is_set
    }

    /// Gives a list as many items as both sides take.
    fn count(&mut self, tree: &mut Tree, refusal: &Refusal) -> bool {
        let Some(rule) = refusal.rule.filter(|_| self.canonical) else {
            return false;
        };
        for place in self.side.place(tree).iter().rev() {
            let node = place.node.filter(|_| refusal.path.starts_with(&place.path));
            let Some((node, found)) = node.and_then(|node| Some((node, self.found(node)?))) else {
                continue;
            };
            let facts = self.side.facts(node);
            let runs = facts.is_some_and(|facts| facts.rules.contains(&rule));
            if found.kind != NodeKind::List || !runs {
                continue;
            }
            let bounds = self.bounds(node, found);
            let Some(Tree::List(items)) = tree.at(&place.path) else {
                return false;
            };
            let count = u32::try_from(items.len()).unwrap_or(u32::MAX);
            let more = (count < bounds.0).then(|| self.value(found.item)).flatten();
            let Some(Tree::List(items)) = tree.at_mut(&place.path) else {
                return false;
            };
            items.extend(more);
            if count > bounds.1 {
                items.pop();
            }
            return u32::try_from(items.len()) != Ok(count);
        }
        self.complete(tree, refusal, true)
    }

    /// Takes out what a refusal points at; false if nothing is left to take out.
    fn take_out(&self, tree: &mut Tree, refusal: &Refusal) -> bool {
        // What is missing on the other side is missing here: the object that lacks it goes.
        let rule = refusal.rule.filter(|_| self.canonical);
        let rule = rule.filter(|_| refusal.code == FaultCode::MissingInput);
        let lacking = rule.and_then(|rule| self.lacking(tree, rule, &refusal.path));
        tree.remove(lacking.as_ref().unwrap_or(&refusal.path))
    }

    /// The innermost object at or below a path that has places of a rule below it.
    fn lacking(&self, tree: &Tree, rule: u16, path: &[usize]) -> Option<Path> {
        let side = self.side;
        let mut placed = side.place(tree).into_iter().rev();
        let lacking = placed.find(|placed| {
            let Some(node) = placed.node.filter(|_| !placed.path.is_empty()) else {
                return false;
            };
            let below = |(index, facts): (usize, &crate::proof::atlas::Facts)| {
                let index = u16::try_from(index).unwrap_or(NONE);
                facts.rules.contains(&rule) && index != node && side.is_within(index, node)
            };
            placed.path.starts_with(path)
                && side.facts.iter().enumerate().any(below)
                && matches!(tree.at(&placed.path), Some(Tree::Object(_)))
        });
        Some(lacking?.path)
    }
}

/// Takes out the first part without which a document is not refused for this reason any more: what no document of its
/// kind can say.
fn prune(
    tree: &mut Tree,
    refusal: &Refusal,
    refuse: &mut dyn FnMut(&Tree) -> Option<Refusal>,
) -> bool {
    for path in tree.paths() {
        let mut without = tree.clone();
        if without.remove(&path) && refuse(&without).as_ref() != Some(refusal) {
            *tree = without;
            return true;
        }
    }
    false
}

/// The value of the first member of a name, which is null if it is new.
fn member<'t>(members: &'t mut Vec<Member>, name: &str) -> Option<&'t mut Tree> {
    let known = members.iter().position(|member| member.name == name);
    let at = known.unwrap_or(members.len());
    if known.is_none() {
        members.push(Member {
            name: name.to_owned(),
            attribute: false,
            value: Tree::Null,
        });
    }
    members.get_mut(at).map(|member| &mut member.value)
}
