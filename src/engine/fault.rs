//! What can be wrong with a document for a plan, and what a document held that nothing carries.
//!
//! Neither holds a value: a rule or node, and the byte where it stood. Words, pointers, lines and columns are
//! made from these when somebody asks.

pub use crate::mapping::ast::LossCode;

/// Codes of faults, as the problems of the HTTP contract name them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum FaultCode {
    /// The bytes are no document of their format; the codec's fault says why.
    Malformed,
    /// A value that its place's schema or its converter does not accept.
    InvalidInput,
    /// An object, list or value where another of the three belongs.
    WrongKind,
    /// A member that must be there is not.
    MissingInput,
    /// The upstream has no form for this value.
    NotSupportedHere,
    /// Two members that must agree do not.
    ConflictingInput,
    /// A refinement was given without the value that it refines.
    IncompleteValue,
    /// Another value than the one this upstream always has.
    FixedValue,
    /// A value where its guard does not hold.
    NotApplicable,
    /// An open name that another place claims.
    ReservedName,
    /// A null where the upstream cannot clear.
    CannotClear,
    /// A list item left out where the upstream cannot remove.
    CannotRemove,
    /// A list that was cut and so cannot be written whole.
    TruncatedBase,
    /// No alternative of a tagged union (to-canonical).
    UnknownVariant,
    /// One name twice.
    Duplicate,
    /// More nesting, members or items than is allowed.
    Limit,
}

/// One fault.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Fault {
    /// What is wrong.
    pub code: FaultCode,
    /// The rule, or [`crate::mapping::plan::NONE`] while capturing.
    pub rule: u16,
    /// The node of the captured document, or [`crate::mapping::plan::NONE`].
    pub node: u16,
    /// Byte offset in the captured document.
    pub at: u32,
    /// What was expected, without any value.
    pub why: &'static str,
}

/// One leaf of the input that no output holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Loss {
    /// Why.
    pub code: LossCode,
    /// The rule that could not carry it, or [`crate::mapping::plan::NONE`].
    pub rule: u16,
    /// The node of the document that does not take it or that no rule carries, or [`crate::mapping::plan::NONE`].
    pub node: u16,
    /// Byte offset of the value in the captured document.
    pub at: u32,
}
