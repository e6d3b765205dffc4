//! Several addresses of one upstream: one that fails, one that asks for time, all of them.

use tokio::time::sleep;

use super::book::{Book, counted, get, on_loopback};
use super::peer::two_sockets;
use super::*;

const SECOND: Duration = Duration::from_secs(1);

fn both() -> Book {
    Book::leading(&["127.0.0.1", "127.0.0.2"])
}

fn resting(client: &UpstreamClient) -> Vec<bool> {
    let now = client.whereabouts().now();
    now.iter().map(|one| one.is_resting).collect()
}

fn post() -> Outbound {
    only_once(Request::post("/x").body(Bytes::from_static(b"{}")).unwrap())
}

#[tokio::test(start_paused = true)]
async fn an_address_that_is_gone_fails_no_call_and_comes_back_by_itself() {
    let [one, two] = two_sockets();
    let port = one.local_addr().unwrap().port();
    // No connection lasts, so that each call needs a new one.
    let _one = Peer::at(one, &[closing("one")]);
    let (client, metrics) = both().client(port, &on_loopback());

    for _ in 0..40 {
        assert_eq!(get(&client).await.unwrap(), "one");
    }
    assert_eq!(resting(&client), [false, true]);
    assert_eq!(counted(&metrics, "addresses", r#"state="resting","#), 1);
    assert_eq!(counted(&metrics, "retries_total", r#"outcome="made","#), 0);

    let two = Peer::at(two, &[closing("two")]);
    sleep(2 * SECOND).await;
    assert_eq!(get(&client).await.unwrap(), "two");
    assert_eq!(resting(&client), [false, false]);
    for _ in 0..40 {
        get(&client).await.unwrap();
    }
    assert!(two.connections() > 10, "{}", two.connections());
}

/// An answer behind which the connection ends.
fn closing(body: &str) -> Vec<u8> {
    let len = body.len();
    format!("HTTP/1.1 200 OK\r\nconnection: close\r\ncontent-length: {len}\r\n\r\n{body}").into()
}

#[tokio::test(start_paused = true)]
async fn what_may_be_tried_again_is_tried_at_another_address() {
    let [one, two] = two_sockets();
    let port = one.local_addr().unwrap().port();
    let _one = Peer::at(one, &vec![answer("one"); 64]);
    let two = Peer::broken_at(two);
    let (client, metrics) = both().client(port, &on_loopback());

    for _ in 0..40 {
        assert_eq!(get(&client).await.unwrap(), "one");
    }

    assert_eq!(resting(&client), [false, true]);
    assert_eq!(two.requests().await.len(), 3);
    assert_eq!(counted(&metrics, "retries_total", r#"outcome="made","#), 3);
}

#[tokio::test]
async fn an_address_that_fails_beside_one_that_works_does_not_open_the_breaker() {
    let [one, two] = two_sockets();
    let port = one.local_addr().unwrap().port();
    let _one = Peer::at(one, &vec![answer("one"); 64]);
    let two = Peer::broken_at(two);
    let mut conduct = on_loopback();
    conduct.breaker.failures = 1;
    // Longer than any machine takes for this test.
    conduct.addresses.rest = 3_600 * SECOND;
    conduct.addresses.longest = 3_600 * SECOND;
    let (client, metrics) = both().client(port, &conduct);

    let mut failed = 0;
    for _ in 0..40 {
        match client.clone().oneshot(post()).await {
            Ok(answer) => assert_eq!(answer.body(), "one"),
            Err(failure) => {
                assert_eq!(failure, Failure::maybe_sent(FailureKind::Dropped));
                failed += 1;
            }
        }
    }

    assert_eq!((failed, two.requests().await.len()), (3, 3));
    assert_eq!(counted(&metrics, "suspended", ""), 0);
}

#[tokio::test(start_paused = true)]
async fn addresses_that_all_fail_are_an_upstream_that_fails() {
    let [one, two] = two_sockets();
    let port = one.local_addr().unwrap().port();
    let peers = [Peer::broken_at(one), Peer::broken_at(two)];
    let mut conduct = on_loopback();
    conduct.retries.attempts = 1;
    let (client, metrics) = both().client(port, &conduct);

    let mut kinds = Vec::new();
    for _ in 0..12 {
        kinds.push(get(&client).await.unwrap_err().kind);
    }

    // Until both have failed once, what one does is of that one alone; it rests after three.
    assert_eq!(kinds.last(), Some(&FailureKind::Suspended));
    assert_eq!(counted(&metrics, "suspended", ""), 1);
    let seen: usize = peers.iter().map(Peer::connections).sum();
    assert!((5..=8).contains(&seen), "{seen}");
    // All of them rest, and one is called all the same to find out.
    sleep(SECOND).await;
    assert_eq!(get(&client).await.unwrap_err().kind, FailureKind::Dropped);
}

#[tokio::test(start_paused = true)]
async fn fault_12_an_address_that_asks_for_time_gets_it_and_the_others_the_calls() {
    let [one, two] = two_sockets();
    let port = one.local_addr().unwrap().port();
    let _one = Peer::at(one, &vec![answer("one"); 64]);
    let busy = b"HTTP/1.1 503 Busy\r\nretry-after: 30\r\ncontent-length: 0\r\n\r\n";
    let two = Peer::at(two, &[busy.to_vec(), answer("two")]);
    let mut conduct = on_loopback();
    conduct.pool.idle = 60 * SECOND;
    let (client, metrics) = both().client(port, &conduct);

    while two.requests().await.is_empty() {
        get(&client).await.unwrap();
    }
    for _ in 0..29 {
        sleep(SECOND).await;
        assert_eq!(get(&client).await.unwrap(), "one");
    }
    assert_eq!(two.requests().await.len(), 1);
    assert_eq!(resting(&client), [false, true]);
    assert_eq!(counted(&metrics, "suspended", ""), 0);

    sleep(2 * SECOND).await;
    assert_eq!(get(&client).await.unwrap(), "two");
    assert_eq!(resting(&client), [false, false]);
}
