//! The ninth law, over whole calls: a request says which call it is.

use std::fs;
use std::path::Path;

use interlingua::diag::render::{self, Colour};
use interlingua::mapping::catalog::Catalog;
use interlingua::mapping::compile::upstream::Upstream;
use interlingua::proof::cases::settings;
use interlingua::proof::routes::{faults, prove};

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

/// Mappings and schemas below these folders, each text of the one file replaced.
fn catalog(folders: &[(&str, &str)], change: impl Fn(&str) -> String) -> Catalog {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut found = Vec::new();
    for (folder, name) in folders {
        files(&root.join(folder), name, &mut found);
    }
    for (name, bytes) in &mut found {
        if name.ends_with("upstream.yaml") {
            *bytes = change(std::str::from_utf8(bytes).unwrap()).into_bytes();
        }
    }
    Catalog::load(found).0
}

fn compiled(catalog: &Catalog, mapping: &str) -> Upstream {
    let set = &catalog.mappings[mapping];
    let auth = set
        .sandbox
        .as_ref()
        .and_then(|sandbox| sandbox.auth.as_ref());
    let settings = match set.cases.first() {
        Some(case) => settings(set, case),
        None => [
            ("host", "https://depot.example"),
            ("tenant", "t1"),
            ("password", "pw"),
        ]
        .into_iter()
        .map(|(name, value)| (name.to_owned(), value.into()))
        .collect(),
    };
    let compiled = Upstream::compile(catalog, mapping, mapping, &settings, auth);
    compiled.unwrap_or_else(|report| {
        panic!("{}", render::text(&report, &catalog.sources, Colour::Plain))
    })
}

#[test]
fn every_request_of_the_shipped_upstreams_is_understood_as_its_call() {
    let shipped = [("mappings", "mappings"), ("schemas", "schemas")];
    let catalog = catalog(&shipped, str::to_owned);
    for mapping in catalog.mappings.keys() {
        let upstream = compiled(&catalog, mapping);
        let (mut held, mut broken) = (0, Vec::new());
        for index in upstream.offered() {
            let outcome = prove(&catalog, &upstream, index, 300, 1);
            let id = &catalog.at(index).unwrap().id;
            println!("{mapping} {id}: {outcome:?}");
            held += outcome.held;
            broken.extend(
                outcome
                    .broken
                    .map(|broken| format!("{mapping} {id}: {broken}")),
            );
        }
        assert!(broken.is_empty(), "{}", broken.join("\n"));
        assert!(held > 100, "{mapping}: {held}");
    }
}

const DEPOT: [(&str, &str); 3] = [
    ("schemas/canonical", "schemas/canonical"),
    ("tests/fixtures/upstreams/schemas", "schemas"),
    ("tests/fixtures/upstreams/mappings", "mappings"),
];

#[test]
fn a_route_that_cannot_be_told_from_another_is_found() {
    let sound = catalog(&DEPOT, str::to_owned);
    let upstream = compiled(&sound, "depot");
    assert_eq!(faults(&sound, &upstream), Vec::new());

    let broken = catalog(&DEPOT, |text| {
        text.replace("'GET /accounts/{id}'", "'GET /clients/{id}'")
    });
    let upstream = compiled(&broken, "depot");
    let found = faults(&broken, &upstream);
    let [fault] = found.as_slice() else {
        panic!("{found:?}");
    };
    assert!(
        fault.message.contains("understood as another call"),
        "{fault:?}"
    );
    let span = fault.span.unwrap();
    assert!(broken.sources.name(span.source).ends_with("upstream.yaml"));
}
