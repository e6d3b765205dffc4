//! From schemas to shapes, one at a time; each schema makes one shape however often it is referred to.

use std::collections::{BTreeMap, HashSet, VecDeque};
use std::ptr;

use super::kind::Type;
use super::layers::{self, flag, flatten, only_references, says_shape, text, xml, xml_name};
use super::library::Library;
use crate::diag::{Code, Diagnostic, Report, Span};
use crate::mapping::yaml::Node;
use crate::model::shape::{Form, Kind, Shape, ShapeId, Shapes, XmlName};

/// What tells one shape from another: the layers that say something about shape, by identity.
type Key = Vec<*const Node>;

/// A reading of a library.
pub(super) struct Reader<'a> {
    pub(super) library: Library<'a>,
    pub(super) faults: Vec<Diagnostic>,
    shapes: Shapes,
    /// Shapes of the definitions, by their position in the library.
    definitions: Vec<ShapeId>,
    known: BTreeMap<Key, ShapeId>,
    pending: VecDeque<Pending<'a>>,
    any: Option<ShapeId>,
    /// Keyed lists, whose items may be read after them.
    keyed: Vec<(ShapeId, Span)>,
}

/// A shape that has an index and is not read yet.
pub(super) struct Pending<'a> {
    pub(super) id: ShapeId,
    pub(super) name: String,
    /// The schemas that hold together there; in a view the one of the base first.
    pub(super) direct: Vec<&'a Node>,
    /// Name of the member's element, which items of a list may have as well.
    pub(super) wire: Option<XmlName>,
    pub(super) definition: bool,
}

// === impl Reader ===

impl<'a> Reader<'a> {
    pub(super) fn new(library: Library<'a>, faults: Vec<Diagnostic>) -> Self {
        Self {
            library,
            faults,
            shapes: Shapes::default(),
            definitions: Vec::new(),
            known: BTreeMap::new(),
            pending: VecDeque::new(),
            any: None,
            keyed: Vec::new(),
        }
    }

    /// Reads every definition, and every schema that they lead to.
    pub(super) fn read(mut self, report: &mut Report) -> Shapes {
        self.begin();
        while let Some(pending) = self.pending.pop_front() {
            let shape = self.shape(&pending);
            self.shapes.set(pending.id, shape);
        }
        self.check_keys();
        let mut seen = HashSet::new();
        report.extend(
            self.faults
                .into_iter()
                .filter(|fault| seen.insert(fault.clone())),
        );
        self.shapes
    }

    fn begin(&mut self) {
        let found = self.library.definitions().iter();
        let found: Vec<_> = found.map(|each| (each.name, each.node)).collect();
        for (name, node) in found {
            let id = self.shapes.push(empty(name));
            self.shapes.define(name, id);
            self.definitions.push(id);
            if says_shape(node) {
                let key = self.key(&[node]);
                self.known.entry(key).or_insert(id);
            }
            let pending = Pending {
                id,
                name: name.to_owned(),
                direct: vec![node],
                wire: None,
                definition: true,
            };
            self.pending.push_back(pending);
        }
    }

    pub(super) fn flat(&mut self, direct: &[&'a Node]) -> Vec<&'a Node> {
        flatten(&self.library, direct, &mut self.faults)
    }

    fn key(&mut self, direct: &[&'a Node]) -> Key {
        let flat = self.flat(direct);
        let saying = flat.into_iter().filter(|layer| says_shape(layer));
        saying.map(ptr::from_ref).collect()
    }

    /// Gives the one shape of any value.
    pub(super) fn any(&mut self) -> ShapeId {
        *self.any.get_or_insert_with(|| self.shapes.push(empty("")))
    }

    /// Gives the shape of schemas that hold together; it may be read later.
    pub(super) fn shape_of(
        &mut self,
        direct: &[&'a Node],
        name: String,
        wire: Option<XmlName>,
    ) -> ShapeId {
        if let Some(id) = self.referred(direct) {
            return id;
        }
        let key = self.key(direct);
        if key.is_empty() {
            return self.any();
        }
        if let Some(id) = self.known.get(&key) {
            return *id;
        }
        let id = self.shapes.push(empty(&name));
        self.known.insert(key, id);
        let direct = direct.to_vec();
        self.pending.push_back(Pending {
            id,
            name,
            direct,
            wire,
            definition: false,
        });
        id
    }

    /// Gives the shape that is referred to, where nothing is said beside one reference.
    fn referred(&mut self, direct: &[&'a Node]) -> Option<ShapeId> {
        let mut schema = sole(direct)?;
        let mut name = String::new();
        let mut seen: Vec<&Node> = Vec::new();
        while let Some(references) = only_references(schema) {
            let [reference] = references.as_slice() else {
                return None;
            };
            if seen.iter().any(|other| ptr::eq(*other, schema)) {
                return None;
            }
            seen.push(schema);
            let target = self.library.resolve(reference).ok()?;
            if let Some(at) = target.definition {
                return self.definitions.get(at).copied();
            }
            (schema, name) = (target.node, target.name);
        }
        (!seen.is_empty()).then(|| self.shape_of(&[schema], name, None))
    }

    fn shape(&mut self, pending: &Pending<'a>) -> Shape {
        let flat = self.flat(&pending.direct);
        let kind = self.kind(pending, &flat);
        Shape {
            name: pending.name.as_str().into(),
            view_of: self.view_of(&pending.direct, &flat, &pending.name),
            root: xml(&flat, "name")
                .filter(|_| pending.definition)
                .map(|name| xml_name(&flat, name)),
            media_type: text(&flat, "x-media-type")
                .filter(|_| pending.definition)
                .map(Into::into),
            envelope: flag(&pending.direct, "x-envelope"),
            context: flag(&pending.direct, "x-context"),
            kind,
        }
    }

    fn kind(&mut self, pending: &Pending<'a>, flat: &[&'a Node]) -> Kind {
        let types = self.types(flat);
        self.check_annotations(pending, flat, &types);
        match types.as_slice() {
            [] => Kind::Any,
            [Type::Object] => Kind::Object(self.object(pending, flat)),
            [Type::Array] => {
                let (list, key) = self.list(pending, flat);
                self.keyed.extend(key.map(|span| (pending.id, span)));
                Kind::List(list)
            }
            _ => Kind::Scalar(self.scalar(flat, &types)),
        }
    }

    /// Gives the shape that a view narrows: what it refers to, or the base's own member.
    fn view_of(&mut self, direct: &[&'a Node], flat: &[&'a Node], name: &str) -> Option<ShapeId> {
        let base = self.base(direct)?;
        let base_flat = self.flat(&base);
        let known: HashSet<_> = members(&base_flat).collect();
        if members(flat).any(|member| !known.contains(member)) {
            return None;
        }
        Some(self.shape_of(&base, name.to_owned(), None))
    }

    fn base(&mut self, direct: &[&'a Node]) -> Option<Vec<&'a Node>> {
        if let [before @ .., _] = direct
            && !before.is_empty()
        {
            return Some(before.to_vec());
        }
        let schema = sole(direct)?;
        let parts = layers::parts(schema).iter().filter_map(layers::reference);
        let references: Vec<_> = layers::reference(schema).into_iter().chain(parts).collect();
        let [reference] = references.as_slice() else {
            return None;
        };
        let target = self.library.resolve(reference).ok()?;
        (!ptr::eq(target.node, schema)).then(|| vec![target.node])
    }

    fn check_keys(&mut self) {
        for (id, span) in std::mem::take(&mut self.keyed) {
            let shape = self.shapes.get(id);
            let Some((list, key)) = shape
                .list()
                .and_then(|list| Some((list, list.key.as_deref()?)))
            else {
                continue;
            };
            let item = self.shapes.get(list.item);
            let member = item.object().and_then(|object| object.member(key));
            let fits = member.is_some_and(|(_, member)| {
                let scalar = self.shapes.get(member.shape).scalar();
                member.required && scalar.is_some_and(|scalar| scalar.form == Form::Text)
            });
            if !fits {
                let message = format!(
                    "`{key}` is no required text of the items of `{}`",
                    shape.name
                );
                let help = format!(
                    "give the items a member `{key}` of type string and name it in `required`"
                );
                self.faults
                    .push(Diagnostic::new(Code::S012, span, message).help(help));
            }
        }
    }
}

/// Gives the one schema that says something about shape.
fn sole<'a>(direct: &[&'a Node]) -> Option<&'a Node> {
    let mut saying = direct.iter().filter(|schema| {
        says_shape(schema) || only_references(schema).is_none_or(|found| !found.is_empty())
    });
    saying.next().filter(|_| saying.next().is_none()).copied()
}

/// Gives the names that layers give members.
fn members<'a>(layers: &[&'a Node]) -> impl Iterator<Item = &'a str> {
    let entries = layers::each(layers, "properties")
        .filter_map(Node::as_map)
        .flatten();
    entries.map(|entry| entry.key.text.as_str())
}

fn empty(name: &str) -> Shape {
    Shape {
        name: name.into(),
        view_of: None,
        root: None,
        media_type: None,
        envelope: false,
        context: false,
        kind: Kind::Any,
    }
}
