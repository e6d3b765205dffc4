//! XML 1.0 (Fifth Edition) and Namespaces in XML 1.0, for documents without a DOCTYPE.
//!
//! The reader is the project's own: general event readers cost more than a whole strict translation here, and
//! check neither single roots nor names, characters and namespaces to the letter.

#![allow(
    clippy::arithmetic_side_effects,
    clippy::as_conversions,
    clippy::indexing_slicing,
    reason = "offsets stay below the 32 bits of `Limits::bytes`; bounds and overflow checks stay on, and every document of the tests and fuzz targets proves them unreachable"
)]

pub(in crate::codec) mod declaration;
mod hole;
mod markup;
mod names;
mod namespace;
mod prepass;
pub mod pretty;
mod reader;
mod scan;
mod sink;
mod source;
mod tag;
pub mod write;

pub use hole::XmlHoles;
pub use names::is_ncname;
pub use reader::XmlReader;
pub use sink::{Name, XmlSink, expand};
