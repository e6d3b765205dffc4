//! The end of the process, as connections see it.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;

use interlingua::config::Limits;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use super::{GET, Listening, call, read};
use crate::support::{Wire, answer, held};

fn many() -> Wire {
    Wire::answering((0..4_000).map(|_| answer("{}")))
}

#[tokio::test]
async fn fault_36_a_drain_answers_all_that_comes_and_says_that_it_ends() {
    let mut listening = Listening::new(many()).await;
    let mut busy = listening.connect().await;
    assert!(!call(&mut busy, GET).await.is_last());
    listening.stop();
    // What is connected gets one more answer, and so does what connects now.
    let mut late = loop {
        let mut late = listening.connect().await;
        if call(&mut late, GET).await.is_last() {
            break late;
        }
    };
    let answer = call(&mut busy, GET).await;
    assert_eq!((answer.status, answer.is_last()), (200, true));
    for stream in [&mut busy, &mut late] {
        assert_eq!(stream.read(&mut [0; 8]).await.unwrap(), 0);
    }
    assert!(listening.served.await.unwrap());
}

#[tokio::test]
async fn fault_36_no_call_fails_under_load() {
    // Long enough for whoever sends calls here to see that readiness is gone, however slow the machine.
    let limits = Limits {
        drain_step: Duration::from_secs(10),
        ..Limits::default()
    };
    let mut listening = Listening::with(many(), limits, None).await;
    let address = listening.address;
    let answered = Arc::new(AtomicUsize::new(0));
    let is_gone = Arc::new(AtomicBool::new(false));
    let mut callers = Vec::new();
    for _ in 0..16 {
        let (answered, is_gone) = (Arc::clone(&answered), Arc::clone(&is_gone));
        callers.push(tokio::spawn(async move {
            while !is_gone.load(Ordering::Relaxed) {
                // As a caller does: another connection when this one was the last.
                let mut stream = TcpStream::connect(address).await.unwrap();
                while !is_gone.load(Ordering::Relaxed) {
                    let answer = call(&mut stream, GET).await;
                    assert_eq!(answer.status, 200);
                    answered.fetch_add(1, Ordering::Relaxed);
                    if answer.is_last() {
                        break;
                    }
                }
            }
        }));
    }
    for calls in [200, 400] {
        while answered.load(Ordering::Relaxed) < calls {
            tokio::task::yield_now().await;
        }
        if calls == 200 {
            listening.stop();
        }
    }
    is_gone.store(true, Ordering::Relaxed);
    for caller in callers {
        caller.await.unwrap();
    }
    tokio::time::pause();
    assert!(listening.served.await.unwrap());
}

#[tokio::test]
async fn fault_36_calls_in_flight_end_and_idle_connections_too() {
    let (scripted, go) = held("{\"n\":1}");
    let mut listening = Listening::new(Wire::answering([answer("{}"), scripted])).await;
    let mut idle = listening.connect().await;
    assert_eq!(call(&mut idle, GET).await.status, 200);
    let mut busy = listening.connect().await;
    busy.write_all(GET).await.unwrap();
    listening.until("requests_in_flight 1").await;
    let mut silent = listening.connect().await;

    tokio::time::pause();
    let start = tokio::time::Instant::now();
    listening.stop();
    for stream in [&mut idle, &mut silent] {
        assert_eq!(stream.read(&mut [0; 8]).await.unwrap(), 0);
    }
    assert_eq!(
        start.elapsed().as_secs(),
        1,
        "the step in which calls are still taken"
    );
    assert!(TcpStream::connect(listening.address).await.is_err());
    assert!(!listening.served.is_finished());

    go.notify_one();
    let answer = read(&mut busy, &mut Vec::new()).await.unwrap();
    assert_eq!((answer.status, answer.is_last()), (200, true));
    assert!(listening.served.await.unwrap());
}

#[tokio::test]
async fn fault_36_the_drain_ends_in_its_time_whatever_runs() {
    let (scripted, _never) = held("{}");
    let limits = Limits {
        drain: Duration::from_secs(7),
        ..Limits::default()
    };
    let mut listening = Listening::with(Wire::answering([scripted]), limits, None).await;
    let mut stream = listening.connect().await;
    stream.write_all(GET).await.unwrap();
    listening.until("requests_in_flight 1").await;

    tokio::time::pause();
    let start = tokio::time::Instant::now();
    listening.stop();

    assert!(!listening.served.await.unwrap());
    assert_eq!(start.elapsed().as_secs(), 7);
}
