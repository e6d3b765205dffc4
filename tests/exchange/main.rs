//! Canonical calls as native exchanges of a small upstream, in both roles.

#![allow(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::too_many_lines,
    clippy::unwrap_used,
    reason = "a test that goes wrong should end there"
)]

mod answers;
mod callbacks;
mod care;
mod catalog;
mod depot;
mod items;
mod names;
mod order;
mod removal;
mod requests;
mod residue;
mod server;
mod settings;
mod steps;
#[path = "../tree/mod.rs"]
mod tree;
mod whole_lists;
