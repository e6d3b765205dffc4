//! The eighth law: no leaf vanishes unseen.

use super::atlas::{Facts, Side};
use super::law::Finding;
use super::runner::{Ran, Runner};
use super::tree::{Document, Path, Tree};
use crate::engine::Direction;
use crate::mapping::plan::Wire;

/// Holds a run against the law: each leaf has an influence on what was written, or is one loss.
pub fn accounted(
    runner: &mut Runner<'_, '_>,
    direction: Direction,
    input: &Document,
    ran: &Ran,
) -> Option<Finding> {
    let finding = |path: &[usize], expected: &str, actual: String, rule| Finding {
        pointer: input.tree.pointer(path),
        rule,
        expected: expected.to_owned(),
        actual,
    };
    let atlas = runner.atlas;
    let side = atlas.side(direction == Direction::ToNative);
    let mut lost: Vec<&Path> = ran
        .losses
        .iter()
        .filter_map(|(path, _)| path.as_ref())
        .collect();
    lost.sort_unstable();
    if let Some([twice, _]) = lost.array_windows::<2>().find(|[one, two]| one == two) {
        return Some(finding(twice, "one loss", "two losses".to_owned(), None));
    }
    let placed = side.place(&input.tree);
    for place in placed {
        let Some(tree) = input.tree.at(&place.path) else {
            continue;
        };
        let is_lost = lost.binary_search(&&place.path).is_ok();
        if !says(tree, input.wire) {
            if is_lost && !tree.is_leaf() {
                return Some(finding(
                    &place.path,
                    "a loss at a leaf",
                    "a loss at what holds leaves".to_owned(),
                    None,
                ));
            }
            continue;
        }
        if is_lost {
            continue;
        }
        let facts = place.node.and_then(|node| side.facts(node));
        let rule = facts.and_then(|facts| facts.rules.first().copied());
        if facts.is_some_and(|facts| shared(side, facts) || facts.forbidden) {
            continue;
        }
        let declared = is_constant(side, place.node) || is_default(facts);
        if !declared && !matters(runner, direction, input, &place.path, ran) {
            return Some(finding(
                &place.path,
                "an influence on the other document, or a loss",
                "neither".to_owned(),
                rule,
            ));
        }
    }
    None
}

/// True for a leaf that counts: a value, and in XML no blank text where a schema knows nothing.
fn says(tree: &Tree, wire: Wire) -> bool {
    match tree {
        Tree::Null | Tree::List(_) | Tree::Object(_) => false,
        Tree::Text(text) => wire != Wire::Xml || !text.trim_ascii().is_empty(),
        Tree::Boolean(_) | Tree::Number(_) => true,
    }
}

/// True if another place of a rule may say the same.
fn shared(side: &Side<'_>, facts: &Facts) -> bool {
    facts.also
        || facts.rules.iter().any(|rule| {
            side.facts
                .iter()
                .filter(|other| other.rules.contains(rule) && !other.also)
                .count()
                > 1
                || side
                    .facts
                    .iter()
                    .any(|other| other.rules.contains(rule) && other.also)
        })
}

/// True if the place has a value even where it is absent.
fn is_default(facts: Option<&Facts>) -> bool {
    facts.is_some_and(|facts| facts.default.is_some())
}

/// True if the schema has one value for the place, or the place tells a cell from others.
fn is_constant(side: &Side<'_>, node: Option<u16>) -> bool {
    let Some(node) = node else { return false };
    let tested = side.facts(node).is_some_and(|facts| facts.tested);
    tested || side.constants.contains(&node)
}

/// True if the other document would be another one without the leaf.
fn matters(
    runner: &mut Runner<'_, '_>,
    direction: Direction,
    input: &Document,
    path: &[usize],
    ran: &Ran,
) -> bool {
    let mut without = input.clone();
    without.tree.remove(path);
    match runner.translate(direction, &without.bytes()) {
        Ok(other) => other.bytes != ran.bytes || other.status != ran.status,
        Err(_) => true,
    }
}
