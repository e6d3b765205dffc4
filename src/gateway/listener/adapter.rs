//! A tower service as hyper calls it, for one connection.

use std::future::Future;
use std::net::IpAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use bytes::Bytes;
use http::header::{CONNECTION, CONTENT_LENGTH, HeaderValue};
use http::{Method, Request, Response, Version};
use http_body::Body;
use http_body_util::Full;
use hyper::body::Incoming;
use tokio::runtime::Handle;
use tower::Service;

use super::peer::{Peer, PeerIdentity};
use crate::gateway::front::{Calls, Condemned, Running};

/// Paths of calls that may be taken from some addresses only.
const CALLBACKS: &str = "/v1/callbacks/";

/// A service for one connection: the gateway's services are always ready.
#[derive(Debug)]
pub(super) struct Adapter<S> {
    pub(super) service: S,
    pub(super) calls: Arc<Calls>,
    pub(super) peer: IpAddr,
    pub(super) identity: Option<PeerIdentity>,
}

/// A call that counts as running until it is answered.
///
/// Given up, because its caller hung up, it goes on alone if it may change something: then it runs to its known end,
/// and is counted and logged as ever. A read is cancelled.
#[derive(Debug)]
pub(super) struct Counted<F: Future + Send + Unpin + 'static> {
    running: Option<(F, Running)>,
    may_change: bool,
    is_http2: bool,
    is_head: bool,
}

impl<S> hyper::service::Service<Request<Incoming>> for Adapter<S>
where
    S: Service<Request<Incoming>, Response = Response<Full<Bytes>>> + Clone,
    S::Future: Send + Unpin + 'static,
{
    type Response = S::Response;
    type Error = S::Error;
    type Future = Counted<S::Future>;

    fn call(&self, mut request: Request<Incoming>) -> Self::Future {
        let (running, fault) = self.calls.begin();
        // Extensions are an allocation, and most calls need none.
        if request.uri().path().starts_with(CALLBACKS) {
            request.extensions_mut().insert(Peer(self.peer));
        }
        if let Some(identity) = &self.identity {
            request.extensions_mut().insert(identity.clone());
        }
        if let Some(fault) = fault {
            request.extensions_mut().insert(Condemned(fault));
        }
        Counted {
            may_change: !request.method().is_safe(),
            is_http2: request.version() == Version::HTTP_2,
            is_head: request.method() == Method::HEAD,
            running: Some((self.service.clone().call(request), running)),
        }
    }
}

impl<F, E> Future for Counted<F>
where
    F: Future<Output = Result<Response<Full<Bytes>>, E>> + Send + Unpin + 'static,
{
    type Output = F::Output;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<F::Output> {
        let this = &mut *self;
        let Some((inner, running)) = &mut this.running else {
            // Polled again after it was ready, which a future need not bear.
            return Poll::Pending;
        };
        let mut answer = ready!(Pin::new(inner).poll(cx));
        if this.is_head
            && this.is_http2
            && let Ok(answer) = &mut answer
        {
            leave_body_out(answer);
        }
        if running.is_last()
            && !this.is_http2
            && let Ok(answer) = &mut answer
        {
            let headers = answer.headers_mut();
            headers.insert(CONNECTION, HeaderValue::from_static("close"));
        }
        this.running = None;
        Poll::Ready(answer)
    }
}

/// The head alone, with the length that the body has (RFC 9110, 9.3.2): hyper leaves it out in HTTP/1.1 alone.
fn leave_body_out(answer: &mut Response<Full<Bytes>>) {
    let length = answer.body().size_hint().exact();
    *answer.body_mut() = Full::default();
    if let Some(length) = length.filter(|length| *length > 0) {
        let headers = answer.headers_mut();
        headers.insert(CONTENT_LENGTH, HeaderValue::from(length));
    }
}

impl<F: Future + Send + Unpin + 'static> Drop for Counted<F> {
    fn drop(&mut self) {
        if self.may_change
            && let Some((inner, running)) = self.running.take()
            && let Ok(runtime) = Handle::try_current()
        {
            runtime.spawn(async move {
                // Nobody is left to tell.
                let _ = inner.await;
                drop(running);
            });
        }
    }
}
