//! Patches that ask for no change of anything that the upstream has a place for.

use crate::complaints::{JSON, Said, asked, world};
use crate::support::with;

const PERSON: &str = r#"{"id":"5","first_name":"Jane","customer_accounts":{"list":[{"account_number":"A1","status":"active"}]}}"#;
const BARE: &str = r#"{"id":"5","first_name":"Jane"}"#;
const TOKEN: &str = r#"{"id":"5","buyerInformation":{"email":"jane@example.com"}}"#;
const ACCOUNT: &str = r#"{"id":"5","name":"Jane","@type":"BillingAccount"}"#;

const fn says(body: &str) -> Said<'_> {
    (200, JSON, body)
}

/// Mapping, kind of resource, what is there, the patch, and the places of it that are lost.
type Idle<'i> = (&'i str, &'i str, &'i str, &'i str, &'i [&'i str]);

const IDLE: &[Idle<'_>] = &[
    ("ebpp", "customers", PERSON, "{}", &[]),
    ("ebpp", "customers", PERSON, r#"{"id":"ebpp:5"}"#, &[]),
    ("ebpp", "customers", PERSON, r#"{"name":{}}"#, &[]),
    (
        "ebpp",
        "customers",
        PERSON,
        r#"{"accounts":[{"number":"A1","status":"active"}]}"#,
        &[],
    ),
    ("ebpp", "customers", BARE, r#"{"accounts":[]}"#, &[]),
    ("ebpp", "customers", BARE, r#"{"accounts":null}"#, &[]),
    (
        "ebpp",
        "customers",
        PERSON,
        r#"{"currency":"USD"}"#,
        &["/currency"],
    ),
    (
        "ebpp",
        "customers",
        PERSON,
        r#"{"addresses":[{"use":"postal","city":"Warren"}]}"#,
        &["/addresses/0/use", "/addresses/0/city"],
    ),
    ("cybersource", "customers", TOKEN, "{}", &[]),
    (
        "cybersource",
        "customers",
        TOKEN,
        r#"{"attributes":{}}"#,
        &[],
    ),
    ("dxp-ux", "billing-accounts", ACCOUNT, "{}", &[]),
    (
        "dxp-ux",
        "billing-accounts",
        ACCOUNT,
        r#"{"name":"Jane"}"#,
        &[],
    ),
    (
        "dxp-ux",
        "billing-accounts",
        ACCOUNT,
        r#"{"name":"Joan"}"#,
        &["/name"],
    ),
];

/// What is there is read, the answer is that, and nothing else is sent.
#[tokio::test]
async fn what_changes_nothing_is_not_sent() {
    for (mapping, kind, now, patch, lost) in IDLE {
        let world = world(mapping, &[says(now)]);
        let path = format!("/v1/{kind}/{mapping}:5");

        let answer = world.call(asked(mapping, "PATCH", &path, patch)).await;

        assert_eq!(answer.status, 200, "{mapping} {patch} {}", answer.text);
        let sent = world.wire.sent();
        assert!(
            sent.len() == 1 && sent[0].starts_with("GET "),
            "{mapping} {patch} {sent:?}"
        );
        let answer = answer.json();
        assert_eq!(answer["id"], format!("{mapping}:5"));
        let warnings = answer["warnings"].as_array().cloned().unwrap_or_default();
        let told: Vec<&str> = warnings
            .iter()
            .filter_map(|warning| warning["pointer"].as_str())
            .collect();
        assert_eq!(told, *lost, "{mapping} {patch}");
    }
}

#[tokio::test]
async fn what_is_lost_of_it_is_refused_where_the_caller_asks_for_that() {
    let world = world("ebpp", &[says(PERSON)]);
    let patch = asked(
        "ebpp",
        "PATCH",
        "/v1/customers/ebpp:5",
        r#"{"currency":"USD"}"#,
    );
    let answer = world.call(with(patch, "prefer", "handling=strict")).await;
    assert_eq!(answer.problem(), (422, "would-lose".to_owned()));
    assert_eq!(answer.json()["errors"][0]["pointer"], "/currency");
}

/// A version is checked here, since the upstream is asked for nothing.
#[tokio::test]
async fn a_condition_on_it_is_checked_all_the_same() {
    for (mapping, now) in [("ebpp", PERSON), ("cybersource", TOKEN)] {
        let world = world(mapping, &[says(now), says(now)]);
        let path = format!("/v1/customers/{mapping}:5");
        let patch = with(
            asked(mapping, "PATCH", &path, "{}"),
            "if-match",
            "\"stale\"",
        );
        let answer = world.call(patch).await;
        assert_eq!(
            answer.problem(),
            (412, "precondition-failed".to_owned()),
            "{mapping}"
        );
    }
}

/// What must stand in a request is asked for as soon as the patch says something of it.
#[tokio::test]
async fn a_change_that_lacks_something_is_refused() {
    let world = world("dxp-ux", &[says(ACCOUNT)]);
    let patch = r#"{"contacts":[{"role":"account"}]}"#;
    let answer = world
        .call(asked(
            "dxp-ux",
            "PATCH",
            "/v1/billing-accounts/dxp-ux:5",
            patch,
        ))
        .await;
    assert_eq!(answer.status, 422, "{}", answer.text);
}
