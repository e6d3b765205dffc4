//! Mapping files: what they say, checked and made ready to run.

pub mod convert;
pub mod table;
