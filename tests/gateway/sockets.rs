//! The listener over loopback: what only real connections show.

use std::net::SocketAddr;
use std::time::Duration;

use bytes::Bytes;
use http::Request;
use http_body_util::{BodyExt, Full};
use hyper_util::rt::{TokioExecutor, TokioIo};
use interlingua::config::Limits;
use interlingua::gateway::listener::serve;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

use crate::support::{Plan, Wire, World, answer, hangs};

/// A gateway that listens.
struct Listening {
    address: SocketAddr,
    stop: oneshot::Sender<()>,
    served: JoinHandle<bool>,
    _world: World,
}

async fn listening(wire: Wire, drain: Duration) -> Listening {
    let plan = Plan {
        wire,
        ..Plan::default()
    };
    let world = plan.build();
    let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
    let address = listener.local_addr().unwrap();
    let (stop, stopped) = oneshot::channel();
    let gateway = world.gateway.clone();
    let served = tokio::spawn(async move {
        let stopped = async {
            let _ = stopped.await;
        };
        serve(listener, gateway, &Limits::default(), stopped, drain).await
    });
    Listening {
        address,
        stop,
        served,
        _world: world,
    }
}

const LONG: Duration = Duration::from_secs(60);

/// Reads one answer with a declared length.
async fn read_answer(stream: &mut TcpStream) -> String {
    let mut bytes = Vec::new();
    loop {
        let mut part = [0; 1_024];
        let count = stream.read(&mut part).await.unwrap();
        assert!(
            count > 0,
            "hung up after {}",
            String::from_utf8_lossy(&bytes)
        );
        bytes.extend_from_slice(&part[..count]);
        let text = String::from_utf8_lossy(&bytes).to_ascii_lowercase();
        if let Some((head, body)) = text.split_once("\r\n\r\n") {
            let length = head
                .lines()
                .find_map(|line| line.strip_prefix("content-length: "));
            if body.len() >= length.map_or(0, |length| length.parse().unwrap()) {
                return String::from_utf8(bytes).unwrap();
            }
        }
    }
}

const GET: &[u8] = b"GET /v1/customers/alpha:1 HTTP/1.1\r\nhost: a\r\nx-request-id: r7\r\n\r\n";

#[tokio::test]
async fn one_connection_carries_call_after_call() {
    let listening = listening(
        Wire::answering([answer(r#"{"n":1}"#), answer(r#"{"n":2}"#)]),
        LONG,
    )
    .await;
    let mut stream = TcpStream::connect(listening.address).await.unwrap();
    for n in 1..=2 {
        stream.write_all(GET).await.unwrap();
        let answer = read_answer(&mut stream).await;
        assert!(answer.starts_with("HTTP/1.1 200 OK\r\n"), "{answer}");
        assert!(answer.contains("x-request-id: r7\r\n"), "{answer}");
        assert!(answer.ends_with(&format!("{{\"n\":{n}}}")), "{answer}");
    }
}

#[tokio::test]
async fn head_is_get_without_its_body() {
    let listening = listening(Wire::answering([answer("{}"), answer("{}")]), LONG).await;
    let mut stream = TcpStream::connect(listening.address).await.unwrap();
    let head = String::from_utf8(GET.to_vec())
        .unwrap()
        .replace("GET", "HEAD");
    stream.write_all(head.as_bytes()).await.unwrap();
    stream.write_all(GET).await.unwrap();
    let mut both = String::new();
    while both.matches("HTTP/1.1 200 OK").count() < 2 {
        let mut part = [0; 1_024];
        let count = stream.read(&mut part).await.unwrap();
        both.push_str(std::str::from_utf8(&part[..count]).unwrap());
    }
    let (first, _) = both.split_at(both.rfind("HTTP/1.1").unwrap());
    assert!(
        first.contains("content-length: 2\r\n") && first.ends_with("\r\n\r\n"),
        "{first}"
    );
}

#[tokio::test]
async fn http_2_is_spoken_with_prior_knowledge() {
    let listening = listening(Wire::answering([answer(r#"{"n":1}"#)]), LONG).await;
    let stream = TcpStream::connect(listening.address).await.unwrap();
    let (mut sender, connection) =
        hyper::client::conn::http2::handshake(TokioExecutor::new(), TokioIo::new(stream))
            .await
            .unwrap();
    tokio::spawn(connection);
    let uri = format!("http://{}/v1/customers/alpha:1", listening.address);
    let request = Request::get(uri).body(Full::new(Bytes::new())).unwrap();

    let response = sender.send_request(request).await.unwrap();

    assert_eq!(
        (response.status().as_u16(), response.version()),
        (200, http::Version::HTTP_2)
    );
    let body = response.into_body().collect().await.unwrap().to_bytes();
    assert_eq!(body, r#"{"n":1}"#);
}

#[tokio::test]
async fn stopping_ends_idle_connections_and_takes_no_more() {
    let listening = listening(Wire::answering([answer("{}")]), LONG).await;
    let mut stream = TcpStream::connect(listening.address).await.unwrap();
    stream.write_all(GET).await.unwrap();
    read_answer(&mut stream).await;

    listening.stop.send(()).unwrap();

    assert!(listening.served.await.unwrap(), "every connection ended");
    assert_eq!(stream.read(&mut [0; 8]).await.unwrap(), 0);
    assert!(TcpStream::connect(listening.address).await.is_err());
}

#[tokio::test]
async fn a_call_that_outlasts_the_drain_is_told_of() {
    let listening = listening(Wire::answering([hangs()]), Duration::from_millis(20)).await;
    let mut stream = TcpStream::connect(listening.address).await.unwrap();
    stream.write_all(GET).await.unwrap();
    while !listening
        ._world
        .metrics
        .encode()
        .unwrap()
        .contains("requests_in_flight 1")
    {
        tokio::task::yield_now().await;
    }

    listening.stop.send(()).unwrap();

    assert!(!listening.served.await.unwrap());
}

/// A gateway that answers a few calls, and a connection to it.
async fn connected() -> (Listening, TcpStream) {
    let listening = listening(Wire::answering([answer("{}"), answer("{}")]), LONG).await;
    let stream = TcpStream::connect(listening.address).await.unwrap();
    (listening, stream)
}

/// How many seconds the gateway keeps a connection that says nothing more.
async fn kept(stream: &mut TcpStream) -> u64 {
    tokio::time::pause();
    let start = tokio::time::Instant::now();
    // An error is an end too.
    let _ = stream.read_to_end(&mut Vec::new()).await;
    // Until the clock was stopped, some of the time had passed.
    (start.elapsed() + Duration::from_millis(500)).as_secs()
}

#[tokio::test]
async fn a_connection_may_lie_idle_longer_than_a_head_may_take() {
    let (_listening, mut stream) = connected().await;
    stream.write_all(GET).await.unwrap();
    read_answer(&mut stream).await;

    tokio::time::pause();
    tokio::time::advance(Duration::from_secs(45)).await;

    stream.write_all(GET).await.unwrap();
    let answer = read_answer(&mut stream).await;
    assert!(answer.starts_with("HTTP/1.1 200 OK\r\n"), "{answer}");
}

#[tokio::test]
async fn a_connection_without_another_call_is_closed() {
    let (_listening, mut stream) = connected().await;
    stream.write_all(GET).await.unwrap();
    read_answer(&mut stream).await;

    assert_eq!(kept(&mut stream).await, 60);
}

#[tokio::test]
async fn a_connection_without_a_call_is_closed() {
    let (_listening, mut stream) = connected().await;

    assert_eq!(kept(&mut stream).await, 60);
}

#[tokio::test]
async fn the_rest_of_a_head_must_follow_its_first_byte_soon() {
    let (_listening, mut stream) = connected().await;
    for part in [b"G".as_slice(), b"ET /v1"] {
        stream.write_all(part).await.unwrap();
    }

    assert_eq!(kept(&mut stream).await, 10);
}

#[tokio::test]
async fn a_later_head_must_come_as_soon_as_the_first() {
    let (_listening, mut stream) = connected().await;
    stream.write_all(GET).await.unwrap();
    read_answer(&mut stream).await;
    stream.write_all(b"GET /v1").await.unwrap();

    assert_eq!(kept(&mut stream).await, 10);
}

#[tokio::test]
async fn an_http_2_connection_may_lie_idle_too() {
    let (_listening, mut stream) = connected().await;
    // The preface with empty settings, and no request behind it.
    let preface = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\x04\0\0\0\0\0";
    stream.write_all(preface).await.unwrap();
    // Once the settings are acknowledged there is nothing left to do.
    let acknowledged = b"\0\0\0\x04\x01\0\0\0\0";
    let mut said = Vec::new();
    while !said.windows(9).any(|frame| frame == acknowledged) {
        stream.read_buf(&mut said).await.unwrap();
    }

    assert_eq!(kept(&mut stream).await, 60);
}
