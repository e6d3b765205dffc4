//! Mapping files: read into a tree with spans, checked, compiled into plans.

pub mod ast;
pub mod catalog;
pub mod compile;
pub mod convert;
pub mod editor;
pub mod keywords;
pub mod plan;
pub mod read;
pub mod schema;
pub mod syntax;
pub mod table;
pub mod yaml;
