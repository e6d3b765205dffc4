//! Finds the operation of a call.

use std::convert::Infallible;
use std::sync::Arc;
use std::task::{Context, Poll};

use http::Request;
use tower::{Layer, Service};

use crate::gateway::record::{Inbound, Record};
use crate::gateway::shared::Shared;

/// Builds [`Routing`]s.
#[derive(Debug, Clone)]
pub(in crate::gateway) struct RoutingLayer(pub(in crate::gateway) Arc<Shared>);

/// Finds the operation of a call.
#[derive(Debug, Clone)]
pub(in crate::gateway) struct Routing<S> {
    inner: S,
    shared: Arc<Shared>,
}

impl<S> Layer<S> for RoutingLayer {
    type Service = Routing<S>;

    fn layer(&self, inner: S) -> Routing<S> {
        Routing {
            inner,
            shared: Arc::clone(&self.0),
        }
    }
}

impl<S, B> Service<(Request<B>, Arc<Record>)> for Routing<S>
where
    S: Service<Inbound<B>, Error = Infallible>,
{
    type Response = S::Response;
    type Error = Infallible;
    type Future = S::Future;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        self.inner.poll_ready(cx)
    }

    fn call(&mut self, (request, record): (Request<B>, Arc<Record>)) -> Self::Future {
        let route = self
            .shared
            .routes
            .find(request.method(), request.uri().path());
        self.inner.call(Inbound {
            request,
            route,
            record,
        })
    }
}
