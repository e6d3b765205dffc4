//! The front: bytes as one connection of HTTP/1.1, whole and in pieces, beside hyper alone.

use std::convert::Infallible;
use std::future::Future;
use std::net::{IpAddr, Ipv4Addr};
use std::pin::Pin;
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll};

use bytes::Bytes;
use http::{Request, Response, StatusCode};
use http_body_util::{BodyExt, Full};
use hyper_util::rt::TokioIo;
use interlingua::config::Limits;
use interlingua::gateway::front::Strict;
use interlingua::gateway::listener::serve_one;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tower::Service;

/// What connections of HTTP/2 begin with: what answers they have when is a matter of their frames.
const PREFACE: &[u8] = b"PRI * HTTP/2.0\r\n\r\n";

/// Bytes that stand in a pipe unread; no connection here is as long.
const PIPE: usize = 1 << 20;

/// Turns that everybody gets between two pieces.
const TURNS: usize = 4;

/// What reached a service: line, fields and body of each request; none for a body that broke off.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Met {
    line: String,
    fields: Vec<(String, Vec<u8>)>,
    body: Option<Bytes>,
}

/// What came of a connection.
#[derive(Debug, PartialEq, Eq)]
struct Came {
    met: Vec<Met>,
    /// Status of each answer, and whether it is the last by its own words.
    answers: Vec<(u16, bool)>,
}

/// Holds every property for these bytes.
pub(crate) fn hold(bytes: &[u8]) {
    if bytes.len() > PIPE / 2 {
        return;
    }
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_time()
        .start_paused(true)
        .build()
        .unwrap();
    runtime.block_on(async {
        let whole = through_front(bytes, bytes.len()).await;
        if bytes.starts_with(PREFACE) {
            return;
        }
        let sum = bytes
            .iter()
            .fold(1_usize, |sum, byte| sum * 31 % 8191 + usize::from(*byte));
        for piece in [1, 2 + sum % 61] {
            assert_eq!(
                through_front(bytes, piece).await,
                whole,
                "in pieces of {piece}"
            );
        }
        refusals_end_it(&whole);
        read_by_hyper_alike(&whole.met, &alone(bytes).await);
    });
}

/// Every request is answered once, nothing stands behind the last answer, and of a refused head nothing is served.
fn refusals_end_it(came: &Came) {
    let Came { met, answers } = came;
    let last = answers.iter().position(|(_, is_last)| *is_last);
    assert!(
        last.is_none_or(|last| last + 1 == answers.len()),
        "{came:?}"
    );
    let served = answers.iter().filter(|(status, _)| *status == 200).count();
    let whole = met.iter().filter(|request| request.body.is_some()).count();
    assert_eq!(served, whole, "{came:?}");
    let mut fields = met.iter().flat_map(|request| &request.fields);
    assert!(
        !fields.any(|(name, value)| name == "host" && value == b"malformed"),
        "{came:?}"
    );
}

/// What the front lets through is what hyper alone reads of the same bytes, but for what it answers itself.
fn read_by_hyper_alike(met: &[Met], alone: &[Met]) {
    let mut others = alone.iter();
    for request in met.iter().filter(|request| request.body.is_some()) {
        assert!(
            others.any(|other| is_of(request, other)),
            "{request:?} is none of {alone:?}"
        );
    }
}

/// Whether a request is another one without fields that `Connection` names: they end at the front.
fn is_of(request: &Met, other: &Met) -> bool {
    let is_there = |field| other.fields.contains(field);
    (&request.line, &request.body) == (&other.line, &other.body)
        && request.fields.iter().all(is_there)
}

/// Notes what reaches it, and answers once it has read all of it.
#[derive(Debug, Clone, Default)]
struct Notes(Arc<Mutex<Vec<Met>>>);

type Answering = Pin<Box<dyn Future<Output = Result<Response<Full<Bytes>>, Infallible>> + Send>>;

impl Notes {
    fn note<B>(&self, request: Request<B>) -> Answering
    where
        B: BodyExt<Data = Bytes> + Send + 'static,
    {
        let met = Arc::clone(&self.0);
        let line = format!(
            "{} {} {:?}",
            request.method(),
            request.uri(),
            request.version()
        );
        let fields = request.headers().iter();
        let fields = fields.map(|(name, value)| (name.to_string(), value.as_bytes().to_vec()));
        let fields = fields.collect();
        Box::pin(async move {
            let body = request
                .into_body()
                .collect()
                .await
                .ok()
                .map(|body| body.to_bytes());
            let status = match &body {
                Some(_) => StatusCode::OK,
                None => StatusCode::BAD_REQUEST,
            };
            met.lock().unwrap().push(Met { line, fields, body });
            let mut answer = Response::new(Full::default());
            *answer.status_mut() = status;
            Ok(answer)
        })
    }

    fn take(&self) -> Vec<Met> {
        std::mem::take(&mut self.0.lock().unwrap())
    }
}

impl<B> Service<Request<B>> for Notes
where
    B: BodyExt<Data = Bytes> + Send + 'static,
{
    type Response = Response<Full<Bytes>>;
    type Error = Infallible;
    type Future = Answering;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<B>) -> Answering {
        self.note(request)
    }
}

/// Sends bytes through the gateway's own front, so many at once.
async fn through_front(bytes: &[u8], piece: usize) -> Came {
    let notes = Notes::default();
    let limits = Limits::default();
    let (mut caller, connection) = tokio::io::duplex(PIPE);
    let peer = IpAddr::from(Ipv4Addr::LOCALHOST);
    let service = Strict::new(notes.clone());
    let serving = tokio::spawn(async move { serve_one(connection, peer, service, &limits).await });
    for piece in bytes.chunks(piece.max(1)) {
        // Nobody need read what stands behind the last answer.
        if caller.write_all(piece).await.is_err() {
            break;
        }
        for _ in 0..TURNS {
            tokio::task::yield_now().await;
        }
    }
    for _ in 0..64 {
        tokio::task::yield_now().await;
    }
    let _ = caller.shutdown().await;
    let mut said = Vec::new();
    let _ = caller.read_to_end(&mut said).await;
    serving.await.unwrap();
    Came {
        met: notes.take(),
        answers: answers(&said),
    }
}

/// The heads of answers; none of them has a body here but problems, which say how long they are.
fn answers(mut said: &[u8]) -> Vec<(u16, bool)> {
    let mut answers = Vec::new();
    while let Some(end) = said.windows(4).position(|bytes| bytes == b"\r\n\r\n") {
        let head = String::from_utf8(said[..end].to_ascii_lowercase()).unwrap();
        let field = |name: &str| head.lines().find_map(|line| line.strip_prefix(name));
        let length = field("content-length: ").map_or(0, |length| length.parse().unwrap());
        let status = head.split(' ').nth(1).unwrap().parse().unwrap();
        let is_last = match field("connection: ") {
            Some(said) => said == "close",
            None => head.starts_with("http/1.0"),
        };
        if status != 100 {
            answers.push((status, is_last));
        }
        said = said.get(end + 4 + length..).unwrap_or_default();
    }
    answers
}

/// What hyper alone makes of bytes.
async fn alone(bytes: &[u8]) -> Vec<Met> {
    let notes = Notes::default();
    let (mut caller, connection) = tokio::io::duplex(PIPE);
    let noting = notes.clone();
    let service = hyper::service::service_fn(move |request| noting.note(request));
    let mut builder = hyper::server::conn::http1::Builder::new();
    let connection = builder
        .header_read_timeout(None)
        .half_close(true)
        .serve_connection(TokioIo::new(connection), service);
    caller.write_all(bytes).await.unwrap();
    caller.shutdown().await.unwrap();
    let mut said = Vec::new();
    let _ = tokio::join!(connection, caller.read_to_end(&mut said));
    notes.take()
}
