//! The gateway that serves now.

use std::convert::Infallible;
use std::fmt;
use std::sync::Arc;
use std::task::{Context, Poll};

use arc_swap::ArcSwap;
use bytes::Bytes;
use http::{Request, Response};
use http_body::Body;
use http_body_util::Full;
use tower::Service;

use super::{Answering, Gateway};

/// The gateway that serves now, as a service: a call is answered, to its end, by the one that counts when it comes.
/// Clones share it; it is always ready.
#[derive(Clone)]
pub struct Current(Arc<ArcSwap<Gateway>>);

// === impl Current ===

impl Current {
    /// Begins with this one.
    #[must_use]
    pub fn new(gateway: Gateway) -> Self {
        Self(Arc::new(ArcSwap::from_pointee(gateway)))
    }

    /// Has another one answer the calls that come from here on.
    pub fn exchange(&self, gateway: Gateway) {
        self.0.store(Arc::new(gateway));
    }
}

impl<B> Service<Request<B>> for Current
where
    B: Body<Data = Bytes> + Send + Unpin + 'static,
    B::Error: Into<tower::BoxError>,
{
    type Response = Response<Full<Bytes>>;
    type Error = Infallible;
    type Future = Answering;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<B>) -> Answering {
        // A gateway is always ready, a clone of it too.
        let mut gateway = Gateway::clone(&self.0.load());
        gateway.call(request)
    }
}

impl fmt::Debug for Current {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Current")
    }
}
