//! From an origin to a connection that can carry a request.

use std::io;
use std::time::Duration;

use http::Uri;
use hyper::client::conn::http1;
use hyper_rustls::{HttpsConnector, MaybeHttpsStream};
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;
use tower::Service;

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
    way: Way,
    url: Uri,
    deadline: Duration,
    http: http1::Builder,
}

#[derive(Debug, Clone)]
enum Way {
    Plain(HttpConnector),
    Secure(HttpsConnector<HttpConnector>),
}

// === impl Way ===

impl Way {
    fn new(tls: Option<&Tls>) -> Self {
        let mut tcp = HttpConnector::new();
        tcp.set_nodelay(true);
        tcp.enforce_http(false);
        match tls {
            Some(tls) => Self::Secure(HttpsConnector::from((tcp, tls.config()))),
            None => Self::Plain(tcp),
        }
    }
}

// === impl Connector ===

impl Connector {
    pub(super) fn new(
        origin: &Origin,
        tls: Option<&Tls>,
        deadline: Duration,
        limits: &Limits,
    ) -> Self {
        let mut http = http1::Builder::new();
        http.max_buf_size(limits.header.max(SMALLEST_BUFFER));
        http.max_header_size(limits.header);
        if limits.headers != USUAL_HEADERS {
            http.max_headers(limits.headers);
        }
        Self {
            way: Way::new(tls),
            url: origin.url(),
            deadline,
            http,
        }
    }

    /// The same with other rules of TLS.
    pub(super) fn over(&self, tls: &Tls) -> Self {
        Self {
            way: Way::new(Some(tls)),
            ..self.clone()
        }
    }

    /// Opens one connection: name, TCP, TLS and all within one deadline.
    pub(super) async fn open(&self, watch: &Watch) -> Result<Line, Failure> {
        let late = |_| Failure::not_sent(FailureKind::ConnectTimeout);
        let io = tokio::time::timeout(self.deadline, self.reach())
            .await
            .map_err(late)??;
        // On HTTP/1 the handshake sends nothing: it can only fail if hyper changes.
        let (sender, connection) = self
            .http
            .handshake(io)
            .await
            .map_err(|_| Failure::not_sent(FailureKind::Unreachable))?;
        Ok(Line::new(sender, connection, watch.meters.connected()))
    }

    async fn reach(&self) -> Result<Io, Failure> {
        match &self.way {
            Way::Plain(tcp) => match tcp.clone().call(self.url.clone()).await {
                Ok(stream) => Ok(MaybeHttpsStream::Http(stream)),
                Err(_) => Err(Failure::not_sent(FailureKind::Unreachable)),
            },
            Way::Secure(tls) => tls.clone().call(self.url.clone()).await.map_err(|error| {
                // The TCP connector has an error of its own; what comes as an I/O error is the handshake's.
                let kind = match error.downcast::<io::Error>() {
                    Ok(_) => FailureKind::TlsFailed,
                    Err(_) => FailureKind::Unreachable,
                };
                Failure::not_sent(kind)
            }),
        }
    }
}
