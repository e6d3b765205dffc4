//! A layer that lets a fixed number of exchanges run, and a fixed number of others wait a bounded time for their turn.
//!
//! One upstream that hangs fills its own bulkhead and nothing else: what is called beside it never queues behind it.

use std::fmt;
use std::future::Future;
use std::mem;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tower::{Layer, Service};

use super::failure::{Failure, FailureKind};
use super::watch::Watch;
use crate::config::Pool;
use crate::telemetry::Counted;

/// Builds [`Bulkhead`]s that share their turns.
#[derive(Debug, Clone)]
pub(super) struct BulkheadLayer {
    room: Arc<Room>,
}

/// Lets at most so many calls into the inner service at one time.
#[derive(Debug, Clone)]
pub(super) struct Bulkhead<S> {
    inner: S,
    room: Arc<Room>,
}

/// The turns, and the places of those that wait for one.
#[derive(Debug)]
struct Room {
    turns: Arc<Semaphore>,
    places: Semaphore,
    wait: Duration,
    watch: Arc<Watch>,
}

/// The answer of the inner service, or `Overloaded`.
pub(super) struct BulkheadFuture<S: Service<R>, R> {
    state: State<S, R>,
}

type Turning = Pin<Box<dyn Future<Output = Result<Turn, Failure>> + Send>>;

/// Lets a call run, and counts it while it does.
struct Turn {
    #[allow(dead_code, reason = "held for what dropping it does")]
    permit: OwnedSemaphorePermit,
    #[allow(dead_code, reason = "held for what dropping it does")]
    counted: Counted,
}

enum State<S: Service<R>, R> {
    Running(
        S::Future,
        #[allow(dead_code, reason = "held for what dropping it does")] Turn,
    ),
    Waiting(Turning, S, R),
    Done,
}

// === impl BulkheadLayer ===

impl BulkheadLayer {
    pub(super) fn new(pool: &Pool, watch: Arc<Watch>) -> Self {
        let room = Room {
            turns: Arc::new(Semaphore::new(pool.concurrency.min(Semaphore::MAX_PERMITS))),
            places: Semaphore::new(pool.queue.min(Semaphore::MAX_PERMITS)),
            wait: pool.wait,
            watch,
        };
        Self {
            room: Arc::new(room),
        }
    }
}

impl<S> Layer<S> for BulkheadLayer {
    type Service = Bulkhead<S>;

    fn layer(&self, inner: S) -> Bulkhead<S> {
        Bulkhead {
            inner,
            room: Arc::clone(&self.room),
        }
    }
}

// === impl Room ===

impl Room {
    /// A turn that is free now.
    fn turn(&self) -> Option<Turn> {
        let permit = Arc::clone(&self.turns).try_acquire_owned().ok()?;
        Some(self.taken(permit))
    }

    fn taken(&self, permit: OwnedSemaphorePermit) -> Turn {
        Turn {
            permit,
            counted: self.watch.meters.running(),
        }
    }

    /// The next turn, unless too many wait for it already or it takes too long.
    async fn next(self: Arc<Self>) -> Result<Turn, Failure> {
        let overloaded = Failure::not_sent(FailureKind::Overloaded);
        let _place = self.places.try_acquire().map_err(|_| overloaded)?;
        let _counted = self.watch.meters.waiting();
        let turn = Arc::clone(&self.turns).acquire_owned();
        match tokio::time::timeout(self.wait, turn).await {
            Ok(Ok(permit)) => Ok(self.taken(permit)),
            // Too long, or closed; nobody closes it.
            _ => Err(overloaded),
        }
    }
}

// === impl Bulkhead ===

impl<S> Bulkhead<S> {
    /// The service that it stands before.
    pub(super) const fn inner(&self) -> &S {
        &self.inner
    }
}

impl<S, R> Service<R> for Bulkhead<S>
where
    S: Service<R, Error = Failure> + Clone + Unpin,
    S::Future: Unpin,
    R: Unpin,
{
    type Response = S::Response;
    type Error = Failure;
    type Future = BulkheadFuture<S, R>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), Failure>> {
        self.inner.poll_ready(cx)
    }

    fn call(&mut self, request: R) -> Self::Future {
        let state = match self.room.turn() {
            Some(turn) => State::Running(self.inner.call(request), turn),
            None => {
                // The service that was polled ready goes with the request; its clone takes the next one.
                let clone = self.inner.clone();
                let ready = mem::replace(&mut self.inner, clone);
                let turn = Box::pin(Arc::clone(&self.room).next());
                State::Waiting(turn, ready, request)
            }
        };
        BulkheadFuture { state }
    }
}

// === impl BulkheadFuture ===

impl<S, R> Future for BulkheadFuture<S, R>
where
    S: Service<R, Error = Failure> + Unpin,
    S::Future: Unpin,
    R: Unpin,
{
    type Output = Result<S::Response, Failure>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let this = self.get_mut();
        loop {
            match &mut this.state {
                State::Running(answer, _) => {
                    let answer = ready!(Pin::new(answer).poll(cx));
                    // The turn is free from here on, not only when the caller drops this future.
                    this.state = State::Done;
                    return Poll::Ready(answer);
                }
                State::Waiting(turn, ..) => {
                    let turn = ready!(turn.as_mut().poll(cx));
                    if let State::Waiting(_, mut inner, request) =
                        mem::replace(&mut this.state, State::Done)
                    {
                        this.state = State::Running(inner.call(request), turn?);
                    }
                }
                State::Done => return Poll::Pending,
            }
        }
    }
}

impl<S: Service<R>, R> fmt::Debug for BulkheadFuture<S, R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self.state {
            State::Running(..) => "BulkheadFuture(running)",
            State::Waiting(..) => "BulkheadFuture(waiting)",
            State::Done => "BulkheadFuture(done)",
        })
    }
}

#[cfg(test)]
mod tests {
    use std::future::{pending, ready};

    use super::*;

    const WAIT: Duration = Duration::from_secs(1);

    fn of_one(queue: usize, wait: Duration) -> Bulkhead<Peer> {
        let pool = Pool {
            concurrency: 1,
            wait,
            queue,
            ..Pool::default()
        };
        BulkheadLayer::new(&pool, Arc::new(Watch::untold("alpha"))).layer(Peer)
    }

    /// Answers at once or never, as the request says.
    #[derive(Debug, Clone)]
    struct Peer;

    impl Service<bool> for Peer {
        type Response = ();
        type Error = Failure;
        type Future = Pin<Box<dyn Future<Output = Result<(), Failure>> + Send>>;

        fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Failure>> {
            Poll::Ready(Ok(()))
        }

        fn call(&mut self, answers: bool) -> Self::Future {
            if answers {
                Box::pin(ready(Ok(())))
            } else {
                Box::pin(pending())
            }
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_call_over_the_number_waits_and_is_refused_unsent() {
        let mut service = of_one(1, WAIT);
        let _hanging = service.call(false);
        let start = tokio::time::Instant::now();

        let refused = service.call(true).await.unwrap_err();

        assert_eq!(refused, Failure::not_sent(FailureKind::Overloaded));
        assert_eq!(start.elapsed(), WAIT);
    }

    #[tokio::test(start_paused = true)]
    async fn a_waiting_call_runs_when_a_turn_is_free() {
        let mut service = of_one(1, WAIT);
        let hanging = service.call(false);
        let waiting = tokio::spawn(service.call(true));
        tokio::task::yield_now().await;

        drop(hanging);

        assert_eq!(waiting.await.unwrap(), Ok(()));
    }

    #[tokio::test]
    async fn an_answered_call_frees_its_turn_before_it_is_dropped() {
        let mut service = of_one(1, Duration::ZERO);
        let mut first = service.call(true);

        (&mut first).await.unwrap();

        assert_eq!(service.call(true).await, Ok(()));
    }

    #[tokio::test(start_paused = true)]
    async fn a_call_that_finds_no_place_to_wait_is_refused_at_once() {
        let mut service = of_one(1, WAIT);
        let _hanging = service.call(false);
        let waiting = tokio::spawn(service.call(true));
        tokio::task::yield_now().await;
        let start = tokio::time::Instant::now();
        let exchanges = |state, count| {
            let series = format!(
                "interlingua_upstream_exchanges{{state=\"{state}\",upstream=\"alpha\"}} {count}\n"
            );
            service.room.watch.encoded().contains(&series)
        };
        assert!(exchanges("running", 1) && exchanges("waiting", 1));

        let refused = service.clone().call(true).await.unwrap_err();

        assert_eq!(refused, Failure::not_sent(FailureKind::Overloaded));
        assert_eq!(start.elapsed(), Duration::ZERO);
        waiting.abort();
        assert!(waiting.await.unwrap_err().is_cancelled());
        assert!(exchanges("running", 1) && exchanges("waiting", 0));
    }
}
