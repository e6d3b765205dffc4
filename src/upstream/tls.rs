//! What TLS towards upstreams trusts: ring for the arithmetic, TLS 1.2 and later, always verified.

use std::fmt;
use std::sync::Arc;

use hyper_rustls::ConfigBuilderExt;
use rustls::crypto::ring;
use rustls::{ClientConfig, ConfigBuilder, RootCertStore, WantsVerifier};

/// Roots and rules of TLS, built once and shared by all upstreams. There is no switch that turns verifying off.
#[derive(Clone)]
pub struct Tls(Arc<ClientConfig>);

/// TLS cannot be set up on this machine.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum TlsFault {
    /// The machine has no store of root certificates, or none of it reads.
    #[error("this machine has no root certificates: install the package `ca-certificates`")]
    NoRoots,
    /// The provider has no protocol version in common with the rules.
    #[error("no version of TLS is left to speak")]
    NoVersion,
}

// === impl Tls ===

impl Tls {
    /// Trusts the machine's own root certificates. Reads about 140 files: call it once.
    ///
    /// # Errors
    ///
    /// If the machine has none.
    pub fn native() -> Result<Self, TlsFault> {
        let verified = rules()?
            .with_native_roots()
            .map_err(|_| TlsFault::NoRoots)?;
        Ok(Self::new(verified.with_no_client_auth()))
    }

    /// Trusts these roots and no others.
    ///
    /// # Errors
    ///
    /// If no version of TLS is left.
    pub fn with_roots(roots: RootCertStore) -> Result<Self, TlsFault> {
        let verified = rules()?.with_root_certificates(roots);
        Ok(Self::new(verified.with_no_client_auth()))
    }

    fn new(mut config: ClientConfig) -> Self {
        config.alpn_protocols = vec![b"http/1.1".to_vec()];
        Self(Arc::new(config))
    }

    pub(super) fn config(&self) -> Arc<ClientConfig> {
        Arc::clone(&self.0)
    }
}

impl fmt::Debug for Tls {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Tls")
    }
}

fn rules() -> Result<ConfigBuilder<ClientConfig, WantsVerifier>, TlsFault> {
    ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .map_err(|_| TlsFault::NoVersion)
}
