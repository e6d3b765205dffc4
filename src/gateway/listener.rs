//! Accepts connections and serves them: HTTP/1.1, and HTTP/2 with prior knowledge.

use std::convert::Infallible;
use std::future::Future;
use std::io;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http::{Request, Response};
use http_body_util::Full;
use hyper::body::Incoming;
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyper_util::server::conn::auto;
use hyper_util::server::graceful::GracefulShutdown;
use tokio::net::{TcpListener, TcpStream};
use tokio::time::{sleep, timeout};
use tower::Service;

use crate::config::Limits;

/// How long the head of a request may take, from the first byte that could be its own.
const HEAD_TIMEOUT: Duration = Duration::from_secs(10);

/// How long accepting rests when the machine has no file descriptor left.
const BREATH: Duration = Duration::from_millis(100);

/// Streams of one HTTP/2 connection.
const STREAMS: u32 = 128;

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
    S::Future: Send + 'static,
    F: Future<Output = ()>,
{
    let server = Arc::new(server(limits));
    let service = Adapter(service);
    let graceful = GracefulShutdown::new();
    let mut stop = pin!(stop);
    loop {
        let accepted = tokio::select! {
            biased;
            () = &mut stop => break,
            accepted = listener.accept() => accepted,
        };
        match accepted {
            Ok((stream, _)) => {
                let (server, service) = (Arc::clone(&server), service.clone());
                let watcher = graceful.watcher();
                tokio::spawn(async move {
                    let Ok(io) = prepared(stream) else { return };
                    let connection = server.serve_connection(io, service);
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
        .timer(TokioTimer::new())
        .header_read_timeout(HEAD_TIMEOUT)
        .max_buf_size(limits.header.max(LEAST_BUFFER))
        .max_headers(limits.headers);
    server
        .http2()
        .timer(TokioTimer::new())
        .max_concurrent_streams(STREAMS)
        .max_header_list_size(u32::try_from(limits.header).unwrap_or(u32::MAX));
    server
}

fn prepared(stream: TcpStream) -> io::Result<TokioIo<TcpStream>> {
    stream.set_nodelay(true)?;
    Ok(TokioIo::new(stream))
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

/// A tower service as hyper calls it: the gateway's services are always ready.
#[derive(Debug, Clone)]
struct Adapter<S>(S);

impl<S> hyper::service::Service<Request<Incoming>> for Adapter<S>
where
    S: Service<Request<Incoming>> + Clone,
{
    type Response = S::Response;
    type Error = S::Error;
    type Future = S::Future;

    fn call(&self, request: Request<Incoming>) -> S::Future {
        self.0.clone().call(request)
    }
}
