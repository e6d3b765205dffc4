//! Where the values of a document are in a layout.

pub use crate::mapping::atlas::{Atlas, Facts, Side};

use super::tree::{Path, Tree};
use crate::mapping::plan::{NodeKind, Wire};

/// A node of a document that has been found in a layout.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Placed {
    /// The way to it in the document.
    pub path: Path,
    /// Its node in the layout; none if the schema does not know it, or nothing looks at what is below.
    pub node: Option<u16>,
}

impl Side<'_> {
    /// The nodes of a document in the layout, each before those below it.
    #[must_use]
    pub fn place(&self, tree: &Tree) -> Vec<Placed> {
        let mut placed = Vec::new();
        self.visit(tree, Some(0), &mut Vec::new(), &mut placed);
        placed
    }

    fn visit(&self, tree: &Tree, node: Option<u16>, path: &mut Path, placed: &mut Vec<Placed>) {
        let found = node.and_then(|node| self.layout.nodes.get(usize::from(node)));
        let list = found.is_some_and(|found| found.kind == NodeKind::List);
        let bare = list && (self.layout.wire == Wire::Xml || !matches!(tree, Tree::List(_)));
        // A repeated element, or a single value, is an item rather than the list.
        let node = match (node, found) {
            (Some(_), Some(found)) if bare && !(found.wrapped && self.layout.wire == Wire::Xml) => {
                Some(found.item)
            }
            (node, _) => node,
        };
        placed.push(Placed {
            path: path.clone(),
            node,
        });
        let found = node.and_then(|node| self.layout.nodes.get(usize::from(node)));
        match tree {
            Tree::List(items) => {
                let item = found
                    .filter(|found| found.kind == NodeKind::List)
                    .map(|found| found.item);
                for (index, child) in items.iter().enumerate() {
                    path.push(index);
                    self.visit(child, item, path, placed);
                    path.pop();
                }
            }
            Tree::Object(members) => {
                for (index, member) in members.iter().enumerate() {
                    let child = match found.map(|found| found.kind) {
                        Some(NodeKind::Object) => {
                            node.and_then(|node| self.child(node, &member.name, member.attribute))
                        }
                        Some(NodeKind::Map) => found.map(|found| found.item),
                        Some(NodeKind::List) => {
                            node.and_then(|node| self.child(node, &member.name, false))
                        }
                        _ => None,
                    };
                    path.push(index);
                    self.visit(&member.value, child, path, placed);
                    path.pop();
                }
            }
            Tree::Null | Tree::Boolean(_) | Tree::Number(_) | Tree::Text(_) => {}
        }
    }
}
