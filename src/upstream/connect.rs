//! From an address to a connection that can carry a request.

use std::sync::Arc;

use hyper::client::conn::http1;
use hyper_rustls::MaybeHttpsStream;
use hyper_util::rt::TokioIo;
use rustls::pki_types::ServerName;
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;

use super::addresses::Address;
use super::failure::{Failure, FailureKind};
use super::line::Line;
use super::origin::Origin;
use super::tls::Tls;
use super::watch::Watch;
use crate::config::Limits;

/// What bytes of an upstream travel on.
pub(super) type Io = MaybeHttpsStream<TokioIo<TcpStream>>;

/// hyper asserts that its buffer has at least this many bytes.
const SMALLEST_BUFFER: usize = 8_192;

/// Headers that hyper reads without the cost of a table of its own size.
const USUAL_HEADERS: usize = 100;

/// Opens connections to one origin.
#[derive(Debug, Clone)]
pub(super) struct Connector {
    tls: Option<Tls>,
    /// What the certificate must name; none is a host that no certificate can.
    name: Option<ServerName<'static>>,
    http: http1::Builder,
}

// === impl Connector ===

impl Connector {
    pub(super) fn new(origin: &Origin, tls: Option<Tls>, limits: &Limits) -> Self {
        let mut http = http1::Builder::new();
        http.max_buf_size(limits.header.max(SMALLEST_BUFFER));
        http.max_header_size(limits.header);
        if limits.headers != USUAL_HEADERS {
            http.max_headers(limits.headers);
        }
        Self {
            tls,
            name: ServerName::try_from(origin.bare_host().to_owned()).ok(),
            http,
        }
    }

    /// The same with other rules of TLS.
    pub(super) fn over(&self, tls: Tls) -> Self {
        Self {
            tls: Some(tls),
            ..self.clone()
        }
    }

    /// Opens one connection: TCP, TLS and all. Whoever waits for it bounds the time.
    pub(super) async fn open(&self, to: Arc<Address>, watch: &Watch) -> Result<Line, Failure> {
        let io = self.reach(&to).await?;
        // On HTTP/1 the handshake sends nothing: it can only fail if hyper changes.
        let (sender, connection) = self
            .http
            .handshake(io)
            .await
            .map_err(|_| Failure::not_sent(FailureKind::Unreachable))?;
        let counted = watch.meters.connected();
        Ok(Line::new(sender, connection, counted, to))
    }

    async fn reach(&self, to: &Address) -> Result<Io, Failure> {
        let unreachable = |_| Failure::not_sent(FailureKind::Unreachable);
        let tcp = TcpStream::connect(to.socket()).await.map_err(unreachable)?;
        tcp.set_nodelay(true).map_err(unreachable)?;
        let tcp = TokioIo::new(tcp);
        let Some(tls) = &self.tls else {
            return Ok(MaybeHttpsStream::Http(tcp));
        };
        let failed = Failure::not_sent(FailureKind::TlsFailed);
        let name = self.name.clone().ok_or(failed)?;
        let connector = TlsConnector::from(tls.config());
        let secured = connector.connect(name, TokioIo::new(tcp)).await;
        Ok(secured.map_err(|_| failed)?.into())
    }
}
