//! The shipped mappings: every worked call of each, in both directions.

#![allow(
    clippy::expect_used,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test that goes wrong should end there"
)]

mod named;

use std::fs;
use std::path::Path;

use interlingua::diag::render::{self, Colour};
use interlingua::mapping::catalog::Catalog;
use interlingua::proof::cases::run_cases;

fn files(folder: &Path, name: &str, found: &mut Vec<(String, Vec<u8>)>) {
    for entry in fs::read_dir(folder).unwrap() {
        let entry = entry.unwrap();
        let name = format!("{name}/{}", entry.file_name().to_string_lossy());
        if entry.file_type().unwrap().is_dir() {
            files(&entry.path(), &name, found);
        } else {
            found.push((name, fs::read(entry.path()).unwrap()));
        }
    }
}

fn shipped() -> Catalog {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut found = Vec::new();
    for folder in ["schemas", "mappings"] {
        files(&root.join(folder), folder, &mut found);
    }
    let (catalog, report) = Catalog::load(found);
    let faults = render::text(&report, &catalog.sources, Colour::Plain);
    assert!(!report.has_errors(), "{faults}");
    catalog
}

#[test]
fn every_case_of_every_mapping_holds() {
    let catalog = shipped();
    let mut told = String::new();
    for mapping in catalog.mappings.keys() {
        let results = run_cases(&catalog, mapping).unwrap_or_else(|report| {
            panic!(
                "{mapping}: {}",
                render::text(&report, &catalog.sources, Colour::Plain)
            )
        });
        assert!(!results.is_empty(), "{mapping} has no cases");
        for result in results.iter().filter(|result| !result.holds()) {
            told.push_str(&format!("{}\n", result.path));
            for check in &result.checks {
                if let Some(difference) = &check.difference {
                    told.push_str(&format!(
                        "  {}:\n    {}\n",
                        check.what,
                        difference.replace('\n', "\n    ")
                    ));
                }
            }
        }
    }
    assert!(told.is_empty(), "{told}");
}
