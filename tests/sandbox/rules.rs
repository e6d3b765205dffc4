//! The store's rules that the shipped upstreams do not reach, by an upstream made for them.

use std::sync::{Arc, LazyLock};

use interlingua::diag::render::{Colour, text};
use interlingua::mapping::catalog::Catalog;

use super::{Caller, tree};

static ACME: LazyLock<Arc<Catalog>> = LazyLock::new(|| {
    let mut files = tree::files(&[
        ("schemas/canonical", "schemas/canonical"),
        ("tests/sandbox/acme", "mappings/acme"),
    ]);
    for (name, _) in &mut files {
        if name.ends_with("acme.schema.yaml") {
            *name = "schemas/native/acme.schema.yaml".to_owned();
        }
    }
    let (catalog, report) = Catalog::load(files);
    assert!(
        !report.has_errors(),
        "{}",
        text(&report, &catalog.sources, Colour::Plain)
    );
    Arc::new(catalog)
});

fn caller() -> Caller {
    Caller::over(&ACME, "acme", &[], "application/json")
}

fn with(headers: &[(&'static str, &'static str)]) -> Caller {
    Caller::over(&ACME, "acme", headers, "application/json")
}

#[test]
fn what_nobody_may_read_back_is_not_kept() {
    assert_eq!(
        caller().text("GET", "/v9/customers/7", ""),
        (
            200,
            r#"{"id":"7","name":"Ann","state":"O2","shoe":"43"}"#.to_owned()
        )
    );
}

#[test]
fn records_without_an_id_are_counted() {
    let mut caller = caller();
    assert_eq!(
        caller.text("GET", "/v9/customers/12", "").1,
        r#"{"id":"12","name": "Bob", "state": "A"}"#
    );
    assert!(
        caller
            .text("GET", "/v9/customers/13", "")
            .1
            .contains("Cleo")
    );
    let made = caller.call("POST", "/v9/customers", r#"{"name":"Dora"}"#);
    // It begins with what the sandbox says that each has.
    let body = String::from_utf8(made.body).unwrap();
    assert_eq!(made.status, 201);
    for part in [r#""id": "14""#, r#""name":"Dora""#, r#""shoe": "size 14""#] {
        assert!(body.contains(part), "{body}");
    }
    let read = caller.text("GET", "/v9/customers/14", "");
    assert_eq!(read, (200, body));
}

#[test]
fn pages_go_on_behind_the_last_id() {
    let mut caller = caller();
    let mut names = |target: &str| {
        let (status, body) = caller.text("GET", target, "");
        assert_eq!(status, 200);
        ["Ann", "Bob", "Cleo"]
            .into_iter()
            .filter(|name| body.contains(name))
            .collect::<Vec<_>>()
    };
    assert_eq!(names("/v9/customers"), ["Ann", "Bob"]);
    assert_eq!(names("/v9/customers?after=12"), ["Cleo"]);
    assert_eq!(names("/v9/customers?after=7&count=1"), ["Bob"]);
}

#[test]
fn a_partial_document_changes_what_it_names() {
    let mut caller = caller();
    let (_, changed) = caller.text("PATCH", "/v9/customers/7", r#"{"name":"Anna"}"#);
    assert_eq!(
        changed,
        r#"{"id":"7","name":"Anna","state":"O2","shoe":"43"}"#
    );
}

#[test]
fn versions_are_told_and_checked() {
    let mut caller = caller();
    let etag = |headers: &[(Box<str>, Vec<u8>)]| {
        let found = headers.iter().find(|(name, _)| &**name == "etag");
        String::from_utf8(found.unwrap().1.clone()).unwrap()
    };
    assert_eq!(
        etag(&caller.call("GET", "/v9/customers/7", "").headers),
        "\"1\""
    );
    assert_eq!(
        etag(
            &caller
                .call("PATCH", "/v9/customers/7", r#"{"name":"B"}"#)
                .headers
        ),
        "\"2\""
    );

    assert_eq!(
        with(&[("If-Match", "\"1\"")])
            .call("PATCH", "/v9/customers/7", r#"{"name":"C"}"#)
            .status,
        200
    );
    let mut late = with(&[("If-Match", "\"9\"")]);
    assert_eq!(
        late.call("PATCH", "/v9/customers/7", r#"{"name":"C"}"#)
            .status,
        412
    );
}

#[test]
fn machines_are_enforced_by_state_and_caller() {
    let mut anyone = caller();
    assert_eq!(
        anyone
            .call("POST", "/v9/customers/12/state", r#"{"to":"cancelled"}"#)
            .status,
        409
    );
    assert_eq!(
        anyone.text("POST", "/v9/customers/12/state", r#"{"to":"suspended"}"#),
        (
            200,
            r#"{"id":"12","name": "Bob", "state": "S1"}"#.to_owned()
        )
    );
    assert_eq!(
        anyone
            .call("POST", "/v9/customers/12/state", r#"{"to":"active"}"#)
            .status,
        403
    );
    assert_eq!(
        with(&[("X-Role", "agent")])
            .call("POST", "/v9/customers/13/state", r#"{"to":"active"}"#)
            .status,
        200
    );
    // Overdue is no state of the machine. Of the composite rule only the place set counts: the old stage does not.
    let (status, body) = anyone.text("POST", "/v9/customers/7/state", r#"{"to":"suspended"}"#);
    assert_eq!(status, 200);
    assert!(body.contains("\"state\":\"S1\""), "{body}");
}

#[test]
fn what_is_remembered_is_required_later() {
    let mut caller = caller();
    let link = |code: &str| {
        format!(r#"{{"kind":"email","value":"a@example.com","by":"upstream","code":"{code}"}}"#)
    };
    assert_eq!(
        caller
            .call("POST", "/v9/customers/7/points", &link("123456"))
            .status,
        400,
        "nothing was sent yet"
    );
    assert_eq!(
        caller
            .call(
                "POST",
                "/v9/customers/7/codes",
                r#"{"kind":"email","value":"a@example.com"}"#
            )
            .status,
        204
    );
    assert_eq!(
        caller
            .call("POST", "/v9/customers/7/points", &link("1"))
            .status,
        400
    );
    // The answer is what body and answer share, without what requests only hold.
    let (status, body) = caller.text("POST", "/v9/customers/7/points", &link("123456"));
    assert_eq!(
        (status, body.as_str()),
        (
            200,
            r#"{"kind":"email","value":"a@example.com","by":"upstream"}"#
        )
    );
}

#[test]
fn a_command_without_a_line_that_holds_is_not_found() {
    let mut caller = caller();
    let sms = r#"{"kind":"sms","value":"1","by":"none"}"#;
    assert_eq!(
        caller.call("POST", "/v9/customers/7/points", sms).status,
        404
    );
    assert_eq!(
        caller.call("POST", "/v9/customers/99/points", sms).status,
        404
    );
}

#[test]
fn a_refusal_has_the_words_that_a_worked_case_has_for_it() {
    let mut caller = caller();
    let sms = r#"{"kind":"sms","value":"1","by":"none"}"#;
    for (method, target, body, words) in [
        ("GET", "/v9/customers/99", "", r#"{"code":"E4"}"#),
        ("POST", "/v9/customers/7/points", sms, r#"{"code":"E5"}"#),
        // Without a case of its own, an operation has the words of another.
        ("GET", "/v9/nothing", "", r#"{"code":"E4"}"#),
    ] {
        let told = caller.text(method, target, body);
        assert_eq!(told, (404, words.to_owned()), "{target}");
    }
    // A case of the errors that reads no document writes none.
    let stale = with(&[("if-match", "\"9\"")]).text("PATCH", "/v9/customers/7", "{}");
    assert_eq!(stale, (412, String::new()));
}

#[test]
fn a_recorded_answer_is_answered_to_the_byte() {
    let told = caller().text(
        "POST",
        "/v9/notices",
        r#"{"what":"invoice-created","of":"INV1","to":"c"}"#,
    );
    assert_eq!(
        told,
        (202, "{\"text\": \"told,  with two blanks\"}".to_owned())
    );
}
