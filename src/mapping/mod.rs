//! Mapping files: read into a tree with spans, checked, compiled into plans.

pub mod accepts;
pub mod ast;
pub mod atlas;
pub mod catalog;
pub mod check;
pub mod compile;
pub mod convert;
pub mod coverage;
pub mod editor;
pub mod explain;
pub mod keywords;
pub mod plan;
pub mod read;
pub mod schema;
pub(crate) mod survey;
pub mod syntax;
pub mod table;
pub mod yaml;

pub(crate) use survey::sample::settings as sample_settings;
