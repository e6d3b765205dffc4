//! Calls: method, path and query.

use std::fmt;

use super::Template;
use crate::diag::{Span, Spanned};

/// A native request line: `GET /customers/{id}?format=xml`.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Call {
    /// The method.
    pub method: Spanned<Method>,
    /// The path, from its leading `/` on; what is literal stands as it is sent.
    pub path: Template,
    /// The query in the order of writing.
    pub query: Vec<QueryPair>,
    /// All of it.
    pub span: Span,
}

/// A name and value of a query.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct QueryPair {
    /// The name, as it is sent.
    pub name: Spanned<String>,
    /// The value; an absent variable leaves the whole pair out.
    pub value: Template,
    /// All of it.
    pub span: Span,
}

/// Methods that calls are made with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Method {
    /// `GET`
    Get,
    /// `POST`
    Post,
    /// `PUT`
    Put,
    /// `PATCH`
    Patch,
    /// `DELETE`
    Delete,
}

// === impl Method ===

impl Method {
    /// Every method with its name.
    pub const ALL: &[Self] = &[Self::Get, Self::Post, Self::Put, Self::Patch, Self::Delete];

    /// Gives its name on the wire.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Get => "GET",
            Self::Post => "POST",
            Self::Put => "PUT",
            Self::Patch => "PATCH",
            Self::Delete => "DELETE",
        }
    }
}

impl fmt::Display for Method {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
