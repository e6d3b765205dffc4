//! Every fault of the checks has an example, told as its golden says.

use std::collections::BTreeSet;
use std::fs;
use std::path::PathBuf;

use interlingua::diag::render::{Colour, text};
use interlingua::diag::{Code, Severity};

use crate::files::{Files, checked, read, root};

/// Codes that no file can show here, and where they are tested or why not yet.
const ELSEWHERE: &[(Code, &str)] = &[
    (Code::M410, "beside the coverage files"),
    (Code::F001, "told by whoever reads files"),
    (Code::F003, "told by whoever reads files"),
];

fn folder() -> PathBuf {
    root().join("tests/checks")
}

fn base() -> Files {
    let mut files = Files::new();
    read(&folder().join("base"), "", &mut files);
    files
}

/// Names of the examples.
fn examples() -> Vec<String> {
    let entries = fs::read_dir(folder()).unwrap().map(Result::unwrap);
    let folders = entries.filter(|entry| entry.file_type().unwrap().is_dir());
    let mut names: Vec<String> = folders
        .map(|entry| entry.file_name().into_string().unwrap())
        .collect();
    names.retain(|name| name != "base");
    names.sort();
    names
}

fn code(name: &str) -> Code {
    let (code, _) = name.split_once('-').unwrap();
    code.parse().unwrap()
}

#[test]
fn the_files_that_examples_change_have_no_fault() {
    let (catalog, report) = checked(base());
    assert!(
        report.is_empty(),
        "{}",
        text(&report, &catalog.sources, Colour::Plain)
    );
}

#[test]
fn every_example_is_told_as_its_golden_says() {
    let update = std::env::var_os("UPDATE_GOLDENS").is_some();
    let mut stale = Vec::new();
    for name in examples() {
        let mut files = base();
        read(&folder().join(&name), "", &mut files);
        files.remove("told.txt");
        let (catalog, report) = checked(files);
        let told = text(&report, &catalog.sources, Colour::Plain);
        let code = code(&name);
        if !report.iter().any(|fault| fault.code == code) {
            stale.push(format!("{name} does not have its fault:\n{told}"));
        }
        let golden = folder().join(&name).join("told.txt");
        if update {
            fs::write(&golden, &told).unwrap();
        } else if fs::read_to_string(&golden).unwrap_or_default() != told {
            stale.push(format!("{name} is told otherwise:\n{told}"));
        }
    }
    assert!(stale.is_empty(), "{}", stale.join("\n"));
}

/// The examples of single files and of schemas count as well.
#[test]
fn every_code_of_files_has_an_example_or_a_reason() {
    let mut shown: BTreeSet<Code> = examples().iter().map(|name| code(name)).collect();
    for folder in ["tests/diagnostics", "tests/diagnostics/schema"] {
        for entry in fs::read_dir(root().join(folder)).unwrap() {
            let name = entry.unwrap().file_name().into_string().unwrap();
            let number = name.split_once('-').map_or("", |(number, _)| number);
            shown.extend(number.parse::<Code>().ok());
        }
    }
    // Configuration codes have examples of their own, and each law is broken by `tests/laws`.
    for one in Code::ALL
        .iter()
        .filter(|one| !one.as_str().starts_with(['C', 'L']))
    {
        let elsewhere = ELSEWHERE.iter().any(|(code, _)| code == one);
        let title = one.title();
        assert!(
            shown.contains(one) || elsewhere,
            "{one} ({title}) has no example"
        );
        assert!(
            !(shown.contains(one) && elsewhere),
            "{one} ({title}) has an example now"
        );
    }
}

/// A file that is not there is one fault, whatever would have been found in it.
#[test]
fn a_model_without_its_operations_is_one_fault() {
    let mut files = base();
    assert!(files.remove("schemas/canonical/operations.yaml").is_some());
    let (_, report) = checked(files);
    let told: Vec<_> = report
        .iter()
        .map(|fault| (fault.code, &*fault.message))
        .collect();
    let expected = "there is no file `schemas/canonical/operations.yaml`";
    assert_eq!(told, [(Code::F004, expected)]);
}

/// What stands in a file is shown there, and whoever is told is told what to do.
#[test]
fn every_fault_of_a_check_has_a_place_and_help() {
    for name in examples() {
        let mut files = base();
        read(&folder().join(&name), "", &mut files);
        let (_, report) = checked(files);
        for fault in report.iter() {
            assert!(fault.span.is_some(), "{name}: {}", fault.message);
            assert!(fault.help.is_some(), "{name}: {}", fault.message);
            assert_eq!(fault.severity, fault.code.severity());
            assert!(!fault.message.ends_with('.'), "{name}: {}", fault.message);
        }
    }
}

#[test]
fn hints_and_warnings_are_no_errors() {
    for name in ["M240-null", "M242-open-text", "M514-recover"] {
        let mut files = base();
        read(&folder().join(name), "", &mut files);
        let (catalog, report) = checked(files);
        assert!(
            !report.has_errors(),
            "{}",
            text(&report, &catalog.sources, Colour::Plain)
        );
        assert!(report.iter().all(|fault| fault.severity != Severity::Error));
    }
}
