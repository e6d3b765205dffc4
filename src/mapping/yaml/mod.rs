//! YAML (and with it JSON) as a tree of texts that knows where everything stands.

mod node;

pub use node::{Entry, Node, NodeKind, Scalar, Style};
