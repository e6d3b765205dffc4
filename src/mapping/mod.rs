//! Mapping files: read into a tree with spans, checked, compiled into plans.

pub mod ast;
pub mod editor;
pub mod keywords;
pub mod read;
pub mod schema;
pub mod syntax;
pub mod yaml;
