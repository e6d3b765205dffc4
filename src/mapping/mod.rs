//! Mapping files: read into a tree with spans, checked, compiled into plans.

pub mod ast;
pub mod compile;
pub mod convert;
pub mod table;
