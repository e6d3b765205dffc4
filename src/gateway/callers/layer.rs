//! Lets known callers in, each to what it may call.

use std::convert::Infallible;
use std::sync::Arc;
use std::task::{Context, Poll};

use tower::{Layer, Service};

use super::{forbidden, may_call, stranger};
use crate::gateway::layers::Held;
use crate::gateway::listener::PeerIdentity;
use crate::gateway::problem::Refusal;
use crate::gateway::record::{Inbound, Reply};
use crate::gateway::route::{Own, Route};
use crate::gateway::shared::Shared;

/// Builds [`Admission`]s.
#[derive(Debug, Clone)]
pub(in crate::gateway) struct CallersLayer(pub(in crate::gateway) Arc<Shared>);

/// Lets known callers in.
#[derive(Debug, Clone)]
pub(in crate::gateway) struct Admission<S> {
    inner: S,
    shared: Arc<Shared>,
}

impl<S> Layer<S> for CallersLayer {
    type Service = Admission<S>;

    fn layer(&self, inner: S) -> Admission<S> {
        Admission {
            inner,
            shared: Arc::clone(&self.0),
        }
    }
}

impl<S, B> Service<Inbound<B>> for Admission<S>
where
    S: Service<Inbound<B>, Response = Reply, Error = Infallible>,
    S::Future: Unpin,
{
    type Response = Reply;
    type Error = Infallible;
    type Future = Held<S::Future, ()>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        self.inner.poll_ready(cx)
    }

    fn call(&mut self, inbound: Inbound<B>) -> Self::Future {
        match self.admit(&inbound) {
            Ok(()) => Held::running(self.inner.call(inbound), ()),
            Err(problem) => Held::refused(Reply::problem(*problem, &inbound.record.id)),
        }
    }
}

impl<S> Admission<S> {
    fn admit<B>(&self, inbound: &Inbound<B>) -> Result<(), Refusal> {
        let Some(callers) = &self.shared.callers else {
            return Ok(());
        };
        // Upstreams are no callers: each proves itself at its own door.
        if matches!(inbound.route, Route::Own(Own::Callback, _)) {
            return Ok(());
        }
        let request = &inbound.request;
        let identity = request.extensions().get::<PeerIdentity>();
        let now = i64::try_from(inbound.record.now_unix_ms / 1_000).unwrap_or(i64::MAX);
        let index = callers.recognise(request.headers(), identity, now);
        let index = index.ok_or_else(stranger)?;
        inbound.record.recognise(index);
        let Route::Operation(operation, _) = inbound.route else {
            return Ok(());
        };
        let operation = self.shared.operation(operation);
        let caller = self.shared.caller(&inbound.record);
        match caller.zip(operation) {
            Some((caller, operation)) if may_call(caller, operation) => Ok(()),
            _ => Err(forbidden("The caller may not call this operation.")),
        }
    }
}
