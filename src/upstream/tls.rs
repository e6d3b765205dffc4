//! What TLS towards upstreams trusts: ring for the arithmetic, TLS 1.2 and later, always verified.

use std::fmt;
use std::sync::{Arc, OnceLock};

use hyper_rustls::ConfigBuilderExt;
use rustls::client::WantsClientCert;
use rustls::crypto::ring;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::{ClientConfig, ConfigBuilder, RootCertStore, WantsVerifier};

/// Roots and rules of TLS, built once and shared by all upstreams. There is no switch that turns verifying off.
#[derive(Clone)]
pub struct Tls {
    config: Arc<ClientConfig>,
    /// What it is made of, but who shows themselves.
    verified: ConfigBuilder<ClientConfig, WantsClientCert>,
}

/// The machine's own root certificates, read for the first upstream that needs them.
#[derive(Default)]
pub struct Roots(OnceLock<ConfigBuilder<ClientConfig, WantsClientCert>>);

/// The certificate that proves to an upstream who calls, and its key.
pub struct Identity {
    chain: Vec<CertificateDer<'static>>,
    key: PrivateKeyDer<'static>,
}

/// TLS cannot be set up on this machine.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum TlsFault {
    /// The machine has no store of root certificates, or none of it reads.
    #[error("this machine has no root certificates: install the package `ca-certificates`")]
    NoRoots,
    /// The client certificate does not read, or its key does not belong to it.
    #[error("the client certificate and its key must be PEM, unencrypted, and belong together")]
    Identity,
    /// The root certificates of an operator do not read, or are none.
    #[error("the root certificates must be PEM, one or more")]
    Roots,
    /// The provider has no protocol version in common with the rules.
    #[error("no version of TLS is left to speak")]
    NoVersion,
}

// === impl Tls ===

impl Tls {
    /// Trusts the machine's own root certificates, and shows `identity` to who asks for it.
    ///
    /// # Errors
    ///
    /// If the machine has none, or the identity is none.
    pub fn native(roots: &Roots, identity: Option<Identity>) -> Result<Self, TlsFault> {
        Self::known_by(roots.read()?, identity)
    }

    /// Trusts these roots and no others.
    ///
    /// # Errors
    ///
    /// If no version of TLS is left, or the identity is none.
    pub fn with_roots(roots: RootCertStore, identity: Option<Identity>) -> Result<Self, TlsFault> {
        Self::known_by(rules()?.with_root_certificates(roots), identity)
    }

    /// Trusts the root certificates of a PEM text and no others, the machine's own among them.
    ///
    /// # Errors
    ///
    /// If the text holds none or one that does not read, or the identity is none.
    pub fn with_ca(pem: &str, identity: Option<Identity>) -> Result<Self, TlsFault> {
        let mut roots = RootCertStore::empty();
        for root in CertificateDer::pem_slice_iter(pem.as_bytes()) {
            let root = root.map_err(|_| TlsFault::Roots)?;
            roots.add(root).map_err(|_| TlsFault::Roots)?;
        }
        if roots.is_empty() {
            return Err(TlsFault::Roots);
        }
        Self::with_roots(roots, identity)
    }

    fn known_by(
        verified: ConfigBuilder<ClientConfig, WantsClientCert>,
        identity: Option<Identity>,
    ) -> Result<Self, TlsFault> {
        let mut config = match identity {
            None => verified.clone().with_no_client_auth(),
            Some(Identity { chain, key }) => {
                let config = verified.clone().with_client_auth_cert(chain, key);
                config.map_err(|_| TlsFault::Identity)?
            }
        };
        config.alpn_protocols = vec![b"http/1.1".to_vec()];
        Ok(Self {
            config: Arc::new(config),
            verified,
        })
    }

    /// Trusts the same, and shows another identity.
    pub(super) fn shown_by(&self, identity: Identity) -> Result<Self, TlsFault> {
        Self::known_by(self.verified.clone(), Some(identity))
    }

    pub(super) fn config(&self) -> Arc<ClientConfig> {
        Arc::clone(&self.config)
    }
}

// === impl Roots ===

impl Roots {
    /// Reads them beforehand, so that nobody waits for them later; what is wrong is told then.
    pub fn ready(&self) {
        let _ = self.read();
    }

    /// About 140 files, once.
    fn read(&self) -> Result<ConfigBuilder<ClientConfig, WantsClientCert>, TlsFault> {
        if let Some(known) = self.0.get() {
            return Ok(known.clone());
        }
        let read = rules()?
            .with_native_roots()
            .map_err(|_| TlsFault::NoRoots)?;
        Ok(self.0.get_or_init(|| read).clone())
    }
}

impl fmt::Debug for Roots {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Roots")
    }
}

impl fmt::Debug for Tls {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Tls")
    }
}

// === impl Identity ===

impl Identity {
    /// Reads a certificate with its chain and a key, both in PEM.
    ///
    /// # Errors
    ///
    /// If one of them is none, or they do not belong together.
    pub fn read(certificate: &str, key: &str) -> Result<Self, TlsFault> {
        let chain: Result<Vec<_>, _> =
            CertificateDer::pem_slice_iter(certificate.as_bytes()).collect();
        let chain = chain.map_err(|_| TlsFault::Identity)?;
        let key = PrivateKeyDer::from_pem_slice(key.as_bytes()).map_err(|_| TlsFault::Identity)?;
        let identity = Self { chain, key };
        // Only the builder knows whether the two belong together.
        let probe = Self {
            chain: identity.chain.clone(),
            key: identity.key.clone_key(),
        };
        Tls::with_roots(RootCertStore::empty(), Some(probe))?;
        Ok(identity)
    }
}

impl fmt::Debug for Identity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Identity")
    }
}

fn rules() -> Result<ConfigBuilder<ClientConfig, WantsVerifier>, TlsFault> {
    ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .map_err(|_| TlsFault::NoVersion)
}
