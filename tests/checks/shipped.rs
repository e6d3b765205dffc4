//! The mappings that are shipped.

use interlingua::diag::render::{Colour, text};
use interlingua::diag::{Report, Severity};

use crate::files::{Files, checked, read, root};

pub(crate) fn shipped() -> Files {
    let mut files = Files::new();
    read(&root(), "schemas", &mut files);
    read(&root(), "mappings", &mut files);
    files
}

#[test]
fn shipped_mappings_have_no_error() {
    let (catalog, report) = checked(shipped());
    let mut errors = Report::new();
    errors.extend(
        report
            .iter()
            .filter(|fault| fault.severity == Severity::Error)
            .cloned(),
    );
    assert!(
        errors.is_empty(),
        "{}",
        text(&errors, &catalog.sources, Colour::Plain)
    );
}

#[test]
fn what_is_told_does_not_depend_on_the_order_of_files() {
    let told = |report: &Report, catalog: &interlingua::mapping::catalog::Catalog| {
        text(report, &catalog.sources, Colour::Plain)
    };
    let (catalog, report) = checked(shipped());
    let first = told(&report, &catalog);
    let (catalog, again) = checked(shipped().into_iter().rev().collect());
    assert_eq!(first, told(&again, &catalog));
    if std::env::var_os("SHOW").is_some() {
        println!("{first}");
    }
}

/// Files name codes of the same table that the gateway answers by.
#[test]
fn problem_codes_of_files_are_those_of_the_gateway() {
    let answered = interlingua::gateway::problem::Code::ALL.iter();
    let answered: Vec<&str> = answered.map(|code| code.row().name).collect();
    assert_eq!(interlingua::mapping::keywords::PROBLEM_CODES, answered);
}
