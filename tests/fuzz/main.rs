//! The properties that `fuzz/` holds against bytes of any kind, over the seeds there, over all that was ever found, and
//! over so many changes of them.

#![allow(
    clippy::arithmetic_side_effects,
    clippy::as_conversions,
    clippy::disallowed_methods,
    clippy::duplicate_mod,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::print_stderr,
    clippy::print_stdout,
    clippy::string_slice,
    clippy::unwrap_used,
    reason = "a test that goes wrong should end there and say why; each property is whole by itself, as its target takes it"
)]

mod bytes;

#[path = "../../fuzz/properties/form.rs"]
mod form;
#[path = "../../fuzz/properties/front.rs"]
mod front;
#[path = "../../fuzz/properties/json.rs"]
mod json;
#[path = "../../fuzz/properties/mapping.rs"]
mod mapping;
#[path = "../../fuzz/properties/plan.rs"]
mod plan;
#[path = "../../fuzz/properties/xml.rs"]
mod xml;

use std::collections::BTreeSet;
use std::fs;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::path::{Path, PathBuf};

use bytes::Changes;

/// A property, and how many changed seeds it is held against.
#[derive(Debug)]
struct Target {
    name: &'static str,
    hold: fn(&[u8]),
    changes: usize,
}

const TARGETS: [Target; 6] = [
    Target {
        name: "form",
        hold: form::hold,
        changes: 8_000,
    },
    Target {
        name: "front",
        hold: front::hold,
        changes: 1_000,
    },
    Target {
        name: "json",
        hold: json::hold,
        changes: 8_000,
    },
    Target {
        name: "mapping",
        hold: mapping::hold,
        changes: 100,
    },
    Target {
        name: "plan",
        hold: plan::hold,
        changes: 20,
    },
    Target {
        name: "xml",
        hold: xml::hold,
        changes: 4_000,
    },
];

fn fuzz() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz")
}

/// The files of a folder by name; none of one that is not there.
fn files(folder: &Path) -> Vec<(PathBuf, Vec<u8>)> {
    let entries = fs::read_dir(folder).into_iter().flatten();
    let paths = entries.map(|entry| entry.unwrap().path());
    let mut files: Vec<_> = paths
        .map(|path| (path.clone(), fs::read(&path).unwrap()))
        .collect();
    files.sort();
    files
}

/// Holds a property for some bytes; those that break it are kept where they can be taken from.
fn hold(target: &Target, bytes: &[u8], from: &str) {
    let held = catch_unwind(AssertUnwindSafe(|| (target.hold)(bytes)));
    if let Err(broken) = held {
        let kept = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("fuzz-{}", target.name));
        fs::write(&kept, bytes).unwrap();
        println!(
            "`{}` is broken by {from}, kept as {}",
            target.name,
            kept.display()
        );
        resume_unwind(broken);
    }
}

fn replay(name: &str) {
    let target = TARGETS.iter().find(|target| target.name == name).unwrap();
    let mut seeds = Vec::new();
    for folder in ["seeds", "regressions"] {
        for (path, bytes) in files(&fuzz().join(folder).join(name)) {
            hold(target, &bytes, &path.display().to_string());
            seeds.push(bytes);
        }
    }
    let mut changes = Changes::of(&seeds);
    // More of them for whoever wants to wait.
    let more = std::env::var("FUZZ_CHANGES").ok();
    let count = more.map_or(target.changes, |more| more.parse().unwrap());
    for number in 0..count {
        hold(
            target,
            &changes.draw(),
            &format!("change {number} of the seeds"),
        );
    }
}

#[test]
fn form_holds() {
    replay("form");
}

#[test]
fn front_holds() {
    replay("front");
}

#[test]
fn json_holds() {
    replay("json");
}

#[test]
fn mapping_holds() {
    replay("mapping");
}

#[test]
fn plan_holds() {
    replay("plan");
}

#[test]
fn xml_holds() {
    replay("xml");
}

/// What a property has no seeds for, or no target, nobody holds.
#[test]
fn every_property_has_a_target_and_seeds() {
    let manifest = fs::read_to_string(fuzz().join("Cargo.toml")).unwrap();
    let names: BTreeSet<String> = TARGETS
        .iter()
        .map(|target| target.name.to_owned())
        .collect();
    let in_folder = |folder: &str| -> BTreeSet<String> {
        let entries = fs::read_dir(fuzz().join(folder)).unwrap();
        let stem = |path: PathBuf| path.file_stem().unwrap().to_str().unwrap().to_owned();
        entries.map(|entry| stem(entry.unwrap().path())).collect()
    };
    assert_eq!(in_folder("targets"), names);
    assert_eq!(in_folder("seeds"), names);
    assert!(in_folder("regressions").is_subset(&names));
    for name in &names {
        assert!(
            manifest.contains(&format!("path = \"targets/{name}.rs\"")),
            "{name}"
        );
        assert!(
            files(&fuzz().join("seeds").join(name)).len() >= 10,
            "{name}"
        );
    }
}

/// Names and versions of a lock file.
fn locked(file: &Path) -> BTreeSet<(String, String)> {
    let text = fs::read_to_string(file).unwrap();
    let packages = text.split("[[package]]\n").skip(1);
    let said = |package: &str, key: &str| {
        let mut lines = package.lines();
        let value = lines.find_map(|line| line.strip_prefix(key)).unwrap();
        value.trim_matches('"').to_owned()
    };
    packages
        .map(|package| (said(package, "name = "), said(package, "version = ")))
        .collect()
}

/// The folder has a lock file of its own, and what is fuzzed is what is built.
#[test]
fn crates_are_those_of_the_program() {
    let program = locked(&Path::new(env!("CARGO_MANIFEST_DIR")).join("Cargo.lock"));
    let fuzzed = locked(&fuzz().join("Cargo.lock"));
    let names: BTreeSet<&String> = program.iter().map(|(name, _)| name).collect();
    let differ: Vec<_> = fuzzed.difference(&program).collect();
    let differ: Vec<_> = differ
        .iter()
        .filter(|(name, _)| names.contains(name))
        .collect();
    assert!(
        differ.is_empty(),
        "`fuzz/README.md` says how to lock again: {differ:?}"
    );
    let manifest = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("Cargo.toml"));
    let manifest = manifest.unwrap();
    let section = manifest.split("\n[dependencies]\n").nth(1).unwrap();
    let lines = section.lines().take_while(|line| !line.starts_with('['));
    for (name, said) in lines.filter_map(|line| line.split_once(" = ")) {
        let package = said.split("package = \"").nth(1);
        let name = package.map_or(name, |package| package.split('"').next().unwrap());
        assert!(
            fuzzed.iter().any(|(fuzzed, _)| fuzzed == name),
            "fuzz/Cargo.lock lacks {name}"
        );
    }
}
