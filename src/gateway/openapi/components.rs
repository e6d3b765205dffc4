//! `components`: the canonical schemas that operations use, with what is derived of them, and what answers share.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use super::{answers, component, headers};
use crate::gateway::judge::JudgeFault;
use crate::gateway::judge::schemas::{PATCH, Schemas, absolute};

/// Where schemas stand in the document.
const SCHEMAS: &str = "#/components/schemas/";

/// Schemas by what they are called here; those that something names are in the document.
pub(super) struct Components {
    /// Name, identifier and text of each canonical schema and of its patch.
    known: BTreeMap<String, (String, Value)>,
    /// What each identifier is called.
    names: BTreeMap<String, String>,
    used: BTreeMap<String, Value>,
}

// === impl Components ===

impl Components {
    pub(super) fn new(files: &[(String, String)]) -> Result<Self, JudgeFault> {
        let mut known = BTreeMap::new();
        let mut names = BTreeMap::new();
        for (id, mut document) in Schemas::read(files)?.with_patches() {
            let title = document.get("title").and_then(Value::as_str);
            let mut name = title
                .ok_or_else(|| JudgeFault::NoSuchType(id.clone()))?
                .to_owned();
            if id.ends_with(PATCH) {
                name.push_str("Patch");
            }
            if let Value::Object(members) = &mut document {
                // Of a document of its own; here both would change what references mean.
                members.remove("$schema");
                members.remove("$id");
                members.insert("title".to_owned(), name.as_str().into());
            }
            names.insert(id.clone(), name.clone());
            known.insert(name, (id, document));
        }
        Ok(Self {
            known,
            names,
            used: BTreeMap::new(),
        })
    }

    /// A reference to a canonical type.
    pub(super) fn of_type(&mut self, name: &str) -> Result<Value, JudgeFault> {
        if !self.used.contains_key(name) {
            let schema = self.schema(name)?;
            self.used.insert(name.to_owned(), schema);
        }
        Ok(component("schemas", name))
    }

    /// A reference to what a merge patch of a type may hold. The root of one is an object.
    pub(super) fn patch_of(&mut self, name: &str) -> Result<Value, JudgeFault> {
        let mut reference = self.of_type(&[name, "Patch"].concat())?;
        insert(&mut reference, "type", "object".into());
        Ok(reference)
    }

    /// A reference to a type with what stands beside its members in an answer.
    pub(super) fn answer_of(&mut self, name: &str) -> Result<Value, JudgeFault> {
        let answer = [name, "Answer"].concat();
        if !self.used.contains_key(&answer) {
            let beside = self.beside()?;
            let mut schema = self.schema(name)?;
            insert(&mut schema, "title", answer.as_str().into());
            if let Some(Value::Object(members)) = schema.get_mut("properties") {
                members.extend(beside);
            }
            self.used.insert(answer.clone(), schema);
        }
        Ok(component("schemas", &answer))
    }

    /// A reference to a page of a type.
    pub(super) fn list_of(&mut self, name: &str) -> Result<Value, JudgeFault> {
        let list = [name, "List"].concat();
        if !self.used.contains_key(&list) {
            let mut members = Map::new();
            members.insert(
                "items".to_owned(),
                json!({ "type": "array", "items": self.of_type(name)? }),
            );
            members.insert("page".to_owned(), self.of_type("Page")?);
            members.extend(self.beside()?);
            let warning = answers::list_warning(self.schema("Warning")?);
            let warning = self.of_own("ListWarning", || warning);
            if let Some(warnings) = members.get_mut("warnings") {
                insert(warnings, "items", warning);
            }
            members.insert(
                "upstreams".to_owned(),
                self.of_own("UpstreamOutcome", answers::upstream_outcome),
            );
            if let Some(upstreams) = members.get_mut("upstreams") {
                *upstreams = json!({
                    "description": "What became of the call at each upstream, where it went to several.",
                    "type": "array",
                    "items": upstreams.take(),
                });
            }
            let schema = json!({
                "title": list,
                "description": format!("A page of items of {name}."),
                "type": "object",
                "required": ["items", "page"],
                "properties": members,
                "additionalProperties": false
            });
            self.used.insert(list.clone(), schema);
        }
        Ok(component("schemas", &list))
    }

    /// A reference to an answer that holds warnings and nothing else.
    pub(super) fn warnings_alone(&mut self) -> Result<Value, JudgeFault> {
        let warning = self.of_type("Warning")?;
        Ok(self.of_own("Warnings", || {
            json!({
                "title": "Warnings",
                "description": "What an answer without a resource has to say.",
                "type": "object",
                "required": ["warnings"],
                "properties": { "warnings": { "type": "array", "items": warning } },
                "additionalProperties": false
            })
        }))
    }

    /// A reference to a schema that is no type of the model.
    pub(super) fn of_own(&mut self, name: &str, schema: impl FnOnce() -> Value) -> Value {
        self.used.entry(name.to_owned()).or_insert_with(schema);
        component("schemas", name)
    }

    /// The reserved members of an answer.
    fn beside(&mut self) -> Result<Map<String, Value>, JudgeFault> {
        let warning = self.of_type("Warning")?;
        let mut members = Map::new();
        members.insert(
            "warnings".to_owned(),
            json!({
                "title": "Warnings",
                "description": "What went less than well, or was not carried, although the call succeeded. Only when there is any.",
                "type": "array",
                "items": warning
            }),
        );
        members.insert("native".to_owned(), answers::native());
        Ok(members)
    }

    /// The text of a type, with references into this document.
    fn schema(&mut self, name: &str) -> Result<Value, JudgeFault> {
        let known = self.known.get(name);
        let (id, document) = known.ok_or_else(|| JudgeFault::NoSuchType(name.to_owned()))?;
        let (id, mut document) = (id.clone(), document.clone());
        self.refer(&id, &mut document)?;
        Ok(document)
    }

    /// Turns references to canonical documents into references to components, which they become.
    fn refer(&mut self, base: &str, schema: &mut Value) -> Result<(), JudgeFault> {
        match schema {
            Value::Object(members) => {
                for (key, value) in members {
                    let named = value.as_str().filter(|_| key == "$ref");
                    match named.map(|reference| absolute(base, reference)) {
                        Some(target) => {
                            let (id, place) = match target.split_once('#') {
                                Some((id, place)) => (id, place),
                                None => (target.as_str(), ""),
                            };
                            let name = self.names.get(id).cloned();
                            let name = name.ok_or_else(|| JudgeFault::NoSuchType(id.to_owned()))?;
                            *value = [SCHEMAS, &name, place].concat().into();
                            self.mention(&name)?;
                        }
                        // What examples say is nobody's schema.
                        None if key == "examples" => {}
                        None => self.refer(base, value)?,
                    }
                }
                Ok(())
            }
            Value::Array(items) => items.iter_mut().try_for_each(|item| self.refer(base, item)),
            _ => Ok(()),
        }
    }

    fn mention(&mut self, name: &str) -> Result<(), JudgeFault> {
        if self.used.contains_key(name) {
            return Ok(());
        }
        // Noted before it is made, so that a type that holds itself ends here.
        self.used.insert(name.to_owned(), Value::Null);
        let schema = self.schema(name)?;
        self.used.insert(name.to_owned(), schema);
        Ok(())
    }

    pub(super) fn finish(mut self) -> Result<Value, JudgeFault> {
        let problem = answers::problem(self.schema("Problem")?);
        self.used.insert("Problem".to_owned(), problem);
        if self.used.contains_key("Warning") {
            let warning = answers::warning(self.schema("Warning")?);
            self.used.insert("Warning".to_owned(), warning);
        }
        let schemas: Map<String, Value> = self.used.into_iter().collect();
        Ok(json!({
            "schemas": schemas,
            "parameters": headers::parameters(),
            "headers": headers::answered(),
            "responses": answers::problems(),
        }))
    }
}

pub(super) fn insert(schema: &mut Value, name: &str, value: Value) {
    if let Value::Object(members) = schema {
        members.insert(name.to_owned(), value);
    }
}
