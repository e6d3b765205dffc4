//! Equal reads at one time.

use std::sync::Arc;

use tokio::sync::Notify;

use super::*;
use crate::support::{hangs, held as holding};

const COLLAPSED: &str = "interlingua; fwd=miss; collapsed";

/// A world whose upstream holds its first answer back.
fn holding_back(then: impl IntoIterator<Item = Scripted>) -> (World, Arc<Notify>) {
    let (first, go) = holding(r#"{"number":"first"}"#);
    (world(std::iter::once(first).chain(then)), go)
}

#[tokio::test]
async fn a_thousand_equal_reads_are_one_exchange() {
    let (world, go) = holding_back([]);
    let calls: Vec<_> = (0..1_000).map(|_| world.begin(get(ANN))).collect();
    settle().await;
    assert_eq!(world.wire.sent().len(), 1);
    go.notify_one();

    let mut statuses = std::collections::BTreeMap::new();
    for call in calls {
        let answer = call.await.unwrap();
        assert_eq!(answer.text, r#"{"number":"first"}"#);
        *statuses.entry(status(&answer).to_owned()).or_insert(0) += 1;
    }
    assert_eq!(
        statuses,
        [(STORED, 1), (COLLAPSED, 999)]
            .map(|(name, count)| (name.to_owned(), count))
            .into()
    );
    assert_eq!(world.wire.sent().len(), 1);
    let metrics = world.metrics.encode().unwrap();
    let line = r#"interlingua_cache_lookups_total{operation="getCustomer",result="collapsed",upstream="alpha"} 999"#;
    assert!(metrics.contains(line), "{metrics}");
}

#[tokio::test]
async fn different_reads_do_not_wait_for_each_other() {
    let (world, go) = holding_back([answer("{}")]);
    let first = world.begin(get(ANN));
    settle().await;
    assert_eq!(status(&world.get(BOB).await), STORED);
    go.notify_one();
    assert_eq!(status(&first.await.unwrap()), STORED);
}

#[tokio::test]
async fn one_who_gives_up_leaves_the_asking_to_the_next() {
    let (world, _) = holding_back([answer("{}")]);
    let first = world.begin(get(ANN));
    settle().await;
    let others: Vec<_> = (0..10).map(|_| world.begin(get(ANN))).collect();
    settle().await;
    assert_eq!(world.wire.sent().len(), 1);

    first.abort();
    assert!(first.await.unwrap_err().is_cancelled());
    for other in others {
        let answer = other.await.unwrap();
        assert_eq!((answer.status.as_u16(), &*answer.text), (200, "{}"));
    }
    assert_eq!(world.wire.sent().len(), 2);
}

#[tokio::test(start_paused = true)]
async fn a_shorter_deadline_of_the_first_fails_nobody_else() {
    let (world, _) = holding_back([answer("{}")]);
    let first = world.begin(with(get(ANN), "prefer", "wait=1"));
    settle().await;
    let other = world.begin(get(ANN));

    let first = first.await.unwrap();
    assert_eq!(first.problem(), (504, "upstream-timeout".to_owned()));
    let other = other.await.unwrap();
    assert_eq!((other.status.as_u16(), &*other.text), (200, "{}"));
    assert_eq!(world.wire.sent().len(), 2);
}

#[tokio::test(start_paused = true)]
async fn nobody_waits_for_longer_than_he_would_himself() {
    let world = world([hangs()]);
    let first = world.begin(get(ANN));
    settle().await;
    let other = world.call(with(get(ANN), "prefer", "wait=1")).await;
    assert_eq!(other.problem(), (504, "upstream-timeout".to_owned()));
    assert!(!first.is_finished());
    assert_eq!(world.wire.sent().len(), 1);
}

#[tokio::test]
async fn a_failure_is_told_to_all_who_waited_and_to_nobody_else() {
    let go = Arc::new(Notify::new());
    let world = world([Scripted::Held(Arc::clone(&go), String::new()), answer("{}")]);
    let calls: Vec<_> = ["r1", "r2", "r3"]
        .map(|id| world.begin(with(get(ANN), "x-request-id", id)))
        .into();
    settle().await;
    go.notify_one();
    for (call, id) in calls.into_iter().zip(["r1", "r2", "r3"]) {
        let answer = call.await.unwrap();
        assert_eq!(answer.problem(), (502, "upstream-unexpected".to_owned()));
        assert_eq!(answer.json()["requestId"], id);
    }
    assert_eq!(world.wire.sent().len(), 1);
    assert_eq!(status(&world.get(ANN).await), STORED);
}

#[tokio::test]
async fn an_answer_for_the_first_alone_is_given_to_nobody_else() {
    let no_store = &[("cache-control", "no-store")][..];
    let go = Arc::new(Notify::new());
    let held = Scripted::HeldWith(
        Arc::clone(&go),
        no_store,
        r#"{"number":"first"}"#.to_owned(),
    );
    let own = |number: &str| Scripted::Answer(200, no_store, format!(r#"{{"number":"{number}"}}"#));
    let world = world([held, own("second"), own("third")]);
    let calls: Vec<_> = (0..3).map(|_| world.begin(get(ANN))).collect();
    settle().await;
    go.notify_one();
    let mut texts = Vec::new();
    for call in calls {
        let answer = call.await.unwrap();
        assert_eq!(status(&answer), MISS);
        texts.push(answer.text);
    }
    texts.sort();
    texts.dedup();
    assert_eq!(texts.len(), 3);
    assert_eq!(world.wire.sent().len(), 3);
}
