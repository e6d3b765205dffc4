//! Canonical documents as trees: the sandbox changes them, which the gateway never does.
//!
//! Numbers stay the lexemes that they are, and members keep their order.

use crate::codec::Limits;
use crate::codec::json::tape::{Kind, Tape, TapeNode};
use crate::codec::json::write;

/// A JSON value.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) enum Value {
    #[default]
    Null,
    Truth(bool),
    Number(String),
    Text(String),
    List(Vec<Self>),
    Object(Vec<(String, Self)>),
}

// === impl Value ===

impl Value {
    /// Reads a document; `None` if it is none.
    pub(super) fn parse(document: &[u8]) -> Option<Self> {
        let text = std::str::from_utf8(document).ok()?;
        let mut tape = Tape::default();
        let root = tape.parse(text, &Limits::default()).ok()?;
        Some(Self::of(root))
    }

    fn of(node: TapeNode<'_>) -> Self {
        match node.kind() {
            Kind::Null => Self::Null,
            Kind::Boolean => Self::Truth(node.as_bool().unwrap_or_default()),
            Kind::Number => Self::Number(node.lexeme().unwrap_or_default().to_owned()),
            Kind::String => Self::Text(node.as_str().unwrap_or_default().to_owned()),
            Kind::Array => Self::List(node.items().map(Self::of).collect()),
            Kind::Object => {
                let members = node.members();
                Self::Object(
                    members
                        .map(|(name, value)| (name.to_owned(), Self::of(value)))
                        .collect(),
                )
            }
        }
    }

    /// Writes the document.
    pub(super) fn bytes(&self) -> Vec<u8> {
        let mut out = Vec::new();
        self.write(&mut out);
        out
    }

    fn write(&self, out: &mut Vec<u8>) {
        match self {
            Self::Null => out.extend_from_slice(b"null"),
            Self::Truth(truth) => out.extend_from_slice(if *truth { b"true" } else { b"false" }),
            Self::Number(lexeme) => out.extend_from_slice(lexeme.as_bytes()),
            Self::Text(text) => write::string(out, text.as_bytes(), false),
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
        }
    }

    /// An object without members.
    pub(super) const fn empty() -> Self {
        Self::Object(Vec::new())
    }

    /// The text of a single value.
    pub(super) fn text(&self) -> Option<&str> {
        match self {
            Self::Text(text) | Self::Number(text) => Some(text),
            Self::Truth(truth) => Some(if *truth { "true" } else { "false" }),
            Self::Null | Self::List(_) | Self::Object(_) => None,
        }
    }

    /// A member of an object.
    pub(super) fn get(&self, name: &str) -> Option<&Self> {
        self.members()
            .iter()
            .find(|(other, _)| other == name)
            .map(|(_, value)| value)
    }

    /// The text of a member.
    pub(super) fn text_of(&self, name: &str) -> Option<&str> {
        self.get(name)?.text()
    }

    /// The members of an object; none of anything else.
    pub(super) fn members(&self) -> &[(String, Self)] {
        match self {
            Self::Object(members) => members,
            _ => &[],
        }
    }

    /// The items of a list; none of anything else.
    pub(super) fn items(&self) -> &[Self] {
        match self {
            Self::List(items) => items,
            _ => &[],
        }
    }

    /// Sets a member; what was no object becomes one.
    pub(super) fn set(&mut self, name: &str, value: Self) {
        self.change(name, |member| *member = value);
    }

    /// Changes a member; what was no object becomes one, what was not there is null before.
    pub(super) fn change<T>(&mut self, name: &str, change: impl FnOnce(&mut Self) -> T) -> T {
        if !matches!(self, Self::Object(_)) {
            *self = Self::empty();
        }
        if let Self::Object(members) = self {
            if let Some((_, value)) = members.iter_mut().find(|(other, _)| other == name) {
                return change(value);
            }
            let mut value = Self::Null;
            let changed = change(&mut value);
            members.push((name.to_owned(), value));
            return changed;
        }
        change(&mut Self::Null)
    }

    /// Removes a member.
    pub(super) fn remove(&mut self, name: &str) -> Option<Self> {
        let Self::Object(members) = self else {
            return None;
        };
        let at = members.iter().position(|(other, _)| other == name)?;
        Some(members.remove(at).1)
    }

    /// Applies a merge patch (RFC 7396).
    pub(super) fn merge(&mut self, patch: &Self) {
        let Self::Object(members) = patch else {
            *self = patch.clone();
            return;
        };
        if !matches!(self, Self::Object(_)) {
            *self = Self::empty();
        }
        for (name, value) in members {
            if *value == Self::Null {
                self.remove(name);
            } else {
                self.change(name, |member| member.merge(value));
            }
        }
    }

    /// Applies a merge patch to a canonical document, where an object without members equals an absent one: what the
    /// patch leaves empty is taken out.
    pub(super) fn update(&mut self, patch: &Self) {
        self.merge(patch);
        self.drop_emptied(patch);
    }

    /// Takes out the objects that a patch has left empty.
    pub(super) fn drop_emptied(&mut self, patch: &Self) {
        let Self::Object(members) = self else {
            return;
        };
        members.retain_mut(|(name, member)| {
            let Some(touched @ Self::Object(_)) = patch.get(name) else {
                return true;
            };
            member.drop_emptied(touched);
            *member != Self::empty()
        });
    }

    /// The merge patch that makes `to` of this one; `None` if they are equal.
    pub(super) fn patch_to(&self, to: &Self) -> Option<Self> {
        let (Self::Object(from), Self::Object(members)) = (self, to) else {
            return (self != to).then(|| to.clone());
        };
        let mut patch = Vec::new();
        for (name, value) in members {
            let change = match self.get(name) {
                Some(before) => before.patch_to(value),
                None => Some(value.clone()),
            };
            patch.extend(change.map(|change| (name.clone(), change)));
        }
        for (name, _) in from {
            if to.get(name).is_none() {
                patch.push((name.clone(), Self::Null));
            }
        }
        (!patch.is_empty()).then_some(Self::Object(patch))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn value(text: &str) -> Value {
        Value::parse(text.as_bytes()).unwrap()
    }

    #[test]
    fn documents_come_back_as_they_were() {
        let text = r#"{"b":[1.50,-0.00,1E2,null,true],"a":{"\u0001":"é \" \\"},"":""}"#;
        assert_eq!(String::from_utf8(value(text).bytes()).unwrap(), text);
        assert_eq!(Value::parse(b"{"), None);
        assert_eq!(Value::parse(b"\xff"), None);
    }

    /// The examples of RFC 7396, appendix A.
    #[test]
    fn merge_patches_do_what_the_standard_shows() {
        for (original, patch, result) in [
            (r#"{"a":"b"}"#, r#"{"a":"c"}"#, r#"{"a":"c"}"#),
            (r#"{"a":"b"}"#, r#"{"b":"c"}"#, r#"{"a":"b","b":"c"}"#),
            (r#"{"a":"b"}"#, r#"{"a":null}"#, "{}"),
            (r#"{"a":"b","b":"c"}"#, r#"{"a":null}"#, r#"{"b":"c"}"#),
            (r#"{"a":["b"]}"#, r#"{"a":"c"}"#, r#"{"a":"c"}"#),
            (r#"{"a":"c"}"#, r#"{"a":["b"]}"#, r#"{"a":["b"]}"#),
            (
                r#"{"a":{"b":"c"}}"#,
                r#"{"a":{"b":"d","c":null}}"#,
                r#"{"a":{"b":"d"}}"#,
            ),
            (r#"{"a":[{"b":"c"}]}"#, r#"{"a":[1]}"#, r#"{"a":[1]}"#),
            (r#"["a","b"]"#, r#"["c","d"]"#, r#"["c","d"]"#),
            (r#"{"a":"b"}"#, r#"["c"]"#, r#"["c"]"#),
            (r#"{"a":"foo"}"#, "null", "null"),
            (r#"{"e":null}"#, r#"{"a":1}"#, r#"{"e":null,"a":1}"#),
            ("[1,2]", r#"{"a":"b","c":null}"#, r#"{"a":"b"}"#),
            ("{}", r#"{"a":{"bb":{"ccc":null}}}"#, r#"{"a":{"bb":{}}}"#),
        ] {
            let mut merged = value(original);
            merged.merge(&value(patch));
            assert_eq!(merged, value(result), "{original} {patch}");
        }
    }

    #[test]
    fn an_update_leaves_no_object_empty() {
        for (original, patch, result) in [
            ("{}", r#"{"a":{"b":null,"c":{"d":null}}}"#, "{}"),
            (
                r#"{"a":{"b":1},"x":1}"#,
                r#"{"a":{"b":null}}"#,
                r#"{"x":1}"#,
            ),
            (
                r#"{"a":{"b":{"c":1},"d":2}}"#,
                r#"{"a":{"b":{"c":null}}}"#,
                r#"{"a":{"d":2}}"#,
            ),
            (r#"{"a":{},"b":1}"#, r#"{"b":2}"#, r#"{"a":{},"b":2}"#),
            (r#"{"a":{"b":1}}"#, r#"{"a":{"c":{}}}"#, r#"{"a":{"b":1}}"#),
        ] {
            let mut updated = value(original);
            updated.update(&value(patch));
            assert_eq!(updated, value(result), "{original} {patch}");
        }
    }

    #[test]
    fn a_patch_between_two_documents_makes_one_the_other() {
        for (from, to, patch) in [
            (r#"{"a":1}"#, r#"{"a":1}"#, None),
            (r#"{"a":1}"#, r#"{"a":1.0}"#, Some(r#"{"a":1.0}"#)),
            (
                r#"{"a":{"b":1,"c":2},"d":3}"#,
                r#"{"a":{"b":1,"c":4}}"#,
                Some(r#"{"a":{"c":4},"d":null}"#),
            ),
            (r#"{"a":[1,2]}"#, r#"{"a":[2]}"#, Some(r#"{"a":[2]}"#)),
        ] {
            let found = value(from).patch_to(&value(to));
            assert_eq!(found, patch.map(value), "{from} {to}");
            let mut merged = value(from);
            merged.merge(&found.unwrap_or_else(Value::empty));
            assert_eq!(merged, value(to));
        }
    }
}
