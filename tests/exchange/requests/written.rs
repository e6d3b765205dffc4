//! What a call's request is: its line, its headers, its body, and what of the call is not in it.

use interlingua::engine::exchange::Worker;

use super::{header, text};
use crate::depot::{call, upstream};

#[test]
fn calls_become_requests() {
    let upstream = upstream();
    let mut worker = Worker::default();
    for (operation, inputs, body, line, native) in [
        (
            "getCustomer",
            &[("id", "7/a b")][..],
            None,
            "GET /clients/7%2Fa%20b",
            "",
        ),
        (
            "getCustomer",
            &[("reference", "R&D")],
            None,
            "GET /clients/by-ref/R%26D",
            "",
        ),
        ("listCustomers", &[], None, "GET /clients?view=full", ""),
        (
            "listCustomers",
            &[
                ("createdFrom", "2024-01-01T00:00:00Z"),
                ("status", "suspended"),
            ],
            None,
            "GET /clients?view=full&state=S&since=2024-01-01T00%3A00%3A00Z",
            "",
        ),
        (
            "searchCustomers",
            &[],
            Some(r#"{"text": "a"}"#),
            "POST /clients/find",
            r#"{"kind":"clients","text":"a"}"#,
        ),
        (
            "searchCustomers",
            &[],
            Some(r#"{"text": "a", "limit": 5}"#),
            "POST /clients/find?take=5",
            r#"{"kind":"clients","text":"a"}"#,
        ),
        (
            "createCustomer",
            &[],
            Some(r#"{"name": {"full": "Ann"}, "status": "active", "reference": "x"}"#),
            "POST /clients",
            r#"{"ref":"x","label":"Ann","state":"A"}"#,
        ),
        (
            "updateCustomer",
            &[("id", "7")],
            Some(r#"{"name": {"full": "Bo"}}"#),
            "PATCH /clients/7",
            r#"{"label":"Bo"}"#,
        ),
        (
            "updateCustomer",
            &[("id", "7")],
            Some("{}"),
            "PATCH /clients/7",
            "{}",
        ),
        (
            "deleteCustomer",
            &[("id", "7")],
            None,
            "DELETE /clients/7",
            "",
        ),
        (
            "changeCustomerStatus",
            &[("id", "7")],
            Some(r#"{"status": "suspended"}"#),
            "POST /clients/state",
            r#"{"client":"7","to":"S","by":"c9"}"#,
        ),
        (
            "getContact",
            &[("id", "7"), ("role", "sales")],
            None,
            "GET /clients/7/buyer",
            "",
        ),
        (
            "putContact",
            &[("id", "7"), ("role", "billing")],
            Some(r#"{"role": "billing", "email": "a@b.example"}"#),
            "PUT /clients/7/payer",
            r#"{"mail":"a@b.example"}"#,
        ),
    ] {
        let request = upstream.request(&call(operation, inputs, body), None, &mut worker);
        let request = request.unwrap_or_else(|refused| panic!("{operation}: {refused:?}"));
        assert_eq!(format!("{} {}", request.method, request.target), line);
        assert_eq!(text(request.body.as_ref()), native, "{operation}");
        assert_eq!(request.losses, [], "{operation}");
        assert_eq!(
            request.content_type.as_deref(),
            (!native.is_empty()).then_some("application/json")
        );
        assert_eq!(header(&request, "authorization"), Some("Basic YW5uOnB3"));
        assert_eq!(header(&request, "x-tenant"), Some("t1"));
        assert_eq!(header(&request, "x-request"), Some("r-1"));
        assert_eq!(header(&request, "x-note"), None);
    }
}

#[test]
fn writes_carry_a_key_and_reads_do_not() {
    let upstream = upstream();
    let mut worker = Worker::default();
    let mut create = call("createCustomer", &[], Some("{}"));
    let fresh = upstream.request(&create, None, &mut worker).unwrap();
    assert_eq!(header(&fresh, "x-once"), Some("000000000000000000000000"));
    create.context.idempotency_key = Some("k1");
    let keyed = upstream.request(&create, None, &mut worker).unwrap();
    assert_eq!(header(&keyed, "x-once"), Some("k1"));
    let read = upstream
        .request(
            &call("getCustomer", &[("id", "7")], None),
            None,
            &mut worker,
        )
        .unwrap();
    assert_eq!(header(&read, "x-once"), None);
    assert_eq!(
        upstream.renewed_headers().collect::<Vec<_>>(),
        ["x-request"]
    );
}

#[test]
fn what_is_not_carried_is_told() {
    let upstream = upstream();
    let mut worker = Worker::default();
    for (operation, inputs, body, limit, lost) in [
        (
            "createCustomer",
            &[][..],
            Some(r#"{"language": "fr", "name": {"full": "A", "first": "B"}}"#),
            None,
            &["no-place /language", "no-place /name/first"][..],
        ),
        (
            "listCustomers",
            &[("statusStage", "2")],
            None,
            None,
            &["no-place statusStage"],
        ),
        // The seconds have no place; another zone tells the same time.
        (
            "listCustomers",
            &[("createdTo", "2024-01-01T00:00:30Z")],
            None,
            None,
            &["lossy createdTo"],
        ),
        (
            "listCustomers",
            &[("createdTo", "2024-01-01T01:00:00+01:00")],
            None,
            None,
            &[],
        ),
        (
            "searchCustomers",
            &[],
            Some(r#"{"text": "a", "email": "a@b.example"}"#),
            None,
            &["no-place /email"],
        ),
        (
            "getCustomer",
            &[("id", "7")],
            None,
            Some(3),
            &["no-place limit"],
        ),
        (
            "createCustomer",
            &[],
            Some(r#"{"id": "north:7"}"#),
            None,
            &["read-only /id"],
        ),
        (
            "changeCustomerStatus",
            &[("id", "7")],
            Some(r#"{"status": "suspended"}"#),
            None,
            &[],
        ),
        // What holds no value says nothing.
        (
            "createCustomer",
            &[],
            Some(r#"{"name": {"full": "Ann"}, "addresses": [], "accounts": [{"balances": []}]}"#),
            None,
            &[],
        ),
    ] {
        let mut call = call(operation, inputs, body);
        call.page.limit = limit;
        let request = upstream.request(&call, None, &mut worker).unwrap();
        let mut told: Vec<String> = request
            .losses
            .iter()
            .map(|lost| {
                format!(
                    "{} {}",
                    lost.code,
                    lost.parameter.as_deref().unwrap_or(&lost.pointer)
                )
            })
            .collect();
        told.sort_unstable();
        assert_eq!(told, lost, "{operation}");
        assert_eq!(usize::try_from(request.lost).unwrap(), lost.len());
    }
}
