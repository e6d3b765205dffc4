//! Mapping files as typed values, each with the place where it is written.
//!
//! One file here is one kind of file of the language reference (section 17). Nothing is looked up yet: names and
//! places are as written.

mod auth;
mod case;
mod mapping;
mod operations;
mod sandbox;
mod tables;
mod upstream;
mod words;

pub use auth::{Auth, AuthKey};
pub use case::{CALLBACKS, CaseFile, Loss, RequestLine};
pub use mapping::{
    ByMessage, CellValue, Condition, DefaultValue, MappingFile, Rule, Unmapped, UnmappedEntry,
    UnmappedPath, Variant,
};
pub use operations::{Answer, CanonicalOperation, Input, Match, OperationsFile};
pub use sandbox::{AppendValue, Curl, Effect, Made, Record, SandboxFile, Value};
pub use tables::{Cell, Row, RowCell, Table, TablesFile, Unknown};
pub use upstream::{
    AnswerBody, AnswerCase, CallDef, Callback, EveryCall, Idempotency, Machine, Operation, Paging,
    PagingNext, Recover, Route, Setting, StatusTest, Step, UpstreamFile,
};
pub use words::{
    Absent, Algorithm, Clear, Direction, Effects, Encoding, Flag, InputIn, InputSensitivity,
    Invalid, Kind, Lists, LossCode, Message, OnFailure, PagingIn, PagingStyle, Partial, Removal,
    Scheme, Word,
};

use crate::diag::{Span, Spanned};

/// A name or text with its place.
pub type Text = Spanned<String>;

/// A member of a map whose keys are names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Named<T> {
    /// The key.
    pub name: Text,
    /// The value.
    pub value: T,
}

/// Any file of the language; its first key says which.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum File {
    /// `mapping:` or `fragment:`
    Mapping(Box<MappingFile>),
    /// `tables:`
    Tables(TablesFile),
    /// `upstream:`
    Upstream(Box<UpstreamFile>),
    /// `sandbox:`
    Sandbox(Box<SandboxFile>),
    /// `case:`
    Case(Box<CaseFile>),
    /// `operations:`
    Operations(OperationsFile),
}

impl File {
    /// Gives the place of the key that says what the file is.
    #[must_use]
    pub fn key(&self) -> Span {
        match self {
            Self::Mapping(file) => file.key,
            Self::Tables(file) => file.key,
            Self::Upstream(file) => file.key,
            Self::Sandbox(file) => file.key,
            Self::Case(file) => file.key,
            Self::Operations(file) => file.key,
        }
    }
}
