//! Requests as bytes, with what is answered to them: `requests/*.http`.

use std::convert::Infallible;
use std::fmt::Write;
use std::time::Duration;

use bytes::Bytes;
use http::{Request, Response};
use http_body_util::{BodyExt, Full};
use hyper::body::Incoming;
use hyper_util::rt::TokioIo;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::time::timeout;

use super::{Listening, read};
use crate::support::{Wire, answer};

const FILES: [(&str, &str); 3] = [
    ("01-framing", include_str!("requests/01-framing.http")),
    ("01-chunks", include_str!("requests/01-chunks.http")),
    ("03-targets", include_str!("requests/03-targets.http")),
];

/// Bytes and what is answered to them.
#[derive(Debug)]
struct Case {
    name: &'static str,
    /// Status and code; whether it is the last answer.
    answers: Vec<(u16, &'static str, bool)>,
    bytes: Vec<u8>,
}

fn cases(text: &'static str) -> Vec<Case> {
    text.split("### ").skip(1).map(case).collect()
}

fn case(text: &'static str) -> Case {
    let mut lines = text.lines();
    let name = lines.next().unwrap();
    let mut answers = Vec::new();
    let mut bytes = Vec::new();
    for line in lines {
        if let Some(awaited) = line.strip_prefix("> ") {
            let (awaited, is_last) = match awaited.strip_suffix(" .") {
                Some(awaited) => (awaited, true),
                None => (awaited, false),
            };
            let (status, code) = awaited.split_once(' ').unwrap_or((awaited, ""));
            answers.push((status.parse().unwrap(), code, is_last));
        } else {
            unescape(line, &mut bytes);
        }
    }
    Case {
        name,
        answers,
        bytes,
    }
}

fn unescape(line: &str, bytes: &mut Vec<u8>) {
    let mut rest = line.as_bytes();
    while let [first, others @ ..] = rest {
        rest = others;
        if *first != b'\\' {
            bytes.push(*first);
            continue;
        }
        bytes.push(match rest[0] {
            b'r' => b'\r',
            b'n' => b'\n',
            b't' => b'\t',
            b'0' => 0,
            b'\\' => b'\\',
            b'x' => {
                let digits = std::str::from_utf8(&rest[1..3]).unwrap();
                rest = &rest[2..];
                u8::from_str_radix(digits, 16).unwrap()
            }
            other => panic!("an escape {other} in {line}"),
        });
        rest = &rest[1..];
    }
}

/// A gateway whose upstream answers every search with a list, and every read with a resource.
async fn listening() -> Listening {
    Listening::new(Wire::answering((0..4).map(|_| answer("{}")))).await
}

async fn judge(case: &Case, split: usize) {
    let listening = listening().await;
    let mut stream = listening.connect().await;
    stream.set_nodelay(true).unwrap();
    let (first, second) = case.bytes.split_at(split);
    stream.write_all(first).await.unwrap();
    if !first.is_empty() {
        // So that it is read apart, as far as that can be had.
        tokio::task::yield_now().await;
    }
    // What was refused by then need not be taken.
    let _ = stream.write_all(second).await;
    let mut rest = Vec::new();
    let mut served = 0;
    for (status, code, is_last) in &case.answers {
        let answer = read(&mut stream, &mut rest).await.unwrap();
        assert_eq!(answer.status, *status, "{}: {answer:?}", case.name);
        assert!(answer.head.contains("x-request-id: "), "{}", case.name);
        if *status == 200 {
            served += 1;
        } else {
            assert!(
                answer
                    .head
                    .contains("content-type: application/problem+json"),
                "{}",
                case.name
            );
            assert_eq!(answer.code(), *code, "{}: {}", case.name, answer.body);
            let keeps_quiet = !answer.body.contains("alpha:") && !answer.body.contains("ann\"");
            assert!(keeps_quiet, "{}: {}", case.name, answer.body);
        }
        assert_eq!(answer.is_last(), *is_last, "{}: {answer:?}", case.name);
        if *is_last {
            assert!(
                read(&mut stream, &mut rest).await.is_none(),
                "{}",
                case.name
            );
        }
    }
    let sent = listening.world.wire.sent();
    assert_eq!(sent.len(), served, "{}: {sent:?}", case.name);
}

async fn judge_all(file: &str) {
    let (_, text) = FILES.iter().find(|(name, _)| *name == file).unwrap();
    for case in cases(text) {
        let judged = timeout(Duration::from_secs(20), judge(&case, 0)).await;
        assert!(judged.is_ok(), "{} is not answered", case.name);
    }
}

#[tokio::test]
async fn abuse_01_ambiguous_framing_is_refused_and_nothing_is_sent() {
    judge_all("01-framing").await;
}

#[tokio::test]
async fn abuse_01_chunks_are_refused_where_they_are_no_chunks() {
    judge_all("01-chunks").await;
}

#[tokio::test]
async fn abuse_03_hosts_targets_and_methods_are_judged() {
    judge_all("03-targets").await;
}

#[tokio::test]
async fn abuse_01_parts_of_a_request_are_judged_as_the_whole() {
    for (_, text) in FILES {
        for case in cases(text) {
            let length = case.bytes.len();
            for split in [1, 3, length / 3, length / 2, length - 3, length - 1] {
                let judged = timeout(Duration::from_secs(20), judge(&case, split)).await;
                assert!(judged.is_ok(), "{} is not answered, {split}", case.name);
            }
        }
    }
}

/// What hyper answers by itself to the first request of some bytes: the status, and how it reads them.
async fn hyper_alone(bytes: &[u8]) -> String {
    let (client, server) = tokio::io::duplex(1 << 16);
    let service = hyper::service::service_fn(|request: Request<Incoming>| async move {
        let line = format!("{} {}", request.method(), request.uri());
        let body = request.into_body().collect().await;
        let told = match body {
            Ok(body) => format!("{line} with {} bytes", body.to_bytes().len()),
            Err(_) => format!("{line} with a body that does not read"),
        };
        Ok::<_, Infallible>(Response::new(Full::new(Bytes::from(told))))
    });
    let serving =
        hyper::server::conn::http1::Builder::new().serve_connection(TokioIo::new(server), service);
    let served = tokio::spawn(serving);
    let (mut reading, mut writing) = tokio::io::split(client);
    writing.write_all(bytes).await.unwrap();
    let answered = read(&mut reading, &mut Vec::new()).await;
    served.abort();
    drop((reading.read(&mut [0]).await, writing));
    answered.map_or_else(
        || "nothing".to_owned(),
        |answer| format!("{} {}", answer.status, answer.body),
    )
}

/// What hyper would let through is why there is a front: when a new version of it changes, this tells.
#[tokio::test]
async fn what_hyper_makes_of_the_same_bytes_is_known() {
    let mut told = String::new();
    for (file, text) in FILES {
        for case in cases(text) {
            let alone = timeout(Duration::from_secs(20), hyper_alone(&case.bytes)).await;
            let alone = alone.unwrap_or_else(|_| "waits".to_owned());
            writeln!(told, "{file}: {}: {}", case.name, alone.trim_end()).unwrap();
        }
    }
    let golden = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/tests/gateway/front/requests/hyper.txt"
    );
    #[allow(
        clippy::disallowed_methods,
        reason = "a switch of the tests themselves"
    )]
    let update = std::env::var("UPDATE_GOLDENS").is_ok();
    if update {
        std::fs::write(golden, &told).unwrap();
    }
    assert_eq!(told, std::fs::read_to_string(golden).unwrap());
}
