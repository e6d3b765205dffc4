//! Who is at the other end of a connection.

use std::net::IpAddr;
use std::sync::Arc;

use rustls::pki_types::CertificateDer;
use webpki::EndEntityCert;

/// The address that a connection comes from: among the extensions of its callbacks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Peer(pub IpAddr);

/// Who a verified client certificate says the peer is: among the extensions of every request of its connection.
///
/// The names are those of `subjectAltName` alone, as RFC 9525 and SPIFFE have it; the subject is there for logs and for
/// comparing, byte by byte. Clones share it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PeerIdentity(Arc<Names>);

#[derive(Debug, PartialEq, Eq)]
struct Names {
    dns: Vec<Box<str>>,
    uris: Vec<Box<str>>,
    subject: Box<[u8]>,
}

// === impl PeerIdentity ===

impl PeerIdentity {
    /// Reads the names of a certificate that was verified; none if it cannot be read.
    #[must_use]
    pub fn of(certificate: &CertificateDer<'_>) -> Option<Self> {
        let leaf = EndEntityCert::try_from(certificate).ok()?;
        Some(Self(Arc::new(Names {
            dns: leaf.valid_dns_names().map(Into::into).collect(),
            uris: leaf.valid_uri_names().map(Into::into).collect(),
            subject: leaf.subject().into(),
        })))
    }

    /// The DNS names, in the order of the certificate.
    pub fn dns_names(&self) -> impl Iterator<Item = &str> {
        self.0.dns.iter().map(|name| &**name)
    }

    /// The URIs, such as SPIFFE ids, in the order of the certificate.
    pub fn uris(&self) -> impl Iterator<Item = &str> {
        self.0.uris.iter().map(|name| &**name)
    }

    /// The distinguished name in DER, without its outer tag.
    #[must_use]
    pub fn subject(&self) -> &[u8] {
        &self.0.subject
    }
}
