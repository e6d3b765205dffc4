//! Serves a fixed number of calls at one time and refuses the others at once: a queue would only make them late.

use std::convert::Infallible;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tower::{Layer, Service};

use crate::gateway::problem::cause;
use crate::gateway::record::{Inbound, Reply};

/// Builds [`Concurrency`]s that share their turns.
#[derive(Debug, Clone)]
pub(in crate::gateway) struct ConcurrencyLayer(Arc<Semaphore>);

/// Serves a fixed number of calls at one time.
#[derive(Debug, Clone)]
pub(in crate::gateway) struct Concurrency<S> {
    inner: S,
    turns: Arc<Semaphore>,
}

/// A call that runs and holds something while it does, or was refused.
#[derive(Debug)]
pub(in crate::gateway) struct Held<F, H> {
    running: Option<(F, H)>,
    refused: Option<Reply>,
}

// === impl ConcurrencyLayer ===

impl ConcurrencyLayer {
    pub(in crate::gateway) fn new(most: usize) -> Self {
        Self(Arc::new(Semaphore::new(most.min(Semaphore::MAX_PERMITS))))
    }
}

impl<S> Layer<S> for ConcurrencyLayer {
    type Service = Concurrency<S>;

    fn layer(&self, inner: S) -> Concurrency<S> {
        Concurrency {
            inner,
            turns: Arc::clone(&self.0),
        }
    }
}

impl<S, B> Service<Inbound<B>> for Concurrency<S>
where
    S: Service<Inbound<B>, Response = Reply, Error = Infallible>,
    S::Future: Unpin,
{
    type Response = Reply;
    type Error = Infallible;
    type Future = Held<S::Future, OwnedSemaphorePermit>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        self.inner.poll_ready(cx)
    }

    fn call(&mut self, inbound: Inbound<B>) -> Self::Future {
        match Arc::clone(&self.turns).try_acquire_owned() {
            Ok(turn) => Held::running(self.inner.call(inbound), turn),
            Err(_) => Held::refused(Reply::problem(cause::overloaded(), &inbound.record.id)),
        }
    }
}

// === impl Held ===

impl<F, H> Held<F, H> {
    pub(in crate::gateway) fn running(future: F, held: H) -> Self {
        Self {
            running: Some((future, held)),
            refused: None,
        }
    }

    #[cold]
    pub(in crate::gateway) fn refused(reply: Reply) -> Self {
        Self {
            running: None,
            refused: Some(reply),
        }
    }
}

impl<F, H> Future for Held<F, H>
where
    F: Future<Output = Result<Reply, Infallible>> + Unpin,
    H: Unpin,
{
    type Output = Result<Reply, Infallible>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        if let Some((future, _)) = &mut self.running {
            return Pin::new(future).poll(cx);
        }
        match self.refused.take() {
            Some(reply) => Poll::Ready(Ok(reply)),
            // Polled again after it was ready, which a future need not bear.
            None => Poll::Pending,
        }
    }
}
