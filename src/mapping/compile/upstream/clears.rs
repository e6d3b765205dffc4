//! Places that an update clears by leaving them out.

use super::body::Body;
use crate::mapping::compile::Compiler;
use crate::mapping::syntax::Path;
use crate::model::shape::{Member, ShapeId, Shapes};

/// What an operation says of absent members.
#[derive(Debug, Clone, Copy)]
pub(super) struct Clears<'c> {
    /// An absent member is cleared.
    pub(super) clears: bool,
    /// Items of lists are merged.
    pub(super) merges: bool,
    /// A list goes out whole in an update that keeps what it leaves out.
    pub(super) replaces: bool,
    /// But for these native places.
    pub(super) keeps: &'c [Path],
}

// === impl Clears ===

impl Clears<'_> {
    /// The canonical places, by members from the root, that the absence of a native member clears: neither kept, nor
    /// forbidden by the view, nor answers-only. Of a list it is the whole list.
    pub(super) fn places(
        &self,
        body: &Body,
        canonical: ShapeId,
        compiler: &Compiler<'_>,
    ) -> Vec<Vec<Box<str>>> {
        let mut places: Vec<Vec<Box<str>>> = Vec::new();
        if !self.clears {
            return places;
        }
        for rule in &body.plan.rules {
            let kept = self
                .keeps
                .iter()
                .any(|path| path.to_string() == *rule.native);
            let silent = |member: &Member| member.read_only || member.forbidden;
            let unsaid = rule.native.split(" + ").any(|place| {
                members(compiler.native, body.native, place)
                    .is_none_or(|found| found.iter().any(|member| silent(member)))
            });
            let Some(first) = rule.canonical.split(" + ").next() else {
                continue;
            };
            let Some(found) = members(compiler.canonical, canonical, first) else {
                continue;
            };
            if kept || unsaid || found.is_empty() || found.iter().any(|member| member.read_only) {
                continue;
            }
            let place: Vec<Box<str>> = found.iter().map(|member| member.name.clone()).collect();
            if !places.contains(&place) {
                places.push(place);
            }
        }
        places
    }
}

/// The members on the way to a place, up to the first list that items are selected of.
fn members<'s>(shapes: &'s Shapes, root: ShapeId, place: &str) -> Option<Vec<&'s Member>> {
    let mut found = Vec::new();
    let mut at = root;
    if place == "." {
        return Some(found);
    }
    for step in place.split('.') {
        let name = step.split('[').next().unwrap_or(step);
        let (_, member) = shapes.get(at).object()?.member(name)?;
        found.push(member);
        if step.contains('[') {
            break;
        }
        at = member.shape;
    }
    Some(found)
}
