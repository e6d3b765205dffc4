//! Upstreams of the sweep: sandboxes, and ones that answer with whatever should not be told.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{SystemTime, UNIX_EPOCH};

use interlingua::engine::exchange::{NativeResponse, ReceivedRequest};
use interlingua::mapping::catalog::Catalog;
use interlingua::sandbox::Dialect;
use serde_json::Value;

use super::seek::Kind;

/// A card's number that every header of an echo holds.
const CARD: &str = "4539578763621486";

/// In how many ways an [`echo`] answers.
pub(crate) const MODES: usize = 11;

/// Headers of an echo that hold what it tells.
const HEADERS: [&str; 8] = [
    "location",
    "set-cookie",
    "www-authenticate",
    "retry-after",
    "x-told",
    "v-c-correlation-id",
    "correlation-id",
    "link",
];

/// A request as it came.
struct Received {
    method: String,
    target: String,
    headers: Vec<(String, String)>,
    body: Vec<u8>,
}

/// What an upstream answers, as it stands on the wire.
struct Answer {
    status: String,
    headers: Vec<(String, String)>,
    body: Vec<u8>,
}

fn receive(stream: &TcpStream) -> std::io::Result<Option<Received>> {
    let mut reader = BufReader::new(stream);
    let mut head = String::new();
    while !head.ends_with("\r\n\r\n") {
        if reader.read_line(&mut head)? == 0 {
            return Ok(None);
        }
    }
    let mut lines = head.lines();
    let mut first = lines.next().unwrap().split(' ').map(str::to_owned);
    let headers: Vec<(String, String)> = lines
        .filter_map(|line| line.split_once(": "))
        .map(|(name, value)| (name.to_ascii_lowercase(), value.to_owned()))
        .collect();
    let length = headers.iter().find(|(name, _)| name == "content-length");
    let mut body = vec![0; length.map_or(0, |(_, length)| length.parse().unwrap())];
    reader.read_exact(&mut body)?;
    Ok(Some(Received {
        method: first.next().unwrap(),
        target: first.next().unwrap(),
        headers,
        body,
    }))
}

/// Serves one request a connection until the process ends.
fn serve(listener: TcpListener, mut answer: impl FnMut(&Received) -> Answer + Send + 'static) {
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.unwrap();
            // A connection that its peer gave up is no fault of the test.
            let Ok(Some(received)) = receive(&stream) else {
                continue;
            };
            let answer = answer(&received);
            let mut head = format!("HTTP/1.1 {}\r\nconnection: close\r\n", answer.status);
            for (name, value) in &answer.headers {
                head.push_str(&format!("{name}: {value}\r\n"));
            }
            head.push_str(&format!("content-length: {}\r\n\r\n", answer.body.len()));
            let _ = stream.write_all(&[head.as_bytes(), &answer.body].concat());
        }
    });
}

fn bound() -> (TcpListener, SocketAddr) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    (listener, address)
}

/// An address where nobody listens.
pub(crate) fn dead() -> String {
    format!("http://{}", bound().1)
}

/// The application that gets events: it takes every other one.
pub(crate) fn application() -> String {
    let (listener, address) = bound();
    let mut count = 0;
    serve(listener, move |_| {
        count += 1;
        Answer {
            status: if count % 2 == 0 {
                "500 No"
            } else {
                "204 Taken"
            }
            .to_owned(),
            headers: Vec::new(),
            body: Vec::new(),
        }
    });
    format!("http://{address}/events")
}

/// A collector of traces, and what it got.
pub(crate) fn collector() -> (String, Arc<Mutex<String>>) {
    let (listener, address) = bound();
    let got = Arc::new(Mutex::new(String::new()));
    let kept = Arc::clone(&got);
    serve(listener, move |received| {
        let mut kept = kept.lock().unwrap();
        kept.push_str(std::str::from_utf8(&received.body).unwrap());
        kept.push('\n');
        Answer {
            status: "200 OK".to_owned(),
            headers: Vec::new(),
            body: Vec::new(),
        }
    });
    (format!("http://{address}/v1/traces"), got)
}

/// The sandbox of a mapping; gives its base URL.
pub(crate) fn sandbox(catalog: &Arc<Catalog>, mapping: &str) -> String {
    let (listener, address) = bound();
    let now = || {
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
        i64::try_from(now.as_millis()).unwrap()
    };
    let catalog = Arc::clone(catalog);
    let mut dialect = Dialect::new(catalog, mapping, &format!("http://{address}"), now()).unwrap();
    let url = dialect.base_url().to_owned();
    serve(listener, move |received| {
        let headers: Vec<(&str, &[u8])> = received
            .headers
            .iter()
            .map(|(name, value)| (name.as_str(), value.as_bytes()))
            .collect();
        let media = received
            .headers
            .iter()
            .find(|(name, _)| name == "content-type");
        let request = ReceivedRequest {
            method: &received.method,
            target: &received.target,
            headers: &headers,
            content_type: media.map(|(_, value)| value.as_str()),
            body: &received.body,
        };
        let NativeResponse {
            status,
            headers,
            content_type,
            body,
            ..
        } = dialect.answer(&request, now());
        let headers = headers
            .into_iter()
            .map(|(name, value)| (name.into_string(), String::from_utf8(value).unwrap()));
        let media = content_type.map(|media| ("content-type".to_owned(), media.into_string()));
        Answer {
            status: format!("{status} x"),
            headers: headers.chain(media).collect(),
            body,
        }
    });
    url
}

/// Documents of a mapping's cases: whether the answer is a refusal, and the native text.
fn documents(catalog: &Catalog, mapping: &str) -> Vec<(bool, String)> {
    let cases = &catalog.mappings[mapping].cases;
    let documents = cases.iter().flat_map(|case| {
        let refuses = case.file.problem.is_some();
        let natives = case
            .documents
            .iter()
            .filter(|(name, _)| name.starts_with("native."));
        natives.filter_map(move |(_, bytes)| {
            let text = String::from_utf8(bytes.clone()).ok()?;
            text.starts_with(['<', '{', '[']).then_some((refuses, text))
        })
    });
    documents.collect()
}

/// Every text of a document replaced.
fn replaced(document: &str, with: &str) -> String {
    fn every(value: Value, with: &str) -> Value {
        match value {
            Value::String(_) => with.into(),
            Value::Array(items) => items.into_iter().map(|item| every(item, with)).collect(),
            Value::Object(members) => members
                .into_iter()
                .map(|(name, value)| (name, every(value, with)))
                .chain([(with.to_owned(), with.into())])
                .collect(),
            other => other,
        }
    }
    if let Ok(value) = serde_json::from_str(document) {
        return every(value, with).to_string();
    }
    let escaped = with.replace('&', "&amp;").replace('<', "&lt;");
    let pieces = document
        .split('>')
        .map(|piece| match piece.split_once('<') {
            Some((text, tag)) if !text.trim().is_empty() => format!("{escaped}<{tag}"),
            _ => piece.to_owned(),
        });
    pieces.collect::<Vec<_>>().join(">")
}

/// An upstream that answers with what it was sent and with what is planted; `mode` says how.
pub(crate) fn echo(
    catalog: &Catalog,
    mapping: &str,
    kinds: Arc<Vec<Kind>>,
    mode: Arc<AtomicUsize>,
) -> String {
    let (listener, address) = bound();
    let documents = documents(catalog, mapping);
    let issued = kinds
        .iter()
        .find(|kind| kind.name == "operators-access-token");
    let token = issued.unwrap().value;
    let own = secrets(mapping);
    let mut count = 0;
    serve(listener, move |received| {
        count += 1;
        if received.target.contains("oauth/token") {
            return Answer {
                status: "200 OK".to_owned(),
                headers: vec![("content-type".into(), "application/json".into())],
                body: serde_json::json!({ "access_token": token, "expires_in": 1200 })
                    .to_string()
                    .into_bytes(),
            };
        }
        let told = known(received, &kinds, &own);
        let mode = mode.load(Ordering::SeqCst);
        answered(received, &documents, (count, &told), mode)
    });
    format!("http://{address}/base")
}

/// The operator's secrets that an upstream knows.
fn secrets(mapping: &str) -> Vec<&'static str> {
    match mapping {
        "blubilling" => vec!["operators-password"],
        "cybersource" => vec!["operators-shared-secret"],
        "dxp-ux" => vec!["operators-client-secret", "operators-sealing-key"],
        "ebpp" => vec!["operators-hmac-key"],
        _ => vec!["operators-client-secret", "operators-access-token"],
    }
}

/// What an upstream can tell: what it was sent, and the secrets that it shares with the operator.
fn known(received: &Received, kinds: &[Kind], own: &[&str]) -> Vec<&'static str> {
    let said = format!(
        "{} {:?} {}",
        received.target,
        received.headers,
        String::from_utf8_lossy(&received.body)
    );
    let known = kinds
        .iter()
        .filter(|kind| own.contains(&kind.name) || said.contains(kind.value));
    known.map(|kind| kind.value).collect()
}

fn answered(
    received: &Received,
    documents: &[(bool, String)],
    (count, known): (usize, &[&str]),
    mode: usize,
) -> Answer {
    let one = known[count % known.len()];
    let told = received
        .headers
        .iter()
        .map(|(name, value)| format!("{name}={value}"));
    let everything = format!(
        "{} {} {} {} {}",
        known.join(" "),
        received.method,
        received.target,
        told.collect::<Vec<_>>().join(" "),
        String::from_utf8_lossy(&received.body)
    );
    let of = |refuses: bool| {
        let fitting: Vec<&String> = documents
            .iter()
            .filter(|(is, _)| *is == refuses)
            .map(|(_, text)| text)
            .collect();
        fitting[count % fitting.len()].clone()
    };
    let is_xml = documents.iter().all(|(_, text)| text.starts_with('<'));
    let media = if is_xml {
        "application/xml"
    } else {
        "application/json"
    };
    let (status, media, body) = match mode {
        0 => ("400 Bad", media, replaced(&of(true), one)),
        1 => ("409 Conflict", media, replaced(&of(true), &everything)),
        2 => ("401 Who", media, replaced(&of(true), one)),
        3 => ("404 None", media, replaced(&of(true), &everything)),
        4 => ("500 Failed", media, replaced(&of(true), one)),
        5 => ("200 OK", media, of(false)),
        6 => ("200 OK", media, format!("{}<{everything}", of(false))),
        7 => ("200 OK", "text/html", everything.clone()),
        8 => ("302 Elsewhere", media, everything.clone()),
        9 => ("200 OK", media, replaced(&of(false), one)),
        _ => ("422 Unfit", media, replaced(&of(true), one)),
    };
    let mut headers = vec![("content-type".to_owned(), media.to_owned())];
    for name in HEADERS {
        headers.push((name.to_owned(), format!("{one} {CARD}")));
    }
    Answer {
        status: if mode == 10 {
            format!("422 {one}")
        } else {
            status.to_owned()
        },
        headers,
        body: body.into_bytes(),
    }
}
