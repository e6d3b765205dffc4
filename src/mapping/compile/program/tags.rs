//! Names of elements and attributes as they are written: with a prefix, or with the namespace of what stands inside.

use super::super::place::{Place, Step, StepKind, member_at};
use super::{Builder, Context};
use crate::codec::xml::write;
use crate::mapping::plan::Wire;
use crate::model::shape::{Shape, ShapeId, XmlName};

/// A name in the target's format.
#[derive(Debug, Clone, Default)]
pub(crate) struct Tag {
    /// The name, with its prefix.
    pub(super) name: Box<str>,
    /// Declarations that stand behind it in the start tag.
    pub(super) declares: Box<str>,
    /// The namespace of names without a prefix around the element, and inside it.
    around: Box<str>,
    inside: Box<str>,
}

// === impl Tag ===

impl Tag {
    /// A name in a format without namespaces.
    pub(super) fn plain(name: &str) -> Self {
        Self {
            name: name.into(),
            ..Self::default()
        }
    }

    /// The tag of an element.
    fn element(name: &XmlName, around: &str) -> Self {
        let inside = name.inside(around);
        let mut declares = String::new();
        if inside != around {
            declares = declaration("xmlns", inside);
        }
        Self {
            name: qualified(name),
            declares: declares.into(),
            around: around.into(),
            inside: inside.into(),
        }
    }

    /// The tag of a member.
    pub(super) fn member(name: &XmlName, attribute: bool, around: &str) -> Self {
        if attribute {
            return Self::plain(&qualified(name));
        }
        Self::element(name, around)
    }

    /// The tag of the items of a list that has this one, and its own element or not.
    pub(super) fn item(&self, name: Option<&XmlName>, own: bool) -> Self {
        match name {
            Some(name) => Self::element(name, if own { &self.inside } else { &self.around }),
            None => self.clone(),
        }
    }

    /// The namespace of names without a prefix inside the element.
    pub(super) fn inside(&self) -> &str {
        &self.inside
    }
}

impl Context {
    /// The name of what is written; none for a document.
    fn tag(&self) -> Option<&Tag> {
        match self {
            Self::Root => None,
            Self::Member { tag, .. } | Self::Item { tag } => Some(tag),
        }
    }
}

impl Builder<'_, '_> {
    /// The tag of an object or list; that of a document declares every prefix.
    pub(super) fn tag_of(&self, shape: &Shape, context: &Context, nameless: &str) -> Tag {
        if let Some(tag) = context.tag() {
            return tag.clone();
        }
        let plain = XmlName::plain(nameless);
        let mut tag = Tag::element(shape.root.as_ref().unwrap_or(&plain), "");
        let mut declares = String::from(tag.declares);
        for (prefix, namespace) in &self.native.layout.prefixes {
            declares.push_str(&declaration(&format!("xmlns:{prefix}"), namespace));
        }
        tag.declares = declares.into();
        tag
    }

    /// The tag of the items of a native list: the item's own name, or else the list's.
    pub(super) fn item_tag(&self, list: &[Place], root: ShapeId, context: &Context) -> Tag {
        let native = self.compiler.native;
        let Some(place) = list.first() else {
            return Tag::default();
        };
        let mut tag = self.tag_of(native.get(root), context, "list");
        let mut holder = root;
        for Step { kind, shape } in &place.steps {
            let list = native.get(holder).list();
            tag = match kind {
                StepKind::Member(index) => match member_at(native, holder, *index) {
                    Some(member) => Tag::member(&member.wire, false, tag.inside()),
                    None => tag,
                },
                StepKind::Select(_) | StepKind::Index(_) => match list {
                    Some(list) => tag.item(list.item_wire.as_ref(), list.wrapped),
                    None => tag,
                },
                StepKind::Status => tag,
            };
            holder = *shape;
        }
        match native.get(place.shape(root)).list() {
            Some(list) => {
                let own = list.wrapped || place.steps.is_empty();
                tag.item(list.item_wire.as_ref(), own)
            }
            None => tag,
        }
    }

    /// The tag of a member of an object, whose own tag this is.
    pub(super) fn member_tag(
        wire: Wire,
        member: &crate::model::shape::Member,
        object: &Tag,
    ) -> Tag {
        if wire == Wire::Xml {
            Tag::member(&member.wire, member.attribute, object.inside())
        } else {
            Tag::plain(&member.name)
        }
    }
}

fn qualified(name: &XmlName) -> Box<str> {
    match &name.prefix {
        Some(prefix) => format!("{prefix}:{}", name.local).into(),
        None => name.local.clone(),
    }
}

/// An attribute that declares a namespace.
fn declaration(name: &str, namespace: &str) -> String {
    let mut value = Vec::new();
    // The schema's check has seen that XML can hold it.
    let _ = write::attribute(&mut value, namespace.as_bytes());
    format!(" {name}=\"{}\"", String::from_utf8_lossy(&value))
}
