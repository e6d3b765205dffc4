//! Calls that are refused before their body was read: the connection goes on, or the answer says that it ends.

use tokio::io::AsyncWriteExt;

use super::{GET, Listening, call, read};
use crate::support::{Wire, answer};

const REFUSED: [(&str, u16); 6] = [
    (
        "POST /nope HTTP/1.1\r\ncontent-type: application/json\r\n",
        404,
    ),
    ("PUT /v1/customers/alpha:1 HTTP/1.1\r\n", 405),
    (
        "POST /v1/customers/search HTTP/1.1\r\ninterlingua-upstream: alpha\r\ncontent-type: text/plain\r\n",
        415,
    ),
    (
        "POST /v1/customers?zz=1 HTTP/1.1\r\ninterlingua-upstream: alpha\r\ncontent-type: application/json\r\n",
        422,
    ),
    ("FOO /v1/customers HTTP/1.1\r\n", 501),
    ("GET /v1/customers/alpha:1 HTTP/1.1\r\n", 400),
];

async fn listening() -> Listening {
    Listening::new(Wire::answering((0..8).map(|_| answer("{}")))).await
}

#[tokio::test]
async fn a_small_body_that_nobody_wants_does_not_cost_the_connection() {
    let body = "{\"text\":\"abcdef\"}";
    for (head, status) in REFUSED {
        let listening = listening().await;
        let mut stream = listening.connect().await;
        let head = format!("{head}host: a\r\ncontent-length: {}\r\n\r\n", body.len());
        stream.write_all(head.as_bytes()).await.unwrap();
        // The refusal is ready before the body comes.
        listening.until("interlingua_requests_total{").await;

        let refusal = call(&mut stream, body.as_bytes()).await;

        assert_eq!(
            (refusal.status, refusal.is_last()),
            (status, false),
            "{head}"
        );
        assert_eq!(call(&mut stream, GET).await.status, 200, "{head}");
    }
}

#[tokio::test]
async fn an_answer_behind_which_a_body_stays_unread_says_that_the_connection_ends() {
    for framing in [
        "content-length: 200000\r\n",
        "transfer-encoding: chunked\r\n",
        "content-length: 17\r\nexpect: 100-continue\r\n",
    ] {
        for (head, status) in REFUSED {
            let listening = listening().await;
            let mut stream = listening.connect().await;
            let head = format!("{head}host: a\r\n{framing}\r\n");
            let mut rest = Vec::new();
            stream.write_all(head.as_bytes()).await.unwrap();
            let refusal = read(&mut stream, &mut rest).await.unwrap();
            assert_eq!(
                (refusal.status, refusal.is_last()),
                (status, true),
                "{head}"
            );
            assert!(read(&mut stream, &mut rest).await.is_none(), "{head}");
        }
    }
}

#[tokio::test]
async fn a_body_that_was_read_in_part_ends_the_connection_too() {
    let listening = listening().await;
    let mut stream = listening.connect().await;
    let head = "POST /v1/customers/search HTTP/1.1\r\nhost: a\r\ninterlingua-upstream: alpha\r\ncontent-type: application/json\r\ntransfer-encoding: chunked\r\n\r\n";
    let chunk = format!("{:x}\r\n{}\r\n", 1 << 20, "a".repeat(1 << 20));
    let (mut reading, mut writing) = stream.split();
    let sending = async {
        writing.write_all(head.as_bytes()).await.unwrap();
        // It may be cut off while it is sent.
        let _ = writing.write_all(chunk.as_bytes()).await;
        let _ = writing.write_all(b"5\r\nhello\r\n").await;
    };
    let mut rest = Vec::new();
    let (refusal, ()) = tokio::join!(read(&mut reading, &mut rest), sending);
    let refusal = refusal.unwrap();
    assert_eq!(
        (refusal.status, refusal.is_last()),
        (413, true),
        "{refusal:?}"
    );
}

#[tokio::test]
async fn abuse_26_a_small_body_that_does_not_come_is_not_waited_for_longer_than_others() {
    let listening = listening().await;
    let mut stream = listening.connect().await;
    let head = b"POST /nope HTTP/1.1\r\nhost: a\r\ncontent-length: 17\r\n\r\n{";
    stream.write_all(head).await.unwrap();
    listening.until("interlingua_requests_total{").await;
    tokio::time::pause();
    let start = tokio::time::Instant::now();

    let mut rest = Vec::new();
    let refusal = read(&mut stream, &mut rest).await.unwrap();

    assert_eq!((refusal.status, refusal.is_last()), (404, true));
    assert!(start.elapsed().as_secs() <= 5);
    assert!(read(&mut stream, &mut rest).await.is_none());
}
