//! The binary as people and scripts meet it.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod demo;
mod files;
mod http;
mod process;
mod serve;
mod upstream;
mod verbs;
