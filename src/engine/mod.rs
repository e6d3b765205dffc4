//! Runs a plan in either direction.
//!
//! A document is *captured* in one pass into records of slots ([`Captured`]), each slot an eight-byte range of
//! the document; a program then writes the other side's document from the slots in one pass over its
//! template. With a base, the same program yields splices into the base's bytes instead.
#![allow(
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    clippy::as_conversions,
    reason = "indices are made and bounded by the same code; bounds and overflow checks stay on and fuzzing holds them"
)]

mod capture;
mod captured;
mod clear;
mod edits;
mod emit;
pub mod exchange;
mod fault;
mod judge;
mod outcome;
mod output;
mod put;
mod replay;
mod slot;
mod split;
mod trace;
mod translate;
mod union;
mod value;
mod way;

pub use capture::{Capture, CaptureFault, Incoming, Mode};
pub use captured::Captured;
pub use fault::{Fault, FaultCode, Loss, LossCode};
pub use trace::Sent;
pub use translate::{Engine, Failure, Reading};
pub use value::{Direction, Surroundings};
