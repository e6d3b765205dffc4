//! Accepts connections and serves them: HTTP/1.1, and HTTP/2 with prior knowledge or by ALPN.

mod adapter;
mod connection;
mod peer;
mod places;
mod received;
mod tls;

use std::convert::Infallible;
use std::future::{Future, poll_fn};
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::Poll;
use std::time::Duration;

use bytes::Bytes;
use http::{Request, Response};
use http_body_util::Full;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::time::{sleep, timeout};
use tower::Service;

use crate::config::Limits;
use crate::telemetry::events::TurnedAway;
use crate::telemetry::{Event, Telemetry};

use connection::Terms;
use places::Places;

pub use peer::{Peer, PeerIdentity};
pub use received::Received;
pub use tls::{Tls, TlsFault, TlsTexts};

/// How long accepting rests when the machine has no file descriptor left.
const BREATH: Duration = Duration::from_millis(100);

/// A socket that listens, and how connections to it are secured.
#[derive(Debug)]
pub struct Listener {
    socket: TcpListener,
    tls: Option<Arc<Tls>>,
    telemetry: Option<Arc<Telemetry>>,
}

/// What connections do when the listener is told to stop.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Phase {
    /// Nothing.
    Serving,
    /// Every answer is the last one of its connection.
    Draining,
    /// Those that carry no call are closed.
    Closing,
}

/// Connections that are open.
#[derive(Debug)]
struct Open<S> {
    terms: Arc<Terms<S>>,
    places: Arc<Places>,
    telemetry: Option<Arc<Telemetry>>,
    phase: watch::Sender<Phase>,
    /// The phase is no longer the first: read for every answer.
    is_draining: Arc<AtomicBool>,
}

// === impl Listener ===

impl Listener {
    /// Secures connections by TLS.
    #[must_use]
    pub fn with_tls(mut self, tls: Option<Arc<Tls>>) -> Self {
        self.tls = tls;
        self
    }

    /// Tells of what is refused or cut off before it is a call.
    #[must_use]
    pub fn with_telemetry(mut self, telemetry: &Telemetry) -> Self {
        self.telemetry = Some(Arc::new(telemetry.clone()));
        self
    }
}

impl From<TcpListener> for Listener {
    fn from(socket: TcpListener) -> Self {
        Self {
            socket,
            tls: None,
            telemetry: None,
        }
    }
}

/// Serves connections until `stop` is ready, then lets the calls in flight end: all of it within `drain`.
///
/// For the first part of that, `limits.drain_step`, connections are still accepted, and each is closed with its next
/// answer: whoever sends calls here needs that long to see that readiness is gone. Nobody has to see it where the
/// listener is on loopback and no connection is open by then.
///
/// Gives back whether every connection ended in time.
pub async fn serve<S, F>(
    listener: impl Into<Listener>,
    service: S,
    limits: &Limits,
    stop: F,
    drain: Duration,
) -> bool
where
    S: Service<Request<Received>, Response = Response<Full<Bytes>>, Error = Infallible>,
    S: Clone + Send + Sync + 'static,
    S::Future: Send + Unpin + 'static,
    F: Future<Output = ()>,
{
    let Listener {
        socket,
        tls,
        telemetry,
    } = listener.into();
    let is_loopback = socket
        .local_addr()
        .is_ok_and(|address| address.ip().is_loopback());
    let open = Open {
        terms: Arc::new(Terms::new(service, limits, tls, telemetry.clone())),
        places: Arc::new(Places::new(limits)),
        telemetry,
        phase: watch::Sender::new(Phase::Serving),
        is_draining: Arc::default(),
    };
    open.accept_until(&socket, stop).await;
    timeout(drain, async {
        open.is_draining.store(true, Ordering::Relaxed);
        open.phase.send_replace(Phase::Draining);
        let step = match is_loopback && open.phase.is_closed() {
            true => Duration::ZERO,
            false => limits.drain_step,
        };
        open.accept_until(&socket, sleep(step)).await;
        // Whoever is connected already is not turned away.
        while let Some(accepted) = waiting(&socket).await {
            open.take(accepted);
        }
        drop(socket);
        open.phase.send_replace(Phase::Closing);
        open.phase.closed().await;
    })
    .await
    .is_ok()
}

/// Serves one connection that is there already, as [`serve`] serves those that it accepts, until its peer ends it: a
/// pipe within this process, of which nothing waits for a network.
pub async fn serve_one<S, I>(io: I, peer: IpAddr, service: S, limits: &Limits)
where
    S: Service<Request<Received>, Response = Response<Full<Bytes>>, Error = Infallible>,
    S: Clone + Send + Sync + 'static,
    S::Future: Send + Unpin + 'static,
    I: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let terms = Terms::new(service, limits, None, None);
    let phase = watch::Sender::new(Phase::Serving);
    let speaking = terms.speak(io, peer, None, phase.subscribe(), Arc::default());
    Box::pin(speaking).await;
}

// === impl Open ===

impl<S> Open<S>
where
    S: Service<Request<Received>, Response = Response<Full<Bytes>>, Error = Infallible>,
    S: Clone + Send + Sync + 'static,
    S::Future: Send + Unpin + 'static,
{
    async fn accept_until(&self, socket: &TcpListener, end: impl Future<Output = ()>) {
        let mut end = pin!(end);
        loop {
            let accepted = tokio::select! {
                biased;
                () = &mut end => return,
                accepted = socket.accept() => accepted,
            };
            if !self.take(accepted) {
                tokio::select! {
                    () = &mut end => return,
                    () = sleep(BREATH) => {}
                }
            }
        }
    }

    /// Serves a connection; false if the machine has no room for more of them now.
    fn take(&self, accepted: io::Result<(TcpStream, SocketAddr)>) -> bool {
        match accepted {
            Ok((stream, address)) => {
                // A peer that holds too many connections gets no answer: it would hold one more until it took it.
                let place = self.places.take(address.ip());
                if let (Err(full), Some(telemetry)) = (&place, &self.telemetry) {
                    let cause = full.cause();
                    TurnedAway { cause }.emit(telemetry);
                }
                if let Ok(place) = place {
                    let phase = self.phase.subscribe();
                    let is_draining = Arc::clone(&self.is_draining);
                    let terms = Arc::clone(&self.terms);
                    tokio::spawn(async move {
                        terms.serve(stream, address.ip(), phase, is_draining).await;
                        drop(place);
                    });
                }
                true
            }
            Err(error) => is_of_one_connection(&error),
        }
    }
}

/// A connection that waits to be accepted, if there is one.
async fn waiting(socket: &TcpListener) -> Option<io::Result<(TcpStream, SocketAddr)>> {
    poll_fn(|cx| match socket.poll_accept(cx) {
        Poll::Ready(Ok(accepted)) => Poll::Ready(Some(Ok(accepted))),
        Poll::Ready(Err(_)) | Poll::Pending => Poll::Ready(None),
    })
    .await
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
