//! The breaker before a peer whose answers are set, over a clock that stands still.

use std::future::{pending, ready};
use std::sync::atomic::AtomicUsize;

use http::HeaderValue;
use tower::ServiceExt;

use super::*;
use crate::upstream::addresses::System;
use crate::upstream::origin::Origin;

/// What the peer does with each call until it is told otherwise.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Does {
    Answers(u16),
    AsksFor(u16, &'static str),
    Fails(FailureKind),
    Hangs,
}

#[derive(Clone)]
struct Peer {
    does: Arc<Mutex<Does>>,
    calls: Arc<AtomicUsize>,
}

type Answering = Pin<Box<dyn Future<Output = Result<Response<Bytes>, Failure>> + Send>>;

impl Service<()> for Peer {
    type Response = Response<Bytes>;
    type Error = Failure;
    type Future = Answering;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Failure>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, (): ()) -> Answering {
        self.calls.fetch_add(1, Ordering::Relaxed);
        let answer = |status| {
            let mut answer = Response::new(Bytes::new());
            *answer.status_mut() = StatusCode::from_u16(status).unwrap();
            answer
        };
        match *self.does.lock().unwrap() {
            Does::Answers(status) => Box::pin(ready(Ok(answer(status)))),
            Does::AsksFor(status, after) => {
                let mut answer = answer(status);
                let after = HeaderValue::from_static(after);
                answer.headers_mut().insert(RETRY_AFTER, after);
                Box::pin(ready(Ok(answer)))
            }
            Does::Fails(kind) => Box::pin(ready(Err(Failure::maybe_sent(kind)))),
            Does::Hangs => Box::pin(pending()),
        }
    }
}

/// A breaker before a peer.
struct Bench {
    peer: Peer,
    breaker: Breaker<Peer>,
}

impl Bench {
    fn new(does: Does) -> Self {
        let peer = Peer {
            does: Arc::new(Mutex::new(does)),
            calls: Arc::default(),
        };
        let watch = Arc::new(Watch::untold("alpha"));
        let origin = Origin::of("http://192.0.2.7").unwrap();
        let settings = config::Addresses::default();
        let addresses = Addresses::of(&origin, &settings, &watch, Arc::new(System));
        let layer = BreakerLayer::new(config::Breaker::default(), watch, Arc::new(addresses));
        Self {
            breaker: layer.layer(peer.clone()),
            peer,
        }
    }

    fn now(&self, does: Does) {
        *self.peer.does.lock().unwrap() = does;
    }

    async fn call(&self) -> Result<u16, Failure> {
        let answer = self.breaker.clone().oneshot(()).await?;
        Ok(answer.status().as_u16())
    }

    /// How many calls reached the peer while so many were made.
    async fn reached(&self, calls: usize) -> usize {
        let before = self.peer.calls.load(Ordering::Relaxed);
        for _ in 0..calls {
            let _ = self.call().await;
        }
        self.peer
            .calls
            .load(Ordering::Relaxed)
            .saturating_sub(before)
    }

    fn is_suspended(&self) -> bool {
        let watch = &self.breaker.shared.watch;
        let text = watch.encoded();
        text.contains("interlingua_upstream_suspended{upstream=\"alpha\"} 1")
    }
}

async fn after(milliseconds: u64) {
    tokio::time::advance(Duration::from_millis(milliseconds)).await;
}

#[tokio::test(start_paused = true)]
async fn an_upstream_that_fails_five_times_in_a_row_is_left_alone() {
    for failing in [
        Does::Answers(500),
        Does::Answers(503),
        Does::Fails(FailureKind::Unreachable),
        Does::Fails(FailureKind::FirstByteTimeout),
        Does::Fails(FailureKind::Truncated),
    ] {
        let bench = Bench::new(failing);
        assert_eq!(bench.reached(100).await, 5, "{failing:?}");
        let refused = bench.call().await.unwrap_err();
        assert_eq!(refused, Failure::suspended(Duration::from_millis(500)));
        assert!(bench.is_suspended());
    }
}

#[tokio::test(start_paused = true)]
async fn what_says_nothing_about_the_upstream_counts_for_nothing() {
    for does in [
        Does::Answers(404),
        Does::Answers(501),
        Does::Answers(429),
        Does::Fails(FailureKind::Overloaded),
        Does::Fails(FailureKind::CredentialsRefused),
        Does::Fails(FailureKind::BodyTooLarge),
    ] {
        let bench = Bench::new(does);
        assert_eq!(bench.reached(50).await, 50, "{does:?}");
        assert!(!bench.is_suspended());
    }
}

#[tokio::test(start_paused = true)]
async fn one_sound_answer_among_failures_begins_the_count_anew() {
    let bench = Bench::new(Does::Answers(500));
    for _ in 0..20 {
        assert_eq!(bench.reached(4).await, 4);
        bench.now(Does::Answers(200));
        assert_eq!(bench.reached(1).await, 1);
        bench.now(Does::Answers(500));
    }
}

#[tokio::test(start_paused = true)]
async fn one_call_finds_out_and_the_wait_doubles_up_to_its_longest() {
    let bench = Bench::new(Does::Answers(500));
    bench.reached(5).await;
    for wait in [500, 1_000, 2_000, 4_000, 4_000] {
        after(wait - 1).await;
        assert_eq!(bench.reached(10).await, 0, "{wait}");
        after(1).await;
        assert_eq!(bench.reached(10).await, 1, "{wait}");
    }
    after(4_000).await;
    bench.now(Does::Answers(200));
    assert_eq!(bench.reached(10).await, 10);
    assert!(!bench.is_suspended());
    // The next time is a first time.
    bench.now(Does::Answers(500));
    bench.reached(5).await;
    let refused = bench.call().await.unwrap_err();
    assert_eq!(refused, Failure::suspended(Duration::from_millis(500)));
}

#[tokio::test(start_paused = true)]
async fn while_one_call_finds_out_the_others_are_refused() {
    let bench = Bench::new(Does::Answers(500));
    bench.reached(5).await;
    after(500).await;
    bench.now(Does::Hangs);
    let hanging = bench.breaker.clone().oneshot(());
    let hanging = tokio::spawn(hanging);
    tokio::task::yield_now().await;
    let refused = bench.call().await.unwrap_err();
    assert_eq!(refused, Failure::suspended(SOON));
    // Given up, it says nothing; the next one finds out.
    hanging.abort();
    assert!(hanging.await.unwrap_err().is_cancelled());
    bench.now(Does::Answers(200));
    assert_eq!(bench.reached(2).await, 2);
}

#[tokio::test(start_paused = true)]
async fn fault_12_no_call_before_the_time_that_the_upstream_asks_for() {
    for status in [429, 503] {
        let bench = Bench::new(Does::AsksFor(status, "3"));
        assert_eq!(bench.reached(50).await, 1, "{status}");
        let refused = bench.call().await.unwrap_err();
        assert_eq!(refused, Failure::suspended(Duration::from_secs(3)));
        after(2_999).await;
        assert_eq!(bench.reached(50).await, 0);
        after(1).await;
        bench.now(Does::Answers(200));
        assert_eq!(bench.reached(50).await, 50);
    }
}

#[tokio::test(start_paused = true)]
async fn an_upstream_is_granted_no_more_than_a_minute() {
    let bench = Bench::new(Does::AsksFor(429, "86400"));
    bench.reached(1).await;
    after(59_999).await;
    assert_eq!(bench.reached(1).await, 0);
    after(1).await;
    assert_eq!(bench.reached(1).await, 1);
}

#[tokio::test(start_paused = true)]
async fn fault_10_a_storm_of_failures_is_no_load_and_is_over_when_it_is() {
    let bench = Bench::new(Does::Answers(500));
    let mut reached = 0;
    for _ in 0..3_000 {
        reached += bench.reached(1).await;
        after(10).await;
    }
    // 100 calls in a second for 30 s: five to begin with, and one for each wait.
    assert!(reached <= 15, "{reached} reached the upstream");
    bench.now(Does::Answers(200));
    let mut until_sound = 0;
    while bench.call().await.is_err() {
        after(10).await;
        until_sound += 10;
    }
    assert!(until_sound <= 5_000, "{until_sound} ms");
    assert_eq!(bench.reached(100).await, 100);
}

#[tokio::test(start_paused = true)]
async fn fault_11_an_upstream_that_half_fails_is_called_in_full_once_it_does_not() {
    let bench = Bench::new(Does::Answers(200));
    for n in 0..6_000_u64 {
        // No pattern that the count could hide behind.
        let fails = (n.wrapping_mul(2_654_435_761) >> 7) & 1 == 0;
        bench.now(Does::Answers(if fails { 500 } else { 200 }));
        let _ = bench.call().await;
        after(10).await;
    }
    bench.now(Does::Answers(200));
    after(4_000).await;
    assert_eq!(bench.reached(100).await, 100);
}
