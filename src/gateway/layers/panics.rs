//! Turns a panic into the problem of its own call. Any panic is a bug; it must not take other calls with it.

use std::convert::Infallible;
use std::future::Future;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use tower::{Layer, Service};

use crate::gateway::problem::cause;
use crate::gateway::record::{Inbound, Record, Reply};
use crate::gateway::route::Route;
use crate::gateway::shared::Shared;
use crate::gateway::translate::OperationIndex;
use crate::telemetry::Event;
use crate::telemetry::events::Panicked;
use crate::telemetry::names::NONE;

/// Builds [`Panics`].
#[derive(Debug, Clone)]
pub(in crate::gateway) struct PanicsLayer(pub(in crate::gateway) Arc<Shared>);

/// Catches panics of the inner service.
#[derive(Debug, Clone)]
pub(in crate::gateway) struct Panics<S> {
    inner: S,
    shared: Arc<Shared>,
}

/// A call whose panics are caught.
#[derive(Debug)]
pub(in crate::gateway) struct PanicsFuture<F> {
    /// Absent if the call panicked before it had a future.
    inner: Option<F>,
    shared: Arc<Shared>,
    record: Arc<Record>,
    operation: Option<OperationIndex>,
}

impl<S> Layer<S> for PanicsLayer {
    type Service = Panics<S>;

    fn layer(&self, inner: S) -> Panics<S> {
        Panics {
            inner,
            shared: Arc::clone(&self.0),
        }
    }
}

impl<S, B> Service<Inbound<B>> for Panics<S>
where
    S: Service<Inbound<B>, Response = Reply, Error = Infallible>,
    S::Future: Unpin,
{
    type Response = Reply;
    type Error = Infallible;
    type Future = PanicsFuture<S::Future>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        self.inner.poll_ready(cx)
    }

    fn call(&mut self, inbound: Inbound<B>) -> Self::Future {
        let record = Arc::clone(&inbound.record);
        let operation = match inbound.route {
            Route::Operation(index, _) => Some(index),
            Route::Own(..) | Route::WrongMethod(_) | Route::Unknown => None,
        };
        let inner = &mut self.inner;
        PanicsFuture {
            inner: catch_unwind(AssertUnwindSafe(|| inner.call(inbound))).ok(),
            shared: Arc::clone(&self.shared),
            record,
            operation,
        }
    }
}

impl<F> Future for PanicsFuture<F>
where
    F: Future<Output = Result<Reply, Infallible>> + Unpin,
{
    type Output = Result<Reply, Infallible>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        // What panicked is dropped and never looked at again; what it shared is atomics and locks that ignore poison.
        let polled = self
            .inner
            .as_mut()
            .and_then(|inner| catch_unwind(AssertUnwindSafe(|| Pin::new(inner).poll(cx))).ok());
        match polled {
            Some(polled) => polled,
            None => {
                self.inner = None;
                Poll::Ready(Ok(self.panicked()))
            }
        }
    }
}

impl<F> PanicsFuture<F> {
    #[cold]
    fn panicked(&self) -> Reply {
        let operation = self
            .operation
            .and_then(|index| self.shared.operation(index));
        Panicked {
            operation: operation.map_or(NONE, |operation| &operation.id),
            call: self.record.ids(),
        }
        .emit(&self.shared.telemetry);
        Reply::problem(cause::internal(self.record.outcome()), &self.record.id)
    }
}
