//! One connection, from its first byte to its end.

use std::convert::Infallible;
use std::net::IpAddr;
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use bytes::Bytes;
use http::{Request, Response};
use http_body_util::Full;
use hyper::server::conn::{http1, http2};
use hyper_util::rt::{TokioExecutor, TokioIo};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio::sync::watch;
use tokio::time::timeout;
use tower::Service;

use super::Phase;
use super::adapter::Adapter;
use super::peer::PeerIdentity;
use super::received::Received;
use super::tls::Tls;
use crate::config::Limits;
use crate::gateway::front::{Calls, Guard, Paces, Speaks};
use crate::telemetry::events::TurnedAway;
use crate::telemetry::{Event, Telemetry};

/// Streams of HTTP/2 that a peer opened and reset, or that it broke, before it is hung up on: hyper keeps what it needs
/// to know of each (CVE-2023-44487 and its kin).
const RESETS: usize = 20;

/// Smallest read buffer that hyper allows.
const LEAST_BUFFER: usize = 8 << 10;

/// Headers of a message that hyper has room for without an allocation.
const USUAL_HEADERS: usize = 100;

/// What all connections of a listener have in common.
#[derive(Debug)]
pub(super) struct Terms<S> {
    service: S,
    http1: http1::Builder,
    http2: http2::Builder<TokioExecutor>,
    limits: Limits,
    paces: Paces,
    tls: Option<Arc<Tls>>,
    telemetry: Option<Arc<Telemetry>>,
}

// === impl Terms ===

impl<S> Terms<S>
where
    S: Service<Request<Received>, Response = Response<Full<Bytes>>, Error = Infallible>,
    S: Clone + Send + Sync + 'static,
    S::Future: Send + Unpin + 'static,
{
    pub(super) fn new(
        service: S,
        limits: &Limits,
        tls: Option<Arc<Tls>>,
        telemetry: Option<Arc<Telemetry>>,
    ) -> Self {
        let mut http1 = http1::Builder::new();
        http1
            // The guard counts it, from the first byte of a head on.
            .header_read_timeout(None)
            .max_buf_size(limits.header.max(LEAST_BUFFER));
        if limits.headers > USUAL_HEADERS {
            http1.max_headers(limits.headers);
        }
        let mut http2 = http2::Builder::new(TokioExecutor::new());
        http2
            .max_concurrent_streams(limits.streams)
            .max_pending_accept_reset_streams(RESETS)
            .max_local_error_reset_streams(RESETS)
            // It bounds what CONTINUATION may add, too.
            .max_header_list_size(u32::try_from(limits.header).unwrap_or(u32::MAX));
        Self {
            service,
            http1,
            http2,
            limits: *limits,
            paces: Paces::of(limits),
            tls,
            telemetry,
        }
    }

    /// Serves a connection to its end. How it ends is its peer's business: each call on it is told apart already.
    pub(super) async fn serve(
        &self,
        stream: TcpStream,
        peer: IpAddr,
        phase: watch::Receiver<Phase>,
        is_draining: Arc<AtomicBool>,
    ) {
        if stream.set_nodelay(true).is_err() {
            return;
        }
        let Some(tls) = &self.tls else {
            return self.speak(stream, peer, None, phase, is_draining).await;
        };
        let secured = timeout(self.paces.head, tls.accept(stream)).await;
        if let Ok(Ok(stream)) = secured {
            let (_, session) = stream.get_ref();
            let leaf = session.peer_certificates().and_then(<[_]>::first);
            let identity = leaf.map(PeerIdentity::of);
            // Whoever was verified and cannot be named is nobody.
            if let Some(identity) = identity.map_or(Some(None), |read| read.map(Some)) {
                let speaking = self.speak(stream, peer, identity, phase, is_draining);
                Box::pin(speaking).await;
                return;
            }
        }
        if let Some(telemetry) = &self.telemetry {
            let cause = "handshake";
            TurnedAway { cause }.emit(telemetry);
        }
    }

    pub(super) async fn speak<I>(
        &self,
        io: I,
        peer: IpAddr,
        identity: Option<PeerIdentity>,
        mut phase: watch::Receiver<Phase>,
        is_draining: Arc<AtomicBool>,
    ) where
        I: AsyncRead + AsyncWrite + Unpin + Send + 'static,
    {
        let calls = Arc::new(Calls::new(
            is_draining,
            self.telemetry.clone(),
            phase.clone(),
        ));
        let mut guard = Guard::new(io, Arc::clone(&calls), self.paces);
        let speaks = tokio::select! {
            biased;
            speaks = guard.listen(&self.limits) => speaks,
            _ = phase.wait_for(|phase| *phase == Phase::Closing) => None,
        };
        let Some(speaks) = speaks else { return };
        let adapter = Adapter {
            service: self.service.clone(),
            calls,
            peer,
            identity,
            most_fields: self.limits.headers,
            paces: self.paces,
        };
        match speaks {
            Speaks::Http1 => {
                let connection = self.http1.serve_connection(TokioIo::new(guard), adapter);
                let mut connection = pin!(connection);
                tokio::select! {
                    biased;
                    _ = connection.as_mut() => return,
                    _ = phase.wait_for(|phase| *phase == Phase::Closing) => {}
                }
                connection.as_mut().graceful_shutdown();
                let _ = connection.await;
            }
            Speaks::Http2 => {
                let connection = self.http2.serve_connection(TokioIo::new(guard), adapter);
                let mut connection = pin!(connection);
                tokio::select! {
                    biased;
                    _ = connection.as_mut() => return,
                    // GOAWAY names the last stream that is served: none that is sent meanwhile is lost.
                    _ = phase.wait_for(|phase| *phase >= Phase::Draining) => {}
                }
                connection.as_mut().graceful_shutdown();
                let _ = connection.await;
            }
        }
    }
}
