//! What is tried again, what is not, and on which connections.

use super::peer::{self, Peer, answer};
use super::*;
use crate::telemetry::{Metrics, Telemetry};

/// A client as it is where nobody sets anything.
fn usual(port: u16) -> (UpstreamClient, Metrics) {
    let telemetry = Telemetry {
        metrics: Metrics::new("0").unwrap(),
        access_log: false,
        traces: Default::default(),
    };
    let means = Means {
        watch: Watch::new(&telemetry, "alpha"),
        ..to(port)
    };
    let tls = || Err(TlsFault::NoRoots);
    let client = UpstreamClient::new(means, &Conduct::default(), &Limits::default(), tls);
    (client.unwrap(), telemetry.metrics)
}

fn outbound(method: &str, is_repeatable: bool) -> Outbound {
    let request = Request::builder().method(method).uri("/x");
    Outbound {
        request: request.body(Bytes::from_static(b"{}")).unwrap(),
        is_repeatable,
        trace: None,
    }
}

fn counted(metrics: &Metrics, series: &str) -> u64 {
    let text = metrics.encode().unwrap();
    let line = text.lines().find_map(|line| line.strip_prefix(series));
    line.map_or(0, |count| count.trim().parse().unwrap())
}

const MADE: &str = r#"interlingua_upstream_retries_total{outcome="made",upstream="alpha"}"#;

#[tokio::test(start_paused = true)]
async fn fault_04_what_did_not_leave_is_tried_again_whatever_it_is() {
    let (client, metrics) = usual(peer::closed_port().await);

    let failure = client.oneshot(outbound("POST", false)).await.unwrap_err();

    assert_eq!(failure, Failure::not_sent(FailureKind::Unreachable));
    assert_eq!(counted(&metrics, MADE), 1);
}

#[tokio::test]
async fn fault_05_a_read_that_was_cut_off_is_tried_again() {
    let peer = Peer::new(vec![vec![Vec::new()], vec![answer("two")]]).await;
    let (client, metrics) = usual(peer.port);

    let answered = client.oneshot(outbound("GET", true)).await.unwrap();

    assert_eq!(answered.body(), "two");
    assert_eq!(counted(&metrics, MADE), 1);
    let seen = peer.requests().await;
    assert_eq!(seen.len(), 2);
    assert_eq!(seen[0], seen[1]);
}

#[tokio::test]
async fn fault_06_a_write_that_was_cut_off_is_sent_once() {
    for method in ["POST", "PUT", "DELETE", "PATCH"] {
        let peer = Peer::new(vec![vec![Vec::new()], vec![answer("never")]]).await;
        let (client, metrics) = usual(peer.port);

        let failure = client.oneshot(outbound(method, false)).await.unwrap_err();

        assert_eq!(failure, Failure::maybe_sent(FailureKind::Dropped));
        assert_eq!(peer.requests().await.len(), 1, "{method}");
        assert_eq!(counted(&metrics, MADE), 0);
    }
}

#[tokio::test]
async fn a_write_that_the_upstream_knows_again_is_tried_again() {
    let peer = Peer::new(vec![vec![Vec::new()], vec![answer("two")]]).await;
    let (client, _) = usual(peer.port);

    let answered = client.oneshot(outbound("POST", true)).await.unwrap();

    assert_eq!(answered.body(), "two");
}

#[tokio::test]
async fn an_answer_of_something_in_between_is_tried_again_for_reads_only() {
    let bad = b"HTTP/1.1 502 Bad Gateway\r\ncontent-length: 0\r\n\r\n".to_vec();
    for (is_repeatable, status) in [(true, 200), (false, 502)] {
        let peer = Peer::new(vec![vec![bad.clone(), answer("two")]]).await;
        let (client, _) = usual(peer.port);
        let answered = client.oneshot(outbound("GET", is_repeatable)).await;
        assert_eq!(answered.unwrap().status(), status);
    }
}

#[tokio::test(start_paused = true)]
async fn fault_09_a_write_takes_only_a_warm_connection() {
    for (method, is_repeatable, connections) in [
        ("GET", true, 1),
        ("POST", true, 1),
        ("POST", false, 2),
        ("DELETE", false, 2),
    ] {
        let script = vec![vec![answer("one"), answer("two")], vec![answer("two")]];
        let peer = Peer::patient(script).await;
        let (client, _) = usual(peer.port);
        client.clone().oneshot(outbound("GET", true)).await.unwrap();
        tokio::time::advance(Duration::from_secs(1)).await;

        let outbound = outbound(method, is_repeatable);
        assert_eq!(client.oneshot(outbound).await.unwrap().body(), "two");

        assert_eq!(peer.connections(), connections, "{method} {is_repeatable}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_connection_is_kept_no_longer_than_the_upstream_says() {
    let kept = b"HTTP/1.1 200 OK\r\nkeep-alive: max=100, timeout=3\r\ncontent-length: 0\r\n\r\n";
    for (idle, connections) in [(1_999, 1), (2_000, 2)] {
        let script = vec![vec![kept.to_vec(), answer("")], vec![answer("")]];
        let peer = Peer::patient(script).await;
        let (client, _) = usual(peer.port);
        client.clone().oneshot(outbound("GET", true)).await.unwrap();
        tokio::time::advance(Duration::from_millis(idle)).await;

        client.oneshot(outbound("GET", true)).await.unwrap();

        assert_eq!(peer.connections(), connections, "{idle} ms");
    }
}

#[tokio::test]
async fn connections_are_counted_while_they_are_open() {
    let peer = Peer::patient(vec![vec![answer("one"), answer("two")]]).await;
    let (client, metrics) = usual(peer.port);
    client.clone().oneshot(outbound("GET", true)).await.unwrap();
    client.clone().oneshot(outbound("GET", true)).await.unwrap();

    let (opened, open) = (
        r#"interlingua_upstream_connections_opened_total{upstream="alpha"}"#,
        r#"interlingua_upstream_connections{upstream="alpha"}"#,
    );
    assert_eq!(counted(&metrics, opened), 1);
    assert_eq!(counted(&metrics, open), 1);
    drop(client);
    assert_eq!(counted(&metrics, open), 0);
}
