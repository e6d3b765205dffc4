//! The schema of an open object, narrowed by what its names and values are written as.

use serde_json::{Map, Value, json};

use super::leaf;
use crate::mapping::plan::{Check, Entries, Plan};
use crate::model::shape::Form;

/// Narrows the schema of an open object by the checks of its entries: names by `propertyNames`.
pub(super) fn narrow(schema: &mut Value, plan: &Plan, entries: &Entries) {
    let Value::Object(members) = schema else {
        return;
    };
    let check = |index: u16| plan.checks.get(usize::from(index));
    let mut names = check(entries.checks.0).map(said).unwrap_or_default();
    let claimed = entries.claimed.iter().filter(|(_, no_case)| !no_case);
    let claimed = claimed.map(|(name, _)| String::from_utf8_lossy(plan.lit(*name)).into());
    let claimed: Vec<Value> = claimed.collect();
    if !claimed.is_empty() {
        names.insert("not".to_owned(), json!({ "enum": claimed }));
    }
    if !names.is_empty() {
        members.insert("propertyNames".to_owned(), names.into());
    }
    let values = check(entries.checks.1).map(said).unwrap_or_default();
    if let Some(Value::Object(of_model)) = members.get_mut("additionalProperties") {
        for (word, value) in values {
            narrow_word(of_model, &word, value);
        }
    }
}

/// Takes the narrower of two lengths; of what else the model says too, both count.
fn narrow_word(of_model: &mut Map<String, Value>, word: &str, value: Value) {
    let known = of_model.get(word).and_then(Value::as_u64);
    let narrower = match (word, known, value.as_u64()) {
        ("minLength", Some(known), Some(new)) => Some(known.max(new)),
        ("maxLength", Some(known), Some(new)) => Some(known.min(new)),
        _ => None,
    };
    match narrower {
        Some(narrower) => {
            of_model.insert(word.to_owned(), narrower.into());
        }
        None if of_model.contains_key(word) => {
            let both = of_model.entry("allOf").or_insert_with(|| json!([]));
            if let Value::Array(both) = both {
                both.push(json!({ word: value }));
            }
        }
        None => {
            of_model.insert(word.to_owned(), value);
        }
    }
}

/// What a check says of a text.
fn said(check: &Check) -> Map<String, Value> {
    let mut said = Map::new();
    if check.form != Form::Text {
        return said;
    }
    let (least, most) = check.length;
    if least > 0 {
        said.insert("minLength".to_owned(), least.into());
    }
    if most < u32::MAX {
        said.insert("maxLength".to_owned(), most.into());
    }
    let stated = check.stated.as_deref();
    if let Some(pattern) = stated.filter(|pattern| leaf::is_portable(pattern)) {
        said.insert("pattern".to_owned(), pattern.into());
    }
    if !check.values.is_empty() {
        let values = check.values.iter();
        let values = values.map(|name| String::from_utf8_lossy(name.bytes()).into());
        let values: Vec<Value> = values.collect();
        said.insert("enum".to_owned(), values.into());
    }
    said
}
