//! Goes on with the trace of a call, each attempt as a part of its own.

use std::sync::Arc;
use std::task::{Context, Poll};

use http::{HeaderMap, HeaderName, HeaderValue};
use tower::{Layer, Service};

use super::outbound::Outbound;
use super::watch::Watch;
use crate::telemetry::trace::{TraceParent, is_trace_state};

const TRACEPARENT: HeaderName = HeaderName::from_static("traceparent");
const TRACESTATE: HeaderName = HeaderName::from_static("tracestate");

/// The trace that an exchange goes on with.
#[derive(Debug, Clone)]
pub struct Onward {
    /// Where its call stands in it.
    pub parent: TraceParent,
    /// What others say of it: a `tracestate`, which goes on if it is one.
    pub state: Option<HeaderValue>,
}

/// Builds [`Traced`]s.
#[derive(Debug, Clone)]
pub(super) struct TraceLayer {
    /// Whether the upstream is told.
    is_told: bool,
    watch: Arc<Watch>,
}

/// Tells the upstream of each attempt where in the trace it stands, if it is told at all.
#[derive(Debug, Clone)]
pub(super) struct Traced<S> {
    inner: S,
    layer: TraceLayer,
}

// === impl TraceLayer ===

impl TraceLayer {
    pub(super) const fn new(is_told: bool, watch: Arc<Watch>) -> Self {
        Self { is_told, watch }
    }
}

impl<S> Layer<S> for TraceLayer {
    type Service = Traced<S>;

    fn layer(&self, inner: S) -> Traced<S> {
        Traced {
            inner,
            layer: self.clone(),
        }
    }
}

// === impl Traced ===

impl<S> Traced<S> {
    /// The service that it stands before.
    pub(super) const fn inner(&self) -> &S {
        &self.inner
    }
}

impl<S: Service<Outbound>> Service<Outbound> for Traced<S> {
    type Response = S::Response;
    type Error = S::Error;
    type Future = S::Future;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.inner.poll_ready(cx)
    }

    fn call(&mut self, mut outbound: Outbound) -> S::Future {
        if let Some(onward) = outbound.trace.take()
            && self.layer.is_told
        {
            let attempt = self.layer.watch.traces().next(onward.parent);
            tell(outbound.request.headers_mut(), attempt, onward.state);
        }
        self.inner.call(outbound)
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
