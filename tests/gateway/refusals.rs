//! Calls that are refused before anything is sent: one table.

use interlingua::gateway::RoutingRule;
use interlingua::gateway::translate::{CallerFault, Refused};

use crate::support::{Fake, Plan, Wire, World, answer, get, json, lost, request, with};

/// Name, request line with headers and body, status, code, and the place of the first fault.
type Case = (
    &'static str,
    &'static str,
    &'static str,
    &'static [(&'static str, &'static str)],
    &'static str,
    (u16, &'static str),
    &'static str,
);

const ALPHA: (&str, &str) = ("interlingua-upstream", "alpha");
const JSON: (&str, &str) = ("content-type", "application/json");

const CASES: &[Case] = &[
    (
        "no such path",
        "GET",
        "/v1/nothing",
        &[],
        "",
        (404, "not-found"),
        "",
    ),
    (
        "outside the version",
        "GET",
        "/customers/alpha:1",
        &[],
        "",
        (404, "not-found"),
        "",
    ),
    (
        "a wrong method",
        "PUT",
        "/v1/customers/alpha:1",
        &[],
        "",
        (405, "method-not-allowed"),
        "",
    ),
    (
        "an id without upstream",
        "GET",
        "/v1/customers/341",
        &[],
        "",
        (400, "malformed"),
        "id",
    ),
    (
        "an empty local part",
        "GET",
        "/v1/customers/alpha:",
        &[],
        "",
        (400, "malformed"),
        "id",
    ),
    (
        "a local part of dots",
        "GET",
        "/v1/customers/alpha:%2e%2E",
        &[],
        "",
        (400, "malformed"),
        "id",
    ),
    (
        "a reference of dots",
        "GET",
        "/v1/customers/alpha:ref:.",
        &[],
        "",
        (400, "malformed"),
        "id",
    ),
    (
        "a control character",
        "GET",
        "/v1/customers/alpha:a%0Ab",
        &[],
        "",
        (400, "malformed"),
        "id",
    ),
    (
        "half a percent code",
        "GET",
        "/v1/customers/alpha:%4",
        &[],
        "",
        (400, "malformed"),
        "id",
    ),
    (
        "no UTF-8",
        "GET",
        "/v1/customers/alpha:%FF",
        &[],
        "",
        (400, "malformed"),
        "id",
    ),
    (
        "an unknown upstream",
        "GET",
        "/v1/customers/gamma:1",
        &[],
        "",
        (404, "not-found"),
        "id",
    ),
    (
        "a reference where there is none",
        "GET",
        "/v1/billing-accounts/alpha:ref:1",
        &[],
        "",
        (422, "not-supported-here"),
        "id",
    ),
    (
        "no upstream at all",
        "GET",
        "/v1/customers",
        &[],
        "",
        (400, "upstream-required"),
        "",
    ),
    (
        "an upstream by an unknown name",
        "GET",
        "/v1/customers",
        &[("interlingua-upstream", "gamma")],
        "",
        (422, "invalid-input"),
        "Interlingua-Upstream",
    ),
    (
        "every upstream, where one must answer",
        "POST",
        "/v1/customers",
        &[
            ("interlingua-upstream", "*"),
            ("content-type", "application/json"),
        ],
        "{}",
        (422, "not-supported-here"),
        "Interlingua-Upstream",
    ),
    (
        "two upstreams, where one must answer",
        "POST",
        "/v1/customers",
        &[
            ("interlingua-upstream", "alpha,beta"),
            ("content-type", "application/json"),
        ],
        "{}",
        (422, "not-supported-here"),
        "Interlingua-Upstream",
    ),
    (
        "several upstreams of which one is not configured",
        "GET",
        "/v1/customers",
        &[
            ("interlingua-upstream", "alpha"),
            ("interlingua-upstream", "gamma"),
        ],
        "",
        (422, "invalid-input"),
        "Interlingua-Upstream",
    ),
    (
        "an upstream twice",
        "GET",
        "/v1/customers",
        &[("interlingua-upstream", "alpha, alpha")],
        "",
        (422, "conflicting-input"),
        "Interlingua-Upstream",
    ),
    (
        "a list of no upstream",
        "GET",
        "/v1/customers",
        &[("interlingua-upstream", " , ")],
        "",
        (422, "invalid-input"),
        "Interlingua-Upstream",
    ),
    (
        "a named upstream that lacks the operation",
        "GET",
        "/v1/customers",
        &[("interlingua-upstream", "alpha,beta")],
        "",
        (501, "not-offered"),
        "",
    ),
    (
        "an operation the upstream lacks",
        "DELETE",
        "/v1/customers/beta:1",
        &[],
        "",
        (501, "not-offered"),
        "",
    ),
    (
        "an unknown query parameter",
        "GET",
        "/v1/customers?stat=active",
        &[ALPHA],
        "",
        (422, "unknown-field"),
        "stat",
    ),
    (
        "a value of a closed list",
        "GET",
        "/v1/customers?status=Active",
        &[ALPHA],
        "",
        (422, "invalid-input"),
        "status",
    ),
    (
        "a number out of bounds",
        "GET",
        "/v1/customers?statusStage=4",
        &[ALPHA],
        "",
        (422, "invalid-input"),
        "statusStage",
    ),
    (
        "no time",
        "GET",
        "/v1/customers?createdFrom=2026-02-30T00:00:00Z",
        &[ALPHA],
        "",
        (422, "invalid-input"),
        "createdFrom",
    ),
    (
        "a plus for a blank",
        "GET",
        "/v1/customers?createdFrom=2026-01-01T00:00:00+01:00",
        &[ALPHA],
        "",
        (422, "invalid-input"),
        "createdFrom",
    ),
    (
        "a limit of nothing",
        "GET",
        "/v1/customers?limit=0",
        &[ALPHA],
        "",
        (422, "invalid-input"),
        "limit",
    ),
    (
        "a parameter twice",
        "GET",
        "/v1/customers?limit=1&limit=1",
        &[ALPHA],
        "",
        (422, "conflicting-input"),
        "limit",
    ),
    (
        "a value that does not decode",
        "GET",
        "/v1/customers?status=%",
        &[ALPHA],
        "",
        (400, "malformed"),
        "status",
    ),
    (
        "a forged cursor",
        "GET",
        "/v1/customers?cursor=bm90IG91cnM",
        &[ALPHA],
        "",
        (400, "malformed"),
        "cursor",
    ),
    (
        "a role that is none",
        "GET",
        "/v1/customers/alpha:1/contacts/boss",
        &[],
        "",
        (422, "invalid-input"),
        "role",
    ),
    (
        "a body where none belongs",
        "GET",
        "/v1/customers/alpha:1",
        &[JSON],
        "{}",
        (400, "malformed"),
        "",
    ),
    (
        "no content type",
        "POST",
        "/v1/customers",
        &[ALPHA],
        "{}",
        (415, "unsupported-media-type"),
        "",
    ),
    (
        "another content type",
        "POST",
        "/v1/customers",
        &[ALPHA, ("content-type", "application/xml")],
        "<a/>",
        (415, "unsupported-media-type"),
        "",
    ),
    (
        "a patch type for no patch",
        "POST",
        "/v1/customers",
        &[ALPHA, ("content-type", "application/merge-patch+json")],
        "{}",
        (415, "unsupported-media-type"),
        "",
    ),
    (
        "another character set",
        "POST",
        "/v1/customers",
        &[ALPHA, ("content-type", "application/json; charset=latin1")],
        "{}",
        (415, "unsupported-media-type"),
        "",
    ),
    (
        "a packed body",
        "POST",
        "/v1/customers",
        &[ALPHA, JSON, ("content-encoding", "gzip")],
        "{}",
        (415, "unsupported-media-type"),
        "",
    ),
    (
        "an unknown kind of caller",
        "GET",
        "/v1/customers/alpha:1",
        &[("interlingua-caller", "kind=boss")],
        "",
        (400, "malformed"),
        "interlingua-caller",
    ),
    (
        "an empty idempotency key",
        "POST",
        "/v1/customers",
        &[ALPHA, JSON, ("idempotency-key", "")],
        "{}",
        (400, "malformed"),
        "idempotency-key",
    ),
    (
        "a condition nobody checks",
        "GET",
        "/v1/customers/alpha:1",
        &[("if-match", "\"a\"")],
        "",
        (422, "not-supported-here"),
        "if-match",
    ),
    (
        "a condition of reads on a change",
        "DELETE",
        "/v1/customers/alpha:1",
        &[("if-none-match", "\"a\"")],
        "",
        (422, "not-supported-here"),
        "if-none-match",
    ),
];

#[tokio::test]
async fn each_is_refused_with_its_code_and_place_and_nothing_is_sent() {
    let world = World::answering([]);
    for (name, method, path, headers, body, expected, place) in CASES {
        let answer = world.call(request(method, path, headers, body)).await;
        let problem = answer.problem();
        assert_eq!(
            (problem.0, problem.1.as_str()),
            *expected,
            "{name}: {}",
            answer.text
        );
        let document = answer.json();
        assert_eq!(document["outcome"], "not-sent", "{name}");
        let fault = &document["errors"][0]["parameter"];
        assert_eq!(
            fault.as_str().unwrap_or_default(),
            *place,
            "{name}: {}",
            answer.text
        );
    }
    assert_eq!(world.wire.sent(), Vec::<String>::new());
}

#[tokio::test]
async fn all_faults_of_inputs_are_told_at_once_and_no_value() {
    let world = World::answering([]);
    let path = "/v1/customers?status=SECRET-1&limit=SECRET-2&nothing=SECRET-3";

    let answer = world
        .call(with(get(path), "interlingua-upstream", "alpha"))
        .await;

    assert_eq!(answer.json()["errors"].as_array().unwrap().len(), 3);
    assert!(!answer.text.contains("SECRET"), "{}", answer.text);
}

#[tokio::test]
async fn a_wrong_method_says_which_are_right() {
    let world = World::answering([]);
    let answer = world
        .call(request("PUT", "/v1/customers/alpha:1", &[], ""))
        .await;
    assert_eq!(answer.header("allow"), "DELETE, GET, HEAD, PATCH");
}

#[tokio::test]
async fn who_could_serve_a_call_is_told() {
    let world = World::answering([]);
    let delete = world
        .call(request("DELETE", "/v1/customers/beta:1", &[], ""))
        .await;
    assert_eq!(delete.json()["offeredBy"], serde_json::json!(["alpha"]));
    let list = world.get("/v1/customers").await;
    assert_eq!(list.json()["offeredBy"], serde_json::json!(["alpha"]));
}

#[tokio::test]
async fn routing_rules_choose_where_the_call_does_not() {
    let plan = Plan {
        routing: vec![RoutingRule {
            operation: Some("listCustomers".into()),
            path: None,
            upstream: "alpha".into(),
        }],
        default_upstream: Some("beta".into()),
        wire: Wire::answering([answer("[]")]),
        ..Plan::default()
    };
    let world = plan.build();

    assert_eq!(world.get("/v1/customers").await.status, 200);
    let search = request("POST", "/v1/customers/search", &[JSON], "{}");
    assert_eq!(
        world.call(search).await.problem(),
        (501, "not-offered".to_owned())
    );
}

#[tokio::test]
async fn what_the_upstream_cannot_be_asked_is_told_with_pointers() {
    let fault = |code, pointer: Option<&str>, parameter: Option<&str>| CallerFault {
        code,
        pointer: pointer.map(str::to_owned),
        parameter: parameter.map(str::to_owned),
        detail: "has no place there".to_owned(),
        allowed: vec!["active".into()],
    };
    let faults = vec![
        fault("cannot-clear", Some("/email"), None),
        fault("not-supported-here", None, Some("status")),
    ];
    let alpha = Fake {
        on_request: Box::new(move |_| Err(Refused::Faults(faults.clone()))),
        ..Fake::default()
    };
    let plan = Plan {
        alpha,
        ..Plan::default()
    };
    let world = plan.build();

    let answer = world
        .call(json("PATCH", "/v1/customers/alpha:1", r#"{"email":null}"#))
        .await;

    assert_eq!(answer.problem(), (422, "cannot-clear".to_owned()));
    let document = answer.json();
    assert_eq!(document["errors"][0]["pointer"], "/email");
    assert_eq!(document["errors"][1]["parameter"], "status");
    assert_eq!(document["allowed"][0], "active");
    assert_eq!(world.wire.sent(), Vec::<String>::new());
}

#[tokio::test]
async fn strict_handling_refuses_losses_before_anything_is_sent() {
    let losses = vec![lost("no-place", "/email"), lost("read-only", "/id")];
    let plan = Plan {
        alpha: Fake::losing(losses),
        ..Plan::default()
    };
    let world = plan.build();

    let create = json("POST", "/v1/customers", "{}");
    let answer = world.call(with(create, "prefer", "handling=strict")).await;

    assert_eq!(answer.problem(), (422, "would-lose".to_owned()));
    let errors = &answer.json()["errors"];
    assert_eq!(
        (&errors[0]["code"], &errors[0]["pointer"]),
        (&"no-place".into(), &"/email".into())
    );
    assert_eq!(
        (&errors[1]["code"], &errors[1]["pointer"]),
        (&"read-only".into(), &"/id".into())
    );
    assert_eq!(world.wire.sent(), Vec::<String>::new());
}

#[tokio::test]
async fn a_value_that_cannot_stand_in_a_header_is_refused() {
    let alpha = Fake {
        on_request: Box::new(|seen| {
            let mut request = seen.request();
            request
                .headers
                .push(("x-name".into(), b"a\r\nx-evil: 1".to_vec()));
            Ok(request)
        }),
        ..Fake::default()
    };
    let plan = Plan {
        alpha,
        ..Plan::default()
    };
    let world = plan.build();

    let answer = world.get("/v1/customers/alpha:1").await;

    assert_eq!(answer.problem(), (422, "invalid-input".to_owned()));
    assert!(!answer.text.contains("evil"));
    assert_eq!(world.wire.sent(), Vec::<String>::new());
}
