//! What a received request says, gathered from its parts.

use crate::codec::json::{self, write};
use crate::mapping::compile::upstream::{ContextPlace, Item, Place, Source};
use crate::model::shape::Form;

/// Values by their places, gathered from path, query, headers and conditions.
#[derive(Default)]
pub(super) struct Gathered {
    pub(super) inputs: Vec<(String, String)>,
    pub(super) context: Vec<(ContextPlace, String)>,
    /// The size and the cursor of the page that the body asks for.
    pub(super) page: (Option<u32>, Option<String>),
    body: Tree,
}

/// A canonical document under way.
#[derive(Default)]
enum Tree {
    #[default]
    Nothing,
    /// A single value, and whether it stands without quotes.
    Value(String, bool),
    Object(Vec<(Box<str>, Self)>),
    List(Vec<Self>),
}

/// Why a value cannot stand where it belongs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Conflict {
    /// Two parts of the request say different things.
    Disagrees,
    /// It is not the one of the settings.
    Setting,
}

// === impl Gathered ===

impl Gathered {
    /// Takes the value of a place.
    pub(super) fn set(
        &mut self,
        source: &Source,
        value: String,
        qualifier: &str,
    ) -> Result<(), Conflict> {
        match source {
            Source::Input(name) => match self.inputs.iter().find(|(other, _)| **other == **name) {
                Some((_, other)) if *other != value => return Err(Conflict::Disagrees),
                Some(_) => {}
                None => self.inputs.push((name.to_string(), value)),
            },
            Source::Body(place) => {
                let value = if place.id {
                    format!("{qualifier}{value}")
                } else {
                    value
                };
                // What is no number stays a text, for the canonical schema to judge.
                let bare = match place.form {
                    Form::Text => false,
                    Form::Boolean => matches!(&*value, "true" | "false"),
                    Form::Integer | Form::Number => json::is_number(value.as_bytes()),
                };
                if !self.body.put(place, value, bare) {
                    return Err(Conflict::Disagrees);
                }
            }
            Source::Context(place) => self.context.push((*place, value)),
            Source::Setting(setting) if !setting.is(value.as_bytes()) => {
                return Err(Conflict::Setting);
            }
            Source::Setting(_) | Source::Current(_) | Source::Outcome(_) | Source::Nothing => {}
        }
        Ok(())
    }

    pub(super) fn input(&self, name: &str) -> Option<&str> {
        let found = self.inputs.iter().find(|(input, _)| input == name);
        found.map(|(_, value)| value.as_str())
    }

    /// Adds the members that stand outside the native body to what was read from it.
    pub(super) fn complete(&self, body: Option<Vec<u8>>) -> Option<Vec<u8>> {
        let Tree::Object(members) = &self.body else {
            return body;
        };
        let mut front = b"{".to_vec();
        for (index, (name, value)) in members.iter().enumerate() {
            if index > 0 {
                front.push(b',');
            }
            write::string(&mut front, name.as_bytes(), false);
            front.push(b':');
            value.write(&mut front);
        }
        let rest = body
            .as_deref()
            .and_then(|body| body.strip_prefix(b"{"))
            .unwrap_or(b"}");
        if rest.trim_ascii_start().first() != Some(&b'}') {
            front.push(b',');
        }
        front.extend_from_slice(rest);
        Some(front)
    }
}

// === impl Tree ===

impl Tree {
    /// Puts a value at a place; false if another one is there.
    fn put(&mut self, place: &Place, value: String, bare: bool) -> bool {
        let mut at = self;
        for step in &place.steps {
            at = at.member(&step.name);
            match &step.item {
                None => {}
                Some(Item::At(index)) => at = at.item(*index),
                Some(Item::Where(tests)) => {
                    at = at.item(0);
                    for (names, literal) in tests {
                        let named = names.iter().fold(&mut *at, |tree, name| tree.member(name));
                        *named = Self::Value(literal.to_string(), false);
                    }
                }
            }
        }
        match at {
            Self::Value(other, _) => *other == value,
            Self::Object(_) | Self::List(_) => false,
            Self::Nothing => {
                *at = Self::Value(value, bare);
                true
            }
        }
    }

    fn member(&mut self, name: &str) -> &mut Self {
        if !matches!(self, Self::Object(_)) {
            *self = Self::Object(Vec::new());
        }
        let members = match self {
            Self::Object(members) => members,
            other => return other,
        };
        let index = members
            .iter()
            .position(|(other, _)| &**other == name)
            .unwrap_or(members.len());
        if index == members.len() {
            members.push((name.into(), Self::Nothing));
        }
        // The index is of a member that is there.
        let last = members.len().saturating_sub(1);
        &mut members[index.min(last)].1
    }

    fn item(&mut self, index: usize) -> &mut Self {
        if !matches!(self, Self::List(_)) {
            *self = Self::List(Vec::new());
        }
        let items = match self {
            Self::List(items) => items,
            other => return other,
        };
        // Positions of places are written by people; what no document has is not made.
        let index = index.min(63);
        while items.len() <= index {
            items.push(Self::Nothing);
        }
        &mut items[index]
    }

    fn write(&self, out: &mut Vec<u8>) {
        match self {
            Self::Nothing => out.extend_from_slice(b"null"),
            Self::Value(text, true) => out.extend_from_slice(text.as_bytes()),
            Self::Value(text, false) => write::string(out, text.as_bytes(), false),
            Self::Object(members) => {
                out.push(b'{');
                for (index, (name, value)) in members.iter().enumerate() {
                    if index > 0 {
                        out.push(b',');
                    }
                    write::string(out, name.as_bytes(), false);
                    out.push(b':');
                    value.write(out);
                }
                out.push(b'}');
            }
            Self::List(items) => {
                out.push(b'[');
                for (index, item) in items.iter().enumerate() {
                    if index > 0 {
                        out.push(b',');
                    }
                    item.write(out);
                }
                out.push(b']');
            }
        }
    }
}
