//! Slow and idle callers, too many of them, and callers that hang up.

use std::time::Duration;

use interlingua::config::Limits;
use tokio::io::AsyncWriteExt;
use tokio::net::TcpStream;

use super::{GET, Listening, call, kept, read};
use crate::support::{Wire, answer, hangs, held};

const POST: &str = "POST /v1/customers/search HTTP/1.1\r\nhost: a\r\ninterlingua-upstream: alpha\r\ncontent-type: application/json\r\n";

fn quiet() -> Wire {
    Wire::answering((0..8).map(|_| answer("{}")))
}

/// Lets others run as long as something can go on without the clock.
async fn settle() {
    for _ in 0..1_000 {
        tokio::task::yield_now().await;
    }
}

#[tokio::test]
async fn abuse_26_a_slow_head_is_answered_408_and_cut_off() {
    let listening = Listening::new(quiet()).await;
    let mut stream = listening.connect().await;
    stream.write_all(&GET[..20]).await.unwrap();

    tokio::time::pause();
    let start = tokio::time::Instant::now();
    let mut rest = Vec::new();
    let answer = read(&mut stream, &mut rest).await.unwrap();

    assert_eq!((answer.status, answer.is_last()), (408, true), "{answer:?}");
    assert_eq!(answer.code(), "request-timeout");
    assert_eq!(start.elapsed().as_secs(), 10);
    assert!(read(&mut stream, &mut rest).await.is_none());
}

#[tokio::test]
async fn abuse_26_a_head_that_drips_is_cut_off_all_the_same() {
    let listening = Listening::new(quiet()).await;
    let mut stream = listening.connect().await;
    stream.write_all(b"G").await.unwrap();
    settle().await;
    tokio::time::pause();
    let start = tokio::time::Instant::now();
    for byte in &GET[1..9] {
        stream.write_all(&[*byte]).await.unwrap();
        tokio::time::sleep(Duration::from_secs(1)).await;
    }
    let answer = read(&mut stream, &mut Vec::new()).await.unwrap();
    assert_eq!(answer.status, 408);
    let seconds = (start.elapsed() + Duration::from_millis(500)).as_secs();
    assert_eq!(seconds, 10);
}

#[tokio::test]
async fn abuse_26_a_slow_body_is_answered_408_and_cut_off() {
    for framing in ["content-length: 100000", "transfer-encoding: chunked"] {
        let listening = Listening::new(quiet()).await;
        let mut stream = listening.connect().await;
        let head = format!("{POST}{framing}\r\n\r\n64\r\n{{");
        // What passes until the clock stands still counts too.
        let start = tokio::time::Instant::now();
        stream.write_all(head.as_bytes()).await.unwrap();
        listening.until("requests_in_flight 1").await;

        tokio::time::pause();
        let mut rest = Vec::new();
        let answer = read(&mut stream, &mut rest).await.unwrap();

        assert_eq!((answer.status, answer.is_last()), (408, true), "{answer:?}");
        let seconds = start.elapsed().as_secs();
        assert!((5..9).contains(&seconds), "{seconds}");
        assert!(read(&mut stream, &mut rest).await.is_none());
        assert!(listening.world.wire.sent().is_empty());
        tokio::time::resume();
    }
}

#[tokio::test]
async fn abuse_26_a_body_that_keeps_the_rate_is_taken() {
    let listening = Listening::new(quiet()).await;
    let mut stream = listening.connect().await;
    let text = "a".repeat(40_000);
    let body = format!("{{\"text\":\"{text}\"}}");
    let head = format!("{POST}content-length: {}\r\n\r\n", body.len());
    stream.write_all(head.as_bytes()).await.unwrap();
    listening.until("requests_in_flight 1").await;
    tokio::time::pause();
    for part in body.as_bytes().chunks(6 << 10) {
        stream.write_all(part).await.unwrap();
        tokio::time::sleep(Duration::from_millis(2_500)).await;
    }
    let answer = read(&mut stream, &mut Vec::new()).await.unwrap();
    // The model takes no text as long as that; it was read all the same.
    assert_eq!(answer.status, 422, "{answer:?}");
}

#[tokio::test]
async fn abuse_26_an_answer_that_nobody_takes_is_given_up() {
    let large = format!("{{\"n\":\"{}\"}}", "a".repeat(24 << 20));
    let listening = Listening::new(Wire::answering([answer(&large)])).await;
    let mut stream = listening.connect().await;
    stream.write_all(GET).await.unwrap();
    listening.until("interlingua_requests_total{").await;

    tokio::time::pause();
    // Whatever was taken at the beginning counts as taking it: the time may begin twice.
    tokio::time::sleep(Duration::from_secs(125)).await;

    let mut taken = Vec::new();
    let _ = tokio::io::AsyncReadExt::read_to_end(&mut stream, &mut taken).await;
    assert!(taken.len() < large.len(), "what was on its way alone");
}

#[tokio::test]
async fn abuse_26_times_are_settings() {
    let limits = Limits {
        head_time: Duration::from_secs(3),
        idle: Duration::from_secs(7),
        ..Limits::default()
    };
    let listening = Listening::with(quiet(), limits, None).await;
    let (mut slow, mut idle) = (listening.connect().await, listening.connect().await);
    slow.write_all(b"GET").await.unwrap();
    settle().await;

    tokio::time::pause();
    let (slow, idle) = tokio::join!(kept(&mut slow), kept(&mut idle));

    assert_eq!((slow, idle), (3, 7));
}

#[tokio::test]
async fn abuse_26_connections_over_the_number_are_hung_up_on() {
    let limits = Limits {
        connections: 2,
        ..Limits::default()
    };
    let listening = Listening::with(quiet(), limits, None).await;
    let (mut first, mut second) = (listening.connect().await, listening.connect().await);
    assert_eq!(call(&mut first, GET).await.status, 200);
    assert_eq!(call(&mut second, GET).await.status, 200);

    let mut third = listening.connect().await;
    assert!(is_hung_up_on(&mut third).await);
    assert_eq!(call(&mut first, GET).await.status, 200);

    drop(second);
    // It is seen when it is seen.
    loop {
        let mut next = listening.connect().await;
        if !is_hung_up_on_or_served(&mut next).await {
            break;
        }
    }
}

#[tokio::test]
async fn abuse_26_one_peer_may_be_held_to_fewer() {
    let limits = Limits {
        connections_of_peer: Some(1),
        ..Limits::default()
    };
    let listening = Listening::with(quiet(), limits, None).await;
    let mut first = listening.connect().await;
    assert_eq!(call(&mut first, GET).await.status, 200);

    assert!(is_hung_up_on(&mut listening.connect().await).await);
}

async fn is_hung_up_on(stream: &mut TcpStream) -> bool {
    // It may end while it is written to, which is an error.
    let mut rest = Vec::new();
    tokio::io::AsyncReadExt::read_to_end(stream, &mut rest)
        .await
        .is_err()
        || rest.is_empty()
}

async fn is_hung_up_on_or_served(stream: &mut TcpStream) -> bool {
    if stream.write_all(GET).await.is_err() {
        return true;
    }
    let mut byte = [0];
    let count = tokio::io::AsyncReadExt::read(stream, &mut byte).await;
    count.map_or(true, |count| count == 0)
}

#[tokio::test]
async fn fault_47_slow_callers_do_not_keep_others_waiting() {
    let listening = Listening::new(quiet()).await;
    let mut slow = Vec::new();
    for number in 0..200 {
        let mut stream = listening.connect().await;
        if number % 2 == 0 {
            stream.write_all(&GET[..9]).await.unwrap();
        } else {
            let head = format!("{POST}content-length: 1000\r\n\r\n{{");
            stream.write_all(head.as_bytes()).await.unwrap();
        }
        slow.push(stream);
    }
    listening.until("requests_in_flight 100").await;
    tokio::time::pause();
    let start = tokio::time::Instant::now();

    let mut other = listening.connect().await;
    assert_eq!(call(&mut other, GET).await.status, 200);
    assert_eq!(start.elapsed(), Duration::ZERO, "nothing was waited for");

    for stream in &mut slow {
        let answer = read(stream, &mut Vec::new()).await.unwrap();
        assert_eq!(answer.status, 408);
    }
    // They began a little before time stood still.
    let waited = Duration::from_secs(5)..Duration::from_secs(11);
    assert!(waited.contains(&start.elapsed()));
}

#[tokio::test]
async fn fault_46_a_read_ends_with_its_caller() {
    let listening = Listening::new(Wire::answering([hangs()])).await;
    let mut stream = listening.connect().await;
    stream.write_all(GET).await.unwrap();
    listening.until("requests_in_flight 1").await;

    drop(stream);

    listening.until("requests_in_flight 0").await;
    let metrics = listening.world.metrics.encode().unwrap();
    assert!(
        !metrics.contains("interlingua_requests_total{"),
        "{metrics}"
    );
}

#[tokio::test]
async fn fault_46_a_write_goes_on_to_its_known_end_without_its_caller() {
    let (scripted, go) = held("{\"id\":\"7\"}");
    let listening = Listening::new(Wire::answering([scripted])).await;
    let mut stream = listening.connect().await;
    let body = r#"{"name":{"full":"Ann"}}"#;
    let head = POST.replace("/search", "");
    let request = format!("{head}content-length: {}\r\n\r\n{body}", body.len());
    stream.write_all(request.as_bytes()).await.unwrap();
    while listening.world.wire.sent().is_empty() {
        tokio::task::yield_now().await;
    }

    drop(stream);
    settle().await;
    listening.until("requests_in_flight 1").await;
    go.notify_one();

    listening.until("requests_in_flight 0").await;
    let metrics = listening.world.metrics.encode().unwrap();
    let counted = metrics
        .lines()
        .find(|line| line.starts_with("interlingua_requests_total{"))
        .unwrap();
    assert!(
        counted.contains("createCustomer") && counted.contains("2xx") && counted.ends_with(" 1"),
        "{counted}"
    );
}

#[tokio::test]
async fn fault_46_stopping_waits_for_a_write_without_its_caller() {
    let (scripted, go) = held("{\"id\":\"7\"}");
    let mut listening = Listening::new(Wire::answering([scripted])).await;
    let mut stream = listening.connect().await;
    let head = POST.replace("/search", "");
    let request = format!("{head}content-length: 23\r\n\r\n{{\"name\":{{\"full\":\"Ann\"}}}}");
    stream.write_all(request.as_bytes()).await.unwrap();
    while listening.world.wire.sent().is_empty() {
        tokio::task::yield_now().await;
    }
    drop(stream);
    listening.stop();
    settle().await;
    assert!(!listening.served.is_finished());

    go.notify_one();

    assert!(listening.served.await.unwrap());
}

#[tokio::test]
async fn expectations_of_100_are_met() {
    let listening = Listening::new(quiet()).await;
    let mut stream = listening.connect().await;
    let head = format!("{POST}content-length: 14\r\nexpect: 100-continue\r\n\r\n");
    stream.write_all(head.as_bytes()).await.unwrap();
    let mut said = [0; 25];
    tokio::io::AsyncReadExt::read_exact(&mut stream, &mut said)
        .await
        .unwrap();
    assert_eq!(&said, b"HTTP/1.1 100 Continue\r\n\r\n");
    let answer = call(&mut stream, b"{\"text\":\"ann\"}").await;
    assert_eq!(answer.status, 200, "{answer:?}");
}
