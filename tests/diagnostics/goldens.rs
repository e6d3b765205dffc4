//! Every example of a fault is told as its golden says.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use interlingua::diag::render::{Colour, text};
use interlingua::diag::{Code, Report, Sources};
use interlingua::mapping::read;

/// Codes that a file alone can show; each must have an example.
const ALONE: &[Code] = &[
    Code::M001,
    Code::M002,
    Code::M003,
    Code::M004,
    Code::M006,
    Code::M215,
    Code::F005,
];

fn examples() -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/diagnostics");
    let paths = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path());
    let mut examples: Vec<_> = paths
        .filter(|path| path.extension().is_some_and(|kind| kind == "yaml"))
        .collect();
    examples.sort();
    examples
}

fn code(path: &Path) -> Code {
    let name = path.file_name().unwrap().to_str().unwrap();
    let (code, _) = name
        .split_once('-')
        .unwrap_or_else(|| panic!("{name} is not <CODE>-<words>.yaml"));
    code.parse()
        .unwrap_or_else(|_| panic!("{name} begins with no code"))
}

#[test]
fn every_example_is_told_as_its_golden_says() {
    let update = std::env::var_os("UPDATE_GOLDENS").is_some();
    let mut stale = Vec::new();
    for path in examples() {
        let name = path.file_name().unwrap().to_str().unwrap().to_owned();
        let mut sources = Sources::new();
        let mut report = Report::new();
        let source = sources.add(name.as_str(), fs::read_to_string(&path).unwrap());
        let _ = read::read(source, &sources, &mut report);
        let told = text(&report, &sources, Colour::Plain);
        assert!(
            report.iter().any(|fault| fault.code == code(&path)),
            "{name} does not have its fault:\n{told}"
        );
        let golden = path.with_extension("txt");
        if update {
            fs::write(&golden, &told).unwrap();
        } else if fs::read_to_string(&golden).unwrap_or_default() != told {
            stale.push(format!("{name} is told otherwise:\n{told}"));
        }
    }
    assert!(stale.is_empty(), "{}", stale.join("\n"));
}

#[test]
fn every_code_of_a_single_file_has_an_example() {
    let shown: BTreeSet<Code> = examples().iter().map(|path| code(path)).collect();
    for alone in ALONE {
        assert!(
            shown.contains(alone),
            "{alone} ({}) has no example",
            alone.title()
        );
    }
}

#[test]
fn every_golden_has_its_example() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/diagnostics");
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_some_and(|kind| kind == "txt") {
            assert!(
                path.with_extension("yaml").exists(),
                "{} tells of no example",
                path.display()
            );
        }
    }
}
