//! HTTP/2, frame by frame: what no client would send, and floods.

use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use super::{GET, Listening, call, kept};
use crate::support::{Wire, answer, held};

const PREFACE: &[u8] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";

const DATA: u8 = 0;
const HEADERS: u8 = 1;
const RESET: u8 = 3;
const SETTINGS: u8 = 4;
const PING: u8 = 6;
const GOAWAY: u8 = 7;
const CONTINUATION: u8 = 9;

const END_STREAM: u8 = 1;
const END_HEADERS: u8 = 4;

/// A frame that came.
#[derive(Debug)]
struct Frame {
    kind: u8,
    stream: u32,
    payload: Vec<u8>,
}

/// A connection whose frames are written by hand.
struct Frames {
    stream: TcpStream,
    kept: Vec<u8>,
}

fn frame(kind: u8, flags: u8, stream: u32, payload: &[u8]) -> Vec<u8> {
    let length = u32::try_from(payload.len()).unwrap().to_be_bytes();
    let mut frame = length[1..].to_vec();
    frame.extend([kind, flags]);
    frame.extend(stream.to_be_bytes());
    frame.extend(payload);
    frame
}

/// Headers as literals that no table keeps (RFC 7541, 6.2.2).
fn block(headers: &[(&str, &str)]) -> Vec<u8> {
    let mut block = Vec::new();
    for (name, value) in headers {
        block.push(0);
        for text in [name, value] {
            assert!(text.len() < 127);
            block.push(u8::try_from(text.len()).unwrap());
            block.extend(text.as_bytes());
        }
    }
    block
}

const CALL: [(&str, &str); 4] = [
    (":method", "GET"),
    (":scheme", "http"),
    (":authority", "a"),
    (":path", "/v1/customers/alpha:1"),
];

const SEARCH: [(&str, &str); 6] = [
    (":method", "POST"),
    (":scheme", "http"),
    (":authority", "a"),
    (":path", "/v1/customers/search"),
    ("interlingua-upstream", "alpha"),
    ("content-type", "application/json"),
];

// === impl Frames ===

impl Frames {
    async fn open(listening: &Listening) -> Self {
        let mut stream = listening.connect().await;
        stream.write_all(PREFACE).await.unwrap();
        let mut frames = Self {
            stream,
            kept: Vec::new(),
        };
        frames.send(&frame(SETTINGS, 0, 0, &[])).await;
        frames
    }

    /// What was hung up on takes no more.
    async fn send(&mut self, bytes: &[u8]) -> bool {
        self.stream.write_all(bytes).await.is_ok()
    }

    /// The next frame, or none at the end.
    async fn next(&mut self) -> Option<Frame> {
        loop {
            if let [a, b, c, kind, _, s0, s1, s2, s3, rest @ ..] = self.kept.as_slice() {
                let length = usize::try_from(u32::from_be_bytes([0, *a, *b, *c])).unwrap();
                if rest.len() >= length {
                    let frame = Frame {
                        kind: *kind,
                        stream: u32::from_be_bytes([*s0, *s1, *s2, *s3]),
                        payload: rest[..length].to_vec(),
                    };
                    self.kept.drain(..9 + length);
                    return Some(frame);
                }
            }
            match self.stream.read_buf(&mut self.kept).await {
                Ok(1..) => {}
                Ok(0) | Err(_) => return None,
            }
        }
    }

    /// The first frame about a stream, or that the connection ends.
    async fn about(&mut self, stream: u32) -> Option<Frame> {
        loop {
            let frame = self.next().await?;
            if frame.stream == stream || frame.kind == GOAWAY {
                return Some(frame);
            }
        }
    }
}

fn wire() -> Wire {
    Wire::answering((0..64).map(|_| answer("{}")))
}

/// The status among the headers of an answer: an index of the static table, or three digits as they are or packed.
fn is_status(frame: &Frame, index: u8, digits: &str) -> bool {
    let packed = match digits {
        "400" => [0x1A, 0x01].as_slice(),
        "408" => &[0x68, 0x0F],
        "431" => &[0x69, 0x90],
        "501" => &[0x6C, 0x01],
        _ => &[0xFF],
    };
    frame.kind == HEADERS
        && (frame.payload.first() == Some(&(0x80 | index))
            || frame
                .payload
                .windows(3)
                .any(|part| part == digits.as_bytes())
            || frame.payload.windows(2).any(|part| part == packed))
}

/// By the end of the stream or the connection, or by a status.
fn is_refused(frame: &Frame, index: u8, digits: &str) -> bool {
    matches!(frame.kind, RESET | GOAWAY) || is_status(frame, index, digits)
}

async fn answered(headers: &[(&str, &str)], data: Option<&[u8]>) -> (Frame, usize) {
    let listening = Listening::new(wire()).await;
    let mut frames = Frames::open(&listening).await;
    let end = if data.is_none() { END_STREAM } else { 0 };
    let head = frame(HEADERS, END_HEADERS | end, 1, &block(headers));
    assert!(frames.send(&head).await);
    if let Some(data) = data {
        frames.send(&frame(DATA, END_STREAM, 1, data)).await;
    }
    let first = frames.about(1).await.unwrap();
    (first, listening.world.wire.sent().len())
}

#[tokio::test]
async fn a_call_of_frames_is_served() {
    let (frame, sent) = answered(&CALL, None).await;
    assert!(is_status(&frame, 8, "200"), "{frame:?}");
    assert_eq!(sent, 1);
}

#[tokio::test]
async fn an_answer_to_head_has_no_body() {
    let listening = Listening::new(Wire::answering([answer("{}"), answer("{}")])).await;
    let mut frames = Frames::open(&listening).await;
    let mut head = CALL;
    head[0].1 = "HEAD";
    for (stream, call) in [(1, head), (3, CALL)] {
        let call = frame(HEADERS, END_HEADERS | END_STREAM, stream, &block(&call));
        assert!(frames.send(&call).await);
    }
    let mut answered = 0;
    let mut bodies = Vec::new();
    while answered < 2 || bodies.is_empty() {
        let frame = frames.next().await.unwrap();
        match frame.kind {
            HEADERS => answered += 1,
            DATA if !frame.payload.is_empty() => bodies.push(frame.stream),
            _ => {}
        }
    }
    assert_eq!(bodies, [3]);
}

#[tokio::test]
async fn abuse_02_what_http_2_forbids_is_refused_and_nothing_is_sent() {
    for (name, value) in [
        ("connection", "close"),
        ("transfer-encoding", "chunked"),
        ("upgrade", "h2c"),
        ("keep-alive", "timeout=5"),
        ("proxy-connection", "close"),
        ("te", "gzip"),
        ("x-one", "a\r\nx-two: b"),
        ("x-one", "a\0"),
        ("X-One", "a"),
        ("x one", "a"),
        ("host", "b"),
        (":path", "/v1/customers/alpha:2"),
    ] {
        let headers = [CALL.as_slice(), &[(name, value)]].concat();
        let (frame, sent) = answered(&headers, None).await;
        assert!(
            is_refused(&frame, 12, "400") && sent == 0,
            "{name}: {frame:?}"
        );
    }
    for path in ["/v1/customers/alpha: 1", "", "*", "a b"] {
        let mut headers = CALL;
        headers[3].1 = path;
        let (frame, sent) = answered(&headers, None).await;
        assert!(
            is_refused(&frame, 12, "400") && sent == 0,
            "{path}: {frame:?}"
        );
    }
    for length in ["13", "15", "+14", "14, 14"] {
        let headers = [SEARCH.as_slice(), &[("content-length", length)]].concat();
        let (frame, sent) = answered(&headers, Some(b"{\"text\":\"ann\"}")).await;
        assert!(
            is_refused(&frame, 12, "400") && sent == 0,
            "{length}: {frame:?}"
        );
    }
}

#[tokio::test]
async fn abuse_02_two_lengths_that_agree_are_one() {
    let headers = [SEARCH.as_slice(), &[("content-length", "14")]].concat();
    let (frame, sent) = answered(&headers, Some(b"{\"text\":\"ann\"}")).await;
    assert!(is_status(&frame, 8, "200") && sent == 1, "{frame:?}");
}

#[tokio::test]
async fn abuse_03_connect_is_not_known_in_http_2_either() {
    let headers = [(":method", "CONNECT"), (":authority", "a:443")];
    let (frame, sent) = answered(&headers, None).await;
    assert!(is_refused(&frame, 0, "501") && sent == 0, "{frame:?}");
}

/// Sends frames until the gateway hangs up; gives how many it took.
async fn flood(listening: &Listening, most: u32, frames: impl Fn(u32) -> Vec<u8>) -> u32 {
    let mut flooding = Frames::open(listening).await;
    for number in 0..most {
        if !flooding.send(&frames(number)).await {
            return number;
        }
        if number % 64 == 0 {
            tokio::task::yield_now().await;
        }
    }
    while let Some(frame) = flooding.next().await {
        if frame.kind == GOAWAY {
            return most;
        }
    }
    most
}

async fn serves(listening: &Listening) {
    let mut stream = listening.connect().await;
    assert_eq!(call(&mut stream, GET).await.status, 200);
}

#[tokio::test]
async fn abuse_27_rapid_resets_end_the_connection() {
    let listening = Listening::new(wire()).await;
    flood(&listening, 4_000, |number| {
        let stream = number * 2 + 1;
        let head = frame(HEADERS, END_HEADERS | END_STREAM, stream, &block(&CALL));
        [head, frame(RESET, 0, stream, &[0, 0, 0, 8])].concat()
    })
    .await;
    serves(&listening).await;
    // Most of them never became calls.
    let sent = listening.world.wire.sent().len();
    assert!(sent < 400, "{sent}");
}

#[tokio::test]
async fn abuse_27_headers_without_end_end_the_connection() {
    let listening = Listening::new(wire()).await;
    let padding = "a".repeat(100);
    flood(&listening, 20_000, |number| {
        if number == 0 {
            frame(HEADERS, END_STREAM, 1, &block(&CALL))
        } else {
            frame(CONTINUATION, 0, 1, &block(&[("x-one", &padding)]))
        }
    })
    .await;
    serves(&listening).await;
}

#[tokio::test]
async fn abuse_27_more_streams_than_are_allowed_are_refused() {
    let (scripted, _go): (Vec<_>, Vec<_>) = (0..200).map(|_| held("{}")).unzip();
    let listening = Listening::new(Wire::answering(scripted)).await;
    let mut frames = Frames::open(&listening).await;
    let mut refused = 0;
    for number in 0..140 {
        let head = frame(
            HEADERS,
            END_HEADERS | END_STREAM,
            number * 2 + 1,
            &block(&CALL),
        );
        assert!(frames.send(&head).await);
    }
    while refused < 12 {
        let frame = frames.next().await.unwrap();
        assert!(matches!(frame.kind, RESET | SETTINGS | 8), "{frame:?}");
        refused += usize::from(frame.kind == RESET);
    }
    assert!(listening.world.wire.sent().len() <= 128);
}

#[tokio::test]
async fn abuse_27_pings_and_settings_keep_no_connection_open() {
    for kind in [PING, SETTINGS] {
        let listening = Listening::new(wire()).await;
        let mut flooding = Frames::open(&listening).await;
        let payload = [0; 8];
        let payload = if kind == PING {
            payload.as_slice()
        } else {
            &[]
        };
        let one = frame(kind, 0, 0, payload);
        assert!(flooding.send(&one).await);
        // Until it is acknowledged.
        while flooding.next().await.unwrap().kind != kind {}
        serves(&listening).await;

        tokio::time::pause();
        let start = tokio::time::Instant::now();
        let (mut reading, mut writing) = flooding.stream.into_split();
        tokio::spawn(async move {
            while writing.write_all(&one).await.is_ok() {
                tokio::time::sleep(Duration::from_secs(5)).await;
            }
        });
        let _ = reading.read_to_end(&mut Vec::new()).await;
        let seconds = (start.elapsed() + Duration::from_secs(1)).as_secs();
        assert!((59..=62).contains(&seconds), "{seconds}");
        tokio::time::resume();
    }
}

#[tokio::test]
async fn abuse_27_empty_data_does_not_hold_a_call_open() {
    let listening = Listening::new(wire()).await;
    let head = [
        (":method", "POST"),
        (":scheme", "http"),
        (":authority", "a"),
        (":path", "/v1/customers/search"),
        ("interlingua-upstream", "alpha"),
        ("content-type", "application/json"),
    ];
    flood(&listening, 4_000, |number| match number {
        0 => frame(HEADERS, END_HEADERS, 1, &block(&head)),
        3_999 => frame(DATA, END_STREAM, 1, b"{}"),
        _ => frame(DATA, 0, 1, b""),
    })
    .await;
    serves(&listening).await;
}

#[tokio::test]
async fn abuse_26_a_body_of_http_2_keeps_the_rate_or_is_answered_408_for_itself_alone() {
    let listening = Listening::new(wire()).await;
    let mut frames = Frames::open(&listening).await;
    let slow = frame(HEADERS, END_HEADERS, 1, &block(&SEARCH));
    assert!(frames.send(&slow).await);
    listening.until("requests_in_flight 1").await;
    tokio::time::pause();
    let start = tokio::time::Instant::now();
    // A byte now and then, and other calls beside it, are no excuse.
    for second in 0..4 {
        tokio::time::sleep(Duration::from_secs(1)).await;
        let head = frame(
            HEADERS,
            END_HEADERS | END_STREAM,
            3 + 2 * second,
            &block(&CALL),
        );
        assert!(frames.send(&[frame(DATA, 0, 1, b"{"), head].concat()).await);
    }
    let refusal = frames.about(1).await.unwrap();
    assert!(is_status(&refusal, 0, "408"), "{refusal:?}");
    let seconds = (start.elapsed() + Duration::from_millis(500)).as_secs();
    assert_eq!(seconds, 5);
    let next = frame(HEADERS, END_HEADERS | END_STREAM, 21, &block(&CALL));
    assert!(frames.send(&next).await);
    let answer = frames.about(21).await.unwrap();
    assert!(is_status(&answer, 8, "200"), "{answer:?}");
}

#[tokio::test]
async fn abuse_26_a_head_of_http_2_has_its_time_however_it_drips() {
    for drips in [false, true] {
        let listening = Listening::new(wire()).await;
        let mut frames = Frames::open(&listening).await;
        // Until it is acknowledged.
        while frames.next().await.unwrap().kind != SETTINGS {}
        assert!(frames.send(&frame(HEADERS, 0, 1, &block(&CALL))).await);
        serves(&listening).await;
        tokio::time::pause();
        let start = tokio::time::Instant::now();
        let (mut reading, mut writing) = frames.stream.into_split();
        let part = frame(CONTINUATION, 0, 1, &block(&[("x", "y")]));
        let dripping = tokio::spawn(async move {
            while drips && writing.write_all(&part).await.is_ok() {
                tokio::time::sleep(Duration::from_millis(900)).await;
            }
            writing
        });
        let _ = reading.read_to_end(&mut Vec::new()).await;
        let seconds = (start.elapsed() + Duration::from_millis(500)).as_secs();
        assert_eq!(seconds, 10, "{drips}");
        tokio::time::resume();
        dripping.abort();
    }
}

#[tokio::test]
async fn abuse_26_headers_of_http_2_are_as_few_as_elsewhere() {
    let listening = Listening::new(wire()).await;
    let mut frames = Frames::open(&listening).await;
    for (stream, count) in [(1, 100), (3, 101)] {
        let more = vec![("x-one", "a"); count];
        let headers = [CALL.as_slice(), &more].concat();
        let head = frame(HEADERS, END_HEADERS | END_STREAM, stream, &block(&headers));
        assert!(frames.send(&head).await);
    }
    for (stream, status) in [(1, "200"), (3, "431")] {
        let answer = frames.about(stream).await.unwrap();
        let index = if stream == 1 { 8 } else { 0 };
        assert!(is_status(&answer, index, status), "{answer:?}");
    }
    listening.until("code=\"head-too-large\"").await;
    assert_eq!(listening.world.wire.sent().len(), 1);
}

#[tokio::test]
async fn abuse_27_a_preface_alone_lies_idle_for_its_time() {
    let listening = Listening::new(wire()).await;
    let mut stream = listening.connect().await;
    stream.write_all(&PREFACE[..10]).await.unwrap();
    for _ in 0..100 {
        tokio::task::yield_now().await;
    }
    tokio::time::pause();
    assert_eq!(kept(&mut stream).await, 10);
}

#[tokio::test]
async fn fault_36_http_2_is_told_to_go_away_and_its_calls_end() {
    let (scripted, go) = held("{\"n\":1}");
    let mut listening = Listening::new(Wire::answering([scripted])).await;
    let mut frames = Frames::open(&listening).await;
    let head = frame(HEADERS, END_HEADERS | END_STREAM, 1, &block(&CALL));
    assert!(frames.send(&head).await);
    listening.until("requests_in_flight 1").await;

    listening.stop();
    loop {
        let frame = frames.next().await.unwrap();
        match frame.kind {
            // It asks how far we are, and takes what was on its way by then.
            PING => {
                let back = self::frame(PING, 1, 0, &frame.payload);
                assert!(frames.send(&back).await);
                go.notify_one();
            }
            HEADERS => {
                assert!(is_status(&frame, 8, "200"), "{frame:?}");
                break;
            }
            _ => assert!(matches!(frame.kind, GOAWAY | SETTINGS | 8), "{frame:?}"),
        }
    }
    while frames.next().await.is_some() {}
    assert!(listening.served.await.unwrap());
}
