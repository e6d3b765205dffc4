//! What the front turns away is counted by its cause.

use interlingua::config::Limits;
use tokio::io::AsyncWriteExt;

use super::{GET, Listening, call, kept, read};
use crate::support::{Wire, answer};

const CHUNKED: &str = "POST /v1/customers/search HTTP/1.1\r\nhost: a\r\ninterlingua-upstream: alpha\r\ncontent-type: application/json\r\ntransfer-encoding: chunked\r\n\r\n";

fn counted(cause: &str) -> String {
    format!("interlingua_turned_away_total{{cause=\"{cause}\"}} 1\n")
}

async fn listening(limits: Limits) -> Listening {
    let wire = Wire::answering((0..8).map(|_| answer("{}")));
    Listening::with(wire, limits, None).await
}

#[tokio::test]
async fn requests_are_counted_by_the_rule_that_they_break() {
    let slow = "interlingua_requests_in_flight 1";
    for (request, cause) in [
        ("GET / HTTP/1.1\nhost: a\n\n".to_owned(), "line-end"),
        ("GET /#a HTTP/1.1\r\nhost: a\r\n\r\n".to_owned(), "target"),
        ("GET / HTTP/1.1\r\n\r\n".to_owned(), "malformed"),
        (
            "FOO / HTTP/1.1\r\nhost: a\r\n\r\n".to_owned(),
            "unknown-method",
        ),
        (format!("{CHUNKED}x"), "chunk"),
        (
            format!("{CHUNKED}0\r\na: {}\r\n\r\n", "b".repeat(16 << 10)),
            "large-trailers",
        ),
    ] {
        let listening = listening(Limits::default()).await;
        let mut stream = listening.connect().await;
        let refusal = call(&mut stream, request.as_bytes()).await;
        assert!(refusal.status >= 400, "{cause}");
        let metrics = listening.world.metrics.encode().unwrap();
        assert!(metrics.contains(&counted(cause)), "{cause}: {metrics}");
        assert_eq!(metrics.matches("interlingua_turned_away_total{").count(), 1);
    }
    let listening = listening(Limits::default()).await;
    let mut stream = listening.connect().await;
    stream.write_all(CHUNKED.as_bytes()).await.unwrap();
    listening.until(slow).await;
    tokio::time::pause();
    assert_eq!(
        read(&mut stream, &mut Vec::new()).await.unwrap().status,
        408
    );
    listening.until(&counted("slow-body")).await;
}

#[tokio::test]
async fn trailers_over_the_limit_are_told_in_words_of_their_own() {
    let listening = listening(Limits::default()).await;
    let most = (16 << 10) - 1 - "a: \r\n\r\n".len();
    for (length, status) in [(most, 200), (most + 1, 413)] {
        let mut stream = listening.connect().await;
        let value = "b".repeat(length);
        let request = format!("{CHUNKED}e\r\n{{\"text\":\"ann\"}}\r\n0\r\na: {value}\r\n\r\n");
        let answer = call(&mut stream, request.as_bytes()).await;
        assert_eq!(answer.status, status, "{answer:?}");
        assert_eq!(
            answer.body.contains("The trailers are over the limit"),
            status == 413
        );
    }
}

#[tokio::test]
async fn connections_are_counted_by_what_ends_them() {
    let limits = Limits {
        connections: 2,
        connections_of_peer: Some(1),
        ..Limits::default()
    };
    let listening = listening(limits).await;
    let mut first = listening.connect().await;
    assert_eq!(call(&mut first, GET).await.status, 200);
    kept(&mut listening.connect().await).await;
    listening.until(&counted("connections-of-peer")).await;
    tokio::time::pause();
    assert_eq!(kept(&mut first).await, 60);
    listening.until(&counted("idle")).await;
}
