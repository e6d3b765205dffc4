//! The closed list of keywords, as data: what may stand in a file, and in which form.
//!
//! Readers check files against it, and the editor's schemas are generated from it, so neither knows a key that the
//! other does not. One static here is one row of the language reference, section 17.

mod files;
mod form;
mod operations;
mod problems;
mod rules;
mod sandbox;
mod tables;
mod upstream;

pub use files::{FileKind, MAPPING};
pub use form::{Form, Key, MapSpec};
pub use operations::{CANONICAL_OPERATION, INPUT, OPERATIONS};
pub use problems::PROBLEM_CODES;
pub use rules::{RULE, UNMAPPED, UNMAPPED_ENTRY, VARIANT};
pub use sandbox::{CASE, CURL, EFFECT, LOSS, MADE, RECORD, SANDBOX};
pub use tables::{TABLE, TABLES};
pub use upstream::{
    ANSWER, AUTH, AUTH_KEY, CALL, CALLBACK, EVERY_CALL, IDEMPOTENCY, MACHINE, OPERATION, PAGING,
    RECOVER, ROUTE, SETTING, STEP, UPSTREAM,
};
