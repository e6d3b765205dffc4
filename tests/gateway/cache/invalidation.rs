//! Changes, and what is given no more after them.

use interlingua::gateway::{CallbackDoor, Changes, Events};
use std::sync::Arc;

use super::*;
use crate::support::held;

/// Reads that are kept, each with what it reads.
fn reads() -> [Request<Full<Bytes>>; 7] {
    [
        get(ANN),
        get("/v1/customers/alpha:ann/contacts/billing"),
        get(BOB),
        get("/v1/customers/alpha:ref:bob"),
        get("/v1/billing-accounts/alpha:7"),
        json("POST", "/v1/customers/search", r#"{"taxId":"1"}"#),
        get("/v1/customers/beta:ann"),
    ]
}

/// Which of the reads are still answered by what was kept, after a change.
async fn kept_after(change: Request<Full<Bytes>>, how: Scripted) -> [bool; 7] {
    let items = |call: &Request<Full<Bytes>>| call.uri().path().ends_with("search");
    let body = |call: &Request<Full<Bytes>>| answer(if items(call) { "[]" } else { "{}" });
    let script = reads().iter().map(body).collect::<Vec<_>>();
    let again = script.clone();
    let world = world(script.into_iter().chain([how]).chain(again));
    for read in reads() {
        let answer = world.call(read).await;
        assert_eq!(status(&answer), STORED, "{}", answer.text);
    }
    world.call(change).await;
    let metrics = world.metrics.encode().unwrap();
    let line = r#"interlingua_cache_invalidations_total{upstream="alpha"} 1"#;
    assert!(metrics.contains(line), "{metrics}");
    let mut kept = [false; 7];
    for (read, kept) in reads().into_iter().zip(&mut kept) {
        // What the script has next may be of another form, which says nothing of what was kept.
        let only = with(read, "cache-control", "only-if-cached");
        *kept = world.call(only).await.status == 200;
    }
    kept
}

#[tokio::test]
async fn a_write_drops_what_may_show_it() {
    let ok = || answer("{}");
    let upon_ann = [false, false, true, false, false, false, true];
    let all = [false, false, false, false, false, false, true];
    for (method, path, body, expected) in [
        ("PATCH", ANN, "{}", upon_ann),
        ("DELETE", ANN, "", upon_ann),
        (
            "PATCH",
            "/v1/customers/alpha:ann/contacts/billing",
            "{}",
            upon_ann,
        ),
        ("PATCH", "/v1/customers/alpha:ref:x", "{}", all),
        ("POST", "/v1/customers", "{}", all),
        (
            "PATCH",
            "/v1/billing-accounts/alpha:8",
            "{}",
            [false, false, false, false, true, false, true],
        ),
    ] {
        let kept = kept_after(json(method, path, body), ok()).await;
        assert_eq!(kept, expected, "{method} {path}");
    }
}

#[tokio::test]
async fn a_write_drops_it_whatever_becomes_of_it() {
    for how in [
        failure(FailureKind::Dropped, Sent::MaybeSent),
        failure(FailureKind::Unreachable, Sent::NotSent),
        Scripted::Answer(500, &[], String::new()),
    ] {
        let kept = kept_after(json("PATCH", ANN, "{}"), how).await;
        assert_eq!(kept, [false, false, true, false, false, false, true]);
    }
}

#[tokio::test]
async fn what_was_read_before_a_write_ended_is_not_kept() {
    // Begun before the write, and ended after it.
    let (slow, go) = held(r#"{"number":"old"}"#);
    let world = world([slow, answer("{}"), answer(r#"{"number":"new"}"#)]);
    let read = world.begin(get(ANN));
    settle().await;
    assert_eq!(world.call(json("PATCH", ANN, "{}")).await.status, 200);
    go.notify_one();
    let old = read.await.unwrap();
    assert_eq!(told(&old), (MISS, r#"{"number":"old"}"#));
    let new = world.get(ANN).await;
    assert_eq!(told(&new), (STORED, r#"{"number":"new"}"#));
}

#[tokio::test]
async fn what_was_read_while_a_write_was_on_its_way_is_dropped_at_its_end() {
    let (slow, go) = held("{}");
    let old = || answer(r#"{"number":"old"}"#);
    let world = world([slow, old(), answer(r#"{"number":"new"}"#)]);
    let write = world.begin(json("PATCH", ANN, "{}"));
    settle().await;
    assert_eq!(status(&world.get(ANN).await), STORED);
    go.notify_one();
    assert_eq!(write.await.unwrap().status, 200);
    let new = world.get(ANN).await;
    assert_eq!(told(&new), (STORED, r#"{"number":"new"}"#));
}

#[tokio::test]
async fn a_write_that_its_caller_gave_up_drops_it_too() {
    let (slow, _go) = held("{}");
    let world = world([answer("{}"), slow, answer("{}"), answer("{}")]);
    world.get(ANN).await;
    let write = world.begin(json("PATCH", ANN, "{}"));
    settle().await;
    world.get(ANN).await;
    write.abort();
    assert!(write.await.unwrap_err().is_cancelled());
    assert_eq!(status(&world.get(ANN).await), STORED);
}

/// Files that change while calls are on their way make another gateway, which keeps answers of its own.
#[tokio::test]
async fn a_write_ends_in_the_next_gateway_too() {
    let changes = Changes::default();
    let (slow, go) = held("{}");
    // The one before kept nothing.
    let before = Plan {
        alpha: Fake::default(),
        changes: changes.clone(),
        ..plan([slow])
    };
    let after = Plan {
        changes,
        ..plan([answer("{}"), answer("{}")])
    };
    let (before, after) = (before.build(), after.build());
    let write = before.begin(json("PATCH", ANN, "{}"));
    settle().await;
    assert_eq!(status(&after.get(ANN).await), STORED);
    assert_eq!(status(&after.get(ANN).await), HIT);
    go.notify_one();
    assert_eq!(write.await.unwrap().status, 200);
    assert_eq!(status(&after.get(ANN).await), STORED);
}

#[tokio::test]
async fn nobody_waits_for_a_read_from_before_a_write() {
    let (slow, go) = held(r#"{"number":"old"}"#);
    let world = world([slow, answer("{}"), answer(r#"{"number":"new"}"#)]);
    let before = world.begin(get(ANN));
    settle().await;
    world.call(json("PATCH", ANN, "{}")).await;
    // The caller of the write, who must see it.
    let after = world.get(ANN).await;
    assert_eq!(told(&after), (STORED, r#"{"number":"new"}"#));
    go.notify_one();
    assert_eq!(status(&before.await.unwrap()), MISS);
    assert_eq!(world.get(ANN).await.text, after.text);
}

#[tokio::test]
async fn a_change_is_checked_against_what_is_there_now() {
    let world = world([
        answer(r#"{"number":"old"}"#),
        answer(r#"{"number":"other"}"#),
        answer("{}"),
    ]);
    let kept = world.get(ANN).await;
    let patch = with(json("PATCH", ANN, "{}"), "if-match", kept.header("etag"));
    // Somebody changed it past the gateway: the tag of what is kept is that of nothing any more.
    let refused = world.call(patch).await;
    assert_eq!(refused.problem(), (412, "precondition-failed".to_owned()));
    let sent = world.wire.sent();
    assert_eq!(sent, ["POST /base/getCustomer", "POST /base/getCustomer"]);
}

#[tokio::test]
async fn what_an_upstream_sends_by_itself_drops_its_answers() {
    let application = Arc::new(Wire::default());
    let secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
    let events = Events::new(application, "https://app.example/events", secret);
    let plan = Plan {
        events: Some(events.unwrap()),
        door: Some(CallbackDoor {
            header: "x-callback-key".parse().unwrap(),
            secret: "k3y".into(),
            from: Vec::new(),
        }),
        ..plan((0..4).map(|_| answer("{}")))
    };
    let world = plan.build();
    let other = "/v1/customers/beta:ann";
    for path in [ANN, other] {
        world.get(path).await;
    }
    let stranger = request("POST", "/v1/callbacks/alpha", &[], "<a/>");
    assert_eq!(world.call(stranger).await.status, 401);
    assert_eq!(status(&world.get(ANN).await), HIT);

    let headers = [("x-callback-key", "k3y")];
    let callback = request("POST", "/v1/callbacks/alpha", &headers, "<a/>");
    assert_eq!(world.call(callback).await.status, 204);
    assert_eq!(status(&world.get(ANN).await), STORED);
    assert_eq!(status(&world.get(other).await), HIT);
}
