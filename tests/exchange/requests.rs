//! Requests that calls become, and calls that become none.

use interlingua::engine::exchange::{
    CallerFault, Context, NativeAnswer, NativeRequest, PageRequest, ReceivedRequest, Refused,
    Worker,
};
use interlingua::mapping::accepts::accepted;
use interlingua::mapping::compile::upstream::Upstream;

use crate::depot::{call, index, load_changed, settings, upstream};
use interlingua::model::shape::Sensitivity;

fn text(bytes: Option<&Vec<u8>>) -> &str {
    bytes.map_or("", |bytes| std::str::from_utf8(bytes).unwrap())
}

fn header<'r>(request: &'r NativeRequest, name: &str) -> Option<&'r str> {
    let found = request.headers.iter().find(|(other, _)| &**other == name);
    found.map(|(_, value)| std::str::from_utf8(value).unwrap())
}

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
fn pages_are_asked_for_in_the_upstreams_names() {
    let upstream = upstream();
    let mut worker = Worker::default();
    for (operation, body, limit, cursor, target) in [
        (
            "listCustomers",
            None,
            Some(3),
            None,
            "/clients?view=full&size=3",
        ),
        (
            "listCustomers",
            None,
            None,
            Some("t/1"),
            "/clients?view=full&after=t%2F1",
        ),
        (
            "searchCustomers",
            Some(r#"{"text": "a"}"#),
            Some(3),
            Some("4"),
            "/clients/find?skip=4&take=3",
        ),
    ] {
        let mut call = call(operation, &[], body);
        call.page = PageRequest { limit, cursor };
        assert_eq!(
            upstream.request(&call, None, &mut worker).unwrap().target,
            target
        );
    }
}

#[test]
fn pages_are_asked_for_in_the_body_where_the_upstream_has_them_there() {
    let upstream = upstream();
    let mut worker = Worker::default();
    let inputs = [("locationId", "7")];
    for (operation, inputs, body, limit, cursor, native) in [
        (
            "listBillingAccounts",
            &inputs[..],
            None,
            Some(3),
            Some("t/1"),
            r#"{"client":"7","after":"t/1","size":3}"#,
        ),
        (
            "listBillingAccounts",
            &inputs[..],
            None,
            None,
            None,
            r#"{"client":"7"}"#,
        ),
        (
            "searchBillingAccounts",
            &[],
            Some(r#"{"taxId": "a", "limit": 5}"#),
            None,
            Some("4"),
            r#"{"no":"a","skip":4,"take":5}"#,
        ),
    ] {
        let mut call = call(operation, inputs, body);
        call.page = PageRequest { limit, cursor };
        let request = upstream.request(&call, None, &mut worker).unwrap();
        assert!(!request.target.contains('?'), "{}", request.target);
        let body = request.body.clone().unwrap();
        assert_eq!(String::from_utf8(body).unwrap(), native);
        assert_eq!(request.losses, []);
        // The server role reads the same page out of it.
        let headers: Vec<(&str, &[u8])> = request
            .headers
            .iter()
            .map(|(name, value)| (&**name, value.as_slice()))
            .collect();
        let received = ReceivedRequest {
            method: request.method,
            target: &request.target,
            headers: &headers,
            content_type: request.content_type.as_deref(),
            body: native.as_bytes(),
        };
        let accepted = upstream.accept(&received, &mut worker).unwrap();
        assert_eq!(accepted.operation, index(operation));
        assert_eq!(accepted.cursor.as_deref(), cursor);
        let asked = limit.or(body_limit(call.body));
        assert_eq!(accepted.limit, asked);
    }
    let mut call = call("searchBillingAccounts", &[], Some(r#"{"taxId": "a"}"#));
    call.page.cursor = Some("no count");
    assert!(upstream.request(&call, None, &mut worker).is_err());
}

fn body_limit(body: Option<&[u8]>) -> Option<u32> {
    body.is_some_and(|body| body.ends_with(b"5}")).then_some(5)
}

#[test]
fn a_list_that_the_upstream_merges_is_sent_as_far_as_it_is_new() {
    let upstream = upstream();
    let mut worker = Worker::default();
    let inputs = [("id", "7")];
    let base = NativeAnswer {
        status: 200,
        headers: &[],
        content_type: Some("application/json"),
        body: br#"{"id":"7","people":[{"kind":"billing","mail":"a@b.example"},{"kind":"sales","mail":"c@d.example"}]}"#,
    };
    let old = r#"{"role": "billing", "email": "a@b.example"}"#;
    let sales = r#"{"role": "sales", "email": "c@d.example"}"#;
    for (contacts, native) in [
        (format!("[{old}, {sales}]"), "{}"),
        (
            format!(r#"[{old}, {{"role": "sales", "email": "x@d.example"}}]"#),
            r#"{"people":[{"kind":"sales","mail":"x@d.example"}]}"#,
        ),
        (
            format!(r#"[{{"role": "account", "email": "g@d.example"}}, {sales} ,{old}]"#),
            r#"{"people":[{"kind":"account","mail":"g@d.example"}]}"#,
        ),
    ] {
        for body in [
            format!(r#"{{"contacts": {contacts}}}"#),
            format!(r#"{{"contacts" : {contacts} , "number": "n"}}"#),
            format!(r#"{{"number": "n", "contacts": {contacts}}}"#),
        ] {
            let call = call("updateBillingAccount", &inputs, Some(&body));
            let needed = upstream.needs_base(&call, &mut worker);
            assert_eq!(needed, Some(index("getBillingAccount")));
            let request = upstream.request(&call, Some(&base), &mut worker).unwrap();
            let with_number = native.replacen('{', r#"{"no":"n","#, 1);
            let with_number = with_number.replace(",}", "}");
            let expected = if body.contains("number") {
                with_number.as_str()
            } else {
                native
            };
            assert_eq!(text(request.body.as_ref()), expected, "{body}");
        }
    }
    let body = format!(r#"{{"contacts": [{old}]}}"#);
    let lacking = call("updateBillingAccount", &inputs, Some(&body));
    let refused = upstream.request(&lacking, Some(&base), &mut worker);
    let Err(Refused::Faults(faults)) = refused else {
        panic!("{refused:?}");
    };
    assert_eq!(faults[0].code, "cannot-remove");
    assert_eq!(faults[0].pointer.as_deref(), Some("/contacts"));
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

fn said(faults: &[CallerFault]) -> Vec<String> {
    let place = |fault: &CallerFault| {
        fault
            .pointer
            .clone()
            .or(fault.parameter.clone())
            .unwrap_or_default()
    };
    faults
        .iter()
        .map(|fault| format!("{} {}", fault.code, place(fault)))
        .collect()
}

#[test]
fn calls_that_the_upstream_does_not_take_are_refused() {
    let upstream = upstream();
    let mut worker = Worker::default();
    for (operation, inputs, body, cursor, faults) in [
        (
            "deleteCustomer",
            &[("reference", "x")][..],
            None,
            None,
            &["not-supported-here id"][..],
        ),
        (
            "getCustomer",
            &[("id", "..")],
            None,
            None,
            &["invalid-input id"],
        ),
        (
            "getCustomer",
            &[("id", "7")],
            None,
            Some("1"),
            &["not-supported-here cursor"],
        ),
        (
            "searchCustomers",
            &[],
            Some("{}"),
            Some("x"),
            &["invalid-input /cursor"],
        ),
        (
            "listCustomers",
            &[("status", "overdue")],
            None,
            None,
            &["not-supported-here status"],
        ),
        (
            "createCustomer",
            &[],
            Some(r#"{"status": "overdue"}"#),
            None,
            &["not-supported-here /status"],
        ),
        (
            "updateCustomer",
            &[("id", "7")],
            Some(r#"{"name": {"full": null}}"#),
            None,
            &["cannot-clear /name/full"],
        ),
        (
            "updateCustomer",
            &[("id", "7")],
            Some(r#"{"attributes": null}"#),
            None,
            &["cannot-clear /attributes"],
        ),
        (
            "updateCustomer",
            &[("id", "7")],
            Some(r#"{"reference": "y"}"#),
            None,
            &["not-supported-here /reference"],
        ),
        (
            "putContact",
            &[("id", "7"), ("role", "billing")],
            Some(r#"{"email": "a@b.example", "role": "sales"}"#),
            None,
            &["conflicting-input /role"],
        ),
        (
            "getContact",
            &[("id", "7"), ("role", "account")],
            None,
            None,
            &["not-supported-here role"],
        ),
        (
            "updateContact",
            &[("id", "7"), ("role", "billing")],
            Some(r#"{"name": {"first": null}}"#),
            None,
            &["cannot-clear /name/first"],
        ),
        (
            "updateContact",
            &[("id", "7"), ("role", "billing")],
            Some(r#"{"role": null}"#),
            None,
            &["conflicting-input /role"],
        ),
        (
            "searchBillingAccounts",
            &[],
            Some("{}"),
            None,
            &["missing-input /taxId"],
        ),
        (
            "createQuote",
            &[("id", "7")],
            Some("{}"),
            None,
            &["not-offered "],
        ),
    ] {
        let mut call = call(operation, inputs, body);
        call.page.cursor = cursor;
        let refused = upstream.request(&call, None, &mut worker);
        let Err(Refused::Faults(found)) = refused else {
            panic!("{operation}: {refused:?}");
        };
        assert_eq!(said(&found), faults, "{operation}");
    }
}

#[test]
fn who_calls_is_asked_for_by_its_header() {
    for (from, to, fault) in [
        (
            "when: id\n        call: DELETE",
            "when: id and (context.caller.kind = customer or context.caller.id)\n        call: DELETE",
            "missing-input Interlingua-Caller",
        ),
        (
            "context.caller.kind: X-Kind",
            "context.caller.kind: X-Kind | table(state)",
            "not-supported-here Interlingua-Caller",
        ),
    ] {
        let changed = load_changed(from, to);
        let upstream = Upstream::compile(&changed, "depot", "north", &settings(&[]), None).unwrap();
        let mut call = call("deleteCustomer", &[("id", "7")], None);
        call.context.caller_id = None;
        let refused = upstream.request(&call, None, &mut Worker::default());
        let Err(Refused::Faults(found)) = refused else {
            panic!("{to}: {refused:?}");
        };
        assert_eq!(said(&found), [fault], "{to}");
    }
}

const SUSPENDED: NativeAnswer<'_> = NativeAnswer {
    status: 200,
    headers: &[],
    content_type: Some("application/json"),
    body: br#"{"id": "7", "state": "S"}"#,
};

#[test]
fn machines_allow_what_may_follow() {
    let upstream = upstream();
    let mut worker = Worker::default();
    for (status, kind, fault) in [
        ("active", "customer", None),
        ("suspended", "customer", None),
        ("inactive", "agent", None),
        ("inactive", "customer", Some(("forbidden", &[][..]))),
        ("unknown", "customer", Some(("illegal-move", &["active"]))),
        (
            "unknown",
            "agent",
            Some(("illegal-move", &["active", "inactive"])),
        ),
    ] {
        for operation in ["changeCustomerStatus", "updateCustomer"] {
            let body = format!(r#"{{"status": "{status}"}}"#);
            let mut call = call(operation, &[("id", "7")], Some(&body));
            call.context = Context {
                caller_kind: Some(kind),
                ..Context::default()
            };
            assert_eq!(
                upstream.needs_base(&call, &mut Worker::default()),
                Some(crate::depot::index("getCustomer"))
            );
            match (
                upstream.request(&call, Some(&SUSPENDED), &mut worker),
                fault,
            ) {
                (Ok(_), None) => {}
                (Err(Refused::Faults(found)), Some((code, allowed))) => {
                    let found = found
                        .iter()
                        .find(|fault| fault.code == code)
                        .expect("the fault of the machine");
                    let states: Vec<&str> = found.allowed.iter().map(|state| &**state).collect();
                    assert_eq!(
                        (found.pointer.as_deref(), &*states),
                        (Some("/status"), allowed)
                    );
                }
                (found, _) => panic!("{operation} {status} {kind}: {found:?}"),
            }
        }
    }
}

#[test]
fn the_base_is_read_only_where_something_needs_it() {
    let upstream = upstream();
    let inputs = [("id", "7")];
    let name = Some(r#"{"name": {"full": "A"}}"#);
    assert_eq!(
        upstream.needs_base(
            &call("updateCustomer", &inputs, name),
            &mut Worker::default()
        ),
        None
    );
    let mut conditional = call("updateCustomer", &inputs, name);
    conditional.context.if_match = Some("\"1\"");
    // Its reads come with an ETag: the upstream judges the condition itself.
    assert_eq!(
        upstream.needs_base(&conditional, &mut Worker::default()),
        None
    );
    assert_eq!(
        upstream.needs_base(&call("getCustomer", &inputs, None), &mut Worker::default()),
        None
    );
    let mut worker = Worker::default();
    let request = upstream.request(&conditional, None, &mut worker).unwrap();
    assert_eq!(header(&request, "if-match"), Some("\"1\""));
}

#[test]
fn a_base_that_is_not_understood_refuses_the_call() {
    let upstream = upstream();
    let call = call(
        "changeCustomerStatus",
        &[("id", "7")],
        Some(r#"{"status": "active"}"#),
    );
    let base = NativeAnswer {
        body: b"<html>",
        ..SUSPENDED
    };
    let refused = upstream.request(&call, Some(&base), &mut Worker::default());
    let Err(Refused::Base(broken)) = refused else {
        panic!("{refused:?}");
    };
    assert_eq!(broken.code, "upstream-malformed");
}

#[test]
fn a_patch_changes_the_document_that_was_read_and_nothing_else() {
    let upstream = upstream();
    let base = NativeAnswer {
        body: b"{ \"mail\": \"a@b.example\",\n  \"vip\": 1, \"family\": \"Fox\" }",
        ..SUSPENDED
    };
    for (body, native) in [
        (
            r#"{"name": {"last": "Lynx"}}"#,
            "{ \"mail\": \"a@b.example\",\n  \"vip\": 1, \"family\": \"Lynx\" }",
        ),
        (
            r#"{"email": "a@b.example"}"#,
            "{ \"mail\": \"a@b.example\",\n  \"vip\": 1, \"family\": \"Fox\" }",
        ),
        (
            r#"{"name": null}"#,
            "{ \"mail\": \"a@b.example\",\n  \"vip\": 1 }",
        ),
    ] {
        let inputs = [("id", "7"), ("role", "billing")];
        let call = call("updateContact", &inputs, Some(body));
        assert_eq!(
            upstream.needs_base(&call, &mut Worker::default()),
            Some(crate::depot::index("getContact"))
        );
        let request = upstream
            .request(&call, Some(&base), &mut Worker::default())
            .unwrap();
        assert_eq!(request.target, "/clients/7/payer?whole=yes");
        assert_eq!(text(request.body.as_ref()), native);
    }
}

/// A value that an update has no place for is no loss where the resource has it already.
#[test]
fn what_is_as_it_was_is_not_lost() {
    let upstream = upstream();
    let inputs = [("id", "7")];
    let base = NativeAnswer {
        body: br#"{"id": "7", "label": "Fox"}"#,
        ..SUSPENDED
    };
    let mut worker = Worker::default();
    for (body, lost) in [
        (r#"{"id": "north:7", "name": {"full": "Lynx"}}"#, vec![]),
        (
            r#"{"id": "north:7", "currency": "USD"}"#,
            vec![("no-place", "/currency")],
        ),
    ] {
        let call = call("updateCustomer", &inputs, Some(body));
        let read_by = upstream.needs_base(&call, &mut worker);
        assert_eq!(read_by, Some(crate::depot::index("getCustomer")));
        let request = upstream.request(&call, Some(&base), &mut worker).unwrap();
        let found: Vec<_> = request
            .losses
            .iter()
            .map(|lost| (lost.code, lost.pointer.as_str()))
            .collect();
        assert_eq!(usize::try_from(request.lost), Ok(lost.len()));
        assert_eq!(found, lost);
    }
}

#[test]
fn what_the_operator_wants_in_no_url_is_refused_at_its_place() {
    let found = "{ call: POST /clients/find, body: Find, fields: { body.text: text } }";
    let in_url = "{ when: body.taxId, call: GET /clients/tax, query: { body.taxId: no }, in-url: { path: body.taxId, why: its only way } }";
    let other = found.replacen("{ call", "{ when: body.text, call", 1);
    let catalog = load_changed(found, &format!("{in_url}\n      - {other}"));
    let compiled = Upstream::compile(&catalog, "depot", "north", &settings(&[]), None);
    let mut upstream = compiled.unwrap();
    let mut worker = Worker::default();
    let tax = call("searchCustomers", &[], Some(r#"{"taxId":"4711"}"#));
    let text = call("searchCustomers", &[], Some(r#"{"text":"a"}"#));
    let request = upstream.request(&tax, None, &mut worker).unwrap();
    assert_eq!(request.target, "/clients/tax?no=4711");
    let takes = |upstream: &Upstream, member: &str| {
        let schema = accepted(&catalog, upstream, index("searchCustomers")).unwrap();
        schema.to_string().contains(&format!("\"{member}\""))
    };
    assert!(takes(&upstream, "taxId") && takes(&upstream, "text"));

    upstream.keep_out_of_urls(|operation, care| {
        assert_eq!(operation, index("searchCustomers"));
        care < Sensitivity::Personal
    });
    let refused = upstream.request(&tax, None, &mut worker).unwrap_err();
    let Refused::Faults(faults) = refused else {
        panic!("{refused:?}");
    };
    let [fault] = faults.as_slice() else {
        panic!("{faults:?}");
    };
    assert_eq!(fault.code, "not-supported-here");
    assert_eq!(fault.pointer.as_deref(), Some("/taxId"));
    assert!(!takes(&upstream, "taxId") && takes(&upstream, "text"));
    // A route without it serves as before.
    let request = upstream.request(&text, None, &mut worker).unwrap();
    assert_eq!(request.target, "/clients/find");
}
