//! What is wrong with a document that does not read.

use std::fmt;

/// A fault of a document: what was awaited and where, never what stood there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Fault {
    /// Family of the fault.
    pub kind: FaultKind,
    /// What was expected or refused, in words of the format's standard.
    pub what: &'static str,
    /// Byte offset in the document (after transcoding to UTF-8).
    pub at: u32,
}

/// Families of faults, as callers answer them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FaultKind {
    /// The bytes are not in the encoding that they claim, or in one that is not read.
    Encoding,
    /// Not a document of the format.
    Malformed,
    /// One name twice where once is allowed.
    Duplicate,
    /// A cap of [`super::Limits`] was passed.
    Limit,
    /// The format allows it and the project refuses it (a DOCTYPE).
    Refused,
    /// The sink asked to stop and holds the reason.
    Stopped,
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} at byte {}", self.what, self.at)
    }
}

impl std::error::Error for Fault {}
