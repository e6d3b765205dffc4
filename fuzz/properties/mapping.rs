//! Mapping files: bytes in the place of a file of a small upstream are read, checked and told of.

#[path = "ground.rs"]
mod ground;

use std::sync::OnceLock;

use ground::Files;
use interlingua::diag::render::{Colour, json, sarif, text};
use interlingua::diag::{Report, Sources, Span};
use interlingua::mapping::catalog::Catalog;
use interlingua::mapping::check;
use interlingua::mapping::compile::upstream::Upstream;
use interlingua::{proof, sandbox};

/// What a file begins with, and which file of the folder it then takes the place of.
const FILES: [(&[u8], &str); 4] = [
    (b"upstream:", "upstream.yaml"),
    (b"tables:", "tables.yaml"),
    (b"sandbox:", "sandbox.yaml"),
    (b"case:", "cases/getCustomer/one/case.yaml"),
];

/// Which file others are.
const MAPPING: &str = "customer.yaml";

/// Holds every property for these bytes.
pub(crate) fn hold(bytes: &[u8]) {
    let kind = FILES.iter().find(|(word, _)| bytes.starts_with(word));
    let file = kind.map_or(MAPPING, |(_, file)| file);
    let (catalog, report) = checked(file, bytes);
    for fault in report.iter() {
        let places = fault.notes.iter().filter_map(|(span, _)| *span);
        for span in places.chain(fault.span) {
            stands_in_its_text(span, &catalog.sources);
        }
        assert!(!fault.message.is_empty());
        assert!(fault.help.is_some(), "no help for {}", fault.message);
    }
    let told = told(&catalog, &report);
    let (catalog, report) = checked(file, bytes);
    assert_eq!(self::told(&catalog, &report), told);
    if !report.has_errors() {
        compiles(&catalog);
    }
}

fn checked(file: &str, bytes: &[u8]) -> (Catalog, Report) {
    static BASE: OnceLock<Files> = OnceLock::new();
    let base = BASE.get_or_init(|| ground::files(&[("tests/checks/base", "")]));
    let name = format!("mappings/shop/{file}");
    let others = base.iter().filter(|(other, _)| *other != name);
    let others = others.map(|(name, bytes)| (name.as_str(), bytes.as_slice()));
    let (catalog, mut report) = Catalog::load(others.chain([(name.as_str(), bytes)]));
    check::check(&catalog, &mut report);
    check::check_cases(&catalog, &mut report);
    (catalog, report)
}

/// A span is a piece of its file, whole characters of it.
fn stands_in_its_text(span: Span, sources: &Sources) {
    let text = sources.text(span.source);
    let (start, end) = (span.start as usize, span.end as usize);
    assert!(
        text.get(start..end).is_some(),
        "{start}..{end} of {}",
        text.len()
    );
    assert!(!sources.name(span.source).is_empty());
}

/// The report as people and as programs read it.
fn told(catalog: &Catalog, report: &Report) -> (String, String) {
    let sources = &catalog.sources;
    let told = (text(report, sources, Colour::Plain), json(report, sources));
    let _ = text(report, sources, Colour::Ansi);
    for document in [&told.1, &sarif(report, sources, "1")] {
        serde_json::from_str::<serde_json::Value>(document).unwrap();
    }
    told
}

/// Files without an error make an upstream, for whoever gives the settings that it asks for; what runs only then says
/// what it has to say.
fn compiles(catalog: &Catalog) {
    for (name, set) in &catalog.mappings {
        let settings = sandbox::settings(set, "http://127.0.0.1:8101");
        let auth = set.sandbox.as_ref().and_then(|file| file.auth.as_ref());
        if let Err(report) = Upstream::compile(catalog, name, name, &settings, auth) {
            let of_operator = |code: &str| code.starts_with('C');
            let told = text(&report, &catalog.sources, Colour::Plain);
            assert!(
                report.iter().all(|fault| of_operator(fault.code.as_str())),
                "{told}"
            );
        }
        let _ = proof::cases::faults(catalog, name);
        let _ = sandbox::faults(catalog, name);
    }
}
