//! The guard over bytes that come in parts, and beside hyper.

use std::convert::Infallible;
use std::future::poll_fn;
use std::pin::Pin;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll, Waker};

use bytes::Bytes;
use http::{Request, Response};
use http_body_util::{BodyExt, Full};
use hyper::body::Incoming;
use hyper_util::rt::TokioIo;
use proptest::prelude::*;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt, ReadBuf};

use super::pace::{Calls, Paces};
use super::{Fault, Guard};
use crate::config::Limits;

/// Bytes that come in parts, and then no more for now.
struct Parts(Vec<Vec<u8>>);

impl AsyncRead for Parts {
    fn poll_read(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<std::io::Result<()>> {
        let Some(part) = self.0.last_mut() else {
            return Poll::Pending;
        };
        let count = part.len().min(buf.remaining());
        buf.put_slice(&part[..count]);
        part.drain(..count);
        if part.is_empty() {
            self.0.pop();
        }
        Poll::Ready(Ok(()))
    }
}

impl AsyncWrite for Parts {
    fn poll_write(
        self: Pin<&mut Self>,
        _: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<std::io::Result<usize>> {
        Poll::Ready(Ok(bytes.len()))
    }

    fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<std::io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<std::io::Result<()>> {
        Poll::Ready(Ok(()))
    }
}

/// What went on, and the rules that a head or a body broke.
#[derive(Debug, PartialEq, Eq)]
struct Passed {
    bytes: Vec<u8>,
    head: Option<(usize, Fault)>,
    body: Option<Fault>,
}

fn limits() -> Limits {
    Limits {
        header: 200,
        headers: 6,
        ..Limits::default()
    }
}

fn calls() -> Arc<Calls> {
    Arc::new(Calls::new(Arc::default(), None, ()))
}

/// Runs what needs a clock, which stands still.
fn run<T>(future: impl Future<Output = T>) -> T {
    let mut runtime = tokio::runtime::Builder::new_current_thread();
    let runtime = runtime.enable_time().start_paused(true).build().unwrap();
    runtime.block_on(future)
}

fn passed(bytes: &[u8], cuts: &[usize], room: usize) -> Passed {
    let mut cuts: Vec<_> = cuts
        .iter()
        .map(|cut| cut.checked_rem(bytes.len().saturating_add(1)).unwrap())
        .collect();
    cuts.extend([0, bytes.len()]);
    cuts.sort_unstable();
    cuts.dedup();
    let parts = cuts.windows(2).map(|cut| bytes[cut[0]..cut[1]].to_vec());
    let calls = calls();
    let parts = Parts(parts.rev().collect());
    let mut guard = Guard::new(parts, Arc::clone(&calls), Paces::of(&limits()));
    let mut passed = Passed {
        bytes: Vec::new(),
        head: None,
        body: None,
    };
    run(async {
        let speaks =
            poll_fn(|cx| Poll::Ready(Pin::new(&mut Box::pin(guard.listen(&limits()))).poll(cx)));
        if !matches!(speaks.await, Poll::Ready(Some(_))) {
            return;
        }
        let mut cx = Context::from_waker(Waker::noop());
        let mut room = vec![0; room];
        loop {
            let mut buf = ReadBuf::new(&mut room);
            match Pin::new(&mut guard).poll_read(&mut cx, &mut buf) {
                Poll::Pending => return,
                Poll::Ready(Ok(())) => passed.bytes.extend_from_slice(buf.filled()),
                Poll::Ready(Err(error)) => {
                    passed.body = Fault::behind(&error);
                    return;
                }
            }
        }
    });
    passed.head = calls.condemned();
    passed
}

/// Pieces of requests, good ones and bad ones.
fn piece() -> impl Strategy<Value = &'static str> {
    prop::sample::select(vec![
        "GET / HTTP/1.1\r\n",
        "GET / HTTP/1.1\r\nHost: a\r\n\r\n",
        "POST /a HTTP/1.1\r\nContent-Length: 5\r\n\r\nhello",
        "POST /b HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n",
        "POST /c HTTP/1.0\r\n\r\n",
        "5\r\nhello\r\n",
        "3;a=b\r\nabc\r\n",
        "0\r\n\r\n",
        "0\r\nA: b\r\n\r\n",
        "Host: a\r\n",
        "X: \t y \r\n",
        "X: \u{e4}\r\n",
        "Content-Length: 5\r\n",
        "content-length: 0\r\n",
        "Transfer-Encoding: chunked\r\n",
        "Transfer-Encoding: gzip, chunked\r\n",
        "Connection: keep-alive\r\n",
        "\r\n",
        "\n",
        "\r",
        " ",
        "\t",
        "\0",
        ":",
        "0",
        "F",
        "hello",
        "G",
        "PRI * HTTP/2.0\r\n\r\n",
        "HTTP/1.1",
        "/?a={b}#c",
        "X-Long: aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\r\n",
    ])
}

fn stream() -> impl Strategy<Value = Vec<u8>> {
    prop::collection::vec(piece(), 1..14).prop_map(|pieces| pieces.concat().into_bytes())
}

/// What hyper reads of bytes: each request with its body, and whether it found one that it cannot read.
async fn read_by_hyper(bytes: &[u8]) -> (Vec<String>, bool) {
    let (mut client, server) = tokio::io::duplex(1 << 20);
    client.write_all(bytes).await.unwrap();
    let seen = Arc::new(Mutex::new(Vec::new()));
    let broken = Arc::new(AtomicUsize::new(0));
    let (told, failed) = (Arc::clone(&seen), Arc::clone(&broken));
    let service = hyper::service::service_fn(move |request: Request<Incoming>| {
        let (told, failed) = (Arc::clone(&told), Arc::clone(&failed));
        async move {
            let line = format!("{} {}", request.method(), request.uri());
            match request.into_body().collect().await {
                Ok(body) => {
                    let body = body.to_bytes();
                    told.lock().unwrap().push(format!("{line} {body:?}"));
                }
                Err(_) => {
                    failed.fetch_add(1, Ordering::Relaxed);
                }
            }
            Ok::<_, Infallible>(Response::new(Full::new(Bytes::new())))
        }
    });
    let mut builder = hyper::server::conn::http1::Builder::new();
    let connection = builder.header_read_timeout(None).half_close(true);
    let connection = connection.serve_connection(TokioIo::new(server), service);
    client.shutdown().await.unwrap();
    let mut said = String::new();
    let (ended, _) = tokio::join!(connection, client.read_to_string(&mut said));
    let is_parse_error = ended.is_err_and(|error| error.is_parse());
    let refused = is_parse_error || said.contains(" 400 ") || said.contains(" 431 ");
    let seen = std::mem::take(&mut *seen.lock().unwrap());
    (seen, refused || broken.load(Ordering::Relaxed) > 0)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 512, ..ProptestConfig::default() })]

    #[test]
    fn parts_are_judged_as_the_whole(
        bytes in stream(),
        cuts in prop::collection::vec(any::<usize>(), 0..9),
        room in 1_usize..300,
    ) {
        prop_assert_eq!(passed(&bytes, &cuts, room), passed(&bytes, &[], 4_096));
    }

    /// Heads that go on are heads to hyper too, and end where it says, whatever stands behind them.
    #[test]
    fn what_goes_on_is_read_by_hyper_as_it_was_judged(bytes in stream()) {
        let whole = passed(&bytes, &[], 4_096);
        prop_assume!(whole.body.is_none());
        let (requests, refused) = run(read_by_hyper(&whole.bytes));
        // A body that has not come whole reads as broken off.
        let is_whole = whole.head.is_some();
        prop_assert!(!is_whole || !refused, "{:?} of {:?}", requests, whole);
        if let Some((call, _)) = whole.head {
            // `Connection: close` of HTTP/1.0 may end it before.
            let ends_before = whole.bytes.windows(8).any(|part| part == b"HTTP/1.0");
            prop_assert!(ends_before || requests.len() == call, "{:?} of {:?}", requests, whole);
        }
    }

    #[test]
    fn bytes_of_any_kind_are_judged_without_a_panic(
        bytes in prop::collection::vec(any::<u8>(), 0..600),
        cuts in prop::collection::vec(any::<usize>(), 0..9),
    ) {
        prop_assert_eq!(passed(&bytes, &cuts, 64), passed(&bytes, &[], 4_096));
    }
}

#[test]
fn nothing_goes_on_behind_a_head_that_breaks_a_rule() {
    let bytes = b"GET /a HTTP/1.1\r\nHost: a\r\n\r\nGET /b HTTP/1.1\nHost: a\r\n\r\nGET /c HTTP/1.1\r\nHost: a\r\n\r\n";
    let passed = passed(bytes, &[], 4_096);
    let text = String::from_utf8(passed.bytes).unwrap();
    assert!(text.starts_with("GET /a ") && !text.contains("/b") && !text.contains("/c"));
    assert_eq!(passed.head, Some((2, Fault::LineEnd)));
}
