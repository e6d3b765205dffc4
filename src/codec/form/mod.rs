//! Forms (`application/x-www-form-urlencoded`) as the WHATWG URL standard writes them, and percent-encoding.
//!
//! [`Reader`] tells a form to the same sink as JSON, [`Writer`] writes one, [`percent`] serves URLs.
#![allow(
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    clippy::as_conversions,
    reason = "offsets are bounded by the body, which the reader holds below 4 GiB; bounds and overflow checks stay on"
)]

pub mod percent;

mod reader;
mod writer;

pub use reader::Reader;
pub use writer::{Writer, encode};
