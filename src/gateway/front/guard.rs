//! The guard on a connection: what goes on to hyper is judged.

use std::future::poll_fn;
use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

use super::fault::Fault;
use super::frames::Frames;
use super::pace::{Calls, Pace, Paces, Phase};
use super::reader::{Reader, Rest, Taken};
use crate::config::Limits;

/// What an HTTP/2 connection begins with (RFC 9113, 3.4); no request of HTTP/1.1 does.
const PREFACE: &[u8] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";

/// What stands for a head that broke a rule; who serves it looks at the rule alone.
const STAND_IN: &[u8] = b"GET / HTTP/1.1\r\nhost: malformed\r\nconnection: close\r\n\r\n";

/// Bytes that are read at once while a head is kept back.
const PIECE: usize = 1 << 10;

/// Bytes that are more than a few acknowledgements of HTTP/2.
const ANSWER: usize = 1 << 10;

/// Bytes of a refused message that are read and forgotten, so that the answer is not lost with them (RFC 9112, 9.6).
const LINGER: usize = 256 << 10;

/// A connection whose reads are judged.
#[derive(Debug)]
pub(in crate::gateway) struct Guard<S> {
    stream: S,
    calls: Arc<Calls>,
    /// None lets everything go on.
    reader: Option<Reader>,
    /// Where in its frames a connection of HTTP/2 stands.
    frames: Option<Frames>,
    pace: Pace,
    /// The clock of an answer that the peer does not take: hyper reads nothing meanwhile.
    taking: Pace,
    /// Bytes that are kept here. Those before `good` go on as soon as they are asked for.
    kept: Vec<u8>,
    good: usize,
    /// The bytes that are kept have not been looked at.
    is_new: bool,
    end: End,
}

/// What becomes of reads when everything good has gone on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum End {
    /// They go on.
    Open,
    /// Nothing is read any more.
    Shut,
    /// They fail.
    Broken(Fault),
    /// It took too long.
    Late,
    /// The answer is whole, and what still comes is forgotten up to so many bytes.
    Lingering(usize),
}

/// The protocol that a connection speaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::gateway) enum Speaks {
    Http1,
    Http2,
}

// === impl Guard ===

impl<S: AsyncRead + AsyncWrite + Unpin> Guard<S> {
    pub(in crate::gateway) fn new(stream: S, calls: Arc<Calls>, paces: Paces) -> Self {
        Self {
            stream,
            calls,
            reader: None,
            frames: None,
            pace: Pace::new(paces),
            taking: Pace::new(paces),
            kept: Vec::new(),
            good: 0,
            is_new: false,
            end: End::Open,
        }
    }

    /// Reads until it is known what the connection speaks; none if it ends before.
    pub(in crate::gateway) async fn listen(&mut self, limits: &Limits) -> Option<Speaks> {
        let speaks = poll_fn(|cx| self.poll_speaks(cx)).await?;
        match speaks {
            Speaks::Http1 => {
                self.reader = Some(Reader::new(limits));
                self.is_new = true;
            }
            Speaks::Http2 => {
                let mut frames = Frames::default();
                frames.follow(self.kept.get(PREFACE.len()..).unwrap_or_default());
                self.frames = Some(frames);
                self.good = self.kept.len();
            }
        }
        Some(speaks)
    }

    fn poll_speaks(&mut self, cx: &mut Context<'_>) -> Poll<Option<Speaks>> {
        loop {
            let same = self.kept.iter().zip(PREFACE).all(|(byte, of)| byte == of);
            if !same {
                return Poll::Ready(Some(Speaks::Http1));
            }
            if self.kept.len() >= PREFACE.len() {
                return Poll::Ready(Some(Speaks::Http2));
            }
            match self.poll_more(cx) {
                Poll::Ready(Ok(1..)) => {}
                Poll::Ready(Ok(0) | Err(_)) => return Poll::Ready(None),
                Poll::Pending => {
                    let phase = if self.kept.is_empty() {
                        Phase::Idle
                    } else {
                        Phase::Head
                    };
                    return self.pace.poll(cx, phase, &self.calls).map(|()| None);
                }
            }
        }
    }

    /// Reads more of what is kept; gives how many bytes came.
    fn poll_more(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<usize>> {
        let mut room = [0; PIECE];
        let mut room = ReadBuf::new(&mut room);
        ready!(Pin::new(&mut self.stream).poll_read(cx, &mut room))?;
        self.kept.extend_from_slice(room.filled());
        self.pace.came(room.filled().len());
        Poll::Ready(Ok(room.filled().len()))
    }

    /// Moves what may go on; whether that was anything.
    fn hand_over(&mut self, buf: &mut ReadBuf<'_>) -> bool {
        let count = self.good.min(buf.remaining());
        if count == 0 {
            return false;
        }
        buf.put_slice(self.kept.get(..count).unwrap_or_default());
        self.kept.drain(..count);
        self.good = self.good.saturating_sub(count);
        if self.kept.is_empty() {
            // An idle connection keeps no room.
            self.kept = Vec::new();
        }
        true
    }

    /// Looks at what is kept.
    fn look(&mut self) {
        self.is_new = false;
        let taken = match &mut self.reader {
            Some(reader) => reader.take(&self.kept),
            None => Taken {
                good: self.kept.len(),
                rest: Rest::Nothing,
            },
        };
        self.good = taken.good;
        self.stop_at(taken.rest);
    }

    /// Ends the connection where a message breaks a rule.
    fn stop_at(&mut self, rest: Rest) {
        match rest {
            Rest::Nothing | Rest::Head => {}
            Rest::BadHead(fault) => self.refuse(fault),
            Rest::BadBody(fault) => self.breaks(fault),
        }
    }

    /// Puts a request in the place of the head that comes behind what is good.
    #[cold]
    fn refuse(&mut self, fault: Fault) {
        self.calls.condemn(self.heads().saturating_add(1), fault);
        self.calls.turned_away(fault.cause());
        self.kept.truncate(self.good);
        self.kept.extend_from_slice(STAND_IN);
        self.good = self.kept.len();
        self.end = End::Shut;
    }

    #[cold]
    fn breaks(&mut self, fault: Fault) {
        self.calls.turned_away(fault.cause());
        self.shut(End::Broken(fault));
    }

    #[cold]
    fn late(&mut self, cause: &'static str) {
        self.calls.turned_away(cause);
        self.shut(End::Late);
    }

    #[cold]
    fn shut(&mut self, end: End) {
        self.kept.truncate(self.good);
        self.end = end;
        // The calls before are answered whether or not they have begun: how far they are depends on how bytes came.
        self.calls.end_with(self.heads());
    }

    /// How many heads went on.
    fn heads(&self) -> usize {
        self.reader.as_ref().map_or(0, Reader::heads)
    }

    fn phase(&self) -> Phase {
        if self.reader.as_ref().is_some_and(Reader::is_in_body) {
            Phase::Body
        } else if self.frames.as_ref().is_some_and(Frames::is_in_head) {
            Phase::Head
        } else if !self.calls.is_idle() {
            Phase::Answer
        } else if self.kept.len() > self.good {
            Phase::Head
        } else {
            Phase::Idle
        }
    }

    /// Waits with the peer; ready once it took too long and reading goes on otherwise.
    fn poll_late(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        let phase = self.phase();
        ready!(self.pace.poll(cx, phase, &self.calls));
        match phase {
            // Nothing can be told on a connection in the middle of whose frames its peer stands still.
            Phase::Head if self.frames.is_some() => self.late(Fault::SlowHead.cause()),
            Phase::Head => self.refuse(Fault::SlowHead),
            Phase::Body => self.breaks(Fault::SlowBody),
            Phase::Idle | Phase::Answer => self.late("idle"),
        }
        Poll::Ready(())
    }

    /// A peer that takes its answer, however slowly, is not idle. One of HTTP/2 that makes us acknowledge is, and one
    /// that takes nothing is late.
    fn poll_wrote(
        &mut self,
        cx: &mut Context<'_>,
        written: Poll<io::Result<usize>>,
    ) -> Poll<io::Result<usize>> {
        let Poll::Ready(written) = written else {
            ready!(self.taking.poll(cx, Phase::Idle, &self.calls));
            self.late("untaken-answer");
            return Poll::Ready(Err(io::ErrorKind::TimedOut.into()));
        };
        let count = written.as_ref().copied().unwrap_or_default();
        self.taking.went_on();
        if self.reader.is_some() || count >= ANSWER {
            self.pace.went_on();
        }
        Poll::Ready(written)
    }

    /// Reads into the buffer itself and judges there; ready if anything may go on or it is the end.
    fn poll_in_place(
        &mut self,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<bool>> {
        let before = buf.filled().len();
        ready!(Pin::new(&mut self.stream).poll_read(cx, buf))?;
        let came = buf.filled().get(before..).unwrap_or_default();
        if came.is_empty() {
            return Poll::Ready(Ok(true));
        }
        self.pace.came(came.len());
        if let Some(frames) = &mut self.frames {
            frames.follow(came);
        }
        let Some(reader) = &mut self.reader else {
            return Poll::Ready(Ok(true));
        };
        let taken = reader.take(came);
        if taken.rest != Rest::Nothing {
            if taken.rest == Rest::Head {
                let part = came.get(taken.good..).unwrap_or_default();
                self.kept.extend_from_slice(part);
            }
            buf.set_filled(before.saturating_add(taken.good));
            self.stop_at(taken.rest);
        }
        Poll::Ready(Ok(taken.good > 0))
    }

    /// Reads more of a head that is kept back; ready if that was the end.
    fn poll_rest_of_head(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<bool>> {
        let before = self.kept.len();
        let count = ready!(self.poll_more(cx))?;
        if count == 0 {
            self.kept.clear();
            return Poll::Ready(Ok(true));
        }
        let more = self.kept.get(before..).unwrap_or_default();
        if self
            .reader
            .as_ref()
            .is_none_or(|reader| reader.tells_more(before, more))
        {
            self.look();
        }
        Poll::Ready(Ok(false))
    }
}

impl<S: AsyncRead + AsyncWrite + Unpin> AsyncRead for Guard<S> {
    fn poll_read(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        loop {
            if this.is_new {
                this.look();
            }
            if this.hand_over(buf) {
                return Poll::Ready(Ok(()));
            }
            match this.end {
                End::Open => {}
                End::Broken(fault) => return Poll::Ready(Err(fault.into())),
                End::Late => return Poll::Ready(Err(io::ErrorKind::TimedOut.into())),
                // The answer to what stands there ends the connection.
                End::Shut | End::Lingering(_) => return Poll::Pending,
            }
            let read = if this.kept.is_empty() {
                this.poll_in_place(cx, buf)
            } else {
                this.poll_rest_of_head(cx)
            };
            match read {
                Poll::Ready(Ok(false)) => {}
                Poll::Ready(Ok(true)) => return Poll::Ready(Ok(())),
                Poll::Ready(Err(error)) => return Poll::Ready(Err(error)),
                Poll::Pending => ready!(this.poll_late(cx)),
            }
        }
    }
}

impl<S: AsyncRead + AsyncWrite + Unpin> AsyncWrite for Guard<S> {
    fn poll_write(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        let this = self.get_mut();
        let written = Pin::new(&mut this.stream).poll_write(cx, bytes);
        this.poll_wrote(cx, written)
    }

    fn poll_write_vectored(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        parts: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let this = self.get_mut();
        let written = Pin::new(&mut this.stream).poll_write_vectored(cx, parts);
        this.poll_wrote(cx, written)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        ready!(Pin::new(&mut this.stream).poll_flush(cx))?;
        // Behind an answer hyper reads again only when bytes have come: the wait for them begins here.
        if this.end == End::Open && this.poll_late(cx).is_ready() {
            cx.waker().wake_by_ref();
        }
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        if !matches!(this.end, End::Lingering(_)) {
            ready!(Pin::new(&mut this.stream).poll_shutdown(cx))?;
            let is_in_body = this.reader.as_ref().is_some_and(Reader::is_in_body);
            if this.end == End::Late || this.end == End::Open && !is_in_body {
                return Poll::Ready(Ok(()));
            }
            this.end = End::Lingering(LINGER);
        }
        this.poll_linger(cx)
    }
}

impl<S: AsyncRead + AsyncWrite + Unpin> Guard<S> {
    /// Reads and forgets what the peer still sends, until it ends, for as long as a head may take.
    fn poll_linger(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let mut room = [0; PIECE];
        while let End::Lingering(left @ 1..) = self.end {
            let mut room = ReadBuf::new(&mut room);
            match Pin::new(&mut self.stream).poll_read(cx, &mut room) {
                Poll::Ready(Ok(())) if !room.filled().is_empty() => {
                    self.end = End::Lingering(left.saturating_sub(room.filled().len()));
                }
                Poll::Ready(_) => break,
                Poll::Pending => {
                    ready!(self.pace.poll(cx, Phase::Head, &self.calls));
                    break;
                }
            }
        }
        Poll::Ready(Ok(()))
    }
}
