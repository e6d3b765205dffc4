//! Places of the language in canonical documents.

use super::value::Value;
use crate::mapping::syntax::{Path, Select, Step, Test, TestOp};

/// What stands at a place.
pub(super) fn get<'v>(root: &'v Value, steps: &[Step]) -> Option<&'v Value> {
    steps.iter().try_fold(root, |at, step| {
        let member = at.get(&step.name)?;
        match &step.select {
            None => Some(member),
            Some(select) => member
                .items()
                .iter()
                .enumerate()
                .find(|(index, item)| chosen(*index, item, select))
                .map(|(_, item)| item),
        }
    })
}

/// Puts a value at a place; objects, lists and items on the way are made, an item with the constants of its tests.
pub(super) fn set(root: &mut Value, steps: &[Step], value: Value) {
    let Some((step, rest)) = steps.split_first() else {
        *root = value;
        return;
    };
    root.change(&step.name, |member| match &step.select {
        None => set(member, rest, value),
        Some(select) => set_item(member, select, rest, value),
    });
}

fn set_item(list: &mut Value, select: &Select, rest: &[Step], value: Value) {
    let mut items = match std::mem::take(list) {
        Value::List(items) => items,
        _ => Vec::new(),
    };
    let at = items
        .iter()
        .enumerate()
        .position(|(index, item)| chosen(index, item, select));
    match at.and_then(|at| items.get_mut(at)) {
        Some(item) => set(item, rest, value),
        None => {
            let mut item = made(select);
            set(&mut item, rest, value);
            items.push(item);
        }
    }
    *list = Value::List(items);
}

/// Removes what stands at a place.
pub(super) fn remove(root: &mut Value, steps: &[Step]) {
    let Some((step, rest)) = steps.split_first() else {
        return;
    };
    if rest.is_empty() && step.select.is_none() {
        root.remove(&step.name);
        return;
    }
    if root.get(&step.name).is_none() {
        return;
    }
    root.change(&step.name, |member| match (&step.select, member) {
        (None, member) => remove(member, rest),
        (Some(select), Value::List(items)) => {
            let at = items
                .iter()
                .enumerate()
                .position(|(index, item)| chosen(index, item, select));
            let Some(at) = at else { return };
            if rest.is_empty() {
                items.remove(at);
            } else if let Some(item) = items.get_mut(at) {
                remove(item, rest);
            }
        }
        (Some(_), _) => {}
    });
}

/// A path without its first step, as `value` of `body.value`.
pub(super) fn below(path: &Path) -> &[Step] {
    path.steps.get(1..).unwrap_or_default()
}

/// Whether a selector takes an item.
pub(super) fn chosen(index: usize, item: &Value, select: &Select) -> bool {
    match select {
        Select::Index(wanted) => u32::try_from(index) == Ok(*wanted),
        Select::Tests(tests) => tests.iter().all(|test| holds(item, test)),
        Select::Every => true,
    }
}

fn holds(item: &Value, test: &Test) -> bool {
    let text = get(item, &test.path.steps).and_then(Value::text);
    let literal = test.literal.value.as_str();
    match test.op {
        TestOp::Eq => text == Some(literal),
        TestOp::EqNoCase => text.is_some_and(|text| text.to_lowercase() == literal.to_lowercase()),
        TestOp::Ne => text != Some(literal),
    }
}

fn made(select: &Select) -> Value {
    let mut item = Value::empty();
    if let Select::Tests(tests) = select {
        for test in tests.iter().filter(|test| test.op != TestOp::Ne) {
            set(
                &mut item,
                &test.path.steps,
                Value::Text(test.literal.value.clone()),
            );
        }
    }
    item
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use crate::diag::{Report, Sources};
    use crate::mapping::syntax::{self, Brackets};
    use crate::mapping::yaml::{self, NodeKind};

    /// Reads a place as a file would hold it.
    pub(in crate::sandbox) fn path(text: &str) -> Path {
        let mut sources = Sources::new();
        let id = sources.add("place.yaml", format!("{text:?}"));
        let mut report = Report::new();
        let node = yaml::read(id, &sources, &mut report).unwrap();
        let NodeKind::Scalar(scalar) = &node.kind else {
            panic!("a text");
        };
        syntax::path(scalar, &sources, Brackets::Some).unwrap()
    }

    fn value(text: &str) -> Value {
        Value::parse(text.as_bytes()).unwrap()
    }

    #[test]
    fn places_are_read_written_and_removed() {
        let mut root =
            value(r#"{"contacts":[{"role":"sales"},{"role":"billing","name":{"last":"A"}}]}"#);
        let last = path("contacts[role=billing].name.last");
        assert_eq!(get(&root, &last.steps), Some(&Value::Text("A".into())));

        set(&mut root, &last.steps, Value::Text("B".into()));
        set(
            &mut root,
            &path("phones[type=home].number").steps,
            Value::Text("1".into()),
        );
        set(&mut root, &path("a.b").steps, Value::Truth(true));
        remove(&mut root, &path("contacts[role=sales]").steps);
        remove(&mut root, &path("nothing.here").steps);

        let expected = r#"{"contacts":[{"role":"billing","name":{"last":"B"}}],"phones":[{"type":"home","number":"1"}],"a":{"b":true}}"#;
        assert_eq!(root, value(expected));
    }
}
