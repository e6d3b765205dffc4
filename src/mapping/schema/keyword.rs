//! The closed list of keywords: the form of each one's value, and what it may stand on.

/// The form of a keyword's value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::mapping) enum Form {
    /// Anything; nothing is read from it.
    Note,
    /// A text.
    Text,
    /// `true` or `false`.
    Flag,
    /// `true` and nothing else: the keyword is left out otherwise.
    True,
    /// A whole number from 0.
    Count,
    /// A decimal number.
    Number,
    /// One value.
    Value,
    /// A list of values.
    Values,
    /// A type, or a list of two.
    Types,
    /// A list of names.
    Names,
    /// One of these words.
    Word(&'static [&'static str]),
    /// A list of these words.
    Words(&'static [&'static str]),
    /// The name of a format of the model.
    Format,
    /// A regular expression.
    Pattern,
    /// A schema.
    Schema,
    /// A schema, `true` or `false`.
    SchemaOrFlag,
    /// A map of names to schemas.
    Schemas,
    /// A map of names to schemas, or to `false`.
    Members,
    /// A list of schemas.
    SchemaList,
    /// A list of `required`.
    Alternatives,
    /// A map of names to lists of names.
    Needs,
    /// One member with a `const`.
    If,
    /// `required` alone.
    Then,
    /// How it stands in XML.
    Xml,
    /// Other spellings of a member.
    Aliases,
    /// A map of values to lists of spellings.
    Lexical,
}

/// What a keyword may stand on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::mapping) enum On {
    /// Everything.
    Anything,
    /// The root of a file.
    Root,
    /// A definition.
    Definition,
    /// A member of an object.
    Member,
    /// An object.
    Object,
    /// A list.
    List,
    /// Text, number or boolean.
    Scalar,
    /// Text, or a number that may also be one.
    Text,
    /// A number, or a text that may also be one.
    Number,
}

/// A keyword.
#[derive(Debug, Clone, Copy)]
pub(in crate::mapping) struct Keyword {
    /// Its name.
    pub(in crate::mapping) name: &'static str,
    /// The form of its value.
    pub(in crate::mapping) form: Form,
    /// What it may stand on.
    pub(in crate::mapping) on: On,
    /// Whether it makes another shape; what is left says something about a member or a document.
    pub(in crate::mapping) shapes: bool,
}

/// Sensitivities that a schema may name.
pub(in crate::mapping) const SENSITIVITIES: &[&str] = &["none", "personal", "secret", "card"];
/// Types of JSON that have a shape.
pub(in crate::mapping) const TYPES: &[&str] =
    &["object", "array", "string", "integer", "number", "boolean"];
/// Keys of `xml`, from OpenAPI 3.1.
pub(in crate::mapping) const XML: &[&str] =
    &["name", "attribute", "wrapped", "namespace", "prefix"];
/// Keys of an entry of `x-aliases`.
pub(in crate::mapping) const ALIAS: &[&str] = &["name", "attribute", "namespace"];

/// Every keyword.
pub(in crate::mapping) const KEYWORDS: &[Keyword] = &[
    says("$schema", Form::Text, On::Root),
    says("$id", Form::Text, On::Root),
    says("$defs", Form::Schemas, On::Root),
    says("$comment", Form::Note, On::Anything),
    says("title", Form::Text, On::Anything),
    says("description", Form::Text, On::Anything),
    says("examples", Form::Note, On::Anything),
    says("deprecated", Form::Flag, On::Anything),
    says("$ref", Form::Text, On::Anything),
    says("allOf", Form::SchemaList, On::Anything),
    makes("type", Form::Types, On::Anything),
    makes("properties", Form::Members, On::Object),
    makes("required", Form::Names, On::Object),
    makes("additionalProperties", Form::SchemaOrFlag, On::Object),
    makes("anyOf", Form::Alternatives, On::Object),
    makes("dependentRequired", Form::Needs, On::Object),
    makes("if", Form::If, On::Object),
    makes("then", Form::Then, On::Object),
    makes("minProperties", Form::Count, On::Object),
    makes("maxProperties", Form::Count, On::Object),
    makes("items", Form::Schema, On::List),
    makes("minItems", Form::Count, On::List),
    makes("maxItems", Form::Count, On::List),
    makes("x-list-type", Form::Word(&["map"]), On::List),
    makes("x-list-map-keys", Form::Names, On::List),
    makes("x-one-or-many", Form::True, On::List),
    makes("enum", Form::Values, On::Scalar),
    makes("const", Form::Value, On::Scalar),
    makes("default", Form::Value, On::Scalar),
    makes("format", Form::Format, On::Text),
    makes("pattern", Form::Pattern, On::Text),
    makes("minLength", Form::Count, On::Text),
    makes("maxLength", Form::Count, On::Text),
    makes("minimum", Form::Number, On::Number),
    makes("maximum", Form::Number, On::Number),
    makes("x-scale", Form::Count, On::Number),
    makes("x-lexical", Form::Lexical, On::Scalar),
    makes(
        "x-write-as",
        Form::Word(&["string", "integer", "number", "boolean"]),
        On::Scalar,
    ),
    makes("x-text", Form::Word(&["trim"]), On::Scalar),
    says("readOnly", Form::Flag, On::Anything),
    says("writeOnly", Form::Flag, On::Anything),
    says("xml", Form::Xml, On::Anything),
    says("x-aliases", Form::Aliases, On::Member),
    says("x-sensitivity", Form::Word(SENSITIVITIES), On::Anything),
    says(
        "x-forbid-sensitivity",
        Form::Words(SENSITIVITIES),
        On::Anything,
    ),
    says("x-provenance", Form::Text, On::Anything),
    says("x-media-type", Form::Text, On::Definition),
    says("x-envelope", Form::True, On::Definition),
    says("x-context", Form::True, On::Definition),
];

/// Words of JSON Schema that no shape is made of, and what serves instead.
pub(in crate::mapping) const REFUSED: &[(&str, &str)] = &[
    (
        "oneOf",
        "a list of definitions in the mapping's `native` is a union",
    ),
    ("not", "a view forbids a member with `name: false`"),
    ("else", "say it as another `if` and `then` in `allOf`"),
    ("definitions", "definitions stand under `$defs`"),
    (
        "dependentSchemas",
        "`dependentRequired` says which members go together",
    ),
    (
        "patternProperties",
        "`additionalProperties` gives the shape of members without a name",
    ),
    (
        "unevaluatedProperties",
        "`additionalProperties: false` closes an object",
    ),
    ("propertyNames", "names of open members are not restricted"),
    ("prefixItems", "all items of a list have one shape"),
    ("contains", "all items of a list have one shape"),
    (
        "uniqueItems",
        "`x-list-type: map` tells items apart by a key",
    ),
    ("exclusiveMinimum", "say the smallest value with `minimum`"),
    ("exclusiveMaximum", "say the largest value with `maximum`"),
    (
        "multipleOf",
        "`x-scale` says how many digits stand behind the point",
    ),
    (
        "nullable",
        "an absent member is left out; a mapping's `clear` says how one is cleared",
    ),
    (
        "discriminator",
        "variants of a mapping tell alternatives apart",
    ),
];

const fn says(name: &'static str, form: Form, on: On) -> Keyword {
    Keyword {
        name,
        form,
        on,
        shapes: false,
    }
}

const fn makes(name: &'static str, form: Form, on: On) -> Keyword {
    Keyword {
        name,
        form,
        on,
        shapes: true,
    }
}

/// Gives the keyword of this name.
pub(in crate::mapping) fn named(name: &str) -> Option<&'static Keyword> {
    KEYWORDS.iter().find(|keyword| keyword.name == name)
}
