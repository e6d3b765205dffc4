//! What `deny.toml` says of the crates that are built in, held without `cargo deny`: their licences, and where they
//! come from.

#![allow(
    clippy::indexing_slicing,
    clippy::unwrap_used,
    reason = "a test fails by panicking"
)]

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::process::Command;

use serde_json::Value;

/// The texts of a list of `deny.toml`: the first that stands under this key.
fn listed(key: &str) -> BTreeSet<String> {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("deny.toml");
    let text = fs::read_to_string(file).unwrap();
    let (_, rest) = text.split_once(&format!("\n{key} = [")).unwrap();
    let (list, _) = rest.split_once("]\n").unwrap();
    let quoted = list.split('"').skip(1).step_by(2);
    quoted.map(str::to_owned).collect()
}

/// Every crate of the lock file, as cargo describes it; nothing is fetched.
fn packages() -> Vec<Value> {
    let output = Command::new(env!("CARGO"))
        .args(["metadata", "--format-version", "1", "--offline", "--locked"])
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .output()
        .unwrap();
    let told = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{told}");
    let metadata: Value = serde_json::from_slice(&output.stdout).unwrap();
    metadata["packages"].as_array().unwrap().clone()
}

/// Whether a licence expression (SPDX) can be met by what is allowed.
fn is_met(expression: &str, allowed: &BTreeSet<String>) -> bool {
    // Older crates write `/` for OR.
    let spaced = expression
        .replace('/', " OR ")
        .replace('(', " ( ")
        .replace(')', " ) ");
    let mut words = spaced.split_whitespace().peekable();
    let met = any(&mut words, allowed);
    assert_eq!(words.next(), None, "{expression}");
    met
}

type Words<'w> = std::iter::Peekable<std::str::SplitWhitespace<'w>>;

fn any(words: &mut Words<'_>, allowed: &BTreeSet<String>) -> bool {
    let mut met = all(words, allowed);
    while words.next_if_eq(&"OR").is_some() {
        met |= all(words, allowed);
    }
    met
}

fn all(words: &mut Words<'_>, allowed: &BTreeSet<String>) -> bool {
    let mut met = one(words, allowed);
    while words.next_if_eq(&"AND").is_some() {
        met &= one(words, allowed);
    }
    met
}

fn one(words: &mut Words<'_>, allowed: &BTreeSet<String>) -> bool {
    let word = words.next().unwrap();
    if word == "(" {
        let met = any(words, allowed);
        assert_eq!(words.next(), Some(")"));
        return met;
    }
    if words.next_if_eq(&"WITH").is_some() {
        let exception = words.next().unwrap();
        return allowed.contains(&format!("{word} WITH {exception}"));
    }
    allowed.contains(word)
}

#[test]
fn every_crate_has_a_licence_that_is_allowed_and_every_allowed_one_is_needed() {
    let allowed = listed("allow");
    let packages = packages();
    assert!(packages.len() > 100);
    let unmet = |allowed: &BTreeSet<String>| -> Vec<String> {
        let refused = packages.iter().filter(|package| {
            let licence = package["license"].as_str().unwrap_or("none");
            !is_met(licence, allowed)
        });
        refused
            .map(|package| format!("{} ({})", package["name"], package["license"]))
            .collect()
    };
    assert_eq!(unmet(&allowed), [""; 0]);
    for licence in &allowed {
        let mut fewer = allowed.clone();
        fewer.remove(licence);
        assert!(!unmet(&fewer).is_empty(), "nothing needs {licence}");
    }
}

#[test]
fn every_crate_comes_from_the_registry() {
    let registries = listed("allow-registry");
    for package in packages() {
        let name = &package["name"];
        match package["source"].as_str() {
            None => assert_eq!(name, env!("CARGO_PKG_NAME"), "a path"),
            Some(source) => {
                let registry = source.strip_prefix("registry+").unwrap_or(source);
                assert!(registries.contains(registry), "{name}: {source}");
            }
        }
    }
}

#[test]
fn no_crate_is_one_of_those_that_are_refused() {
    let refused = listed("deny");
    assert!(refused.contains("openssl"));
    for package in packages() {
        let name = package["name"].as_str().unwrap();
        assert!(!refused.contains(name), "{name}");
    }
}

#[test]
fn licence_expressions_are_read() {
    let allowed = ["MIT", "ISC"].map(str::to_owned).into();
    for (expression, met) in [
        ("MIT", true),
        ("GPL-3.0", false),
        ("MIT/GPL-3.0", true),
        ("MIT AND GPL-3.0", false),
        ("(GPL-3.0 OR MIT) AND ISC", true),
        ("GPL-3.0 OR MIT AND ISC", true),
        ("MIT WITH some-exception", false),
        ("MIT WITH some-exception OR ISC", true),
    ] {
        assert_eq!(is_met(expression, &allowed), met, "{expression}");
    }
}
