//! Refuses a body that says it is over the limit, and counts one that says nothing.

use std::convert::Infallible;
use std::task::{Context, Poll};

use http_body::Body;
use tower::{Layer, Service};

use super::concurrency::Held;
use crate::gateway::problem::cause;
use crate::gateway::record::{Inbound, Reply};

use http_body_util::Limited;

/// Builds [`BodyLimit`]s.
#[derive(Debug, Clone, Copy)]
pub(in crate::gateway) struct BodyLimitLayer(pub(in crate::gateway) usize);

/// Holds bodies below a number of bytes.
#[derive(Debug, Clone)]
pub(in crate::gateway) struct BodyLimit<S> {
    inner: S,
    limit: usize,
}

impl<S> Layer<S> for BodyLimitLayer {
    type Service = BodyLimit<S>;

    fn layer(&self, inner: S) -> BodyLimit<S> {
        BodyLimit {
            inner,
            limit: self.0,
        }
    }
}

impl<S, B> Service<Inbound<B>> for BodyLimit<S>
where
    B: Body,
    S: Service<Inbound<Limited<B>>, Response = Reply, Error = Infallible>,
    S::Future: Unpin,
{
    type Response = Reply;
    type Error = Infallible;
    type Future = Held<S::Future, ()>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        self.inner.poll_ready(cx)
    }

    fn call(&mut self, inbound: Inbound<B>) -> Self::Future {
        let declared = usize::try_from(inbound.request.body().size_hint().lower());
        if declared.is_ok_and(|declared| declared <= self.limit) {
            let limit = self.limit;
            let inbound = Inbound {
                request: inbound.request.map(|body| Limited::new(body, limit)),
                route: inbound.route,
                record: inbound.record,
            };
            return Held::running(self.inner.call(inbound), ());
        }
        Held::refused(Reply::problem(
            cause::body_too_large(self.limit),
            &inbound.record.id,
        ))
    }
}
