//! Accepts connections and serves them: HTTP/1.1, and HTTP/2 with prior knowledge.

mod pace;

use std::convert::Infallible;
use std::future::Future;
use std::io;
use std::net::IpAddr;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::Bytes;
use http::{Request, Response};
use http_body_util::Full;
use hyper::body::Incoming;
use hyper_util::rt::{TokioExecutor, TokioIo};
use hyper_util::server::conn::auto;
use hyper_util::server::graceful::GracefulShutdown;
use tokio::net::{TcpListener, TcpStream};
use tokio::time::{sleep, timeout};
use tower::Service;

use crate::config::Limits;

use pace::{Calls, Paced, Running};

/// How long accepting rests when the machine has no file descriptor left.
const BREATH: Duration = Duration::from_millis(100);

/// Streams of one HTTP/2 connection.
const STREAMS: u32 = 128;

/// Paths of calls that may be taken from some addresses only.
const CALLBACKS: &str = "/v1/callbacks/";

/// Smallest read buffer that hyper allows.
const LEAST_BUFFER: usize = 8 << 10;

/// Serves connections until `stop` is ready, then lets the calls in flight end for at most `drain`.
///
/// Gives back whether every connection ended in time.
pub async fn serve<S, F>(
    listener: TcpListener,
    service: S,
    limits: &Limits,
    stop: F,
    drain: Duration,
) -> bool
where
    S: Service<Request<Incoming>, Response = Response<Full<Bytes>>, Error = Infallible>,
    S: Clone + Send + Sync + 'static,
    S::Future: Send + Unpin + 'static,
    F: Future<Output = ()>,
{
    let server = Arc::new(server(limits));
    let graceful = GracefulShutdown::new();
    let mut stop = pin!(stop);
    loop {
        let accepted = tokio::select! {
            biased;
            () = &mut stop => break,
            accepted = listener.accept() => accepted,
        };
        match accepted {
            Ok((stream, address)) => {
                let peer = Peer(address.ip());
                let (server, service) = (Arc::clone(&server), service.clone());
                let watcher = graceful.watcher();
                tokio::spawn(async move {
                    let calls = Arc::new(Calls::default());
                    let Ok(io) = prepared(stream, &calls) else {
                        return;
                    };
                    let connection = server.serve_connection(
                        io,
                        Adapter {
                            service,
                            calls,
                            peer,
                        },
                    );
                    // How a connection ends is its peer's business: each call on it has been told apart already.
                    let _ = watcher.watch(connection).await;
                });
            }
            Err(error) if is_of_one_connection(&error) => {}
            Err(_) => sleep(BREATH).await,
        }
    }
    drop(listener);
    timeout(drain, graceful.shutdown()).await.is_ok()
}

fn server(limits: &Limits) -> auto::Builder<TokioExecutor> {
    let mut server = auto::Builder::new(TokioExecutor::new());
    server
        .http1()
        // hyper counts it from the last answer on; `pace` tells waiting for a head from waiting for its rest.
        .header_read_timeout(None)
        .max_buf_size(limits.header.max(LEAST_BUFFER))
        .max_headers(limits.headers);
    server
        .http2()
        .max_concurrent_streams(STREAMS)
        .max_header_list_size(u32::try_from(limits.header).unwrap_or(u32::MAX));
    server
}

fn prepared(stream: TcpStream, calls: &Arc<Calls>) -> io::Result<TokioIo<Paced>> {
    stream.set_nodelay(true)?;
    Ok(TokioIo::new(Paced::new(stream, Arc::clone(calls))))
}

/// Whether an error is of the connection that would have been accepted, not of the listener.
fn is_of_one_connection(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::ConnectionRefused
            | io::ErrorKind::ConnectionAborted
            | io::ErrorKind::ConnectionReset
    )
}

/// A tower service as hyper calls it, for one connection: the gateway's services are always ready.
#[derive(Debug)]
struct Adapter<S> {
    service: S,
    calls: Arc<Calls>,
    peer: Peer,
}

/// The address that a connection comes from: among the extensions of its callbacks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Peer(pub IpAddr);

/// A call that counts as running until it is answered or given up.
#[derive(Debug)]
struct Counted<F> {
    inner: F,
    _running: Running,
}

impl<S> hyper::service::Service<Request<Incoming>> for Adapter<S>
where
    S: Service<Request<Incoming>> + Clone,
    S::Future: Unpin,
{
    type Response = S::Response;
    type Error = S::Error;
    type Future = Counted<S::Future>;

    fn call(&self, mut request: Request<Incoming>) -> Self::Future {
        // It is an allocation, and nothing else asks for it.
        if request.uri().path().starts_with(CALLBACKS) {
            request.extensions_mut().insert(self.peer);
        }
        Counted {
            _running: self.calls.begin(),
            inner: self.service.clone().call(request),
        }
    }
}

impl<F: Future + Unpin> Future for Counted<F> {
    type Output = F::Output;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<F::Output> {
        Pin::new(&mut self.inner).poll(cx)
    }
}
