//! Goes on with the trace of a call, each attempt as a part of its own.

use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue, Response};
use tower::{Layer, Service};

use super::failure::Failure;
use super::origin::Origin;
use super::outbound::Outbound;
use super::watch::Watch;
use crate::telemetry::names::attribute;
use crate::telemetry::trace::{
    Attempt, CallTrace, OpenSpan, TraceParent, is_trace_state, known_method,
};

const TRACEPARENT: HeaderName = HeaderName::from_static("traceparent");
const TRACESTATE: HeaderName = HeaderName::from_static("tracestate");

/// The trace that an exchange goes on with.
#[derive(Debug, Clone)]
pub struct Onward {
    /// Where its call stands in it.
    pub call: CallTrace,
    /// What others say of it: a `tracestate`, which goes on if it is one.
    pub state: Option<HeaderValue>,
    /// How often it was tried before.
    pub resends: u32,
}

/// Builds [`Traced`]s.
#[derive(Debug, Clone)]
pub(super) struct TraceLayer(Arc<Peer>);

/// Who is asked.
#[derive(Debug)]
struct Peer {
    origin: Origin,
    /// Whether it is told.
    is_told: bool,
    watch: Arc<Watch>,
}

/// Tells the upstream of each attempt where in the trace it stands, if it is told at all, and records the attempt, if
/// its call is recorded.
#[derive(Debug, Clone)]
pub(super) struct Traced<S> {
    inner: S,
    peer: Arc<Peer>,
}

/// An attempt on its way.
pub(super) struct TracedFuture<F> {
    inner: F,
    recorded: Option<OpenSpan>,
}

// === impl TraceLayer ===

impl TraceLayer {
    pub(super) fn new(origin: Origin, is_told: bool, watch: Arc<Watch>) -> Self {
        Self(Arc::new(Peer {
            origin,
            is_told,
            watch,
        }))
    }
}

impl<S> Layer<S> for TraceLayer {
    type Service = Traced<S>;

    fn layer(&self, inner: S) -> Traced<S> {
        Traced {
            inner,
            peer: Arc::clone(&self.0),
        }
    }
}

// === impl Peer ===

impl Peer {
    /// Opens the span of an attempt, if it is recorded.
    fn open(&self, outbound: &Outbound, attempt: Attempt, resends: u32) -> Option<OpenSpan> {
        let method = known_method(outbound.request.method().as_str());
        let mut recorded = self.watch.traces().ask(attempt, method)?;
        recorded.tell(attribute::HTTP_METHOD, method);
        recorded.tell(
            attribute::SERVER_ADDRESS,
            self.origin.bare_host().to_owned(),
        );
        recorded.tell(attribute::SERVER_PORT, self.origin.port());
        let upstream = self.watch.meters.upstream();
        recorded.tell(attribute::UPSTREAM, upstream.to_owned());
        if resends > 0 {
            recorded.tell(attribute::HTTP_RESEND_COUNT, resends);
        }
        Some(recorded)
    }
}

// === impl Traced ===

impl<S> Traced<S> {
    /// The service that it stands before.
    pub(super) const fn inner(&self) -> &S {
        &self.inner
    }
}

impl<S> Service<Outbound> for Traced<S>
where
    S: Service<Outbound, Response = Response<Bytes>, Error = Failure>,
    S::Future: Unpin,
{
    type Response = Response<Bytes>;
    type Error = Failure;
    type Future = TracedFuture<S::Future>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), Failure>> {
        self.inner.poll_ready(cx)
    }

    fn call(&mut self, mut outbound: Outbound) -> Self::Future {
        let recorded = outbound.trace.take().and_then(|onward| {
            let attempt = self.peer.watch.traces().attempt(onward.call);
            if self.peer.is_told {
                tell(outbound.request.headers_mut(), attempt.told(), onward.state);
            }
            self.peer.open(&outbound, attempt, onward.resends)
        });
        TracedFuture {
            inner: self.inner.call(outbound),
            recorded,
        }
    }
}

impl<F> Future for TracedFuture<F>
where
    F: Future<Output = Result<Response<Bytes>, Failure>> + Unpin,
{
    type Output = F::Output;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<F::Output> {
        let answered = ready!(Pin::new(&mut self.inner).poll(cx));
        if let Some(recorded) = self.recorded.take() {
            end(recorded, &answered);
        }
        Poll::Ready(answered)
    }
}

impl<F> fmt::Debug for TracedFuture<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("TracedFuture")
    }
}

/// Adds the headers, unless the mapping makes headers of these names itself.
fn tell(headers: &mut HeaderMap, attempt: TraceParent, state: Option<HeaderValue>) {
    if headers.contains_key(TRACEPARENT) || headers.contains_key(TRACESTATE) {
        return;
    }
    let Ok(attempt) = HeaderValue::try_from(attempt.to_string()) else {
        return;
    };
    headers.insert(TRACEPARENT, attempt);
    if let Some(state) = state
        && state.to_str().is_ok_and(is_trace_state)
    {
        headers.insert(TRACESTATE, state);
    }
}

/// Ends the span of an attempt. For who asks, 4xx is an error too, as OpenTelemetry's conventions for HTTP have it.
#[cold]
fn end(mut recorded: OpenSpan, answered: &Result<Response<Bytes>, Failure>) {
    match answered {
        Ok(answer) => {
            let status = answer.status();
            recorded.tell(attribute::HTTP_STATUS, status.as_u16());
            if status.is_client_error() || status.is_server_error() {
                recorded.tell(attribute::ERROR_TYPE, status.as_str().to_owned());
                recorded.fail();
            }
        }
        Err(failure) => {
            recorded.tell(attribute::ERROR_TYPE, failure.kind.name());
            recorded.fail();
        }
    }
    recorded.end();
}
