//! A layer that lets a fixed number of exchanges run and the others wait a bounded time for their turn.
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

/// Builds [`Bulkhead`]s.
#[derive(Debug, Clone, Copy)]
pub struct BulkheadLayer {
    most: usize,
    wait: Duration,
}

/// Lets at most so many calls into the inner service at one time.
#[derive(Debug, Clone)]
pub struct Bulkhead<S> {
    inner: S,
    turns: Arc<Semaphore>,
    wait: Duration,
}

/// The answer of the inner service, or `Overloaded`.
pub struct BulkheadFuture<S: Service<R>, R> {
    state: State<S, R>,
}

type Turn = Pin<Box<dyn Future<Output = Result<OwnedSemaphorePermit, Failure>> + Send>>;

enum State<S: Service<R>, R> {
    /// The permit is held for what dropping it does.
    Running(
        S::Future,
        #[allow(dead_code, reason = "held, not read")] OwnedSemaphorePermit,
    ),
    Waiting(Turn, S, R),
    Done,
}

// === impl BulkheadLayer ===

impl BulkheadLayer {
    /// At most `most` calls at one time; others wait at most `wait`.
    #[must_use]
    pub const fn new(most: usize, wait: Duration) -> Self {
        Self { most, wait }
    }
}

impl<S> Bulkhead<S> {
    /// The service that it stands before.
    pub(super) const fn inner(&self) -> &S {
        &self.inner
    }
}

impl<S> Layer<S> for BulkheadLayer {
    type Service = Bulkhead<S>;

    fn layer(&self, inner: S) -> Bulkhead<S> {
        Bulkhead {
            inner,
            turns: Arc::new(Semaphore::new(self.most.min(Semaphore::MAX_PERMITS))),
            wait: self.wait,
        }
    }
}

// === impl Bulkhead ===

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
        let state = match Arc::clone(&self.turns).try_acquire_owned() {
            Ok(permit) => State::Running(self.inner.call(request), permit),
            Err(_) => {
                // The service that was polled ready goes with the request; its clone takes the next one.
                let clone = self.inner.clone();
                let ready = mem::replace(&mut self.inner, clone);
                State::Waiting(turn(Arc::clone(&self.turns), self.wait), ready, request)
            }
        };
        BulkheadFuture { state }
    }
}

fn turn(turns: Arc<Semaphore>, wait: Duration) -> Turn {
    Box::pin(async move {
        let overloaded = Failure::not_sent(FailureKind::Overloaded);
        match tokio::time::timeout(wait, turns.acquire_owned()).await {
            Ok(Ok(permit)) => Ok(permit),
            // Too long, or closed; nobody closes it.
            _ => Err(overloaded),
        }
    })
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
        let mut service = BulkheadLayer::new(1, WAIT).layer(Peer);
        let _hanging = service.call(false);
        let start = tokio::time::Instant::now();

        let refused = service.call(true).await.unwrap_err();

        assert_eq!(refused, Failure::not_sent(FailureKind::Overloaded));
        assert_eq!(start.elapsed(), WAIT);
    }

    #[tokio::test(start_paused = true)]
    async fn a_waiting_call_runs_when_a_turn_is_free() {
        let mut service = BulkheadLayer::new(1, WAIT).layer(Peer);
        let hanging = service.call(false);
        let waiting = tokio::spawn(service.call(true));
        tokio::task::yield_now().await;

        drop(hanging);

        assert_eq!(waiting.await.unwrap(), Ok(()));
    }

    #[tokio::test]
    async fn an_answered_call_frees_its_turn_before_it_is_dropped() {
        let mut service = BulkheadLayer::new(1, Duration::ZERO).layer(Peer);
        let mut first = service.call(true);

        (&mut first).await.unwrap();

        assert_eq!(service.call(true).await, Ok(()));
    }
}
