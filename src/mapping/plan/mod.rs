//! A mapping compiled for one message: data that the engine runs in either direction.
//!
//! A plan holds no name that has yet to be looked up: documents are captured into slots by a
//! [`Layout`] of either side, and written by a [`Program`] whose operations name slots.

mod chain;
mod check;
mod layout;
mod name;
mod pattern;
mod program;

pub use chain::{Chain, Fan};
pub use check::{Check, CheckFault, FormatTest, Given, LISTED, beyond_pattern};
pub use layout::{Edge, Layout, LayoutId, NONE, Node, NodeKind, Wire};
pub use name::Name;
pub use pattern::{Class, Expression, Pattern};
pub use program::{
    Block, Case, Cell, Cond, Each, Entries, Input, Inputs, ItemStep, ItemTest, Lit, Object, OfItem,
    Op, Program, SlotRef, Split, Take, Test, Union, Unread, Value, Way, WriteAs,
};

use crate::diag::Span;
use crate::mapping::ast::Clear;
use crate::model::shape::Sensitivity;

/// One mapping with its view, compiled for one message.
#[derive(Debug)]
pub struct Plan {
    /// The mapping's name, as metrics and messages say it.
    pub mapping: Box<str>,
    /// Capture of the canonical document.
    pub canonical: Layout,
    /// Capture of the native document.
    pub native: Layout,
    /// Native to canonical: *get*.
    pub read: Program,
    /// Canonical to native: *put*.
    pub write: Program,
    /// What each operation goes back to, for faults, losses and `explain`.
    pub rules: Vec<RuleInfo>,
    /// Converter chains, shared by both directions.
    pub chains: Vec<Chain>,
    /// Checks of values, shared by both directions.
    pub checks: Vec<Check>,
    /// Literals of both programs.
    pub pool: Vec<u8>,
    /// How the upstream's updates say that a place is cleared.
    pub clear: Clear,
    /// Its updates merge the items of lists, so that one which is not sent stays as it is.
    pub merges: bool,
    /// `name:` in front of every id of this upstream.
    pub qualifier: Box<[u8]>,
}

/// Where a rule stands and what it relates.
#[derive(Debug, Clone)]
pub struct RuleInfo {
    /// The rule's key in the mapping file.
    pub span: Option<Span>,
    /// Its canonical places, in full from the document's root.
    pub canonical: Box<str>,
    /// Its native places, in full from the document's root.
    pub native: Box<str>,
    /// The greatest care any of its places needs.
    pub sensitivity: Sensitivity,
    /// What a lossy rule says is lost.
    pub lossy: bool,
}

impl Plan {
    /// The bytes of a literal.
    #[must_use]
    pub fn lit(&self, lit: Lit) -> &[u8] {
        self.pool
            .get(usize::from_u32(lit.start)..usize::from_u32(lit.end))
            .unwrap_or_default()
    }

    /// The bytes of a literal and all that stand behind them in the pool.
    #[must_use]
    #[inline]
    pub(crate) fn lit_onwards(&self, lit: Lit) -> &[u8] {
        self.pool
            .get(usize::from_u32(lit.start)..)
            .unwrap_or_default()
    }
}

/// Widening that every platform of the project has: `usize` is at least 32 bits.
pub(crate) trait FromU32 {
    /// The same number.
    fn from_u32(value: u32) -> Self;
}

impl FromU32 for usize {
    #[inline]
    #[allow(
        clippy::as_conversions,
        reason = "lossless on every target with 32-bit or wider pointers"
    )]
    fn from_u32(value: u32) -> Self {
        value as Self
    }
}
