//! Changes of what is there: what is read first, what may follow it, and what is written over it.

use interlingua::engine::exchange::{Context, NativeAnswer, Refused, Worker};

use super::{header, text};
use crate::depot::{call, index, upstream};

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
            // A command does again what an update leaves as it is.
            let again = operation == "changeCustomerStatus" && status == "suspended";
            let fault = fault.or(again.then_some(("illegal-move", &["active"][..])));
            let body = format!(r#"{{"status": "{status}"}}"#);
            let mut call = call(operation, &[("id", "7")], Some(&body));
            call.context = Context {
                caller_kind: Some(kind),
                ..Context::default()
            };
            assert_eq!(
                upstream.needs_base(&call, &mut Worker::default()),
                Some(index("getCustomer"))
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
fn a_version_is_the_upstreams_to_check_only_where_every_call_names_one() {
    let upstream = upstream();
    for (operation, is_sent) in [
        ("updateCustomer", true),
        ("deleteCustomer", false),
        ("updateBillingAccount", false),
    ] {
        let sent = upstream.always_sends_condition(index(operation));
        assert_eq!(sent, is_sent, "{operation}");
    }
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
            Some(index("getContact"))
        );
        let request = upstream
            .request(&call, Some(&base), &mut Worker::default())
            .unwrap();
        assert_eq!(request.target, "/clients/7/payer?whole=yes");
        assert_eq!(text(request.body.as_ref()), native);
    }
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
        assert_eq!(read_by, Some(index("getCustomer")));
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
