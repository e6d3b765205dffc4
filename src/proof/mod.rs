//! Proof that mappings mean what they say: by worked cases, and by the laws of the language.
//!
//! For the laws, documents are made from what a plan says of either side ([`generate`]), run through the engine,
//! and held against each law ([`laws`]). What breaks one is reduced until nothing can be taken away ([`case`]).
//! Their values may be shown: nobody's data is among them.

pub mod accepted;
pub mod accounting;
pub mod answers;
pub mod atlas;
mod calls;
pub mod case;
pub mod cases;
pub mod compare;
pub mod generate;
pub mod law;
pub mod laws;
pub mod machines;
pub mod parse;
pub mod patches;
pub mod random;
pub mod received;
pub mod render;
pub mod routes;
pub mod runner;
pub mod skeleton;
mod statuses;
pub mod texts;
pub mod tree;
pub mod trial;
