//! One client per upstream: connections, deadlines, limits, and failures that say what left the process.

mod bulkhead;
mod connect;
mod exchange;
mod failure;
mod line;
mod origin;
mod pool;
mod tls;
mod vouch;

use std::task::{Context, Poll};

use bytes::Bytes;
use http::{Request, Response};
use tower::{Service, ServiceBuilder};

use crate::config::{Deadlines, Limits, Pool};

use connect::Connector;
use vouch::Shows;

pub use bulkhead::{Bulkhead, BulkheadFuture, BulkheadLayer};
pub use exchange::Exchange;
pub use failure::{Blame, Failure, FailureKind, Sent};
pub use origin::{Origin, OriginFault};
pub use tls::{Identity, Roots, Tls, TlsFault};
pub use vouch::{Process, Sending, Vouch, Vouching, World};

/// The client of one upstream: the whole stack under one name. Clones share connections and bulkhead.
///
/// It sends what it is given, with what vouches for it, and reads the whole answer; it copies no header, follows no
/// redirect, repeats nothing that may have been processed, and speaks HTTP/1.1 only. It is always ready: what a call waits for is in its future.
#[derive(Debug, Clone)]
pub struct UpstreamClient {
    stack: Bulkhead<Vouch<Exchange>>,
}

// === impl UpstreamClient ===

impl UpstreamClient {
    /// Builds the stack. Nothing is connected yet.
    ///
    /// `tls` is asked only for an `https` origin, since reading the machine's roots takes milliseconds.
    ///
    /// # Errors
    ///
    /// What `tls` answers.
    pub fn new(
        origin: Origin,
        deadlines: Deadlines,
        pool: Pool,
        limits: &Limits,
        tls: impl FnOnce() -> Result<Tls, TlsFault>,
        vouching: Option<Vouching>,
    ) -> Result<Self, TlsFault> {
        let tls = origin.is_secure().then(tls).transpose()?;
        let connector = Connector::new(&origin, tls.as_ref(), deadlines.connect, limits);
        // Answers with tokens are small, and calls for them are not counted among those of callers.
        let small = Limits {
            answer: limits.answer.min(vouch::LARGEST),
            ..*limits
        };
        let tokens = Exchange::new(origin.clone(), connector.clone(), pool, deadlines, &small);
        let host = origin.host().to_owned();
        // Innermost: connection, deadlines and limits together, since only who writes the bytes knows whether a deadline
        // passed before or after the first of them left.
        let exchange = Exchange::new(origin, connector, pool, deadlines, limits);
        let shows = tls.map(|tls| {
            let both = [exchange.clone(), tokens.clone()];
            let shows: Shows = Box::new(move |identity| {
                let tls = tls.shown_by(identity)?;
                for exchange in &both {
                    exchange.open_by(|connector| connector.over(&tls));
                }
                Ok(())
            });
            shows
        });
        let stack = ServiceBuilder::new()
            // Outermost, so that a call that waits holds neither a connection nor a running deadline: what it
            // waited for is not the upstream's doing.
            .layer(BulkheadLayer::new(pool.concurrency, pool.wait))
            // Behind the wait, so that the time that is signed is the time of sending.
            .service(Vouch::showing(exchange, &host, vouching, tokens, shows));
        Ok(Self { stack })
    }
}

impl UpstreamClient {
    /// Gives the tokens that it sends, or sent a moment ago, and secrets that came later than those of the start, so that they can be taken out of what the upstream says.
    #[must_use]
    pub fn tokens(&self) -> Vec<String> {
        self.stack.inner().tokens()
    }
}

impl Service<Request<Bytes>> for UpstreamClient {
    type Response = Response<Bytes>;
    type Error = Failure;
    type Future = BulkheadFuture<Vouch<Exchange>, Request<Bytes>>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), Failure>> {
        self.stack.poll_ready(cx)
    }

    fn call(&mut self, request: Request<Bytes>) -> Self::Future {
        self.stack.call(request)
    }
}

#[cfg(test)]
mod tests;
