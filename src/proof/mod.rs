//! Proof that mappings mean what they say.

pub mod cases;
