//! What answers mean.

use interlingua::codec::Limits;
use interlingua::engine::exchange::{
    Answered, NativeAnswer, Outcome, PageRequest, RouteIndex, Worker,
};

use crate::depot::{call, index, upstream};

fn answer(
    status: u16,
    content_type: Option<&'static str>,
    body: &'static str,
) -> NativeAnswer<'static> {
    NativeAnswer {
        status,
        headers: &[("etag", b"\"v1\""), ("X-Trace", b"t-1")],
        content_type,
        body: body.as_bytes(),
    }
}

const JSON: Option<&str> = Some("application/json; charset=utf-8");

fn outcome(
    operation: &str,
    inputs: &[(&str, &str)],
    page: PageRequest<'_>,
    answer: &NativeAnswer<'_>,
) -> Outcome {
    let mut call = call(operation, inputs, None);
    call.page = page;
    match upstream().answer(&call, RouteIndex(0), answer, &mut Worker::default()) {
        Answered::Outcome(outcome) => *outcome,
        other => panic!("{operation}: {other:?}"),
    }
}

fn body(outcome: &Outcome) -> &str {
    outcome
        .body
        .as_deref()
        .map_or("", |body| std::str::from_utf8(body).unwrap())
}

#[test]
fn a_resource_is_read_with_its_headers_and_losses() {
    let native = r#"{"id": "7", "label": "Ann", "tier": "gold", "more": [1, {"x": 2}]}"#;
    let outcome = outcome(
        "getCustomer",
        &[("id", "7")],
        PageRequest::default(),
        &answer(200, JSON, native),
    );
    assert_eq!(body(&outcome), r#"{"id":"north:7","name":{"full":"Ann"}}"#);
    assert_eq!(outcome.etag.as_deref(), Some("\"v1\""));
    assert_eq!(outcome.correlation_id.as_deref(), Some("t-1"));
    assert_eq!(outcome.lost, 3);
    let told: Vec<_> = outcome
        .losses
        .iter()
        .map(|lost| (lost.code, lost.pointer.as_str()))
        .collect();
    assert_eq!(
        told,
        [
            ("no-place", "/tier"),
            ("no-place", "/more/0"),
            ("no-place", "/more/1/x")
        ]
    );
}

#[test]
fn a_worker_tells_places_only_if_it_is_to() {
    let upstream = upstream();
    let mut worker = Worker::default();
    worker.tell_places(false);
    let answer = answer(200, JSON, r#"{"tier": "gold"}"#);
    let Answered::Outcome(outcome) = upstream.answer(
        &call("getCustomer", &[("id", "7")], None),
        RouteIndex(0),
        &answer,
        &mut worker,
    ) else {
        panic!("an outcome");
    };
    assert_eq!((outcome.lost, outcome.losses.len()), (1, 0));
}

#[test]
fn members_that_repeat_inputs_are_filled() {
    let inputs = [("id", "7"), ("role", "sales")];
    for (native, canonical) in [
        (
            r#"{"mail": "a@b.example"}"#,
            r#"{"role":"sales","email":"a@b.example"}"#,
        ),
        (r#"{"mail": null}"#, r#"{"role":"sales"}"#),
    ] {
        let outcome = outcome(
            "getContact",
            &inputs,
            PageRequest::default(),
            &answer(200, JSON, native),
        );
        assert_eq!(body(&outcome), canonical);
    }
}

#[test]
fn a_list_that_goes_on_nowhere_says_that_there_is_more() {
    for (native, more) in [
        (r#"{"rows": [], "goes-on": true}"#, true),
        (r#"{"rows": [{"id": "1"}], "goes-on": true}"#, true),
        (r#"{"rows": [], "goes-on": false}"#, false),
        (r#"{"rows": []}"#, false),
    ] {
        let page = PageRequest::default();
        let outcome = outcome("listCustomers", &[], page, &answer(200, JSON, native));
        assert_eq!(outcome.page.more, Some(more), "{native}");
        assert_eq!(outcome.page.next, None, "{native}");
    }
}

#[test]
fn lists_say_where_they_go_on() {
    let page = |limit, cursor| PageRequest { limit, cursor };
    let two = r#"{"rows": [{"id": "1"}, {"id": "2"}], "next": "n2", "total": 9}"#;
    let last = r#"{"rows": [{"id": "9"}], "total": 9}"#;
    let items = r#"[{"id":"north:1"},{"id":"north:2"}]"#;
    let rows = r#"[{"id": "1"}, {"id": "2"}]"#;
    let row = r#"[{"id": "1"}]"#;
    for (operation, asked, native, canonical, next, total) in [
        (
            "listCustomers",
            page(Some(2), None),
            two,
            items,
            Some("n2"),
            Some(9),
        ),
        (
            "listCustomers",
            page(Some(2), Some("n4")),
            last,
            r#"[{"id":"north:9"}]"#,
            None,
            Some(9),
        ),
        (
            "listCustomers",
            page(None, None),
            two,
            items,
            Some("n2"),
            Some(9),
        ),
        (
            "searchCustomers",
            page(None, None),
            rows,
            items,
            Some("2"),
            None,
        ),
        (
            "searchCustomers",
            page(Some(2), Some("4")),
            rows,
            items,
            Some("6"),
            None,
        ),
        (
            "searchCustomers",
            page(Some(3), None),
            rows,
            items,
            None,
            None,
        ),
        (
            "searchCustomers",
            page(None, None),
            row,
            r#"[{"id":"north:1"}]"#,
            None,
            None,
        ),
        ("searchCustomers", page(None, None), "[]", "[]", None, None),
        (
            "listBillingAccounts",
            page(Some(2), Some("0")),
            rows,
            items,
            Some("2"),
            None,
        ),
    ] {
        let outcome = outcome(operation, &[], asked, &answer(200, JSON, native));
        assert_eq!(body(&outcome), canonical, "{native}");
        assert!(outcome.is_list);
        assert_eq!(outcome.page.next.as_deref(), next, "{native} {asked:?}");
        assert_eq!(outcome.page.more, Some(next.is_some()));
        assert_eq!(outcome.page.total, total);
    }
}

fn code_of(answered: &Answered) -> Option<&'static str> {
    match answered {
        Answered::Broken(broken) => Some(broken.code),
        Answered::Outcome(_) | Answered::Problem(_) => None,
    }
}

/// What is no boolean would be no JSON either, and the whole page would be gone with it.
#[test]
fn a_text_in_the_place_of_a_boolean_or_a_number_is_one_or_the_answer_is_not_understood() {
    let upstream = upstream();
    let call = call("listCustomers", &[], None);
    for (goes_on, total, code) in [
        ("true", "9", None),
        ("\"true\"", "\"9\"", None),
        ("\"false\"", "9", None),
        ("\"True\"", "9", Some("upstream-invalid")),
        ("\"yes\"", "9", Some("upstream-invalid")),
        ("\"\"", "9", Some("upstream-invalid")),
        ("true", "\"nine\"", Some("upstream-invalid")),
        ("true", "\"\"", Some("upstream-invalid")),
    ] {
        let native =
            format!(r#"{{"rows": [{{"id": "1"}}], "goes-on": {goes_on}, "total": {total}}}"#);
        let answer = NativeAnswer {
            body: native.as_bytes(),
            ..answer(200, JSON, "")
        };
        let answered = upstream.answer(&call, RouteIndex(0), &answer, &mut Worker::default());
        assert_eq!(code_of(&answered), code, "{native}");
        if let Answered::Outcome(outcome) = answered {
            assert_eq!(body(&outcome), r#"[{"id":"north:1"}]"#);
            assert_eq!(outcome.page.total, Some(9));
        }
    }
}

#[test]
fn what_is_too_long_once_it_is_translated_is_not_understood_rather_than_empty() {
    let upstream = upstream();
    let answer = answer(200, JSON, r#"{"rows":[{"id":"1"},{"id":"2"},{"id":"3"}]}"#);
    let mut worker = Worker::with_limits(Limits {
        bytes: u32::try_from(answer.body.len()).unwrap(),
        ..Limits::default()
    });
    let call = call("listCustomers", &[], None);
    let answered = upstream.answer(&call, RouteIndex(0), &answer, &mut worker);
    assert_eq!(code_of(&answered), Some("upstream-invalid"));
}

/// What a refusal says of itself is not lost with a member that nobody needs; by what it is told apart it must be told.
#[test]
fn a_refusal_is_read_without_its_odd_members() {
    let upstream = upstream();
    let call = call("getCustomer", &[("id", "7")], None);
    let told = |code: &str, number: Option<&str>, message: Option<&str>| {
        Ok((
            code.to_owned(),
            number.map(str::to_owned),
            message.map(str::to_owned),
        ))
    };
    let taken = Some("taken");
    for (status, native, expected) in [
        (
            422,
            r#"{"reason":"taken","number":7}"#,
            told("invalid-input", None, taken),
        ),
        (
            422,
            r#"{"reason":"taken","number":"E7","notes":[{"text":5},6,null]}"#,
            told("invalid-input", Some("E7"), taken),
        ),
        (
            422,
            r#"{"reason":"taken","number":"E7","notes":{"text":"a"}}"#,
            told("invalid-input", Some("E7"), taken),
        ),
        (
            422,
            r#"{"reason":"taken","number":["E7"],"notes":"a"}"#,
            told("invalid-input", None, taken),
        ),
        (
            423,
            r#"{"reason":"taken","kind":"taken","number":7}"#,
            told("ambiguous-match", None, taken),
        ),
        (
            423,
            r#"{"reason":"taken","kind":"gone","number":7}"#,
            told("upstream-error", None, None),
        ),
        (
            423,
            r#"{"reason":"taken","kind":7}"#,
            told("upstream-error", None, None),
        ),
        (
            422,
            r#"{"reason":7,"number":"E7"}"#,
            Err("upstream-invalid"),
        ),
        (422, r#"["taken"]"#, Err("upstream-unexpected")),
    ] {
        let answer = answer(status, JSON, native);
        let answered = upstream.answer(&call, RouteIndex(0), &answer, &mut Worker::default());
        let found = match answered {
            Answered::Problem(problem) => Ok((
                problem.code,
                problem.upstream_code,
                problem.upstream_message,
            )),
            Answered::Broken(broken) => Err(broken.code),
            Answered::Outcome(_) => panic!("{native}"),
        };
        assert_eq!(found, expected, "{status} {native}");
    }
    // A success is read whole or not at all.
    let answer = answer(200, JSON, r#"{"id":"7","label":5}"#);
    let answered = upstream.answer(&call, RouteIndex(0), &answer, &mut Worker::default());
    assert_eq!(code_of(&answered), Some("upstream-invalid"));
}

#[test]
fn a_stub_says_what_is_to_be_read() {
    let read = index("getCustomer");
    let inputs = |value: &str| Some((read, vec![("id".to_owned(), value.to_owned())]));
    let created = outcome(
        "createCustomer",
        &[],
        PageRequest::default(),
        &answer(201, JSON, r#"{"id": "8"}"#),
    );
    assert_eq!(created.id.as_deref(), Some("north:8"));
    assert_eq!(created.then, inputs("8"));
    let changed = outcome(
        "changeCustomerStatus",
        &[("id", "7")],
        PageRequest::default(),
        &answer(202, None, r#"{"done": true}"#),
    );
    assert_eq!((changed.body.as_deref(), changed.then), (None, inputs("7")));
}

#[test]
fn what_is_ignored_is_a_document_of_the_upstream_all_the_same() {
    let upstream = upstream();
    let call = call("changeCustomerStatus", &[("id", "7")], None);
    for (content_type, native, code) in [
        (JSON, "", None),
        (None, " [1] ", None),
        (JSON, "done", Some("upstream-malformed")),
        (JSON, r#"{"a": 1, "a": 2}"#, Some("upstream-malformed")),
        (Some("text/html"), "{}", Some("upstream-content-type")),
        (Some("text/html"), "", None),
    ] {
        let answer = answer(200, content_type, native);
        let answered = upstream.answer(&call, RouteIndex(0), &answer, &mut Worker::default());
        let found = match &answered {
            Answered::Broken(broken) => Some(broken.code),
            Answered::Outcome(_) => None,
            Answered::Problem(_) => panic!("{native}"),
        };
        assert_eq!(found, code, "{native}");
    }
}

#[test]
fn problems_are_those_of_the_first_case_that_fits() {
    let upstream = upstream();
    let fault = r#"{"reason": "taken", "number": "E7"}"#;
    for (operation, status, content_type, native, code, upstream_code) in [
        (
            "getCustomer",
            404,
            Some("text/html"),
            "<h1>",
            "not-found",
            None,
        ),
        (
            "createCustomer",
            422,
            JSON,
            fault,
            "invalid-input",
            Some("E7"),
        ),
        (
            "createCustomer",
            503,
            JSON,
            fault,
            "upstream-error",
            Some("E7"),
        ),
        ("deleteCustomer", 200, JSON, fault, "declined", Some("E7")),
    ] {
        let inputs = [("id", "7")];
        let answered = upstream.answer(
            &call(operation, &inputs, None),
            RouteIndex(0),
            &answer(status, content_type, native),
            &mut Worker::default(),
        );
        let Answered::Problem(problem) = answered else {
            panic!("{operation} {status}: {answered:?}");
        };
        assert_eq!(problem.code, code);
        assert_eq!(problem.upstream_status, status);
        assert_eq!(problem.upstream_code.as_deref(), upstream_code);
        assert_eq!(
            problem.upstream_message.as_deref(),
            upstream_code.map(|_| "taken")
        );
    }
}

#[test]
fn answers_that_are_not_understood_say_why_and_hold_nothing() {
    let upstream = upstream();
    for (operation, status, content_type, native, code, place) in [
        (
            "getCustomer",
            200,
            Some("text/html"),
            "<html/>",
            "upstream-content-type",
            None,
        ),
        (
            "getCustomer",
            200,
            JSON,
            r#"{"id": "7""#,
            "upstream-malformed",
            None,
        ),
        (
            "getCustomer",
            200,
            JSON,
            r#"{"id": "7", "id": "8"}"#,
            "upstream-malformed",
            None,
        ),
        (
            "getCustomer",
            200,
            JSON,
            r#"{"label": 5, oops"#,
            "upstream-malformed",
            None,
        ),
        ("getCustomer", 200, JSON, "[}", "upstream-malformed", None),
        ("getCustomer", 200, JSON, "[]", "upstream-unexpected", None),
        ("getCustomer", 302, None, "", "upstream-unexpected", None),
        (
            "getCustomer",
            200,
            JSON,
            r#"{"label": 5}"#,
            "upstream-invalid",
            Some("label"),
        ),
        (
            "getCustomer",
            200,
            JSON,
            r#"{"state": "X"}"#,
            "upstream-invalid",
            Some("state"),
        ),
        (
            "listCustomers",
            200,
            JSON,
            r#"{"next": "n"}"#,
            "upstream-invalid",
            None,
        ),
        ("deleteCustomer", 204, JSON, "{}", "upstream-invalid", None),
        ("createCustomer", 503, None, "", "upstream-malformed", None),
    ] {
        let inputs = [("id", "7")];
        let answered = upstream.answer(
            &call(operation, &inputs, None),
            RouteIndex(0),
            &answer(status, content_type, native),
            &mut Worker::default(),
        );
        let Answered::Broken(broken) = answered else {
            panic!("{operation} {native}: {answered:?}");
        };
        assert_eq!((broken.code, broken.status), (code, status), "{native}");
        if place.is_some() {
            assert_eq!(broken.place.as_deref(), place, "{native}");
        }
    }
}

/// No member of a client must be there: one that has none of them is another document.
#[test]
fn an_object_of_another_kind_is_no_success_however_it_is_answered() {
    let call = call("getCustomer", &[("id", "7")], None);
    for (native, is_read) in [
        (r#"{"reason":"no","number":"4"}"#, false),
        (r#"{"errors":[{"label":"no"}]}"#, false),
        ("{}", false),
        (r#"{"tier":"gold"}"#, true),
        (r#"{"error":null,"label":null}"#, true),
    ] {
        let answer = answer(200, JSON, native);
        let answered = upstream().answer(&call, RouteIndex(0), &answer, &mut Worker::default());
        let told = match &answered {
            Answered::Broken(broken) => broken.code,
            Answered::Outcome(_) => "",
            Answered::Problem(_) => "problem",
        };
        let expected = if is_read { "" } else { "upstream-unexpected" };
        assert_eq!(told, expected, "{native}: {answered:?}");
    }
}
