//! Merge patches for a document that was read: of one member and of many, with nulls, with lists as read but
//! for one member.

use super::atlas::Side;
use super::generate::Generator;
use super::random::Random;
use super::tree::{Path, Tree};
use crate::mapping::plan::NodeKind;

/// A patch for a canonical document.
pub fn patch(read: &Tree, generator: &mut Generator<'_, '_>, random: &mut Random) -> Tree {
    match random.below(8) {
        0 | 6 => generator.document().tree,
        1 | 7 => one_changed(read, generator, random),
        2 => only(read, random),
        3 => {
            let mut patch = one_changed(read, generator, random);
            nothing_at(&mut patch, generator.side(), random);
            patch
        }
        4 => {
            let mut patch = only(read, random);
            nothing_at(&mut patch, generator.side(), random);
            patch
        }
        _ => {
            let mut patch = generator.document().tree;
            nothing_at(&mut patch, generator.side(), random);
            patch
        }
    }
}

/// The document as it was read with another value at one leaf, and perhaps an item less or more.
fn one_changed(read: &Tree, generator: &mut Generator<'_, '_>, random: &mut Random) -> Tree {
    let mut patch = read.clone();
    let placed = generator.side().place(&patch);
    let leaves: Vec<_> = placed
        .iter()
        .filter(|place| patch.at(&place.path).is_some_and(Tree::is_leaf))
        .collect();
    if let Some(place) = random.pick(&leaves)
        && let Some(node) = place.node
        && let Some(value) = generator.value(node)
        && let Some(leaf) = patch.at_mut(&place.path)
        && value.is_leaf()
    {
        *leaf = value;
    }
    let lists: Vec<_> = placed
        .iter()
        .filter(|place| matches!(patch.at(&place.path), Some(Tree::List(_))))
        .collect();
    if random.chance(30)
        && let Some(place) = random.pick(&lists)
        && let Some(node) = place.node
    {
        let item = generator.side().item(node);
        let more = generator.value(item);
        if let Some(Tree::List(items)) = patch.at_mut(&place.path) {
            match more {
                Some(more) if random.chance(50) => {
                    let at = random.below(items.len().saturating_add(1));
                    items.insert(at, more);
                }
                _ if !items.is_empty() => drop(items.remove(random.below(items.len()))),
                _ => {}
            }
        }
    }
    patch
}

/// One member of the root, as it was read.
fn only(read: &Tree, random: &mut Random) -> Tree {
    match read {
        Tree::Object(members) => Tree::Object(random.pick(members).into_iter().cloned().collect()),
        other => other.clone(),
    }
}

/// Puts nulls at some members: never at an item of a list or below one, where a patch has whole values.
fn nothing_at(patch: &mut Tree, side: &Side<'_>, random: &mut Random) {
    let within_list = |path: &Path| {
        (0..path.len()).any(|end| {
            path.get(..end)
                .is_some_and(|above| matches!(patch.at(above), Some(Tree::List(_))))
        })
    };
    let members: Vec<Path> = side
        .place(patch)
        .into_iter()
        .filter(|place| {
            let known = place
                .node
                .and_then(|node| side.layout.nodes.get(usize::from(node)));
            known.is_some_and(|node| node.kind != NodeKind::Skip)
        })
        .map(|place| place.path)
        .filter(|path| !path.is_empty() && !within_list(path))
        .collect();
    for _ in 0..=random.below(3) {
        if let Some(path) = random.pick(&members)
            && let Some(place) = patch.at_mut(path)
        {
            *place = Tree::Null;
        }
    }
}

/// Leaves of a patch what another one touches too.
pub fn narrow(patch: &mut Tree, other: &Tree) {
    match (patch, other) {
        (Tree::Object(members), Tree::Object(_)) => {
            members.retain_mut(|member| match other.member(&member.name) {
                Some(inner) => {
                    narrow(&mut member.value, inner);
                    true
                }
                None => false,
            });
        }
        // A part of what was said whole: both say that part.
        (patch, Tree::Object(_)) => patch.clone_from(other),
        _ => {}
    }
}
