//! A peer on loopback that answers from a script, byte for byte.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpSocket, TcpStream};
use tokio::sync::watch;

/// What a connection does after its script.
#[derive(Clone, Copy, PartialEq)]
enum End {
    HangUp,
    Reset,
    Stay,
    /// Hangs up when the test says so.
    WhenTold,
}

pub(super) struct Peer {
    pub(super) port: u16,
    opened: watch::Receiver<usize>,
    closed: watch::Receiver<usize>,
    requests: Arc<Mutex<Vec<String>>>,
    told: watch::Sender<bool>,
}

/// A whole answer with this body.
pub(super) fn answer(body: &str) -> Vec<u8> {
    format!(
        "HTTP/1.1 200 OK\r\ncontent-length: {}\r\n\r\n{body}",
        body.len()
    )
    .into_bytes()
}

/// Two addresses with one port, which refuse until somebody listens there.
pub(super) fn two_sockets() -> [TcpSocket; 2] {
    let bound = |last, port| {
        let socket = TcpSocket::new_v4().unwrap();
        let to = SocketAddr::from(([127, 0, 0, last], port));
        socket.bind(to).map(|()| socket)
    };
    loop {
        let one = bound(1, 0).unwrap();
        let port = one.local_addr().unwrap().port();
        // Another test may have it there.
        if let Ok(two) = bound(2, port) {
            return [one, two];
        }
    }
}

/// A port on which nobody listens.
pub(super) async fn closed_port() -> u16 {
    let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
    listener.local_addr().unwrap().port()
}

impl Peer {
    /// One list of answers per connection; after its last answer a connection is closed.
    pub(super) async fn new(script: Vec<Vec<Vec<u8>>>) -> Self {
        Self::start(script, End::HangUp).await
    }

    /// One list of answers per connection, each of which stays open until [`Self::hang_up`].
    pub(super) async fn patient(script: Vec<Vec<Vec<u8>>>) -> Self {
        Self::start(script, End::WhenTold).await
    }

    /// Closes the connections that have given their answers, and waits until the first is closed.
    pub(super) async fn hang_up(&self) {
        self.told.send_replace(true);
        self.hung_up(1).await;
    }

    /// Accepts, reads, never answers.
    pub(super) async fn silent() -> Self {
        Self::stuck_after(Vec::new()).await
    }

    /// Answers these bytes on every connection and then neither goes on nor hangs up.
    pub(super) async fn stuck_after(bytes: Vec<u8>) -> Self {
        Self::start(vec![vec![bytes]; 4], End::Stay).await
    }

    /// Answers these bytes on the first connection and then resets it.
    pub(super) async fn reset_after(bytes: Vec<u8>) -> Self {
        Self::start(vec![vec![bytes]], End::Reset).await
    }

    pub(super) fn connections(&self) -> usize {
        *self.opened.borrow()
    }

    pub(super) async fn connected(&self, count: usize) {
        self.opened
            .clone()
            .wait_for(|opened| *opened >= count)
            .await
            .unwrap();
    }

    /// Waits until so many connections were closed from this side.
    pub(super) async fn hung_up(&self, count: usize) {
        self.closed
            .clone()
            .wait_for(|closed| *closed >= count)
            .await
            .unwrap();
    }

    pub(super) async fn requests(&self) -> Vec<String> {
        self.requests.lock().unwrap().clone()
    }

    async fn start(script: Vec<Vec<Vec<u8>>>, end: End) -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        Self::listen(listener, script, end)
    }

    /// Gives these answers on every connection to a socket, which stays open until [`Self::hang_up`].
    pub(super) fn at(socket: TcpSocket, answers: &[Vec<u8>]) -> Self {
        let listener = socket.listen(64).unwrap();
        Self::listen(listener, vec![answers.to_vec(); 128], End::WhenTold)
    }

    /// Hangs up on every request at a socket.
    pub(super) fn broken_at(socket: TcpSocket) -> Self {
        let listener = socket.listen(64).unwrap();
        Self::listen(listener, vec![vec![Vec::new()]; 128], End::HangUp)
    }

    fn listen(listener: TcpListener, script: Vec<Vec<Vec<u8>>>, end: End) -> Self {
        let port = listener.local_addr().unwrap().port();
        let (opened_tx, opened) = watch::channel(0);
        let (closed_tx, closed) = watch::channel(0);
        let closed_tx = Arc::new(closed_tx);
        let requests = Arc::new(Mutex::new(Vec::new()));
        let seen = Arc::clone(&requests);
        let (told, wait) = watch::channel(false);
        tokio::spawn(async move {
            for answers in script {
                let (stream, _) = listener.accept().await.unwrap();
                opened_tx.send_modify(|count: &mut usize| *count = count.saturating_add(1));
                let (closed, seen) = (Arc::clone(&closed_tx), Arc::clone(&seen));
                let wait = wait.clone();
                tokio::spawn(async move {
                    serve(stream, answers, end, &seen, wait).await;
                    closed.send_modify(|count: &mut usize| *count = count.saturating_add(1));
                });
            }
        });
        Self {
            port,
            opened,
            closed,
            requests,
            told,
        }
    }
}

async fn serve(
    mut stream: TcpStream,
    answers: Vec<Vec<u8>>,
    end: End,
    seen: &Mutex<Vec<String>>,
    mut told: watch::Receiver<bool>,
) {
    for answer in answers {
        let mut request = [0; 4_096];
        // The requests of these tests are small and written at once.
        let Ok(len @ 1..) = stream.read(&mut request).await else {
            return;
        };
        seen.lock()
            .unwrap()
            .push(String::from_utf8_lossy(&request[..len]).into_owned());
        stream.write_all(&answer).await.unwrap();
    }
    match end {
        End::HangUp => {}
        End::Reset => stream.set_zero_linger().unwrap(),
        End::Stay => drop(stream.read(&mut [0; 1]).await),
        End::WhenTold => drop(told.wait_for(|told| *told).await),
    }
}
