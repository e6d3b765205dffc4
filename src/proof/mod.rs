//! Proofs of mappings: the laws of the language, held against generated documents.
//!
//! Documents are made from what a plan says of either side ([`generate`]), run through the engine, and held against
//! each law ([`laws`]). A document that breaks one is reduced until nothing can be taken away ([`shrink`]).
//! Values may be shown: nobody's data is among them.

pub mod atlas;
pub mod generate;
pub mod parse;
pub mod random;
pub mod render;
pub mod texts;
pub mod tree;
