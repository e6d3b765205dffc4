//! Documents that an upstream sends by itself, and the application that gets their events.

use std::sync::Arc;
use std::time::Duration;

use interlingua::gateway::listener::Peer;
use interlingua::gateway::translate::Event;
use interlingua::gateway::{CallbackDoor, Events};
use interlingua::upstream::{FailureKind, Sent};
use serde_json::json;

use crate::support::{Answer, Fake, Plan, Scripted, Wire, World, answer, failure, hangs, request};

const PATH: &str = "/v1/callbacks/alpha";
const SECRET: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
const KEY: (&str, &str) = ("x-callback-key", "k3y");

fn event(id: Option<&str>, data: &str) -> Event {
    Event {
        kind: "customer.changed".into(),
        id: id.map(str::to_owned),
        data: Some(data.as_bytes().to_vec()),
        time: Some("2026-11-22T05:16:12Z".to_owned()),
    }
}

/// A gateway whose `alpha` tells these events, and the application's wire.
fn world(events: Vec<Event>, app: impl IntoIterator<Item = Scripted>) -> (World, Arc<Wire>) {
    world_from(events, app, &[])
}

/// The same for callbacks from some addresses only.
fn world_from(
    events: Vec<Event>,
    app: impl IntoIterator<Item = Scripted>,
    from: &[&str],
) -> (World, Arc<Wire>) {
    let app = Arc::new(Wire::answering(app));
    let plan = Plan {
        alpha: Fake {
            on_events: Box::new(move |_| events.clone()),
            ..Fake::default()
        },
        deadline: Duration::from_secs(5),
        events: Some(
            Events::new(
                app.clone(),
                "https://app.example/events?from=gateway",
                SECRET,
            )
            .unwrap(),
        ),
        door: Some(CallbackDoor {
            header: "x-callback-key".parse().unwrap(),
            secret: "k3y".into(),
            from: from.iter().map(|text| text.parse().unwrap()).collect(),
        }),
        ..Plan::default()
    };
    (plan.build(), app)
}

async fn post(world: &World, headers: &[(&str, &str)]) -> Answer {
    world.call(request("POST", PATH, headers, "<a/>")).await
}

#[tokio::test]
async fn an_event_is_signed_delivered_and_then_acknowledged() {
    let (world, app) = world(
        vec![event(Some("alpha:7"), r#"{"id":"alpha:7"}"#)],
        [answer("")],
    );

    let answer = post(&world, &[KEY]).await;

    assert_eq!((answer.status.as_u16(), &*answer.text), (204, ""));
    assert_eq!(app.sent(), ["POST /events?from=gateway"]);
    let sent = app.last();
    let header = |name: &str| sent.headers()[name].to_str().unwrap().to_owned();
    let document: serde_json::Value = serde_json::from_slice(sent.body()).unwrap();
    let expected = json!({
        "id": "alpha:7",
        "type": "customer.changed",
        "time": "2026-11-22T05:16:12Z",
        "data": {"id": "alpha:7"}
    });
    assert_eq!(document, expected);
    assert_eq!(header("content-type"), "application/json");
    assert!(header("webhook-id").starts_with("msg_"));
    assert!(header("webhook-timestamp").parse::<u64>().is_ok());
    assert!(header("webhook-signature").starts_with("v1,"));
    let series = r#"interlingua_events_total{event="customer.changed",outcome="delivered",upstream="alpha"} 1"#;
    assert!(world.metrics.encode().unwrap().contains(series));
    assert!(world.wire.sent().is_empty());
}

#[tokio::test]
async fn a_document_that_comes_again_bears_the_same_id() {
    let told = vec![
        event(Some("alpha:7"), "{}"),
        event(Some("alpha:8"), "{}"),
        event(None, "{}"),
    ];
    let (world, app) = world(told, []);
    post(&world, &[KEY]).await;
    post(&world, &[KEY]).await;
    let ids = app.headers("webhook-id");
    assert_eq!(ids.len(), 6);
    assert_eq!((&ids[0], &ids[1]), (&ids[3], &ids[4]));
    assert_ne!(ids[0], ids[1]);
    // Nothing says that it is the same.
    assert_ne!(ids[2], ids[5]);
}

#[tokio::test]
async fn what_the_application_does_not_take_is_to_be_sent_again() {
    let app = [
        Scripted::Answer(500, &[], String::new()),
        Scripted::Answer(302, &[("location", "/elsewhere")], String::new()),
        failure(FailureKind::Unreachable, Sent::NotSent),
    ];
    let (world, app) = world(
        vec![event(Some("alpha:7"), "{}"), event(Some("alpha:8"), "{}")],
        app,
    );
    for _ in 0..3 {
        let answer = post(&world, &[KEY]).await;
        assert_eq!(answer.problem(), (503, "not-delivered".to_owned()));
        assert_eq!(answer.header("retry-after"), "30");
        assert_eq!(answer.json()["retryable"], true);
    }
    // The second event waits for the first.
    assert_eq!(app.sent().len(), 3);
    let metrics = world.metrics.encode().unwrap();
    for (outcome, count) in [("refused", 2), ("failed", 1)] {
        let series = format!(
            r#"interlingua_events_total{{event="customer.changed",outcome="{outcome}",upstream="alpha"}} {count}"#
        );
        assert!(metrics.contains(&series), "{metrics}");
    }
}

#[tokio::test(start_paused = true)]
async fn an_application_that_hangs_is_waited_for_no_longer_than_a_call_may_take() {
    let (world, _) = world(vec![event(None, "{}")], [hangs()]);
    let answer = post(&world, &[KEY]).await;
    assert_eq!(answer.problem(), (503, "not-delivered".to_owned()));
}

#[tokio::test]
async fn strangers_are_refused_before_their_body_is_read() {
    let (world, app) = world(vec![event(None, "{}")], []);
    for headers in [
        &[][..],
        &[("x-callback-key", "k3")],
        &[("x-callback-key", "k3y2")],
        &[("x-callback-key", "K3y")],
        &[KEY, KEY],
        &[("authorization", "k3y")],
    ] {
        let answer = post(&world, headers).await;
        assert_eq!(
            answer.problem(),
            (401, "unauthenticated".to_owned()),
            "{headers:?}"
        );
    }
    assert!(app.sent().is_empty());
}

#[tokio::test]
async fn callbacks_are_taken_where_they_are_configured_only() {
    let (world, app) = world(vec![event(None, "{}")], []);
    for path in [
        "/v1/callbacks/beta",
        "/v1/callbacks/gamma",
        "/v1/callbacks/%2E",
    ] {
        let answer = world.call(request("POST", path, &[KEY], "{}")).await;
        assert_eq!(answer.problem(), (404, "not-found".to_owned()), "{path}");
    }
    let answer = world.call(request("GET", PATH, &[KEY], "")).await;
    assert_eq!(answer.problem().0, 405);
    assert!(app.sent().is_empty());
}

#[tokio::test]
async fn a_body_over_the_limit_or_encoded_is_refused() {
    let (world, app) = world(vec![event(None, "{}")], []);
    let large = "x".repeat((1 << 20) + 1);
    let answer = world.call(request("POST", PATH, &[KEY], &large)).await;
    assert_eq!(answer.problem(), (413, "too-large".to_owned()));
    for more in [("content-encoding", "gzip"), ("content-type", "\u{e9}")] {
        let answer = post(&world, &[KEY, more]).await;
        assert_eq!(answer.problem(), (415, "unsupported-media-type".to_owned()));
    }
    assert!(app.sent().is_empty());
}

#[tokio::test]
async fn addresses_that_are_not_named_are_strangers() {
    let told = vec![event(None, "{}")];
    for (peer, status) in [
        (Some("192.0.2.9"), 204),
        (Some("::ffff:192.0.2.9"), 204),
        (Some("192.0.3.1"), 401),
        (None, 401),
    ] {
        let (world, app) = world_from(told.clone(), [answer("")], &["192.0.2.0/24"]);
        let mut request = request("POST", PATH, &[KEY], "<a/>");
        if let Some(peer) = peer {
            request.extensions_mut().insert(Peer(peer.parse().unwrap()));
        }
        let answered = world.call(request).await;
        assert_eq!(answered.status, status, "{peer:?}");
        assert_eq!(app.sent().is_empty(), status == 401);
    }
}
