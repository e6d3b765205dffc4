//! The binary as people and scripts meet it.
#![cfg(test)]
#![allow(
    clippy::arithmetic_side_effects,
    clippy::string_slice,
    reason = "over texts of the test itself, where a panic is a failed test"
)]
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod callers;
mod checked;
mod demo;
mod encodings;
mod ending;
mod events;
mod files;
mod http;
mod keyed;
mod leaks;
mod metrics;
mod newcomers;
mod nginx;
mod one_customer;
mod openapi;
mod process;
mod reload;
mod secrets;
mod serve;
mod storm;
mod traces;
mod translate;
#[path = "../tree/mod.rs"]
mod tree;
mod tutorial;
mod upstream;
mod vendor;
mod verbs;
