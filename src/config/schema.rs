//! The JSON Schema of the file, made from the table, for editors.

use serde_json::{Map, Value, json};

use super::keyword::{Form, Keyword, Need};

/// Makes the schema.
#[must_use]
pub fn schema() -> Value {
    let mut root = group("", "A configuration of Interlingua.");
    if let Some(root) = root.as_object_mut() {
        root.insert(
            "$schema".to_owned(),
            json!("https://json-schema.org/draft/2020-12/schema"),
        );
        root.insert("title".to_owned(), json!("interlingua.yaml"));
        root.insert("$defs".to_owned(), json!({ "secret": secret() }));
    }
    root
}

/// A map with the keys that stand below a path.
fn group(path: &str, doc: &str) -> Value {
    let mut properties = Map::new();
    let mut required = Vec::new();
    let mut others = json!(false);
    for keyword in Keyword::below(path) {
        if keyword.key() == "*" {
            others = one(keyword);
        } else {
            properties.insert(keyword.key().to_owned(), one(keyword));
            if keyword.need == Need::Required {
                required.push(keyword.key());
            }
        }
    }
    let mut map = json!({ "type": "object", "description": doc, "additionalProperties": others });
    if let Some(map) = map.as_object_mut() {
        if !properties.is_empty() {
            map.insert("properties".to_owned(), properties.into());
        }
        if !required.is_empty() {
            map.insert("required".to_owned(), json!(required));
        }
    }
    map
}

fn one(keyword: &Keyword) -> Value {
    let mut made = match keyword.form {
        Form::Map if keyword.need == Need::Required => {
            return named(keyword, group(keyword.path, keyword.doc));
        }
        Form::Map => return or_nothing(group(keyword.path, keyword.doc)),
        Form::List => or_nothing(
            json!({ "type": "array", "items": Keyword::below(keyword.path).next().map(one) }),
        ),

        Form::Address => {
            json!({ "type": "string", "pattern": ADDRESS })
        }
        Form::Duration => json!({ "type": "string", "pattern": "^[1-9][0-9]*(ms|s|m|h)$" }),
        Form::Size => {
            json!({ "type": ["string", "integer"], "pattern": "^[1-9][0-9]*(KiB|MiB|GiB)?$" })
        }
        Form::Count(least, most) => json!({ "type": "integer", "minimum": least, "maximum": most }),
        Form::Share => {
            json!({ "type": "string", "pattern": "^(([1-9][0-9]?|100)%|([1-9][0-9]{0,2}|1000)‰)$" })
        }
        Form::Word(words) => json!({ "enum": words }),
        Form::Flag => json!({ "type": "boolean" }),
        Form::Text => json!({ "type": "string" }),
        Form::Name => json!({ "type": "string", "pattern": NAME }),
        Form::Value => {
            json!({ "anyOf": [{ "type": ["string", "number", "boolean"] }, { "$ref": "#/$defs/secret" }] })
        }
        Form::Secret => json!({ "$ref": "#/$defs/secret" }),
        Form::KeyHash => json!({ "type": "string", "pattern": "^sha256:[0-9A-Fa-f]{64}$" }),
    };
    if let Some(map) = made.as_object_mut() {
        map.insert("description".to_owned(), json!(keyword.doc));
        if let Need::Default(text) = keyword.need {
            map.insert("default".to_owned(), default(keyword.form, text));
        }
    }
    made
}

/// A key with nothing behind it is an empty map or list.
fn or_nothing(mut group: Value) -> Value {
    if let Some(kind) = group.get_mut("type") {
        *kind = json!([kind.take(), "null"]);
    }
    group
}

/// Names of upstreams have a form; names in other maps are whatever mappings and headers say.
fn named(keyword: &Keyword, mut map: Value) -> Value {
    if keyword.path == "upstreams"
        && let Some(map) = map.as_object_mut()
    {
        map.insert("propertyNames".to_owned(), json!({ "pattern": NAME }));
        map.insert("minProperties".to_owned(), json!(1));
    }
    map
}

fn default(form: Form, text: &str) -> Value {
    match form {
        Form::Count(..) => text
            .parse::<u64>()
            .map_or(json!(text), |number| json!(number)),
        Form::Flag => json!(text == "true"),
        _ => json!(text),
    }
}

fn secret() -> Value {
    let text = json!({ "type": "string", "minLength": 1 });
    json!({
        "description": "A secret: it never stands in the file itself.",
        "type": "object",
        "properties": { "env": text, "file": text },
        "additionalProperties": false,
        "minProperties": 1,
        "maxProperties": 1
    })
}

/// An IPv4 address or an IPv6 address in brackets, and a port from 0 to 65535.
const ADDRESS: &str = concat!(
    r"^((25[0-5]|2[0-4]\d|1\d\d|[1-9]?\d)(\.(25[0-5]|2[0-4]\d|1\d\d|[1-9]?\d)){3}|\[[0-9A-Fa-f:.]+\])",
    r":(6553[0-5]|655[0-2]\d|65[0-4]\d\d|6[0-4]\d{3}|[1-5]\d{4}|[1-9]\d{0,3}|0)$",
);

const NAME: &str = "^[a-z]([a-z0-9-]{0,61}[a-z0-9])?$";
