//! Lists of an update whose upstream never takes a member out of them: which members it lacks, and, where the upstream
//! merges lists, which of them say nothing new.

use super::faults::CallerFault;
use super::{facts, unsaid};
use crate::codec::json::tape::{Kind, TapeNode};
use crate::mapping::compile::upstream::{Operation, RouteBody};
use crate::mapping::plan::{Each, FromU32, ItemStep, ItemTest, Op, Plan};

/// A list of the model, and what divides it.
struct Listed<'p> {
    path: &'p [ItemStep],
    cells: Vec<Cell<'p>>,
}

/// Items of a list that one rule makes, with the places that tell them apart; by their position where none does.
struct Cell<'p> {
    each: &'p Each,
    tests: &'p [ItemTest],
    keys: Vec<Vec<&'p str>>,
}

/// What a patch says of a list: where, and what stands there; nothing where something around it is taken away.
struct Said<'t> {
    pointer: String,
    node: Option<TapeNode<'t>>,
}

/// An item with its position in its list.
type Item<'t> = (usize, TapeNode<'t>);

/// Looks for items that a patch lacks.
struct Judge<'j> {
    plan: &'j Plan,
    /// What an item leaves out stays.
    merges: bool,
    /// Lists inside of items count, too.
    deep: bool,
    found: &'j mut Vec<CallerFault>,
}

/// Refuses an update whose lists lack members that the upstream has; `deep` inside of their items, too. Gives the body
/// with blanks in place of the members that are as they were, if any are and the upstream merges lists; nothing in it
/// moves.
pub(super) fn reduced(
    operation: &Operation,
    route: &RouteBody,
    bytes: &[u8],
    (body, now): (TapeNode<'_>, TapeNode<'_>),
    deep: bool,
    found: &mut Vec<CallerFault>,
) -> Option<Vec<u8>> {
    let plan = &route.body.plan;
    if !plan.write.eaches.iter().any(|each| each.removal_refused) {
        return None;
    }
    let mut out: Option<Vec<u8>> = None;
    let mut judge = Judge {
        plan,
        merges: operation.merges,
        deep,
        found,
    };
    for list in lists(plan, 0, route.enveloped.is_some()) {
        let Some(said) = list.said(body, "", false) else {
            continue;
        };
        let is = facts::follow(now, list.path);
        if judge.lacks(&list, &said, is) || !operation.merges {
            continue;
        }
        let Some(node) = said.node else { continue };
        let kept = list.news(node, is);
        if kept.len() < node.count() || kept.is_empty() {
            let out = out.get_or_insert_with(|| bytes.to_vec());
            blank(out, bytes, node, &kept, list.name());
        }
    }
    out
}

/// The lists that a block of a plan makes items from, from the record around; below its body if that is in an envelope.
fn lists(plan: &Plan, block: u32, enveloped: bool) -> Vec<Listed<'_>> {
    let mut all: Vec<Listed<'_>> = Vec::new();
    for op in ops(plan, block) {
        let Op::Each { each } = op else { continue };
        let Some(each) = plan.write.eaches.get(usize::from_u32(*each)) else {
            continue;
        };
        let (path, tests): (&[ItemStep], &[ItemTest]) = match each.path.split_last() {
            Some((ItemStep::Where(tests), path)) => (path, tests),
            _ => (&each.path, &[]),
        };
        let path = match path.split_first() {
            Some((ItemStep::Member(first), below)) if enveloped && **first == *"body" => below,
            _ => path,
        };
        let cell = Cell {
            each,
            tests,
            keys: keys(plan, each),
        };
        match all.iter_mut().find(|list| list.path == path) {
            Some(list) => list.cells.push(cell),
            None => all.push(Listed {
                path,
                cells: vec![cell],
            }),
        }
    }
    all
}

/// The operations of a block.
fn ops(plan: &Plan, block: u32) -> &[Op] {
    let block = plan.write.blocks.get(usize::from_u32(block));
    let ops = block.map(|block| usize::from_u32(block.ops.0)..usize::from_u32(block.ops.1));
    let ops = ops.and_then(|ops| plan.write.ops.get(ops));
    ops.unwrap_or_default()
}

/// The places of an item that its key is made of.
fn keys<'p>(plan: &'p Plan, each: &Each) -> Vec<Vec<&'p str>> {
    let value = each
        .key_value
        .and_then(|value| plan.write.values.get(usize::from_u32(value)));
    let rule = value.and_then(|value| plan.rules.get(usize::from(value.rule)));
    let places = rule
        .into_iter()
        .flat_map(|rule| rule.canonical.split(" + "));
    places.map(|place| place.split('.').collect()).collect()
}

/// True if every member that is said is there with the same value.
fn says_no_more(said: TapeNode<'_>, is: TapeNode<'_>) -> bool {
    said.members()
        .all(|(name, value)| is.get(name).is_some_and(|old| value.is_equal(old)))
}

/// Overwrites all but some items of a list, or the list with its name if none is left.
fn blank(out: &mut [u8], bytes: &[u8], list: TapeNode<'_>, kept: &[TapeNode<'_>], name: &str) {
    let range = |node: TapeNode<'_>| {
        let whole = node.whole();
        (usize::from_u32(whole.start), usize::from_u32(whole.end))
    };
    let (start, end) = range(list);
    if kept.is_empty() {
        blank_member(out, bytes, (start, end), name);
        return;
    }
    if let Some(inside) = out.get_mut(start.saturating_add(1)..end.saturating_sub(1)) {
        inside.fill(b' ');
    }
    let mut before = None;
    for (from, to) in kept.iter().map(|item| range(*item)) {
        if let Some(comma) = before.and_then(|before: usize| out.get_mut(before)) {
            *comma = b',';
        }
        if let (Some(to_bytes), Some(from_bytes)) = (out.get_mut(from..to), bytes.get(from..to)) {
            to_bytes.copy_from_slice(from_bytes);
        }
        // A comma, or the bracket behind the last item, stood somewhere behind it.
        before = Some(to);
    }
}

/// Overwrites a member with its name and one of the commas around it.
fn blank_member(out: &mut [u8], bytes: &[u8], (start, end): (usize, usize), name: &str) {
    let before = bytes.get(..start).unwrap_or_default().trim_ascii_end();
    let before = before.strip_suffix(b":").unwrap_or(before).trim_ascii_end();
    let quoted = format!("\"{name}\"");
    // A name that is written with escapes stays where it is: its list says nothing new, and nothing wrong.
    let Some(rest) = before.strip_suffix(quoted.as_bytes()) else {
        return;
    };
    let from = rest.len();
    let front = bytes.get(..from).unwrap_or_default().trim_ascii_end();
    let behind = bytes.get(end..).unwrap_or_default();
    let blanks = behind.len().saturating_sub(behind.trim_ascii_start().len());
    let (mut from, mut to) = (from, end);
    if front.last() == Some(&b',') && out.get(front.len().saturating_sub(1)) == Some(&b',') {
        from = front.len().saturating_sub(1);
    } else if behind.trim_ascii_start().first() == Some(&b',') {
        to = end.saturating_add(blanks).saturating_add(1);
    }
    if let Some(member) = out.get_mut(from..to) {
        member.fill(b' ');
    }
}

// === impl Judge ===

impl Judge<'_> {
    /// Tells whether a patch lacks items that a list has, and refuses it if they are never removed.
    fn lacks(&mut self, list: &Listed<'_>, said: &Said<'_>, is: Option<TapeNode<'_>>) -> bool {
        // Of alternatives two may make items of one list.
        let mut kept: Vec<usize> = Vec::new();
        let mut held: Vec<usize> = Vec::new();
        for cell in &list.cells {
            let (new, old) = (cell.items(said.node), cell.items(is));
            if cell.each.removal_refused {
                held.extend(old.iter().map(|(index, _)| *index));
            }
            for (new, old) in cell.pairs(new, old) {
                kept.push(old.0);
                if self.deep {
                    self.item(cell, &said.pointer, new, old.1);
                }
            }
        }
        let lacks = held.iter().any(|index| !kept.contains(index));
        if lacks {
            let awaited = "every item that the upstream has, since it never removes one";
            let fault = CallerFault::new("cannot-remove", awaited);
            self.found.push(fault.at(said.pointer.clone()));
        }
        lacks
    }

    /// Judges the lists of an item that stays.
    fn item(&mut self, cell: &Cell<'_>, list: &str, (index, new): Item<'_>, old: TapeNode<'_>) {
        let pointer = format!("{list}/{index}");
        if self.merges {
            self.cells(cell.each.block, &pointer, new, old);
        }
        for inner in lists(self.plan, cell.each.block, false) {
            // Of what is no patch all is said, but where the upstream keeps what is not.
            if let Some(said) = inner.said(new, &pointer, !self.merges) {
                self.lacks(&inner, &said, facts::follow(old, inner.path));
            }
        }
    }

    /// Refuses an item that gives a list without members which selectors name and the upstream would keep.
    fn cells(&mut self, block: u32, at: &str, new: TapeNode<'_>, old: TapeNode<'_>) {
        for op in ops(self.plan, block) {
            let Op::Value { value, .. } = op else {
                continue;
            };
            let value = self.plan.write.values.get(usize::from_u32(*value));
            let Some((value, item)) = value.and_then(|value| Some((value, value.item.as_deref()?)))
            else {
                continue;
            };
            let mut members = item.path.iter();
            let list = members.position(|step| !matches!(step, ItemStep::Member(_)));
            let Some((list, below)) = list.and_then(|list| item.path.split_at_checked(list)) else {
                continue;
            };
            let stands = |root| facts::follow(root, &item.path).filter(|node| !node.is_null());
            let Some(said) = facts::follow(new, list) else {
                continue;
            };
            if stands(new).is_some() || stands(old).is_none() {
                continue;
            }
            let mut pointer = at.to_owned();
            for step in list {
                if let ItemStep::Member(name) = step {
                    pointer = format!("{pointer}/{name}");
                }
            }
            if let Some((index, _)) = below.first().and_then(|step| facts::item(said, step)) {
                pointer = format!("{pointer}/{index}");
            }
            let rule = self.plan.rules.get(usize::from(value.rule));
            let place = rule.map_or("", |rule| &*rule.canonical);
            self.found.push(unsaid::stays(place).at(pointer));
        }
    }
}

// === impl Listed ===

impl Listed<'_> {
    /// The name of its member.
    fn name(&self) -> &str {
        match self.path.last() {
            Some(ItemStep::Member(name)) => name,
            _ => "",
        }
    }

    /// What a patch says of the list; none if it does not touch it. `whole` if nothing but what it says is meant.
    fn said<'t>(&self, root: TapeNode<'t>, at: &str, mut whole: bool) -> Option<Said<'t>> {
        let (mut node, mut pointer) = (root, at.to_owned());
        for step in self.path {
            let (below, name) = match step {
                ItemStep::Member(name) => (node.get(name), name.to_string()),
                ItemStep::At(_) | ItemStep::Where(_) => {
                    // A patch replaces the list around.
                    whole = true;
                    let item = facts::item(node, step);
                    let index = item.map_or_else(String::new, |(index, _)| index.to_string());
                    (item.map(|(_, item)| item), index)
                }
            };
            match below {
                Some(below) => (node, pointer) = (below, format!("{pointer}/{name}")),
                None if whole || node.is_null() => {
                    let node = None;
                    return Some(Said { pointer, node });
                }
                None => return None,
            }
        }
        let node = Some(node);
        let is_list = |node: &TapeNode<'_>| matches!(node.kind(), Kind::Array | Kind::Null);
        node.is_some_and(|node| is_list(&node))
            .then_some(Said { pointer, node })
    }

    /// The items that are not there, or say more than what is there.
    fn news<'t>(&self, said: TapeNode<'t>, is: Option<TapeNode<'_>>) -> Vec<TapeNode<'t>> {
        let is_told = |(index, new): &Item<'t>| {
            self.cells.iter().any(|cell| {
                let mut own = cell.items(Some(said)).into_iter();
                let is_own = own.any(|(own, _)| own == *index);
                let mut old = cell.items(is).into_iter();
                is_own && old.any(|(_, old)| cell.same(*new, old) && says_no_more(*new, old))
            })
        };
        let items = said.items().enumerate();
        items
            .filter(|item| !is_told(item))
            .map(|(_, node)| node)
            .collect()
    }
}

// === impl Cell ===

impl Cell<'_> {
    /// The items of a list that belong to it.
    fn items<'t>(&self, list: Option<TapeNode<'t>>) -> Vec<Item<'t>> {
        let items = list.into_iter().flat_map(TapeNode::items).enumerate();
        items
            .filter(|(_, item)| facts::is_such(self.tests, *item))
            .collect()
    }

    /// Each item that was there with the one that is it now.
    fn pairs<'n, 'o>(
        &self,
        mut new: Vec<Item<'n>>,
        old: Vec<Item<'o>>,
    ) -> Vec<(Item<'n>, Item<'o>)> {
        if self.keys.is_empty() {
            return new.into_iter().zip(old).collect();
        }
        let paired = old.into_iter().filter_map(|old| {
            let at = new.iter().position(|new| self.same(new.1, old.1))?;
            Some((new.remove(at), old))
        });
        let mut paired: Vec<_> = paired.collect();
        paired.sort_by_key(|(new, _)| new.0);
        paired
    }

    /// True if two members have the same key: at the first of its places where both have a value.
    fn same(&self, one: TapeNode<'_>, other: TapeNode<'_>) -> bool {
        let at = |node, key: &[&str]| {
            let found = key
                .iter()
                .try_fold(node, |node: TapeNode<'_>, name| node.get(name));
            found.and_then(facts::scalar).map(str::to_owned)
        };
        let keys = self.keys.iter();
        keys.filter_map(|key| Some((at(one, key)?, at(other, key)?)))
            .map(|(one, other)| one == other)
            .next()
            .unwrap_or(false)
    }
}
