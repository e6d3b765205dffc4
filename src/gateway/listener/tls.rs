//! TLS towards callers: ring for the arithmetic, TLS 1.2 and later, client certificates where there are roots for them.

use std::fmt;
use std::io;
use std::sync::{Arc, PoisonError, RwLock};

use rustls::crypto::ring;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::server::WebPkiClientVerifier;
use rustls::{RootCertStore, ServerConfig};
use tokio::net::TcpStream;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::server::TlsStream;

/// Protocols, the one that is liked best first.
const ALPN: [&[u8]; 2] = [b"h2", b"http/1.1"];

/// What connections are secured with. It may be exchanged: connections that are open keep what they began with.
pub struct Tls {
    config: RwLock<Arc<ServerConfig>>,
}

/// Certificates and a key, in PEM.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct TlsTexts<'t> {
    /// The listener's certificate with its chain.
    pub certificate: &'t str,
    /// Its key.
    pub key: &'t str,
    /// Roots of the certificates that callers must show; none need be shown without them.
    pub clients: Option<&'t str>,
}

/// Connections cannot be secured with this.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum TlsFault {
    /// The certificate does not read, or its key does not belong to it.
    #[error(
        "`tls.certificate` and `tls.private-key` must be PEM, unencrypted, and belong together"
    )]
    Identity,
    /// The roots of callers do not read, or are none.
    #[error("`tls.clients` must be root certificates in PEM, one or more")]
    Clients,
    /// The provider has no protocol version in common with the rules.
    #[error("no version of TLS is left to speak")]
    NoVersion,
}

// === impl Tls ===

impl Tls {
    /// Reads what connections are secured with.
    ///
    /// # Errors
    /// If it does not read or does not belong together.
    pub fn new(texts: TlsTexts<'_>) -> Result<Self, TlsFault> {
        Ok(Self {
            config: RwLock::new(Arc::new(config(texts)?)),
        })
    }

    /// Secures the connections that come from here on with something else.
    ///
    /// # Errors
    /// If that does not read or does not belong together: then nothing changes.
    pub fn exchange(&self, texts: TlsTexts<'_>) -> Result<(), TlsFault> {
        let config = Arc::new(config(texts)?);
        *self.config.write().unwrap_or_else(PoisonError::into_inner) = config;
        Ok(())
    }

    pub(super) async fn accept(&self, stream: TcpStream) -> io::Result<TlsStream<TcpStream>> {
        let config = Arc::clone(&self.config.read().unwrap_or_else(PoisonError::into_inner));
        TlsAcceptor::from(config).accept(stream).await
    }
}

impl fmt::Debug for Tls {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Tls")
    }
}

impl fmt::Debug for TlsTexts<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("TlsTexts")
    }
}

fn config(texts: TlsTexts<'_>) -> Result<ServerConfig, TlsFault> {
    let provider = Arc::new(ring::default_provider());
    let chain: Result<Vec<_>, _> =
        CertificateDer::pem_slice_iter(texts.certificate.as_bytes()).collect();
    let chain = chain.map_err(|_| TlsFault::Identity)?;
    let key = PrivateKeyDer::from_pem_slice(texts.key.as_bytes());
    let key = key.map_err(|_| TlsFault::Identity)?;
    let builder = ServerConfig::builder_with_provider(Arc::clone(&provider))
        .with_safe_default_protocol_versions()
        .map_err(|_| TlsFault::NoVersion)?;
    let builder = match texts.clients {
        None => builder.with_no_client_auth(),
        Some(roots) => {
            let roots = Arc::new(read_roots(roots)?);
            let verifier = WebPkiClientVerifier::builder_with_provider(roots, provider).build();
            builder.with_client_cert_verifier(verifier.map_err(|_| TlsFault::Clients)?)
        }
    };
    let config = builder.with_single_cert(chain, key);
    let mut config = config.map_err(|_| TlsFault::Identity)?;
    config.alpn_protocols = ALPN.map(<[u8]>::to_vec).to_vec();
    Ok(config)
}

fn read_roots(pem: &str) -> Result<RootCertStore, TlsFault> {
    let mut roots = RootCertStore::empty();
    for root in CertificateDer::pem_slice_iter(pem.as_bytes()) {
        let root = root.map_err(|_| TlsFault::Clients)?;
        roots.add(root).map_err(|_| TlsFault::Clients)?;
    }
    if roots.is_empty() {
        return Err(TlsFault::Clients);
    }
    Ok(roots)
}
