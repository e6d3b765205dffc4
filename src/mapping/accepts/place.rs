//! Places of rules as they are written, from the record that the rules run over.

use serde_json::{Map, Value, json};

use crate::mapping::atlas::Side;
use crate::mapping::plan::Plan;

/// In the place of a name: any of those that an open object has.
pub(super) const ANY: &str = "*";

/// One step of a place: a member, and which items of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Step<'t> {
    pub(crate) name: &'t str,
    /// What stands in brackets.
    pub(crate) select: Option<&'t str>,
}

/// The steps of a place.
pub(crate) fn steps(place: &str) -> Vec<Step<'_>> {
    let mut found = Vec::new();
    let mut rest = place;
    while !rest.is_empty() {
        let end = rest.find(['.', '[']).unwrap_or(rest.len());
        let (name, behind) = rest.split_at(end);
        let (select, behind) = match behind.strip_prefix('[') {
            Some(inside) => match inside.split_once(']') {
                Some((select, behind)) => (Some(select), behind),
                None => (None, ""),
            },
            None => (None, behind),
        };
        found.push(Step { name, select });
        rest = behind.strip_prefix('.').unwrap_or(behind);
    }
    found
}

/// The tests of a selector, if it has no others than that a member has a value.
pub(crate) fn tests(select: &str) -> Option<Vec<(&str, &str)>> {
    let plain = |text: &str| !text.is_empty() && !text.contains(['\'', '"', '!', '~', '.']);
    let tests = select.split(',').map(|test| {
        let (name, value) = test.trim().split_once('=')?;
        (plain(name) && plain(value)).then_some((name, value))
    });
    tests.collect()
}

/// The canonical places of a rule.
pub(crate) fn places(plan: &Plan, rule: u16) -> impl Iterator<Item = &str> {
    let rule = plan.rules.get(usize::from(rule));
    rule.into_iter()
        .flat_map(|rule| rule.canonical.split(" + "))
        .filter(|place| !place.is_empty())
}

/// The selectors that rules have on a list of this text, in the order of the rules.
pub(super) fn selectors<'p>(
    side: &Side<'_>,
    plan: &'p Plan,
    item: u16,
    list: &str,
) -> Vec<&'p str> {
    let mut rules: Vec<u16> = Vec::new();
    for (node, facts) in side.facts.iter().enumerate() {
        if u16::try_from(node).is_ok_and(|node| side.is_within(node, item)) {
            rules.extend(&facts.rules);
        }
    }
    rules.sort_unstable();
    let mut found = Vec::new();
    for place in rules.into_iter().flat_map(|rule| places(plan, rule)) {
        let inside = place
            .strip_prefix(list)
            .and_then(|rest| rest.strip_prefix('['));
        let select = inside.and_then(|rest| Some(rest.split_once(']')?.0));
        found.extend(select.filter(|select| !select.is_empty() && !found.contains(select)));
    }
    found
}

/// Says that something stands at a place.
pub(super) fn standing(place: &str) -> Value {
    let mut schema = json!({});
    for step in steps(place).into_iter().rev() {
        if step.name == ANY {
            schema = json!({ "minProperties": 1 });
            continue;
        }
        let tests = step.select.map(tests);
        let member = match tests {
            None => schema,
            Some(tests) => {
                let mut item = schema;
                for (name, value) in tests.unwrap_or_default() {
                    item = json!({ "allOf": [having(name, &json!({ "const": value })), item] });
                }
                json!({ "contains": item })
            }
        };
        schema = having(step.name, &member);
    }
    schema
}

/// Says that an object has a member.
fn having(name: &str, member: &Value) -> Value {
    let mut properties = Map::new();
    properties.insert(name.to_owned(), member.clone());
    match member.as_object().is_some_and(Map::is_empty) {
        true => json!({ "required": [name] }),
        false => json!({ "required": [name], "properties": properties }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_fall_into_steps() {
        let step = |name, select| Step { name, select };
        assert_eq!(
            steps("a[use=home].b.c[0]"),
            [
                step("a", Some("use=home")),
                step("b", None),
                step("c", Some("0"))
            ]
        );
        assert_eq!(steps(""), []);
        assert_eq!(steps("a["), [step("a", None)]);
    }

    #[test]
    fn only_plain_equality_is_a_test() {
        assert_eq!(
            tests("use=home, type=x"),
            Some(vec![("use", "home"), ("type", "x")])
        );
        for select in ["0", "a!=b", "name~=b", "a='b'", "a.b=c", ""] {
            assert_eq!(tests(select), None, "{select}");
        }
    }

    #[test]
    fn of_an_open_object_one_member_stands() {
        assert_eq!(
            standing("a.*"),
            json!({ "required": ["a"], "properties": { "a": { "minProperties": 1 } } })
        );
    }

    #[test]
    fn a_place_stands_in_the_item_that_it_selects() {
        assert_eq!(
            standing("a[use=home].b"),
            json!({
                "required": ["a"],
                "properties": { "a": { "contains": { "allOf": [
                    { "required": ["use"], "properties": { "use": { "const": "home" } } },
                    { "required": ["b"] }
                ] } } }
            })
        );
    }
}
