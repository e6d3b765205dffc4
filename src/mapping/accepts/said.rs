//! What the conditions of routes say of the body: a route takes what holds there and what no route before it takes.

use serde_json::{Map, Value, json};

use super::{in_body, leaf, parts};
use crate::mapping::compile::upstream::{Cond, Item, Operation, Place, PlaceStep, Route, Source};
use crate::model::shape::{Kind, ShapeId, Shapes};

/// What must be so of a body for something to be possible. What a call brings beside it may be anything.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Said {
    Always,
    Never,
    If(Value),
}

/// The body that conditions are over.
#[derive(Debug, Clone, Copy)]
pub(super) struct Over<'s> {
    pub(super) shapes: &'s Shapes,
    pub(super) body: ShapeId,
}

// === impl Said ===

impl Said {
    fn all(parts: impl Iterator<Item = Self>) -> Self {
        let mut schemas = Vec::new();
        for part in parts {
            match part {
                Self::Never => return Self::Never,
                Self::If(schema) if !schemas.contains(&schema) => schemas.push(schema),
                Self::If(_) | Self::Always => {}
            }
        }
        match schemas.len() {
            0 => Self::Always,
            1 => schemas.pop().map_or(Self::Always, Self::If),
            _ => Self::If(json!({ "allOf": schemas })),
        }
    }

    fn any(parts: impl Iterator<Item = Self>) -> Self {
        let mut schemas = Vec::new();
        for part in parts {
            match part {
                Self::Always => return Self::Always,
                Self::If(schema) if !schemas.contains(&schema) => schemas.push(schema),
                Self::If(_) | Self::Never => {}
            }
        }
        match schemas.len() {
            0 => Self::Never,
            1 => schemas.pop().map_or(Self::Never, Self::If),
            _ => Self::If(json!({ "anyOf": schemas })),
        }
    }

    /// Says it of a schema, too.
    pub(super) fn narrow(self, schema: &mut Value) {
        let (Self::If(said), Value::Object(members)) = (self, schema) else {
            return;
        };
        let all = members.entry("allOf").or_insert_with(|| json!([]));
        let Value::Array(all) = all else { return };
        match said.get("allOf").and_then(Value::as_array) {
            Some(parts) => all.extend(parts.iter().cloned()),
            None => all.push(said),
        }
    }

    fn of(truth: bool) -> Self {
        if truth { Self::Always } else { Self::Never }
    }
}

// === impl Over ===

impl Over<'_> {
    /// What must be so for a route to be the one that is taken, beside what its own places tell.
    pub(super) fn taken(&self, operation: &Operation, index: usize) -> Said {
        let routes = operation.routes.as_slice();
        let mut steps = operation.steps.iter();
        let step = steps.find(|step| step.routes.contains(&index));
        let first = step.map_or(0, |step| step.routes.start);
        let earlier = routes.get(first..index).unwrap_or_default();
        let own = routes.get(index).and_then(|route| route.when.as_ref());
        let own = own.map_or(Said::Always, |when| self.untold(when));
        let earlier = earlier.iter().filter(|route| !route.is_off);
        let passed = earlier.map(|route| self.passed(route));
        Said::all(std::iter::once(own).chain(passed))
    }

    /// What must be so for a condition to hold, without what the members of a schema tell: that one stands, does not, or
    /// has one value.
    fn untold(&self, when: &Cond) -> Said {
        match when {
            Cond::All(parts) => Said::all(parts.iter().map(|part| self.untold(part))),
            Cond::Present(source) if in_body(source).is_some() && !self.holds_others(source) => {
                Said::Always
            }
            Cond::In {
                source,
                values,
                negated: false,
            } if in_body(source).is_some() && values.len() == 1 => Said::Always,
            Cond::Not(inner) => match &**inner {
                Cond::Present(source) if in_body(source).is_some() => Said::Always,
                _ => self.holds(when, true),
            },
            _ => self.holds(when, true),
        }
    }

    /// True for a place of an object or a list, which must hold something to be present.
    fn holds_others(&self, source: &Source) -> bool {
        match source {
            Source::Body(place) => self.fullness(place) != json!({}),
            _ => false,
        }
    }

    fn fullness(&self, place: &Place) -> Value {
        let shape = parts::shape(self.shapes, self.body, place);
        match shape.map(|shape| &self.shapes.get(shape).kind) {
            Some(Kind::Object(_)) => json!({ "minProperties": 1 }),
            Some(Kind::List(_)) => json!({ "minItems": 1 }),
            _ => json!({}),
        }
    }

    /// What must be so for a route to be passed over: its condition does not hold, or its path lacks a value.
    fn passed(&self, route: &Route) -> Said {
        let when = route.when.iter().map(|when| self.holds(when, false));
        let path = route.path.sources();
        let path = path.map(|source| self.stands(source, false));
        Said::any(when.chain(path))
    }

    /// What must be so for a condition to hold, or not to.
    fn holds(&self, cond: &Cond, truth: bool) -> Said {
        match (cond, truth) {
            (Cond::All(parts), true) | (Cond::Any(parts), false) => {
                Said::all(parts.iter().map(|part| self.holds(part, truth)))
            }
            (Cond::Any(parts), true) | (Cond::All(parts), false) => {
                Said::any(parts.iter().map(|part| self.holds(part, truth)))
            }
            (Cond::Not(inner), _) => self.holds(inner, !truth),
            (Cond::Present(source), _) => self.stands(source, truth),
            (
                Cond::In {
                    source,
                    values,
                    negated,
                },
                _,
            ) => is_among(source, values, truth != *negated),
        }
    }

    fn stands(&self, source: &Source, truth: bool) -> Said {
        match source {
            Source::Body(place) => {
                let stands = at(&place.steps, self.fullness(place));
                Said::If(turned(stands, truth))
            }
            Source::Setting(_) => Said::of(truth),
            Source::Nothing => Said::of(!truth),
            Source::Input(_) | Source::Context(_) | Source::Current(_) | Source::Outcome(_) => {
                Said::Always
            }
        }
    }
}

fn is_among(source: &Source, values: &[Box<str>], truth: bool) -> Said {
    match source {
        Source::Body(place) if !place.id => {
            Said::If(turned(at(&place.steps, among(place, values)), truth))
        }
        Source::Setting(text) => {
            let is_among = values.iter().any(|value| **value == *text.shown());
            Said::of(is_among == truth)
        }
        Source::Nothing => Said::of(!truth),
        // An id is told by its local part.
        Source::Body(_)
        | Source::Input(_)
        | Source::Context(_)
        | Source::Current(_)
        | Source::Outcome(_) => Said::Always,
    }
}

fn turned(schema: Value, truth: bool) -> Value {
    if truth {
        schema
    } else {
        json!({ "not": schema })
    }
}

fn among(place: &Place, values: &[Box<str>]) -> Value {
    let mut values: Vec<Value> = values
        .iter()
        .map(|text| leaf::value(place.form, text))
        .collect();
    match values.len() {
        1 => json!({ "const": values.pop() }),
        _ => json!({ "enum": values }),
    }
}

/// Says something of the value at a place, and that there is one.
fn at(steps: &[PlaceStep], said: Value) -> Value {
    let Some((step, below)) = steps.split_first() else {
        return said;
    };
    let below = at(below, said);
    let member = match &step.item {
        None => below,
        Some(Item::At(index)) => {
            let mut items = vec![json!({}); *index];
            items.push(below);
            json!({ "prefixItems": items, "minItems": index.saturating_add(1) })
        }
        Some(Item::Where(tests)) => {
            let mut tests: Vec<Value> = tests
                .iter()
                .map(|(names, value)| deep(names, json!({ "const": value })))
                .collect();
            tests.push(below);
            json!({ "contains": { "allOf": tests } })
        }
    };
    having(&step.name, member)
}

fn deep(names: &[Box<str>], said: Value) -> Value {
    let outside_in = names.iter().rev();
    outside_in.fold(said, |below, name| having(name, below))
}

fn having(name: &str, member: Value) -> Value {
    if member.as_object().is_some_and(Map::is_empty) {
        return json!({ "required": [name] });
    }
    let mut properties = Map::new();
    properties.insert(name.to_owned(), member);
    json!({ "required": [name], "properties": properties })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mapping::compile::upstream::Hidden;
    use crate::model::shape::{Form, Sensitivity};

    fn body(name: &str) -> Source {
        Source::Body(Place {
            steps: vec![PlaceStep {
                name: name.into(),
                item: None,
            }],
            text: name.into(),
            id: false,
            form: Form::Text,
            sensitivity: Sensitivity::None,
        })
    }

    fn is(source: Source, values: &[&str]) -> Cond {
        Cond::In {
            source,
            values: values.iter().map(|value| (*value).into()).collect(),
            negated: false,
        }
    }

    fn said(cond: &Cond, truth: bool) -> Said {
        let shapes = Shapes::default();
        let over = Over {
            shapes: &shapes,
            body: ShapeId(0),
        };
        over.holds(cond, truth)
    }

    #[test]
    fn settings_are_known_and_inputs_are_not() {
        let setting = || Source::Setting(Hidden::new("a"));
        for (cond, holds, fails) in [
            (is(setting(), &["a", "b"]), Said::Always, Said::Never),
            (is(setting(), &["b"]), Said::Never, Said::Always),
            (is(Source::Nothing, &["b"]), Said::Never, Said::Always),
            (Cond::Present(setting()), Said::Always, Said::Never),
            (Cond::Present(Source::Nothing), Said::Never, Said::Always),
            (
                is(Source::Input("id".into()), &["b"]),
                Said::Always,
                Said::Always,
            ),
        ] {
            assert_eq!(said(&cond, true), holds, "{cond:?}");
            assert_eq!(said(&cond, false), fails, "{cond:?}");
        }
    }

    #[test]
    fn what_is_known_falls_out_of_what_is_said() {
        let of_body = || is(body("kind"), &["a"]);
        let schema = json!({ "required": ["kind"], "properties": { "kind": { "const": "a" } } });
        let no = || is(Source::Setting(Hidden::new("a")), &["b"]);
        for (cond, holds, fails) in [
            (
                of_body(),
                Said::If(schema.clone()),
                Said::If(json!({ "not": schema })),
            ),
            (
                Cond::Any(vec![no(), of_body()]),
                Said::If(schema.clone()),
                Said::If(json!({ "not": schema })),
            ),
            (Cond::All(vec![no(), of_body()]), Said::Never, Said::Always),
            (
                Cond::All(vec![Cond::Not(Box::new(no())), of_body()]),
                Said::If(schema.clone()),
                Said::If(json!({ "not": schema })),
            ),
        ] {
            assert_eq!(said(&cond, true), holds, "{cond:?}");
            assert_eq!(said(&cond, false), fails, "{cond:?}");
        }
    }

    #[test]
    fn items_are_told_by_their_place_and_by_their_values() {
        let step = |item| PlaceStep {
            name: "l".into(),
            item: Some(item),
        };
        let tests = vec![(vec!["k".into()], "x".into())];
        assert_eq!(
            at(&[step(Item::Where(tests))], json!({ "minProperties": 1 })),
            json!({ "required": ["l"], "properties": { "l": { "contains": { "allOf": [
                { "required": ["k"], "properties": { "k": { "const": "x" } } },
                { "minProperties": 1 }
            ] } } } })
        );
        assert_eq!(
            at(&[step(Item::At(1))], json!({ "minProperties": 1 })),
            json!({ "required": ["l"], "properties": { "l": {
                "prefixItems": [{}, { "minProperties": 1 }], "minItems": 2
            } } })
        );
    }
}
