//! TLS of the listener: versions, protocols, callers' certificates, and certificates that are exchanged.

use std::sync::Arc;

use bytes::Bytes;
use http::{Request, Response};
use http_body_util::Full;
use interlingua::config::Limits;
use interlingua::gateway::listener::{Listener, PeerIdentity, Tls, TlsFault, TlsTexts, serve};
use rustls::client::WantsClientCert;
use rustls::crypto::ring;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName};
use rustls::{ClientConfig, ConfigBuilder, RootCertStore, SupportedProtocolVersion, version};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;
use tower::service_fn;

use super::{GET, Listening, kept, read};
use crate::support::{Wire, answer};

macro_rules! pem {
    ($name:literal) => {
        include_str!(concat!("tls/", $name, ".pem"))
    };
}

const ONE: TlsTexts<'_> = TlsTexts {
    certificate: pem!("one"),
    key: pem!("one.key"),
    clients: None,
};

fn rules(
    versions: &[&'static SupportedProtocolVersion],
) -> ConfigBuilder<ClientConfig, WantsClientCert> {
    let mut roots = RootCertStore::empty();
    roots
        .add(CertificateDer::from_pem_slice(pem!("root").as_bytes()).unwrap())
        .unwrap();
    ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_protocol_versions(versions)
        .unwrap()
        .with_root_certificates(roots)
}

fn nobody() -> ClientConfig {
    rules(&[&version::TLS13, &version::TLS12]).with_no_client_auth()
}

fn shown_as(certificate: &str, key: &str) -> ClientConfig {
    let chain = vec![CertificateDer::from_pem_slice(certificate.as_bytes()).unwrap()];
    let key = PrivateKeyDer::from_pem_slice(key.as_bytes()).unwrap();
    rules(&[&version::TLS13])
        .with_client_auth_cert(chain, key)
        .unwrap()
}

async fn secure(
    address: std::net::SocketAddr,
    config: ClientConfig,
) -> std::io::Result<TlsStream<TcpStream>> {
    let stream = TcpStream::connect(address).await.unwrap();
    let name = ServerName::try_from("localhost").unwrap();
    TlsConnector::from(Arc::new(config))
        .connect(name, stream)
        .await
}

async fn listening() -> (Listening, Arc<Tls>) {
    let tls = Arc::new(Tls::new(ONE).unwrap());
    let wire = Wire::answering((0..4).map(|_| answer("{}")));
    let listening = Listening::with(wire, Limits::default(), Some(Arc::clone(&tls))).await;
    (listening, tls)
}

async fn get(stream: &mut TlsStream<TcpStream>) -> std::io::Result<u16> {
    stream.write_all(GET).await?;
    let mut first = [0; 12];
    stream.read_exact(&mut first).await?;
    let status = std::str::from_utf8(&first[9..]).unwrap();
    Ok(status.parse().unwrap())
}

#[tokio::test]
async fn calls_are_served_over_tls_of_either_version() {
    for version in [&version::TLS12, &version::TLS13] {
        let (listening, _) = listening().await;
        let config = rules(&[version]).with_no_client_auth();
        let mut stream = secure(listening.address, config).await.unwrap();
        stream.write_all(GET).await.unwrap();
        let answer = read(&mut stream, &mut Vec::new()).await.unwrap();
        assert_eq!(answer.status, 200);
    }
}

#[tokio::test]
async fn http_2_is_chosen_where_both_speak_it() {
    for (offered, chosen) in [
        (["http/1.1", "h2"].as_slice(), "h2"),
        (&["http/1.1"], "http/1.1"),
    ] {
        let (listening, _) = listening().await;
        let mut config = nobody();
        config.alpn_protocols = offered
            .iter()
            .map(|name| name.as_bytes().to_vec())
            .collect();
        let stream = secure(listening.address, config).await.unwrap();
        let (_, session) = stream.get_ref();
        assert_eq!(session.alpn_protocol(), Some(chosen.as_bytes()));
    }
}

#[tokio::test]
async fn what_is_no_tls_is_hung_up_on() {
    let (listening, _) = listening().await;
    let mut stream = listening.connect().await;
    stream.write_all(GET).await.unwrap();
    let mut said = Vec::new();
    let _ = stream.read_to_end(&mut said).await;
    assert!(!String::from_utf8_lossy(&said).contains("HTTP"));
    assert!(listening.world.wire.sent().is_empty());
}

#[tokio::test]
async fn a_handshake_that_stalls_is_cut_off() {
    let (listening, _) = listening().await;
    let mut stream = listening.connect().await;
    stream.write_all(&[0x16, 0x03, 0x01]).await.unwrap();
    tokio::time::pause();
    assert_eq!(kept(&mut stream).await, 10);
}

#[tokio::test]
async fn an_exchanged_certificate_counts_from_then_on_and_open_connections_go_on() {
    let (listening, tls) = listening().await;
    let of = |stream: &TlsStream<TcpStream>| {
        let (_, session) = stream.get_ref();
        session.peer_certificates().unwrap()[0].clone().into_owned()
    };
    let pem = |text: &str| CertificateDer::from_pem_slice(text.as_bytes()).unwrap();
    let mut before = secure(listening.address, nobody()).await.unwrap();
    assert_eq!(of(&before), pem(pem!("one")));

    let mismatch = TlsTexts {
        certificate: pem!("two"),
        ..ONE
    };
    assert_eq!(tls.exchange(mismatch), Err(TlsFault::Identity));
    let still = secure(listening.address, nobody()).await.unwrap();
    assert_eq!(of(&still), pem(pem!("one")));

    let two = TlsTexts {
        key: pem!("two.key"),
        ..mismatch
    };
    tls.exchange(two).unwrap();
    let after = secure(listening.address, nobody()).await.unwrap();
    assert_eq!(of(&after), pem(pem!("two")));
    assert_eq!(get(&mut before).await.unwrap(), 200);
}

/// A listener that wants certificates, and tells the names of whoever calls.
async fn of_callers() -> std::net::SocketAddr {
    let texts = TlsTexts {
        clients: Some(pem!("clients")),
        ..ONE
    };
    let tls = Arc::new(Tls::new(texts).unwrap());
    let socket = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
    let address = socket.local_addr().unwrap();
    let service = service_fn(
        |request: Request<interlingua::gateway::listener::Received>| {
            let identity = request.extensions().get::<PeerIdentity>().unwrap();
            let names: Vec<_> = identity.dns_names().chain(identity.uris()).collect();
            let told = format!("{} {}", names.join(" "), identity.subject().len());
            std::future::ready(Ok(Response::new(Full::new(Bytes::from(told)))))
        },
    );
    let listener = Listener::from(socket).with_tls(Some(tls));
    tokio::spawn(async move {
        let never = std::future::pending();
        serve(
            listener,
            service,
            &Limits::default(),
            never,
            std::time::Duration::ZERO,
        )
        .await
    });
    address
}

#[tokio::test]
async fn a_caller_is_known_by_the_names_of_its_certificate() {
    let address = of_callers().await;
    let config = shown_as(pem!("app"), pem!("app.key"));
    let mut stream = secure(address, config).await.unwrap();
    stream.write_all(GET).await.unwrap();
    let answer = read(&mut stream, &mut Vec::new()).await.unwrap();
    assert_eq!(answer.body, "app.example spiffe://example.org/app 14");
}

#[tokio::test]
async fn a_caller_without_a_certificate_of_the_right_root_is_not_served() {
    let address = of_callers().await;
    let stranger = shown_as(pem!("stranger"), pem!("stranger.key"));
    for config in [nobody(), stranger] {
        // In TLS 1.3 the client has shaken hands before it is refused.
        let served = match secure(address, config).await {
            Ok(mut stream) => get(&mut stream).await.is_ok(),
            Err(_) => false,
        };
        assert!(!served);
    }
}

#[test]
fn what_secures_nothing_is_told_by_name_alone() {
    let fault = |texts| Tls::new(texts).unwrap_err();
    let none = TlsTexts {
        certificate: "planted",
        ..ONE
    };
    let no_roots = TlsTexts {
        clients: Some("planted"),
        ..ONE
    };
    let other_key = TlsTexts {
        key: pem!("two.key"),
        ..ONE
    };
    assert_eq!(fault(none), TlsFault::Identity);
    assert_eq!(fault(other_key), TlsFault::Identity);
    assert_eq!(fault(no_roots), TlsFault::Clients);
    assert!(!format!("{none:?} {}", fault(none)).contains("planted"));
}
