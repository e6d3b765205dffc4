//! `Cache-Control` both ways: what callers demand, and what upstreams allow.

use super::*;

fn said(headers: &'static [(&'static str, &'static str)]) -> Scripted {
    Scripted::Answer(200, headers, "{}".to_owned())
}

fn demanding(demand: &str) -> Request<Full<Bytes>> {
    with(get(ANN), "cache-control", demand)
}

#[tokio::test]
async fn an_upstream_may_forbid_to_keep_its_answer() {
    for headers in [
        &[("cache-control", "no-store")][..],
        &[("cache-control", "private, max-age=60")],
        &[("cache-control", "no-cache")],
        &[("cache-control", "max-age=0")],
        &[("cache-control", "s-maxage=0, max-age=60")],
        &[("expires", "0")],
        &[("vary", "*")],
    ] {
        let world = world((0..2).map(|_| said(headers)));
        for _ in 0..2 {
            let answer = world.get(ANN).await;
            assert_eq!((answer.status.as_u16(), status(&answer)), (200, MISS));
            let told = answer.header("cache-control");
            let no_store = headers[0].1 == "no-store";
            let expected = if no_store { "no-store" } else { "no-cache" };
            assert_eq!(told, format!("private, {expected}"), "{headers:?}");
        }
        assert_eq!(world.wire.sent().len(), 2, "{headers:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn an_upstream_may_shorten_the_time_and_not_lengthen_it() {
    let day = &[("cache-control", "max-age=86400")][..];
    let short = &[("cache-control", "max-age=15"), ("age", "5")][..];
    for (headers, lifetime, told) in [
        (day, 30, "private, max-age=30"),
        (short, 10, "private, max-age=15"),
    ] {
        let world = world((0..2).map(|_| said(headers)));
        let first = world.get(ANN).await;
        assert_eq!(status(&first), STORED);
        assert_eq!(first.header("cache-control"), told);
        advance(Duration::from_secs(lifetime - 1)).await;
        let second = world.get(ANN).await;
        assert_eq!(status(&second), HIT);
        // What a caller's own cache makes of it ends when ours does.
        let age: u64 = second.header("age").parse().unwrap();
        assert!(told.ends_with(&format!("={}", age + 1)), "{age}");
        advance(Duration::from_secs(1)).await;
        assert_ne!(status(&world.get(ANN).await), HIT);
    }
}

#[tokio::test]
async fn a_caller_may_have_the_upstream_asked() {
    for demand in [
        "no-cache",
        "max-age=0",
        "min-fresh=31",
        "foo, Max-Age=\"0\"",
    ] {
        let world = counting(3);
        let first = world.get(ANN).await;
        let anew = world.call(demanding(demand)).await;
        assert_eq!(status(&anew), ASKED, "{demand}");
        assert_ne!(anew.text, first.text);
        // It is what others get from then on.
        let again = world.get(ANN).await;
        assert_eq!(told(&again), (HIT, anew.text.as_str()));
    }
}

#[tokio::test(start_paused = true)]
async fn a_caller_says_how_old_and_how_fresh() {
    let world = counting(9);
    world.get(ANN).await;
    advance(Duration::from_secs(10)).await;
    for demand in ["max-age=10", "min-fresh=20", "max-stale=5", "foo"] {
        assert_eq!(
            status(&world.call(demanding(demand)).await),
            HIT,
            "{demand}"
        );
    }
    assert_eq!(status(&world.call(demanding("max-age=9")).await), ASKED);
}

#[tokio::test]
async fn what_a_caller_wants_kept_nowhere_is_not_kept() {
    let world = counting(4);
    for _ in 0..2 {
        let answer = world.call(demanding("no-store")).await;
        assert_eq!(status(&answer), "interlingua; fwd=request");
        assert_eq!(answer.header("cache-control"), "private, no-cache");
    }
    let kept = world.get(ANN).await;
    assert_eq!(status(&kept), STORED);
    assert_ne!(world.call(demanding("no-store")).await.text, kept.text);
    assert_eq!(world.get(ANN).await.text, kept.text);
}

#[tokio::test]
async fn a_caller_may_want_what_is_kept_and_nothing_else() {
    let world = counting(2);
    let only = || demanding("only-if-cached");
    let none = world.call(only()).await;
    assert_eq!(none.problem(), (504, "not-cached".to_owned()));
    assert_eq!(none.json()["outcome"], "not-sent");
    assert!(world.wire.sent().is_empty());

    let kept = world.get(ANN).await;
    let again = world.call(only()).await;
    assert_eq!(told(&again), (HIT, kept.text.as_str()));

    // Nor is an upstream asked whose answers nobody keeps.
    for call in [
        with(
            get("/v1/customers/alpha:ann/payment-plan"),
            "cache-control",
            "only-if-cached",
        ),
        demanding("only-if-cached, no-cache"),
        with(list(), "cache-control", "only-if-cached"),
    ] {
        let none = world.call(call).await;
        assert_eq!(none.problem(), (504, "not-cached".to_owned()));
    }
    assert_eq!(world.wire.sent().len(), 1);
}

#[tokio::test]
async fn a_write_is_no_matter_of_caches() {
    let world = counting(2);
    let patch = json("PATCH", ANN, "{}");
    let patch = with(patch, "cache-control", "only-if-cached");
    let answer = world.call(patch).await;
    assert_eq!((answer.status.as_u16(), status(&answer)), (200, ""));
}
