//! An upstream of a test: a sandbox that keeps the bytes it receives.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex};

use interlingua::engine::exchange::{NativeResponse, ReceivedRequest};
use interlingua::mapping::catalog::Catalog;
use interlingua::sandbox::Dialect;

use crate::tree;

/// 2026-11-22T00:00:00Z.
const NOW: i64 = 1_795_305_600_000;

/// A request as it came: method and target, head, body.
#[derive(Debug, Clone)]
pub(crate) struct Received {
    pub line: String,
    pub head: String,
    pub body: String,
}

pub(crate) struct Upstream {
    pub address: SocketAddr,
    received: Arc<Mutex<Vec<Received>>>,
}

impl Upstream {
    /// The sandbox of a mapping on a free port; it ends with the process.
    pub(crate) fn start(mapping: &str) -> Self {
        let catalog = Arc::new(
            Catalog::load(tree::files(&[
                ("schemas", "schemas"),
                ("mappings", "mappings"),
            ]))
            .0,
        );
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let mut dialect =
            Dialect::new(catalog, mapping, &format!("http://{address}"), NOW).unwrap();
        let received = Arc::new(Mutex::new(Vec::new()));
        let kept = Arc::clone(&received);
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                // A connection that its peer gave up is no fault of the test.
                let _ = serve(&stream.unwrap(), &mut dialect, &kept);
            }
        });
        Self { address, received }
    }

    pub(crate) fn received(&self) -> Vec<Received> {
        self.received.lock().unwrap().clone()
    }
}

/// One request of a connection, which is closed then.
fn serve(
    stream: &TcpStream,
    dialect: &mut Dialect,
    kept: &Mutex<Vec<Received>>,
) -> std::io::Result<()> {
    let mut reader = BufReader::new(stream);
    let mut head = String::new();
    while !head.ends_with("\r\n\r\n") {
        if reader.read_line(&mut head)? == 0 {
            return Ok(());
        }
    }
    let headers: Vec<(&str, &str)> = head
        .lines()
        .skip(1)
        .filter_map(|line| line.split_once(": "))
        .collect();
    let header = |name: &str| {
        headers
            .iter()
            .find(|(other, _)| other.eq_ignore_ascii_case(name))
            .map(|(_, value)| *value)
    };
    let mut body = vec![0; header("content-length").map_or(0, |length| length.parse().unwrap())];
    reader.read_exact(&mut body)?;
    let mut line = head.lines().next().unwrap().split(' ');
    let (method, target) = (line.next().unwrap(), line.next().unwrap());
    kept.lock().unwrap().push(Received {
        line: format!("{method} {target}"),
        head: head.clone(),
        body: String::from_utf8_lossy(&body).into_owned(),
    });
    let bytes: Vec<(&str, &[u8])> = headers
        .iter()
        .map(|(name, value)| (*name, value.as_bytes()))
        .collect();
    let request = ReceivedRequest {
        method,
        target,
        headers: &bytes,
        content_type: header("content-type"),
        body: &body,
    };
    let NativeResponse {
        status,
        content_type,
        body,
        ..
    } = dialect.answer(&request, NOW);
    let mut stream = stream;
    let media = content_type.map_or_else(String::new, |media| format!("content-type: {media}\r\n"));
    write!(
        stream,
        "HTTP/1.1 {status} x\r\nconnection: close\r\n{media}content-length: {}\r\n\r\n",
        body.len()
    )?;
    stream.write_all(&body)
}
