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
use interlingua::mapping::compile::upstream::Upstream;
use interlingua::proof::cases::run_cases;
use interlingua::sandbox;

fn shipped() -> Catalog {
    let (catalog, report) = Catalog::load(tree::files(&[
        ("schemas", "schemas"),
        ("mappings", "mappings"),
    ]));
    let faults = render::text(&report, &catalog.sources, Colour::Plain);
    assert!(!report.has_errors(), "{faults}");
    catalog
}

/// What the gateway starts with is what everything is proven of, though it is read without the search for faults.
#[test]
fn what_serves_is_what_was_checked() {
    let whole = shipped();
    let files = tree::files(&[("schemas", "schemas"), ("mappings", "mappings")]);
    let (serving, report) =
        Catalog::load_serving(files, &|jobs, job| (0..jobs).rev().for_each(job));
    assert!(report.is_empty());
    assert!(whole.mappings.keys().eq(serving.mappings.keys()));
    for (name, set) in &whole.mappings {
        let served = &serving.mappings[name];
        assert_eq!(set.version, served.version);
        assert!(served.cases.is_empty() && served.sandbox.is_none());
        let auth = set
            .sandbox
            .as_ref()
            .and_then(|sandbox| sandbox.auth.as_ref());
        let settings = sandbox::settings(set, "http://127.0.0.1:1");
        let compiled = |catalog: &Catalog| {
            let upstream = Upstream::compile(catalog, name, name, &settings, auth);
            unnumbered(&format!("{:?}", upstream.unwrap()))
        };
        assert!(compiled(&whole) == compiled(&serving), "{name}");
    }
}

/// A text without numbers that say only how many files were read, or plans were made, before.
fn unnumbered(text: &str) -> String {
    ["SourceId(", "LayoutId("]
        .iter()
        .fold(text.to_owned(), |text, number| {
            let mut parts = text.split(number);
            let first = parts.next().unwrap_or_default();
            let behind = parts.map(|part| part.split_once(')').unwrap().1);
            std::iter::once(first).chain(behind).collect()
        })
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
