//! A request, and what may be done with it.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll};

use bytes::Bytes;
use http::Request;
use tower::Service;

use super::trace::Onward;

/// A request on its way to an upstream.
#[derive(Debug, Clone)]
pub struct Outbound {
    /// What is sent; its URI is path and query only.
    pub request: Request<Bytes>,
    /// Whether the upstream may see it twice: it changes nothing, or the upstream tells repetitions apart. Decided by
    /// the mapping, never by the method.
    pub is_repeatable: bool,
    /// The trace of the call that it is a part of.
    pub trace: Option<Onward>,
}

/// Marks a request that the upstream may see twice although its method says otherwise.
#[derive(Debug, Clone, Copy)]
struct Repeatable;

/// Whether the upstream may see a request twice.
pub(super) fn is_repeatable<B>(request: &Request<B>) -> bool {
    request.method().is_safe() || request.extensions().get::<Repeatable>().is_some()
}

/// Goes with all attempts of one call: where the last of them was made.
#[derive(Debug, Clone, Default)]
pub(super) struct Former(Arc<Mutex<Option<SocketAddr>>>);

// === impl Former ===

impl Former {
    /// Gives the address of the attempt before, and puts that of this one there.
    pub(super) fn replace(&self, now: Option<SocketAddr>) -> Option<SocketAddr> {
        let mut former = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        std::mem::replace(&mut former, now)
    }
}

/// Gives the inner service the request alone, which is marked where its method does not say enough.
#[derive(Debug, Clone)]
pub(super) struct Unpack<S>(S);

// === impl Unpack ===

impl<S> Unpack<S> {
    pub(super) const fn new(inner: S) -> Self {
        Self(inner)
    }

    /// The service that it stands before.
    pub(super) const fn inner(&self) -> &S {
        &self.0
    }
}

impl<S: Service<Request<Bytes>>> Service<Outbound> for Unpack<S> {
    type Response = S::Response;
    type Error = S::Error;
    type Future = S::Future;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.0.poll_ready(cx)
    }

    fn call(&mut self, outbound: Outbound) -> S::Future {
        let mut request = outbound.request;
        if outbound.is_repeatable && !request.method().is_safe() {
            request.extensions_mut().insert(Repeatable);
        }
        self.0.call(request)
    }
}
