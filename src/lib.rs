//! Interlingua translates calls of one canonical customer and billing API into the native dialect of
//! each upstream, and the answers back, driven by mapping files alone.
//!
//! The rooms stand in layers; a room uses only rooms above it in this list.

pub mod diag;

pub mod model;

pub mod codec;

pub mod mapping;

pub mod engine;

pub mod proof;

pub mod telemetry;

pub mod config;

pub mod journal;

pub mod upstream;

pub mod gateway;

pub mod admin;

pub mod sandbox;

pub mod cli;
