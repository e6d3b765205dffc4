//! The message layer around a service that tells problems without an id: those of operators and probes.

use std::convert::Infallible;
use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};

use bytes::Bytes;
use http::{Request, Response};
use http_body_util::Full;
use tower::Service;

use super::message::{judge, strip};

/// Answers what breaks a rule by itself and hands the rest on.
#[derive(Debug, Clone)]
pub struct Strict<S> {
    inner: S,
}

/// A call that was refused, or is being answered.
#[derive(Debug)]
pub struct Answering<F> {
    refused: Option<Response<Full<Bytes>>>,
    inner: Option<F>,
}

// === impl Strict ===

impl<S> Strict<S> {
    /// Puts the layer around a service.
    #[must_use]
    pub const fn new(inner: S) -> Self {
        Self { inner }
    }
}

impl<S, B> Service<Request<B>> for Strict<S>
where
    S: Service<Request<B>, Response = Response<Full<Bytes>>, Error = Infallible>,
    S::Future: Unpin,
{
    type Response = Response<Full<Bytes>>;
    type Error = Infallible;
    type Future = Answering<S::Future>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        self.inner.poll_ready(cx)
    }

    fn call(&mut self, mut request: Request<B>) -> Self::Future {
        let refused = match judge(&request, None) {
            Ok(names_headers) => {
                if names_headers {
                    strip(request.headers_mut());
                }
                None
            }
            Err(problem) => Some(problem.into_response("")),
        };
        Answering {
            inner: refused.is_none().then(|| self.inner.call(request)),
            refused,
        }
    }
}

impl<F> Future for Answering<F>
where
    F: Future<Output = Result<Response<Full<Bytes>>, Infallible>> + Unpin,
{
    type Output = F::Output;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<F::Output> {
        if let Some(inner) = &mut self.inner {
            return Pin::new(inner).poll(cx);
        }
        match self.refused.take() {
            Some(refused) => Poll::Ready(Ok(refused)),
            // Polled again after it was ready, which a future need not bear.
            None => Poll::Pending,
        }
    }
}
