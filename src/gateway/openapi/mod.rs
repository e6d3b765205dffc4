//! The canonical API as an OpenAPI 3.1 document, made of the canonical schemas, the list of operations and the table
//! of problems: what serves and what is published cannot come apart.

mod answers;
mod components;
mod headers;
mod operations;
mod outcomes;
mod own;
mod security;
mod webhooks;

use serde_json::{Map, Value, json};

use super::judge::JudgeFault;
use crate::mapping::catalog::CanonicalOperation;

use components::Components;

pub use security::{Schemes, secure};

/// Media type of the document (of RFC 6839 and the registration of OpenAPI's authors).
pub(super) const MEDIA_TYPE: &str = "application/openapi+json;version=3.1";

const ABOUT: &str = "One customer and billing-account API in front of many upstreams. Ids begin with the upstream's \
name (`upstream:local` or `upstream:ref:value`) and route themselves; a call without an id names its upstream in \
`Interlingua-Upstream`, or leaves it to the gateway's routing rules. What an upstream offers, carries and accepts \
stands at `/v1/upstreams/{name}`. What it cannot carry is told as a warning, or refused under \
`Prefer: handling=strict`. Every failure is a problem of RFC 9457 with a stable code.";

/// Makes the document. `files` are name and text of every canonical schema.
///
/// # Errors
/// A file that is no schema, or a type that no schema has.
pub fn document(
    operations: &[CanonicalOperation],
    files: &[(String, String)],
) -> Result<Value, JudgeFault> {
    let mut components = Components::new(files)?;
    let mut paths = Map::new();
    for operation in operations {
        let described = operations::describe(operation, &mut components)?;
        put(
            &mut paths,
            &["/v1", &operation.path].concat(),
            operation.method.as_str(),
            described,
        );
    }
    let own = own::operations(&mut components);
    let outcomes = outcomes::operations(&mut components);
    for (path, method, described) in own.into_iter().chain(outcomes) {
        put(&mut paths, path, method, described);
    }
    let webhooks = webhooks::describe(&mut components)?;
    let mut tags = tags(&paths);
    tags.push(json!({ "name": webhooks::TAG }));
    Ok(json!({
        "openapi": "3.1.0",
        "jsonSchemaDialect": "https://spec.openapis.org/oas/3.1/dialect/base",
        "info": {
            "title": "Interlingua",
            "version": env!("CARGO_PKG_VERSION"),
            "summary": "One customer and billing-account API; every upstream's dialect behind it.",
            "description": ABOUT,
            "license": { "name": "Apache-2.0", "identifier": "Apache-2.0" }
        },
        "servers": [{ "url": "/", "description": "This gateway" }],
        "tags": tags,
        "paths": paths,
        "webhooks": webhooks,
        "components": components.finish()?,
    }))
}

/// Adds an operation to its path.
fn put(paths: &mut Map<String, Value>, path: &str, method: &str, operation: Value) {
    let item = paths
        .entry(path)
        .or_insert_with(|| Value::Object(Map::new()));
    if let Value::Object(item) = item {
        item.insert(method.to_ascii_lowercase(), operation);
    }
}

/// A reference to a component.
fn component(kind: &str, name: &str) -> Value {
    json!({ "$ref": format!("#/components/{kind}/{name}") })
}

/// What groups the operations of a path: its first word.
fn tag(path: &str) -> String {
    let word = path.split('/').find(|word| !word.is_empty());
    let mut tag = word.unwrap_or_default().replace('-', " ");
    if let Some(first) = tag.get_mut(..1) {
        first.make_ascii_uppercase();
    }
    tag
}

/// The groups, in the order in which operations name them.
fn tags(paths: &Map<String, Value>) -> Vec<Value> {
    let operations = paths.values().filter_map(Value::as_object);
    let named = operations
        .flat_map(Map::values)
        .filter_map(|operation| operation.get("tags")?.get(0)?.as_str());
    let mut found: Vec<&str> = Vec::new();
    for name in named {
        if !found.contains(&name) {
            found.push(name);
        }
    }
    found.iter().map(|name| json!({ "name": name })).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_group_is_the_first_word_of_a_path() {
        assert_eq!(tag("/billing-accounts/{id}/quotes"), "Billing accounts");
        assert_eq!(tag("/things"), "Things");
        assert_eq!(tag(""), "");
    }
}
