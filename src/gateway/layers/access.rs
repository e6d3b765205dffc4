//! Counts every call, logs it, and opens its span.

use std::convert::Infallible;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use http::{HeaderName, Method};
use tower::{Layer, Service};

use crate::gateway::operation::Operation;
use crate::gateway::problem::Outcome;
use crate::gateway::record::{Inbound, Record, Reply};
use crate::gateway::route::Route;
use crate::gateway::shared::Shared;
use crate::gateway::translate::OperationIndex;
use crate::telemetry::events::CallServed;
use crate::telemetry::names::{NONE, attribute};
use crate::telemetry::span::{self, Span};
use crate::telemetry::trace::{CallTrace, OTHER, OpenSpan, known_method};
use crate::telemetry::{Counted, Event, Sent};

/// The answer's header that says which mapping of which version the call went by.
const MAPPING: HeaderName = HeaderName::from_static("interlingua-mapping");

/// Builds [`Access`]es.
#[derive(Debug, Clone)]
pub(in crate::gateway) struct AccessLayer(pub(in crate::gateway) Arc<Shared>);

/// Counts every call.
#[derive(Debug, Clone)]
pub(in crate::gateway) struct Access<S> {
    inner: S,
    shared: Arc<Shared>,
}

/// A call that is counted when it ends.
#[derive(Debug)]
pub(in crate::gateway) struct AccessFuture<F> {
    inner: F,
    shared: Arc<Shared>,
    record: Arc<Record>,
    operation: Option<OperationIndex>,
    span: Span,
    /// The span that a collector gets, if the call is recorded.
    recorded: Option<OpenSpan>,
    _in_flight: Counted,
}

impl<S> Layer<S> for AccessLayer {
    type Service = Access<S>;

    fn layer(&self, inner: S) -> Access<S> {
        Access {
            inner,
            shared: Arc::clone(&self.0),
        }
    }
}

impl<S, B> Service<Inbound<B>> for Access<S>
where
    S: Service<Inbound<B>, Response = Reply, Error = Infallible>,
    S::Future: Unpin,
{
    type Response = Reply;
    type Error = Infallible;
    type Future = AccessFuture<S::Future>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        self.inner.poll_ready(cx)
    }

    fn call(&mut self, inbound: Inbound<B>) -> Self::Future {
        let operation = match inbound.route {
            Route::Operation(index, _) => Some(index),
            Route::Own(..) | Route::WrongMethod(_) | Route::Unknown => None,
        };
        let record = Arc::clone(&inbound.record);
        let name = operation.and_then(|index| self.shared.operation(index));
        let span = span::call(name.map_or(NONE, |operation| &operation.id), record.ids());
        let trace = record.trace.as_ref().map(|trace| trace.call);
        let recorded = trace.and_then(|trace| self.open(trace, name, inbound.request.method()));
        let in_flight = self.shared.telemetry.metrics.in_flight();
        let inner = &mut self.inner;
        AccessFuture {
            inner: span.in_scope(|| inner.call(inbound)),
            shared: Arc::clone(&self.shared),
            record,
            operation,
            span,
            recorded,
            _in_flight: in_flight,
        }
    }
}

impl<S> Access<S> {
    /// Opens the span of a call, if it is recorded.
    fn open(
        &self,
        trace: CallTrace,
        operation: Option<&Operation>,
        method: &Method,
    ) -> Option<OpenSpan> {
        let method = known_method(method.as_str());
        // Without an operation a span is called by its method, or `HTTP`, as OpenTelemetry has it.
        let name = operation.map_or(method, |operation| &operation.id);
        let name = if name == OTHER { "HTTP" } else { name };
        let mut recorded = self.shared.telemetry.traces.serve(trace, name)?;
        recorded.tell(attribute::HTTP_METHOD, method);
        if let Some(operation) = operation {
            recorded.tell(attribute::HTTP_ROUTE, operation.route.to_string());
        }
        Some(recorded)
    }
}

impl<F> Future for AccessFuture<F>
where
    F: Future<Output = Result<Reply, Infallible>> + Unpin,
{
    type Output = Result<Reply, Infallible>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let this = &mut *self;
        let inner = Pin::new(&mut this.inner);
        let mut polled = if this.span.is_disabled() {
            inner.poll(cx)
        } else {
            this.span.in_scope(|| inner.poll(cx))
        };
        if let Poll::Ready(Ok(reply)) = &mut polled {
            this.tell_mapping(reply);
            this.served(reply);
        }
        polled
    }
}

impl<F> AccessFuture<F> {
    /// Tells the caller which mapping of which version its call went by.
    fn tell_mapping(&self, reply: &mut Reply) {
        let position = self.record.upstream();
        let upstream = position.and_then(|position| self.shared.upstream(position));
        if let Some(told) = upstream.and_then(|upstream| upstream.told_mapping.clone()) {
            reply.response.headers_mut().insert(MAPPING, told);
        }
    }

    fn served(&mut self, reply: &Reply) {
        let recorded = self.recorded.take();
        let Some(meters) = self.shared.meters(self.operation, self.record.upstream()) else {
            return;
        };
        CallServed {
            meters,
            span: &self.span,
            call: self.record.ids(),
            status: reply.response.status().as_u16(),
            code: reply.code,
            sent: reply.sent.map_or(Sent::Untold, sent),
            caller: self.shared.caller(&self.record).map(|caller| &*caller.name),
            cache: self.record.cache(),
            duration: self.record.started.elapsed(),
            recorded,
        }
        .emit(&self.shared.telemetry);
    }
}

/// The word of a problem's outcome among those of metrics.
const fn sent(outcome: Outcome) -> Sent {
    match outcome {
        Outcome::NotSent => Sent::NotSent,
        Outcome::Unknown => Sent::Unknown,
        Outcome::Answered => Sent::Answered,
    }
}
