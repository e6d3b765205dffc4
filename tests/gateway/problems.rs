//! The document of every problem code, held against goldens.

use std::fmt::Write;

use interlingua::gateway::problem::{Code, FieldError, Outcome, Place, Problem, UpstreamError};

#[test]
fn every_code_has_its_document() {
    let mut written = String::new();
    for code in Code::ALL {
        let document = Problem::new(*code, "").document("r1");
        writeln!(written, "{}", String::from_utf8(document).unwrap()).unwrap();
    }
    assert_eq!(written, include_str!("goldens/problems.jsonl"));
}

#[test]
fn a_problem_with_every_member_has_them_in_order() {
    let mut problem = Problem::new(Code::IllegalMove, "From `suspended`, say \"no\".");
    problem.outcome = Outcome::Answered;
    problem.retryable = Some(true);
    problem.upstream = Some(UpstreamError {
        name: "alpha".into(),
        status: Some(409),
        code: Some("E1".to_owned()),
        message: Some("line\nbreak".to_owned()),
    });
    problem.errors = vec![
        FieldError {
            native_field: Some("zip".to_owned()),
            candidates: vec!["/a".to_owned(), "/b".to_owned()],
            ..FieldError::new(
                "invalid-input",
                Place::Pointer("/a".to_owned()),
                "must be a string",
            )
        },
        FieldError::new("missing-input", Place::Parameter("from".to_owned()), ""),
        FieldError::new("declined", Place::Unplaced, ""),
    ];
    problem.allowed = vec!["active".to_owned()];
    problem.offered_by = vec!["alpha".into(), "beta".into()];
    let document = String::from_utf8(problem.document("r\"1")).unwrap();
    assert_eq!(
        document,
        include_str!("goldens/whole-problem.json").trim_end()
    );
}

#[test]
fn documents_are_of_the_canonical_schema() {
    let catalog = &crate::support::CATALOG;
    let text = |name: &str| {
        let (_, text) = catalog
            .canonical_schemas
            .iter()
            .find(|(file, _)| file == name)
            .unwrap();
        serde_json::from_str::<serde_json::Value>(text).unwrap()
    };
    let problem = text("problem.schema.json");
    let registry = [
        "field-error.schema.json",
        "step-done.schema.json",
        "upstream-error.schema.json",
    ]
    .into_iter()
    .fold(jsonschema::Registry::new(), |registry, name| {
        let schema = text(name);
        let id = schema["$id"].as_str().unwrap().to_owned();
        registry.add(id, schema).unwrap()
    })
    .prepare()
    .unwrap();
    let validator = jsonschema::options()
        .offline()
        .with_registry(&registry)
        .build(&problem)
        .unwrap();
    let whole = include_str!("goldens/whole-problem.json");
    for line in include_str!("goldens/problems.jsonl")
        .lines()
        .chain([whole])
    {
        let mut document: serde_json::Value = serde_json::from_str(line).unwrap();
        // What RFC 9457 names and the resource itself does not.
        document.as_object_mut().unwrap().remove("type");
        assert!(validator.is_valid(&document), "{line}");
    }
}
