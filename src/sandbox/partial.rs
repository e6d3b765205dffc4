//! Updates by a partial document: it changes what its rules carry, and of a list's items no more than that.
//!
//! RFC 7396 replaces a list whole. What arrives here is a list as the upstream's own request can say it, and what that
//! request has no place for was not said to go.

use std::collections::BTreeMap;

use super::place;
use super::value::Value;
use crate::mapping::ast::{self, Message};
use crate::mapping::catalog::{Catalog, MappingSet};
use crate::mapping::survey::place::selector;
use crate::mapping::survey::{self, Survey, Tree, Walk};
use crate::mapping::syntax::Select;
use crate::model::shape::ShapeId;

/// Mappings within mappings are followed this deep.
const DEEPEST: u8 = 16;

/// What the rules of a request carry of the canonical document.
#[derive(Debug, Default)]
pub(super) struct Partial {
    root: Carried,
    /// Members of lists that the request leaves out stay, and what it leaves out of one.
    merged: bool,
}

/// What is carried at a place and below it.
#[derive(Debug, Default)]
struct Carried {
    whole: bool,
    members: BTreeMap<String, Self>,
    cells: Vec<(Select, Self)>,
    /// The member that tells items of the list apart.
    key: Option<Box<str>>,
    /// Members that one rule makes of one native value.
    together: Vec<Vec<Box<str>>>,
}

// === impl Partial ===

impl Partial {
    /// Finds out what a route carries; `None` if its body is no mapping's.
    pub(super) fn new(
        catalog: &Catalog,
        set: &MappingSet,
        merged: bool,
        route: &ast::Route,
    ) -> Option<Self> {
        let settings = BTreeMap::new();
        let survey = Survey::new(catalog, set, &settings);
        let body = survey.body(route.body.as_ref()?, Message::Request)?;
        let mapping = body.mapping?;
        let canonical = survey.canonical_of(mapping)?;
        let walk = || Walk::of_mapping(&survey, mapping, Message::Request, canonical, body.native);
        let mut root = Carried::default();
        let mut add = |walk: &Walk<'_>| {
            let tree = Tree::of(walk, survey::Carried::Canonical);
            root.add(&survey, &tree, canonical, 0);
        };
        add(&walk());
        for variant in &mapping.variants {
            add(&walk().with_variant(&survey, variant));
        }
        Some(Self { root, merged })
    }

    /// Changes a resource as a request says.
    pub(super) fn merge(&self, old: &mut Value, patch: &Value) {
        self.object(old, patch, &self.root);
    }

    fn object(&self, old: &mut Value, patch: &Value, carried: &Carried) {
        match (&mut *old, patch) {
            (Value::Object(_), Value::Object(members)) if !carried.whole => {
                for (name, value) in members {
                    match carried.members.get(name) {
                        _ if *value == Value::Null => {
                            old.remove(name);
                        }
                        Some(below) => old.change(name, |old| self.object(old, value, below)),
                        None => old.change(name, |old| old.merge(value)),
                    }
                }
            }
            (old, Value::List(new)) if !carried.cells.is_empty() => {
                let items = match std::mem::take(old) {
                    Value::List(items) => items,
                    _ => Vec::new(),
                };
                *old = Value::List(self.items(items, new, carried));
            }
            (old, _) => old.merge(patch),
        }
    }

    /// A list of the request over the one that is there: items of one cell are the same by
    /// their key, else by their order.
    fn items(&self, old: Vec<Value>, new: &[Value], carried: &Carried) -> Vec<Value> {
        let cells = carried.divide(&old);
        let mut given: Vec<(Option<usize>, &Value)> =
            carried.divide(new).into_iter().zip(new).collect();
        let mut met = Vec::new();
        let mut items = Vec::new();
        for (item, cell) in old.into_iter().zip(cells) {
            let Some((index, (select, below))) =
                cell.and_then(|cell| Some((cell, carried.cells.get(cell)?)))
            else {
                items.push(item);
                continue;
            };
            let first = !met.contains(&index);
            met.push(index);
            // A selector is of one item; further ones are beyond what the request can say.
            if !matches!(select, Select::Every) && !first {
                items.push(item);
                continue;
            }
            let same = |(cell, new): &(Option<usize>, &Value)| {
                *cell == Some(index) && carried.is_same(&item, new)
            };
            match given.iter().position(same) {
                Some(at) => {
                    let (_, new) = given.remove(at);
                    let changed = self.over(item, new, below);
                    items.extend(Some(changed).filter(|item| !is_spent(item, new, select)));
                }
                None if self.merged => items.push(item),
                None => {}
            }
        }
        for (cell, new) in given {
            let select = cell.and_then(|cell| carried.cells.get(cell));
            let spent =
                |item: &Value| select.is_some_and(|(select, _)| is_spent(item, new, select));
            items.extend(without_nulls(new).filter(|item| !spent(item)));
        }
        items
    }

    /// An item of the request over the one that is there, whose other places stay.
    fn over(&self, old: Value, new: &Value, carried: &Carried) -> Value {
        match (old, new) {
            (Value::Object(members), Value::Object(given)) if !carried.whole => {
                let nothing = Carried::default();
                let mut all = Vec::new();
                let before = Value::Object(members.clone());
                for (name, value) in members {
                    if carried.is_outdated(&name, &before, new) {
                        continue;
                    }
                    let below = carried.members.get(&name);
                    let value = match new.get(&name) {
                        Some(Value::Null) => None,
                        Some(new) => Some(self.over(value, new, below.unwrap_or(&nothing))),
                        None if self.merged => Some(value),
                        None => {
                            below.map_or_else(|| Some(value.clone()), |below| below.rest(&value))
                        }
                    };
                    all.extend(value.map(|value| (name, value)));
                }
                for (name, value) in given {
                    if members_lack(&all, name) {
                        all.extend(without_nulls(value).map(|value| (name.clone(), value)));
                    }
                }
                Value::Object(all)
            }
            (Value::List(items), Value::List(new)) if !carried.cells.is_empty() => {
                Value::List(self.items(items, new, carried))
            }
            (_, new) => without_nulls(new).unwrap_or_default(),
        }
    }
}

fn members_lack(members: &[(String, Value)], name: &str) -> bool {
    members.iter().all(|(other, _)| other != name)
}

/// A value that a request gives where nothing was: a null says that nothing stays, and nothing is there.
fn without_nulls(value: &Value) -> Option<Value> {
    match value {
        Value::Null => None,
        Value::Object(members) => {
            let said = members
                .iter()
                .filter_map(|(name, value)| Some((name.clone(), without_nulls(value)?)));
            Some(Value::Object(said.collect()))
        }
        other => Some(other.clone()),
    }
}

/// True for an item that a request takes everything from but what puts it into its cell.
fn is_spent(item: &Value, new: &Value, select: &Select) -> bool {
    let Select::Tests(tests) = select else {
        return false;
    };
    let clears = new.members().iter().any(|(_, value)| holds_null(value));
    let is_test = |name: &str| {
        let mut names = tests.iter().filter_map(|test| test.path.first_name());
        names.any(|tested| tested == name)
    };
    clears && item.members().iter().all(|(name, _)| is_test(name))
}

fn holds_null(value: &Value) -> bool {
    *value == Value::Null || value.members().iter().any(|(_, value)| holds_null(value))
}

// === impl Carried ===

impl Carried {
    fn add(&mut self, survey: &Survey<'_>, tree: &Tree<'_>, shape: ShapeId, depth: u8) {
        let shapes = &survey.catalog.canonical;
        self.whole |= tree.whole;
        for (name, tree) in &tree.members {
            let object = shapes.get(shape).object();
            if let Some((_, member)) = object.and_then(|object| object.member(name)) {
                let below = self.members.entry(name.clone()).or_default();
                below.add(survey, tree, member.shape, depth);
            }
        }
        if let Some(list) = shapes.get(shape).list() {
            self.key.clone_from(&list.key);
            for (select, tree) in tree.cells.values() {
                self.cell(select, |cell| cell.add(survey, tree, list.item, depth));
            }
        }
        for mapping in tree.maps.iter().filter(|_| depth < DEEPEST) {
            let names = |rule: &ast::Rule| -> Option<Vec<Box<str>>> {
                let names = rule.places.iter().map(|place| place.as_name());
                names.map(|name| name.map(Into::into)).collect()
            };
            let several = mapping.fields.iter().filter(|rule| rule.places.len() > 1);
            self.together.extend(several.filter_map(names));
            for walk in survey.walks(mapping, Message::Request) {
                let tree = Tree::of(&walk, survey::Carried::Canonical);
                self.add(survey, &tree, shape, depth.saturating_add(1));
            }
        }
    }

    /// Adds to the cell of a selector, which is made where there is none.
    fn cell(&mut self, select: &Select, add: impl FnOnce(&mut Self)) {
        let name = selector(select);
        let same = |(other, _): &(Select, Self)| selector(other) == name;
        if !self.cells.iter().any(same) {
            // What selectors take is taken before what is left.
            let every = matches!(select, Select::Every);
            let at = if every { self.cells.len() } else { 0 };
            self.cells.insert(at, (select.clone(), Self::default()));
        }
        if let Some((_, cell)) = self.cells.iter_mut().find(|cell| same(cell)) {
            add(cell);
        }
    }

    /// The cell that each item is in.
    fn divide(&self, items: &[Value]) -> Vec<Option<usize>> {
        let cell = |(index, item): (usize, &Value)| {
            let fits = |(select, _): &(Select, Self)| place::chosen(index, item, select);
            self.cells.iter().position(fits)
        };
        items.iter().enumerate().map(cell).collect()
    }

    /// Whether two items of a cell may be the same one: by the list's key, else by the first name that both have.
    fn is_same(&self, one: &Value, other: &Value) -> bool {
        if let Some(key) = self.key.as_deref() {
            return one.text_of(key) == other.text_of(key);
        }
        let names = ["id", "number", "reference"];
        let mut both = names.iter().filter_map(|name| {
            let (one, other) = (one.text_of(name)?, other.text_of(name)?);
            Some(one == other)
        });
        both.next().unwrap_or(true)
    }

    /// Whether a member that a request does not say was made of a native value that the request changes.
    fn is_outdated(&self, name: &str, before: &Value, new: &Value) -> bool {
        let changes = |other: &str| {
            let said = new.get(other);
            said.is_some() && said != before.get(other)
        };
        let mut of_it = self
            .together
            .iter()
            .filter(|names| names.iter().any(|other| **other == *name));
        new.get(name).is_none() && of_it.any(|names| names.iter().any(|other| changes(other)))
    }

    /// What stays of a value that a request leaves out.
    fn rest(&self, value: &Value) -> Option<Value> {
        if self.whole {
            return None;
        }
        match value {
            Value::Object(members) => {
                let kept = members.iter().filter_map(|(name, value)| {
                    let value = match self.members.get(name) {
                        Some(below) => below.rest(value)?,
                        None => value.clone(),
                    };
                    Some((name.clone(), value))
                });
                let kept: Vec<_> = kept.collect();
                (!kept.is_empty()).then_some(Value::Object(kept))
            }
            Value::List(items) => {
                let cells = self.divide(items).into_iter();
                let kept = items.iter().zip(cells).filter(|(_, cell)| cell.is_none());
                let kept: Vec<_> = kept.map(|(item, _)| item.clone()).collect();
                (!kept.is_empty()).then_some(Value::List(kept))
            }
            _ => Some(value.clone()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sandbox::place::tests::path;

    fn value(text: &str) -> Value {
        Value::parse(text.as_bytes()).unwrap()
    }

    fn whole() -> Carried {
        Carried {
            whole: true,
            ..Carried::default()
        }
    }

    /// A list whose items are told apart by `k`, of which `k` and `a` are carried.
    fn list(selectors: &[&str]) -> Carried {
        let mut list = Carried {
            key: Some("k".into()),
            ..Carried::default()
        };
        for text in selectors {
            let select = path(text).steps.pop().unwrap().select;
            list.cell(&select.unwrap_or(Select::Every), |cell| {
                cell.members = ["k", "a"].map(|name| (name.to_owned(), whole())).into();
            });
        }
        list
    }

    fn merged(list: Carried, merged: bool, old: &str, patch: &str) -> Value {
        let root = Carried {
            members: [("l".to_owned(), list)].into(),
            ..Carried::default()
        };
        let mut old = value(old);
        Partial { root, merged }.merge(&mut old, &value(patch));
        old
    }

    #[test]
    fn items_without_a_key_of_the_list_are_told_apart_by_what_both_have() {
        let mut list = list(&["l"]);
        list.key = None;
        let old = r#"{"l":[{"id":"x","number":"1","a":1},{"id":"y","number":"2","a":2}]}"#;
        assert_eq!(
            merged(list, true, old, r#"{"l":[{"number":"2","a":3}]}"#),
            value(r#"{"l":[{"id":"x","number":"1","a":1},{"id":"y","number":"2","a":3}]}"#)
        );
    }

    #[test]
    fn what_was_made_of_a_value_that_changes_goes() {
        let mut list = list(&["l"]);
        for (_, cell) in &mut list.cells {
            cell.together = vec![vec!["a".into(), "native".into()]];
        }
        let old = r#"{"l":[{"k":"p","a":1,"native":"A"},{"k":"q","a":1,"native":"A"}]}"#;
        assert_eq!(
            merged(
                list,
                true,
                old,
                r#"{"l":[{"k":"p","a":2},{"k":"q","a":1}]}"#
            ),
            value(r#"{"l":[{"k":"p","a":2},{"k":"q","a":1,"native":"A"}]}"#)
        );
    }

    #[test]
    fn items_change_in_what_the_request_carries() {
        let old = r#"{"x":1,"l":[{"k":"p","a":1,"b":1},{"k":"q","a":2,"b":2}]}"#;
        for (patch, lists_merged, new) in [
            // By their key, wherever they stand; what is left out of an item goes, what has no place stays.
            (
                r#"{"l":[{"k":"q"},{"k":"p","a":3}]}"#,
                false,
                r#"{"x":1,"l":[{"k":"p","a":3,"b":1},{"k":"q","b":2}]}"#,
            ),
            (
                r#"{"l":[{"k":"q","a":2},{"k":"r","a":4}]}"#,
                false,
                r#"{"x":1,"l":[{"k":"q","a":2,"b":2},{"k":"r","a":4}]}"#,
            ),
            (
                r#"{"l":[{"k":"q","a":5}]}"#,
                true,
                r#"{"x":1,"l":[{"k":"p","a":1,"b":1},{"k":"q","a":5,"b":2}]}"#,
            ),
            // Where lists are merged, what is left out of an item stays, too.
            (
                r#"{"l":[{"k":"q"}]}"#,
                true,
                r#"{"x":1,"l":[{"k":"p","a":1,"b":1},{"k":"q","a":2,"b":2}]}"#,
            ),
        ] {
            let list = list(&["l"]);
            assert_eq!(
                merged(list, lists_merged, old, patch),
                value(new),
                "{patch}"
            );
        }
    }

    #[test]
    fn what_is_null_of_an_item_goes_and_the_item_with_the_last_of_it() {
        for (old, patch, new) in [
            (
                r#"{"l":[{"k":"p","a":1,"b":1}]}"#,
                r#"{"l":[{"k":"p","a":null}]}"#,
                r#"{"l":[{"k":"p","b":1}]}"#,
            ),
            (
                r#"{"l":[{"k":"p","a":1},{"k":"q","a":2}]}"#,
                r#"{"l":[{"k":"p","a":null}]}"#,
                r#"{"l":[{"k":"q","a":2}]}"#,
            ),
            (
                r#"{"l":[{"k":"q","a":2}]}"#,
                r#"{"l":[{"k":"p","a":null}]}"#,
                r#"{"l":[{"k":"q","a":2}]}"#,
            ),
            (
                r#"{"x":1}"#,
                r#"{"l":[{"k":"p","a":3,"c":null}]}"#,
                r#"{"x":1,"l":[{"k":"p","a":3}]}"#,
            ),
        ] {
            assert_eq!(
                merged(list(&["l[k=p]"]), false, old, patch),
                value(new),
                "{patch}"
            );
        }
    }

    #[test]
    fn items_that_no_selector_takes_stay() {
        let old = r#"{"l":[{"k":"p","a":1,"b":1},{"k":"q","a":2},{"k":"p","a":9}]}"#;
        for (patch, new) in [
            (
                r#"{"l":[{"k":"p","a":3}]}"#,
                r#"{"l":[{"k":"p","a":3,"b":1},{"k":"q","a":2},{"k":"p","a":9}]}"#,
            ),
            (r#"{"l":[]}"#, r#"{"l":[{"k":"q","a":2},{"k":"p","a":9}]}"#),
        ] {
            assert_eq!(
                merged(list(&["l[k=p]"]), false, old, patch),
                value(new),
                "{patch}"
            );
        }
    }
}
