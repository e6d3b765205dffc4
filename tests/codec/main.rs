//! The codecs against documents written for each rule of their formats, and against other readers.

#![allow(
    clippy::arithmetic_side_effects,
    clippy::as_conversions,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::string_slice,
    clippy::unwrap_used,
    reason = "a test that goes wrong should end there"
)]

mod form;
mod json;
mod xml;
