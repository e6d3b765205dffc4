//! YAML (and with it JSON) as a tree of texts that knows where everything stands.

mod json;
mod node;
pub(in crate::mapping) mod quoting;
mod reader;
#[cfg(test)]
mod tests;

pub use node::{Entry, Node, NodeKind, Scalar, Style};
pub use reader::read;
