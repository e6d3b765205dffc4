//! What is known of the model: its types, its operations, and the places of each type.
//!
//! A place is completed as it stands in the list of members, a keyed list with one entry for each value of its key, and
//! marked where no such place exists. Rules below a rule are told by the type that they are below.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use serde_json::{Map, Value, json};

use crate::mapping::ast::CALLBACKS;
use crate::mapping::catalog::Catalog;
use crate::mapping::keywords::FileKind;
use crate::model::shape::{Kind, List, Object, ShapeId, Shapes};

/// Objects within objects are followed this deep; deeper ones are places below a rule of their own.
const DEEPEST: u8 = 5;

/// Keys whose value names an operation, by the definition that they stand in; none for the file itself.
const OPERATIONS: [(FileKind, Option<&str>, &str); 6] = [
    (FileKind::Upstream, Some("operation"), "base"),
    (FileKind::Upstream, Some("answer"), "then"),
    (FileKind::Upstream, Some("route"), "same-call-as"),
    (FileKind::Upstream, Some("call"), "means"),
    (FileKind::Upstream, Some("recover"), "with"),
    (FileKind::Case, None, "case"),
];

/// Adds what a catalog knows to the schema of a kind of file.
pub(super) fn narrow(schema: &mut Value, kind: FileKind, catalog: &Catalog) {
    let operations: Vec<&str> = catalog.operations.iter().map(|one| &*one.id).collect();
    for (_, definition, key) in OPERATIONS.iter().filter(|(of, ..)| *of == kind) {
        let at = definition.map_or_else(
            || format!("/properties/{key}"),
            |definition| format!("/definitions/{definition}/properties/{key}"),
        );
        let mut named = operations.clone();
        named.extend((kind == FileKind::Case).then_some(CALLBACKS));
        words(schema.pointer_mut(&at), &named);
    }
    match kind {
        FileKind::Upstream => names(schema.pointer_mut("/properties/operations"), &operations),
        FileKind::Sandbox => names(schema.pointer_mut("/properties/effects"), &operations),
        FileKind::Mapping => places(schema, &catalog.canonical),
        FileKind::Tables | FileKind::Case | FileKind::Operations => {}
    }
}

/// Restricts a value to some words.
fn words(form: Option<&mut Value>, words: &[&str]) {
    if let Some(members) = form.and_then(Value::as_object_mut) {
        members.insert("enum".into(), json!(words));
    }
}

/// Restricts the keys of a map to some words, each of which is completed.
fn names(form: Option<&mut Value>, names: &[&str]) {
    let Some(members) = form.and_then(Value::as_object_mut) else {
        return;
    };
    let of = members.get("additionalProperties").cloned();
    let of = of.unwrap_or(Value::Bool(true));
    let properties: Map<_, _> = names
        .iter()
        .map(|name| ((*name).to_owned(), of.clone()))
        .collect();
    members.insert("properties".into(), Value::Object(properties));
    members.insert("additionalProperties".into(), Value::Bool(false));
}

/// Restricts the type of a mapping, and by it the places of its rules.
fn places(schema: &mut Value, shapes: &Shapes) {
    let mut types: Vec<(&str, ShapeId)> = shapes
        .definitions()
        .filter(|(_, id)| shapes.get(*id).object().is_some())
        .collect();
    types.sort_unstable();
    let known: Vec<&str> = types.iter().map(|(name, _)| *name).collect();
    words(schema.pointer_mut("/properties/canonical"), &known);
    let mut cases = Vec::new();
    let mut built = Map::new();
    for (name, id) in &types {
        let rules = json!({ "$ref": format!("#/definitions/rules-of-{name}") });
        cases.push(json!({
            "if": { "properties": { "canonical": { "const": name } }, "required": ["canonical"] },
            "then": { "properties": {
                "fields": rules,
                "variants": { "items": { "properties": { "fields": rules } } },
                "assume": { "propertyNames": { "pattern": keys(shapes, *id, true) } },
            } },
        }));
        built.insert(format!("rules-of-{name}"), rules_of(shapes, *id));
        built.insert(
            format!("rule-of-{name}"),
            json!({ "properties": { "fields": rules } }),
        );
    }
    if let Some(Value::Object(definitions)) = schema.get_mut("definitions") {
        definitions.extend(built);
    }
    if let Some(members) = schema.as_object_mut() {
        members.insert("allOf".into(), Value::Array(cases));
    }
}

/// The rules of a type: its places are completed, others are marked.
fn rules_of(shapes: &Shapes, id: ShapeId) -> Value {
    let mut found = Vec::new();
    if let Some(object) = shapes.get(id).object() {
        collect(shapes, object, "", DEEPEST, &mut found);
    }
    let mut seen = BTreeSet::new();
    let mut properties = Map::new();
    for (place, of) in found {
        if seen.insert(place.clone()) {
            let below = of.map_or_else(
                || json!({}),
                |name| json!({ "$ref": format!("#/definitions/rule-of-{name}") }),
            );
            properties.insert(place, below);
        }
    }
    json!({ "propertyNames": { "pattern": keys(shapes, id, false) }, "properties": properties })
}

/// The places of an object in the order of the schema, with the type that rules below one are of.
fn collect(
    shapes: &Shapes,
    object: &Object,
    prefix: &str,
    depth: u8,
    found: &mut Vec<(String, Option<String>)>,
) {
    let Some(depth) = depth.checked_sub(1) else {
        return;
    };
    for member in &object.members {
        let place = format!("{prefix}{}", member.name);
        let (of, keyed) = match &shapes.get(member.shape).kind {
            Kind::List(list) => (list.item, Some(list)),
            _ => (member.shape, None),
        };
        found.push((place.clone(), type_of(shapes, of)));
        let below = shapes.get(of).object();
        match (keyed, below) {
            (Some(list), Some(below)) => {
                for value in key_values(shapes, list) {
                    let place = format!("{place}[{}={value}]", list.key.as_deref().unwrap_or(""));
                    found.push((place.clone(), type_of(shapes, of)));
                    collect(shapes, below, &format!("{place}."), depth, found);
                }
            }
            (None, Some(below)) => collect(shapes, below, &format!("{place}."), depth, found),
            (_, None) => {}
        }
    }
}

/// The name of the type that a shape is; where it narrows one, it is that of the same members.
fn type_of(shapes: &Shapes, id: ShapeId) -> Option<String> {
    let object = shapes.get(id).object()?;
    let names = |object: &Object| -> Vec<Box<str>> {
        let members = object.members.iter();
        members.map(|member| member.name.clone()).collect()
    };
    let same = |other: ShapeId| {
        let other = shapes.get(other).object();
        other.is_some_and(|other| names(other) == names(object))
    };
    let named = shapes.definitions().find(|(_, other)| same(*other))?;
    Some(named.0.to_owned())
}

/// The values that the key of a list may have.
fn key_values<'s>(shapes: &'s Shapes, list: &List) -> &'s [Box<str>] {
    let key = list.key.as_deref().unwrap_or_default();
    let member = shapes
        .get(list.item)
        .object()
        .and_then(|item| item.member(key));
    let scalar = member.and_then(|(_, member)| shapes.get(member.shape).scalar());
    scalar.map_or(&[], |scalar| &scalar.values)
}

/// A pattern of the keys of rules. Places outside the document stand in each; of several joined by `+` only the first
/// names are looked at, since a pattern of all would be more than editors take.
fn keys(shapes: &Shapes, id: ShapeId, every: bool) -> String {
    let mut place = String::new();
    let mut first = Vec::new();
    if let Some(object) = shapes.get(id).object() {
        pattern(shapes, object, DEEPEST, every, &mut place);
        first = object
            .members
            .iter()
            .map(|member| escaped(&member.name))
            .collect();
    }
    // Printable ASCII but `+`.
    let rest = "[!-*,-~]*";
    let around = format!(r"(?:context|settings|current)\.{rest}");
    let one = format!(r"(?:(?:{})(?:[.\[]{rest})?|{around})", first.join("|"));
    format!(r"^(?:\.|{around}|{place}|{one}(?: *\+ *{one})+)$")
}

fn pattern(shapes: &Shapes, object: &Object, depth: u8, every: bool, out: &mut String) {
    out.push_str("(?:");
    for (index, member) in object.members.iter().enumerate() {
        if index > 0 {
            out.push('|');
        }
        out.push_str(&escaped(&member.name));
        let (of, keyed) = match &shapes.get(member.shape).kind {
            Kind::List(list) => (list.item, Some(list)),
            _ => (member.shape, None),
        };
        // A list without a key takes `each`, or has the number of an item behind it.
        if keyed.is_some_and(|list| list.key.is_none()) && !every {
            out.push_str(r"(?:\[[0-9]+\](?:\.[!-*,-~]+)?)?");
            continue;
        }
        let Some(below) = shapes.get(of).object() else {
            if keyed.is_some() && every {
                out.push_str(r"(?:\[\])?");
            }
            continue;
        };
        if keyed.is_none() && below.members.is_empty() {
            continue;
        }
        out.push_str("(?:");
        if let Some(list) = keyed {
            out.push_str(&selector(shapes, list, every));
        }
        match depth.checked_sub(1) {
            Some(depth) if !below.members.is_empty() => {
                out.push_str(r"(?:\.");
                pattern(shapes, below, depth, every, out);
                out.push_str(")?");
            }
            Some(_) => {}
            None => out.push_str(r"(?:\.[!-~]*)?"),
        }
        out.push_str(")?");
    }
    out.push(')');
}

/// What may stand in the brackets behind a list.
fn selector(shapes: &Shapes, list: &List, every: bool) -> String {
    let mut out = String::from(r"\[(?:");
    let key = list.key.as_deref();
    if let Some(key) = key {
        let values: Vec<String> = key_values(shapes, list)
            .iter()
            .map(|value| escaped(value))
            .collect();
        let values = if values.is_empty() {
            "[A-Za-z0-9_-]+".to_owned()
        } else {
            values.join("|")
        };
        let _ = write!(out, "{}=(?:{values})", escaped(key));
    }
    if key.is_some() && every {
        out.push('|');
    }
    out.push_str(r")\]");
    out
}

fn escaped(text: &str) -> String {
    let special = |character: char| r"\^$.|?*+()[]{}/".contains(character);
    text.chars().fold(String::new(), |mut out, character| {
        if special(character) {
            out.push('\\');
        }
        out.push(character);
        out
    })
}
