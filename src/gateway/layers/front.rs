//! The message layer of the strict front: refuses what is no request of HTTP.

use std::convert::Infallible;
use std::sync::Arc;
use std::task::{Context, Poll};

use tower::{Layer, Service};

use super::concurrency::Held;
use crate::gateway::front::{self, Condemned};
use crate::gateway::record::{Inbound, Reply};
use crate::gateway::route::Route;
use crate::gateway::shared::Shared;
use crate::telemetry::Event;
use crate::telemetry::events::TurnedAway;

/// Builds [`Front`]s.
#[derive(Debug, Clone)]
pub(in crate::gateway) struct FrontLayer(pub(in crate::gateway) Arc<Shared>);

/// Refuses what is no request of HTTP, and forgets what is for the connection alone.
#[derive(Debug, Clone)]
pub(in crate::gateway) struct Front<S> {
    inner: S,
    shared: Arc<Shared>,
}

impl<S> Layer<S> for FrontLayer {
    type Service = Front<S>;

    fn layer(&self, inner: S) -> Front<S> {
        Front {
            inner,
            shared: Arc::clone(&self.0),
        }
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
            Err(problem) => {
                // What the listener found it has counted.
                if inbound.request.extensions().get::<Condemned>().is_none() {
                    let cause = problem.code.row().name;
                    TurnedAway { cause }.emit(&self.shared.telemetry);
                }
                return Held::refused(Reply::problem(*problem, &inbound.record.id));
            }
        }
        Held::running(self.inner.call(inbound), ())
    }
}
