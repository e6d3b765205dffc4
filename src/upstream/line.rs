//! One connection and the exchange that runs on it.
//!
//! The task that waits for an answer also drives the connection. That saves the hand-over between two tasks on
//! every exchange, and a connection that lies in the pool costs nothing: that its peer hung up is seen when it is
//! next taken, before a byte of the next request is written.

use std::fmt;
use std::future::{Future, poll_fn};
use std::io;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::{Bytes, BytesMut};
use http::{HeaderMap, HeaderValue, Request, Response, StatusCode, header};
use http_body::Body;
use http_body_util::Full;
use hyper::body::Incoming;
use hyper::client::conn::TrySendError;
use hyper::client::conn::http1::{Connection, SendRequest};
use tokio::time::{Instant, Sleep};

use super::addresses::Address;
use super::connect::Io;
use super::exchange::after;
use super::failure::{Failure, FailureKind};
use crate::telemetry::Counted;

/// A request as hyper takes it.
pub(super) type Outgoing = Request<Full<Bytes>>;

/// One open connection with both of its ends.
pub(super) struct Line {
    sender: SendRequest<Full<Bytes>>,
    /// None once hyper has ended it. Only a dropped connection hands back a request that it never took, so an ended
    /// one is not kept.
    connection: Option<Connection<Io, Full<Bytes>>>,
    #[allow(dead_code, reason = "held for what dropping it does")]
    counted: Counted,
    to: Arc<Address>,
}

/// How long the rest of an answer may take.
#[derive(Debug, Clone, Copy)]
pub(super) struct Patience {
    /// Between two parts of it.
    pub(super) idle: Duration,
    /// Until its last byte.
    pub(super) end: Instant,
}

/// Why an exchange on a line ended early.
pub(super) enum Stop {
    /// The line was dead already: the request comes back, and no byte of it was written.
    Unsent(Box<Outgoing>),
    /// Anything else.
    Failed(Failure),
}

// === impl Line ===

impl Line {
    pub(super) fn new(
        sender: SendRequest<Full<Bytes>>,
        connection: Connection<Io, Full<Bytes>>,
        counted: Counted,
        to: Arc<Address>,
    ) -> Self {
        Self {
            sender,
            connection: Some(connection),
            counted,
            to,
        }
    }

    /// The address at its other end.
    pub(super) const fn to(&self) -> &Arc<Address> {
        &self.to
    }

    /// Whether another request may follow on this connection.
    pub(super) fn is_reusable(&self) -> bool {
        self.connection.is_some() && self.sender.is_ready()
    }

    /// Sends a request and waits for the head of the answer until the timer fires.
    ///
    /// # Errors
    ///
    /// `Unsent` only if hyper hands the request back, which it does until it begins to write it.
    pub(super) async fn head(
        &mut self,
        request: Outgoing,
        mut timer: Pin<&mut Sleep>,
    ) -> Result<Response<Incoming>, Stop> {
        let mut answer = pin!(self.sender.try_send_request(request));
        let outcome = poll_fn(|cx| {
            drive(&mut self.connection, cx);
            if let Poll::Ready(outcome) = answer.as_mut().poll(cx) {
                return Poll::Ready(Some(outcome));
            }
            timer.as_mut().poll(cx).map(|()| None)
        });
        match outcome.await {
            Some(Ok(answer)) => check_framing(answer).map_err(Stop::Failed),
            Some(Err(error)) => Err(stop_of(error)),
            None => Err(Stop::Failed(Failure::maybe_sent(
                FailureKind::FirstByteTimeout,
            ))),
        }
    }

    /// Reads a body to its end, at most `limit` bytes of it, as long as there is patience.
    ///
    /// # Errors
    ///
    /// `BodyTooLarge` as soon as the declared or the counted size passes the limit; nothing more is read then.
    pub(super) async fn body(
        &mut self,
        mut body: Incoming,
        limit: usize,
        patience: Patience,
        mut timer: Pin<&mut Sleep>,
    ) -> Result<Bytes, Failure> {
        let mut gathered = Gathered::new(&body, limit)?;
        while !body.is_end_stream() {
            let part = after(Instant::now(), patience.idle);
            timer.as_mut().reset(part.min(patience.end));
            let frame = poll_fn(|cx| {
                if let Poll::Ready(frame) = Pin::new(&mut body).poll_frame(cx) {
                    return Poll::Ready(Some(frame));
                }
                drive(&mut self.connection, cx);
                if let Poll::Ready(frame) = Pin::new(&mut body).poll_frame(cx) {
                    return Poll::Ready(Some(frame));
                }
                timer.as_mut().poll(cx).map(|()| None)
            });
            match frame.await {
                Some(Some(Ok(frame))) => {
                    if let Ok(data) = frame.into_data() {
                        gathered.push(data)?;
                    }
                }
                Some(Some(Err(error))) => return Err(Failure::maybe_sent(body_fault(&error))),
                Some(None) => break,
                None if part < patience.end => {
                    return Err(Failure::maybe_sent(FailureKind::IdleTimeout));
                }
                None => return Err(Failure::maybe_sent(FailureKind::TotalTimeout)),
            }
        }
        Ok(gathered.into_bytes())
    }

    /// Lets the connection settle after an answer, so that it is known whether another request may follow.
    pub(super) async fn settle(&mut self) {
        if !self.is_reusable() {
            poll_fn(|cx| {
                drive(&mut self.connection, cx);
                Poll::Ready(())
            })
            .await;
        }
    }
}

impl fmt::Debug for Line {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Line")
            .field("over", &self.connection.is_none())
            .finish_non_exhaustive()
    }
}

/// Drives a connection; one that ended is dropped, which settles the promise of the exchange on it.
fn drive(connection: &mut Option<Connection<Io, Full<Bytes>>>, cx: &mut Context<'_>) {
    // An error of the connection reaches the exchange through its promise; here it only ends the polling.
    if let Some(open) = connection
        && Pin::new(open).poll(cx).is_ready()
    {
        *connection = None;
    }
}

fn stop_of(mut error: TrySendError<Outgoing>) -> Stop {
    if let Some(request) = error.take_message() {
        return Stop::Unsent(Box::new(request));
    }
    let error = error.into_error();
    Stop::Failed(Failure::maybe_sent(if error.is_parse() {
        FailureKind::BadHttp
    } else {
        FailureKind::Dropped
    }))
}

/// Refuses what hyper lets pass: an unasked 101, two lengths, a length beside a transfer coding, a coding other
/// than `chunked`, and a body that ends with the connection, since nobody can tell that end from a cut.
fn check_framing(answer: Response<Incoming>) -> Result<Response<Incoming>, Failure> {
    let headers = answer.headers();
    let sized = answer.body().size_hint().exact().is_some();
    let framed = if sized {
        headers
            .get_all(header::CONTENT_LENGTH)
            .iter()
            .nth(1)
            .is_none()
    } else {
        is_chunked_only(headers)
    };
    if framed && answer.status() != StatusCode::SWITCHING_PROTOCOLS {
        Ok(answer)
    } else {
        Err(Failure::maybe_sent(FailureKind::BadHttp))
    }
}

fn is_chunked_only(headers: &HeaderMap<HeaderValue>) -> bool {
    let mut codings = headers.get_all(header::TRANSFER_ENCODING).iter();
    let chunked = codings
        .next()
        .is_some_and(|coding| coding.as_bytes().eq_ignore_ascii_case(b"chunked"));
    chunked && codings.next().is_none() && !headers.contains_key(header::CONTENT_LENGTH)
}

fn body_fault(error: &hyper::Error) -> FailureKind {
    let source =
        std::error::Error::source(error).and_then(|source| source.downcast_ref::<io::Error>());
    match source.map(io::Error::kind) {
        Some(io::ErrorKind::InvalidData | io::ErrorKind::InvalidInput) => FailureKind::BadHttp,
        // Nothing is known of what was on its way: unlike a body that ends early, this is no answer at all.
        Some(
            io::ErrorKind::ConnectionReset
            | io::ErrorKind::ConnectionAborted
            | io::ErrorKind::BrokenPipe,
        ) => FailureKind::Dropped,
        _ => FailureKind::Truncated,
    }
}

/// The parts of a body as they come: the first is kept as it is, and copied only if a second follows.
struct Gathered {
    first: Bytes,
    rest: Option<BytesMut>,
    room: usize,
}

// === impl Gathered ===

impl Gathered {
    fn new(body: &Incoming, limit: usize) -> Result<Self, Failure> {
        let declared = usize::try_from(body.size_hint().lower()).unwrap_or(usize::MAX);
        if declared > limit {
            return Err(Failure::maybe_sent(FailureKind::BodyTooLarge));
        }
        Ok(Self {
            first: Bytes::new(),
            rest: None,
            room: limit,
        })
    }

    fn push(&mut self, data: Bytes) -> Result<(), Failure> {
        self.room = self
            .room
            .checked_sub(data.len())
            .ok_or(Failure::maybe_sent(FailureKind::BodyTooLarge))?;
        match &mut self.rest {
            Some(rest) => rest.extend_from_slice(&data),
            None if self.first.is_empty() => self.first = data,
            None => {
                let mut rest = BytesMut::with_capacity(
                    self.first
                        .len()
                        .saturating_add(data.len())
                        .saturating_mul(2),
                );
                rest.extend_from_slice(&self.first);
                rest.extend_from_slice(&data);
                self.rest = Some(rest);
            }
        }
        Ok(())
    }

    fn into_bytes(self) -> Bytes {
        match self.rest {
            Some(rest) => rest.freeze(),
            None => self.first,
        }
    }
}
