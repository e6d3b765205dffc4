//! Exact values, places and shapes: what mappings, codecs and engine agree on.

pub mod shape;
