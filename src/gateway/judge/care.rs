//! The places of documents: which need care, so that their values are taken out of an upstream's words, which are ids,
//! and what each is called.

use serde_json::Value;

use super::place::push_token;
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
    /// The value is an id, which names an upstream.
    id: bool,
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
                id: schema.get("format").and_then(Value::as_str) == Some("id"),
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
                if let Some((id, document)) = referred {
                    let referred = self.add(schemas, id, document);
                    self.inherit(place, referred);
                }
                place
            }
        }
    }

    /// Gives a place the members and items of what its schema refers to.
    fn inherit(&mut self, place: usize, referred: usize) {
        let Some(Place { members, items, .. }) = self.places.get(referred) else {
            return;
        };
        let (members, items) = (members.clone(), *items);
        if let Some(place) = self.places.get_mut(place) {
            place.members.extend(members);
            place.items = place.items.or(items);
        }
    }

    fn member(&self, place: usize, name: &str) -> Option<usize> {
        let members = &self.places.get(place)?.members;
        let found = members.iter().find(|(known, _)| **known == *name);
        found.map(|(_, member)| *member)
    }

    /// What a pointer's place is called: names that the model declares, `[]` for an item. `*` stands for any other
    /// name and what is below it, since such a name is the caller's own.
    pub(super) fn name(&self, root: usize, pointer: &str) -> String {
        let mut name = String::with_capacity(pointer.len());
        let mut at = root;
        for token in pointer.split('/').skip(1) {
            let item = self.places.get(at).and_then(|place| place.items);
            let is_position = !token.is_empty() && token.bytes().all(|byte| byte.is_ascii_digit());
            if let (Some(item), true) = (item, is_position) {
                name.push_str("[]");
                at = item;
                continue;
            }
            if !name.is_empty() {
                name.push('.');
            }
            // No declared name holds what a pointer escapes.
            match self.member(at, token) {
                Some(member) => {
                    name.push_str(token);
                    at = member;
                }
                None => {
                    name.push('*');
                    return name;
                }
            }
        }
        name
    }

    /// Pointers to the ids of a document that name another upstream.
    pub(super) fn foreign_ids(
        &self,
        root: usize,
        document: TapeNode<'_>,
        upstream: &str,
    ) -> Vec<String> {
        let mut found = Vec::new();
        self.foreign(root, document, upstream, &mut String::new(), &mut found);
        found
    }

    fn foreign(
        &self,
        at: usize,
        node: TapeNode<'_>,
        upstream: &str,
        pointer: &mut String,
        found: &mut Vec<String>,
    ) {
        let Some(place) = self.places.get(at) else {
            return;
        };
        let length = pointer.len();
        match (node.kind(), place.items) {
            (Kind::Object, _) => {
                for (name, value) in node.members() {
                    if let Some(member) = self.member(at, name) {
                        push_token(pointer, name);
                        self.foreign(member, value, upstream, pointer, found);
                        pointer.truncate(length);
                    }
                }
            }
            (Kind::Array, Some(item)) => {
                for (position, value) in node.items().enumerate() {
                    push_token(pointer, &position.to_string());
                    self.foreign(item, value, upstream, pointer, found);
                    pointer.truncate(length);
                }
            }
            (Kind::String, _) if place.id => {
                let names = node.as_str().and_then(|id| id.split_once(':'));
                if names.is_some_and(|(name, _)| name != upstream) {
                    found.push(pointer.clone());
                }
            }
            _ => {}
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
