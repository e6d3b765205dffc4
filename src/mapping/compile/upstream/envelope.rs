//! The canonical document of a body that is made of more than the canonical body.

use super::source::Lookup;
use crate::mapping::ast::Rule;
use crate::model::shape::{
    Form, Kind, Member, Object, Scalar, Sensitivity, Shape, ShapeId, Shapes, XmlName,
};

/// A document that holds the body beside inputs, context and page: `{"id": "340", "body": {...}}`.
#[derive(Debug)]
pub(crate) struct Envelope {
    /// The inputs that its rules name.
    pub(crate) inputs: Vec<Box<str>>,
    /// Whether its rules name the context.
    pub(crate) context: bool,
    /// Whether its rules name the page.
    pub(crate) page: bool,
}

// === impl Envelope ===

impl Envelope {
    /// Makes the shape of the document that rules read: those of the model, with one more.
    pub(super) fn shapes(lookup: &Lookup<'_>, rules: &[Rule]) -> (Shapes, ShapeId, Self) {
        let mut shapes = lookup.shapes.clone();
        let named = |name: &str| {
            rules
                .iter()
                .flat_map(|rule| &rule.places)
                .any(|place| place.first_name() == Some(name))
        };
        let inputs: Vec<Box<str>> = lookup
            .inputs
            .iter()
            .filter(|name| named(name))
            .cloned()
            .collect();
        let mut members = Vec::new();
        for name in &inputs {
            let text = shapes.push(shape(name, Kind::Scalar(Scalar::default())));
            members.push(member(name, text));
        }
        let context = shapes.definition("Context").filter(|_| named("context"));
        if let Some(context) = context {
            members.push(member("context", context));
        }
        let page = named("page");
        if page {
            let limit = Scalar {
                form: Form::Integer,
                ..Scalar::default()
            };
            let limit = shapes.push(shape("limit", Kind::Scalar(limit)));
            let cursor = shapes.push(shape("cursor", Kind::Scalar(Scalar::default())));
            let object = Object {
                members: vec![member("limit", limit), member("cursor", cursor)],
                ..Object::default()
            };
            let page = shapes.push(shape("page", Kind::Object(object)));
            members.push(member("page", page));
        }
        if let Some(body) = lookup.body {
            members.push(member("body", body));
        }
        let object = Object {
            members,
            ..Object::default()
        };
        let root = shapes.push(shape("call", Kind::Object(object)));
        (
            shapes,
            root,
            Self {
                inputs,
                context: context.is_some(),
                page,
            },
        )
    }
}

fn shape(name: &str, kind: Kind) -> Shape {
    Shape {
        name: name.into(),
        view_of: None,
        root: None,
        media_type: None,
        envelope: true,
        context: false,
        kind,
    }
}

fn member(name: &str, shape: ShapeId) -> Member {
    Member {
        name: name.into(),
        wire: XmlName::plain(name),
        shape,
        required: false,
        forbidden: false,
        read_only: false,
        write_only: false,
        sensitivity: Sensitivity::None,
        forbids: Vec::new(),
        attribute: false,
        aliases: Vec::new(),
        provenance: None,
    }
}
