//! Each law over whole calls can fail: by a mapping that is sound but for one line.

use interlingua::diag::{Code, Diagnostic};
use interlingua::mapping::catalog::Catalog;
use interlingua::proof::{answers, machines, routes};

use crate::routes::{catalog, compiled};

/// Folders, what stands for them, and the mapping that is in them.
type Fixture<'f> = (&'f [(&'f str, &'f str)], &'f str);

const DEPOT: Fixture<'_> = (
    &[
        ("schemas/canonical", "schemas/canonical"),
        ("tests/fixtures/upstreams/schemas", "schemas"),
        ("tests/fixtures/upstreams/mappings", "mappings"),
    ],
    "depot",
);

const HARBOR: Fixture<'_> = (
    &[
        ("schemas/canonical", "schemas/canonical"),
        ("tests/fixtures/steps/schemas", "schemas"),
        ("tests/fixtures/steps/mappings", "mappings"),
    ],
    "harbor",
);

/// What breaks where one text of the upstream's file is another.
fn told((folders, mapping): Fixture<'_>, (from, to): (&str, &str)) -> (Catalog, Vec<Diagnostic>) {
    let catalog = catalog(folders, |text| {
        assert!(text.contains(from), "{from}");
        text.replace(from, to)
    });
    let upstream = compiled(&catalog, mapping);
    let mut faults = routes::faults(&catalog, &upstream);
    faults.extend(answers::faults(&catalog, &upstream));
    faults.extend(machines::faults(&catalog, &upstream));
    (catalog, faults)
}

fn one(of: Fixture<'_>, change: (&str, &str)) -> String {
    let (catalog, found) = told(of, change);
    let [fault] = found.as_slice() else {
        panic!("{change:?}: {found:?}");
    };
    assert_eq!(fault.code, Code::L009);
    let span = fault.span.unwrap();
    assert!(catalog.sources.name(span.source).ends_with("upstream.yaml"));
    fault.message.clone()
}

#[test]
fn sound_mappings_keep_the_laws_over_calls() {
    for of in [DEPOT, HARBOR] {
        let (catalog, found) = told(of, ("upstream:", "upstream:"));
        assert_eq!(found, Vec::new());
        let upstream = compiled(&catalog, of.1);
        for index in upstream.offered() {
            let outcome = routes::prove(&catalog, &upstream, index, 200, 9);
            let id = &catalog.at(index).unwrap().id;
            assert!(outcome.held > 0, "{id}: {outcome:?}");
        }
    }
}

#[test]
fn a_route_that_cannot_be_told_from_another_is_found() {
    let change = ("'GET /accounts/{id}'", "'GET /clients/{id}'");
    let found = one(DEPOT, change);
    assert!(found.contains("understood as another call"), "{found}");
}

#[test]
fn a_header_that_is_sent_and_not_understood_is_found() {
    let change = (
        "{ context.ifMatch: If-Match }",
        "{ context.ifMatch: { native: If-Match, when: context.caller.kind = agent } }",
    );
    let found = one(DEPOT, change);
    assert!(found.contains("`updateCustomer`"), "{found}");
    assert!(found.contains("makes other headers"), "{found}");
}

#[test]
fn a_body_that_is_understood_as_another_is_found() {
    let found = "{ call: POST /accounts/find, body: AccountFind, fields: { body.taxId: no } }";
    let by_tax = found.replacen("{ call", "{ when: body.taxId, call", 1);
    let by_code = found.replacen("body.taxId", "body.postalCode", 1);
    let change = (found, &*format!("{by_tax}\n      - {by_code}"));
    let found = one(DEPOT, change);
    assert!(found.contains("`searchBillingAccounts`"), "{found}");
    assert!(found.contains("another body at `/body/"), "{found}");
}

#[test]
fn a_change_of_what_was_read_that_is_understood_as_another_call_is_found() {
    let change = ("payer?whole=yes", "payer");
    let found = one(DEPOT, change);
    assert!(found.contains("`updateContact`"), "{found}");
    assert!(found.contains("understood as another call"), "{found}");
}

#[test]
fn a_step_that_is_understood_as_another_call_is_found() {
    let change = ("'POST /clients/{id}/berths'", "'POST /clients'");
    let found = told(HARBOR, change).1;
    assert!(!found.is_empty());
    for fault in found {
        assert_eq!(fault.code, Code::L009);
        assert!(fault.message.contains("Customer`"), "{fault:?}");
    }
}

#[test]
fn an_error_that_is_taken_for_an_outcome_is_found() {
    let change = (
        "  - { status: 404, problem: not-found }",
        "  - { status: 404, body: none }",
    );
    let (catalog, found) = told(DEPOT, change);
    let offered = compiled(&catalog, "depot").offered().count();
    assert_eq!(found.len(), offered);
    for fault in found {
        assert_eq!(fault.code, Code::L010);
        assert!(fault.message.contains("the status 404"), "{fault:?}");
    }
}

#[test]
fn a_machine_is_held_over_every_state_move_and_caller() {
    let (catalog, _) = told(DEPOT, ("upstream:", "upstream:"));
    let upstream = compiled(&catalog, DEPOT.1);
    for id in ["changeCustomerStatus", "updateCustomer"] {
        let index = catalog.operation(id).unwrap().0;
        let outcome = machines::prove(&catalog, &upstream, index);
        assert!(outcome.broken.is_none(), "{id}: {outcome:?}");
        assert!(
            outcome.held.iter().all(|held| *held > 10),
            "{id}: {outcome:?}"
        );
    }
}

#[test]
fn a_machine_whose_state_nobody_reads_is_found() {
    let own = "  changeCustomerStatus:\n    base: getCustomer\n";
    let catalog = catalog(DEPOT.0, |text| {
        text.replace(own, "  changeCustomerStatus:\n")
    });
    let upstream = compiled(&catalog, DEPOT.1);
    let found = machines::faults(&catalog, &upstream);
    let [fault] = found.as_slice() else {
        panic!("{found:?}");
    };
    assert_eq!(fault.code, Code::L011);
    assert!(
        fault.message.contains("nothing says what is now"),
        "{fault:?}"
    );
}
