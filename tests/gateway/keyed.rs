//! Writes that bear a key: sent once, however often they are repeated.

use std::time::Duration;

use bytes::Bytes;
use http::Request;
use http_body_util::Full;
use interlingua::journal::{Embedded, Journal, OpenFault, Store};
use interlingua::upstream::{FailureKind, Sent};
use tempfile::TempDir;
use tower::Service;

use crate::complaints;
use crate::support::{Answer, Plan, Scripted, Wire, World, failure, hangs, json, with, xml};
use crate::translated::{CUSTOMER, shipped_by};

pub(crate) const CUSTOMERS: &str = "/v1/customers";
pub(crate) const CREATE: &str =
    include_str!("../../mappings/blubilling/cases/createCustomer/as-documented/canonical.json");
pub(crate) const SAVED: &str =
    include_str!("../../mappings/blubilling/cases/createCustomer/saved/native.xml");
/// How the upstream is asked for what a create would have made.
pub(crate) const SOUGHT: &str = "GET /api/rest/customer?format=xml&extCustomerRef=bj444";
pub(crate) const SENT: &str = "POST /api/rest/customers?format=xml";

/// The journal of a folder, once nobody else has it.
pub(crate) fn journal(folder: &TempDir) -> Journal {
    let file = folder.path().join("journal");
    let store = loop {
        match Embedded::open(&file) {
            Err(OpenFault::InUse) => std::thread::yield_now(),
            opened => break opened.unwrap(),
        }
    };
    let secret = "a secret of the tests".to_owned().into();
    Journal::new(Store::Embedded(store), &secret, Duration::from_secs(3600)).unwrap()
}

/// A gateway with a journal of its own before an upstream that answers these.
pub(crate) fn world(script: impl IntoIterator<Item = Scripted>) -> (World, TempDir) {
    world_within(Duration::from_secs(10), script)
}

pub(crate) fn world_within(
    deadline: Duration,
    script: impl IntoIterator<Item = Scripted>,
) -> (World, TempDir) {
    let folder = tempfile::tempdir().unwrap();
    let plan = Plan {
        wire: Wire::answering(script),
        journal: Some(journal(&folder)),
        deadline,
        ..Plan::default()
    };
    (shipped_by(plan), folder)
}

pub(crate) fn keyed(
    method: &str,
    path: &str,
    body: &str,
    key: &'static str,
) -> Request<Full<Bytes>> {
    let call = with(json(method, path, body), "interlingua-upstream", "blue");
    with(call, "idempotency-key", key)
}

pub(crate) async fn create(world: &World) -> Answer {
    world.call(keyed("POST", CUSTOMERS, CREATE, "k-1")).await
}

pub(crate) fn lost() -> Scripted {
    failure(FailureKind::Dropped, Sent::MaybeSent)
}

#[tokio::test]
async fn a_repetition_is_answered_as_the_first_call_was() {
    let (world, _folder) = world([xml(200, SAVED)]);
    let first = create(&world).await;
    assert_eq!(first.status, 201, "{}", first.text);
    let again = create(&world).await;
    assert_eq!((again.status.as_u16(), &again.text), (201, &first.text));
    assert_eq!(again.header("location"), first.header("location"));
    assert_eq!(again.header("idempotency-replayed"), "true");
    assert_eq!(world.wire.sent(), [SENT]);
}

#[tokio::test]
async fn a_refusal_is_given_again_too() {
    let (world, _folder) = world([xml(400, "<error/>")]);
    let first = create(&world).await;
    let again = create(&world).await;
    assert_eq!(first.status, again.status);
    assert_eq!(first.json()["code"], again.json()["code"]);
    assert_eq!(world.wire.sent(), [SENT]);
}

#[tokio::test]
async fn what_an_upstream_that_failed_may_have_done_is_looked_for() {
    for failed in [xml(500, "<error/>"), xml(200, "<junk")] {
        let (world, _folder) = world([failed, xml(404, "<none/>"), xml(200, CUSTOMER)]);
        let first = create(&world).await;
        assert_eq!(first.status, 502, "{}", first.text);
        let unknown = create(&world).await;
        assert_eq!(unknown.problem(), (409, "outcome-unknown".to_owned()));
        let found = create(&world).await;
        assert_eq!(found.status, 201, "{}", found.text);
        assert_eq!(world.wire.sent(), [SENT, SOUGHT, SOUGHT]);
    }
}

#[tokio::test]
async fn a_refusal_for_now_leaves_the_key_as_it_was() {
    let (world, _folder) = world([xml(429, "<error/>"), xml(200, SAVED)]);
    let first = create(&world).await;
    assert_eq!(first.problem(), (429, "rate-limited".to_owned()));
    assert_eq!(create(&world).await.status, 201);
    assert_eq!(world.wire.sent(), [SENT, SENT]);
}

#[tokio::test]
async fn a_repetition_of_a_call_that_runs_is_told_so() {
    let (world, _folder) = world([hangs()]);
    let mut gateway = world.gateway.clone();
    let call = keyed("POST", CUSTOMERS, CREATE, "k-1");
    let running = tokio::spawn(async move { gateway.call(call).await });
    while world.wire.sent().is_empty() {
        tokio::task::yield_now().await;
    }
    let again = create(&world).await;
    assert_eq!(again.problem(), (409, "in-flight".to_owned()));
    assert_eq!(again.header("retry-after"), "1");
    assert_eq!(world.wire.sent(), [SENT]);
    running.abort();
}

#[tokio::test]
async fn a_key_is_of_one_request_and_one_caller() {
    let (world, _folder) = world([xml(200, SAVED), xml(200, SAVED)]);
    create(&world).await;
    let other = CREATE.replace("Bill Joseph", "Ann Joseph");
    let reused = world.call(keyed("POST", CUSTOMERS, &other, "k-1")).await;
    assert_eq!(reused.problem(), (422, "key-reused".to_owned()));
    let call = keyed("POST", CUSTOMERS, CREATE, "k-1");
    let stranger = with(call, "interlingua-caller", r#"kind=agent, id="a17""#);
    let stranger = world.call(stranger).await;
    assert_eq!(stranger.status, 201, "{}", stranger.text);
    assert_eq!(stranger.header("idempotency-replayed"), "");
    assert_eq!(world.wire.sent(), [SENT, SENT]);
}

#[tokio::test]
async fn what_was_not_sent_is_sent_by_the_next_call() {
    let unreachable = failure(FailureKind::Unreachable, Sent::NotSent);
    let (world, _folder) = world([unreachable, xml(200, SAVED)]);
    let first = create(&world).await;
    assert_eq!(first.json()["outcome"], "not-sent", "{}", first.text);
    let again = create(&world).await;
    assert_eq!(again.status, 201, "{}", again.text);
    assert_eq!(world.wire.sent(), [SENT, SENT]);
}

#[tokio::test]
async fn a_lost_answer_is_found_by_looking_and_never_by_sending() {
    let (world, _folder) = world([lost(), xml(404, "<none/>"), lost(), xml(200, CUSTOMER)]);
    let first = create(&world).await;
    assert_eq!(first.json()["outcome"], "unknown", "{}", first.text);
    // Not there, or nobody says: a late first attempt may still land.
    for _ in 0..2 {
        let unknown = create(&world).await;
        assert_eq!(unknown.problem(), (409, "outcome-unknown".to_owned()));
        assert_eq!(unknown.json()["outcome"], "unknown");
        let seconds: u32 = unknown.header("retry-after").parse().unwrap();
        assert!((1..=20).contains(&seconds), "{seconds}");
    }
    let found = create(&world).await;
    assert_eq!(found.status, 201, "{}", found.text);
    assert_eq!(found.json()["id"], "blue:340");
    assert_eq!(found.json()["warnings"][0]["code"], "found-afterwards");
    assert!(found.header("location").ends_with("/v1/customers/blue:340"));
    let again = create(&world).await;
    assert_eq!(again.text, found.text);
    assert_eq!(world.wire.sent(), [SENT, SOUGHT, SOUGHT, SOUGHT]);
}

#[tokio::test]
async fn what_is_not_there_when_it_can_no_longer_land_is_sent_again() {
    let nothing = std::iter::repeat_with(|| xml(404, "<none/>")).take(10_000);
    let (world, _folder) = world_within(
        Duration::from_millis(500),
        std::iter::once(lost()).chain(nothing),
    );
    create(&world).await;
    let mut tries = 0;
    while world
        .wire
        .sent()
        .iter()
        .filter(|line| *line == SENT)
        .count()
        < 2
    {
        create(&world).await;
        tries += 1;
        assert!(tries < 10_000, "never sent again");
    }
    // Twice the deadline had to pass first.
    assert!(tries > 1, "sent again at once");
}

#[tokio::test]
async fn what_nobody_can_look_for_stays_unknown() {
    // The state is read before it may change.
    let (world, _folder) = world([xml(200, CUSTOMER), lost()]);
    let path = "/v1/customers/blue:340/status";
    let suspend = || keyed("POST", path, r#"{"status":"suspended"}"#, "k-2");
    let first = world.call(suspend()).await;
    assert_eq!(first.json()["outcome"], "unknown", "{}", first.text);
    let sent = world.wire.sent();
    let again = world.call(suspend()).await;
    assert_eq!(again.problem(), (409, "outcome-unknown".to_owned()));
    assert_eq!(world.wire.sent(), sent);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_process_left_behind_is_unknown_to_the_next() {
    let folder = tempfile::tempdir().unwrap();
    let plan = |script: Vec<Scripted>| {
        shipped_by(Plan {
            wire: Wire::answering(script),
            journal: Some(journal(&folder)),
            ..Plan::default()
        })
    };
    let world = plan(vec![hangs()]);
    let mut gateway = world.gateway.clone();
    let call = keyed("POST", CUSTOMERS, CREATE, "k-1");
    let call = tokio::spawn(async move { gateway.call(call).await });
    while world.wire.sent().is_empty() {
        tokio::task::yield_now().await;
    }
    // Its process gives it up, and its file is free.
    call.abort();
    let _ = call.await;
    drop(world);
    let world = plan(vec![xml(200, CUSTOMER)]);
    let again = create(&world).await;
    assert_eq!(again.status, 201, "{}", again.text);
    assert_eq!(again.json()["warnings"][0]["code"], "found-afterwards");
    assert_eq!(world.wire.sent(), [SOUGHT]);
}

#[tokio::test]
async fn fault_46_a_write_whose_deadline_passes_is_unknown_at_once() {
    let (world, _folder) = world_within(
        Duration::from_millis(50),
        [hangs(), xml(404, "<none/>"), xml(200, CUSTOMER)],
    );
    let first = create(&world).await;
    assert_eq!(first.problem(), (504, "upstream-timeout".to_owned()));
    assert_eq!(first.json()["outcome"], "unknown");
    // It is written down beside the answer.
    let second = loop {
        let again = create(&world).await;
        if again.problem().1 != "in-flight" {
            break again;
        }
    };
    assert_eq!(second.problem(), (409, "outcome-unknown".to_owned()));
    assert_eq!(create(&world).await.status, 201);
}

/// An upstream that tells repetitions apart may refuse a key under another trace.
#[tokio::test]
async fn a_repetition_of_unknown_outcome_goes_out_as_the_first_did() {
    let folder = tempfile::tempdir().unwrap();
    let plan = Plan {
        wire: Wire::answering([lost(), lost()]),
        journal: Some(journal(&folder)),
        ..Plan::default()
    };
    let world = complaints::world_of("ebpp", plan);
    let body = include_str!("../../mappings/ebpp/cases/createCustomer/every-field/canonical.json");
    for parent in [
        "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
        "00-11111111111111111111111111111111-b7ad6b7169203331-01",
    ] {
        let call = complaints::asked("ebpp", "POST", CUSTOMERS, body);
        let call = with(with(call, "idempotency-key", "k-1"), "traceparent", parent);
        let answer = world.call(call).await;
        assert_eq!(answer.json()["outcome"], "unknown", "{}", answer.text);
    }
    for header in ["trace_id", "idempotent_request_key"] {
        let sent = world.wire.headers(header);
        assert_eq!(sent.len(), 2, "{header}");
        assert_eq!(sent[0], sent[1], "{header}");
    }
}

#[tokio::test]
async fn a_read_needs_no_journal() {
    let (world, _folder) = world([xml(200, CUSTOMER), xml(200, CUSTOMER)]);
    for _ in 0..2 {
        let call = keyed("GET", "/v1/customers/blue:340", "", "k-1");
        assert_eq!(world.call(call).await.status, 200);
    }
    assert_eq!(world.wire.sent().len(), 2);
}

#[tokio::test]
async fn a_key_that_nobody_keeps_is_refused() {
    let world = shipped_by(Plan {
        wire: Wire::answering([xml(200, SAVED)]),
        ..Plan::default()
    });
    let refused = create(&world).await;
    assert_eq!(refused.problem(), (422, "not-supported-here".to_owned()));
    assert_eq!(refused.json()["errors"][0]["parameter"], "idempotency-key");
    assert!(world.wire.sent().is_empty());
}
