//! JSON by RFC 8259, to the letter.
//!
//! [`Reader`] is one strict pass over the bytes: nothing is accepted that the grammar refuses, numbers stay
//! the lexemes that they are, and a name may stand only once in an object. [`mod@write`] appends values to a
//! buffer; [`compact`] and [`pretty`] print a document anew; [`tape`] is a document to look into.
#![allow(
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    clippy::as_conversions,
    reason = "offsets are bounded by the document, which `admit` holds below 4 GiB; bounds and overflow checks stay on"
)]

pub mod tape;
pub mod write;

mod decode;
mod hole;
mod names;
mod print;
mod reader;
mod scan;
mod sink;

pub use hole::JsonHoles;
pub use print::{compact, pretty};
pub use reader::Reader;
pub use scan::is_number;
pub use sink::{JsonSink, Named};
