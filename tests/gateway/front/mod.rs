//! The strict front: what a stranger may send, row by row of the abuse cases and faults.

mod abuse;
mod drain;
mod http2;
mod pace;
mod requests;
mod tls;
mod turned_away;
mod unread;

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use interlingua::config::Limits;
use interlingua::gateway::listener::{Listener, Tls, serve};
use interlingua::telemetry::Telemetry;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

use crate::support::{Plan, Wire, World};

/// A gateway that listens.
struct Listening {
    address: SocketAddr,
    world: World,
    stop: Option<oneshot::Sender<()>>,
    served: JoinHandle<bool>,
}

/// One answer as it stands on the wire.
#[derive(Debug)]
struct Answer {
    status: u16,
    head: String,
    body: String,
}

const GET: &[u8] = b"GET /v1/customers/alpha:1 HTTP/1.1\r\nhost: a\r\n\r\n";

// === impl Listening ===

impl Listening {
    async fn new(wire: Wire) -> Self {
        Self::with(wire, Limits::default(), None).await
    }

    async fn with(wire: Wire, limits: Limits, tls: Option<Arc<Tls>>) -> Self {
        let plan = Plan {
            wire,
            limits,
            ..Plan::default()
        };
        let world = plan.build();
        let socket = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        let address = socket.local_addr().unwrap();
        let (stop, stopped) = oneshot::channel();
        let gateway = world.gateway.clone();
        let telemetry = Telemetry {
            metrics: world.metrics.clone(),
            access_log: false,
            traces: Default::default(),
        };
        let served = tokio::spawn(async move {
            let stopped = async {
                let _ = stopped.await;
            };
            let listener = Listener::from(socket)
                .with_tls(tls)
                .with_telemetry(&telemetry);
            serve(listener, gateway, &limits, stopped, limits.drain).await
        });
        Self {
            address,
            world,
            stop: Some(stop),
            served,
        }
    }

    async fn connect(&self) -> TcpStream {
        TcpStream::connect(self.address).await.unwrap()
    }

    fn stop(&mut self) {
        self.stop.take().unwrap().send(()).unwrap();
    }

    /// Waits until this stands among the metrics.
    async fn until(&self, metric: &str) {
        while !self.world.metrics.encode().unwrap().contains(metric) {
            tokio::task::yield_now().await;
        }
    }
}

// === impl Answer ===

impl Answer {
    /// The code of a problem.
    fn code(&self) -> String {
        let json: serde_json::Value = serde_json::from_str(&self.body).unwrap();
        json["code"].as_str().unwrap().to_owned()
    }

    fn is_last(&self) -> bool {
        self.head.contains("\nconnection: close") || self.head.starts_with("http/1.0")
    }
}

/// Reads one answer, or gives none at the end of the connection. What was read beyond it stays in `rest`.
async fn read(stream: &mut (impl AsyncReadExt + Unpin), rest: &mut Vec<u8>) -> Option<Answer> {
    loop {
        let text = String::from_utf8_lossy(rest).into_owned();
        if let Some((head, body)) = text.split_once("\r\n\r\n") {
            let head = head.to_ascii_lowercase();
            let length = head
                .lines()
                .find_map(|line| line.strip_prefix("content-length: "));
            let length = length.map_or(0, |length| length.parse().unwrap());
            if body.len() >= length {
                let answer = Answer {
                    status: head.split(' ').nth(1).unwrap().parse().unwrap(),
                    body: body[..length].to_owned(),
                    head,
                };
                rest.drain(..answer.head.len() + 4 + length);
                return Some(answer);
            }
        }
        if stream.read_buf(rest).await.unwrap() == 0 {
            assert!(rest.is_empty(), "{text}");
            return None;
        }
    }
}

/// Sends bytes and reads one answer.
async fn call(stream: &mut TcpStream, bytes: &[u8]) -> Answer {
    stream.write_all(bytes).await.unwrap();
    read(stream, &mut Vec::new()).await.unwrap()
}

/// How many seconds of a stopped clock pass until the gateway hangs up.
async fn kept(stream: &mut TcpStream) -> u64 {
    let start = tokio::time::Instant::now();
    // An error is an end too.
    let _ = stream.read_to_end(&mut Vec::new()).await;
    // Until the clock was stopped, some of the time had passed.
    (start.elapsed() + Duration::from_millis(500)).as_secs()
}
