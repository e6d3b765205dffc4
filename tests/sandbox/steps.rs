//! Calls that only steps use, met alone: each is an update of the part that it is about.

use std::sync::{Arc, LazyLock};

use interlingua::mapping::catalog::Catalog;

use crate::{Caller, tree};

static CATALOG: LazyLock<Arc<Catalog>> = LazyLock::new(|| {
    let (catalog, report) = Catalog::load(tree::files(&[
        ("schemas/canonical", "schemas/canonical"),
        ("tests/fixtures/steps/schemas", "schemas"),
        ("tests/fixtures/steps/mappings", "mappings"),
    ]));
    assert!(!report.has_errors());
    Arc::new(catalog)
});

fn harbor() -> Caller {
    Caller::over(&CATALOG, "harbor", &[], "application/json")
}

#[test]
fn a_part_is_made_and_changed_by_its_own_calls() {
    let mut harbor = harbor();
    let berth = r#"{"street":"1 Quay","town":"Ponce"}"#;
    let made = harbor.text("POST", "/clients/7/berths", berth);
    assert_eq!(
        made,
        (
            201,
            r#"{"id":"1","street":"1 Quay","town":"Ponce"}"#.to_owned()
        )
    );
    let changed = harbor.text("PATCH", "/clients/7/berths/1", r#"{"street":"2 Quay"}"#);
    assert_eq!(
        changed,
        (
            200,
            r#"{"id":"1","street":"2 Quay","town":"Ponce"}"#.to_owned()
        )
    );
    let (status, client) = harbor.text("GET", "/clients/7", "");
    assert_eq!(status, 200);
    let berth = r#""berth":{"id":"1","street":"2 Quay","town":"Ponce"}"#;
    assert!(client.contains(r#""label": "Ann""#), "{client}");
    assert!(client.contains(berth), "{client}");
}

#[test]
fn a_part_of_nobody_is_not_found() {
    let berth = r#"{"street":"1 Quay"}"#;
    assert_eq!(harbor().text("POST", "/clients/8/berths", berth).0, 404);
}

#[test]
fn the_first_step_alone_is_the_operation() {
    let mut harbor = harbor();
    let (status, made) = harbor.text("POST", "/clients", r#"{"label":"Bo"}"#);
    assert_eq!((status, &*made), (201, r#"{"id":"8","label":"Bo"}"#));
    let (status, _) = harbor.text("PATCH", "/clients/8", r#"{"mail":"bo@example.com"}"#);
    assert_eq!(status, 200);
    let (_, client) = harbor.text("GET", "/clients/8", "");
    assert_eq!(client, r#"{"id":"8","label":"Bo","mail":"bo@example.com"}"#);
}

fn harbor_of(kind: &'static str) -> Caller {
    Caller::over(
        &CATALOG,
        "harbor",
        &[("x-caller", kind)],
        "application/json",
    )
}

#[test]
fn machines_are_enforced_of_documents_and_of_items() {
    let boat = |plate: &str, state: &str| {
        format!(r#"{{"boats":[{{"plate":"{plate}","state":"{state}"}}]}}"#)
    };
    for (caller, body, status) in [
        ("customer", r#"{"state":"S"}"#.to_owned(), 200),
        ("customer", r#"{"state":"R"}"#.to_owned(), 403),
        ("agent", r#"{"state":"R"}"#.to_owned(), 200),
        ("customer", boat("X2", "A"), 200),
        ("customer", boat("X1", "S"), 403),
        ("agent", boat("X1", "S"), 200),
        ("agent", boat("X1", "R"), 409),
        ("agent", boat("X3", "R"), 200),
    ] {
        let answered = harbor_of(caller).text("PATCH", "/clients/7", &body);
        assert_eq!(answered.0, status, "{caller} {body}: {}", answered.1);
    }
}
