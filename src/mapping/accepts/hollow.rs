//! What holds no value: an object or a list with nothing in it says nothing, so that nothing is lost where no rule
//! carries it.

use serde_json::{Map, Value, json};

use super::leaf;
use crate::model::shape::{Kind, ShapeId, Shapes};

/// Deepest nesting of what holds nothing.
const DEEPEST: usize = 4;

/// The schema of a value of a type that holds nothing: no text, no number. None for a single value, or where the type
/// itself asks for one. Of a merge patch it asks for none, and a null there clears what the upstream never had.
pub(super) fn hollow(shapes: &Shapes, shape: ShapeId, is_patch: bool) -> Option<Value> {
    below(shapes, shape, is_patch, 0)
}

/// The same of a value without members or items.
pub(super) fn empty(shapes: &Shapes, shape: ShapeId) -> Option<Value> {
    match &shapes.get(shape).kind {
        Kind::Object(_) => Some(json!({ "type": "object", "maxProperties": 0 })),
        Kind::List(list) if list.min_items.is_none_or(|least| least == 0) => {
            Some(json!({ "type": "array", "maxItems": 0 }))
        }
        Kind::List(_) | Kind::Scalar(_) | Kind::Any => None,
    }
}

fn below(shapes: &Shapes, shape: ShapeId, is_patch: bool, depth: usize) -> Option<Value> {
    let found = said(shapes, shape, is_patch, depth);
    if is_patch {
        return Some(found.map_or_else(|| json!({ "type": "null" }), leaf::nullable));
    }
    found
}

fn said(shapes: &Shapes, shape: ShapeId, is_patch: bool, depth: usize) -> Option<Value> {
    match &shapes.get(shape).kind {
        Kind::Object(object) => {
            let mut members = object.members.iter();
            let asks = members.any(|member| member.required) || !object.any_of.is_empty();
            if asks && !is_patch {
                return None;
            }
            let mut properties = Map::new();
            for member in &object.members {
                let is_said = !member.read_only && !member.forbidden && depth < DEEPEST;
                let deeper = depth.saturating_add(1);
                let found = is_said.then(|| below(shapes, member.shape, is_patch, deeper));
                if let Some(found) = found.flatten() {
                    properties.insert(member.name.to_string(), found);
                }
            }
            if properties.is_empty() {
                return empty(shapes, shape);
            }
            Some(json!({
                "type": "object", "properties": properties, "additionalProperties": false
            }))
        }
        Kind::List(list) => {
            // An item says all that it is, in an update too.
            let item = (depth < DEEPEST).then(|| {
                let deeper = depth.saturating_add(1);
                below(shapes, list.item, false, deeper)
            });
            match item.flatten() {
                Some(item) if list.min_items.is_none_or(|least| least == 0) => {
                    Some(json!({ "type": "array", "items": item }))
                }
                _ => empty(shapes, shape),
            }
        }
        Kind::Scalar(_) | Kind::Any => None,
    }
}
