//! Gives every call an id and every answer the id of its call.

use std::convert::Infallible;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use std::time::{Instant, SystemTime, UNIX_EPOCH};

use bytes::Bytes;
use http::{HeaderValue, Request, Response};
use http_body_util::Full;
use tower::{Layer, Service};

use crate::gateway::identity::HEADER;
use crate::gateway::record::{Record, Reply};
use crate::gateway::shared::Shared;
use crate::gateway::trace;

/// Builds [`RequestId`]s.
#[derive(Debug, Clone)]
pub(in crate::gateway) struct RequestIdLayer(pub(in crate::gateway) Arc<Shared>);

/// Gives every call an id.
#[derive(Debug, Clone)]
pub(in crate::gateway) struct RequestId<S> {
    inner: S,
    shared: Arc<Shared>,
}

/// An answer that will bear its id.
#[derive(Debug)]
pub(in crate::gateway) struct RequestIdFuture<F> {
    inner: F,
    id: Option<HeaderValue>,
}

impl<S> Layer<S> for RequestIdLayer {
    type Service = RequestId<S>;

    fn layer(&self, inner: S) -> RequestId<S> {
        RequestId {
            inner,
            shared: Arc::clone(&self.0),
        }
    }
}

impl<S, B> Service<Request<B>> for RequestId<S>
where
    S: Service<(Request<B>, Arc<Record>), Response = Reply, Error = Infallible>,
    S::Future: Unpin,
{
    type Response = Response<Full<Bytes>>;
    type Error = Infallible;
    type Future = RequestIdFuture<S::Future>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        self.inner.poll_ready(cx)
    }

    fn call(&mut self, request: Request<B>) -> Self::Future {
        let now = SystemTime::now()
            .duration_since(UNIX_EPOCH)
            .unwrap_or_default();
        let now = u64::try_from(now.as_millis()).unwrap_or(u64::MAX);
        let id = self.shared.identities.request_id(request.headers(), now);
        let header = Some(id.header());
        let trace = trace::join(request.headers(), &self.shared.telemetry.traces);
        let record = Arc::new(Record::new(id, trace, Instant::now(), now));
        RequestIdFuture {
            inner: self.inner.call((request, record)),
            id: header,
        }
    }
}

impl<F> Future for RequestIdFuture<F>
where
    F: Future<Output = Result<Reply, Infallible>> + Unpin,
{
    type Output = Result<Response<Full<Bytes>>, Infallible>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let Ok(mut reply) = ready!(Pin::new(&mut self.inner).poll(cx));
        if let Some(id) = self.id.take() {
            reply.response.headers_mut().insert(HEADER, id);
        }
        Poll::Ready(Ok(reply.response))
    }
}
