//! `sandbox:`.

use super::{Auth, Named, RequestLine, Text};
use crate::diag::{Span, Spanned};
use crate::mapping::syntax::{Cond, DocumentRef, Path};

/// What a sandbox holds and what commands do to it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SandboxFile {
    /// Place of `sandbox`.
    pub key: Span,
    /// Name of the upstream.
    pub upstream: Text,
    /// Where it listens.
    pub port: Option<Spanned<u16>>,
    /// Settings of the upstream, published secrets too.
    pub settings: Vec<Named<Text>>,
    /// How calls prove who they come from, where the upstream leaves it to settings.
    pub auth: Option<Auth>,
    /// What the store holds at the start.
    pub records: Vec<Record>,
    /// What a record that a call makes begins with.
    pub made: Vec<Made>,
    /// What operations do, each a list of lines.
    pub effects: Vec<Named<Vec<Effect>>>,
    /// Canonical calls to try.
    pub curl: Vec<Curl>,
}

/// What a record that a call makes begins with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Made {
    /// The mapping that reads it.
    pub body: DocumentRef,
    /// The native document, with `{id}` for the record's id.
    pub document: Text,
}

/// A record of the store.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Record {
    /// Place of its first key.
    pub span: Span,
    /// The mappings that read it; one record of each.
    pub body: Vec<DocumentRef>,
    /// Its id, where the document has none.
    pub id: Option<Text>,
    /// The id of its parent.
    pub of: Option<Text>,
    /// Criteria that have no canonical place.
    pub found_by: Vec<Named<Text>>,
    /// The native document.
    pub document: Text,
}

/// A line of what an operation does.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Effect {
    /// When it counts.
    pub when: Option<Cond>,
    /// What must hold.
    pub require: Vec<(Path, Value)>,
    /// The problem if it does not.
    pub problem: Option<Text>,
    /// Changes of the addressed record.
    pub set: Vec<(Path, Value)>,
    /// Records that are made, by type.
    pub append: Vec<Named<AppendValue>>,
    /// What is kept under the value of a place.
    pub remember: Vec<(Path, Value)>,
    /// The case whose native document is the answer.
    pub answer: Option<Text>,
    /// Warnings of the outcome.
    pub warnings: Vec<Text>,
}

/// A value of an effect.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Value {
    /// A place below `body`, `current`, `context` or `remembered`.
    Place(Path),
    /// Any other text.
    Literal(Text),
}

/// What a new record is made of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum AppendValue {
    /// A document at a place.
    Place(Path),
    /// Values by place.
    Places(Vec<(Path, Value)>),
}

/// A canonical call to try.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Curl {
    /// What it shows.
    pub title: Text,
    /// Method and canonical path.
    pub call: RequestLine,
    /// Headers.
    pub headers: Vec<Named<Text>>,
    /// The canonical document.
    pub body: Option<Text>,
}
