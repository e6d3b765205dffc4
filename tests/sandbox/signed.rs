//! A sandbox whose calls are signed and bear keys: what it does once, and what it says when it refuses.

use std::sync::{Arc, LazyLock};

use interlingua::engine::exchange::{NativeResponse, ReceivedRequest, Signable};
use interlingua::mapping::compile::upstream::Upstream;
use interlingua::sandbox::{Dialect, settings};

use super::{CATALOG, NOW};

const ADDRESS: &str = "http://127.0.0.1:0";
const ANN: &str = r#"{"first_name":"Ann","customer_accounts":[{"account_number":"99"}]}"#;
const BEN: &str = r#"{"first_name":"Ben","customer_accounts":[{"account_number":"98"}]}"#;
const JANE: &str = "/customers/123456";
const FORM: &str = "application/x-www-form-urlencoded";

static EBPP: LazyLock<Upstream> = LazyLock::new(|| {
    let set = &CATALOG.mappings["ebpp"];
    let settings = settings(set, ADDRESS);
    Upstream::compile(&CATALOG, "ebpp", "ebpp", &settings, None).unwrap()
});

/// The sandbox, with what is sent beside what a test says.
struct Bills(Dialect);

/// Headers of a call over those that each has.
type Over<'o> = &'o [(&'o str, Option<&'o str>)];

impl Bills {
    fn new() -> Self {
        Self(Dialect::new(Arc::clone(&CATALOG), "ebpp", ADDRESS, NOW).unwrap())
    }

    fn call(&mut self, line: (&str, &str, &str), over: Over<'_>) -> (u16, String) {
        let response = self.respond(line, over);
        (response.status, String::from_utf8(response.body).unwrap())
    }

    fn respond(
        &mut self,
        (method, target, body): (&str, &str, &str),
        over: Over<'_>,
    ) -> NativeResponse {
        let own = [
            ("channel", "Web Portal"),
            ("client_key", "987654321"),
            ("product", "orbipay_payments"),
            ("requestor", "a17"),
            ("requestor_type", "external_user"),
            ("timestamp", "2026-11-22 00:00:00.000+0000"),
            ("idempotent_request_key", "k1"),
        ];
        let said = |name: &str| {
            over.iter()
                .find(|(other, _)| *other == name)
                .map(|(_, value)| *value)
        };
        let own = own
            .iter()
            .filter_map(|(name, value)| Some((*name, said(name).unwrap_or(Some(value))?)));
        let more = over.iter().filter(|(name, _)| *name == "trace_id");
        let more = more.filter_map(|(name, value)| Some((*name, (*value)?)));
        let headers: Vec<(&str, &[u8])> = own
            .chain(more)
            .map(|(name, value)| (name, value.as_bytes()))
            .collect();
        let message = Signable {
            method,
            host: "127.0.0.1:0",
            target,
            headers: &headers,
            body: body.as_bytes(),
        };
        let vouched = EBPP.vouch(&message, NOW, None);
        let media = said("content-type").flatten().unwrap_or("application/json");
        let mut headers = headers.clone();
        headers.extend(vouched.iter().map(|(name, value)| (&**name, &value[..])));
        let request = ReceivedRequest {
            method,
            target,
            headers: &headers,
            content_type: (!body.is_empty()).then_some(media),
            body: body.as_bytes(),
        };
        self.0.answer(&request, NOW)
    }
}

fn key(key: &str) -> (&'static str, Option<&str>) {
    ("idempotent_request_key", Some(key))
}

#[test]
fn a_repetition_is_answered_as_the_first_call_was_and_does_nothing() {
    let mut bills = Bills::new();
    let later = ("timestamp", Some("2026-11-22 00:01:00.000+0000"));
    let made = bills.call(("POST", "/customers", ANN), &[key("k1")]);
    assert_eq!(made.0, 201, "{}", made.1);
    assert_eq!(
        bills.call(("POST", "/customers", ANN), &[key("k1"), later]),
        made
    );
    let other = bills.call(("POST", "/customers", BEN), &[key("k2")]);
    assert!(other.0 == 201 && other.1 != made.1, "{}", other.1);
}

#[test]
fn a_key_is_of_one_call_with_its_headers() {
    let first = ("POST", "/customers", ANN);
    for (line, over) in [
        (
            ("POST", "/customers", BEN),
            [key("k1"), ("requestor", Some("a17"))],
        ),
        (
            ("PUT", JANE, r#"{"first_name":"Joan"}"#),
            [key("k1"), ("requestor", Some("a17"))],
        ),
        (first, [key("k1"), ("requestor", Some("b18"))]),
        (first, [key("k1"), ("trace_id", Some("another"))]),
    ] {
        let mut bills = Bills::new();
        assert_eq!(bills.call(first, &[key("k1")]).0, 201);
        let (status, body) = bills.call(line, &over);
        assert_eq!(status, 409, "{line:?} {over:?}");
        assert!(
            body.contains(r#""message":"The key belongs to another call""#),
            "{body}"
        );
    }
}

#[test]
fn what_was_refused_may_be_tried_again() {
    let mut bills = Bills::new();
    let suspend = ("PUT", JANE, r#"{"status":"suspended"}"#);
    let customer = [key("k1"), ("requestor_type", Some("customer"))];
    assert_eq!(bills.call(suspend, &customer).0, 403);
    assert_eq!(bills.call(suspend, &[key("k1")]).0, 200);
}

/// Even a read carries a key.
#[test]
fn every_call_needs_a_key() {
    for line in [("GET", JANE, ""), ("POST", "/customers", ANN)] {
        let (status, body) = Bills::new().call(line, &[("idempotent_request_key", None)]);
        assert_eq!(status, 400, "{body}");
        assert!(
            body.contains("idempotent_request_key is required"),
            "{body}"
        );
    }
}

/// A customer who looks for himself is told of nobody where several match; an agent gets the list.
#[test]
fn a_search_of_a_customer_finds_one_or_fails() {
    let form = ("content-type", Some(FORM));
    let guest = [
        ("requestor_type", Some("customer")),
        ("requestor", Some("guest")),
        form,
    ];
    let both = ("POST", "/customers/lists", "email=jane%40example.com");
    let one = ("POST", "/customers/lists", "account_number=1234721");
    let (status, body) = Bills::new().call(both, &guest);
    assert_eq!(
        (status, &*body),
        (
            409,
            r#"{"errors":[{"code":"E-7","message":"No unique customer"}]}"#
        )
    );
    assert_eq!(Bills::new().call(one, &guest).0, 200);
    let (status, body) = Bills::new().call(both, &[form]);
    assert!(
        status == 200 && body.contains("Jane") && body.contains("Joan"),
        "{status} {body}"
    );
}

/// Every refusal is a document of errors with words in it.
#[test]
fn what_is_refused_is_said_in_the_upstreams_own_document() {
    let customer = ("requestor_type", Some("customer"));
    let late = ("timestamp", Some("2026-11-22 00:10:00.000+0000"));
    for (line, over, refusal) in [
        (
            ("GET", JANE, ""),
            late,
            (401, "The signature does not match"),
        ),
        (
            ("GET", "/customers/1", ""),
            key("k"),
            (404, "No such customer"),
        ),
        (
            ("PUT", JANE, r#"{"status":"suspended"}"#),
            customer,
            (403, "The requestor may not do this"),
        ),
        (
            ("PUT", "/customers/123457", r#"{"status":"suspended"}"#),
            key("k"),
            (
                409,
                "There is no way from the state that is now to this one",
            ),
        ),
        (
            ("POST", "/customers", r#"{"first_name":"Ann"}"#),
            key("k"),
            (400, "customer_accounts is required"),
        ),
        (
            ("POST", "/customers", r#"{"first_name":"Ann""#),
            key("k"),
            (400, "The body is not well-formed"),
        ),
        (
            (
                "POST",
                "/contacts/link",
                r#"{"customer":{"id":"123456"},"contact":{"value":"a@example.com","type":"email","verified_by":"orbipay","verification_code":"0"}}"#,
            ),
            key("k"),
            (400, "Wrong code"),
        ),
        (
            ("POST", "/customers", ANN),
            ("content-type", Some("text/plain")),
            (415, "The body is in another format"),
        ),
    ] {
        let (status, body) = Bills::new().call(line, &[over]);
        assert_eq!(status, refusal.0, "{line:?} {body}");
        let words = format!("\"message\":\"{}\"", refusal.1);
        assert!(
            body.starts_with(r#"{"errors":[{"#) && body.contains(&words),
            "{line:?} {body}"
        );
    }
}

/// The document lets one update change details and the status.
#[test]
fn an_update_changes_details_and_the_status_together() {
    let mut bills = Bills::new();
    let both = ("PUT", JANE, r#"{"status":"suspended","first_name":"Joan"}"#);
    let (status, changed) = bills.call(both, &[key("k1")]);
    assert_eq!(status, 200, "{changed}");
    let (_, read) = bills.call(("GET", JANE, ""), &[key("k2")]);
    for part in [r#""suspended""#, r#""Joan""#] {
        assert!(changed.contains(part) && read.contains(part), "{read}");
    }
    // Neither, where one of them is not allowed.
    let back = (
        "PUT",
        "/customers/123457",
        r#"{"status":"suspended","first_name":"Jo"}"#,
    );
    assert_eq!(bills.call(back, &[key("k3")]).0, 409);
    let (_, read) = bills.call(("GET", "/customers/123457", ""), &[key("k4")]);
    assert!(
        read.contains(r#""Joan""#) && !read.contains(r#""Jo""#),
        "{read}"
    );
}

/// What a body lacks is named, and so is a value that is not of its kind.
#[test]
fn what_is_wrong_with_a_body_is_named() {
    for (target, body, field, fault) in [
        (
            "/customers",
            r#"{"first_name":"Ann"}"#,
            "customer_accounts",
            "required",
        ),
        (
            "/customers",
            r#"{"customer_accounts":[{"account_number":"1"}]}"#,
            "first_name",
            "required",
        ),
        (
            "/customers",
            r#"{"first_name":"Ann","customer_accounts":[{}]}"#,
            "customer_accounts[].account_number",
            "required",
        ),
        (
            "/contacts/verification",
            r#"{"customer":{"id":"123456"},"contact":{}}"#,
            "contact.value",
            "required",
        ),
        (
            "/contacts/verification",
            r#"{"customer":{"id":"123456"},"contact":{"value":"jane@example.com"}}"#,
            "contact.type",
            "required",
        ),
        (
            "/contacts/link",
            r#"{"customer":{"id":"123456"},"contact":{"type":"sms","value":"jane@example.com"}}"#,
            "contact.value",
            "not valid",
        ),
        (
            "/contacts/link",
            r#"{"customer":{"id":"123456"},"contact":{"type":"email","value":"+12025550100"}}"#,
            "contact.value",
            "not valid",
        ),
        (
            "/contacts/unlink",
            r#"{"customer":{"id":"123456"},"contact":{"type":"email","value":"+12025550100"}}"#,
            "contact.value",
            "not valid",
        ),
    ] {
        let (status, said) = Bills::new().call(("POST", target, body), &[key("k1")]);
        assert_eq!(status, 400, "{said}");
        let words = format!("\"message\":\"{field} is {fault}\",\"field\":\"{field}\"");
        assert!(said.contains(&words), "{body}: {said}");
    }
}
