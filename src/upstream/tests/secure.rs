//! TLS: what is trusted, what is not, and what is no TLS.

use std::io::{Read, Write};
use std::net::TcpListener;
use std::sync::Arc;
use std::thread;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use rustls::crypto::ring;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer};
use rustls::server::{WantsServerCert, WebPkiClientVerifier};
use rustls::{ConfigBuilder, RootCertStore, ServerConfig, ServerConnection, Stream};

use super::super::*;
use super::peer::{self, Peer, answer};
use super::{call, once};

const ROOT: &[u8] = include_bytes!("tls/root.der");
const CERTIFICATE: &[u8] = include_bytes!("tls/127.0.0.1.der");
const KEY: &[u8] = include_bytes!("tls/127.0.0.1.key.der");

const CLIENTS: &[u8] = include_bytes!("tls/clients.der");
const CLIENT: &[u8] = include_bytes!("tls/client.der");
const CLIENT_KEY: &[u8] = include_bytes!("tls/client.key.der");

fn trusted() -> Result<Tls, TlsFault> {
    trusted_as(None)
}

fn trusted_as(identity: Option<Identity>) -> Result<Tls, TlsFault> {
    let mut roots = RootCertStore::empty();
    roots.add(CertificateDer::from(ROOT)).unwrap();
    Tls::with_roots(roots, identity)
}

fn made(
    base: &str,
    tls: impl FnOnce() -> Result<Tls, TlsFault>,
) -> Result<UpstreamClient, TlsFault> {
    let means = Means {
        origin: Origin::of(base).unwrap(),
        vouching: None,
        watch: Watch::untold("alpha"),
    };
    UpstreamClient::new(means, &once(), &Limits::default(), tls)
}

fn secure_client(base: &str, tls: impl FnOnce() -> Result<Tls, TlsFault>) -> UpstreamClient {
    made(base, tls).unwrap()
}

/// Serves one connection over TLS on a thread of its own; returns the port.
fn tls_peer() -> u16 {
    let rules = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap();
    serve(rules.with_no_client_auth())
}

fn serve(rules: ConfigBuilder<ServerConfig, WantsServerCert>) -> u16 {
    let config = rules
        .with_single_cert(
            vec![CertificateDer::from(CERTIFICATE)],
            PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(KEY)),
        )
        .unwrap();
    let listener = TcpListener::bind(("127.0.0.1", 0)).unwrap();
    let port = listener.local_addr().unwrap().port();
    thread::spawn(move || {
        let (mut socket, _) = listener.accept().unwrap();
        let mut session = ServerConnection::new(Arc::new(config)).unwrap();
        let mut stream = Stream::new(&mut session, &mut socket);
        // A client that does not trust us ends the handshake here.
        if stream.read(&mut [0; 4_096]).is_ok() {
            let _ = stream.write_all(&answer("safe"));
        }
    });
    port
}

#[tokio::test]
async fn a_trusted_peer_is_talked_to() {
    let client = secure_client(&format!("https://127.0.0.1:{}", tls_peer()), trusted);

    assert_eq!(call(&client).await.unwrap().body(), "safe");
}

/// Serves one connection over TLS to clients of a root only.
fn strict_peer() -> u16 {
    let mut roots = RootCertStore::empty();
    roots.add(CertificateDer::from(CLIENTS)).unwrap();
    let provider = Arc::new(ring::default_provider());
    let verifier = WebPkiClientVerifier::builder_with_provider(Arc::new(roots), provider.clone());
    let rules = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap();
    serve(rules.with_client_cert_verifier(verifier.build().unwrap()))
}

fn pem(kind: &str, der: &[u8]) -> String {
    let text = STANDARD.encode(der);
    format!("-----BEGIN {kind}-----\n{text}\n-----END {kind}-----\n")
}

#[tokio::test]
async fn a_client_certificate_is_shown_to_who_asks_for_it() {
    let (certificate, key) = (pem("CERTIFICATE", CLIENT), pem("PRIVATE KEY", CLIENT_KEY));
    let base = format!("https://127.0.0.1:{}", strict_peer());
    let identity = Identity::read(&certificate, &key).unwrap();
    let client = secure_client(&base, || trusted_as(Some(identity)));

    assert_eq!(call(&client).await.unwrap().body(), "safe");

    // Without one the peer serves nothing.
    let base = format!("https://127.0.0.1:{}", strict_peer());
    assert!(call(&secure_client(&base, trusted)).await.is_err());
}

#[test]
fn an_identity_is_a_certificate_and_its_own_key_and_never_shown() {
    let (certificate, key) = (pem("CERTIFICATE", CLIENT), pem("PRIVATE KEY", CLIENT_KEY));
    let identity = Identity::read(&certificate, &key).unwrap();
    assert_eq!(format!("{identity:?}"), "Identity");
    for (certificate, key) in [
        (&*certificate, ""),
        ("", &*key),
        (&*key, &*certificate),
        (&*certificate, &*pem("PRIVATE KEY", KEY)),
        (&*certificate, &*pem("PRIVATE KEY", b"planted")),
        (&*pem("CERTIFICATE", b"planted"), &*key),
    ] {
        let fault = Identity::read(certificate, key).unwrap_err();
        assert_eq!(fault, TlsFault::Identity);
        assert!(!fault.to_string().contains("planted"));
    }
}

#[tokio::test]
async fn the_root_of_an_operator_is_trusted_and_the_machines_are_not() {
    let own = pem("CERTIFICATE", ROOT);
    let base = format!("https://127.0.0.1:{}", tls_peer());
    let client = secure_client(&base, || Tls::with_ca(&own, None));
    assert_eq!(call(&client).await.unwrap().body(), "safe");

    let other = pem("CERTIFICATE", CLIENTS);
    let base = format!("https://127.0.0.1:{}", tls_peer());
    let client = secure_client(&base, || Tls::with_ca(&other, None));
    let failure = call(&client).await.unwrap_err();
    assert_eq!(failure, Failure::not_sent(FailureKind::TlsFailed));
}

#[test]
fn roots_that_are_none_are_told() {
    for text in [
        "",
        "planted",
        &*pem("PRIVATE KEY", KEY),
        &*pem("CERTIFICATE", b"planted"),
    ] {
        let fault = Tls::with_ca(text, None).unwrap_err();
        assert_eq!(fault, TlsFault::Roots);
    }
}

#[tokio::test]
async fn an_unknown_root_is_refused_unsent() {
    let nobody = || Tls::with_roots(RootCertStore::empty(), None);
    let client = secure_client(&format!("https://127.0.0.1:{}", tls_peer()), nobody);

    let failure = call(&client).await.unwrap_err();

    assert_eq!(failure, Failure::not_sent(FailureKind::TlsFailed));
}

#[tokio::test]
async fn another_name_than_the_certificates_is_refused_unsent() {
    let client = secure_client(&format!("https://localhost:{}", tls_peer()), trusted);

    let failure = call(&client).await.unwrap_err();

    assert_eq!(failure, Failure::not_sent(FailureKind::TlsFailed));
}

#[tokio::test]
async fn a_peer_without_tls_never_gets_the_request_in_the_clear() {
    let peer = Peer::new(vec![vec![answer("plain")]]).await;
    let client = secure_client(&format!("https://127.0.0.1:{}", peer.port), trusted);

    let failure = call(&client).await.unwrap_err();

    assert_eq!(failure, Failure::not_sent(FailureKind::TlsFailed));
    assert!(
        peer.requests()
            .await
            .iter()
            .all(|bytes| !bytes.contains("GET"))
    );
}

#[tokio::test]
async fn a_peer_that_is_down_is_unreachable_over_tls_too() {
    let client = secure_client(
        &format!("https://127.0.0.1:{}", peer::closed_port().await),
        trusted,
    );

    let failure = call(&client).await.unwrap_err();

    assert_eq!(failure, Failure::not_sent(FailureKind::Unreachable));
}

#[tokio::test(start_paused = true)]
async fn a_handshake_that_stalls_is_a_connect_timeout() {
    let peer = Peer::silent().await;
    let client = secure_client(&format!("https://127.0.0.1:{}", peer.port), trusted);

    let failure = call(&client).await.unwrap_err();

    assert_eq!(failure, Failure::not_sent(FailureKind::ConnectTimeout));
}

#[test]
fn a_plain_origin_needs_no_roots() {
    let client = made("http://127.0.0.1:1", || Err(TlsFault::NoRoots));

    assert!(client.is_ok());
}

#[test]
fn a_machine_without_roots_is_told_at_start() {
    let refused = made("https://127.0.0.1:1", || Err(TlsFault::NoRoots));

    assert_eq!(refused.unwrap_err(), TlsFault::NoRoots);
}
