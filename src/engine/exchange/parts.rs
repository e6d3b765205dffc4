//! A part of a body as a document of its own, and the whole that only says that part.

use super::params::pointer_to;
use crate::codec::json::tape::{Kind, TapeNode};
use crate::codec::json::write;
use crate::mapping::compile::upstream::{Item, Place, PlaceStep};

/// Where a part of a body is.
#[derive(Debug, Clone, Copy)]
pub(super) struct Part<'p> {
    pub(super) place: &'p Place,
    /// The part; none if it is absent or null.
    pub(super) node: Option<TapeNode<'p>>,
}

// === impl Part ===

impl<'p> Part<'p> {
    pub(super) fn of(place: &'p Place, body: Option<TapeNode<'p>>) -> Self {
        let node = body.and_then(|body| super::facts::at(body, &place.steps));
        let node = node.filter(|node| !node.is_null());
        Self { place, node }
    }

    /// Tells whether it is an item of a list, which a patch replaces whole.
    pub(super) fn is_item(&self) -> bool {
        let last = self.place.steps.last();
        last.is_some_and(|step| step.item.is_some())
    }

    /// The pointer to the part in the whole, or to what it would stand in.
    pub(super) fn pointer(&self, body: Option<TapeNode<'_>>) -> String {
        let found = body.and_then(|body| pointer_to(body, self.place));
        found.unwrap_or_else(|| {
            let mut pointer = String::new();
            for step in &self.place.steps {
                pointer.push('/');
                pointer.push_str(&super::places::escaped(&step.name));
                if step.item.is_some() {
                    break;
                }
            }
            pointer
        })
    }

    /// Pointers below the part whose values the part's own place says.
    pub(super) fn said(&self) -> Vec<String> {
        let last = self.place.steps.last().and_then(|step| step.item.as_ref());
        match last {
            Some(Item::Where(tests)) => tests
                .iter()
                .map(|(names, _)| format!("/{}", names.join("/")))
                .collect(),
            Some(Item::At(_)) | None => Vec::new(),
        }
    }
}

/// What `now` says, a node of `text`, with a null for each member of `was` that it lacks.
pub(super) fn without(now: TapeNode<'_>, was: TapeNode<'_>, text: &[u8]) -> Vec<u8> {
    let mut out = Vec::new();
    write_without(now, was, text, &mut out);
    out
}

fn write_without(now: TapeNode<'_>, was: TapeNode<'_>, text: &[u8], out: &mut Vec<u8>) {
    if now.kind() != Kind::Object || was.kind() != Kind::Object {
        out.extend_from_slice(text.get(super::facts::range(now)).unwrap_or_default());
        return;
    }
    out.push(b'{');
    let mut comma = false;
    let mut name = |name: &str, out: &mut Vec<u8>| {
        if std::mem::replace(&mut comma, true) {
            out.push(b',');
        }
        write::string(out, name.as_bytes(), false);
        out.push(b':');
    };
    for (member, value) in now.members() {
        name(member, out);
        match was.get(member) {
            Some(before) => write_without(value, before, text, out),
            None => out.extend_from_slice(text.get(super::facts::range(value)).unwrap_or_default()),
        }
    }
    for (member, _) in was.members() {
        if now.get(member).is_none() {
            name(member, out);
            out.extend_from_slice(b"null");
        }
    }
    out.push(b'}');
}

/// Tells whether a patch says something of a place: every member on the way is there, or something above it is null.
pub(super) fn is_touched(patch: TapeNode<'_>, place: &Place) -> bool {
    let mut at = patch;
    for step in &place.steps {
        match at.get(&step.name) {
            None => return false,
            Some(member) if member.is_null() || step.item.is_some() => return true,
            Some(member) => at = member,
        }
    }
    true
}

/// The document that says a part and nothing else.
pub(super) fn whole(place: &Place, part: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(part.len().saturating_add(64));
    wrap(&place.steps, part, &mut out);
    out
}

fn wrap(steps: &[PlaceStep], part: &[u8], out: &mut Vec<u8>) {
    let Some((step, below)) = steps.split_first() else {
        out.extend_from_slice(part);
        return;
    };
    out.push(b'{');
    write::string(out, step.name.as_bytes(), false);
    out.push(b':');
    match &step.item {
        None => wrap(below, part, out),
        Some(item) => {
            let mut inner = Vec::new();
            wrap(below, part, &mut inner);
            out.push(b'[');
            out.extend_from_slice(&with_tests(item, inner));
            out.push(b']');
        }
    }
    out.push(b'}');
}

/// An item with the members that its selector names, before its own.
fn with_tests(item: &Item, inner: Vec<u8>) -> Vec<u8> {
    let Item::Where(tests) = item else {
        return inner;
    };
    let mut inner = inner;
    let single: Vec<(&str, &str)> = tests
        .iter()
        .filter_map(|(names, value)| match names.as_slice() {
            [name] => Some((&**name, &**value)),
            _ => None,
        })
        .filter(|(name, _)| !has(&inner, name))
        .collect();
    super::fills::insert(&mut inner, &single, &[]);
    inner
}

fn has(object: &[u8], name: &str) -> bool {
    let mut tape = crate::codec::json::tape::Tape::default();
    let text = std::str::from_utf8(object).unwrap_or("");
    let root = tape.parse(text, &crate::codec::Limits::default());
    root.is_ok_and(|root| root.get(name).is_some())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::codec::Limits;
    use crate::codec::json::tape::Tape;
    use crate::model::shape::{Form, Sensitivity};

    fn place() -> Place {
        let step = |name: &str, item| PlaceStep {
            name: name.into(),
            item,
        };
        let tests = vec![(vec!["use".into()], "ship".into())];
        Place {
            steps: vec![step("a", None), step("list", Some(Item::Where(tests)))],
            text: "a.list[use=ship]".into(),
            id: false,
            form: Form::Text,
            sensitivity: Sensitivity::None,
        }
    }

    #[test]
    fn a_part_is_said_by_the_whole_around_it() {
        for (part, expected) in [
            (r#"{"x":1}"#, r#"{"a":{"list":[{"use":"ship","x":1}]}}"#),
            (r#"{"use":"ship"}"#, r#"{"a":{"list":[{"use":"ship"}]}}"#),
        ] {
            let found = whole(&place(), part.as_bytes());
            assert_eq!(String::from_utf8(found).unwrap(), expected);
        }
    }

    #[test]
    fn what_is_not_said_any_more_is_null() {
        for (now, was, expected) in [
            (r#"{"a": 1}"#, r#"{"a":2}"#, r#"{"a":1}"#),
            (
                r#"{"b": {"c": 1}, "n": 1.50}"#,
                r#"{"a":1,"b":{"c":1,"d":2}}"#,
                r#"{"b":{"c":1,"d":null},"n":1.50,"a":null}"#,
            ),
            (r#"{"l": [1]}"#, r#"{"l":[2,3]}"#, r#"{"l":[1]}"#),
            ("{}", "{}", "{}"),
        ] {
            let (mut one, mut other) = (Tape::default(), Tape::default());
            let limits = Limits::default();
            let was = other.parse(was, &limits).unwrap();
            let found = without(one.parse(now, &limits).unwrap(), was, now.as_bytes());
            assert_eq!(String::from_utf8(found).unwrap(), expected);
        }
    }

    #[test]
    fn a_list_in_a_patch_touches_every_item() {
        for (patch, touched) in [
            ("{}", false),
            (r#"{"b":1}"#, false),
            (r#"{"a":{"b":1}}"#, false),
            (r#"{"a":null}"#, true),
            (r#"{"a":{"list":null}}"#, true),
            (r#"{"a":{"list":[]}}"#, true),
            (r#"{"a":{"list":[{"use":"bill"}]}}"#, true),
        ] {
            let mut tape = Tape::default();
            let root = tape.parse(patch, &Limits::default()).unwrap();
            assert_eq!(is_touched(root, &place()), touched, "{patch}");
        }
    }
}
