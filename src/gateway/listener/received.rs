//! The body of a request as services read it: what becomes of it is known when the request is answered.

use std::io;
use std::mem;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll, ready};

use bytes::Bytes;
use http_body::{Body, Frame, SizeHint};
use hyper::body::Incoming;
use tower::BoxError;

use crate::gateway::front::{BodyPace, Fault};

/// The body of a request.
///
/// One of HTTP/2 keeps the time of its own: below it nobody knows which bytes of a connection belong to which body.
#[derive(Debug)]
pub struct Received {
    incoming: Option<Incoming>,
    is_begun: bool,
    is_read: bool,
    /// Who wants to know what is left of it.
    left: Option<Arc<Left>>,
    pace: Option<Box<BodyPace>>,
}

/// Where it is told what is left of a body.
#[derive(Debug, Default)]
pub(super) struct Left(Mutex<Rest>);

/// What is left of a body.
#[derive(Debug, Default)]
pub(super) enum Rest {
    /// Nobody knows: it is still being read.
    #[default]
    Unknown,
    /// Nothing.
    Nothing,
    /// All of it.
    All(Incoming),
    /// Some of it.
    Some,
}

// === impl Received ===

impl Received {
    pub(super) const fn new(incoming: Incoming) -> Self {
        Self {
            incoming: Some(incoming),
            is_begun: false,
            is_read: false,
            left: None,
            pace: None,
        }
    }

    /// Tells what is left of it when it is dropped.
    pub(super) fn tells(mut self, left: &Arc<Left>) -> Self {
        self.left = Some(Arc::clone(left));
        self
    }

    /// Keeps its own time.
    pub(super) fn paced(mut self, pace: BodyPace) -> Self {
        self.pace = Some(Box::new(pace));
        self
    }
}

impl Body for Received {
    type Data = Bytes;
    type Error = BoxError;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, BoxError>>> {
        let this = &mut *self;
        let Some(incoming) = &mut this.incoming else {
            return Poll::Ready(None);
        };
        let polled = Pin::new(&mut *incoming).poll_frame(cx);
        this.is_begun = true;
        this.is_read = matches!(polled, Poll::Ready(None)) || incoming.is_end_stream();
        if let Some(pace) = &mut this.pace {
            match &polled {
                Poll::Ready(Some(Ok(frame))) => pace.came(frame.data_ref().map_or(0, Bytes::len)),
                Poll::Ready(_) => {}
                Poll::Pending => {
                    ready!(pace.poll(cx));
                    let late = io::Error::from(Fault::SlowBody);
                    return Poll::Ready(Some(Err(late.into())));
                }
            }
        }
        polled.map_err(Into::into)
    }

    fn is_end_stream(&self) -> bool {
        self.incoming.as_ref().is_none_or(Body::is_end_stream)
    }

    fn size_hint(&self) -> SizeHint {
        let incoming = self.incoming.as_ref();
        incoming.map_or_else(|| SizeHint::with_exact(0), Body::size_hint)
    }
}

impl Drop for Received {
    fn drop(&mut self) {
        let Some(left) = self.left.take() else { return };
        left.set(match self.incoming.take() {
            _ if self.is_read => Rest::Nothing,
            Some(incoming) if !self.is_begun => Rest::All(incoming),
            _ => Rest::Some,
        });
    }
}

// === impl Left ===

impl Left {
    fn set(&self, rest: Rest) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = rest;
    }

    pub(super) fn take(&self) -> Rest {
        mem::take(&mut *self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}
