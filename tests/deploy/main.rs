//! What `deploy/` holds against the program that it deploys, and, where a program is there to judge it, by that.
#![cfg(test)]
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod agree;
mod configurations;
mod metrics;
mod query;
mod tools;

use std::fs;
use std::path::{Path, PathBuf};

use interlingua::diag::{Report, Sources};
use interlingua::mapping::yaml::{self, Node};

/// A file or folder of the project.
fn path(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(name)
}

fn text(name: &str) -> String {
    fs::read_to_string(path(name)).unwrap()
}

fn tree(name: &str) -> Node {
    let mut sources = Sources::new();
    let mut report = Report::new();
    let id = sources.add(name, text(name));
    let node = yaml::read(id, &sources, &mut report);
    assert!(!report.has_errors(), "{name}: {report:?}");
    node.unwrap()
}

/// The text at a path of keys.
fn at<'a>(node: &'a Node, keys: &[&str]) -> Option<&'a str> {
    let found = keys.iter().try_fold(node, |node, key| node.get(key))?;
    found.as_scalar().map(|scalar| scalar.text.as_str())
}
