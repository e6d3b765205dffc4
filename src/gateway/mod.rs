//! The gateway: from a caller's request to the answer of one canonical operation.
//!
//! The life of a call is the stack in [`Gateway::new`], outermost first, and then the core in `serve`: inputs,
//! upstream, body and judge, translate out, send, translate back, answer. Every layer answers with an HTTP response;
//! the service's error is [`Infallible`], since every cause becomes a problem in `problem::cause` and nowhere else.

mod answer;
mod cache;
pub mod callers;
pub mod capabilities;
mod carry;
mod current;
mod cursor;
mod digest;
mod etag;
mod events;
pub mod foresee;
pub mod front;
mod http_date;
mod identity;
mod judge;
mod layers;
pub mod listener;
mod losses;
pub mod openapi;
mod operation;
mod preferences;
pub mod problem;
mod record;
mod route;
mod serve;
mod shared;
mod spans;
mod told;
mod trace;
pub mod translate;
mod wishes;

use std::convert::Infallible;
use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use bytes::Bytes;
use http::{Request, Response};
use http_body::Body;
use http_body_util::Full;
use tower::{Layer, Service, ServiceBuilder};

use callers::CallersLayer;
use layers::{
    AccessLayer, BodyLimitLayer, ConcurrencyLayer, DeadlineLayer, FrontLayer, PanicsLayer,
    RequestIdLayer, RoutingLayer,
};
use serve::Core;
use shared::Shared;

pub use cache::Changes;
pub use carry::{Carry, Carrying};
pub use current::Current;
pub use cursor::Cursors;
pub use events::{Events, EventsFault};
pub use identity::NoRandomness;
pub use judge::{Judge, JudgeFault};
pub use route::RouteFault;
pub use route::choose::RoutingRule;
pub use serve::CallbackDoor;
pub use shared::{Setup, SetupFault, UpstreamSetup};
pub use spans::{Collector, NoCollector, SpanExporter, SpanQueue, to_collector};
pub use told::Told;
pub use wishes::{Caller, CallerKind};

type Access = <AccessLayer as Layer<Panics>>::Service;
type Panics = <PanicsLayer as Layer<Front>>::Service;
type Front = <FrontLayer as Layer<Admission>>::Service;
type Admission = <CallersLayer as Layer<BodyLimit>>::Service;
type BodyLimit = <BodyLimitLayer as Layer<Concurrency>>::Service;
type Concurrency = <ConcurrencyLayer as Layer<Deadline>>::Service;
type Deadline = <DeadlineLayer as Layer<Core>>::Service;
type Routing = <RoutingLayer as Layer<Access>>::Service;
type Stack = <RequestIdLayer as Layer<Routing>>::Service;
type StackFuture = <Stack as Service<Request<Full<Bytes>>>>::Future;

/// The gateway as a service. Clones share everything; it is always ready.
#[derive(Clone)]
pub struct Gateway {
    stack: Stack,
}

/// A call being answered.
pub struct Answering {
    inner: StackFuture,
}

// === impl Gateway ===

impl Gateway {
    /// Builds the gateway, whole: paths routed, every name looked up.
    ///
    /// # Errors
    /// What of the setup does not fit together.
    pub fn new(setup: Setup<'_>) -> Result<Self, SetupFault> {
        let (limits, span) = (setup.limits, setup.deadline);
        let shared = Arc::new(Shared::new(setup)?);
        let stack = ServiceBuilder::new()
            // Outermost: whatever comes back, also from a layer that refuses, bears the id of its call.
            .layer(RequestIdLayer(Arc::clone(&shared)))
            // Before the log, so that every line, metric and span names its operation, also of calls refused below.
            .layer(RoutingLayer(Arc::clone(&shared)))
            // Around all that can refuse or fail: each call is counted once, with the status that the caller gets.
            .layer(AccessLayer(Arc::clone(&shared)))
            // Inside the log, so that a panic is counted; around the rest, so that its turn and timer are given back.
            .layer(PanicsLayer(Arc::clone(&shared)))
            // Inside the log, so that what is refused is counted; before anything else looks at the request.
            .layer(FrontLayer(Arc::clone(&shared)))
            // Before anything is counted by or told of what is asked: a stranger learns nothing but that it is one.
            .layer(CallersLayer(Arc::clone(&shared)))
            // Before a turn is taken: a body that declares itself too large costs nothing but its refusal.
            .layer(BodyLimitLayer(limits.body))
            // Refuses at once what finds no turn; what is let in holds it until its answer is whole.
            .layer(ConcurrencyLayer::new(limits.concurrency))
            // Innermost: only work counts against the deadline, and it ends all of it, the caller's slow body too.
            .layer(DeadlineLayer {
                span,
                shared: Arc::clone(&shared),
            })
            .service(Core::new(shared));
        Ok(Self { stack })
    }
}

impl<B> Service<Request<B>> for Gateway
where
    B: Body<Data = Bytes> + Send + Unpin + 'static,
    B::Error: Into<tower::BoxError>,
{
    type Response = Response<Full<Bytes>>;
    type Error = Infallible;
    type Future = Answering;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Service::<Request<B>>::poll_ready(&mut self.stack, cx)
    }

    fn call(&mut self, request: Request<B>) -> Answering {
        Answering {
            inner: self.stack.call(request),
        }
    }
}

impl fmt::Debug for Gateway {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Gateway")
    }
}

// === impl Answering ===

impl Future for Answering {
    type Output = Result<Response<Full<Bytes>>, Infallible>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        Pin::new(&mut self.inner).poll(cx)
    }
}

impl fmt::Debug for Answering {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Answering")
    }
}
