//! Bodies that hold planted values at every place of the canonical schemas.

use std::collections::BTreeMap;
use std::path::Path;

use regex::Regex;
use serde_json::{Map, Value, json};

use super::seek::Kind;

/// Types within types.
const DEEPEST: usize = 7;

/// The canonical schemas, by file.
pub(crate) struct Model(BTreeMap<String, Value>);

/// What is planted where.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Style {
    /// Values that are valid, in places that need care; others hold the examples of the model.
    Careful,
    /// Values that are valid, wherever a text fits.
    Everywhere,
    /// Texts instead of whatever belongs there.
    Invalid,
    /// Valid ones, and unknown members whose names are planted, too.
    Names,
}

/// Makes bodies.
pub(crate) struct Planter<'m> {
    model: &'m Model,
    kinds: &'m [Kind],
    style: Style,
    upstream: String,
    next: usize,
}

// === impl Model ===

impl Model {
    pub(crate) fn read() -> Self {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("schemas/canonical");
        let mut files = BTreeMap::new();
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.extension().is_some_and(|end| end == "json") {
                let name = path.file_name().unwrap().to_str().unwrap().to_owned();
                let text = std::fs::read_to_string(&path).unwrap();
                files.insert(name, serde_json::from_str(&text).unwrap());
            }
        }
        Self(files)
    }

    pub(crate) fn titled(&self, title: &str) -> Value {
        let mut all = self.0.values();
        let found = all.find(|schema| schema["title"] == title);
        found.unwrap_or_else(|| panic!("{title}")).clone()
    }

    /// A schema with what it refers to; its own keywords count first.
    fn whole(&self, schema: &Value) -> Value {
        let Some(reference) = schema["$ref"].as_str() else {
            return schema.clone();
        };
        let (file, place) = reference.split_once('#').unwrap_or((reference, ""));
        let referred = self.0[file].pointer(place).unwrap();
        let mut whole = self.whole(referred);
        for (name, value) in schema.as_object().unwrap() {
            if name != "$ref" {
                whole[name] = value.clone();
            }
        }
        whole
    }

    /// Whether a place, or what it stands in, is one whose value is never answered.
    pub(crate) fn is_secret(&self, title: &str, pointer: &str) -> bool {
        let mut schema = self.titled(title);
        let mut found = false;
        for token in pointer.split('/').skip(1) {
            let inner = if token.bytes().all(|byte| byte.is_ascii_digit()) {
                &schema["items"]
            } else {
                &schema["properties"][token]
            };
            schema = self.whole(inner);
            let care = schema["x-sensitivity"].as_str();
            found |= matches!(care, Some("secret" | "card"));
        }
        found
    }
}

// === impl Planter ===

impl<'m> Planter<'m> {
    pub(crate) fn new(model: &'m Model, kinds: &'m [Kind], style: Style, upstream: &str) -> Self {
        Self {
            model,
            kinds,
            style,
            upstream: upstream.to_owned(),
            next: 0,
        }
    }

    /// A body with every member of a type.
    pub(crate) fn body(&mut self, title: &str) -> Value {
        let schema = self.model.titled(title);
        self.value(&schema, false, 0).unwrap_or_else(|| json!({}))
    }

    /// A body that is taken, with planted texts in it.
    pub(crate) fn over(&mut self, title: &str, body: &Value) -> Value {
        let schema = self.model.titled(title);
        self.planted(&schema, body, false)
    }

    fn value(&mut self, schema: &Value, care: bool, depth: usize) -> Option<Value> {
        let schema = self.model.whole(schema);
        let care = care || schema["x-sensitivity"].is_string();
        if depth > DEEPEST || schema["readOnly"] == true && self.style != Style::Invalid {
            return None;
        }
        if let Some(properties) = schema["properties"].as_object() {
            let mut members = Map::new();
            for (name, member) in properties {
                if let Some(value) = self.value(member, care, depth + 1) {
                    members.insert(name.clone(), value);
                }
            }
            return Some(Value::Object(self.named(members)));
        }
        if schema["items"].is_object() {
            let item = self.value(&schema["items"], care, depth + 1)?;
            return Some(json!([item]));
        }
        self.leaf(&schema, care)
    }

    /// Adds members that nobody knows.
    fn named(&mut self, mut members: Map<String, Value>) -> Map<String, Value> {
        if self.style == Style::Names {
            let kind = self.turn();
            members.insert(kind.value.to_owned(), kind.value.into());
        }
        members
    }

    fn planted(&mut self, schema: &Value, value: &Value, care: bool) -> Value {
        let schema = self.model.whole(schema);
        let care = care || schema["x-sensitivity"].is_string();
        match value {
            Value::Object(members) => {
                let inner = members.iter().map(|(name, value)| {
                    let member = &schema["properties"][name];
                    (name.clone(), self.planted(member, value, care))
                });
                let inner = inner.collect();
                Value::Object(self.named(inner))
            }
            Value::Array(items) => items
                .iter()
                .map(|item| self.planted(&schema["items"], item, care))
                .collect(),
            Value::String(_) if schema["type"].is_string() => {
                let planted = self.leaf(&schema, care);
                planted
                    .filter(|planted| {
                        !schema["examples"]
                            .as_array()
                            .is_some_and(|all| all.contains(planted))
                    })
                    .unwrap_or_else(|| value.clone())
            }
            other => other.clone(),
        }
    }

    fn leaf(&mut self, schema: &Value, care: bool) -> Option<Value> {
        let example = || schema["examples"].get(0).or(schema["enum"].get(0)).cloned();
        if self.style == Style::Invalid {
            return Some(self.turn().value.into());
        }
        let is_text = schema["type"] == "string" && schema["enum"].is_null();
        if !is_text || !care && self.style == Style::Careful {
            return match schema["type"].as_str() {
                Some("boolean") => Some(true.into()),
                _ => example(),
            };
        }
        if schema["format"] == "id" {
            let kind = self.turn();
            return Some(format!("{}:{}", self.upstream, kind.value).into());
        }
        let start = self.next;
        self.next += 1;
        let turned = (0..self.kinds.len()).map(|at| &self.kinds[(start + at) % self.kinds.len()]);
        let mut fitting = turned.filter(|kind| fits(kind, schema));
        fitting
            .next()
            .map(|kind| kind.value.into())
            .or_else(example)
    }

    fn turn(&mut self) -> &'m Kind {
        let mut kinds = self
            .kinds
            .iter()
            .filter(|kind| kind.place == "text")
            .cycle();
        self.next += 1;
        kinds.nth(self.next).unwrap()
    }
}

/// Whether a value may stand at a place.
fn fits(kind: &Kind, schema: &Value) -> bool {
    let format = schema["format"].as_str();
    let of_format = match format {
        Some(format) => kind.place == format,
        None => kind.place == "text",
    };
    let length = u64::try_from(kind.value.len()).unwrap();
    let pattern = schema["pattern"].as_str();
    of_format
        && schema["maxLength"]
            .as_u64()
            .is_none_or(|most| length <= most)
        && schema["minLength"]
            .as_u64()
            .is_none_or(|least| length >= least)
        && pattern.is_none_or(|pattern| Regex::new(pattern).unwrap().is_match(kind.value))
}
