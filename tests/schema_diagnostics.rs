//! Faults of schemas as authors see them: each example beside the text that it gives.
//!
//! A file is a schema of an upstream's documents, a folder the schemas of a canonical model.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use interlingua::diag::render::{Colour, text};
use interlingua::diag::{Code, Report, Sources};
use interlingua::mapping::schema;
use interlingua::mapping::yaml;

fn listed(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).unwrap();
    let mut paths: Vec<_> = entries.map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    paths
}

fn examples() -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/diagnostics/schema");
    let mut paths = listed(&folder);
    paths.retain(|path| path.extension().is_none_or(|end| end != "txt"));
    paths
}

fn name(path: &Path) -> String {
    path.file_name().unwrap().to_str().unwrap().to_owned()
}

fn faults(path: &Path) -> (Report, Sources) {
    let (mut sources, mut report) = (Sources::new(), Report::new());
    let mut read = |path: &Path| {
        let file = sources.add(name(path), fs::read_to_string(path).unwrap());
        yaml::read(file, &sources, &mut report).unwrap()
    };
    if path.is_dir() {
        let files = listed(path);
        let files: Vec<_> = files.iter().map(|path| (name(path), read(path))).collect();
        let _ = schema::canonical(&files, &mut report);
    } else {
        let root = read(path);
        let _ = schema::native(&root, &mut report);
    }
    (report, sources)
}

fn number(path: &Path) -> String {
    name(path).split_once('-').unwrap().0.to_owned()
}

#[test]
fn every_example_gives_its_text() {
    for path in examples() {
        let (report, sources) = faults(&path);
        let told = text(&report, &sources, Colour::Plain);
        let expected = fs::read_to_string(path.with_extension("txt")).unwrap_or_default();
        assert!(
            told == expected,
            "{}: expected\n{expected}\ntold\n{told}",
            path.display()
        );
    }
}

#[test]
fn an_example_has_its_fault_each_with_a_place_and_help() {
    for path in examples() {
        let (report, _) = faults(&path);
        let code = number(&path);
        assert!(
            report.iter().any(|fault| fault.code.as_str() == code),
            "{}",
            path.display()
        );
        for fault in report.iter() {
            assert!(fault.span.is_some() && fault.help.is_some(), "{fault:?}");
        }
    }
}

#[test]
fn every_code_of_schemas_has_an_example() {
    let shown: BTreeSet<_> = examples().iter().map(|path| number(path)).collect();
    let codes = Code::ALL.iter().map(|code| code.as_str());
    let schemas = codes.filter(|code| code.starts_with('S'));
    for code in schemas.chain(["M105", "F006"]) {
        assert!(shown.contains(code), "{code} has no example");
    }
}
