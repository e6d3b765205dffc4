//! What an operation of an upstream takes: the canonical JSON Schema of its body, narrowed by the view that the
//! upstream's request has, by code tables and converters, and by what the mapping carries.
//!
//! A document that the schema accepts is neither refused for its shape nor does it lose a value. Not everything that a
//! call may be refused for can be said in a schema: a converter's own rules and moves of a machine are told by the
//! call.

mod leaf;
mod needs;
mod place;
mod walk;

use serde_json::{Value, json};

use super::ast::Kind;
use super::atlas::Atlas;
use super::catalog::{Catalog, OperationIndex};
use super::compile::upstream::{Cond, Operation, Place, Route, Source, Upstream};
use super::plan::Layout;

use needs::Needs;
use walk::{Beside, Deriving};

/// The schema of the bodies that an operation takes; none if it is not offered or takes none.
#[must_use]
pub fn accepted(catalog: &Catalog, upstream: &Upstream, index: OperationIndex) -> Option<Value> {
    let body = catalog.at(index)?.body.as_deref()?;
    let shape = catalog.canonical.definition(body)?;
    let operation = upstream.operation(index)?;
    let mut schemas: Vec<Value> = Vec::new();
    for route in &operation.routes {
        let atlas = route
            .body
            .as_ref()
            .map(|body| (Atlas::new(&body.body.plan), body.enveloped.is_some()));
        let root = match &atlas {
            // The canonical document of such a plan holds the body beside inputs.
            Some((atlas, true)) => atlas.canonical.child(0, "body", false),
            Some((_, false)) => Some(0),
            None => None,
        };
        let is_enveloped = atlas.as_ref().is_some_and(|(_, enveloped)| *enveloped);
        let atlas = atlas.as_ref().map(|(atlas, _)| atlas);
        let needs = atlas.zip(root);
        let needs = needs.map(|(atlas, root)| Needs::of(atlas, root, is_enveloped));
        let deriving = Deriving {
            shapes: &catalog.canonical,
            atlas,
            prefix: if is_enveloped { "body." } else { "" },
            needs: needs.unwrap_or_default(),
            beside: beside(operation, route),
            is_patch: operation.kind == Kind::Update,
            puts: operation.puts(),
            clearable: route
                .body
                .as_ref()
                .map_or(&[], |body| body.clearable.as_slice()),
        };
        let schema = deriving.root(shape, root);
        if !schemas.contains(&schema) {
            schemas.push(schema);
        }
    }
    if schemas.len() > 1 {
        return Some(json!({ "anyOf": schemas }));
    }
    schemas.pop()
}

/// The places of the canonical body that stand elsewhere than in the native one.
fn beside(operation: &Operation, route: &Route) -> Beside {
    let mut beside = Beside::default();
    let mut carry = |place: &Place| beside.carried.push(path(place));
    route.carried.iter().for_each(&mut carry);
    let filled = operation.fills.iter();
    beside
        .carried
        .extend(filled.map(|(_, member)| vec![member.clone()]));
    if operation.kind == Kind::Search {
        let paging = operation.paging.as_ref();
        let limits = paging.is_some_and(|paging| paging.limit.is_some());
        beside.carried.extend(limits.then(|| vec!["limit".into()]));
        beside.carried.extend(paging.map(|_| vec!["cursor".into()]));
    }
    // A route without its path is not taken.
    for source in route.path.sources() {
        beside.needed.extend(in_body(source));
    }
    if let Some(when) = &route.when {
        for source in when.needs() {
            beside.needed.extend(in_body(source));
        }
        for source in Cond::excludes(when) {
            beside.excluded.extend(in_body(source));
        }
        for (source, value) in when.pins() {
            let place = in_body(source);
            beside
                .pinned
                .extend(place.map(|place| (place, value.into())));
        }
    }
    beside
}

/// The place of the body that a source is, if it is one and of no list.
fn in_body(source: &Source) -> Option<Vec<Box<str>>> {
    match source {
        Source::Body(place) if place.steps.iter().all(|step| step.item.is_none()) => {
            Some(path(place))
        }
        _ => None,
    }
}

fn path(place: &Place) -> Vec<Box<str>> {
    place.steps.iter().map(|step| step.name.clone()).collect()
}

/// The members of a layout's node, each once.
fn children(layout: &Layout, node: u16) -> Vec<(u16, u8)> {
    let wide = |index: u32| usize::try_from(index).unwrap_or(usize::MAX);
    let found = layout.nodes.get(usize::from(node));
    let edges = found.and_then(|node| layout.edges.get(wide(node.edges.0)..wide(node.edges.1)));
    let mut children: Vec<(u16, u8)> = Vec::new();
    for edge in edges.unwrap_or_default() {
        if !children.iter().any(|(node, _)| *node == edge.node) {
            children.push((edge.node, edge.bit));
        }
    }
    children
}
