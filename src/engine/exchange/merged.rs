//! Lists of an update whose upstream never takes a member out of them: which members it lacks, and, where the upstream
//! merges lists, which of them say nothing new.

use super::facts;
use super::faults::CallerFault;
use crate::codec::json::tape::{Kind as JsonKind, TapeNode};
use crate::mapping::compile::upstream::{Operation, RouteBody};
use crate::mapping::plan::{FromU32, Plan};

/// A list with the places that tell its members apart.
struct Keyed {
    list: Vec<String>,
    keys: Vec<Vec<String>>,
}

/// Refuses an update whose lists lack members that the upstream has. Gives the body with blanks in place of the members
/// that are as they were, if any are and the upstream merges lists; nothing in it moves.
pub(super) fn reduced(
    operation: &Operation,
    route: &RouteBody,
    bytes: &[u8],
    (body, now): (TapeNode<'_>, TapeNode<'_>),
    found: &mut Vec<CallerFault>,
) -> Option<Vec<u8>> {
    let mut out: Option<Vec<u8>> = None;
    for keyed in keyed(&route.body.plan) {
        let at = |root| {
            let mut names = keyed.list.iter();
            names.try_fold(root, |node: TapeNode<'_>, name| node.get(name))
        };
        let Some(said) = at(body) else { continue };
        let is = || at(now).into_iter().flat_map(|is| is.items());
        if said.kind() != JsonKind::Array && !said.is_null() {
            continue;
        }
        let lacking = is().any(|old| {
            let mut items = said.items();
            !items.any(|new| keyed.same(new, old))
        });
        if lacking {
            let awaited = "every item that the upstream has, since it never removes one";
            let pointer = format!("/{}", keyed.list.join("/"));
            found.push(CallerFault::new("cannot-remove", awaited).at(pointer));
        } else if operation.merges {
            let told = |new: &TapeNode<'_>| {
                let mut items = is();
                !items.any(|old| keyed.same(*new, old) && says_no_more(*new, old))
            };
            let all = said.count();
            let kept: Vec<TapeNode<'_>> = said.items().filter(told).collect();
            if kept.len() < all || kept.is_empty() {
                let out = out.get_or_insert_with(|| bytes.to_vec());
                blank(out, bytes, said, &kept, &keyed.list);
            }
        }
    }
    out
}

/// The lists at the top of a plan whose members are never removed.
fn keyed(plan: &Plan) -> Vec<Keyed> {
    let mut all = Vec::new();
    let Some(block) = plan.write.blocks.first() else {
        return all;
    };
    let ops = usize::from_u32(block.ops.0)..usize::from_u32(block.ops.1);
    for op in plan.write.ops.get(ops).unwrap_or_default() {
        let crate::mapping::plan::Op::Each { each } = op else {
            continue;
        };
        let each = plan.write.eaches.get(usize::from_u32(*each));
        let Some(each) = each.filter(|each| each.removal_refused) else {
            continue;
        };
        let of_rule = |rule: u16| {
            plan.rules
                .get(usize::from(rule))
                .map(|rule| &*rule.canonical)
        };
        let key = each
            .key_value
            .and_then(|value| plan.write.values.get(usize::from_u32(value)))
            .and_then(|value| of_rule(value.rule));
        let (Some(list), Some(key)) = (of_rule(each.rule), key) else {
            continue;
        };
        let path = |text: &str| text.split('.').map(str::to_owned).collect::<Vec<_>>();
        if !list.contains(['[', ' ']) {
            let list = list.strip_prefix("body.").unwrap_or(list);
            all.push(Keyed {
                list: path(list),
                keys: key.split(" + ").map(path).collect(),
            });
        }
    }
    all
}

/// True if every member that is said is there with the same value.
fn says_no_more(said: TapeNode<'_>, is: TapeNode<'_>) -> bool {
    said.members()
        .all(|(name, value)| is.get(name).is_some_and(|old| value.is_equal(old)))
}

/// Overwrites all but some items of a list, or the list with its name if none is left.
fn blank(out: &mut [u8], bytes: &[u8], list: TapeNode<'_>, kept: &[TapeNode<'_>], path: &[String]) {
    let range = |node: TapeNode<'_>| {
        let whole = node.whole();
        (usize::from_u32(whole.start), usize::from_u32(whole.end))
    };
    let (start, end) = range(list);
    if kept.is_empty() {
        blank_member(out, bytes, (start, end), path);
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
fn blank_member(out: &mut [u8], bytes: &[u8], (start, end): (usize, usize), path: &[String]) {
    let name = path.last().map_or("", String::as_str);
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

// === impl Keyed ===

impl Keyed {
    /// True if two members have the same key: at the first of its places where both have a value.
    fn same(&self, one: TapeNode<'_>, other: TapeNode<'_>) -> bool {
        let at = |node, key: &[String]| {
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
