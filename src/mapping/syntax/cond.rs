//! Conditions (`when`).

use super::Path;
use crate::diag::{Span, Spanned};

/// A condition over canonical places.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Cond {
    /// One of them holds. At least two.
    Or(Vec<Self>),
    /// All of them hold. At least two.
    And(Vec<Self>),
    /// It does not hold.
    Not(Box<Self>, Span),
    /// The place is present.
    Present(Path),
    /// The place has one of the values, or (`Ne`) not the value.
    Compare {
        /// The place.
        path: Path,
        /// How it is compared.
        op: CondOp,
        /// With what: one literal, for `In` one or more.
        literals: Vec<Spanned<String>>,
        /// All of it.
        span: Span,
    },
}

/// How a place is compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum CondOp {
    /// `=`
    Eq,
    /// `!=`
    Ne,
    /// `in`
    In,
}

// === impl Cond ===

impl Cond {
    /// Gives where it is written.
    #[must_use]
    pub fn span(&self) -> Option<Span> {
        match self {
            Self::Or(parts) | Self::And(parts) => {
                let first = parts.first()?.span()?;
                Some(
                    parts
                        .last()
                        .and_then(Self::span)
                        .map_or(first, |last| first.to(last)),
                )
            }
            Self::Not(_, span) | Self::Compare { span, .. } => Some(*span),
            Self::Present(path) => Some(path.span),
        }
    }

    /// Gives every place that it names, in the order of writing.
    #[must_use]
    pub fn paths(&self) -> Vec<&Path> {
        match self {
            Self::Or(parts) | Self::And(parts) => parts.iter().flat_map(Self::paths).collect(),
            Self::Not(inner, _) => inner.paths(),
            Self::Present(path) | Self::Compare { path, .. } => vec![path],
        }
    }
}
