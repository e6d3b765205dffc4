//! Texts with variables.

use super::Path;
use crate::diag::{Span, Spanned};

/// A text with variables in braces.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Template {
    /// Its parts; two literals never stand beside each other, and none is empty.
    pub parts: Vec<Part>,
    /// All of it.
    pub span: Span,
}

/// A part of a template.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Part {
    /// A text that stands for itself.
    Literal(Spanned<String>),
    /// A variable.
    Variable(Variable),
}

/// A variable: `{id}`, `{id as id_customer}`, `{method:lower}`.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Variable {
    /// The place whose value it has.
    pub path: Path,
    /// What error answers of the upstream call it.
    pub rename: Option<Spanned<String>>,
    /// How it is written.
    pub format: Option<Spanned<String>>,
    /// Braces and all.
    pub span: Span,
}

// === impl Template ===

impl Template {
    /// Gives the variables in the order of writing.
    pub fn variables(&self) -> impl Iterator<Item = &Variable> {
        self.parts.iter().filter_map(|part| match part {
            Part::Variable(variable) => Some(variable),
            Part::Literal(_) => None,
        })
    }

    /// Gives the text, if there are no variables in it.
    #[must_use]
    pub fn as_literal(&self) -> Option<&str> {
        match self.parts.as_slice() {
            [] => Some(""),
            [Part::Literal(text)] => Some(&text.value),
            _ => None,
        }
    }
}
