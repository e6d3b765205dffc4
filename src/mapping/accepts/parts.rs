//! What the steps of an operation take of parts of its body.

use serde_json::{Value, json};

use super::walk::{at_most_one, tell};
use crate::mapping::compile::upstream::{Item, Place, PlaceStep};
use crate::model::shape::{Kind, ShapeId, Shapes};

/// The type of a part of a body.
pub(super) fn shape(shapes: &Shapes, body: ShapeId, part: &Place) -> Option<ShapeId> {
    part.steps.iter().try_fold(body, |within, step| {
        let Kind::Object(object) = &shapes.get(within).kind else {
            return None;
        };
        let mut members = object.members.iter();
        let member = members.find(|member| *member.name == *step.name)?;
        match (&shapes.get(member.shape).kind, &step.item) {
            (Kind::List(list), Some(_)) => Some(list.item),
            (_, Some(_)) => None,
            (_, None) => Some(member.shape),
        }
    })
}

/// True if a part is an item of a list: all of it is said, in an update too.
pub(super) fn is_item(part: &Place) -> bool {
    part.steps.last().is_some_and(|step| step.item.is_some())
}

/// The schema of a body of which no step takes all.
pub(super) fn nothing() -> Value {
    json!({ "type": "object", "additionalProperties": false })
}

/// Adds the schema of a part to that of the body around it.
pub(super) fn add(body: &mut Value, steps: &[PlaceStep], part: &Value) {
    let Some((step, below)) = steps.split_first() else {
        let said = body.take();
        *body = match said {
            Value::Null => part.clone(),
            said if said == *part => said,
            said => json!({ "anyOf": [said, part] }),
        };
        return;
    };
    let Value::Object(members) = body else { return };
    let properties = members.entry("properties").or_insert_with(|| json!({}));
    let Value::Object(properties) = properties else {
        return;
    };
    let member = properties.entry(&*step.name);
    match &step.item {
        Some(item) => {
            let mut whole = Value::Null;
            add(&mut whole, below, part);
            add(member.or_insert(Value::Null), &[], &list(whole, item));
        }
        None if below.is_empty() => add(member.or_insert(Value::Null), below, part),
        None => add(member.or_insert_with(nothing), below, part),
    }
}

/// A list that has the item and no other.
fn list(mut item: Value, which: &Item) -> Value {
    let Item::Where(tests) = which else {
        return json!({ "type": "array", "items": item });
    };
    let tests: Vec<(String, &str)> = tests
        .iter()
        .map(|(path, value)| (path.join("."), &**value))
        .collect();
    let tests: Vec<(&str, &str)> = tests
        .iter()
        .map(|(path, value)| (&**path, *value))
        .collect();
    tell(&mut item, &tests);
    json!({ "type": "array", "items": item, "allOf": [at_most_one(&tests)] })
}
