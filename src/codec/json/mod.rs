//! JSON by RFC 8259, to the letter.

mod sink;

pub use sink::{JsonSink, Named};
