//! Tokens of the client: asked for once, renewed in time, never shown.

use std::future::pending;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::Bytes;
use http::{HeaderMap, Request, Response};
use interlingua::upstream::{Failure, FailureKind, Sending, Sent, Vouch, Vouching, World};
use secrecy::SecretString;
use tower::{Service, ServiceExt};

use crate::Depot;
use crate::declared::{CAVAGE, OF_CAVAGE, OF_TOKEN, TOKEN};

#[derive(Debug)]
struct Still;

impl World for Still {
    fn unix_ms(&self) -> i64 {
        784_111_777_000
    }

    fn chance(&self) -> u8 {
        255
    }
}

/// What the peer does with one kind of request.
#[derive(Clone)]
enum Does {
    Answers(u16, &'static str, String),
    Fails(FailureKind),
    Hangs,
}

/// Issuer and upstream in one: tokens are counted, requests are kept.
#[derive(Clone)]
struct Peer(Arc<Mutex<Kept>>);

struct Kept {
    issues: Does,
    serves: Does,
    /// Tokens that are answered 401 to, by their beginnings.
    stale: Vec<String>,
    asked: usize,
    /// The client's secret, as a form has it.
    secret: &'static str,
    /// Headers of the last request for a token.
    headers: HeaderMap,
    served: Vec<(String, Bytes)>,
}

/// How long the peer takes.
const SLOW: Duration = Duration::from_millis(10);

impl Peer {
    fn new() -> Self {
        let kept = Kept {
            issues: token(r#","expires_in":1200"#),
            serves: Does::Answers(200, "application/json", "{}".to_owned()),
            stale: Vec::new(),
            asked: 0,
            secret: "planted%26client%3Dsecret",
            headers: HeaderMap::new(),
            served: Vec::new(),
        };
        Self(Arc::new(Mutex::new(kept)))
    }

    fn issuing(issues: Does) -> Self {
        let peer = Self::new();
        peer.issues(issues);
        peer
    }

    fn issues(&self, issues: Does) {
        self.0.lock().unwrap().issues = issues;
    }

    fn asked(&self) -> usize {
        self.0.lock().unwrap().asked
    }

    fn served(&self) -> Vec<String> {
        let kept = self.0.lock().unwrap();
        kept.served.iter().map(|(proof, _)| proof.clone()).collect()
    }

    fn exchange(&self, secret: &'static str) {
        self.0.lock().unwrap().secret = secret;
    }

    fn client(&self) -> Vouch<Self> {
        self.client_in(Arc::new(Still))
    }

    fn client_in(&self, world: Arc<dyn World>) -> Vouch<Self> {
        let vouching = Vouching {
            upstream: Depot::new(TOKEN, OF_TOKEN).upstream(),
            world,
        };
        Vouch::new(self.clone(), "api.example", Some(vouching), self.clone())
    }
}

/// A token that holds the number of the request for it.
fn token(more: &str) -> Does {
    let body = format!(r#"{{"access_token":"planted-token-N","token_type":"Bearer"{more}}}"#);
    Does::Answers(200, "application/json; charset=utf-8", body)
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
        let is_ask = request.uri() == "/v2/oauth/token";
        let does = if is_ask {
            assert_eq!(
                request.headers()["content-type"],
                "application/x-www-form-urlencoded"
            );
            let form = format!(
                "grant_type=client_credentials&client_id=client+1&client_secret={}&scope=merchant",
                kept.secret
            );
            kept.asked += 1;
            kept.headers = request.headers().clone();
            let number = kept.asked.to_string();
            match kept.issues.clone() {
                _ if request.body() != &form => {
                    let error = r#"{"error":"invalid_client"}"#;
                    Does::Answers(401, "application/json", error.to_owned())
                }
                Does::Answers(status, media, body) => {
                    Does::Answers(status, media, body.replace('N', &number))
                }
                other => other,
            }
        } else {
            let proof = request.headers()["authorization"].to_str().unwrap();
            let is_stale = kept.stale.iter().any(|stale| proof.ends_with(stale));
            kept.served.push((proof.to_owned(), request.body().clone()));
            match is_stale {
                true => Does::Answers(401, "application/json", "{}".to_owned()),
                false => kept.serves.clone(),
            }
        };
        Box::pin(async move {
            tokio::time::sleep(SLOW).await;
            match does {
                Does::Answers(status, media, body) => Ok(Response::builder()
                    .status(status)
                    .header("content-type", media)
                    .body(Bytes::from(body))
                    .unwrap()),
                Does::Fails(kind) => Err(failure(kind)),
                Does::Hangs => pending().await,
            }
        })
    }
}

fn failure(kind: FailureKind) -> Failure {
    Failure {
        kind,
        blame: interlingua::upstream::Blame::Upstream,
        sent: Sent::MaybeSent,
        lasts: None,
    }
}

async fn call(client: &Vouch<Peer>) -> Result<u16, Failure> {
    let request = Request::post("/v2/customers")
        .body(Bytes::from_static(b"{}"))
        .unwrap();
    let answer = client.clone().oneshot(request).await?;
    Ok(answer.status().as_u16())
}

/// So many calls at one moment.
async fn calls(client: &Vouch<Peer>, count: usize) -> Vec<Result<u16, Failure>> {
    let tasks: Vec<_> = (0..count)
        .map(|_| {
            let client = client.clone();
            tokio::spawn(async move { call(&client).await })
        })
        .collect();
    let mut done = Vec::new();
    for task in tasks {
        done.push(task.await.unwrap());
    }
    done
}

/// Lets what runs by itself come to its end.
async fn settle() {
    tokio::time::sleep(SLOW * 2).await;
}

#[tokio::test(start_paused = true)]
async fn many_calls_ask_for_one_token() {
    let peer = Peer::new();

    let done = calls(&peer.client(), 100).await;

    assert!(done.iter().all(|done| *done == Ok(200)));
    assert_eq!(peer.asked(), 1);
    assert!(
        peer.served()
            .iter()
            .all(|proof| proof == "Bearer planted-token-1")
    );
}

#[tokio::test(start_paused = true)]
async fn a_token_is_renewed_before_its_end_while_the_old_one_serves() {
    let peer = Peer::new();
    let client = peer.client();
    call(&client).await.unwrap();

    // 60 s are declared, and chance adds not quite a quarter.
    tokio::time::advance(Duration::from_secs(1_200 - 76)).await;
    call(&client).await.unwrap();
    settle().await;
    assert_eq!(peer.asked(), 1);

    tokio::time::advance(Duration::from_secs(2)).await;
    call(&client).await.unwrap();
    call(&client).await.unwrap();
    settle().await;
    call(&client).await.unwrap();

    assert_eq!(peer.asked(), 2);
    let last: Vec<_> = peer.served().split_off(2);
    assert_eq!(
        last,
        [
            "Bearer planted-token-1",
            "Bearer planted-token-1",
            "Bearer planted-token-2"
        ]
    );
}

#[tokio::test(start_paused = true)]
async fn a_token_that_ended_is_not_sent() {
    for (told, life) in [
        (r#","expires_in":"90""#, 90),
        ("", 1_200),
        (r#","expires_in":-1"#, 1_200),
        (r#","expires_in":999999999999"#, 86_400),
    ] {
        let peer = Peer::issuing(token(told));
        let client = peer.client();
        call(&client).await.unwrap();

        tokio::time::advance(Duration::from_secs(life)).await;
        call(&client).await.unwrap();

        assert_eq!(
            peer.served(),
            ["Bearer planted-token-1", "Bearer planted-token-2"],
            "{told}"
        );
    }
}

#[tokio::test(start_paused = true)]
async fn a_refused_token_is_replaced_and_the_call_sent_once_more() {
    let peer = Peer::new();
    let client = peer.client();
    call(&client).await.unwrap();
    peer.0.lock().unwrap().stale.push("token-1".to_owned());

    let done = calls(&client, 100).await;

    assert!(done.iter().all(|done| *done == Ok(200)));
    assert_eq!(peer.asked(), 2);
    let kept = peer.0.lock().unwrap();
    assert!(kept.served.iter().all(|(_, body)| body == "{}"));
    assert_eq!(kept.served.len(), 201);
}

/// A world where the client's secret was exchanged.
#[derive(Debug, Default)]
struct Exchanged {
    read: AtomicUsize,
}

impl World for Exchanged {
    fn unix_ms(&self) -> i64 {
        Still.unix_ms()
    }

    fn chance(&self) -> u8 {
        Still.chance()
    }

    fn secrets(&self) -> Vec<(String, SecretString)> {
        self.read.fetch_add(1, Ordering::Relaxed);
        vec![("client-secret".to_owned(), "planted-other".into())]
    }
}

#[tokio::test(start_paused = true)]
async fn a_secret_that_was_exchanged_is_read_again() {
    let peer = Peer::new();
    let world = Arc::new(Exchanged::default());
    let client = peer.client_in(world.clone());
    let read = || world.read.load(Ordering::Relaxed);
    // What is known still serves.
    assert_eq!(call(&client).await, Ok(200));
    assert_eq!((peer.asked(), read()), (1, 0));

    // The token is thrown away; that for the next one is asked for with the secret as it is now.
    peer.exchange("planted-other");
    peer.0.lock().unwrap().stale.push("token-1".to_owned());
    assert_eq!(call(&client).await, Ok(200));
    assert_eq!((peer.asked(), read()), (2, 1));
}

#[tokio::test(start_paused = true)]
async fn a_secret_is_read_again_once_for_each_refusal() {
    let peer = Peer::new();
    peer.exchange("planted-other");
    let world = Arc::new(Exchanged::default());
    let client = peer.client_in(world.clone());
    let read = || world.read.load(Ordering::Relaxed);

    // No token yet: whoever issues them refuses the old secret, and takes the new one.
    assert_eq!(call(&client).await, Ok(200));
    assert_eq!((peer.asked(), read()), (2, 1));

    // Neither is the one that counts.
    peer.exchange("planted-third");
    peer.0.lock().unwrap().stale.push("token-2".to_owned());
    let failure = call(&client).await.unwrap_err();
    assert_eq!(failure.kind, FailureKind::CredentialsRefused);
    assert_eq!((peer.asked(), read()), (3, 2));
}

#[tokio::test(start_paused = true)]
async fn a_second_refusal_is_the_answer() {
    let peer = Peer::new();
    peer.0.lock().unwrap().stale = vec!["token-1".to_owned(), "token-2".to_owned()];

    assert_eq!(call(&peer.client()).await, Ok(401));

    assert_eq!((peer.asked(), peer.served().len()), (2, 2));
}

#[tokio::test(start_paused = true)]
async fn refused_credentials_are_told_and_not_tried_again_at_once() {
    let peer = Peer::issuing(Does::Answers(
        401,
        "application/json",
        r#"{"error":"invalid_client"}"#.to_owned(),
    ));
    let client = peer.client();

    for done in calls(&client, 10).await {
        let failure = done.unwrap_err();
        assert_eq!(failure.kind, FailureKind::CredentialsRefused);
        assert_eq!(failure.sent, Sent::NotSent);
    }
    call(&client).await.unwrap_err();
    assert_eq!(peer.asked(), 1);

    tokio::time::advance(Duration::from_secs(1)).await;
    peer.issues(token(""));
    assert_eq!(call(&client).await, Ok(200));
}

#[tokio::test(start_paused = true)]
async fn what_is_no_token_is_never_sent() {
    for issues in [
        Does::Fails(FailureKind::Unreachable),
        Does::Fails(FailureKind::TotalTimeout),
        Does::Fails(FailureKind::BodyTooLarge),
        Does::Answers(500, "text/html", "<p>planted-answer</p>".to_owned()),
        Does::Answers(429, "application/json", "{}".to_owned()),
    ] {
        never_sent(issues, FailureKind::CredentialsUnavailable).await;
    }
}

/// Asking again would bring the same answer: that is told, and not as an upstream that cannot be reached.
#[tokio::test(start_paused = true)]
async fn an_answer_that_is_no_token_is_told_as_such() {
    let json = |body: &str| Does::Answers(200, "application/json", body.to_owned());
    let long = "x".repeat(17 << 10);
    for issues in [
        Does::Answers(302, "application/json", "{}".to_owned()),
        Does::Answers(204, "application/json", String::new()),
        Does::Answers(200, "text/html", r#"{"access_token":"t"}"#.to_owned()),
        json("planted-answer"),
        json("{}"),
        json("[]"),
        json(r#"{"access_token":7}"#),
        json(r#"{"access_token":""}"#),
        json(r#"{"access_token":"a\r\nx-evil: b"}"#),
        json(r#"{"access_token":"a b"}"#),
        json(r#"{"access_token":"a","access_token":"b"}"#),
        json(&format!(r#"{{"access_token":"{long}"}}"#)),
        json(&format!(
            r#"{{"access_token":"a","more":"{}"}}"#,
            long.repeat(4)
        )),
        json(r#"{"access_token":"planted","token_type":"mac"}"#),
        json(r#"{"access_token":"planted","token_type":""}"#),
        json(r#"{"access_token":"planted","token_type":null}"#),
        json(r#"{"access_token":"planted","token_type":["Bearer"]}"#),
    ] {
        never_sent(issues, FailureKind::CredentialsUnusable).await;
    }
}

async fn never_sent(issues: Does, kind: FailureKind) {
    let peer = Peer::issuing(issues);

    let failure = call(&peer.client()).await.unwrap_err();

    assert_eq!(failure.kind, kind);
    assert_eq!(failure.sent, Sent::NotSent);
    assert!(peer.served().is_empty());
    assert!(!format!("{failure:?} {failure}").contains("planted"));
}

#[tokio::test(start_paused = true)]
async fn a_token_of_a_known_type_is_sent_however_it_is_spelled() {
    for kind in [r#","token_type":"bearer""#, r#","token_type":"BEARER""#, ""] {
        let body = format!(r#"{{"access_token":"t"{kind}}}"#);
        let peer = Peer::issuing(Does::Answers(200, "application/json", body));
        assert_eq!(call(&peer.client()).await, Ok(200), "{kind}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_renewal_that_fails_leaves_the_old_token_to_its_end() {
    let peer = Peer::new();
    let client = peer.client();
    call(&client).await.unwrap();
    peer.issues(Does::Fails(FailureKind::Unreachable));

    tokio::time::advance(Duration::from_secs(1_190)).await;
    for _ in 0..3 {
        assert_eq!(call(&client).await, Ok(200));
        settle().await;
    }
    assert_eq!(peer.asked(), 2);
    tokio::time::advance(Duration::from_secs(10)).await;
    let failure = call(&client).await.unwrap_err();
    assert_eq!(failure.kind, FailureKind::CredentialsUnavailable);
}

#[tokio::test(start_paused = true)]
async fn a_call_that_gives_up_takes_no_token_from_the_others() {
    let peer = Peer::new();
    let client = peer.client();

    let given_up = tokio::time::timeout(SLOW / 2, call(&client)).await;
    assert!(given_up.is_err());
    assert_eq!(call(&client).await, Ok(200));

    assert_eq!(peer.asked(), 1);
}

#[tokio::test(start_paused = true)]
async fn an_issuer_that_hangs_holds_its_own_calls_only() {
    let peer = Peer::issuing(Does::Hangs);
    let client = peer.client();

    let waited = tokio::time::timeout(Duration::from_secs(60), calls(&client, 10)).await;

    assert!(waited.is_err());
    assert_eq!((peer.asked(), peer.served().len()), (1, 0));
}

#[tokio::test(start_paused = true)]
async fn nothing_of_it_shows_a_secret() {
    let peer = Peer::new();
    let client = peer.client();
    call(&client).await.unwrap();
    let upstream = Depot::new(TOKEN, OF_TOKEN).upstream();
    let signing = Depot::new(CAVAGE, OF_CAVAGE).upstream();
    let call = upstream.token_call();

    let shown = format!("{client:?} {upstream:?} {call:?} {signing:?}");

    for secret in ["planted", crate::KEY, "client_secret=", "Bearer planted"] {
        assert!(!shown.contains(secret), "{secret}: {shown}");
    }
}

#[tokio::test(start_paused = true)]
async fn the_request_for_a_token_has_the_headers_of_every_call() {
    const HEADERS: &str = "
every-call:
  headers:
    context.requestId: { native: x-reference-id | uuid(plain), lossy: made of it }
    settings.client-id: x-client
    context.caller.id: x-agent
";
    let peer = Peer::new();
    let vouching = Vouching {
        upstream: Depot::new(&[TOKEN, HEADERS].concat(), OF_TOKEN).upstream(),
        world: Arc::new(Still),
    };
    let client = Vouch::new(peer.clone(), "api.example", Some(vouching), peer.clone());
    call(&client).await.unwrap();

    let headers = peer.0.lock().unwrap().headers.clone();
    let id = headers["x-reference-id"].to_str().unwrap();
    assert!(id.len() == 32 && id.bytes().all(|byte| byte.is_ascii_hexdigit()));
    assert_eq!(headers["x-client"], "client 1");
    // No caller's call is behind it.
    assert!(!headers.contains_key("x-agent"));
}
