//! What a document may look like: the types of the canonical model and of an upstream's documents.
//!
//! A [`Shapes`] is read once from JSON Schema with the format annotations of the mapping language; every
//! `$ref` is resolved, every view (`allOf` of one definition with narrowing) is flattened.

use std::collections::BTreeMap;

/// Index of a shape in its [`Shapes`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ShapeId(pub u32);

/// All shapes of one side: of the canonical model, or of one upstream.
#[derive(Debug, Clone, Default)]
pub struct Shapes {
    shapes: Vec<Shape>,
    definitions: BTreeMap<Box<str>, ShapeId>,
}

/// One shape.
#[derive(Debug, Clone)]
pub struct Shape {
    /// The definition's name, or the path to it from one (`Customer.phones[]`).
    pub name: Box<str>,
    /// The definition that this one narrows, if it is a view.
    pub view_of: Option<ShapeId>,
    /// Name of the root element, for shapes that stand as XML documents.
    pub root: Option<XmlName>,
    /// Media type, where it differs from the upstream's usual one.
    pub media_type: Option<Box<str>>,
    /// True for documents around an answer (`x-envelope`), which have no place of their own in the API.
    pub envelope: bool,
    /// True for what the gateway knows about a call (`x-context`), which is no document at all.
    pub context: bool,
    /// Object, list, scalar or anything.
    pub kind: Kind,
}

/// The kinds of shapes.
#[derive(Debug, Clone)]
pub enum Kind {
    /// Members by name.
    Object(Object),
    /// Items in order.
    List(List),
    /// One value.
    Scalar(Scalar),
    /// Any JSON value, carried as it stands.
    Any,
}

/// An object's members and the rules over them.
#[derive(Debug, Clone, Default)]
pub struct Object {
    /// In the order of the schema, which is the order of writing.
    pub members: Vec<Member>,
    /// Shape of members that have no name here; none are allowed where this is `None`. It is `Any` where the
    /// schema says nothing about them: they are carried as they stand, and no path leads to them.
    pub open: Option<ShapeId>,
    /// Each entry: at least one of its alternatives must have all its members present (`anyOf` of `required`).
    pub any_of: Vec<Vec<Vec<Box<str>>>>,
    /// Members that others must accompany (`dependentRequired`, `if` and `then`).
    pub dependents: Vec<Dependent>,
    /// Fewest members.
    pub min_members: Option<u32>,
    /// Most members.
    pub max_members: Option<u32>,
}

/// A member that others must accompany.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Dependent {
    /// The member; the rule holds where it is present.
    pub member: Box<str>,
    /// The one value of it for which the rule holds; every value where this is `None`.
    pub value: Option<Box<str>>,
    /// The members that must be present then.
    pub needs: Vec<Box<str>>,
}

/// One member of an object, with what its own schema and the shape it refers to say together.
#[derive(Debug, Clone)]
pub struct Member {
    /// Name in paths of the mapping language, and on the wire where `wire` says nothing else.
    pub name: Box<str>,
    /// Element or attribute name in XML.
    pub wire: XmlName,
    /// Its shape.
    pub shape: ShapeId,
    /// Must be present.
    pub required: bool,
    /// Forbidden by a view (`name: false`).
    pub forbidden: bool,
    /// Answers only.
    pub read_only: bool,
    /// Requests only.
    pub write_only: bool,
    /// How much care its value needs, those of its items and of its members without a name included.
    pub sensitivity: Sensitivity,
    /// Sensitivities that may not be put here (`x-forbid-sensitivity`).
    pub forbids: Vec<Sensitivity>,
    /// An XML attribute rather than an element.
    pub attribute: bool,
    /// Other spellings that are accepted.
    pub aliases: Vec<Alias>,
    /// Where the member comes from if no sample of the upstream shows it.
    pub provenance: Option<Box<str>>,
}

/// Another spelling of a member.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Alias {
    /// Its name on the wire.
    pub name: XmlName,
    /// An XML attribute rather than an element.
    pub attribute: bool,
}

/// The name of an element or attribute in XML.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct XmlName {
    /// The name without a prefix.
    pub local: Box<str>,
    /// Its namespace, where the schema says one, or the empty text for none. Else that of what stands around an element,
    /// and none for an attribute.
    pub namespace: Option<Box<str>>,
    /// What is written in front of the name. Without one the namespace is that of all below, too, where they say none.
    pub prefix: Option<Box<str>>,
}

/// A list.
#[derive(Debug, Clone)]
pub struct List {
    /// Shape of each item.
    pub item: ShapeId,
    /// Name of an item's element in XML; the list's own name where it is `None`.
    pub item_wire: Option<XmlName>,
    /// True if the items stand inside an element of the list's name.
    pub wrapped: bool,
    /// A single value stands for a list of one.
    pub one_or_many: bool,
    /// Member that tells the items of a keyed list apart (`x-list-map-keys`).
    pub key: Option<Box<str>>,
    /// Fewest items.
    pub min_items: Option<u32>,
    /// Most items.
    pub max_items: Option<u32>,
}

/// One value.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Scalar {
    /// Its type; of two types (`x-write-as`), the one that is written.
    pub form: Form,
    /// The other accepted type.
    pub also: Option<Form>,
    /// Its format.
    pub format: Option<Format>,
    /// The closed list of its values; empty if open.
    pub values: Vec<Box<str>>,
    /// The one value it has.
    pub constant: Option<Box<str>>,
    /// Regular expression that its text matches, anchored where the schema anchors it.
    pub pattern: Option<Box<str>>,
    /// Fewest characters.
    pub min_length: Option<u32>,
    /// Most characters.
    pub max_length: Option<u32>,
    /// Smallest number, as its lexeme.
    pub minimum: Option<Box<str>>,
    /// Largest number, as its lexeme.
    pub maximum: Option<Box<str>>,
    /// Digits behind the point on writing, checked and never rounded (`x-scale`).
    pub scale: Option<u32>,
    /// Spellings per value (`x-lexical`); the first is written.
    pub spellings: Vec<Spelling>,
    /// Blanks around the text are dropped on reading (`x-text: trim`).
    pub trim: bool,
}

/// The spellings of one value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Spelling {
    /// The value.
    pub value: Box<str>,
    /// How it may stand in a document; the first is written.
    pub spelled: Vec<Box<str>>,
}

/// JSON types of a scalar.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub enum Form {
    /// A string.
    #[default]
    Text,
    /// A number without fraction.
    Integer,
    /// A number.
    Number,
    /// `true` or `false`.
    Boolean,
}

/// Formats of the model.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Format {
    /// A self-routing id, `upstream:local`; qualified by the engine.
    Id,
    /// A decimal number as text.
    Decimal,
    /// `2026-11-22`.
    Date,
    /// RFC 3339 date and time.
    DateTime,
    /// `2026-11`.
    Month,
    /// BCP 47.
    LanguageTag,
    /// ISO 4217.
    CurrencyCode,
    /// ISO 3166-1 alpha-2.
    Country,
    /// The part of ISO 3166-2 behind the hyphen.
    Region,
    /// E.164 where unambiguous, else text.
    Phone,
    /// An e-mail address.
    Email,
    /// RFC 6901.
    Pointer,
}

/// How much care a value needs, from `x-sensitivity`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub enum Sensitivity {
    /// May be logged.
    #[default]
    None,
    /// Of a person: never in logs, metrics, problems or URLs.
    Personal,
    /// A credential: as personal, and never read back.
    Secret,
    /// Card or account data: as secret.
    Card,
}

impl Format {
    /// The format of this name in a schema.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        Some(match name {
            "id" => Self::Id,
            "decimal" => Self::Decimal,
            "date" => Self::Date,
            "date-time" => Self::DateTime,
            "month" => Self::Month,
            "language-tag" => Self::LanguageTag,
            "currency-code" => Self::CurrencyCode,
            "country" => Self::Country,
            "region" => Self::Region,
            "phone" => Self::Phone,
            "email" => Self::Email,
            "pointer" => Self::Pointer,
            _ => return None,
        })
    }
}

impl Sensitivity {
    /// The sensitivity of this name in a schema.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        Some(match name {
            "none" => Self::None,
            "personal" => Self::Personal,
            "secret" => Self::Secret,
            "card" => Self::Card,
            _ => return None,
        })
    }
}

impl XmlName {
    /// Makes a name whose schema says nothing of namespaces.
    #[must_use]
    pub fn plain(local: &str) -> Self {
        Self {
            local: local.into(),
            namespace: None,
            prefix: None,
        }
    }

    /// The namespace of an element of this name, where names without a prefix are in another one.
    #[must_use]
    pub fn of_element<'n>(&'n self, around: &'n str) -> &'n str {
        self.namespace.as_deref().unwrap_or(around)
    }

    /// The namespace of an attribute of this name.
    #[must_use]
    pub fn of_attribute(&self) -> &str {
        self.namespace.as_deref().unwrap_or("")
    }

    /// The namespace of the names without a prefix that stand inside an element of this name.
    #[must_use]
    pub fn inside<'n>(&'n self, around: &'n str) -> &'n str {
        match self.prefix {
            Some(_) => around,
            None => self.of_element(around),
        }
    }
}

impl Shapes {
    /// Adds a shape and returns its index.
    pub fn push(&mut self, shape: Shape) -> ShapeId {
        let id = ShapeId(u32::try_from(self.shapes.len()).unwrap_or(u32::MAX));
        self.shapes.push(shape);
        id
    }

    /// Names a shape as a definition that mappings and operations may refer to.
    pub fn define(&mut self, name: &str, id: ShapeId) {
        self.definitions.insert(name.into(), id);
    }

    /// The definition of this name.
    #[must_use]
    pub fn definition(&self, name: &str) -> Option<ShapeId> {
        self.definitions.get(name).copied()
    }

    /// Tells whether what is of one of these shapes may stand at another: it is one of them, has members of the same
    /// names, or is anything.
    #[must_use]
    pub fn takes(&self, shape: ShapeId, wanted: &[ShapeId]) -> bool {
        let names = |shape: ShapeId| {
            let members = self.get(shape).object()?.members.iter();
            let mut names: Vec<&str> = members.map(|member| &*member.name).collect();
            names.sort_unstable();
            Some(names)
        };
        let alike = |of: &ShapeId| {
            *of == shape || names(shape).is_some_and(|members| names(*of) == Some(members))
        };
        let is_any = matches!(self.get(shape).kind, Kind::Any);
        is_any || wanted.is_empty() || wanted.iter().any(alike)
    }

    /// All definitions in the order of their names.
    pub fn definitions(&self) -> impl Iterator<Item = (&str, ShapeId)> {
        self.definitions.iter().map(|(name, id)| (&**name, *id))
    }

    /// The shape behind an index of these shapes; `Any` for an index of others.
    #[must_use]
    pub fn get(&self, id: ShapeId) -> &Shape {
        static ANY: std::sync::LazyLock<Shape> = std::sync::LazyLock::new(|| Shape {
            name: "".into(),
            view_of: None,
            root: None,
            media_type: None,
            envelope: false,
            context: false,
            kind: Kind::Any,
        });
        usize::try_from(id.0)
            .ok()
            .and_then(|index| self.shapes.get(index))
            .unwrap_or(&ANY)
    }

    /// Replaces a shape that was pushed as a placeholder while a `$ref` led back to it.
    pub fn set(&mut self, id: ShapeId, shape: Shape) {
        if let Some(slot) = usize::try_from(id.0)
            .ok()
            .and_then(|index| self.shapes.get_mut(index))
        {
            *slot = shape;
        }
    }

    /// How many shapes there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.shapes.len()
    }

    /// True if there is no shape.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.shapes.is_empty()
    }
}

impl Shape {
    /// The object, if the shape is one.
    #[must_use]
    pub fn object(&self) -> Option<&Object> {
        match &self.kind {
            Kind::Object(object) => Some(object),
            Kind::List(_) | Kind::Scalar(_) | Kind::Any => None,
        }
    }

    /// The list, if the shape is one.
    #[must_use]
    pub fn list(&self) -> Option<&List> {
        match &self.kind {
            Kind::List(list) => Some(list),
            Kind::Object(_) | Kind::Scalar(_) | Kind::Any => None,
        }
    }

    /// The scalar, if the shape is one.
    #[must_use]
    pub fn scalar(&self) -> Option<&Scalar> {
        match &self.kind {
            Kind::Scalar(scalar) => Some(scalar),
            Kind::Object(_) | Kind::List(_) | Kind::Any => None,
        }
    }
}

impl Object {
    /// The member of this name with its position.
    #[must_use]
    pub fn member(&self, name: &str) -> Option<(usize, &Member)> {
        self.members
            .iter()
            .enumerate()
            .find(|(_, member)| &*member.name == name)
    }
}
