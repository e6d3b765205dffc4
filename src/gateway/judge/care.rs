//! Which places of a document need care: for taking their values out of an upstream's words.

use serde_json::Value;

use super::schemas::Schemas;
use crate::codec::json::tape::{Kind, TapeNode};

/// Places of all types, by index.
#[derive(Debug, Default)]
pub(super) struct Care {
    places: Vec<Place>,
    /// Identifier of each document with its place.
    documents: Vec<(String, usize)>,
}

#[derive(Debug, Default)]
struct Place {
    /// The value here, and all inside it, needs care.
    sensitive: bool,
    members: Vec<(Box<str>, usize)>,
    items: Option<usize>,
}

// === impl Care ===

impl Care {
    /// Adds a type and all that it refers to, and gives the place of its root.
    pub(super) fn add(&mut self, schemas: &Schemas, id: &str, schema: &Value) -> usize {
        if let Some((_, known)) = self.documents.iter().find(|(known, _)| known == id) {
            return *known;
        }
        let place = self.reserve();
        // Noted before it is filled, so that a type that holds itself ends here.
        self.documents.push((id.to_owned(), place));
        self.fill(place, schemas, id, schema);
        place
    }

    fn reserve(&mut self) -> usize {
        self.places.push(Place::default());
        self.places.len().saturating_sub(1)
    }

    fn fill(&mut self, place: usize, schemas: &Schemas, base: &str, schema: &Value) {
        let sensitive = matches!(
            schema.get("x-sensitivity").and_then(Value::as_str),
            Some("personal" | "secret" | "card")
        );
        let mut members = Vec::new();
        if let Some(Value::Object(properties)) = schema.get("properties") {
            for (name, member) in properties {
                members.push((name.as_str().into(), self.of(schemas, base, member)));
            }
        }
        let items = schema
            .get("items")
            .map(|items| self.of(schemas, base, items));
        if let Some(place) = self.places.get_mut(place) {
            *place = Place {
                sensitive,
                members,
                items,
            };
        }
    }

    /// The place of a schema: that of what it refers to, unless it says of itself that it needs care.
    fn of(&mut self, schemas: &Schemas, base: &str, schema: &Value) -> usize {
        let reference = schema.get("$ref").and_then(Value::as_str);
        let referred = reference.and_then(|reference| schemas.referred(base, reference));
        match referred {
            Some((id, document)) if schema.get("x-sensitivity").is_none() => {
                self.add(schemas, id, document)
            }
            _ => {
                let place = self.reserve();
                self.fill(place, schemas, base, schema);
                place
            }
        }
    }

    /// Collects the texts of a document that need care.
    pub(super) fn values(&self, root: usize, document: TapeNode<'_>) -> Vec<String> {
        let mut values = Vec::new();
        self.collect(Some(root), false, document, &mut values);
        values
    }

    fn collect(
        &self,
        place: Option<usize>,
        inside: bool,
        node: TapeNode<'_>,
        values: &mut Vec<String>,
    ) {
        let place = place.and_then(|place| self.places.get(place));
        let inside = inside || place.is_some_and(|place| place.sensitive);
        match node.kind() {
            Kind::Object => {
                for (name, value) in node.members() {
                    let member = place.and_then(|place| {
                        let found = place.members.iter().find(|(known, _)| **known == *name);
                        found.map(|(_, member)| *member)
                    });
                    self.collect(member, inside, value, values);
                }
            }
            Kind::Array => {
                let item = place.and_then(|place| place.items);
                for value in node.items() {
                    self.collect(item, inside, value, values);
                }
            }
            Kind::String | Kind::Number if inside => {
                let text = node.as_str().or(node.lexeme());
                values.extend(text.map(str::to_owned));
            }
            Kind::String | Kind::Number | Kind::Boolean | Kind::Null => {}
        }
    }
}
