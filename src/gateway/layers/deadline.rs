//! Ends a call that takes longer than it may, or than its caller waits (`Prefer: wait`), and says what became of it.

use std::convert::Infallible;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use tokio::time::{Instant, Sleep, sleep_until};
use tower::{Layer, Service};

use crate::gateway::preferences::Preferences;
use crate::gateway::problem::cause;
use crate::gateway::record::{Inbound, Record, Reply};
use crate::gateway::route::Route;
use crate::gateway::shared::Shared;

/// Builds [`Deadline`]s.
#[derive(Debug, Clone)]
pub(in crate::gateway) struct DeadlineLayer {
    pub(in crate::gateway) span: Duration,
    pub(in crate::gateway) shared: Arc<Shared>,
}

/// Ends calls that take too long.
#[derive(Debug, Clone)]
pub(in crate::gateway) struct Deadline<S> {
    inner: S,
    layer: DeadlineLayer,
}

/// A call with an end.
#[derive(Debug)]
pub(in crate::gateway) struct DeadlineFuture<F> {
    inner: F,
    end: Instant,
    /// Made when the call first waits: one that is answered at once needs no timer.
    timer: Option<Pin<Box<Sleep>>>,
    record: Arc<Record>,
    is_read: bool,
}

impl<S> Layer<S> for DeadlineLayer {
    type Service = Deadline<S>;

    fn layer(&self, inner: S) -> Deadline<S> {
        Deadline {
            inner,
            layer: self.clone(),
        }
    }
}

impl<S, B> Service<Inbound<B>> for Deadline<S>
where
    S: Service<Inbound<B>, Response = Reply, Error = Infallible>,
    S::Future: Unpin,
{
    type Response = Reply;
    type Error = Infallible;
    type Future = DeadlineFuture<S::Future>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        self.inner.poll_ready(cx)
    }

    fn call(&mut self, inbound: Inbound<B>) -> Self::Future {
        let now = Instant::now();
        let headers = inbound.request.headers();
        let span = self.layer.span;
        let span = Preferences::of(headers)
            .wait()
            .map_or(span, |wait| span.min(wait));
        let operation = match inbound.route {
            Route::Operation(index, _) => self.layer.shared.operation(index),
            Route::Own(..) | Route::WrongMethod(_) | Route::Unknown => None,
        };
        DeadlineFuture {
            end: now.checked_add(span).unwrap_or(now),
            timer: None,
            record: Arc::clone(&inbound.record),
            is_read: operation.is_none_or(|operation| operation.is_read),
            inner: self.inner.call(inbound),
        }
    }
}

impl<F> Future for DeadlineFuture<F>
where
    F: Future<Output = Result<Reply, Infallible>> + Unpin,
{
    type Output = Result<Reply, Infallible>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let this = &mut *self;
        if let Poll::Ready(reply) = Pin::new(&mut this.inner).poll(cx) {
            return Poll::Ready(reply);
        }
        let end = this.end;
        let timer = this.timer.get_or_insert_with(|| Box::pin(sleep_until(end)));
        timer.as_mut().poll(cx).map(|()| {
            let problem = if this.record.is_receiving() {
                cause::slow_request()
            } else {
                cause::deadline(this.record.outcome(), this.is_read)
            };
            Ok(Reply::problem(problem, &this.record.id))
        })
    }
}
