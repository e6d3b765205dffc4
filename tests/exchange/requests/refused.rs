//! Calls that become no request, and why.

use interlingua::engine::exchange::{CallerFault, Refused, Worker};
use interlingua::mapping::accepts::accepted;
use interlingua::mapping::compile::upstream::Upstream;
use interlingua::model::shape::Sensitivity;

use crate::depot::{call, index, load_changed, settings, upstream};

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

#[test]
fn a_place_that_the_call_has_is_told_of_those_that_stand_in_a_url() {
    let found = "{ call: POST /clients/find, body: Find, fields: { body.text: text } }";
    let in_url = "{ when: body.taxId, call: GET /clients/tax, query: { body.taxId: no, body.postalCode: zip }, in-url: { path: [body.taxId, body.postalCode], why: its only way } }";
    let catalog = load_changed(found, in_url);
    let compiled = Upstream::compile(&catalog, "depot", "north", &settings(&[]), None);
    let mut upstream = compiled.unwrap();
    upstream.keep_out_of_urls(|_, care| care < Sensitivity::Personal);
    for body in [
        r#"{"taxId":"4711"}"#,
        r#"{"taxId":"4711","postalCode":"1"}"#,
    ] {
        let tax = call("searchCustomers", &[], Some(body));
        let refused = upstream.request(&tax, None, &mut Worker::default());
        let Err(Refused::Faults(faults)) = refused else {
            panic!("{refused:?}");
        };
        assert_eq!(faults[0].pointer.as_deref(), Some("/taxId"), "{body}");
    }
}
