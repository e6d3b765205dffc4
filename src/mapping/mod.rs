//! Mapping files: read into a tree with spans, checked, compiled into plans.

pub mod ast;
pub mod convert;
pub mod syntax;
pub mod yaml;
