//! Kinds of files, and the keys of a mapping.

use super::form::{Form, Key, MapSpec};
use super::rules::{UNMAPPED, VARIANT};
use super::{CASE, OPERATIONS, SANDBOX, TABLES, UPSTREAM};
use crate::mapping::syntax::Brackets;

/// A kind of file; the key at its top says which.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum FileKind {
    /// `mapping:` or `fragment:`
    Mapping,
    /// `tables:`
    Tables,
    /// `upstream:`
    Upstream,
    /// `sandbox:`
    Sandbox,
    /// `case:`
    Case,
    /// `operations:`
    Operations,
}

/// A mapping, or a fragment for others.
pub static MAPPING: MapSpec = MapSpec {
    name: "mapping",
    keys: &[
        Key::new("mapping", Form::Name, "the name of the mapping"),
        Key::new(
            "fragment",
            Form::Name,
            "the name of rules that other mappings include",
        ),
        Key::new(
            "canonical",
            Form::Name,
            "the type of the model, or an envelope: Outcome, Problem",
        ),
        Key::new(
            "native",
            Form::ByMessage(&Form::OneOrMany(&Form::Place(Brackets::Every))),
            "the native definition, a path into one, or a list of them; or one for each message",
        ),
        Key::new(
            "include",
            Form::List(&Form::Name),
            "fragments whose rules belong here",
        ),
        Key::new(
            "fields",
            Form::Rules,
            "the rules: canonical places to native places with converters",
        ),
        Key::new(
            "variants",
            Form::List(&Form::Map(&VARIANT)),
            "the alternatives of a tagged union",
        ),
        Key::new(
            "assume",
            Form::Places(Brackets::Every, &Form::Literal),
            "canonical constants",
        ),
        Key::new(
            "unmapped",
            Form::Map(&UNMAPPED),
            "what the mapping does not carry, and why",
        ),
    ],
};

// === impl FileKind ===

impl FileKind {
    /// Every kind. `operations` stands last: a file of an upstream has such a key too.
    pub const ALL: &[Self] = &[
        Self::Mapping,
        Self::Tables,
        Self::Upstream,
        Self::Sandbox,
        Self::Case,
        Self::Operations,
    ];

    /// Gives the keys that say that a file is of this kind.
    #[must_use]
    pub const fn top_keys(self) -> &'static [&'static str] {
        match self {
            Self::Mapping => &["mapping", "fragment"],
            Self::Tables => &["tables"],
            Self::Upstream => &["upstream"],
            Self::Sandbox => &["sandbox"],
            Self::Case => &["case"],
            Self::Operations => &["operations"],
        }
    }

    /// Gives the keys of the file.
    #[must_use]
    pub const fn spec(self) -> &'static MapSpec {
        match self {
            Self::Mapping => &MAPPING,
            Self::Tables => &TABLES,
            Self::Upstream => &UPSTREAM,
            Self::Sandbox => &SANDBOX,
            Self::Case => &CASE,
            Self::Operations => &OPERATIONS,
        }
    }
}
