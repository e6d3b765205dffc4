//! Answers that are objects of another kind than the one that was awaited, such as an error under the status of a success:
//! where no member must be there, nothing else tells them from an answer that says little.

use crate::codec::Limits;
use crate::codec::json::tape::{Kind, Tape, TapeNode};
use crate::mapping::ast::Kind as OperationKind;
use crate::mapping::plan::{Layout, NodeKind, Wire};

/// The most bytes that are made of a document of which nothing was read: defaults, and what the mapping assumes.
const SHORT: usize = 256;

/// Tells whether a document has no member that its schema knows, although that knows some. An empty object answers a
/// change of what is there, which may have nothing to say, and no other call.
pub(super) fn is(
    document: &[u8],
    layout: &Layout,
    (made, kind): (&[u8], OperationKind),
    limits: &Limits,
) -> bool {
    let root = layout.nodes.first();
    let root = root.filter(|root| layout.wire == Wire::Json && root.kind == NodeKind::Object);
    let Some(root) = root.filter(|_| made.len() <= SHORT) else {
        return false;
    };
    let edges = layout.edges_of(root);
    let is_known = |name: &str| {
        let mut edges = edges.iter();
        edges.any(|edge| edge.name.bytes() == name.as_bytes())
    };
    let asks = !matches!(kind, OperationKind::Update | OperationKind::Replace);
    let is_other = |found: TapeNode<'_>| {
        let mut members = found.members().peekable();
        (asks || members.peek().is_some()) && !members.any(|(name, _)| is_known(name))
    };
    let mut tape = Tape::default();
    let text = std::str::from_utf8(document).ok();
    let found = text.and_then(|text| tape.parse(text, limits).ok());
    let found = found.filter(|found| found.kind() == Kind::Object);
    !edges.is_empty() && found.is_some_and(is_other)
}
