//! Faults of configurations as operators see them: each example beside the text that it gives.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use interlingua::config::environment::Fixed;
use interlingua::config::{self, Given};
use interlingua::diag::render::{Colour, text};
use interlingua::diag::{Code, Report, Sources};

fn examples() -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/diagnostics/config");
    let mut files: Vec<_> = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|end| end == "yaml"))
        .collect();
    files.sort();
    files
}

/// The faults of an example; where another file says what the process was started with, those of changing to it.
fn faults(path: &Path) -> (Report, Sources) {
    let mut sources = Sources::new();
    let file = sources.add("interlingua.yaml", fs::read_to_string(path).unwrap());
    let environment = Fixed::default()
        .with_variable("PASSWORD", "hunter2")
        .with_variable("EMPTY", "");
    let mut report = Report::new();
    let given = Given {
        file: Some(file),
        flags: &[],
        environment: &environment,
        operations: &["getThing", "listThings"],
    };
    let loaded = config::look(&given, &mut sources, &mut report);
    assert_eq!(
        loaded.settings.is_none(),
        report.has_errors(),
        "{}",
        path.display()
    );
    if let Ok(text) = fs::read_to_string(path.with_extension("was")) {
        let given = Given {
            file: Some(sources.add("was.yaml", text)),
            ..given
        };
        let was = config::look(&given, &mut sources, &mut report);
        was.fixed.hold(&loaded.fixed, file, &mut report);
    }
    (report, sources)
}

fn number(path: &Path) -> &str {
    let name = path.file_stem().unwrap().to_str().unwrap();
    name.split_once('-').unwrap().0
}

#[test]
fn every_example_gives_its_text() {
    let update = std::env::var_os("UPDATE_GOLDENS").is_some();
    for path in examples() {
        let (report, sources) = faults(&path);
        let told = text(&report, &sources, Colour::Plain);
        if update {
            fs::write(path.with_extension("txt"), &told).unwrap();
        }
        let expected = fs::read_to_string(path.with_extension("txt")).unwrap_or_default();
        assert!(
            told == expected,
            "{}: expected\n{expected}\ntold\n{told}",
            path.display()
        );
    }
}

#[test]
fn an_example_has_faults_of_its_own_code_only() {
    for path in examples() {
        let (report, _) = faults(&path);
        let codes: BTreeSet<_> = report.iter().map(|fault| fault.code.as_str()).collect();
        assert!(
            codes.contains(number(&path)),
            "{}: {codes:?}",
            path.display()
        );
    }
}

#[test]
fn every_fault_says_what_to_do() {
    for path in examples() {
        let (report, _) = faults(&path);
        for fault in report.iter() {
            assert!(
                fault.help.is_some(),
                "{}: {}",
                path.display(),
                fault.message
            );
        }
    }
}

#[test]
fn every_code_of_configurations_has_an_example() {
    let examples = examples();
    let shown: BTreeSet<_> = examples.iter().map(|path| number(path)).collect();
    for code in Code::ALL
        .iter()
        .map(|code| code.as_str())
        .filter(|code| code.starts_with('C'))
    {
        assert!(shown.contains(code), "{code} has no example");
    }
}

#[test]
fn no_fault_shows_a_secret() {
    for path in examples() {
        let (report, sources) = faults(&path);
        let told = text(&report, &sources, Colour::Plain);
        assert!(!told.contains("hunter2"), "{}: {told}", path.display());
        for fault in report.iter() {
            assert!(
                !format!("{fault:?}").contains("hunter2"),
                "{}",
                path.display()
            );
        }
    }
}
