//! What an upstream can do, as `/v1/upstreams/{name}` tells it: made once, of the mapping that serves it.

use serde_json::{Map, Value, json};

use crate::config::Limits;
use crate::mapping::accepts;
use crate::mapping::ast::Kind;
use crate::mapping::catalog::{CanonicalOperation, Catalog, OperationIndex};
use crate::mapping::compile::upstream::Upstream;
use crate::mapping::coverage::Matrix;

/// Tells what a configured upstream can do. `places` are those of all mappings, as
/// [`crate::mapping::coverage::places`] finds them.
#[must_use]
pub fn of(catalog: &Catalog, upstream: &Upstream, places: &Matrix, limits: &Limits) -> Value {
    let set = catalog.mappings.get(&*upstream.mapping);
    let offered = upstream.offered().filter_map(|index| {
        let operation = catalog.at(index)?;
        Some(offered(catalog, upstream, index, operation))
    });
    json!({
        "name": upstream.name,
        "title": upstream.title,
        "mapping": upstream.mapping,
        "version": set.map_or("", |set| &set.version),
        "operations": offered.collect::<Vec<_>>(),
        "places": carried(places, &upstream.mapping),
        "limits": { "requestBytes": limits.body, "answerBytes": limits.answer },
    })
}

/// The part of it that a list of upstreams shows.
pub(super) fn summary(capabilities: &Value) -> Value {
    let mut summary = Map::new();
    for name in ["name", "title", "mapping", "version"] {
        let value = capabilities.get(name).cloned();
        summary.insert(name.to_owned(), value.unwrap_or_else(|| "".into()));
    }
    let operations = capabilities.get("operations").and_then(Value::as_array);
    let ids = operations
        .into_iter()
        .flatten()
        .filter_map(|operation| operation.get("id").cloned());
    summary.insert("operations".to_owned(), ids.collect());
    Value::Object(summary)
}

fn offered(
    catalog: &Catalog,
    upstream: &Upstream,
    index: OperationIndex,
    operation: &CanonicalOperation,
) -> Value {
    let mut told = Map::new();
    let mut tell = |name: &str, value: Value| told.insert(name.to_owned(), value);
    tell("id", (&*operation.id).into());
    tell("method", operation.method.as_str().into());
    tell("path", ["/v1", &operation.path].concat().into());
    if let Some(checked) = if_match(catalog, upstream, index, operation) {
        tell("ifMatch", checked.into());
    }
    if matches!(operation.kind, Kind::List | Kind::Search) {
        let pages = upstream.pages(index);
        tell("limit", pages.is_some_and(|pages| pages.limit).into());
        tell("cursor", pages.is_some().into());
        if let Some(default) = pages.and_then(|pages| pages.default) {
            tell("defaultLimit", default.into());
        }
    }
    if !operation.reads() {
        let known = upstream.recover(index).is_some() || upstream.knows_repetitions();
        tell("recoverable", known.into());
    }
    tell("inputs", upstream.carried_inputs(index).into());
    if let Some(schema) = accepts::accepted(catalog, upstream, index) {
        tell("accepts", schema);
    }
    Value::Object(told)
}

/// Who checks `If-Match` of a change: as [`super::serve`] goes about it.
fn if_match(
    catalog: &Catalog,
    upstream: &Upstream,
    index: OperationIndex,
    operation: &CanonicalOperation,
) -> Option<&'static str> {
    if operation.reads() {
        return None;
    }
    let mut same = catalog.operations.iter();
    let reader = same.find(|other| other.kind == Kind::Get && other.path == operation.path);
    let reader = reader
        .and_then(|reader| catalog.operation(&reader.id))
        .map(|(reader, _)| reader)
        .filter(|reader| upstream.offers(*reader));
    let reader = reader.or(upstream.base(index))?;
    let is_upstreams = upstream.tells_versions(reader) && upstream.always_sends_condition(index);
    Some(if is_upstreams { "exact" } else { "by-base" })
}

/// The places of the types that operations take and answer, and which messages carry each.
fn carried(places: &Matrix, mapping: &str) -> Vec<Value> {
    let column = places.upstreams.iter().position(|name| name == mapping);
    let rows = places.rows.iter();
    rows.filter_map(|(place, cells)| {
        let cell = cells.get(column?)?;
        Some(json!({
            "place": place,
            "request": cell.starts_with("in"),
            "response": cell.ends_with("out"),
        }))
    })
    .collect()
}
