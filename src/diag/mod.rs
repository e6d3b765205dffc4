//! What is wrong with a user's file: where it stands, what it is called, how it is shown.
//!
//! Everything that reads files of an operator or an author pushes [`Diagnostic`]s into one [`Report`];
//! nothing stops at the first fault. Every fault has a [`Code`] of the one registry.

pub mod code;
pub mod nearest;
pub mod render;
pub mod report;
pub mod source;

pub use code::{Code, Severity};
pub use report::{Diagnostic, Report};
pub use source::{Position, SourceId, Sources, Span, Spanned};
