//! The server role: native requests as calls, outcomes as native answers.

use interlingua::engine::exchange::{
    Accepted, NotAccepted, Page, ReceivedRequest, ServerOutcome, ServerProblem, Worker,
};
use interlingua::proof::received::understood;

use crate::depot::{call, index, upstream};

const HEADERS: &[(&str, &[u8])] = &[
    ("Authorization", b"Basic YW5uOnB3"),
    ("x-tenant", b"t1"),
    ("X-Request", b"r-1"),
    ("X-Once", b"k-1"),
];

fn received<'a>(method: &'a str, target: &'a str, body: &'a str) -> ReceivedRequest<'a> {
    ReceivedRequest {
        method,
        target,
        headers: HEADERS,
        content_type: (!body.is_empty()).then_some("application/json"),
        body: body.as_bytes(),
    }
}

#[test]
fn requests_are_read_as_the_calls_that_make_them() {
    let upstream = upstream();
    let mut worker = Worker::default();
    for (operation, inputs, body) in [
        ("getCustomer", &[("id", "7/a b")][..], None),
        ("getCustomer", &[("reference", "R&D")], None),
        (
            "listCustomers",
            &[
                ("status", "suspended"),
                ("createdFrom", "2024-01-01T00:00:00Z"),
            ],
            None,
        ),
        ("searchCustomers", &[], Some(r#"{"text":"a"}"#)),
        (
            "createCustomer",
            &[],
            Some(r#"{"reference":"x","name":{"full":"Ann"},"status":"active"}"#),
        ),
        (
            "updateCustomer",
            &[("id", "7")],
            Some(r#"{"name":{"full":"Bo"}}"#),
        ),
        ("deleteCustomer", &[("id", "7")], None),
        (
            "changeCustomerStatus",
            &[("id", "7")],
            Some(r#"{"status":"suspended"}"#),
        ),
        ("getContact", &[("id", "7"), ("role", "sales")], None),
        (
            "putContact",
            &[("id", "7"), ("role", "billing")],
            Some(r#"{"role":"billing","email":"a@b.example"}"#),
        ),
    ] {
        let made = upstream
            .request(&call(operation, inputs, body), None, &mut worker)
            .unwrap();
        let accepted = understood(upstream, &made, None, &mut worker);
        let accepted = accepted.unwrap_or_else(|refused| panic!("{operation}: {refused:?}"));
        assert_eq!(
            (accepted.operation, accepted.route),
            (index(operation), made.route)
        );
        let found: Vec<(&str, &str)> = accepted
            .inputs
            .iter()
            .map(|(name, value)| (name.as_str(), value.as_str()))
            .collect();
        let mut expected = inputs.to_vec();
        expected.sort_unstable();
        let mut sorted = found.clone();
        sorted.sort_unstable();
        assert_eq!(sorted, expected, "{operation}");
        assert_eq!(
            accepted
                .body
                .as_deref()
                .map(|body| std::str::from_utf8(body).unwrap()),
            body,
            "{operation}"
        );
        assert_eq!(accepted.context.request_id.as_deref(), Some("r-1"));
    }
}

#[test]
fn of_conditional_header_rules_those_count_whose_condition_holds() {
    let upstream = upstream();
    let mut worker = Worker::default();
    for (kind, sent, told) in [
        ("agent", "c9", Some("c9")),
        ("customer", "ann", None::<&str>),
    ] {
        let mut asked = call("deleteCustomer", &[("id", "7")], None);
        asked.context.caller_kind = Some(kind);
        let made = upstream.request(&asked, None, &mut worker).unwrap();
        let headers: Vec<(&str, &[u8])> = made
            .headers
            .iter()
            .map(|(name, value)| (&**name, value.as_slice()))
            .collect();
        let who = headers.iter().find(|(name, _)| *name == "x-who");
        assert_eq!(who.unwrap().1, sent.as_bytes());
        let request = ReceivedRequest {
            headers: &headers,
            ..received("DELETE", &made.target, "")
        };
        let accepted = upstream.accept(&request, &mut worker).unwrap();
        assert_eq!(accepted.context.caller_kind.as_deref(), Some(kind));
        assert_eq!(accepted.context.caller_id.as_deref(), told);
    }
}

#[test]
fn a_literal_segment_goes_before_a_variable() {
    let upstream = upstream();
    let mut worker = Worker::default();
    let find = received(
        "POST",
        "/clients/find?skip=2&take=1",
        r#"{"kind": "clients"}"#,
    );
    let accepted = upstream.accept(&find, &mut worker).unwrap();
    assert_eq!(accepted.operation, index("searchCustomers"));
    assert_eq!(
        (accepted.limit, accepted.cursor.as_deref()),
        (Some(1), Some("2"))
    );
}

#[test]
fn requests_that_are_no_call_are_refused() {
    let upstream = upstream();
    let mut worker = Worker::default();
    let value = |name: &str| format!("value {name}");
    for (method, target, body, why) in [
        ("GET", "/nothing", "", "path".to_owned()),
        ("GET", "clients/7", "", "path".to_owned()),
        ("GET", "/clients/%zz", "", "path".to_owned()),
        ("GET", "/clients//", "", "path".to_owned()),
        (
            "PUT",
            "/clients/7",
            "",
            "method GET,PATCH,DELETE".to_owned(),
        ),
        ("GET", "/clients", "", value("view")),
        ("GET", "/clients?view=short", "", value("view")),
        ("GET", "/clients?view=full&state=X", "", value("state")),
        (
            "POST",
            "/clients",
            "{",
            "body upstream-malformed".to_owned(),
        ),
        (
            "POST",
            "/clients",
            r#"{"label": 5}"#,
            "body upstream-invalid".to_owned(),
        ),
        (
            "POST",
            "/clients/find",
            r#"{"kind": "others"}"#,
            "body upstream-invalid".to_owned(),
        ),
    ] {
        let refused = upstream
            .accept(&received(method, target, body), &mut worker)
            .unwrap_err();
        let told = match refused {
            NotAccepted::UnknownPath => "path".to_owned(),
            NotAccepted::UnknownMethod(methods) => format!("method {}", methods.join(",")),
            NotAccepted::Unauthenticated => "credentials".to_owned(),
            NotAccepted::Value { name, .. } => value(&name),
            NotAccepted::Body(broken) => format!("body {}", broken.code),
        };
        assert_eq!(told, why, "{method} {target} {body}");
    }
}

#[test]
fn credentials_and_settings_must_be_equal() {
    let upstream = upstream();
    let mut worker = Worker::default();
    let mut request = received("GET", "/clients/7", "");
    assert!(upstream.accept(&request, &mut worker).is_ok());
    request.headers = &[("authorization", b"Basic YW5uOnB4"), ("x-tenant", b"t1")];
    assert_eq!(
        upstream.accept(&request, &mut worker),
        Err(NotAccepted::Unauthenticated)
    );
    request.headers = &[("x-tenant", b"t1")];
    assert_eq!(
        upstream.accept(&request, &mut worker),
        Err(NotAccepted::Unauthenticated)
    );
    for headers in [
        &[
            ("authorization", b"Basic YW5uOnB3".as_slice()),
            ("x-tenant", b"t2"),
        ][..],
        &[("authorization", b"Basic YW5uOnB3".as_slice())],
    ] {
        request.headers = headers;
        let refused = upstream.accept(&request, &mut worker).unwrap_err();
        assert!(
            matches!(&refused, NotAccepted::Value { name, .. } if name == "X-Tenant"),
            "{refused:?}"
        );
    }
}

fn accepted(operation: &str) -> Accepted {
    Accepted {
        operation: index(operation),
        inputs: vec![("id".to_owned(), "7".to_owned())],
        ..Accepted::default()
    }
}

#[test]
fn outcomes_are_written_by_the_first_case_that_fits() {
    let upstream = upstream();
    let mut worker = Worker::default();
    let page = Page {
        next: Some("n2".to_owned()),
        more: Some(true),
        total: Some(9),
    };
    let resource = br#"{"id": "north:7", "name": {"full": "Ann"}, "status": "active"}"#;
    for (operation, outcome, status, native) in [
        (
            "getCustomer",
            ServerOutcome {
                resource: Some(resource),
                ..ServerOutcome::default()
            },
            200,
            r#"{"id":"7","label":"Ann","state":"A"}"#,
        ),
        (
            "createCustomer",
            ServerOutcome {
                resource: Some(resource),
                ..ServerOutcome::default()
            },
            201,
            r#"{"id":"7","label":"Ann","state":"A"}"#,
        ),
        ("deleteCustomer", ServerOutcome::default(), 204, ""),
        (
            "changeCustomerStatus",
            ServerOutcome {
                resource: Some(resource),
                ..ServerOutcome::default()
            },
            200,
            "",
        ),
        (
            "listCustomers",
            ServerOutcome {
                items: Some(br#"[{"id": "north:1"}]"#),
                page: Some(&page),
                ..ServerOutcome::default()
            },
            200,
            r#"{"rows":[{"id":"1"}],"next":"n2","goes-on":true,"total":9}"#,
        ),
        (
            "listCustomers",
            ServerOutcome {
                items: Some(b"[]"),
                ..ServerOutcome::default()
            },
            200,
            r#"{"rows":[]}"#,
        ),
        (
            "searchCustomers",
            ServerOutcome {
                items: Some(b"[]"),
                ..ServerOutcome::default()
            },
            200,
            "[]",
        ),
    ] {
        let response = upstream.respond(&accepted(operation), &outcome, None, &mut worker);
        let response = response.unwrap_or_else(|why| panic!("{operation}: {why:?}"));
        assert_eq!(
            (
                response.status,
                std::str::from_utf8(&response.body).unwrap()
            ),
            (status, native),
            "{operation}"
        );
    }
}

#[test]
fn headers_of_an_outcome_are_written() {
    let upstream = upstream();
    let outcome = ServerOutcome {
        resource: Some(b"{}"),
        etag: Some("\"2\""),
        correlation_id: Some("t-2"),
        ..ServerOutcome::default()
    };
    let response = upstream
        .respond(
            &accepted("getCustomer"),
            &outcome,
            None,
            &mut Worker::default(),
        )
        .unwrap();
    let headers: Vec<(&str, &[u8])> = response
        .headers
        .iter()
        .map(|(name, value)| (&**name, value.as_slice()))
        .collect();
    assert_eq!(
        headers,
        [("x-trace", b"t-2".as_slice()), ("etag", b"\"2\"")]
    );
}

#[test]
fn problems_are_written_by_code_then_by_class_then_bare() {
    let upstream = upstream();
    let mut worker = Worker::default();
    let document = br#"{"code": "x", "upstream": {"code": "E7", "message": "taken"}}"#;
    for (operation, code, status, written, native) in [
        ("getCustomer", "not-found", 404, 404, ""),
        (
            "getCustomer",
            "invalid-input",
            422,
            400,
            r#"{"reason":"taken","number":"E7"}"#,
        ),
        (
            "deleteCustomer",
            "declined",
            422,
            200,
            r#"{"reason":"taken","number":"E7"}"#,
        ),
        ("getCustomer", "conflict", 409, 409, ""),
    ] {
        let problem = ServerProblem {
            code,
            status,
            document: Some(document),
        };
        let outcome = ServerOutcome {
            problem: Some(problem),
            ..ServerOutcome::default()
        };
        let response = upstream
            .respond(&accepted(operation), &outcome, None, &mut worker)
            .unwrap();
        assert_eq!(
            (
                response.status,
                std::str::from_utf8(&response.body).unwrap()
            ),
            (written, native),
            "{code}"
        );
    }
}

/// The key by which the upstream knows repetitions stands in every call that changes something.
#[test]
fn a_change_without_its_key_is_refused() {
    let without: Vec<(&str, &[u8])> = HEADERS
        .iter()
        .filter(|(name, _)| *name != "X-Once")
        .copied()
        .collect();
    for (method, target, body, is_taken) in [
        ("GET", "/clients/7", "", true),
        ("POST", "/clients", r#"{"label": "A"}"#, false),
    ] {
        let request = ReceivedRequest {
            headers: &without,
            ..received(method, target, body)
        };
        let accepted = upstream().accept(&request, &mut Worker::default());
        let name = accepted.as_ref().err().map(|refused| match refused {
            NotAccepted::Value {
                name,
                is_missing: true,
                ..
            } => name.as_str(),
            _ => "",
        });
        assert_eq!(name, (!is_taken).then_some("X-Once"), "{method}");
    }
}

#[test]
fn an_absent_member_is_a_null_where_updates_clear() {
    let upstream = upstream();
    let mut worker = Worker::default();
    for (native, canonical) in [
        // What is kept is absent in the patch as it is in the document.
        (
            r#"{"mail": "a@b.example"}"#,
            r#"{"role":"billing","email":"a@b.example","name":{"last":null}}"#,
        ),
        (
            r#"{"given": "Ann"}"#,
            r#"{"role":"billing","name":{"first":"Ann","last":null},"email":null}"#,
        ),
    ] {
        let request = received("PUT", "/clients/7/payer?whole=yes", native);
        let accepted = upstream.accept(&request, &mut worker).unwrap();
        assert_eq!(accepted.operation, index("updateContact"));
        let body = accepted.body.unwrap();
        assert_eq!(std::str::from_utf8(&body).unwrap(), canonical);
    }
}
