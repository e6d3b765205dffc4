//! JSON: RFC 8259, production by production.

mod accept;
mod duplicates;
mod generate;
mod limits;
mod properties;
pub(crate) mod recorder;
mod refuse;
mod tape;
mod validator;
