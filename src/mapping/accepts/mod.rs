//! What an operation of an upstream takes: the canonical JSON Schema of its body, narrowed by the view that the
//! upstream's request has, by code tables and converters, and by what the mapping carries.
//!
//! A document that the schema accepts is neither refused for its shape nor does it lose a value. Not everything that a
//! call may be refused for can be said in a schema: a converter's own rules and moves of a machine are told by the
//! call.

mod entry;
mod hollow;
mod leaf;
mod needs;
mod parts;
pub(crate) mod place;
mod said;
mod walk;

use serde_json::{Value, json};

use super::ast::Kind;
use super::atlas::Atlas;
use super::catalog::{Catalog, OperationIndex};
use super::compile::upstream::{Cond, Fill, Operation, Place, Route, Source, Upstream};
use super::plan::Layout;
use crate::model::shape::ShapeId;

pub(crate) use leaf::is_written;

use needs::Needs;
use said::{Over, Said};
use walk::{Beside, Converted, Deriving};

/// The members of the criteria of a search that say which page is wanted.
pub(crate) const PAGE: [&str; 2] = ["limit", "cursor"];

/// The schema of the bodies that an operation takes; none if it is not offered or takes none.
#[must_use]
pub fn accepted(catalog: &Catalog, upstream: &Upstream, index: OperationIndex) -> Option<Value> {
    let body = catalog.at(index)?.body.as_deref()?;
    let shape = catalog.canonical.definition(body)?;
    let operation = upstream.operation(index)?;
    let mut schemas: Vec<Value> = Vec::new();
    let of_part = |index: &usize| {
        let step = operation
            .steps
            .iter()
            .find(|step| step.routes.contains(index));
        step.and_then(|step| step.of.as_ref())
    };
    // What the operator keeps out of URLs is passed over.
    let numbered = || {
        let routes = operation.routes.iter().enumerate();
        routes.filter(|(_, route)| !route.is_off)
    };
    let over = Over {
        shapes: &catalog.canonical,
        body: shape,
    };
    for (index, route) in numbered().filter(|(index, _)| of_part(index).is_none()) {
        let taken = over.taken(operation, index);
        if taken == Said::Never {
            continue;
        }
        let is_patch = operation.kind == Kind::Update;
        let mut schema = of_route(catalog, operation, route, shape, is_patch);
        taken.narrow(&mut schema);
        if operation.kind == Kind::Search {
            ask_for_one(&mut schema);
        }
        if !schemas.contains(&schema) {
            schemas.push(schema);
        }
    }
    if schemas.is_empty() && !operation.routes.is_empty() {
        schemas.push(parts::nothing());
    }
    for (index, route) in numbered() {
        let Some(part) = of_part(&index) else {
            continue;
        };
        if over.taken(operation, index) == Said::Never {
            continue;
        }
        let Some(shape) = parts::shape(&catalog.canonical, shape, part) else {
            continue;
        };
        let is_patch = operation.kind == Kind::Update && !parts::is_item(part);
        let schema = of_route(catalog, operation, route, shape, is_patch);
        for body in &mut schemas {
            parts::add(body, &part.steps, &schema);
        }
    }
    if operation.kind == Kind::Update && !operation.puts() {
        take_nothing(&mut schemas);
    }
    if schemas.len() > 1 {
        return Some(json!({ "anyOf": schemas }));
    }
    schemas.pop()
}

/// What asks for no change is answered with what is there.
fn take_nothing(schemas: &mut Vec<Value>) {
    if !schemas.is_empty() && schemas.iter().all(asks_for_something) {
        schemas.push(parts::nothing());
    }
}

/// Tells whether an empty document may not be what a schema takes.
fn asks_for_something(schema: &Value) -> bool {
    let has = |name: &str| schema.get(name).and_then(Value::as_array);
    ["required", "allOf", "anyOf"]
        .into_iter()
        .any(|name| has(name).is_some_and(|said| !said.is_empty()))
}

/// The schema of what one route takes.
fn of_route(
    catalog: &Catalog,
    operation: &Operation,
    route: &Route,
    shape: ShapeId,
    is_patch: bool,
) -> Value {
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
        is_patch,
        puts: operation.puts(),
        clearable: route
            .body
            .as_ref()
            .map_or(&[], |body| body.clearable.as_slice()),
    };
    deriving.root(shape, root)
}

/// Says that a search has a criterion, where it may have some and needs none of them.
fn ask_for_one(schema: &mut Value) {
    let Some(members) = schema.as_object_mut() else {
        return;
    };
    let needs_one = members.get("required").and_then(Value::as_array);
    if needs_one.is_some_and(|required| !required.is_empty()) || members.contains_key("anyOf") {
        return;
    }
    let criteria = members.get("properties").and_then(Value::as_object);
    let criteria = criteria.into_iter().flatten();
    let criteria = criteria.filter(|(name, schema)| !PAGE.contains(&&***name) && *schema != false);
    let one: Vec<Value> = criteria
        .map(|(name, _)| json!({ "required": [name] }))
        .collect();
    if !one.is_empty() {
        members.insert("anyOf".to_owned(), one.into());
    }
}

/// The places of the canonical body that stand elsewhere than in the native one.
fn beside<'r>(operation: &'r Operation, route: &'r Route) -> Beside<'r> {
    let mut beside = Beside::default();
    let mut carry = |place: &Place| beside.carried.push(path(place));
    route.carried.iter().for_each(&mut carry);
    let filled = operation.fills.iter();
    beside
        .carried
        .extend(filled.map(|fill| vec![fill.member.clone()]));
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
    for param in route.params.iter().chain(&route.headers) {
        let Some(chain) = &param.chain else { continue };
        for (column, source) in param.sources.iter().enumerate() {
            let converted = Converted {
                chain,
                column,
                alone: param.sources.len() == 1,
            };
            let place = in_body(source).into_iter();
            beside
                .converted
                .extend(place.map(|place| (place, converted)));
        }
    }
    for Fill { input, member, .. } in &operation.fills {
        let among = inputs_taken(operation, input);
        beside
            .among
            .extend(among.map(|among| (vec![member.clone()], among)));
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

/// The values of an input for which there is a route; none if one route takes any.
fn inputs_taken(operation: &Operation, input: &str) -> Option<Vec<Box<str>>> {
    let mut taken = Vec::new();
    let served = operation.routes.iter().filter(|route| !route.is_off);
    for route in served {
        let when = route.when.as_ref()?;
        let values = when.among(|source| matches!(source, Source::Input(name) if **name == *input));
        taken.extend(values?.iter().cloned());
    }
    Some(taken)
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
