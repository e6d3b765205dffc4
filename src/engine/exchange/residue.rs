//! What an answer holds beside what rules carry, for a caller who asks: texts by their places, those that need care
//! without their value, or not at all.

use super::places;
use crate::engine::Loss;
use crate::mapping::plan::{Edge, Layout, NodeKind, Wire};
use crate::model::shape::Sensitivity;

/// What stands for a text that needs care, or of which nobody knows whether it does.
const WITHHELD: &str = "[redacted]";

/// The lost values of a document, by pointers into it.
pub(super) fn of(losses: &[Loss], document: &[u8], layout: &Layout) -> Vec<(String, String)> {
    let offsets: Vec<u32> = losses.iter().map(|loss| loss.at).collect();
    let located = places::with_texts(document, layout.wire, &offsets);
    let mut found: Vec<(String, String)> = Vec::new();
    for (pointer, text) in located.into_iter().flatten() {
        let shown = match sensitivity(layout, &pointer) {
            Some(Sensitivity::Secret | Sensitivity::Card) => continue,
            Some(Sensitivity::None) => text,
            Some(Sensitivity::Personal) | None => WITHHELD.to_owned(),
        };
        if !found.iter().any(|(known, _)| *known == pointer) {
            found.push((pointer, shown));
        }
    }
    found
}

/// How much care the value at a pointer needs; none if the schema does not know the place.
fn sensitivity(layout: &Layout, pointer: &str) -> Option<Sensitivity> {
    let mut at = 0_u16;
    let mut greatest = Sensitivity::None;
    // What is below a credential is one, known or not.
    let unknown = |greatest| (greatest >= Sensitivity::Secret).then_some(greatest);
    for token in pointer.split('/').skip(1) {
        let node = layout.nodes.get(usize::from(at))?;
        let is_index = token.bytes().all(|byte| byte.is_ascii_digit());
        let is_list = node.kind == NodeKind::List;
        let next = match (is_list, is_index, layout.wire) {
            (true, true, Wire::Json) => Some(node.item),
            // The second of several elements of one name; the item is what their list holds.
            (true, true, _) => continue,
            (true, false, Wire::Xml) if !node.wrapped => below(layout, node.item, token),
            _ => below(layout, at, token),
        };
        let Some(next) = next else {
            return unknown(greatest);
        };
        at = next;
        greatest = greatest.max(layout.nodes.get(usize::from(at))?.sensitivity);
    }
    let mut node = layout.nodes.get(usize::from(at))?;
    if node.kind == NodeKind::List {
        node = layout.nodes.get(usize::from(node.item))?;
        greatest = greatest.max(node.sensitivity);
    }
    if node.kind == NodeKind::Leaf {
        return Some(greatest);
    }
    unknown(greatest)
}

/// The node of a member, as a pointer writes its name: without a namespace, so of several the one that needs most care.
fn below(layout: &Layout, node: u16, token: &str) -> Option<u16> {
    let (name, attribute) = match token.strip_prefix('@').filter(|_| layout.wire == Wire::Xml) {
        Some(name) => (name, true),
        None => (token, false),
    };
    let name = name.replace("~1", "/").replace("~0", "~");
    let edges = layout.edges_of(layout.nodes.get(usize::from(node))?);
    let care = |edge: &&Edge| {
        let node = layout.nodes.get(usize::from(edge.node));
        node.map_or(Sensitivity::None, |node| node.sensitivity)
    };
    let found = edges
        .iter()
        .filter(|edge| edge.attribute == attribute && layout.local(edge) == name.as_bytes())
        .rev()
        .max_by_key(care)?;
    Some(found.node)
}
