//! Operations of several calls, over an upstream where an address is a resource of its own: `tests/fixtures/steps`.

use std::sync::LazyLock;

use interlingua::diag::Report;
use interlingua::engine::exchange::{
    Accepted, Call, Context, Course, Earlier, NativeAnswer, NativeRequest, ReceivedRequest,
    Refused, ServerOutcome, StepIndex, Worker,
};
use interlingua::mapping::catalog::Catalog;
use interlingua::mapping::check;
use interlingua::mapping::compile::upstream::{Settings, Upstream};

use interlingua::proof::cases::run_cases;

use crate::depot::{load, load_with, told};

static CATALOG: LazyLock<Catalog> = LazyLock::new(|| load("tests/fixtures/steps"));

static HARBOR: LazyLock<Upstream> = LazyLock::new(|| {
    let compiled = Upstream::compile(&CATALOG, "harbor", "harbor", &Settings::new(), None);
    compiled.unwrap_or_else(|report| panic!("{}", told(&CATALOG, &report)))
});

const ADDRESS: &str = r#"{"use":"shipping","line1":"1 Quay","city":"Ponce","country":"PR"}"#;
const BERTHED: &str =
    r#"{"id":"7","label":"Ann","berth":{"id":"b3","street":"1 Quay","town":"Ponce","land":"PR"}}"#;
const BARE: &str = r#"{"id":"7","label":"Ann"}"#;

fn call<'a>(operation: &str, inputs: &'a [(&'a str, &'a str)], body: &'a str) -> Call<'a> {
    Call {
        operation: CATALOG.operation(operation).unwrap().0,
        inputs,
        body: Some(body.as_bytes()),
        page: Default::default(),
        context: Context::default(),
    }
}

fn native(body: &str) -> NativeAnswer<'_> {
    NativeAnswer {
        status: 200,
        headers: &[("X-Once", b"k")],
        content_type: Some("application/json"),
        body: body.as_bytes(),
    }
}

fn course(call: &Call<'_>, base: Option<&str>) -> Result<Course, Refused> {
    let base = base.map(native);
    let course = HARBOR.course(call, base.as_ref(), &mut Worker::default());
    course.map(|course| course.expect("an operation of several calls"))
}

fn legs(course: &Course) -> Vec<&str> {
    course.legs.iter().map(|leg| &*leg.id).collect()
}

fn lost(course: &Course) -> Vec<&str> {
    course
        .losses
        .iter()
        .map(|lost| lost.parameter.as_deref().unwrap_or(&lost.pointer))
        .collect()
}

fn faults(refused: Refused) -> Vec<(&'static str, String)> {
    match refused {
        Refused::Faults(faults) => faults
            .into_iter()
            .map(|fault| {
                (
                    fault.code,
                    fault.pointer.or(fault.parameter).unwrap_or_default(),
                )
            })
            .collect(),
        Refused::Base(broken) => panic!("{broken:?}"),
    }
}

fn line(request: &NativeRequest) -> (String, &str) {
    let body = request.body.as_deref().unwrap_or_default();
    (
        format!("{} {}", request.method, request.target),
        std::str::from_utf8(body).unwrap(),
    )
}

#[test]
fn a_part_is_sent_by_a_call_of_its_own() {
    let body = format!(r#"{{"name":{{"full":"Ann"}},"addresses":[{ADDRESS}]}}"#);
    let call = call("createCustomer", &[], &body);
    let course = course(&call, None).unwrap();
    assert_eq!(legs(&course), ["create", "berth"]);
    assert_eq!((lost(&course), course.lost), (Vec::new(), 0));
    assert_eq!(course.legs[1].pointer.as_deref(), Some("/addresses/0"));
    assert!(course.legs[1].warns && !course.legs[0].warns);

    let mut worker = Worker::default();
    let first = HARBOR
        .step(&call, StepIndex(0), &[], None, &mut worker)
        .unwrap();
    assert_eq!(
        line(&first),
        ("POST /clients".to_owned(), r#"{"label":"Ann"}"#)
    );
    let created = [Earlier {
        step: StepIndex(0),
        body: Some(br#"{"id":"harbor:9"}"#),
    }];
    let second = HARBOR
        .step(&call, StepIndex(1), &created, None, &mut worker)
        .unwrap();
    let berth = r#"{"street":"1 Quay","town":"Ponce","land":"PR"}"#;
    assert_eq!(line(&second), ("POST /clients/9/berths".to_owned(), berth));
}

#[test]
fn a_step_without_a_part_of_the_call_does_not_run() {
    let create = call("createCustomer", &[], r#"{"name":{"full":"Ann"}}"#);
    assert_eq!(legs(&course(&create, None).unwrap()), ["create"]);
    let other = r#"{"addresses":[{"use":"billing","line1":"x"}]}"#;
    let create = call("createCustomer", &[], other);
    let course = course(&create, None).unwrap();
    assert_eq!(legs(&course), ["create"]);
    assert_eq!(lost(&course), ["/addresses/0/line1", "/addresses/0/use"]);
}

#[test]
fn what_one_step_carries_is_not_lost() {
    let body = r#"{"name":{"full":"Ann","first":"A"},"addresses":[{"use":"billing","city":"x"},{"use":"shipping","line1":"1 Quay","region":"PR"}]}"#;
    let course = course(&call("createCustomer", &[], body), None).unwrap();
    let mut found = lost(&course);
    found.sort_unstable();
    assert_eq!(
        found,
        [
            "/addresses/0/city",
            "/addresses/0/use",
            "/addresses/1/region",
            "/name/first"
        ]
    );
    assert_eq!(course.lost, 4);
}

#[test]
fn faults_of_later_steps_are_told_before_the_first_is_sent() {
    let body = r#"{"name":{"full":"Ann"},"addresses":[{"use":"shipping","postalCode":"123456"}]}"#;
    let refused = course(&call("createCustomer", &[], body), None).unwrap_err();
    assert_eq!(
        faults(refused),
        [
            ("invalid-input", "/addresses/0/postalCode".to_owned()),
            ("missing-input", "/addresses/0/line1".to_owned())
        ]
    );
}

#[test]
fn an_earlier_answer_without_the_value_is_told() {
    let body = format!(r#"{{"addresses":[{ADDRESS}]}}"#);
    let call = call("createCustomer", &[], &body);
    let empty = [Earlier {
        step: StepIndex(0),
        body: Some(b"{}"),
    }];
    let step = HARBOR.step(&call, StepIndex(1), &empty, None, &mut Worker::default());
    assert_eq!(
        faults(step.unwrap_err()),
        [("missing-input", "id".to_owned())]
    );
}

#[test]
fn an_update_takes_the_steps_that_its_patch_touches() {
    let inputs = [("id", "7")];
    let address = format!(r#"{{"addresses":[{ADDRESS}]}}"#);
    let both = format!(r#"{{"email":"a@b.example","addresses":[{ADDRESS}]}}"#);
    for (body, base, expected) in [
        (r#"{"email":"a@b.example"}"#, BARE, &["update"][..]),
        (&address, BARE, &["add"]),
        (&address, BERTHED, &["change"]),
        (&both, BERTHED, &["update", "change"]),
        ("{}", BERTHED, &[]),
    ] {
        let course = course(&call("updateCustomer", &inputs, body), Some(base)).unwrap();
        assert_eq!(legs(&course), expected, "{body} over {base}");
        assert_eq!(course.lost, 0, "{body} over {base}");
    }
}

#[test]
fn the_base_is_read_where_a_part_asks_for_it() {
    let inputs = [("id", "7")];
    let mut worker = Worker::default();
    let address = format!(r#"{{"addresses":[{ADDRESS}]}}"#);
    for (body, needed) in [
        (r#"{"email":"a@b.example"}"#, false),
        (&*address, true),
        (r#"{"addresses":[]}"#, true),
    ] {
        let base = HARBOR.needs_base(&call("updateCustomer", &inputs, body), &mut worker);
        assert_eq!(base.is_some(), needed, "{body}");
    }
}

#[test]
fn what_is_there_now_addresses_a_part() {
    let inputs = [("id", "7")];
    let body = format!(r#"{{"addresses":[{ADDRESS}]}}"#);
    let call = call("updateCustomer", &inputs, &body);
    let base = native(BERTHED);
    let change = HARBOR.step(
        &call,
        StepIndex(1),
        &[],
        Some(&base),
        &mut Worker::default(),
    );
    assert_eq!(line(&change.unwrap()).0, "PATCH /clients/7/berths/b3");
}

#[test]
fn what_a_changed_part_lacks_is_cleared_where_the_upstream_can() {
    let catalog = load_with("tests/fixtures/steps", "harbor", |text| {
        text.replace("auth:", "clear: nil\nauth:")
    });
    let compiled = Upstream::compile(&catalog, "harbor", "harbor", &Settings::new(), None);
    let clearing = compiled.unwrap_or_else(|report| panic!("{}", told(&catalog, &report)));
    let inputs = [("id", "7")];
    let body = r#"{"addresses":[{"use":"shipping","line1":"2 Quay","country":"PR"}]}"#;
    let call = call("updateCustomer", &inputs, body);
    let sent = |upstream: &Upstream, step: u16, base: &str| {
        let base = native(base);
        let mut worker = Worker::default();
        let sent = upstream.step(&call, StepIndex(step), &[], Some(&base), &mut worker);
        line(&sent.unwrap()).1.to_owned()
    };
    assert_eq!(
        sent(&clearing, 1, BERTHED),
        r#"{"street":"2 Quay","town":null,"land":"PR"}"#
    );
    // Of one that was not there nothing is cleared.
    assert_eq!(
        sent(&clearing, 2, BARE),
        r#"{"street":"2 Quay","land":"PR"}"#
    );
    // Without a word for it the line stays.
    assert_eq!(
        sent(&HARBOR, 1, BERTHED),
        r#"{"street":"2 Quay","land":"PR"}"#
    );
}

#[test]
fn a_part_that_no_call_takes_away_cannot_be_removed() {
    let inputs = [("id", "7")];
    for body in [
        r#"{"addresses":[]}"#,
        r#"{"addresses":null}"#,
        r#"{"email":"a@b.example","addresses":[{"use":"billing"}]}"#,
    ] {
        let call = call("updateCustomer", &inputs, body);
        let refused = course(&call, Some(BERTHED)).unwrap_err();
        assert_eq!(
            faults(refused),
            [("cannot-remove", "/addresses".to_owned())],
            "{body}"
        );
        assert!(course(&call, Some(BARE)).is_ok(), "{body}");
    }
}

fn received<'a>(method: &'a str, target: &'a str, body: &'a str) -> ReceivedRequest<'a> {
    ReceivedRequest {
        method,
        target,
        headers: &[("X-Once", b"k")],
        content_type: Some("application/json"),
        body: body.as_bytes(),
    }
}

#[test]
fn a_call_alone_is_read_as_the_operation_that_it_means() {
    let update = CATALOG.operation("updateCustomer").unwrap().0;
    for (method, target, alone) in [
        ("POST", "/clients/7/berths", Some(0)),
        ("PATCH", "/clients/7/berths/b3", Some(1)),
    ] {
        let request = received(method, target, r#"{"street":"1 Quay"}"#);
        let accepted = HARBOR.accept(&request, &mut Worker::default()).unwrap();
        assert_eq!((accepted.operation, accepted.alone), (update, alone));
        assert_eq!(accepted.inputs, [("id".to_owned(), "7".to_owned())]);
        let body = r#"{"addresses":[{"use":"shipping","line1":"1 Quay"}]}"#;
        assert_eq!(
            accepted
                .body
                .as_deref()
                .map(|body| std::str::from_utf8(body).unwrap()),
            Some(body)
        );
    }
    let first = received("POST", "/clients", "{}");
    let accepted = HARBOR.accept(&first, &mut Worker::default()).unwrap();
    let create = CATALOG.operation("createCustomer").unwrap().0;
    assert_eq!((accepted.operation, accepted.alone), (create, None));
}

#[test]
fn a_call_alone_answers_the_part() {
    let accepted = Accepted {
        operation: CATALOG.operation("updateCustomer").unwrap().0,
        alone: Some(0),
        ..Accepted::default()
    };
    let resource = format!(r#"{{"id":"harbor:7","addresses":[{{"use":"billing"}},{ADDRESS}]}}"#);
    let outcome = ServerOutcome {
        resource: Some(resource.as_bytes()),
        ..ServerOutcome::default()
    };
    let response = HARBOR
        .respond(&accepted, &outcome, None, &mut Worker::default())
        .unwrap();
    assert_eq!(response.status, 201);
    assert_eq!(
        std::str::from_utf8(&response.body).unwrap(),
        r#"{"street":"1 Quay","town":"Ponce","land":"PR"}"#
    );
}

#[test]
fn every_step_of_a_case_is_read_as_what_it_means() {
    let results = run_cases(&CATALOG, "harbor");
    let results = results.unwrap_or_else(|report| panic!("{}", told(&CATALOG, &report)));
    assert_eq!(results.len(), 2);
    for result in &results {
        assert!(result.holds(), "{result:#?}");
        // Two steps, each read again.
        let read = result
            .checks
            .iter()
            .filter(|check| check.what == "canonical body");
        assert_eq!(read.count(), 2, "{}", result.path);
    }
}

#[test]
fn a_mapping_of_several_calls_is_without_fault() {
    let mut report = Report::new();
    check::check(&CATALOG, &mut report);
    check::check_cases(&CATALOG, &mut report);
    let found = report.iter().filter(|fault| {
        fault.severity != interlingua::diag::Severity::Hint && fault.code.as_str() != "M410"
    });
    assert_eq!(found.count(), 0, "{}", told(&CATALOG, &report));
}
