//! How long a connection may keep the listener waiting: for the rest of a head, and between calls.

use std::future::Future;
use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Context, Poll};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;
use tokio::time::{Instant, Sleep, sleep_until};

/// How long the head of a request may take, from its first byte.
pub(super) const HEAD: Duration = Duration::from_secs(10);

/// How long a connection may lie without a call: longer than our own client keeps one, so that of two gateways in a
/// row the calling one hangs up first.
pub(super) const IDLE: Duration = Duration::from_secs(60);

/// What an HTTP/2 connection begins with; no method of HTTP/1.1 does.
const HTTP2: &[u8] = b"PRI";

/// The calls of one connection.
#[derive(Debug, Default)]
pub(super) struct Calls {
    begun: AtomicUsize,
    running: AtomicUsize,
}

/// A call of a connection while it runs.
#[derive(Debug)]
pub(super) struct Running(Arc<Calls>);

/// A socket whose reads fail when its peer keeps us waiting too long. A call that runs is not the peer's doing.
#[derive(Debug)]
pub(super) struct Paced {
    stream: TcpStream,
    calls: Arc<Calls>,
    wait: Wait,
    /// Calls that had begun when `wait` was set.
    seen: usize,
    /// The first bytes told the version.
    is_known: bool,
    is_http2: bool,
    timer: Option<Pin<Box<Sleep>>>,
}

/// What is waited for.
#[derive(Debug, Clone, Copy)]
enum Wait {
    /// For anything; the time has not begun to count.
    Anew,
    /// For the first byte of a head, at most until then.
    Call(Instant),
    /// For the rest of a head, at most until then.
    Head(Instant),
    /// It took too long; nothing more is read.
    Over,
}

// === impl Calls ===

impl Calls {
    pub(super) fn begin(self: &Arc<Self>) -> Running {
        self.begun.fetch_add(1, Ordering::Relaxed);
        self.running.fetch_add(1, Ordering::Relaxed);
        Running(Arc::clone(self))
    }

    fn is_idle(&self) -> bool {
        self.running.load(Ordering::Relaxed) == 0
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.0.running.fetch_sub(1, Ordering::Relaxed);
    }
}

// === impl Paced ===

impl Paced {
    pub(super) fn new(stream: TcpStream, calls: Arc<Calls>) -> Self {
        Self {
            stream,
            calls,
            wait: Wait::Anew,
            seen: 0,
            is_known: false,
            is_http2: false,
            timer: None,
        }
    }

    /// Looks at bytes that came.
    fn take_note(&mut self, bytes: &[u8]) {
        if !self.is_known {
            self.is_known = true;
            self.is_http2 = bytes.starts_with(HTTP2);
        }
        self.forget_heads_that_ended();
        if !self.calls.is_idle() || self.is_http2 {
            self.wait = Wait::Anew;
        } else if !matches!(self.wait, Wait::Head(_) | Wait::Over) {
            self.wait = Wait::Head(after(HEAD));
        }
    }

    /// A call has begun since: its head was whole.
    fn forget_heads_that_ended(&mut self) {
        let begun = self.calls.begun.load(Ordering::Relaxed);
        if begun != self.seen {
            self.seen = begun;
            self.wait = Wait::Anew;
        }
    }

    /// Fails once it took too long; until then the task is woken when it does.
    fn poll_wait(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.forget_heads_that_ended();
        if !self.calls.is_idle() {
            self.wait = Wait::Anew;
            return Poll::Pending;
        }
        let end = match self.wait {
            Wait::Anew => {
                let end = after(IDLE);
                self.wait = Wait::Call(end);
                end
            }
            Wait::Call(end) | Wait::Head(end) => end,
            Wait::Over => return Poll::Ready(Err(io::ErrorKind::TimedOut.into())),
        };
        let timer = self.timer.get_or_insert_with(|| Box::pin(sleep_until(end)));
        if timer.deadline() != end {
            timer.as_mut().reset(end);
        }
        timer.as_mut().poll(cx).map(|()| {
            self.wait = Wait::Over;
            Err(io::ErrorKind::TimedOut.into())
        })
    }

    /// A peer that takes its answer, however slowly, is not idle.
    fn went_on(&mut self, written: Poll<io::Result<usize>>) -> Poll<io::Result<usize>> {
        if written.is_ready() && matches!(self.wait, Wait::Call(_)) {
            self.wait = Wait::Anew;
        }
        written
    }
}

impl AsyncRead for Paced {
    fn poll_read(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        let before = buf.filled().len();
        match Pin::new(&mut this.stream).poll_read(cx, buf) {
            Poll::Ready(read) => {
                let came = buf.filled().get(before..).unwrap_or_default();
                if !came.is_empty() {
                    this.take_note(came);
                }
                Poll::Ready(read)
            }
            Poll::Pending => this.poll_wait(cx),
        }
    }
}

impl AsyncWrite for Paced {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.stream).poll_write(cx, bytes);
        self.get_mut().went_on(written)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        parts: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.stream).poll_write_vectored(cx, parts);
        self.get_mut().went_on(written)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let flushed = Pin::new(&mut self.stream).poll_flush(cx);
        // Behind an answer hyper reads again only when bytes have come: the wait for them begins here.
        if flushed.is_ready() && self.poll_wait(cx).is_ready() {
            cx.waker().wake_by_ref();
        }
        flushed
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}

fn after(span: Duration) -> Instant {
    let now = Instant::now();
    now.checked_add(span).unwrap_or(now)
}
