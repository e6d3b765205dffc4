//! The laws of the mapping language, held for every shipped mapping.
#![allow(
    clippy::unwrap_used,
    clippy::print_stdout,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::arithmetic_side_effects,
    reason = "a test says what it tried, and stops at what it cannot read"
)]

mod accepted;
mod amounts;
mod broken;
mod broken_calls;
mod clears;
#[path = "../../benches/translate/once.rs"]
mod once;
mod planted;
mod regressions;
mod routes;
mod shipped;
mod stencils;
mod strict;
#[path = "../tree/mod.rs"]
mod tree;
mod unions;
mod upstreams;
