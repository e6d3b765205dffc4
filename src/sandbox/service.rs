//! A sandbox behind its port.

use std::convert::Infallible;
use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll};

use bytes::Bytes;
use http::header::{CONTENT_TYPE, HeaderName, HeaderValue};
use http::request::Parts;
use http::{Request, Response, StatusCode};
use http_body::Body;
use http_body_util::{BodyExt, Full, LengthLimitError, Limited};
use jiff::Timestamp;
use tower::{BoxError, Service};

use super::dialect::Dialect;
use crate::engine::exchange::{NativeResponse, ReceivedRequest};

/// Bytes of a request's body; upstreams take less.
const LARGEST: usize = 1 << 20;

/// A sandbox as a service. Clones share its store; it is always ready.
#[derive(Debug, Clone)]
pub struct Sandbox {
    dialect: Arc<Mutex<Dialect>>,
}

type Answered = Result<Response<Full<Bytes>>, Infallible>;

/// A request being answered.
pub struct Answering(Pin<Box<dyn Future<Output = Answered> + Send>>);

// === impl Sandbox ===

impl Sandbox {
    /// Puts a dialect behind a port.
    #[must_use]
    pub fn new(dialect: Dialect) -> Self {
        Self {
            dialect: Arc::new(Mutex::new(dialect)),
        }
    }

    fn answer(&self, head: &Parts, body: &[u8]) -> Response<Full<Bytes>> {
        let headers: Vec<(&str, &[u8])> = head
            .headers
            .iter()
            .map(|(name, value)| (name.as_str(), value.as_bytes()))
            .collect();
        let request = ReceivedRequest {
            method: head.method.as_str(),
            target: head
                .uri
                .path_and_query()
                .map_or("/", |target| target.as_str()),
            headers: &headers,
            content_type: head
                .headers
                .get(CONTENT_TYPE)
                .and_then(|value| value.to_str().ok()),
            body,
        };
        let now = Timestamp::now().as_millisecond();
        // A call that panicked changed a copy of the store only.
        let mut dialect = self.dialect.lock().unwrap_or_else(PoisonError::into_inner);
        written(dialect.answer(&request, now))
    }
}

impl<B> Service<Request<B>> for Sandbox
where
    B: Body<Data = Bytes> + Send + 'static,
    B::Error: Into<BoxError>,
{
    type Response = Response<Full<Bytes>>;
    type Error = Infallible;
    type Future = Answering;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<B>) -> Answering {
        let sandbox = self.clone();
        Answering(Box::pin(async move {
            let (head, body) = request.into_parts();
            Ok(match Limited::new(body, LARGEST).collect().await {
                Ok(body) => sandbox.answer(&head, &body.to_bytes()),
                Err(error) if error.is::<LengthLimitError>() => bare(StatusCode::PAYLOAD_TOO_LARGE),
                Err(_) => bare(StatusCode::BAD_REQUEST),
            })
        }))
    }
}

fn bare(status: StatusCode) -> Response<Full<Bytes>> {
    let mut response = Response::new(Full::default());
    *response.status_mut() = status;
    response
}

fn written(native: NativeResponse) -> Response<Full<Bytes>> {
    let status = StatusCode::from_u16(native.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let mut response = bare(status);
    *response.body_mut() = Full::new(native.body.into());
    let headers = response.headers_mut();
    for (name, value) in native.headers {
        if let (Ok(name), Ok(value)) = (
            HeaderName::try_from(&*name),
            HeaderValue::from_bytes(&value),
        ) {
            headers.append(name, value);
        }
    }
    if let Some(value) = native
        .content_type
        .and_then(|media| HeaderValue::from_str(&media).ok())
    {
        headers.insert(CONTENT_TYPE, value);
    }
    response
}

// === impl Answering ===

impl Future for Answering {
    type Output = Answered;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Answered> {
        self.0.as_mut().poll(cx)
    }
}

impl fmt::Debug for Answering {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Answering")
    }
}
