//! What upstreams say when they refuse: by the shipped mappings, in the caller's words, without anybody's values.

use crate::complaints;
use crate::support::{Answer, Scripted, get, json, request, with, xml};
use crate::translated::{CUSTOMER, shipped};

const JSON: &[(&str, &str)] = &[("content-type", "application/json")];
const HTML: &[(&str, &str)] = &[("content-type", "text/html")];
const LATER: &[(&str, &str)] = &[("content-type", "text/html"), ("retry-after", "7")];
const PAGE: &str = "<html><body>SECRET</body></html>";

fn said(status: u16, headers: &'static [(&'static str, &'static str)], body: &str) -> Scripted {
    Scripted::Answer(status, headers, body.to_owned())
}

fn refusal(text: &str) -> String {
    format!("<status><success>False</success><errors><error>{text}</error></errors></status>")
}

fn told(answer: &Answer) -> (u16, String, bool, String) {
    let (status, code) = answer.problem();
    assert!(!answer.text.contains("SECRET"), "{}", answer.text);
    let retryable = answer.json()["retryable"].as_bool().unwrap();
    (
        status,
        code,
        retryable,
        answer.header("retry-after").to_owned(),
    )
}

#[tokio::test]
async fn a_refusal_without_its_document_keeps_what_its_status_says() {
    let document = r#"{"code":"60","reason":"no such account"}"#;
    for (status, headers, body, expected) in [
        (400, JSON, document, (422, "invalid-input", false, "")),
        (400, &[][..], "", (422, "invalid-input", false, "")),
        (400, HTML, PAGE, (502, "upstream-error", false, "")),
        (401, HTML, PAGE, (502, "upstream-auth", false, "")),
        (403, &[][..], "", (403, "forbidden", false, "")),
        (404, JSON, document, (404, "not-found", false, "")),
        (404, &[][..], "", (404, "not-found", false, "")),
        (404, HTML, PAGE, (502, "upstream-unexpected", false, "")),
        (409, HTML, PAGE, (409, "conflict", false, "")),
        (410, &[][..], "", (410, "gone", false, "")),
        (412, JSON, document, (412, "precondition-failed", false, "")),
        (418, HTML, PAGE, (502, "upstream-error", false, "")),
        (429, LATER, PAGE, (429, "rate-limited", true, "7")),
        (500, JSON, "{", (502, "upstream-error", true, "")),
        (503, LATER, PAGE, (502, "upstream-error", true, "7")),
    ] {
        let answer = shipped([said(status, headers, body)])
            .get("/v1/billing-accounts/green:1")
            .await;
        let (to, code, retryable, later) = expected;
        let expected = (to, code.to_owned(), retryable, later.to_owned());
        assert_eq!(told(&answer), expected, "{status} {body}");
        assert_eq!(answer.json()["upstream"]["status"], status);
    }
}

#[tokio::test]
async fn who_is_at_fault_is_said_by_the_document_only() {
    let refusal = refusal("no such street");
    for (status, headers, body, expected) in [
        (
            400,
            &[("content-type", "text/xml")][..],
            &*refusal,
            (422, "invalid-input"),
        ),
        (400, &[][..], "", (422, "invalid-input")),
        (400, HTML, PAGE, (502, "upstream-error")),
        (
            400,
            &[("content-type", "application/xml")][..],
            "<a",
            (502, "upstream-error"),
        ),
        (404, &[][..], "", (404, "not-found")),
        (
            404,
            &[("content-type", "application/xml")][..],
            "<none/>",
            (404, "not-found"),
        ),
        (404, HTML, PAGE, (502, "upstream-unexpected")),
        (410, HTML, PAGE, (410, "gone")),
        (412, &[][..], "", (412, "precondition-failed")),
        (422, HTML, PAGE, (502, "upstream-error")),
    ] {
        let answer = shipped([said(status, headers, body)])
            .get("/v1/customers/blue:1")
            .await;
        let (to, code) = expected;
        assert_eq!(
            told(&answer),
            (to, code.to_owned(), false, String::new()),
            "{status} {body}"
        );
    }
}

#[tokio::test]
async fn a_change_that_an_upstream_failed_at_is_not_to_be_sent_again() {
    for (status, retryable, later) in [(500, false, ""), (503, false, ""), (429, true, "7")] {
        let delete = request("DELETE", "/v1/customers/blue:1", &[], "");
        let answer = shipped([said(status, LATER, PAGE)]).call(delete).await;
        let (_, _, told, seconds) = told(&answer);
        assert_eq!((told, &*seconds), (retryable, later), "{status}");
    }
}

/// Nothing of the base, of the call or of what was sent stands in the answer.
async fn assert_silent(patch: &str, words: &str, hidden: &[&str]) {
    let refused = Scripted::Answer(400, &[("content-type", "application/xml")], refusal(words));
    let world = shipped([xml(200, CUSTOMER), refused]);
    let answer = world
        .call(json("PATCH", "/v1/customers/blue:340", patch))
        .await;
    assert_eq!(
        answer.problem(),
        (422, "invalid-input".to_owned()),
        "{}",
        answer.text
    );
    let message = answer.json()["upstream"]["message"].clone();
    let message = message.as_str().unwrap();
    assert!(
        message.contains("[redacted]") && message.contains("bad"),
        "{message}"
    );
    for value in hidden {
        assert!(!message.contains(value), "{value} in {message}");
    }
}

#[tokio::test]
async fn values_of_the_base_that_was_sent_back_stay_here() {
    let words = "bad Bill@bmontgomery.com of JOSEPH, 43 main av, Active";
    assert_silent(
        r#"{"reference":"x1"}"#,
        words,
        &["montgomery", "JOSEPH", "main"],
    )
    .await;
    // What the rules carry as nobody's own is told.
    let refused = said(
        400,
        &[("content-type", "application/xml")],
        &refusal("bad status Active of en_US"),
    );
    let patch = json("PATCH", "/v1/customers/blue:340", r#"{"reference":"x1"}"#);
    let answer = shipped([xml(200, CUSTOMER), refused]).call(patch).await;
    assert_eq!(
        answer.json()["upstream"]["message"],
        "bad status Active of en_US"
    );
}

#[tokio::test]
async fn what_no_rule_carries_is_taken_for_personal() {
    let customer = CUSTOMER.replace("</customer>", "<nick>Bobby</nick></customer>");
    let refused = said(
        400,
        &[("content-type", "application/xml")],
        &refusal("bad nick BOBBY"),
    );
    let patch = json("PATCH", "/v1/customers/blue:340", r#"{"reference":"x1"}"#);
    let answer = shipped([xml(200, &customer), refused]).call(patch).await;
    assert_eq!(answer.json()["upstream"]["message"], "bad nick [redacted]");
}

#[tokio::test]
async fn values_stay_here_as_they_were_sent_and_as_they_were_meant() {
    let patch = r#"{"name":{"full":"José Núñez"},"contacts":[{"role":"billing","phones":[{"type":"work","number":"+13125550100"}]}]}"#;
    for told in ["3125550100", "(312) 555-0100", "+1 312.555.0100"] {
        let words = format!("bad {told} of JOSÉ NÚÑEZ");
        assert_silent(patch, &words, &["555", "0100", "NÚÑEZ"]).await;
    }
}

#[tokio::test]
async fn a_search_that_is_sealed_or_encoded_stays_here_too() {
    let refused = said(
        400,
        &[("content-type", "application/xml")],
        &refusal("bad Jo seph"),
    );
    let search = json("POST", "/v1/customers/search", r#"{"text":"Jo  Seph"}"#);
    let answer = shipped([refused])
        .call(with(search, "interlingua-upstream", "blue"))
        .await;
    assert_eq!(answer.json()["upstream"]["message"], "bad [redacted]");
}

#[tokio::test]
async fn a_body_whose_format_nobody_can_tell_is_of_another_format() {
    for (headers, detail) in [
        (
            &[
                ("content-type", "application/xml"),
                ("content-encoding", "gzip"),
            ][..],
            "In the upstream's answer: a body without content coding.",
        ),
        (
            &[
                ("content-type", "application/xml"),
                ("content-type", "text/html"),
            ][..],
            "In the upstream's answer: one media type.",
        ),
        (HTML, ""),
    ] {
        let answer = shipped([said(200, headers, CUSTOMER)])
            .get("/v1/customers/blue:340")
            .await;
        assert_eq!(answer.problem(), (502, "upstream-content-type".to_owned()));
        assert_eq!(answer.json()["detail"].as_str().unwrap_or(""), detail);
    }
    let plain = &[
        ("content-type", "application/xml"),
        ("content-encoding", "identity"),
    ];
    let answer = shipped([said(200, plain, CUSTOMER)])
        .call(get("/v1/customers/blue:340"))
        .await;
    assert_eq!(answer.status, 200, "{}", answer.text);
}

/// An error, or nothing at all, under the status of a success, of calls whose answers need hold no member.
#[tokio::test]
async fn an_error_under_a_success_is_none() {
    let link = r#"{"type":"email","value":"q@example.com"}"#;
    let calls = [
        ("ebpp", "/v1/customers/ebpp:5/contact-points", link),
        ("flexiti", "/v1/identity-documents/read", r#"{"code":"x"}"#),
    ];
    for (mapping, path, body) in calls {
        for said in [
            r#"{"errors":[{"code":"E","message":"SECRET"}]}"#,
            r#"{"error":"wrong_inputs","message":"SECRET"}"#,
            "{}",
        ] {
            let world = complaints::world(mapping, &[(200, JSON, said)]);
            let answer = world
                .call(complaints::asked(mapping, "POST", path, body))
                .await;
            let (status, code, ..) = told(&answer);
            assert_eq!(
                (status, &*code),
                (502, "upstream-unexpected"),
                "{mapping} {said}"
            );
        }
    }
    let world = complaints::world("ebpp", &[(200, JSON, r#"{"customer":{"id":"5"}}"#)]);
    let (mapping, path, body) = calls[0];
    let answer = world
        .call(complaints::asked(mapping, "POST", path, body))
        .await;
    assert!(answer.status.is_success(), "{}", answer.text);
}
