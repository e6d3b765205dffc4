//! The schema of native schemas: JSON Schema as far as shapes are made of it, with the annotations of the format.

use serde_json::{Map, Value, json};

use crate::mapping::schema::keyword::{ALIAS, Form, KEYWORDS, Keyword, On, TYPES, XML};

/// Gives the name of the schema's file, as the first line of a native schema refers to it.
pub const NATIVE_FILE_NAME: &str = "native-document.schema.json";

/// Gives the schema of an upstream's `schemas/native/<name>.schema.yaml`.
#[must_use]
pub fn native() -> Value {
    let of = |root: bool| {
        // Conditions are of the model only.
        let stands = move |keyword: &&Keyword| {
            (root || keyword.on != On::Root) && !matches!(keyword.form, Form::If | Form::Then)
        };
        let members = KEYWORDS.iter().filter(stands);
        let properties: Map<String, Value> = members
            .map(|keyword| (keyword.name.to_owned(), form_of(keyword.form)))
            .collect();
        json!({ "type": "object", "properties": properties, "additionalProperties": false })
    };
    let mut root = of(true);
    if let Some(members) = root.as_object_mut() {
        members.insert(
            "$schema".into(),
            json!("http://json-schema.org/draft-07/schema#"),
        );
        members.insert(
            "title".into(),
            json!("Interlingua: the documents of an upstream"),
        );
        members.insert("required".into(), json!(["$defs"]));
        members.insert("definitions".into(), json!({ "schema": of(false) }));
    }
    root
}

fn form_of(form: Form) -> Value {
    let schema = || json!({ "$ref": "#/definitions/schema" });
    let value = || json!({ "type": ["string", "number", "boolean"] });
    let names = || json!({ "type": "array", "items": { "type": ["string", "number"] } });
    match form {
        Form::Note => json!({}),
        Form::Text | Form::Pattern => value(),
        Form::Format => json!({ "type": "string" }),
        Form::Flag => json!({ "enum": [true, false, "true", "false"] }),
        Form::True => json!({ "enum": [true, "true"] }),
        Form::Count => {
            json!({ "type": ["integer", "string"], "pattern": "^[0-9]+$", "minimum": 0 })
        }
        Form::Number => json!({ "type": ["number", "string"] }),
        Form::Value => value(),
        Form::Values => json!({ "type": "array", "items": value() }),
        Form::Types => json!({ "anyOf": [
            { "enum": TYPES },
            { "type": "array", "items": { "enum": TYPES }, "minItems": 2, "maxItems": 2 },
        ] }),
        Form::Names => names(),
        Form::Word(words) => json!({ "enum": words }),
        Form::Words(words) => json!({ "type": "array", "items": { "enum": words } }),
        Form::Schema => schema(),
        Form::SchemaOrFlag | Form::Members | Form::Schemas => {
            let flagged =
                json!({ "anyOf": [schema(), { "enum": [true, false, "true", "false"] }] });
            match form {
                Form::SchemaOrFlag => flagged,
                Form::Members => json!({ "type": "object", "additionalProperties": flagged }),
                _ => json!({ "type": "object", "additionalProperties": schema() }),
            }
        }
        Form::SchemaList => json!({ "type": "array", "items": schema() }),
        Form::Alternatives => json!({ "type": "array", "items": required(&names()) }),
        Form::Needs => json!({ "type": "object", "additionalProperties": names() }),
        Form::If | Form::Then => json!(false),
        Form::Xml => closed(XML),
        Form::Aliases => json!({ "type": "array", "items": closed(ALIAS) }),
        Form::Lexical => json!({ "type": "object", "additionalProperties": names() }),
    }
}

fn required(names: &Value) -> Value {
    json!({ "type": "object", "properties": { "required": names }, "additionalProperties": false })
}

/// A map of values by these keys.
fn closed(keys: &[&str]) -> Value {
    let value = json!({ "type": ["string", "number", "boolean"] });
    let properties: Map<String, Value> = keys
        .iter()
        .map(|key| ((*key).to_owned(), value.clone()))
        .collect();
    json!({ "type": "object", "properties": properties, "additionalProperties": false })
}
