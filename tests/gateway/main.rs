//! The gateway as callers and operators see it, over a scripted translation and a scripted upstream.

#![allow(
    clippy::arithmetic_side_effects,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::string_slice,
    clippy::unwrap_used,
    reason = "a test that goes wrong should end there"
)]

mod admin;
mod answers;
mod bodies;
mod cache;
mod callbacks;
mod callers;
mod complaints;
mod conditions;
mod failures;
mod front;
mod idle;
mod keyed;
mod layers;
mod machines;
mod numbers;
mod outcomes;
mod own;
mod problems;
mod refusals;
mod several;
mod shapes;
mod sockets;
mod spoken;
mod steps;
mod support;
mod translated;
#[path = "../tree/mod.rs"]
mod tree;
mod writes;
