//! Changes by the shipped mappings: what they may say, and what their answers mean.

use serde_json::Value;

use crate::support::{Scripted, failure, json, request, with, xml};
use crate::translated::{CONTACT, CUSTOMER, shipped};
use interlingua::upstream::{FailureKind, Sent};

const CUSTOMERS: &str = "/v1/customers";
const BILLING: &str = "/v1/customers/blue:340/contacts/billing";

fn blue(method: &str, path: &str, body: &str) -> http::Request<http_body_util::Full<bytes::Bytes>> {
    with(json(method, path, body), "interlingua-upstream", "blue")
}

/// Code, place and words of each fault of a refusal before which at most a read was sent.
async fn faults(
    script: Vec<Scripted>,
    call: http::Request<http_body_util::Full<bytes::Bytes>>,
) -> Vec<(String, String, String)> {
    let world = shipped(script);
    let answer = world.call(call).await;
    let document = answer.json();
    assert_eq!(document["outcome"], "not-sent", "{}", answer.text);
    assert!(
        world
            .wire
            .sent()
            .iter()
            .all(|line| line.starts_with("GET "))
    );
    let text = |value: &Value| value.as_str().unwrap_or("").to_owned();
    document["errors"]
        .as_array()
        .unwrap_or_else(|| panic!("faults in {}", answer.text))
        .iter()
        .map(|fault| {
            let place = text(&fault["pointer"]) + &text(&fault["parameter"]);
            (text(&fault["code"]), place, text(&fault["detail"]))
        })
        .collect()
}

fn places(faults: &[(String, String, String)]) -> Vec<(&str, &str)> {
    faults
        .iter()
        .map(|(code, place, _)| (&**code, &**place))
        .collect()
}

#[tokio::test]
async fn a_number_in_the_path_fills_the_body_as_one() {
    let path = "/v1/customers/blue:340/payment-methods/2";
    let card = r#""type":"card","card":{"number":"4111111111111111","expiry":"2030-12"}"#;
    for said in ["", r#""preference":2,"#, r#""preference":2.0,"#] {
        let world = shipped([xml(200, "<done/>")]);
        let answer = world
            .call(blue("PUT", path, &format!("{{{said}{card}}}")))
            .await;
        assert_eq!(answer.status, 204, "{said} {}", answer.text);
        let sent = String::from_utf8(world.wire.last().body().to_vec()).unwrap();
        let preference = "<autopayPreference>2</autopayPreference>";
        assert!(sent.contains(preference), "{said} {sent}");
    }
    let other = format!(r#"{{"preference":1,{card}}}"#);
    let found = faults(Vec::new(), blue("PUT", path, &other)).await;
    assert_eq!(places(&found), [("conflicting-input", "/preference")]);
}

#[tokio::test]
async fn an_answer_that_is_not_read_is_still_one_of_the_upstreams() {
    for (headers, body, expected) in [
        (&[][..], "", (204, "")),
        (
            &[("content-type", "application/xml")][..],
            "<done/>",
            (204, ""),
        ),
        (
            &[("content-type", "text/html")][..],
            "<html/>",
            (502, "upstream-content-type"),
        ),
        (
            &[("content-type", "application/xml")][..],
            "<done>",
            (502, "upstream-malformed"),
        ),
        (
            &[("content-type", "application/xml")][..],
            "<!DOCTYPE a><done/>",
            (502, "upstream-malformed"),
        ),
        (
            &[
                ("content-type", "application/xml"),
                ("content-encoding", "gzip"),
            ][..],
            "<done/>",
            (502, "upstream-content-type"),
        ),
    ] {
        let world = shipped([Scripted::Answer(200, headers, body.to_owned())]);
        let answer = world
            .call(request("DELETE", "/v1/customers/blue:1", &[], ""))
            .await;
        let (status, code) = expected;
        assert_eq!(answer.status, status, "{body}: {}", answer.text);
        if status != 204 {
            let document = answer.json();
            assert_eq!(document["code"], code, "{body}");
            assert_eq!(document["outcome"], "answered", "{body}");
            assert_eq!(document["retryable"], false, "{body}");
        }
    }
}

#[tokio::test]
async fn an_id_of_another_upstream_is_refused_wherever_it_stands() {
    for (method, path, body, pointer) in [
        (
            "PATCH",
            "/v1/customers/blue:340",
            r#"{"id":"green:340"}"#,
            "/id",
        ),
        (
            "POST",
            CUSTOMERS,
            r#"{"id":"nobody:340","reference":"x"}"#,
            "/id",
        ),
        (
            "POST",
            "/v1/notifications",
            r#"{"event":"invoice-created","subject":{"reference":"I1"},"customer":{"id":"green:1"}}"#,
            "/customer/id",
        ),
    ] {
        let faults = faults(Vec::new(), blue(method, path, body)).await;
        assert_eq!(places(&faults), [("invalid-input", pointer)], "{body}");
    }
}

#[tokio::test]
async fn another_id_of_the_same_upstream_is_a_loss() {
    let world = shipped([xml(200, CUSTOMER), xml(200, CUSTOMER)]);
    let patch = blue("PATCH", "/v1/customers/blue:340", r#"{"id":"blue:999"}"#);
    let answer = world.call(patch).await;
    assert_eq!(answer.status, 200, "{}", answer.text);
    assert_eq!(answer.json()["warnings"][0]["code"], "read-only");
}

#[tokio::test]
async fn what_is_missing_is_told_with_its_place() {
    let told = faults(Vec::new(), blue("POST", CUSTOMERS, r#"{"reference":"x"}"#)).await;
    assert_eq!(places(&told), [("missing-input", "/contacts")], "{told:?}");
    assert!(told[0].2.contains("contacts[role=billing]"), "{told:?}");

    let told = faults(
        Vec::new(),
        blue("POST", "/v1/customers/search", r#"{"reference":"x"}"#),
    )
    .await;
    assert_eq!(places(&told), [("missing-input", "/text")], "{told:?}");

    let green = |query: &str| {
        let path = format!("/v1/billing-accounts{query}");
        request("GET", &path, &[("interlingua-upstream", "green")], "")
    };
    let told = faults(Vec::new(), green("")).await;
    assert_eq!(
        places(&told),
        [
            ("missing-input", "locationId"),
            ("missing-input", "serviceId")
        ]
    );
    assert_eq!(told[0].2, "one of `locationId`, `serviceId`");
    let told = faults(Vec::new(), green("?locationId=1&serviceId=2")).await;
    assert_eq!(
        places(&told),
        [
            ("not-supported-here", "serviceId"),
            ("not-supported-here", "locationId")
        ]
    );
}

#[tokio::test]
async fn a_cursor_among_criteria_is_one_of_ours() {
    for prefer in ["handling=lenient", "handling=strict"] {
        let search = blue(
            "POST",
            "/v1/customers/search",
            r#"{"text":"Jo","cursor":"abc"}"#,
        );
        let told = faults(Vec::new(), with(search, "prefer", prefer)).await;
        assert_eq!(places(&told), [("malformed", "/cursor")], "{prefer}");
    }
}

#[tokio::test]
async fn what_an_update_keeps_cannot_be_cleared() {
    let patch = blue("PATCH", BILLING, r#"{"login":{"password":null}}"#);
    let told = faults(vec![xml(200, CONTACT)], patch).await;
    assert_eq!(places(&told), [("cannot-clear", "/login/password")]);
}

#[tokio::test]
async fn the_key_of_a_place_is_not_cleared_there() {
    let told = faults(
        vec![xml(200, CONTACT)],
        blue("PATCH", BILLING, r#"{"role":null,"name":{"first":"Q"}}"#),
    )
    .await;
    assert_eq!(places(&told), [("conflicting-input", "/role")]);
}

#[tokio::test]
async fn clearing_what_the_upstream_lacks_loses_nothing() {
    let world = shipped([xml(200, CUSTOMER), xml(200, CUSTOMER)]);
    let patch = blue(
        "PATCH",
        "/v1/customers/blue:340",
        r#"{"taxId":null,"reference":"x1"}"#,
    );
    let answer = world.call(with(patch, "prefer", "handling=strict")).await;
    assert_eq!(answer.status, 200, "{}", answer.text);
}

#[tokio::test]
async fn a_command_is_checked_against_what_it_changes() {
    let path = "/v1/customers/blue:340/status";
    let tag = shipped([xml(200, CUSTOMER)])
        .get("/v1/customers/blue:340")
        .await
        .header("etag")
        .to_owned();
    for (condition, status) in [(&*tag, 200), ("*", 200), ("\"stale\"", 412)] {
        let world = shipped([xml(200, CUSTOMER), xml(200, ""), xml(200, CUSTOMER)]);
        let call = blue("POST", path, r#"{"status":"suspended"}"#);
        let answer = world.call(with(call, "if-match", condition)).await;
        assert_eq!(answer.status, status, "{condition}: {}", answer.text);
        let sent = world.wire.sent().len();
        assert_eq!(sent, if status == 412 { 1 } else { 3 }, "{condition}");
    }
}

#[tokio::test]
async fn a_change_is_answered_with_the_tag_of_what_it_made() {
    let read = shipped([xml(200, CUSTOMER)])
        .get("/v1/customers/blue:340")
        .await;
    let tag = read.header("etag");
    assert_eq!(tag.len(), 34);

    let world = shipped([xml(200, CUSTOMER), xml(200, CUSTOMER)]);
    let patch = blue(
        "PATCH",
        "/v1/customers/blue:340",
        r#"{"reference":"bj444"}"#,
    );
    assert_eq!(world.call(patch).await.header("etag"), tag);

    let contact = shipped([xml(200, CONTACT)]).get(BILLING).await;
    let put = blue("PUT", BILLING, r#"{"name":{"first":"Q"}}"#);
    let answer = shipped([xml(200, CONTACT)]).call(put).await;
    assert_eq!(answer.header("etag"), contact.header("etag"));
}

#[tokio::test]
async fn a_change_that_does_not_show_the_whole_has_no_tag() {
    let minimal = blue(
        "PATCH",
        "/v1/customers/blue:340",
        r#"{"reference":"bj444"}"#,
    );
    let world = shipped([xml(200, CUSTOMER), xml(200, CUSTOMER)]);
    let answer = world.call(with(minimal, "prefer", "return=minimal")).await;
    assert_eq!((answer.status.as_u16(), answer.header("etag")), (204, ""));

    let saved = "<status><success>True</success><customer><id>340</id></customer><errors><error>no street</error></errors></status>";
    let down = failure(FailureKind::Unreachable, Sent::NotSent);
    let world = shipped([xml(200, CUSTOMER), xml(201, saved), down]);
    let patch = blue(
        "PATCH",
        "/v1/customers/blue:340",
        r#"{"reference":"bj444"}"#,
    );
    let answer = world.call(patch).await;
    assert_eq!(
        (answer.status.as_u16(), answer.header("etag")),
        (200, ""),
        "{}",
        answer.text
    );
}

#[tokio::test]
async fn names_that_are_the_callers_are_in_no_metric() {
    let world = shipped([xml(200, CUSTOMER)]);
    let body =
        r#"{"attributes":{"SECRET":"x"},"contacts":[{"role":"billing","name":{"first":"Ann"}}]}"#;
    let answer = world.call(blue("POST", CUSTOMERS, body)).await;
    assert!(
        answer.text.contains("/attributes/SECRET"),
        "{}",
        answer.text
    );
    let metrics = world.metrics.encode().unwrap();
    assert!(!metrics.contains("SECRET"), "{metrics}");
    assert!(metrics.contains(r#"place="attributes.*""#), "{metrics}");
}
