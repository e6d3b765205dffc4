//! JSON Schemas for editors: what completes keys and marks slips while a file is written.
//!
//! They are generated from the table of keywords and are looser than the reader: sentences inside texts are checked
//! by the reader alone. Draft 7 is used because it is what the editors' YAML servers know best. Numbers and booleans
//! are accepted wherever a text is, since an editor reads `200` as a number and the reader as a text.

mod known;
mod native;

use std::collections::BTreeSet;

use serde_json::{Map, Value, json};

use super::catalog::Catalog;
use super::convert;
use super::keywords::{FileKind, Form, MapSpec, RULE};

pub use native::{NATIVE_FILE_NAME, native};

/// Gives the schema of a kind of file with the places, types and operations that a catalog knows.
#[must_use]
pub fn schema_for(kind: FileKind, catalog: &Catalog) -> Value {
    let mut schema = schema(kind);
    known::narrow(&mut schema, kind, catalog);
    schema
}

/// Gives the schema of a kind of file, whatever the model is.
#[must_use]
pub fn schema(kind: FileKind) -> Value {
    let mut definitions = Definitions::default();
    let mut root = map_of(kind.spec(), &mut definitions);
    let definitions = definitions.build();
    if let Some(members) = root.as_object_mut() {
        members.insert(
            "$schema".into(),
            json!("http://json-schema.org/draft-07/schema#"),
        );
        members.insert("title".into(), json!(title(kind)));
        members.insert("definitions".into(), Value::Object(definitions));
        if kind == FileKind::Mapping {
            members.insert(
                "oneOf".into(),
                json!([{ "required": ["mapping"] }, { "required": ["fragment"] }]),
            );
        }
    }
    root
}

/// Gives the name of the schema's file, as the first line of a file refers to it.
#[must_use]
pub const fn file_name(kind: FileKind) -> &'static str {
    match kind {
        FileKind::Mapping => "mapping.schema.json",
        FileKind::Tables => "tables.schema.json",
        FileKind::Upstream => "upstream.schema.json",
        FileKind::Sandbox => "sandbox.schema.json",
        FileKind::Case => "case.schema.json",
        FileKind::Operations => "operations.schema.json",
    }
}

const fn title(kind: FileKind) -> &'static str {
    match kind {
        FileKind::Mapping => "Interlingua: a mapping or fragment",
        FileKind::Tables => "Interlingua: code tables of an upstream",
        FileKind::Upstream => "Interlingua: an upstream",
        FileKind::Sandbox => "Interlingua: the sandbox of an upstream",
        FileKind::Case => "Interlingua: one worked call",
        FileKind::Operations => "Interlingua: the canonical operations",
    }
}

/// Kinds of maps that the schema refers to by name, since maps may hold themselves.
#[derive(Default)]
struct Definitions {
    named: BTreeSet<String>,
    open: Vec<&'static MapSpec>,
}

impl Definitions {
    fn reference(&mut self, spec: &'static MapSpec) -> Value {
        let name = spec.name.replace(' ', "-");
        let reference = json!({ "$ref": format!("#/definitions/{name}") });
        if self.named.insert(name) {
            self.open.push(spec);
        }
        reference
    }

    /// Builds what was referred to, and what that refers to.
    fn build(mut self) -> Map<String, Value> {
        let mut built = Map::new();
        while let Some(spec) = self.open.pop() {
            let value = map_of(spec, &mut self);
            built.insert(spec.name.replace(' ', "-"), value);
        }
        built.sort_keys();
        built
    }
}

fn map_of(spec: &'static MapSpec, definitions: &mut Definitions) -> Value {
    let mut properties = Map::new();
    for key in spec.keys {
        let form = form_of(&key.form, definitions);
        properties.insert(key.name.into(), described(form, key.about));
    }
    let required: Vec<_> = spec
        .keys
        .iter()
        .filter(|key| key.required)
        .map(|key| key.name)
        .collect();
    json!({
        "type": "object",
        "properties": properties,
        "required": required,
        "additionalProperties": false,
    })
}

/// Adds a description; beside a `$ref` other members are not read, so the reference moves into `allOf`.
fn described(form: Value, about: &str) -> Value {
    if form.get("$ref").is_some() {
        return json!({ "description": about, "allOf": [form] });
    }
    let mut form = form;
    if let Some(members) = form.as_object_mut() {
        members.insert("description".into(), json!(about));
    }
    form
}

fn form_of(form: &'static Form, definitions: &mut Definitions) -> Value {
    match form {
        Form::WordsOr(words, other) => {
            json!({ "anyOf": [{ "enum": words }, form_of(other, definitions)] })
        }
        Form::List(of) => json!({ "type": "array", "items": form_of(of, definitions) }),
        Form::OneOrMany(of) => {
            let one = form_of(of, definitions);
            json!({ "anyOf": [one, { "type": "array", "minItems": 1, "items": one }] })
        }
        Form::Map(spec) => definitions.reference(spec),
        Form::MapIf(key, spec, other) => json!({
            "type": "object",
            "if": { "required": [key] },
            "then": definitions.reference(spec),
            "else": form_of(other, definitions),
        }),
        Form::Names(of) | Form::Texts(of) | Form::Places(_, of) => {
            json!({ "type": "object", "additionalProperties": form_of(of, definitions) })
        }
        Form::Rules => {
            let rule = json!({ "anyOf": [text_of(&Form::Rule), definitions.reference(&RULE)] });
            json!({ "type": "object", "additionalProperties": rule })
        }
        Form::ByMessage(of) => {
            let one = form_of(of, definitions);
            let each = json!({
                "type": "object",
                "properties": { "request": one, "response": one },
                "minProperties": 1,
                "additionalProperties": false,
            });
            json!({ "anyOf": [one, each] })
        }
        Form::Either(one, other) => {
            json!({ "anyOf": [form_of(one, definitions), form_of(other, definitions)] })
        }
        text => text_of(text),
    }
}

fn text_of(form: &Form) -> Value {
    let pattern = match form {
        Form::Words(["true"]) => return json!({ "enum": [true, "true"] }),
        Form::Words(words) => return json!({ "enum": words }),
        Form::Integer(most) => {
            return json!({ "type": ["integer", "string"], "minimum": 0, "maximum": most, "pattern": "^(0|[1-9][0-9]*)$" });
        }
        Form::OneStatus => {
            let pattern = "^[1-5][0-9][0-9]$";
            return json!({ "type": ["integer", "string"], "minimum": 100, "maximum": 599, "pattern": pattern });
        }
        Form::Status => {
            let pattern = "^[1-5]([0-9][0-9]|xx)$";
            return json!({ "type": ["integer", "string"], "minimum": 100, "maximum": 599, "pattern": pattern });
        }
        Form::Literal | Form::Value => return json!({ "type": ["string", "number", "boolean"] }),
        Form::Rule => return json!({ "type": ["string", "number"], "pattern": rule_pattern() }),
        Form::Text => r"[\s\S]",
        Form::Name => r"^\S+$",
        Form::Duration => "^(0|[1-9][0-9]*)s$",
        Form::Call | Form::RequestLine => "^(GET|POST|PUT|PATCH|DELETE)[ \t]+/",
        Form::ApiPath => "^/",
        Form::Setting => r"^settings\.\S+$",
        Form::Pointer => "^(/|$)",
        Form::Move => "->",
        Form::Match => "^([<>]= |ignored$)",
        _ => return json!({ "type": ["string", "number"] }),
    };
    json!({ "type": ["string", "number", "boolean"], "pattern": pattern })
}

/// Native places, then converters that exist.
fn rule_pattern() -> String {
    let names: Vec<&str> = convert::infos()
        .chain(convert::joined_infos())
        .map(|info| info.name)
        .collect();
    let quoted = r#""[^"]*"|'[^']*'"#;
    let places = format!(r#"(?:{quoted}|[^|"'])*"#);
    let arguments = format!(r#"(?:\((?:{quoted}|[^)"'])*\))?"#);
    let converter = format!(
        r"\|\s*(?:map|table|money|field-name|{}){arguments}\s*",
        names.join("|")
    );
    format!("^{places}(?:{converter})*$")
}
