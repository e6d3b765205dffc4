//! Lists and searches at several upstreams: their items, their cursors, what became of each.

use std::time::Duration;

use interlingua::gateway::translate::{Answered, Lost, NativeRequest, Outcome, Page, Warning};
use interlingua::upstream::{FailureKind, Sent};
use serde_json::{Value, json};

use crate::support::{
    Answer, Fake, Plan, Scripted, Wire, World, answer, failure, hangs, json as search, lost,
    outcome, request, with,
};

const LIST: &str = "/v1/customers";

/// Answers the native list; the word before a `|` is the cursor of the next page.
fn paged() -> Fake {
    Fake {
        on_answer: Box::new(|_, answer| {
            let body = std::str::from_utf8(answer.body).unwrap();
            let (next, items) = body.split_once('|').unwrap_or(("", body));
            Answered::Outcome(Box::new(Outcome {
                page: Page {
                    next: Some(next.to_owned()).filter(|next| !next.is_empty()),
                    more: Some(!next.is_empty()),
                    total: Some(3),
                },
                ..outcome(items)
            }))
        }),
        ..Fake::default()
    }
}

fn plan(script: impl IntoIterator<Item = Scripted>) -> Plan {
    Plan {
        alpha: paged(),
        beta: paged(),
        wire: Wire::answering(script),
        ..Plan::default()
    }
}

fn world(script: impl IntoIterator<Item = Scripted>) -> World {
    plan(script).build()
}

async fn list(world: &World, upstreams: &str, query: &str) -> Answer {
    let headers = [("interlingua-upstream", upstreams)];
    let path = format!("{LIST}{query}");
    world.call(request("GET", &path, &headers, "")).await
}

fn outcomes(document: &Value) -> Vec<(String, String)> {
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let upstreams = document["upstreams"].as_array().unwrap();
    let told = |part: &Value| (text(&part["name"]), text(&part["outcome"]));
    upstreams.iter().map(told).collect()
}

fn pair(name: &str, outcome: &str) -> (String, String) {
    (name.to_owned(), outcome.to_owned())
}

#[tokio::test]
async fn items_stand_in_the_order_of_the_upstreams_named() {
    let world = world([
        answer(r#"[ {"id":"beta:1"} ]"#),
        answer(r#"[{"id":"alpha:9"},{"id":"alpha:2"}]"#),
    ]);

    let answer = list(&world, "beta, alpha", "?limit=2").await;

    assert_eq!(answer.status, 200, "{}", answer.text);
    let document = answer.json();
    let ids = json!([{"id": "beta:1"}, {"id": "alpha:9"}, {"id": "alpha:2"}]);
    assert_eq!(document["items"], ids);
    assert_eq!(document["page"], json!({"more": false, "total": 6}));
    let told = json!([
        {"name": "beta", "outcome": "answered", "status": 200},
        {"name": "alpha", "outcome": "answered", "status": 200}
    ]);
    assert_eq!(document["upstreams"], told);
    assert_eq!(answer.header("cache-control"), "private, no-cache");
    assert_eq!(world.alpha.seen()[0].limit, Some(2));
}

#[tokio::test]
async fn all_upstreams_are_asked_in_the_order_of_the_configuration() {
    let world = world([answer("[]"), answer("[]")]);
    let answer = list(&world, "*", "").await;
    assert_eq!(answer.json()["items"], json!([]));
    assert_eq!(
        outcomes(&answer.json()),
        [pair("alpha", "answered"), pair("beta", "answered")]
    );
}

#[tokio::test]
async fn an_upstream_without_the_operation_is_told_as_such() {
    let plan = Plan {
        beta: Fake::offering(&["getCustomer"]),
        ..plan([answer(r#"[{"id":"alpha:1"}]"#)])
    };
    let world = plan.build();
    let document = list(&world, "*", "").await.json();
    assert_eq!(document["items"], json!([{"id": "alpha:1"}]));
    assert_eq!(
        outcomes(&document),
        [pair("alpha", "answered"), pair("beta", "not-offered")]
    );
    assert_eq!(document["upstreams"][1]["code"], "not-offered");
    assert_eq!(world.wire.sent().len(), 1);
}

#[tokio::test]
async fn one_that_fails_is_told_beside_the_items_of_the_others() {
    let fails = failure(FailureKind::TotalTimeout, Sent::MaybeSent);
    let world = world([fails, answer(r#"[{"id":"beta:1"}]"#)]);

    let answer = list(&world, "*", "").await;

    assert_eq!(answer.status, 200, "{}", answer.text);
    let document = answer.json();
    assert_eq!(document["items"], json!([{"id": "beta:1"}]));
    let failed = &document["upstreams"][0];
    assert_eq!(failed["outcome"], "failed");
    assert_eq!(failed["code"], "upstream-timeout");
    assert_eq!(failed["problem"]["status"], 504);
    assert_eq!(failed["problem"]["upstream"]["name"], "alpha");
    assert_eq!(document["page"]["more"], true);
    assert!(document["page"].get("total").is_none());
    let metrics = world.metrics.encode().unwrap();
    for series in [
        r#"interlingua_problems_total{code="upstream-timeout",operation="listCustomers",upstream="alpha"} 1"#,
        r#"interlingua_upstream_calls_total{operation="listCustomers",outcome="2xx",upstream="beta"} 1"#,
    ] {
        assert!(metrics.contains(series), "{metrics}");
    }
}

#[tokio::test]
async fn all_that_fail_are_one_problem_with_each_code() {
    let world = world([
        failure(FailureKind::Unreachable, Sent::NotSent),
        failure(FailureKind::BadHttp, Sent::MaybeSent),
    ]);
    let answer = list(&world, "*", "").await;
    assert_eq!(answer.problem(), (502, "upstream-error".to_owned()));
    let problem = answer.json();
    assert_eq!(problem["errors"][0]["code"], "upstream-unreachable");
    assert_eq!(problem["errors"][1]["code"], "upstream-malformed");
    assert!(
        problem["errors"][1]["detail"]
            .as_str()
            .unwrap()
            .starts_with("`beta`: ")
    );
    assert_eq!(problem["retryable"], true);
    assert_eq!(answer.header("retry-after"), "1");
}

#[tokio::test(start_paused = true)]
async fn one_that_hangs_fails_alone() {
    let plan = Plan {
        deadline: Duration::from_secs(2),
        ..plan([hangs(), answer("[{}]")])
    };
    let answer = list(&plan.build(), "alpha,beta", "").await;
    let document = answer.json();
    assert_eq!(document["items"], json!([{}]), "{}", answer.text);
    assert_eq!(document["upstreams"][0]["code"], "upstream-timeout");
}

#[tokio::test]
async fn they_are_asked_at_one_time() {
    // Were the first awaited before the second is asked, the second would never be.
    let plan = plan([hangs(), hangs()]);
    let world = plan.build();
    let call = list(&world, "*", "");
    let mut call = std::pin::pin!(call);
    let mut cx = std::task::Context::from_waker(std::task::Waker::noop());
    assert!(call.as_mut().poll(&mut cx).is_pending());
    assert_eq!(world.wire.sent().len(), 2);
}

#[tokio::test]
async fn one_cursor_holds_those_that_go_on() {
    let world = world([
        answer(r#"a1|[{"id":"alpha:1"}]"#),
        answer(r#"[{"id":"beta:1"}]"#),
        answer(r#"[{"id":"alpha:2"}]"#),
    ]);
    let first = list(&world, "*", "?status=active").await;
    let next = first.json()["page"]["next"].as_str().unwrap().to_owned();
    assert!(
        first
            .header("link")
            .contains(&format!("status=active&cursor={next}>"))
    );

    let second = list(&world, "*", &format!("?status=active&cursor={next}"))
        .await
        .json();

    assert_eq!(second["items"], json!([{"id": "alpha:2"}]));
    assert_eq!(second["page"], json!({"more": false}));
    assert_eq!(
        outcomes(&second),
        [pair("alpha", "answered"), pair("beta", "not-asked")]
    );
    assert_eq!(world.alpha.seen()[1].cursor.as_deref(), Some("a1"));
}

#[tokio::test]
async fn the_next_page_asks_again_where_repeating_may_help() {
    let unreachable = || failure(FailureKind::Unreachable, Sent::NotSent);
    let world = world([
        answer("a1|[1]"),
        answer("[2]"),
        unreachable(),
        unreachable(),
        answer("[3]"),
    ]);
    let next = |page: &Answer| page.json()["page"]["next"].as_str().unwrap().to_owned();
    let page = list(&world, "alpha,beta", "").await;
    let cursor = next(&page);
    // All that go on fail: the same cursor is good again.
    let failed = list(&world, "alpha,beta", &format!("?cursor={cursor}")).await;
    assert_eq!(failed.problem(), (502, "upstream-error".to_owned()));
    let again = list(&world, "alpha,beta", &format!("?cursor={cursor}")).await;
    assert_eq!(again.problem().0, 502);
    let done = list(&world, "alpha,beta", &format!("?cursor={cursor}")).await;
    assert_eq!(done.json()["items"], json!([3]));
}

#[tokio::test]
async fn a_first_page_that_failed_is_asked_for_again() {
    let world = world([
        failure(FailureKind::Unreachable, Sent::NotSent),
        answer("[2]"),
        answer("[1]"),
    ]);
    let page = list(&world, "*", "").await.json();
    let cursor = page["page"]["next"].as_str().unwrap();
    let second = list(&world, "*", &format!("?cursor={cursor}")).await.json();
    assert_eq!(second["items"], json!([1]));
    assert_eq!(world.alpha.seen()[1].cursor, None);
}

#[tokio::test]
async fn what_was_refused_for_good_is_not_asked_for_again() {
    let world = world([
        failure(FailureKind::BadHttp, Sent::MaybeSent),
        answer("b1|[2]"),
        answer("[3]"),
    ]);
    let page = list(&world, "*", "").await.json();
    assert_eq!(page["upstreams"][0]["problem"]["retryable"], false);
    let cursor = page["page"]["next"].as_str().unwrap();
    let second = list(&world, "*", &format!("?cursor={cursor}")).await.json();
    assert_eq!(second["items"], json!([3]));
    assert_eq!(
        outcomes(&second),
        [pair("alpha", "not-asked"), pair("beta", "answered")]
    );
}

#[tokio::test]
async fn a_cursor_is_good_for_the_same_upstreams_only() {
    let world = world([answer("a1|[]"), answer("[]")]);
    let page = list(&world, "alpha,beta", "").await.json();
    let cursor = page["page"]["next"].as_str().unwrap();
    for other in ["*", "beta,alpha", "alpha"] {
        let answer = list(&world, other, &format!("?cursor={cursor}")).await;
        assert_eq!(answer.problem(), (400, "malformed".to_owned()), "{other}");
        assert_eq!(answer.json()["errors"][0]["parameter"], "cursor");
    }
    assert_eq!(world.wire.sent().len(), 2);
}

#[tokio::test]
async fn a_search_takes_its_cursor_among_the_criteria() {
    let world = world([
        answer("a1|[1]"),
        answer("b1|[2]"),
        answer("[3]"),
        answer("[4]"),
    ]);
    let call = |body: &str| {
        let request = search("POST", "/v1/customers/search", body);
        world.call(with(request, "interlingua-upstream", "*"))
    };
    let page = call(r#"{"reference":"x"}"#).await;
    assert_eq!(page.json()["items"], json!([1, 2]), "{}", page.text);
    assert_eq!(page.header("link"), "");
    let cursor = page.json()["page"]["next"].as_str().unwrap().to_owned();
    let page = call(&format!(r#"{{"reference":"x","cursor":"{cursor}"}}"#)).await;
    assert_eq!(page.json()["items"], json!([3, 4]), "{}", page.text);
    assert_eq!(world.alpha.seen()[1].cursor.as_deref(), Some("a1"));
}

fn loses(code: &'static str) -> Fake {
    let losses = move || -> Vec<Lost> { vec![lost(code, "/query")] };
    Fake {
        on_request: Box::new(move |seen| {
            Ok(NativeRequest {
                losses: losses(),
                ..seen.request()
            })
        }),
        ..paged()
    }
}

#[tokio::test]
async fn losses_and_warnings_name_their_upstream() {
    let plan = Plan {
        alpha: Fake::meaning(Answered::Outcome(Box::new(Outcome {
            warnings: vec![Warning {
                code: "cut-short".into(),
                ..Warning::default()
            }],
            ..outcome("[1]")
        }))),
        beta: loses("no-place"),
        ..plan([answer(""), answer("[2]")])
    };
    let world = plan.build();
    let document = list(&world, "*", "").await.json();
    let warnings = document["warnings"].as_array().unwrap();
    assert_eq!(warnings[0]["upstream"], "alpha");
    assert_eq!(warnings[0]["code"], "cut-short");
    assert_eq!(
        (&warnings[1]["upstream"], &warnings[1]["code"]),
        (&json!("beta"), &json!("no-place"))
    );
}

#[tokio::test]
async fn strict_handling_refuses_all_if_one_would_lose() {
    let plan = Plan {
        beta: loses("no-place"),
        ..plan([])
    };
    let world = plan.build();
    let headers = [("interlingua-upstream", "*"), ("prefer", "handling=strict")];
    let answer = world.call(request("GET", LIST, &headers, "")).await;
    assert_eq!(answer.problem(), (422, "would-lose".to_owned()));
    let fault = &answer.json()["errors"][0];
    assert!(fault["detail"].as_str().unwrap().starts_with("`beta`: "));
    assert!(world.wire.sent().is_empty());
}

#[tokio::test]
async fn an_answer_that_is_no_list_is_that_upstreams_failure() {
    let world = world([answer("{}"), answer("[]")]);
    let document = list(&world, "*", "").await.json();
    assert_eq!(document["upstreams"][0]["code"], "upstream-unexpected");
    assert_eq!(document["upstreams"][0]["status"], 200);
}
