//! The message layer of the strict front: refuses what is no request of HTTP.

use std::convert::Infallible;
use std::task::{Context, Poll};

use tower::{Layer, Service};

use super::concurrency::Held;
use crate::gateway::front;
use crate::gateway::record::{Inbound, Reply};
use crate::gateway::route::Route;

/// Builds [`Front`]s.
#[derive(Debug, Clone, Copy)]
pub(in crate::gateway) struct FrontLayer;

/// Refuses what is no request of HTTP, and forgets what is for the connection alone.
#[derive(Debug, Clone)]
pub(in crate::gateway) struct Front<S> {
    inner: S,
}

impl<S> Layer<S> for FrontLayer {
    type Service = Front<S>;

    fn layer(&self, inner: S) -> Front<S> {
        Front { inner }
    }
}

impl<S, B> Service<Inbound<B>> for Front<S>
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

    fn call(&mut self, mut inbound: Inbound<B>) -> Self::Future {
        let allow = match &inbound.route {
            Route::WrongMethod(allow) => Some(allow),
            Route::Operation(..) | Route::Own(..) | Route::Unknown => None,
        };
        match front::judge(&inbound.request, allow) {
            Ok(false) => {}
            Ok(true) => front::strip(inbound.request.headers_mut()),
            Err(problem) => return Held::refused(Reply::problem(*problem, &inbound.record.id)),
        }
        Held::running(self.inner.call(inbound), ())
    }
}
