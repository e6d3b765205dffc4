//! Trees of files, whole and broken.

use interlingua::mapping::catalog::Catalog;
use interlingua::proof::cases::{CaseCheck, run_cases};

use crate::depot::{FIXTURE, catalog, found, told};

#[test]
fn a_tree_is_read_into_operations_and_mappings() {
    let catalog = catalog();
    assert_eq!(catalog.mappings.keys().collect::<Vec<_>>(), ["depot"]);
    let set = &catalog.mappings["depot"];
    assert_eq!(set.mappings.len(), 4);
    assert!(set.native.definition("ClientPage").is_some());
    let (index, operation) = catalog.operation("getContact").unwrap();
    assert_eq!(
        catalog.at(index).map(|found| &*found.id),
        Some("getContact")
    );
    assert_eq!(
        operation.names().collect::<Vec<_>>(),
        ["id", "reference", "role"]
    );
    assert_eq!(operation.answer_type(), Some("Contact"));
    assert!(operation.reads());
    let role = &operation.inputs[1];
    assert_eq!(
        (&*role.kind.name, role.fills.as_deref()),
        ("Contact.role", Some("role"))
    );
    assert!(
        role.kind
            .scalar
            .values
            .iter()
            .any(|value| &**value == "billing")
    );
}

#[test]
fn broken_trees_are_told_with_all_faults() {
    for (name, text, codes) in [
        (
            "mappings/depot/other.yaml",
            "upstream: depot\n",
            &["F006"][..],
        ),
        ("mappings/depot/more.yaml", "mapping: client\n", &["F006"]),
        (
            "mappings/depot/more.yaml",
            "tables: { state: { A: active } }\n",
            &["F006"],
        ),
        (
            "mappings/depot/operations.yaml",
            "operations: {}\n",
            &["F005"],
        ),
        (
            "mappings/depot/cases/getCustomer/one/native.json",
            "{}",
            &["F004"],
        ),
        (
            "mappings/depot/cases/getCustomer/one/case.yaml",
            "mapping: x\n",
            &["F005"],
        ),
        (
            "mappings/yard/upstream.yaml",
            "upstream: depot\n",
            &["F006"],
        ),
        ("mappings/yard/upstream.yaml", "upstream: yard\n", &["F004"]),
        ("mappings/yard/yard.yaml", "mapping: yard\n", &["F004"]),
        ("mappings/depot/README.md", "\u{fffd}", &[]),
        ("elsewhere/upstream.yaml", "upstream: depot\n", &[]),
    ] {
        let mut tree = found(FIXTURE);
        tree.push((name.to_owned(), text.as_bytes().to_vec()));
        let (catalog, report) = Catalog::load(tree);
        let errors = report
            .iter()
            .filter(|fault| fault.severity == interlingua::diag::Severity::Error);
        let found: Vec<_> = errors.map(|fault| fault.code.as_str()).collect();
        assert!(
            codes.iter().all(|code| found.contains(code)),
            "{name}: {}",
            told(&catalog, &report)
        );
        assert_eq!(
            found.is_empty(),
            codes.is_empty(),
            "{name}: {}",
            told(&catalog, &report)
        );
    }
    let mut tree = found(FIXTURE);
    tree.push(("mappings/depot/bytes.yaml".to_owned(), vec![b'a', 0xff]));
    let (_, report) = Catalog::load(tree);
    assert!(report.iter().any(|fault| fault.code.as_str() == "F002"));
}

/// What is compared of the one case that the fixture has with these files of it.
fn checked(operation: &str, case: &[(&str, &str)]) -> Vec<CaseCheck> {
    let mut tree = found(FIXTURE);
    for (name, text) in case {
        let name = format!("mappings/depot/cases/{operation}/one/{name}");
        tree.push((name, text.as_bytes().to_vec()));
    }
    tree.push((
        "mappings/depot/sandbox.yaml".to_owned(),
        b"sandbox: depot\nport: 8199\nsettings: { host: 'https://depot.example', tenant: t1, password: pw }\n".to_vec(),
    ));
    let (catalog, report) = Catalog::load(tree);
    assert!(!report.has_errors(), "{}", told(&catalog, &report));
    let mut results =
        run_cases(&catalog, "depot").unwrap_or_else(|report| panic!("{}", told(&catalog, &report)));
    assert_eq!(results.len(), 1);
    results.remove(0).checks
}

#[test]
fn a_case_that_does_not_hold_says_where() {
    let checks = checked(
        "getCustomer",
        &[
            (
                "case.yaml",
                "case: getCustomer\nmessage: response\ninputs: { id: '7' }\ncall: GET /clients/8\n",
            ),
            (
                "canonical.json",
                r#"{"id": "depot:7", "name": {"full": "Ann"}}"#,
            ),
            ("native.json", r#"{"id": "7", "label": "Bo"}"#),
        ],
    );
    let told: Vec<(&str, Option<&str>)> = checks
        .iter()
        .map(|check| (check.what, check.difference.as_deref()))
        .collect();
    assert_eq!(
        told,
        [
            ("request line", Some("- GET /clients/8\n+ GET /clients/7")),
            ("inputs", None),
            (
                "canonical document",
                Some("/name/full: expected \"Ann\", found \"Bo\"")
            ),
            (
                "native document",
                Some("from line 3:\n-   \"label\": \"Bo\"\n+   \"label\": \"Ann\"")
            ),
        ]
    );
}

/// A case of a status that may not follow, with `problem.json` beside it.
fn refused_case(problem: &str, document: &str) -> Vec<(&'static str, Option<String>)> {
    let case = format!(
        "case: changeCustomerStatus\nmessage: request\ninputs: {{ id: '7' }}\n\
         context: {{ caller.kind: customer, caller.id: c9 }}\nbase: base.json\nproblem: {problem}\n"
    );
    let checks = checked(
        "changeCustomerStatus",
        &[
            ("case.yaml", case.as_str()),
            ("canonical.json", r#"{"status": "suspended"}"#),
            ("base.json", r#"{"id": "7", "state": "R"}"#),
            ("problem.json", document),
        ],
    );
    let of = |check: CaseCheck| (check.what, check.difference);
    checks.into_iter().map(of).collect()
}

#[test]
fn a_case_of_a_call_that_is_refused_says_why() {
    let told =
        r#"{"code": "illegal-move", "errors": [{"code": "illegal-move", "pointer": "/status"}]}"#;
    assert_eq!(
        refused_case("illegal-move", told),
        [("problem", None), ("problem document", None)]
    );
    let told = r#"{"code": "illegal-move", "allowed": ["active"], "errors": []}"#;
    assert_eq!(
        refused_case("forbidden", told),
        [
            ("problem", Some("- forbidden\n+ illegal-move".to_owned())),
            (
                "problem document",
                Some(
                    "/allowed: expected a list of 1, found nothing\n\
                     /errors/0: expected nothing, found an object of 2"
                        .to_owned()
                )
            ),
        ]
    );
}
