//! Bytes to events and back, strict and exact, with limits counted while reading.
//!
//! Each format has a one-pass tokeniser that pushes events into a sink of the caller's, and a writer
//! that can only produce well-formed output. No document tree is built here.

pub(crate) mod copy;
pub(crate) mod deaf;
pub mod encoding;
pub mod fault;
pub mod form;
pub mod hole;
pub mod json;
pub mod limits;
pub mod text;
pub mod xml;

pub use fault::{Fault, FaultKind};
pub use limits::Limits;
pub use text::{Range, Stop, Text};
