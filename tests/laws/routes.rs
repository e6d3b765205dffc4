//! The laws over whole calls: a request says which call it is, and an answer of another status is no outcome.

use interlingua::diag::render::{self, Colour};
use interlingua::mapping::catalog::Catalog;
use interlingua::mapping::compile::upstream::Upstream;
use interlingua::proof::cases::settings;
use interlingua::proof::routes::prove;
use interlingua::proof::{answers, machines};

use crate::tree;

/// Mappings and schemas below these folders, each text of the one file replaced.
pub(crate) fn catalog(folders: &[(&str, &str)], change: impl Fn(&str) -> String) -> Catalog {
    let mut found = tree::files(folders);
    for (name, bytes) in &mut found {
        if name.ends_with("upstream.yaml") {
            *bytes = change(std::str::from_utf8(bytes).unwrap()).into_bytes();
        }
    }
    Catalog::load(found).0
}

pub(crate) fn compiled(catalog: &Catalog, mapping: &str) -> Upstream {
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
        assert_eq!(answers::faults(&catalog, &upstream), Vec::new());
        assert_eq!(machines::faults(&catalog, &upstream), Vec::new());
        let file = catalog.mappings[mapping].upstream.as_ref().unwrap();
        let moves = upstream
            .offered()
            .map(|index| machines::prove(&catalog, &upstream, index).held);
        let [allowed, _, illegal] = moves.fold([0; 3], |all, held| {
            std::array::from_fn(|at| all[at] + held[at])
        });
        let has_some = allowed > 100 && illegal > 100;
        assert!(
            has_some || file.machines.is_empty(),
            "{mapping}: {allowed} {illegal}"
        );
    }
}
