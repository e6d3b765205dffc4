//! A tower service as hyper calls it, for one connection.

use std::future::Future;
use std::mem;
use std::net::IpAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use bytes::Bytes;
use http::header::{CONNECTION, CONTENT_LENGTH, EXPECT, HeaderValue};
use http::{Method, Request, Response, Version};
use http_body::Body;
use http_body_util::Full;
use hyper::body::Incoming;
use tokio::runtime::Handle;
use tower::Service;

use super::peer::{Peer, PeerIdentity};
use super::received::{Left, Received, Rest};
use crate::gateway::front::{BodyPace, Calls, Condemned, Fault, Paces, Running};

/// Paths of calls that may be taken from some addresses only.
const CALLBACKS: &str = "/v1/callbacks/";

/// Bytes of a body that are read and forgotten where nobody wanted them: a connection that goes on is worth that. Behind
/// an answer to a longer one the connection ends, and the answer says so.
const SMALL: u64 = 64 << 10;

/// A service for one connection: the gateway's services are always ready.
#[derive(Debug)]
pub(super) struct Adapter<S> {
    pub(super) service: S,
    pub(super) calls: Arc<Calls>,
    pub(super) peer: IpAddr,
    pub(super) identity: Option<PeerIdentity>,
    /// The most fields of a head.
    pub(super) most_fields: usize,
    pub(super) paces: Paces,
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
    /// What is left of the body, where there is one.
    left: Option<Unread>,
    /// Boxed, since few calls get here.
    answered: Option<Box<Answered>>,
}

/// A body of which somebody will be asked what is left.
#[derive(Debug)]
struct Unread {
    left: Arc<Left>,
    /// It says that it is small, and it comes by itself.
    is_small: bool,
}

/// A call that is answered once the rest of its body is out of the way.
#[derive(Debug)]
struct Answered {
    answer: Response<Full<Bytes>>,
    rest: Incoming,
    running: Running,
}

impl<S> hyper::service::Service<Request<Incoming>> for Adapter<S>
where
    S: Service<Request<Received>, Response = Response<Full<Bytes>>> + Clone,
    S::Future: Send + Unpin + 'static,
{
    type Response = S::Response;
    type Error = S::Error;
    type Future = Counted<S::Future>;

    fn call(&self, mut request: Request<Incoming>) -> Self::Future {
        let (running, fault) = self.calls.begin();
        let is_http2 = request.version() == Version::HTTP_2;
        // Extensions are an allocation, and most calls need none.
        if request.uri().path().starts_with(CALLBACKS) {
            request.extensions_mut().insert(Peer(self.peer));
        }
        if let Some(identity) = &self.identity {
            request.extensions_mut().insert(identity.clone());
        }
        if let Some(fault) = fault.or_else(|| self.many_fields(&request, is_http2)) {
            request.extensions_mut().insert(Condemned(fault));
        }
        let left = Unread::of(&request).filter(|_| !is_http2);
        let may_change = !request.method().is_safe();
        let is_head = request.method() == Method::HEAD;
        let request = request.map(|incoming| self.received(incoming, is_http2, left.as_ref()));
        Counted {
            may_change,
            is_http2,
            is_head,
            left,
            answered: None,
            running: Some((self.service.clone().call(request), running)),
        }
    }
}

impl<S> Adapter<S> {
    /// The fault of a head of more fields than may be: below hyper, nobody counts them in HTTP/2.
    fn many_fields(&self, request: &Request<Incoming>, is_http2: bool) -> Option<Fault> {
        if !is_http2 || request.headers().len() <= self.most_fields {
            return None;
        }
        self.calls.turned_away(Fault::ManyFields.cause());
        Some(Fault::ManyFields)
    }

    fn received(&self, incoming: Incoming, is_http2: bool, left: Option<&Unread>) -> Received {
        let has_end = incoming.is_end_stream();
        let received = Received::new(incoming);
        match left {
            Some(unread) => received.tells(&unread.left),
            None if is_http2 && !has_end => {
                received.paced(BodyPace::new(self.paces, Arc::clone(&self.calls)))
            }
            None => received,
        }
    }
}

// === impl Unread ===

impl Unread {
    /// What to ask of a request with a body.
    fn of(request: &Request<Incoming>) -> Option<Self> {
        let body = request.body();
        let size = body.size_hint().exact();
        // Whoever waits for a go-ahead sends nothing before it.
        let comes = !request.headers().contains_key(EXPECT);
        (!body.is_end_stream()).then(|| Self {
            left: Arc::default(),
            is_small: comes && size.is_some_and(|size| size <= SMALL),
        })
    }

    /// What is left, all of it only where it is worth being read.
    fn rest(&self) -> Rest {
        match self.left.take() {
            Rest::All(_) if !self.is_small => Rest::Some,
            rest => rest,
        }
    }
}

// === impl Answered ===

impl Answered {
    /// Reads what is left; ready with the answer, the last one of its connection where there is more than was read.
    fn poll(&mut self, cx: &mut Context<'_>) -> Poll<Response<Full<Bytes>>> {
        let is_whole = loop {
            match ready!(Pin::new(&mut self.rest).poll_frame(cx)) {
                Some(Ok(_)) => {}
                Some(Err(_)) => break false,
                None => break true,
            }
        };
        let mut answer = mem::take(&mut self.answer);
        // The time of a body is up, or the end of the gateway has come, while it was waited for.
        if !is_whole || self.running.is_last() {
            close(&mut answer);
        }
        Poll::Ready(answer)
    }
}

impl<F, E> Future for Counted<F>
where
    F: Future<Output = Result<Response<Full<Bytes>>, E>> + Send + Unpin + 'static,
{
    type Output = F::Output;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<F::Output> {
        let this = &mut *self;
        if let Some(answered) = &mut this.answered {
            let answer = ready!(answered.poll(cx));
            this.answered = None;
            return Poll::Ready(Ok(answer));
        }
        let Some((inner, _)) = &mut this.running else {
            // Polled again after it was ready, which a future need not bear.
            return Poll::Pending;
        };
        let mut answer = ready!(Pin::new(inner).poll(cx))?;
        let Some((inner, running)) = this.running.take() else {
            return Poll::Pending;
        };
        // It may hold the body still.
        drop(inner);
        if this.is_http2 {
            if this.is_head {
                leave_body_out(&mut answer);
            }
            return Poll::Ready(Ok(answer));
        }
        if running.is_last() {
            close(&mut answer);
            return Poll::Ready(Ok(answer));
        }
        let left = this
            .left
            .take()
            .map_or(Rest::Nothing, |unread| unread.rest());
        let rest = match left {
            Rest::All(rest) => rest,
            Rest::Nothing => return Poll::Ready(Ok(answer)),
            Rest::Some | Rest::Unknown => {
                close(&mut answer);
                return Poll::Ready(Ok(answer));
            }
        };
        let answered = this.answered.insert(Box::new(Answered {
            answer,
            rest,
            running,
        }));
        let answer = ready!(answered.poll(cx));
        this.answered = None;
        Poll::Ready(Ok(answer))
    }
}

/// Says that the connection ends with this answer.
fn close(answer: &mut Response<Full<Bytes>>) {
    let headers = answer.headers_mut();
    headers.insert(CONNECTION, HeaderValue::from_static("close"));
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
