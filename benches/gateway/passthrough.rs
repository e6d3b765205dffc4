//! Bytes through hyper and nothing else: what any gateway over this library pays before it does anything.
//!
//! `passthrough PORT UPSTREAM-PORT`, both on 127.0.0.1. It runs on one thread and never ends.

use std::error::Error;

use http::{HeaderValue, Request, Response, header};
use hyper::body::Incoming;
use hyper::client::conn::http1::{SendRequest, handshake};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Mutex;

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [port, upstream] = arguments.as_slice() else {
        return Err("usage: passthrough PORT UPSTREAM-PORT".into());
    };
    tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?
        .block_on(serve(port.parse()?, upstream.parse()?))
}

/// Serves every caller's connection over one connection of its own to the upstream.
async fn serve(port: u16, upstream: u16) -> Result<(), Box<dyn Error>> {
    let listener = TcpListener::bind(("127.0.0.1", port)).await?;
    let host = HeaderValue::try_from(format!("127.0.0.1:{upstream}"))?;
    loop {
        let (stream, _) = listener.accept().await?;
        stream.set_nodelay(true)?;
        let onward = TcpStream::connect(("127.0.0.1", upstream)).await?;
        onward.set_nodelay(true)?;
        let (sender, connection) = handshake(TokioIo::new(onward)).await?;
        tokio::spawn(connection);
        let (sender, host) = (Mutex::new(sender), host.clone());
        tokio::spawn(async move {
            let service = service_fn(|request| pass(&sender, &host, request));
            // A caller that hangs up ends its connection, which is all that there is to do.
            let _ = http1::Builder::new()
                .serve_connection(TokioIo::new(stream), service)
                .await;
        });
    }
}

async fn pass(
    sender: &Mutex<SendRequest<Incoming>>,
    host: &HeaderValue,
    mut request: Request<Incoming>,
) -> Result<Response<Incoming>, hyper::Error> {
    let mut sender = sender.lock().await;
    sender.ready().await?;
    request.headers_mut().insert(header::HOST, host.clone());
    sender.send_request(request).await
}
