//! The canonical schemas as they were read, and what is derived from them: the schema of merge patches.

use serde_json::{Map, Value, json};

use super::JudgeFault;
use crate::model::format;

/// What the identifier of a patch's schema ends with.
pub(in crate::gateway) const PATCH: &str = "/patch";

/// The canonical schemas.
#[derive(Debug)]
pub(in crate::gateway) struct Schemas {
    /// Identifier and document.
    documents: Vec<(String, Value)>,
}

// === impl Schemas ===

impl Schemas {
    /// Parses the schema files: name and text of each.
    ///
    /// # Errors
    /// The first file that is no JSON document with an `$id`.
    pub(in crate::gateway) fn parse(files: &[(String, String)]) -> Result<Self, JudgeFault> {
        let mut schemas = Self::read(files)?;
        for (_, document) in &mut schemas.documents {
            lighten(document);
        }
        Ok(schemas)
    }

    /// The same with what judges nothing: examples, and patterns that only repeat a format.
    ///
    /// # Errors
    /// The first file that is no JSON document with an `$id`.
    pub(in crate::gateway) fn read(files: &[(String, String)]) -> Result<Self, JudgeFault> {
        let parse = |(name, text): &(String, String)| {
            let document: Value =
                serde_json::from_str(text).map_err(|_| JudgeFault::Schema(name.clone()))?;
            let id = document
                .get("$id")
                .and_then(Value::as_str)
                .map(str::to_owned);
            let id = id.ok_or_else(|| JudgeFault::Schema(name.clone()))?;
            Ok((id, document))
        };
        let documents = files.iter().map(parse).collect::<Result<_, _>>()?;
        Ok(Self { documents })
    }

    /// The type of this title, with its identifier.
    #[must_use]
    pub(in crate::gateway) fn titled(&self, title: &str) -> Option<(&str, &Value)> {
        self.documents
            .iter()
            .find(|(_, document)| document.get("title").and_then(Value::as_str) == Some(title))
            .map(|(id, document)| (id.as_str(), document))
    }

    /// The document that a `$ref` of another document means.
    pub(super) fn referred(&self, base: &str, reference: &str) -> Option<(&str, &Value)> {
        let wanted = absolute(base, reference);
        self.documents
            .iter()
            .find(|(id, _)| *id == wanted)
            .map(|(id, document)| (id.as_str(), document))
    }

    /// Every document, and every document's patch.
    pub(in crate::gateway) fn with_patches(&self) -> Vec<(String, Value)> {
        let patches = self.documents.iter().map(|(id, document)| {
            let mut patch = patch(id, document);
            let id = patch_id(id);
            if let Value::Object(members) = &mut patch {
                members.insert("$id".to_owned(), id.clone().into());
            }
            (id, patch)
        });
        self.documents.iter().cloned().chain(patches).collect()
    }
}

/// Takes out what judges nothing, and patterns that say no more than the format beside them.
fn lighten(schema: &mut Value) {
    match schema {
        Value::Object(members) => {
            let format = members.get("format").and_then(Value::as_str);
            let pattern = format.and_then(format::named).map(|row| row.pattern);
            let said = members.get("pattern").and_then(Value::as_str);
            if said.is_some() && said == pattern {
                members.remove("pattern");
            }
            if members.get("examples").is_some_and(Value::is_array) {
                members.remove("examples");
            }
            members.values_mut().for_each(lighten);
        }
        Value::Array(items) => items.iter_mut().for_each(lighten),
        _ => {}
    }
}

/// Identifier of the schema of patches of a type.
pub(super) fn patch_id(id: &str) -> String {
    match id.split_once('#') {
        Some((document, place)) => [document, PATCH, "#", place].concat(),
        None => [id, PATCH].concat(),
    }
}

/// A reference made whole: all canonical schemas stand beside each other.
pub(in crate::gateway) fn absolute(base: &str, reference: &str) -> String {
    if reference.contains(':') || reference.starts_with('#') {
        return reference.to_owned();
    }
    let folder = base.rfind('/').and_then(|slash| base.get(..=slash));
    [folder.unwrap_or_default(), reference].concat()
}

/// Derives the schema of merge patches (RFC 7396): any member may be null, none is required, members of members
/// likewise; a list is replaced whole and so is judged as it is.
fn patch(base: &str, schema: &Value) -> Value {
    let Value::Object(members) = schema else {
        return schema.clone();
    };
    let mut out = Map::new();
    for (key, value) in members {
        let value = match key.as_str() {
            "required" | "minProperties" | "anyOf" => continue,
            "$ref" => match value.as_str() {
                Some(reference) => patch_id(&absolute(base, reference)).into(),
                None => value.clone(),
            },
            "type" => nullable(value),
            "enum" => with_null(value),
            "properties" => match value {
                Value::Object(members) => members
                    .iter()
                    .map(|(name, member)| (name.clone(), patch(base, member)))
                    .collect(),
                other => other.clone(),
            },
            "additionalProperties" => patch(base, value),
            "items" => whole(base, value),
            _ => value.clone(),
        };
        out.insert(key.clone(), value);
    }
    Value::Object(out)
}

/// A schema as it is, with references that hold from anywhere.
fn whole(base: &str, schema: &Value) -> Value {
    match schema {
        Value::Object(members) => members
            .iter()
            .map(|(key, value)| {
                let value = match (key.as_str(), value) {
                    ("$ref", Value::String(reference)) => absolute(base, reference).into(),
                    _ => whole(base, value),
                };
                (key.clone(), value)
            })
            .collect(),
        Value::Array(items) => items.iter().map(|item| whole(base, item)).collect(),
        other => other.clone(),
    }
}

fn nullable(form: &Value) -> Value {
    match form {
        Value::String(_) => json!([form, "null"]),
        other => other.clone(),
    }
}

fn with_null(values: &Value) -> Value {
    match values {
        Value::Array(values) => values.iter().cloned().chain([Value::Null]).collect(),
        other => other.clone(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_patch_may_null_every_member_and_needs_none() {
        let schema = json!({
            "type": "object",
            "required": ["a"],
            "properties": {
                "a": { "type": "string", "enum": ["x"], "examples": ["x"] },
                "b": { "$ref": "b.schema.json" },
                "d": { "$ref": "b.schema.json#/properties/e" },
                "c": { "type": "array", "items": { "$ref": "b.schema.json", "required": ["k"] } }
            },
            "additionalProperties": false
        });

        assert_eq!(
            patch("https://x.example/m/a.schema.json", &schema),
            json!({
                "type": ["object", "null"],
                "properties": {
                    "a": { "type": ["string", "null"], "enum": ["x", null], "examples": ["x"] },
                    "b": { "$ref": "https://x.example/m/b.schema.json/patch" },
                    "d": { "$ref": "https://x.example/m/b.schema.json/patch#/properties/e" },
                    "c": {
                        "type": ["array", "null"],
                        "items": { "$ref": "https://x.example/m/b.schema.json", "required": ["k"] }
                    }
                },
                "additionalProperties": false
            })
        );
    }

    const SAMPLES: &[&str] = &[
        "US",
        "us",
        "U1",
        "USD",
        "USDD",
        "IL",
        "1",
        "ABCD",
        "",
        "2024-02-29",
        "2024-13-01",
        "2024-02-2",
        "2026-11-22T05:16:12Z",
        "2026-11-22T05:16:12.5-23:59",
        "2026-11-22T24:16:12Z",
        "2026-11-22T05:16:12",
        "2026-11-22T05:16:12+24:00",
        "-135.33",
        "0",
        "00",
        "-0.0",
        "1.",
        "12345678901234567890.123456789012",
        "123456789012345678901",
        "0.1234567890123",
        "1e5",
        "a@b.example",
        "alpha:1",
        "alpha:",
        "Alpha:1",
        "a-b:ref:x",
        "-a:1",
        "a_b:1",
        "en",
        "en-US",
        "en-Latn",
        "en-Latn-US",
        "en-419",
        "EN",
        "e",
        "en-us",
        "en-Latn-",
        "engl",
        "2026-11",
        "2026-00",
        "2026-1",
        "/a/b",
        "/a~1",
        "a",
        "/~",
        "/~2",
        "é",
        "٣",
        " ",
        "US ",
        "USD\n",
    ];

    /// The pattern of a format is left out because its check says the same.
    #[test]
    fn each_check_says_what_its_pattern_says() {
        for row in format::FORMATS.iter().filter(|row| !row.pattern.is_empty()) {
            let judge = jsonschema::options()
                .with_pattern_options(jsonschema::PatternOptions::regex())
                .build(&serde_json::json!({ "pattern": row.pattern }))
                .unwrap();
            for sample in SAMPLES {
                let by_pattern = judge.is_valid(&serde_json::Value::from(*sample));
                assert_eq!((row.fits)(sample), by_pattern, "{}: {sample:?}", row.name);
            }
        }
    }
}
