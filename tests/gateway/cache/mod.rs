//! Answers that are given again: by which keys, for how long, to whom, and when no more.

mod control;
mod flights;
mod invalidation;

use std::time::Duration;

use bytes::Bytes;
use http::Request;
use http_body_util::Full;
use interlingua::config::KnownCaller;
use interlingua::gateway::callers::{Callers, FreshKey};
use interlingua::gateway::translate::{Leg, StepIndex};
use interlingua::upstream::{FailureKind, Sent};
use secrecy::ExposeSecret;
use tokio::task::yield_now;
use tokio::time::advance;

use crate::support::{
    Answer, Fake, Plan, Scripted, Wire, World, answer, failure, get, json, lost, request, with,
};

const ANN: &str = "/v1/customers/alpha:ann";
const BOB: &str = "/v1/customers/alpha:bob";
const LIST: &str = "/v1/customers";
const LIFETIME: Duration = Duration::from_secs(30);

const MISS: &str = "interlingua; fwd=miss";
const STORED: &str = "interlingua; fwd=miss; stored";
const HIT: &str = "interlingua; hit";
const BYPASS: &str = "interlingua; fwd=bypass";
const ASKED: &str = "interlingua; fwd=request; stored";

/// Keeps answers of reads for half a minute.
fn keeping() -> Fake {
    let reads = [
        "getCustomer",
        "listCustomers",
        "searchCustomers",
        "getContact",
        "getBillingAccount",
    ];
    Fake {
        lifetimes: reads.map(|read| (read, LIFETIME)).to_vec(),
        ..Fake::default()
    }
}

fn plan(script: impl IntoIterator<Item = Scripted>) -> Plan {
    Plan {
        alpha: keeping(),
        beta: keeping(),
        wire: Wire::answering(script),
        ..Plan::default()
    }
}

fn world(script: impl IntoIterator<Item = Scripted>) -> World {
    plan(script).build()
}

/// A world whose upstream numbers its answers.
fn counting(answers: usize) -> World {
    world((0..answers).map(|count| answer(&format!(r#"{{"number":"{count}"}}"#))))
}

/// A world whose upstream numbers lists of nothing by their spelling.
fn lists(answers: usize) -> World {
    world((0..answers).map(|count| answer(&format!("[{}]", " ".repeat(count)))))
}

fn status(answer: &Answer) -> &str {
    answer.header("cache-status")
}

/// Lets everything run that can.
async fn settle() {
    for _ in 0..64 {
        yield_now().await;
    }
}

/// What the cache says, and the body.
fn told(answer: &Answer) -> (&str, &str) {
    (status(answer), &answer.text)
}

fn list() -> Request<Full<Bytes>> {
    with(get(LIST), "interlingua-upstream", "alpha")
}

#[tokio::test(start_paused = true)]
async fn an_answer_is_given_again_until_its_time_is_over() {
    let world = counting(3);

    let first = world.get(ANN).await;
    advance(Duration::from_secs(29)).await;
    let second = world.get(ANN).await;
    advance(Duration::from_secs(1)).await;
    let third = world.get(ANN).await;

    assert_eq!(status(&first), STORED);
    assert_eq!(first.header("age"), "");
    assert_eq!((status(&second), second.header("age")), (HIT, "29"));
    assert_eq!(second.status, 200);
    assert_eq!(second.text, first.text);
    for header in ["etag", "cache-control", "vary", "content-type"] {
        assert_eq!(second.header(header), first.header(header), "{header}");
        assert_ne!(second.header(header), "", "{header}");
    }
    assert_eq!(second.header("cache-control"), "private, max-age=30");
    assert_eq!(status(&third), "interlingua; fwd=stale; stored");
    assert_ne!(third.text, first.text);
    assert_eq!(world.wire.sent().len(), 2);
}

#[tokio::test]
async fn operations_that_say_nothing_are_not_kept() {
    let plan = Plan {
        alpha: Fake::default(),
        beta: Fake::default(),
        ..plan((0..2).map(|_| answer("{}")))
    };
    let world = plan.build();
    for _ in 0..2 {
        let answer = world.get(ANN).await;
        assert_eq!(status(&answer), "");
        assert_eq!(answer.header("cache-control"), "private, no-cache");
    }
    assert_eq!(world.wire.sent().len(), 2);
    let metrics = world.metrics.encode().unwrap();
    assert!(!metrics.contains("interlingua_cache"), "{metrics}");
}

#[tokio::test]
async fn an_operator_keeps_nothing_of_an_upstream() {
    let plan = Plan {
        longest_kept: Some(Duration::ZERO),
        ..plan((0..2).map(|_| answer("{}")))
    };
    let world = plan.build();
    for _ in 0..2 {
        assert_eq!(status(&world.get(ANN).await), "");
    }
    assert_eq!(world.wire.sent().len(), 2);
}

#[tokio::test(start_paused = true)]
async fn an_operator_keeps_answers_for_less_and_never_for_longer() {
    for (longest, lifetime) in [(10, 10), (60, 30)] {
        let plan = Plan {
            longest_kept: Some(Duration::from_secs(longest)),
            ..plan((0..2).map(|_| answer("{}")))
        };
        let world = plan.build();
        world.get(ANN).await;
        advance(Duration::from_secs(lifetime - 1)).await;
        assert_eq!(status(&world.get(ANN).await), HIT);
        advance(Duration::from_secs(1)).await;
        assert_ne!(status(&world.get(ANN).await), HIT);
    }
}

#[tokio::test]
async fn whatever_varies_an_answer_varies_its_key() {
    let world = counting(16);
    let calls = || {
        [
            get(ANN),
            get(BOB),
            get("/v1/customers/alpha:ref:ann"),
            get("/v1/customers/beta:ann"),
            get("/v1/customers/alpha:ann/contacts/billing"),
            get("/v1/billing-accounts/alpha:ann"),
            with(get(ANN), "prefer", "handling=strict"),
            with(get(ANN), "interlingua-caller", "kind=agent"),
            with(get(ANN), "interlingua-caller", "kind=agent, id=\"a\""),
            with(get(ANN), "interlingua-caller", "kind=agent, id=\"b\""),
        ]
    };
    let mut texts = Vec::new();
    for call in calls() {
        let answer = world.call(call).await;
        assert_eq!(status(&answer), STORED, "{}", answer.text);
        assert!(!texts.contains(&answer.text));
        texts.push(answer.text);
    }
    for (call, text) in calls().into_iter().zip(texts) {
        let again = world.call(call).await;
        assert_eq!(told(&again), (HIT, text.as_str()));
    }
}

#[tokio::test]
async fn one_identity_in_another_spelling_is_one() {
    let world = counting(2);
    world.get(ANN).await;
    for call in [
        get("/v1/customers/alpha:%61nn"),
        get("/v1/customers/alpha%3Aann"),
        with(get(ANN), "prefer", "wait=5"),
        with(
            get(ANN),
            "traceparent",
            "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
        ),
        with(get(ANN), "x-request-id", "another"),
        request("HEAD", ANN, &[], ""),
    ] {
        assert_eq!(status(&world.call(call).await), HIT);
    }
}

#[tokio::test]
async fn lists_are_kept_by_filter_and_page() {
    let world = lists(4);
    let list = |query: &str| {
        let headers = [("interlingua-upstream", "alpha")];
        request("GET", &format!("{LIST}{query}"), &headers, "")
    };
    let calls = ["", "?limit=2", "?status=active", "?limit=2&status=active"];
    for query in calls {
        assert_eq!(status(&world.call(list(query)).await), STORED, "{query}");
    }
    for query in calls.into_iter().chain(["?status=active&limit=2"]) {
        assert_eq!(status(&world.call(list(query)).await), HIT, "{query}");
    }
    let unnamed = world.get("/v1/customers").await;
    assert_eq!(unnamed.problem(), (400, "upstream-required".to_owned()));
}

#[tokio::test]
async fn searches_are_kept_by_their_criteria() {
    let world = lists(2);
    let search = |criteria: &str| json("POST", "/v1/customers/search", criteria);
    let (one, other) = (r#"{"taxId":"1"}"#, r#"{"taxId":"2"}"#);

    let first = world.call(search(one)).await;
    assert_eq!(status(&first), STORED, "{}", first.text);
    // What was posted is of no use to a caller's own cache.
    assert_eq!(first.header("cache-control"), "private, no-cache");
    assert_eq!(status(&world.call(search(other)).await), STORED);
    for criteria in [one, other] {
        assert_eq!(status(&world.call(search(criteria)).await), HIT);
    }
}

fn known(name: &str) -> (String, KnownCaller) {
    let FreshKey { key, hash } = FreshKey::new().unwrap();
    let caller = KnownCaller {
        name: name.to_owned(),
        keys: vec![hash],
        certificates: Vec::new(),
        subjects: Vec::new(),
        upstreams: None,
        operations: None,
        acts_for_others: false,
    };
    (format!("Bearer {}", key.expose_secret()), caller)
}

#[tokio::test]
async fn no_caller_gets_what_another_was_answered() {
    let (shop, desk) = (known("shop"), known("desk"));
    let plan = Plan {
        callers: Some(Callers::new(vec![shop.1, desk.1], None)),
        ..plan((0..4).map(|count| answer(&format!(r#"{{"number":"{count}"}}"#))))
    };
    let world = plan.build();
    let by = |key: &str| with(get(ANN), "authorization", key);

    let first = world.call(by(&shop.0)).await;
    let second = world.call(by(&desk.0)).await;
    assert_eq!((status(&first), status(&second)), (STORED, STORED));
    assert_ne!(first.text, second.text);
    assert_eq!(world.call(by(&shop.0)).await.text, first.text);
    assert_eq!(world.call(by("Bearer no key")).await.status, 401);
    assert_eq!(world.call(get(ANN)).await.status, 401);
}

#[tokio::test]
async fn what_the_caller_has_is_not_sent_again() {
    let world = counting(2);
    let knows = |tag: &str| with(get(ANN), "if-none-match", tag);

    // The first who asks has something else, and the answer is kept whole.
    let first = world.call(knows("\"other\"")).await;
    assert_eq!((first.status.as_u16(), status(&first)), (200, STORED));
    let tag = first.header("etag").to_owned();
    let known = world.call(knows(&tag)).await;
    assert_eq!((known.status.as_u16(), &*known.text), (304, ""));
    assert_eq!((status(&known), known.header("etag")), (HIT, &*tag));
    assert_eq!(known.header("content-type"), "");
    assert_eq!(known.header("cache-control"), "private, max-age=30");
    let other = world.call(knows("\"another\"")).await;
    assert_eq!((other.status.as_u16(), status(&other)), (200, HIT));
    assert_eq!(other.text, first.text);
}

#[tokio::test]
async fn an_answer_that_the_caller_has_is_kept_whole() {
    let plain = counting(1).get(ANN).await;
    let world = counting(1);

    let known = world
        .call(with(get(ANN), "if-none-match", plain.header("etag")))
        .await;
    assert_eq!((known.status.as_u16(), status(&known)), (304, STORED));
    let whole = world.get(ANN).await;
    assert_eq!(told(&whole), (HIT, plain.text.as_str()));
}

#[tokio::test]
async fn what_is_kept_has_a_tag_though_nobody_changes_it_here() {
    let plan = Plan {
        alpha: Fake {
            offers: Some(&["getCustomer"]),
            ..keeping()
        },
        ..plan([answer("{}")])
    };
    assert_eq!(plan.build().get(ANN).await.header("etag").len(), 34);
}

#[tokio::test]
async fn warnings_are_kept_with_what_they_are_about() {
    let plan = Plan {
        alpha: Fake {
            lifetimes: keeping().lifetimes,
            ..Fake::losing(vec![lost("no-place", "/x")])
        },
        ..plan([answer("{}")])
    };
    let world = plan.build();
    let first = world.get(ANN).await;
    assert!(first.text.contains("no-place"), "{}", first.text);
    let again = world.get(ANN).await;
    assert_eq!(told(&again), (HIT, first.text.as_str()));
}

#[tokio::test]
async fn what_the_upstream_says_beside_the_model_is_not_kept() {
    let world = counting(3);
    let native = "/v1/customers/alpha:ann?include=native";
    for _ in 0..2 {
        assert_eq!(status(&world.get(native).await), BYPASS);
    }
    assert_eq!(status(&world.get(ANN).await), STORED);
}

#[tokio::test]
async fn several_upstreams_are_asked_each_time() {
    let world = lists(4);
    for _ in 0..2 {
        let answer = world
            .call(with(get(LIST), "interlingua-upstream", "alpha, beta"))
            .await;
        assert_eq!((answer.status.as_u16(), status(&answer)), (200, BYPASS));
    }
    assert_eq!(world.wire.sent().len(), 4);
}

#[tokio::test]
async fn fault_07_half_an_answer_is_not_kept() {
    let world = world([
        failure(FailureKind::Truncated, Sent::MaybeSent),
        Scripted::Answer(200, &[], String::new()),
        answer("{}"),
    ]);
    for code in ["upstream-malformed", "upstream-unexpected"] {
        let problem = world.get(ANN).await;
        assert_eq!(problem.problem(), (502, code.to_owned()));
        assert_eq!(status(&problem), "");
    }
    assert_eq!(status(&world.get(ANN).await), STORED);
    assert_eq!(world.wire.sent().len(), 3);
}

#[tokio::test]
async fn an_answer_that_lacks_the_part_of_a_failed_step_is_not_kept() {
    let leg = |step: u16| Leg {
        step: StepIndex(step),
        id: format!("step-{step}").into(),
        warns: true,
        pointer: None,
    };
    let fails = failure(FailureKind::Dropped, Sent::MaybeSent);
    let whole = || answer("{}");
    let plan = Plan {
        alpha: Fake {
            legs: vec![leg(0), leg(1)],
            ..keeping()
        },
        ..plan([whole(), fails, whole(), whole()])
    };
    let world = plan.build();

    let part = world.get(ANN).await;
    assert_eq!((part.status.as_u16(), status(&part)), (200, MISS));
    assert!(part.text.contains("step-1"), "{}", part.text);
    let all = world.get(ANN).await;
    assert_eq!(told(&all), (STORED, "{}"));
    assert_eq!(told(&world.get(ANN).await), (HIT, "{}"));
}

#[tokio::test]
async fn memory_is_bounded() {
    const ROOM: usize = 64 << 10;
    let large = format!(r#"{{"number":"{}"}}"#, "7".repeat(4 << 10));
    let plan = Plan {
        cache: ROOM,
        ..plan((0..200).map(|_| answer(&large)))
    };
    let world = plan.build();
    for count in 0..100 {
        world.get(&format!("/v1/customers/alpha:{count}")).await;
        let (_, bytes) = held(&world);
        // What was pushed out last goes when no thread can be looking at it any more: how much that is depends on what else
        // runs. All hundred would be seven times the room.
        assert!(bytes <= 2 * ROOM, "{bytes} after {count}");
    }
    let (entries, bytes) = held(&world);
    assert!(entries >= 8, "{entries}");
    assert!(bytes >= ROOM / 2, "{bytes}");
    let metrics = world.metrics.encode().unwrap();
    for line in [
        r#"interlingua_cache_lookups_total{operation="getCustomer",result="miss",upstream="alpha"} 100"#,
        r#"interlingua_cache_stored_total{operation="getCustomer",upstream="alpha"} 100"#,
    ] {
        assert!(metrics.contains(line), "{line} is not in\n{metrics}");
    }
}

/// What the gauges say.
fn held(world: &World) -> (usize, usize) {
    let metrics = world.metrics.encode().unwrap();
    let value = |name: &str| {
        let mut lines = metrics.lines();
        let line = lines.find_map(|line| line.strip_prefix(name)).unwrap();
        line.trim().parse().unwrap()
    };
    (
        value("interlingua_cache_entries "),
        value("interlingua_cache_bytes "),
    )
}

#[tokio::test]
async fn an_answer_that_would_push_out_many_is_not_kept() {
    let large = format!(r#"{{"number":"{}"}}"#, "7".repeat(4 << 10));
    let plan = Plan {
        cache: 32 << 10,
        ..plan((0..2).map(|_| answer(&large)))
    };
    let world = plan.build();
    for _ in 0..2 {
        let answer = world.get(ANN).await;
        assert_eq!(answer.text, large);
        assert_eq!(status(&answer), MISS);
    }
    assert_eq!(held(&world), (0, 0));
}
