//! Secrets in files that change while a client runs: read again when the upstream refuses them, once for each refusal.

use std::fs;
use std::io::{Read, Write};
use std::net::TcpListener;
use std::path::PathBuf;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll};
use std::thread;
use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use http::{Request, Response};
use interlingua::config::{Conduct, Limits};
use interlingua::mapping::compile::upstream::Upstream;
use interlingua::upstream::{
    Failure, FailureKind, Identity, Means, Origin, Sending, Sent, Tls, UpstreamClient, Vouch,
    Vouching, World,
};
use rustls::crypto::ring;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer};
use rustls::server::WebPkiClientVerifier;
use rustls::{
    RootCertStore, ServerConfig, ServerConnection, Stream, SupportedProtocolVersion, version,
};
use secrecy::SecretString;
use tower::{Service, ServiceExt};

use crate::declared::{CAVAGE, JOINED, MESSAGE, OF_CAVAGE, OF_JOINED, OF_MESSAGE};
use crate::{Depot, only_once, untold};

/// A world whose secrets stand in files of a folder, by the names of settings.
#[derive(Debug)]
struct Folder {
    folder: tempfile::TempDir,
    names: &'static [&'static str],
    read: AtomicUsize,
}

impl Folder {
    fn new(names: &'static [&'static str]) -> Arc<Self> {
        Arc::new(Self {
            folder: tempfile::tempdir().unwrap(),
            names,
            read: AtomicUsize::new(0),
        })
    }

    fn file(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn holds(&self, name: &str, secret: &str) {
        fs::write(self.file(name), secret).unwrap();
    }

    fn read(&self) -> usize {
        self.read.load(Ordering::Relaxed)
    }
}

impl World for Folder {
    fn unix_ms(&self) -> i64 {
        784_111_777_000
    }

    fn chance(&self) -> u8 {
        255
    }

    fn has_secrets(&self) -> bool {
        true
    }

    fn secrets(&self) -> Vec<(String, SecretString)> {
        self.read.fetch_add(1, Ordering::Relaxed);
        let named = self.names.iter().filter_map(|name| {
            let secret = fs::read_to_string(self.file(name)).ok()?;
            Some(((*name).to_owned(), secret.into()))
        });
        named.collect()
    }
}

/// A peer that takes what proves the same as its own upstream does, and answers 401 to all else.
#[derive(Clone)]
struct Peer(Arc<Mutex<Kept>>);

/// Whether a request is taken.
type Takes = Box<dyn Fn(&Request<Bytes>) -> bool + Send>;

struct Kept {
    takes: Takes,
    calls: usize,
    /// How long each call takes.
    slow: Duration,
}

impl Peer {
    fn taking(takes: impl Fn(&Request<Bytes>) -> bool + Send + 'static) -> Self {
        Self(Arc::new(Mutex::new(Kept {
            takes: Box::new(takes),
            calls: 0,
            slow: Duration::ZERO,
        })))
    }

    fn calls(&self) -> usize {
        std::mem::take(&mut self.0.lock().unwrap().calls)
    }

    fn client(&self, upstream: Arc<Upstream>, world: Arc<Folder>) -> Vouch<Self> {
        let vouching = Vouching { upstream, world };
        Vouch::new(self.clone(), "api.example", Some(vouching), self.clone())
    }
}

impl Service<Request<Bytes>> for Peer {
    type Response = Response<Bytes>;
    type Error = Failure;
    type Future = Sending;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Failure>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<Bytes>) -> Sending {
        let mut kept = self.0.lock().unwrap();
        kept.calls += 1;
        let status = if (kept.takes)(&request) { 201 } else { 401 };
        let slow = kept.slow;
        Box::pin(async move {
            tokio::time::sleep(slow).await;
            Ok(Response::builder()
                .status(status)
                .body(Bytes::new())
                .unwrap())
        })
    }
}

/// A request as the translation writes it, with the credentials of the start.
fn request(depot: &Depot, upstream: &Upstream) -> Request<Bytes> {
    use interlingua::engine::exchange::{Call, Context, PageRequest, Worker};
    let call = Call {
        operation: depot.catalog.operation("createCustomer").unwrap().0,
        inputs: &[],
        body: Some(br#"{"name":{"full":"Bob"}}"#),
        page: PageRequest::default(),
        context: Context {
            now_unix_ms: 784_111_777_000,
            caller_kind: Some("agent"),
            ..Context::default()
        },
    };
    let native = upstream
        .request(&call, None, &mut Worker::default())
        .unwrap();
    let mut request = Request::post(format!("/v2{}", native.target));
    for (name, value) in &native.headers {
        request = request.header(&**name, value.as_slice());
    }
    request.body(Bytes::from(native.body.unwrap())).unwrap()
}

const BASIC: &str = "
settings: { base-url: { doc: scheme and host }, user: { doc: who }, secret: { secret: true } }
auth: { scheme: basic, username: '{settings.user}', password: '{settings.secret}' }
";
const HEADERS: &str = "
settings: { base-url: { doc: scheme and host }, secret: { secret: true } }
auth: { scheme: headers, send: { x-key: 'Key {settings.secret}' } }
";
/// A secret among what each call says itself, and one in a rule of every call.
const MIXED: &str = "
settings: { base-url: { doc: scheme and host }, secret: { secret: true } }
auth: { scheme: headers, send: { x-key: '{context.caller.kind} {settings.secret};by={context.caller.kind}, Key {settings.secret:lower}' } }
";
const RULED: &str = "
settings: { base-url: { doc: scheme and host }, secret: { secret: true } }
auth: { scheme: none }
every-call: { headers: { settings.secret: X-Key } }
";
const OF_BASIC: &[(&str, &str)] = &[
    ("base-url", "http://depot.example"),
    ("user", "app"),
    ("secret", "planted-first"),
];
const OF_HEADERS: &[(&str, &str)] = &[
    ("base-url", "http://depot.example"),
    ("secret", "planted-first"),
];

/// `planted-second`, which is a key as text and in Base64.
const SECOND: &str = "planted0second00";

fn with_secret(
    settings: &[(&'static str, &'static str)],
    secret: &'static str,
) -> Vec<(&'static str, &'static str)> {
    let mut other = settings.to_vec();
    for setting in other.iter_mut().filter(|(name, _)| *name == "secret") {
        setting.1 = secret;
    }
    other
}

/// What proves a request, as its headers say it.
fn proofs(request: &Request<Bytes>) -> Vec<String> {
    let shown = ["authorization", "x-key", "signature", "signature-input"];
    let values = shown.iter().filter_map(|name| request.headers().get(*name));
    values
        .map(|value| value.to_str().unwrap().to_owned())
        .collect()
}

/// What proves the request of the settings.
async fn proof_of(lines: &str, settings: &[(&'static str, &str)]) -> Vec<String> {
    let kept = Arc::new(Mutex::new(Vec::new()));
    let peer = Peer::taking({
        let kept = Arc::clone(&kept);
        move |request| {
            *kept.lock().unwrap() = proofs(request);
            true
        }
    });
    let depot = Depot::new(lines, settings);
    let upstream = depot.upstream();
    let client = peer.client(Arc::clone(&upstream), Folder::new(&[]));
    client.oneshot(request(&depot, &upstream)).await.unwrap();
    let proof = kept.lock().unwrap().clone();
    assert!(!proof.is_empty());
    proof
}

async fn status(client: &Vouch<Peer>, request: &Request<Bytes>) -> u16 {
    let answer = client.clone().oneshot(request.clone()).await;
    answer.unwrap().status().as_u16()
}

#[tokio::test]
async fn a_secret_in_a_file_that_changed_is_read_when_the_upstream_refuses_the_old_one() {
    for (lines, settings) in [
        (BASIC, OF_BASIC),
        (HEADERS, OF_HEADERS),
        (MIXED, OF_HEADERS),
        (RULED, OF_HEADERS),
        (JOINED, OF_JOINED),
        (CAVAGE, OF_CAVAGE),
        (MESSAGE, OF_MESSAGE),
    ] {
        let second = proof_of(lines, &with_secret(settings, SECOND)).await;
        let peer = Peer::taking(move |request| proofs(request) == second);
        let world = Folder::new(&["secret"]);
        let depot = Depot::new(lines, settings);
        let upstream = depot.upstream();
        let request = request(&depot, &upstream);
        let client = peer.client(upstream, Arc::clone(&world));

        // The file has what is known already, or nothing: one sending, one reading, and the answer is the upstream's.
        let own = settings.iter().find(|(name, _)| *name == "secret");
        world.holds("secret", own.unwrap().1);
        assert_eq!(status(&client, &request).await, 401, "{lines}");
        assert_eq!((peer.calls(), world.read()), (1, 1), "{lines}");

        world.holds("secret", SECOND);
        assert_eq!(status(&client, &request).await, 201, "{lines}");
        assert_eq!((peer.calls(), world.read()), (2, 2), "{lines}");

        // From then on it counts at once.
        assert_eq!(status(&client, &request).await, 201, "{lines}");
        assert_eq!((peer.calls(), world.read()), (1, 2), "{lines}");
    }
}

#[tokio::test]
async fn a_call_is_sent_twice_at_most_and_a_broken_file_changes_nothing() {
    let peer = Peer::taking(|_| false);
    let world = Folder::new(&["secret"]);
    let depot = Depot::new(CAVAGE, OF_CAVAGE);
    let upstream = depot.upstream();
    let request = request(&depot, &upstream);
    let client = peer.client(upstream, Arc::clone(&world));

    world.holds("secret", SECOND);
    assert_eq!(status(&client, &request).await, 401);
    assert_eq!((peer.calls(), world.read()), (2, 1));

    // No key in Base64.
    world.holds("secret", "planted second");
    assert_eq!(status(&client, &request).await, 401);
    assert_eq!((peer.calls(), world.read()), (1, 2));
    assert!(!format!("{client:?}").contains("planted"));
}

#[tokio::test(start_paused = true)]
async fn many_refused_calls_share_one_reading() {
    let second = proof_of(BASIC, &with_secret(OF_BASIC, SECOND)).await;
    let peer = Peer::taking(move |request| proofs(request) == second);
    peer.0.lock().unwrap().slow = Duration::from_millis(10);
    let world = Folder::new(&["secret"]);
    world.holds("secret", SECOND);
    let depot = Depot::new(BASIC, OF_BASIC);
    let upstream = depot.upstream();
    let request = request(&depot, &upstream);
    let client = peer.client(upstream, Arc::clone(&world));

    let calls: Vec<_> = (0..100)
        .map(|_| tokio::spawn(client.clone().oneshot(request.clone())))
        .collect();
    for call in calls {
        assert_eq!(call.await.unwrap().unwrap().status(), 201);
    }
    assert_eq!((peer.calls(), world.read()), (200, 1));
}

const MTLS: &str = "
settings: { base-url: { doc: scheme and host }, certificate: { secret: true }, private-key: { secret: true } }
auth: { scheme: mtls, certificate: '{settings.certificate}', private-key: '{settings.private-key}' }
";
const ROOT: &[u8] = include_bytes!("../../src/upstream/tests/tls/root.der");
const CERTIFICATE: &[u8] = include_bytes!("../../src/upstream/tests/tls/127.0.0.1.der");
const KEY: &[u8] = include_bytes!("../../src/upstream/tests/tls/127.0.0.1.key.der");
const CLIENTS: &[u8] = include_bytes!("../../src/upstream/tests/tls/clients.der");
const CLIENT: &[u8] = include_bytes!("../../src/upstream/tests/tls/client.der");
const CLIENT_KEY: &[u8] = include_bytes!("../../src/upstream/tests/tls/client.key.der");

fn pem(kind: &str, der: &[u8]) -> String {
    let text = STANDARD.encode(der);
    format!("-----BEGIN {kind}-----\n{text}\n-----END {kind}-----\n")
}

/// What a peer over TLS does with who shows no certificate of its clients.
#[derive(Clone, Copy, PartialEq)]
enum Strict {
    /// It ends the connection.
    InTls,
    /// It answers 401.
    InHttp,
}

/// Serves connections over TLS, and counts what was asked on those it let in. Who shows the client's own certificate is
/// answered 200.
fn peer(strict: Strict, versions: &[&'static SupportedProtocolVersion]) -> (u16, Arc<AtomicUsize>) {
    let mut roots = RootCertStore::empty();
    roots.add(CertificateDer::from(CLIENTS)).unwrap();
    if strict == Strict::InHttp {
        roots.add(CertificateDer::from(ROOT)).unwrap();
    }
    let provider = Arc::new(ring::default_provider());
    let verifier =
        WebPkiClientVerifier::builder_with_provider(Arc::new(roots), Arc::clone(&provider));
    let config = ServerConfig::builder_with_provider(provider)
        .with_protocol_versions(versions)
        .unwrap()
        .with_client_cert_verifier(verifier.build().unwrap())
        .with_single_cert(
            vec![CertificateDer::from(CERTIFICATE)],
            PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(KEY)),
        )
        .unwrap();
    let config = Arc::new(config);
    let listener = TcpListener::bind(("127.0.0.1", 0)).unwrap();
    let port = listener.local_addr().unwrap().port();
    let asked = Arc::new(AtomicUsize::new(0));
    let count = Arc::clone(&asked);
    thread::spawn(move || {
        while let Ok((mut socket, _)) = listener.accept() {
            let (config, count) = (Arc::clone(&config), Arc::clone(&count));
            thread::spawn(move || {
                let mut session = ServerConnection::new(config).unwrap();
                let mut stream = Stream::new(&mut session, &mut socket);
                while stream.read(&mut [0; 4_096]).is_ok_and(|read| read > 0) {
                    count.fetch_add(1, Ordering::Relaxed);
                    let shown = stream.conn.peer_certificates().unwrap();
                    let status = if shown[0].as_ref() == CLIENT {
                        200
                    } else {
                        401
                    };
                    let answer = format!("HTTP/1.1 {status} X\r\ncontent-length: 0\r\n\r\n");
                    let _ = stream.write_all(answer.as_bytes());
                }
            });
        }
    });
    (port, asked)
}

/// A client that shows, at the start, the certificate of the peer itself.
fn secure(port: u16, world: Arc<Folder>) -> UpstreamClient {
    let (first, key) = (pem("CERTIFICATE", CERTIFICATE), pem("PRIVATE KEY", KEY));
    let base = format!("https://127.0.0.1:{port}");
    let depot = Depot::new(
        MTLS,
        &[
            ("base-url", &base),
            ("certificate", &first),
            ("private-key", &key),
        ],
    );
    let vouching = Vouching {
        upstream: depot.upstream(),
        world,
    };
    let tls = || {
        Tls::with_ca(
            &pem("CERTIFICATE", ROOT),
            Some(Identity::read(&first, &key)?),
        )
    };
    let means = Means {
        origin: Origin::of(&base).unwrap(),
        vouching: Some(vouching),
        watch: untold(),
    };
    UpstreamClient::new(means, &Conduct::default(), &Limits::default(), tls).unwrap()
}

async fn post(client: &UpstreamClient) -> Result<u16, Failure> {
    let request = Request::post("/x").body(Bytes::from_static(b"{}")).unwrap();
    let answer = client.clone().oneshot(only_once(request)).await?;
    Ok(answer.status().as_u16())
}

fn exchange(world: &Folder) {
    world.holds("certificate", &pem("CERTIFICATE", CLIENT));
    world.holds("private-key", &pem("PRIVATE KEY", CLIENT_KEY));
}

const BOTH: &[&str] = &["certificate", "private-key"];

#[tokio::test]
async fn a_certificate_that_was_exchanged_is_shown_on_connections_of_its_own() {
    let (port, asked) = peer(Strict::InHttp, &[&version::TLS13]);
    let world = Folder::new(BOTH);
    let client = secure(port, Arc::clone(&world));
    assert_eq!(post(&client).await, Ok(401));
    assert_eq!((asked.load(Ordering::Relaxed), world.read()), (1, 1));

    // The key comes later than the certificate: both belong together, or nothing changes.
    world.holds("certificate", &pem("CERTIFICATE", CLIENT));
    world.holds("private-key", &pem("PRIVATE KEY", KEY));
    assert_eq!(post(&client).await, Ok(401));
    assert_eq!((asked.load(Ordering::Relaxed), world.read()), (2, 2));

    exchange(&world);
    assert_eq!(post(&client).await, Ok(200));
    assert_eq!((asked.load(Ordering::Relaxed), world.read()), (4, 3));
    // No connection of the old one is left.
    assert_eq!(post(&client).await, Ok(200));
    assert_eq!((asked.load(Ordering::Relaxed), world.read()), (5, 3));
}

#[tokio::test]
async fn a_certificate_that_ends_the_handshake_is_read_again_before_anything_is_sent() {
    let (port, asked) = peer(Strict::InTls, &[&version::TLS12]);
    let world = Folder::new(BOTH);
    let client = secure(port, Arc::clone(&world));
    let failure = post(&client).await.unwrap_err();
    assert_eq!(
        (failure.kind, failure.sent),
        (FailureKind::TlsFailed, Sent::NotSent)
    );

    exchange(&world);
    assert_eq!(post(&client).await, Ok(200));
    assert_eq!((asked.load(Ordering::Relaxed), world.read()), (1, 2));
}

#[tokio::test]
async fn a_call_that_may_have_left_with_a_refused_certificate_is_not_sent_again() {
    let (port, asked) = peer(Strict::InTls, &[&version::TLS13]);
    let world = Folder::new(BOTH);
    exchange(&world);
    let client = secure(port, Arc::clone(&world));

    let failure = post(&client).await.unwrap_err();
    assert_eq!(failure.sent, Sent::MaybeSent, "{failure:?}");
    assert_eq!((asked.load(Ordering::Relaxed), world.read()), (0, 1));

    // The next one has the other.
    assert_eq!(post(&client).await, Ok(200));
    assert_eq!((asked.load(Ordering::Relaxed), world.read()), (1, 1));
}
