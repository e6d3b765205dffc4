//! The shipped mappings: every worked call of each, in both directions.

#![allow(
    clippy::expect_used,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test that goes wrong should end there"
)]

mod named;
#[path = "../tree/mod.rs"]
mod tree;

use interlingua::diag::render::{self, Colour};
use interlingua::mapping::catalog::Catalog;
use interlingua::proof::cases::run_cases;

fn shipped() -> Catalog {
    let (catalog, report) = Catalog::load(tree::files(&[
        ("schemas", "schemas"),
        ("mappings", "mappings"),
    ]));
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
