//! Exact values, places and shapes: what mappings, codecs and engine agree on.

pub mod date;
pub mod decimal;
pub mod format;
pub mod shape;
