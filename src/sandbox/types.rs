//! What the canonical model says about documents of the store.

use super::value::Value;
use crate::mapping::ast::Kind as OperationKind;
use crate::mapping::catalog::{CanonicalOperation, Catalog};
use crate::mapping::syntax::Step;
use crate::model::shape::{Form, Format, Kind, Object, Scalar, ShapeId, Shapes};

/// Which record an operation is about, and what of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Target<'a> {
    /// A record of this type.
    Record(&'a str),
    /// The record of a type that belongs to a parent of another.
    Child { parent: &'a str, kind: &'a str },
    /// A place of a record, and the input that selects one item of the list there.
    Part {
        parent: &'a str,
        steps: &'a [Step],
        input: Option<&'a str>,
    },
}

impl<'a> Target<'a> {
    /// Finds out what an operation is about.
    pub(super) fn of(operation: &'a CanonicalOperation, catalog: &'a Catalog) -> Self {
        let Some(within) = &operation.within else {
            return Self::Record(addressed(operation, catalog));
        };
        let parent = within.place.first_name().unwrap_or_default();
        match within.place.steps.get(1..) {
            None | Some([]) => Self::Child {
                parent,
                kind: answered(operation, catalog),
            },
            Some(steps) => Self::Part {
                parent,
                steps,
                input: within.input.as_ref().map(|input| input.value.as_str()),
            },
        }
    }

    /// The type of the record whose id stands in the path.
    pub(super) const fn named(self) -> &'a str {
        match self {
            Self::Record(kind) => kind,
            Self::Child { parent, .. } | Self::Part { parent, .. } => parent,
        }
    }
}

/// The type of what is answered, or of what the same path reads.
fn answered<'a>(operation: &'a CanonicalOperation, catalog: &'a Catalog) -> &'a str {
    let own = operation.answer_type();
    own.or_else(|| read_at(&operation.path, catalog))
        .or(operation.body.as_deref())
        .unwrap_or_default()
}

/// The type of the record whose id stands in the path; without an id the type of the answer.
fn addressed<'a>(operation: &'a CanonicalOperation, catalog: &'a Catalog) -> &'a str {
    let to_id = operation
        .path
        .find('}')
        .and_then(|at| operation.path.get(..=at));
    let of_path = to_id.and_then(|path| read_at(path, catalog));
    of_path.unwrap_or_else(|| answered(operation, catalog))
}

fn read_at<'a>(path: &str, catalog: &'a Catalog) -> Option<&'a str> {
    let reads = |operation: &&CanonicalOperation| {
        operation.kind == OperationKind::Get && &*operation.path == path
    };
    catalog.operations.iter().find(reads)?.answer_type()
}

/// The object that a type is.
pub(super) fn object<'s>(shapes: &'s Shapes, kind: &str) -> Option<&'s Object> {
    shapes.get(shapes.definition(kind)?).object()
}

/// Takes out what requests only hold.
pub(super) fn answerable(value: &mut Value, shapes: &Shapes, shape: ShapeId) {
    match (&shapes.get(shape).kind, value) {
        (Kind::Object(object), Value::Object(members)) => {
            members.retain(|(name, _)| {
                object
                    .member(name)
                    .is_none_or(|(_, member)| !member.write_only)
            });
            for (name, value) in members {
                if let Some((_, member)) = object.member(name) {
                    answerable(value, shapes, member.shape);
                }
            }
        }
        (Kind::List(list), Value::List(items)) => items
            .iter_mut()
            .for_each(|item| answerable(item, shapes, list.item)),
        _ => {}
    }
}

/// Gives the items of an answer's lists ids that only answers have, counted after the id of what they belong to.
pub(super) fn numbered(value: &mut Value, owner: &str, shapes: &Shapes, shape: ShapeId) {
    let Some(object) = shapes.get(shape).object() else {
        return;
    };
    for member in &object.members {
        let list = shapes.get(member.shape).list();
        let item = list.and_then(|list| shapes.get(list.item).object());
        let counts = item
            .and_then(|item| item.member("id"))
            .is_some_and(|(_, id)| id.read_only);
        if !counts || value.get(&member.name).is_none() {
            continue;
        }
        value.change(&member.name, |list| {
            let Value::List(items) = list else { return };
            let lacking = items.iter_mut().enumerate();
            for (index, item) in lacking.filter(|(_, item)| item.get("id").is_none()) {
                let number = index.saturating_add(1);
                item.set("id", Value::Text(format!("{owner}-{number}")));
            }
        });
    }
}

/// Keeps of a document what a type has too.
pub(super) fn shared(value: &Value, shapes: &Shapes, shape: ShapeId) -> Option<Value> {
    match (&shapes.get(shape).kind, value) {
        (Kind::Object(object), Value::Object(members)) => {
            let kept = members.iter().filter_map(|(name, value)| {
                let (_, member) = object.member(name)?;
                if member.write_only {
                    return None;
                }
                Some((name.clone(), shared(value, shapes, member.shape)?))
            });
            Some(Value::Object(kept.collect()))
        }
        (Kind::List(list), Value::List(items)) => {
            let kept = items
                .iter()
                .filter_map(|item| shared(item, shapes, list.item));
            Some(Value::List(kept.collect()))
        }
        (Kind::Object(_) | Kind::List(_), _) => None,
        (Kind::Scalar(_) | Kind::Any, value) => Some(value.clone()),
    }
}

/// The text of a literal as the place of a type holds it.
pub(super) fn literal(text: &str, shapes: &Shapes, kind: &str, steps: &[Step]) -> Value {
    match scalar(shapes, kind, steps).map(|scalar| scalar.form) {
        Some(Form::Integer | Form::Number) => Value::Number(text.to_owned()),
        Some(Form::Boolean) => Value::Truth(text == "true"),
        Some(Form::Text) | None => Value::Text(text.to_owned()),
    }
}

/// Whether a place of a type holds a date without a time.
pub(super) fn is_date(shapes: &Shapes, kind: &str, steps: &[Step]) -> bool {
    scalar(shapes, kind, steps).is_some_and(|scalar| scalar.format == Some(Format::Date))
}

/// Whether only answers have a place of a type.
pub(super) fn is_read_only(shapes: &Shapes, kind: &str, steps: &[Step]) -> bool {
    let Some(mut at) = shapes.definition(kind) else {
        return false;
    };
    for step in steps {
        let Some((_, member)) = shapes.get(at).object().and_then(|of| of.member(&step.name)) else {
            return false;
        };
        if member.read_only {
            return true;
        }
        at = member.shape;
        if step.select.is_some() {
            at = shapes.get(at).list().map_or(at, |list| list.item);
        }
    }
    false
}

/// Whether the object at a place of a type has an id of its own.
pub(super) fn has_id(shapes: &Shapes, kind: &str, steps: &[Step]) -> bool {
    let found = shape(shapes, kind, steps).and_then(|shape| shapes.get(shape).object());
    found.is_some_and(|object| object.member("id").is_some())
}

fn scalar<'s>(shapes: &'s Shapes, kind: &str, steps: &[Step]) -> Option<&'s Scalar> {
    shapes.get(shape(shapes, kind, steps)?).scalar()
}

fn shape(shapes: &Shapes, kind: &str, steps: &[Step]) -> Option<ShapeId> {
    let mut at = shapes.definition(kind)?;
    for step in steps {
        at = shapes.get(at).object()?.member(&step.name)?.1.shape;
        if step.select.is_some() {
            at = shapes.get(at).list()?.item;
        }
    }
    Some(at)
}
