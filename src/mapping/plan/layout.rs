//! How a document is captured: which member goes into which slot.
//!
//! A document becomes *records* of slots. The root is a record, each item of a list is one; plain objects
//! inside use the slots of the record that they stand in. Slot 0 of a record is the root's or item's own.

use std::sync::atomic::{AtomicU64, Ordering};

use super::{FromU32, Name};
use crate::model::shape::Sensitivity;

/// Marks the absence of a node, slot or check.
pub const NONE: u16 = u16::MAX;

/// The formats of documents.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Wire {
    /// JSON.
    Json,
    /// XML.
    Xml,
    /// `application/x-www-form-urlencoded`.
    Form,
}

/// The capture of one kind of document.
#[derive(Debug, Clone)]
pub struct Layout {
    /// Tells it from every other one of this process.
    pub id: LayoutId,
    /// Its format.
    pub wire: Wire,
    /// All nodes; the root is node 0.
    pub nodes: Vec<Node>,
    /// Members of nodes, each node's side by side.
    pub edges: Vec<Edge>,
    /// Slots of each kind of record; the root's is the first.
    pub widths: Vec<u16>,
    /// Lists and maps in each kind of record: the slot, and the kind of its items' records.
    pub lists: Vec<Vec<(u16, u16)>>,
    /// Name of the root element (XML).
    pub root_name: Name,
    /// Whether names are in namespaces (XML).
    pub namespaced: bool,
    /// What is written in front of names, with the namespaces (XML): declared by the root.
    pub prefixes: Vec<(Box<str>, Box<str>)>,
}

/// Tells a layout from every other one of a process: what was learned of documents of one is of no use to another.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct LayoutId(u64);

impl LayoutId {
    /// An id that no other layout has.
    pub(crate) fn unique() -> Self {
        static NEXT: AtomicU64 = AtomicU64::new(0);
        Self(NEXT.fetch_add(1, Ordering::Relaxed))
    }
}

/// A member of an object.
#[derive(Debug, Clone)]
pub struct Edge {
    /// Its name on the wire; of one in a namespace `{namespace}name`.
    pub name: Name,
    /// The node that it leads to.
    pub node: u16,
    /// Its bit in the seen-mask of the object; aliases share one. 64 where the object has more members.
    pub bit: u8,
    /// An XML attribute.
    pub attribute: bool,
}

/// What stands at a place and what is done with it.
#[derive(Debug, Clone)]
pub struct Node {
    /// Object, map, list, leaf, or something to skip.
    pub kind: NodeKind,
    /// Its slot in the record it stands in; [`NONE`] if no rule carries it. A list has two: head and tail.
    pub slot: u16,
    /// Slots of the record that belong to it and to everything below it, half-open.
    pub slots: (u16, u16),
    /// First and behind the last of its edges. A wrapped list has one to its items; a map has one, with the namespace of its
    /// entries' names alone, where they are in one.
    pub edges: (u32, u32),
    /// List or map: the kind of record of an item. Leaf: its check, in [`super::Plan::checks`].
    pub detail: u16,
    /// List or map: the node of an item, or of a value.
    pub item: u16,
    /// Bits of the members that must be present.
    pub required: u64,
    /// Groups of alternatives, of which one must be wholly present.
    pub any_of: Box<[Box<[u64]>]>,
    /// Members that others must accompany: the bit of the one, the bits of the others.
    pub dependents: Box<[(u64, u64)]>,
    /// Fewest and most members.
    pub members: (u32, u32),
    /// Fewest and most items.
    pub items: (u32, u32),
    /// A single value stands for a list of one.
    pub one_or_many: bool,
    /// XML list whose items stand inside an element of the list's own.
    pub wrapped: bool,
    /// A value that breaks its check is a loss rather than a fault.
    pub report_invalid: bool,
    /// Blanks around its text are dropped.
    pub trim: bool,
    /// It has one value, which needs no rule and so is no loss.
    pub constant: bool,
    /// Answers only: what a request says of it is a loss of its own kind.
    pub read_only: bool,
    /// How much care its value needs.
    pub sensitivity: Sensitivity,
    /// The node above; the root's is itself.
    pub parent: u16,
    /// Its name in paths.
    pub name: Box<str>,
}

/// Kinds of nodes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NodeKind {
    /// Members by known names.
    Object,
    /// Members by any name: records of two slots, name and value.
    Map,
    /// Items: records.
    List,
    /// One value.
    Leaf,
    /// Known or not, carried by no rule: its leaves are counted as lost.
    Skip,
}

impl Layout {
    /// The edges of a node.
    #[must_use]
    pub fn edges_of(&self, node: &Node) -> &[Edge] {
        let (from, to) = node.edges;
        let edges = self.edges.get(usize::from_u32(from)..usize::from_u32(to));
        edges.unwrap_or_default()
    }

    /// The name of a member without its namespace.
    #[must_use]
    pub fn local<'e>(&self, edge: &'e Edge) -> &'e [u8] {
        let name = edge.name.bytes();
        let behind = name.iter().rposition(|byte| *byte == b'}');
        behind
            .filter(|_| self.namespaced)
            .and_then(|at| name.get(at.saturating_add(1)..))
            .unwrap_or(name)
    }

    /// The place of a node from the root, in the words of the mapping language.
    #[must_use]
    pub fn place(&self, node: u16) -> String {
        let mut names = Vec::new();
        let mut at = node;
        for _ in 0..=self.nodes.len() {
            let Some(found) = self.nodes.get(usize::from(at)) else {
                break;
            };
            if !found.name.is_empty() {
                names.push(&*found.name);
            }
            if found.parent == at {
                break;
            }
            at = found.parent;
        }
        names.reverse();
        let mut place = String::new();
        for name in names {
            if !place.is_empty() && !name.starts_with('[') {
                place.push('.');
            }
            place.push_str(name);
        }
        place
    }
}
