//! YAML (and with it JSON) as a tree of texts that knows where everything stands.

mod foreign;
mod json;
mod node;
mod opened;
pub(in crate::mapping) mod quoting;
mod reader;
mod slip;
#[cfg(test)]
mod tests;

pub use node::{Entry, Node, NodeKind, Scalar, Style};
pub use reader::read;
