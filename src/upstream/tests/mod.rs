//! The client against peers that behave, and peers that do not.

mod book;
mod names;
mod peer;
mod resilience;
mod secure;
mod several;
mod traces;

use std::time::Duration;

use bytes::Bytes;
use http::{Request, Response};
use tower::ServiceExt;

use self::peer::{Peer, answer};
use super::*;
use crate::config::{Pool, Retries};

/// Every exchange once, two at one time.
fn once() -> Conduct {
    Conduct {
        pool: Pool {
            concurrency: 2,
            wait: Duration::from_millis(1),
            ..Pool::default()
        },
        retries: Retries {
            attempts: 1,
            ..Retries::default()
        },
        ..Conduct::default()
    }
}

fn to(port: u16) -> Means {
    Means {
        origin: Origin::of(&format!("http://127.0.0.1:{port}")).unwrap(),
        vouching: None,
        watch: Watch::untold("alpha"),
    }
}

/// A request that may be sent once.
fn only_once(request: Request<Bytes>) -> Outbound {
    Outbound {
        request,
        is_repeatable: false,
        trace: None,
    }
}

fn client(port: u16) -> UpstreamClient {
    let limits = Limits {
        answer: 64,
        ..Limits::default()
    };
    UpstreamClient::new(to(port), &once(), &limits, || Err(TlsFault::NoRoots)).unwrap()
}

async fn call(client: &UpstreamClient) -> Result<Response<Bytes>, Failure> {
    let request = Request::get("/x").body(Bytes::new()).unwrap();
    client.clone().oneshot(only_once(request)).await
}

/// The failure after one call that the peer answers with these bytes before it hangs up.
async fn failure_after(bytes: impl Into<Vec<u8>>) -> Failure {
    let peer = Peer::new(vec![vec![bytes.into()]]).await;
    call(&client(peer.port)).await.unwrap_err()
}

#[tokio::test]
async fn an_answer_comes_with_status_headers_and_body() {
    let peer = Peer::new(vec![vec![
        b"HTTP/1.1 404 Not Found\r\ncontent-type: text/xml\r\ncontent-length: 4\r\n\r\n<a/>"
            .to_vec(),
    ]])
    .await;

    let answer = call(&client(peer.port)).await.unwrap();

    assert_eq!(answer.status(), 404);
    assert_eq!(answer.headers()["content-type"], "text/xml");
    assert_eq!(answer.body(), "<a/>");
}

#[tokio::test]
async fn what_leaves_is_path_host_and_the_builders_headers_only() {
    let peer = Peer::new(vec![vec![answer("ok")]]).await;
    let uri = format!("http://127.0.0.1:{}/v1/x?y=1", peer.port);
    let request = Request::post(uri)
        .header("content-type", "application/json")
        .body(Bytes::from_static(b"{}"))
        .unwrap();

    client(peer.port).oneshot(only_once(request)).await.unwrap();

    let seen = peer.requests().await;
    let expected = format!(
        "POST /v1/x?y=1 HTTP/1.1\r\ncontent-type: application/json\r\nhost: 127.0.0.1:{}\r\ncontent-length: 2\r\n\r\n{{}}",
        peer.port
    );
    assert_eq!(seen, [expected]);
}

#[tokio::test]
async fn a_chunked_answer_is_put_together() {
    let peer = Peer::new(vec![vec![
        b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n2\r\nab\r\n3\r\ncde\r\n0\r\n\r\n"
            .to_vec(),
    ]])
    .await;

    assert_eq!(call(&client(peer.port)).await.unwrap().body(), "abcde");
}

#[tokio::test]
async fn a_connection_is_used_again() {
    let peer = Peer::new(vec![vec![answer("one"), answer("two")]]).await;
    let client = client(peer.port);

    assert_eq!(call(&client).await.unwrap().body(), "one");
    assert_eq!(call(&client).await.unwrap().body(), "two");

    assert_eq!(peer.connections(), 1);
}

#[tokio::test]
async fn a_connection_that_closes_behind_its_answer_is_not_kept() {
    let peer = Peer::new(vec![vec![answer("one")], vec![answer("two")]]).await;
    let client = client(peer.port);
    call(&client).await.unwrap();
    peer.hung_up(1).await;

    assert_eq!(call(&client).await.unwrap().body(), "two");

    assert_eq!(peer.connections(), 2);
}

#[tokio::test]
async fn bytes_after_an_answer_never_become_the_next_one() {
    let mut poisoned = answer("one");
    poisoned.extend(answer("poison"));
    let peer = Peer::new(vec![vec![poisoned], vec![answer("two")]]).await;
    let client = client(peer.port);

    assert_eq!(call(&client).await.unwrap().body(), "one");
    assert_eq!(call(&client).await.unwrap().body(), "two");
}

#[tokio::test]
async fn a_connection_that_the_peer_closed_while_it_lay_in_the_pool_costs_no_call() {
    let peer = Peer::patient(vec![vec![answer("one")], vec![answer("two")]]).await;
    let client = client(peer.port);
    call(&client).await.unwrap();
    peer.hang_up().await;
    let request = Request::post("/x").body(Bytes::from_static(b"{}")).unwrap();

    let answer = client.oneshot(only_once(request)).await.unwrap();

    assert_eq!(answer.body(), "two");
    assert_eq!(peer.connections(), 2);
    // The first connection never saw the second request.
    assert_eq!(peer.requests().await.len(), 2);
}

#[tokio::test]
async fn a_request_that_the_peer_may_have_read_is_sent_once() {
    let peer = Peer::new(vec![vec![answer("one"), Vec::new()], vec![answer("never")]]).await;
    let client = client(peer.port);
    call(&client).await.unwrap();

    let failure = call(&client).await.unwrap_err();

    assert_eq!(failure, Failure::maybe_sent(FailureKind::Dropped));
    assert_eq!(peer.connections(), 1);
}

#[tokio::test]
async fn a_peer_that_is_down_saw_nothing() {
    let port = peer::closed_port().await;

    let failure = call(&client(port)).await.unwrap_err();

    assert_eq!(failure, Failure::not_sent(FailureKind::Unreachable));
}

#[tokio::test(start_paused = true)]
async fn no_head_in_time_may_have_been_sent() {
    let peer = Peer::silent().await;

    let failure = call(&client(peer.port)).await.unwrap_err();

    assert_eq!(failure, Failure::maybe_sent(FailureKind::FirstByteTimeout));
}

#[tokio::test(start_paused = true)]
async fn half_a_head_is_not_a_first_byte() {
    let peer = Peer::stuck_after(b"HTTP/1.1 200 OK\r\ncontent-le".to_vec()).await;

    let failure = call(&client(peer.port)).await.unwrap_err();

    assert_eq!(failure, Failure::maybe_sent(FailureKind::FirstByteTimeout));
}

#[tokio::test(start_paused = true)]
async fn a_body_that_stops_is_cut() {
    let peer = Peer::stuck_after(b"HTTP/1.1 200 OK\r\ncontent-length: 4\r\n\r\n<a".to_vec()).await;

    let failure = call(&client(peer.port)).await.unwrap_err();

    assert_eq!(failure, Failure::maybe_sent(FailureKind::IdleTimeout));
}

#[tokio::test(start_paused = true)]
async fn a_connection_that_failed_is_not_used_again() {
    let peer = Peer::stuck_after(b"HTTP/1.1 200 OK\r\ncontent-length: 4\r\n\r\n<a".to_vec()).await;
    let client = client(peer.port);

    call(&client).await.unwrap_err();
    call(&client).await.unwrap_err();

    assert_eq!(peer.connections(), 2);
}

#[tokio::test]
async fn a_peer_that_hangs_up_on_the_request_dropped_it() {
    let failure = failure_after("").await;
    assert_eq!(failure, Failure::maybe_sent(FailureKind::Dropped));

    let failure = failure_after("HTTP/1.1 200 OK\r\n").await;
    assert_eq!(failure, Failure::maybe_sent(FailureKind::Dropped));
}

#[tokio::test]
async fn a_short_body_is_truncated() {
    let truncated = Failure::maybe_sent(FailureKind::Truncated);

    let sized = failure_after("HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\n<a/>").await;
    assert_eq!(sized, truncated);

    let chunk =
        failure_after("HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n9\r\n<a/>").await;
    assert_eq!(chunk, truncated);

    let last =
        failure_after("HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n4\r\n<a/>\r\n").await;
    assert_eq!(last, truncated);
}

#[tokio::test]
async fn a_reset_in_a_body_is_no_answer() {
    let peer =
        Peer::reset_after(b"HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\n<a/>".to_vec()).await;

    let failure = call(&client(peer.port)).await.unwrap_err();

    assert_eq!(failure, Failure::maybe_sent(FailureKind::Dropped));
}

#[tokio::test]
async fn a_body_over_the_limit_is_not_read() {
    let large = Failure::maybe_sent(FailureKind::BodyTooLarge);

    let declared = failure_after("HTTP/1.1 200 OK\r\ncontent-length: 65\r\n\r\n").await;
    assert_eq!(declared, large);

    let counted = format!(
        "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n20\r\n{0}\r\n21\r\n{0}x\r\n0\r\n\r\n",
        "x".repeat(32)
    );
    assert_eq!(failure_after(counted).await, large);
}

#[tokio::test]
async fn a_body_of_exactly_the_limit_passes() {
    let peer = Peer::new(vec![vec![answer(&"x".repeat(64))]]).await;

    assert_eq!(call(&client(peer.port)).await.unwrap().body().len(), 64);
}

#[tokio::test]
async fn what_is_not_http_or_has_no_certain_end_is_refused() {
    for bytes in [
        "SSH-2.0-OpenSSH_9.2\r\n\r\n",
        "HTTP/1.1 two-hundred\r\n\r\n",
        "HTTP/1.1 200 OK\r\nno colon\r\n\r\n",
        "HTTP/1.1 200 OK\r\ncontent-length: 1\r\ncontent-length: 2\r\n\r\nab",
        "HTTP/1.1 200 OK\r\ncontent-length: 1\r\ncontent-length: 1\r\n\r\na",
        "HTTP/1.1 200 OK\r\ncontent-length: 1\r\ntransfer-encoding: chunked\r\n\r\n1\r\na\r\n0\r\n\r\n",
        "HTTP/1.1 200 OK\r\ntransfer-encoding: gzip\r\n\r\nab",
        "HTTP/1.1 200 OK\r\ntransfer-encoding: gzip, chunked\r\n\r\n1\r\na\r\n0\r\n\r\n",
        "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n0x1\r\na\r\n0\r\n\r\n",
        "HTTP/1.1 200 OK\r\n\r\nends with the connection",
        "HTTP/1.0 200 OK\r\n\r\nends with the connection",
        "HTTP/1.1 101 Switching Protocols\r\nconnection: upgrade\r\nupgrade: x\r\n\r\n",
    ] {
        let failure = failure_after(bytes).await;
        assert_eq!(
            failure,
            Failure::maybe_sent(FailureKind::BadHttp),
            "{bytes:?}"
        );
    }
}

#[tokio::test]
async fn a_head_over_the_limits_is_refused() {
    let many = format!(
        "HTTP/1.1 200 OK\r\n{}content-length: 0\r\n\r\n",
        "a: b\r\n".repeat(100)
    );
    assert_eq!(failure_after(many).await.kind, FailureKind::BadHttp);

    let long = format!(
        "HTTP/1.1 200 OK\r\na: {}\r\ncontent-length: 0\r\n\r\n",
        "b".repeat(32 << 10)
    );
    assert_eq!(failure_after(long).await.kind, FailureKind::BadHttp);
}

#[tokio::test]
async fn interim_answers_are_passed_over() {
    let mut bytes = b"HTTP/1.1 103 Early Hints\r\nlink: </x>\r\n\r\n".to_vec();
    bytes.extend(answer("ok"));
    let peer = Peer::new(vec![vec![bytes]]).await;

    assert_eq!(call(&client(peer.port)).await.unwrap().body(), "ok");
}

#[tokio::test]
async fn more_calls_than_the_bulkhead_holds_are_refused_unsent() {
    let peer = Peer::silent().await;
    let client = client(peer.port);
    let hanging: Vec<_> = (0..2)
        .map(|_| {
            let client = client.clone();
            tokio::spawn(async move { call(&client).await })
        })
        .collect();
    peer.connected(2).await;

    let failure = call(&client).await.unwrap_err();

    assert_eq!(failure, Failure::not_sent(FailureKind::Overloaded));
    hanging.iter().for_each(tokio::task::JoinHandle::abort);
}

#[tokio::test]
async fn no_answer_needs_no_body() {
    let peer = Peer::new(vec![vec![
        b"HTTP/1.1 204 No Content\r\n\r\n".to_vec(),
        b"HTTP/1.1 304 Not Modified\r\n\r\n".to_vec(),
        answer(""),
    ]])
    .await;
    let client = client(peer.port);

    for status in [204, 304, 200] {
        let answer = call(&client).await.unwrap();
        assert_eq!((answer.status().as_u16(), answer.body().len()), (status, 0));
    }
    assert_eq!(peer.connections(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_connection_that_lay_too_long_is_closed() {
    let peer = Peer::new(vec![
        vec![answer("one"), answer("never")],
        vec![answer("two")],
    ])
    .await;
    let client = client(peer.port);
    call(&client).await.unwrap();

    tokio::time::advance(Pool::default().idle).await;

    assert_eq!(call(&client).await.unwrap().body(), "two");
}
