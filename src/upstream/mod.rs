//! One client per upstream: connections, deadlines, limits, and failures that say what left the process.

mod addresses;
mod breaker;
mod bulkhead;
mod connect;
mod exchange;
mod failure;
mod line;
mod origin;
mod outbound;
mod pool;
mod retry;
mod tls;
mod trace;
mod vouch;
mod watch;

use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use bytes::Bytes;
use http::Response;
use tower::retry::{Retry, RetryLayer};
use tower::{Service, ServiceBuilder};

use crate::config::{Conduct, Limits};

use addresses::{Addresses, Resolve, System};
use breaker::{Breaker, BreakerLayer};
use bulkhead::{Bulkhead, BulkheadLayer};
use connect::Connector;
use outbound::{Former, Unpack};
use retry::Policy;
use trace::{TraceLayer, Traced};
use vouch::Shows;

pub use addresses::{AddressNow, Range, Whereabouts};
pub use exchange::Exchange;
pub use failure::{Blame, Failure, FailureKind, Sent};
pub use origin::{Origin, OriginFault};
pub use outbound::Outbound;
pub use retry::AfterDoubt;
pub use tls::{Identity, Roots, Tls, TlsFault};
pub use trace::Onward;
pub use vouch::{Process, Sending, Vouch, Vouching, World};
pub use watch::Watch;

/// The client of one upstream: the whole stack under one name. Clones share everything.
///
/// It sends what it is given, with what vouches for it, and reads the whole answer; it copies no header, follows no
/// redirect, repeats only what can do no harm, and speaks HTTP/1.1 only. It is always ready: what a call waits for is in
/// its future.
#[derive(Debug, Clone)]
pub struct UpstreamClient {
    stack: Stack,
    addresses: Arc<Addresses>,
}

type Stack = Retry<Policy, Traced<Unpacked>>;
type Unpacked = Unpack<Breaker<Bulkhead<Vouch<Exchange>>>>;

/// A call on its way.
pub struct Calling {
    inner: <Stack as Service<Outbound>>::Future,
}

/// Which upstream it is, and who is told what happens to it.
#[derive(Debug)]
pub struct Means {
    /// Where it is.
    pub origin: Origin,
    /// What vouches for calls.
    pub vouching: Option<Vouching>,
    /// Who is told.
    pub watch: Watch,
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
        means: Means,
        conduct: &Conduct,
        limits: &Limits,
        tls: impl FnOnce() -> Result<Tls, TlsFault>,
    ) -> Result<Self, TlsFault> {
        Self::found_by(Arc::new(System), means, conduct, limits, tls)
    }

    /// The same over names that somebody else finds.
    fn found_by(
        resolver: Arc<dyn Resolve>,
        means: Means,
        conduct: &Conduct,
        limits: &Limits,
        tls: impl FnOnce() -> Result<Tls, TlsFault>,
    ) -> Result<Self, TlsFault> {
        let Means {
            origin,
            vouching,
            watch,
        } = means;
        let watch = Arc::new(watch);
        let tls = origin.is_secure().then(tls).transpose()?;
        let connector = Connector::new(&origin, tls.clone(), limits);
        let addresses = Addresses::of(&origin, &conduct.addresses, &watch, resolver);
        let addresses = Arc::new(addresses);
        // Answers with tokens are small, and calls for them are not counted among those of callers.
        let small = Limits {
            answer: limits.answer.min(vouch::LARGEST),
            ..*limits
        };
        let exchange = |limits| {
            let (origin, connector) = (origin.clone(), connector.clone());
            let (addresses, watch) = (Arc::clone(&addresses), Arc::clone(&watch));
            Exchange::new(origin, addresses, connector, conduct, limits, watch)
        };
        let tokens = exchange(&small);
        // Innermost: connection, deadlines and limits together, since only who writes the bytes knows whether a deadline
        // passed before or after the first of them left.
        let exchange = exchange(limits);
        let shows = tls.map(|tls| {
            let both = [exchange.clone(), tokens.clone()];
            let shows: Shows = Box::new(move |identity| {
                let tls = tls.shown_by(identity)?;
                for exchange in &both {
                    exchange.open_by(|connector| connector.over(tls.clone()));
                }
                Ok(())
            });
            shows
        });
        let stack = ServiceBuilder::new()
            // Outermost, so that a call that waits for its next attempt holds nothing, and each attempt is judged.
            .layer(RetryLayer::new(Policy::new(
                conduct.retries,
                Arc::clone(&watch),
            )))
            // Each attempt is a part of its own of the call's trace; before what vouches, which may sign it.
            .layer(TraceLayer::new(
                origin.clone(),
                conduct.trace_context,
                Arc::clone(&watch),
            ))
            // Only the decision about repetitions needs to know more than what is sent.
            .layer_fn(Unpack::new)
            // Before the wait: what is not sent at all need not wait for its turn.
            .layer(BreakerLayer::new(
                conduct.breaker,
                Arc::clone(&watch),
                Arc::clone(&addresses),
            ))
            // So that a call that waits holds neither a connection nor a running deadline: what it waited for is not
            // the upstream's doing.
            .layer(BulkheadLayer::new(&conduct.pool, watch))
            // Behind the wait, so that the time that is signed is the time of sending.
            .service(Vouch::showing(
                exchange,
                origin.host(),
                vouching,
                tokens,
                shows,
            ));
        Ok(Self { stack, addresses })
    }

    /// Tells operators where it is.
    #[must_use]
    pub fn whereabouts(&self) -> Whereabouts {
        Whereabouts::of(Arc::clone(&self.addresses))
    }

    /// Gives the tokens that it sends, or sent a moment ago, and secrets that came later than those of the start, so that they can be taken out of what the upstream says.
    #[must_use]
    pub fn tokens(&self) -> Vec<String> {
        let breaker = self.stack.get_ref().inner().inner();
        breaker.inner().inner().tokens()
    }
}

impl Service<Outbound> for UpstreamClient {
    type Response = Response<Bytes>;
    type Error = Failure;
    type Future = Calling;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), Failure>> {
        self.stack.poll_ready(cx)
    }

    fn call(&mut self, mut outbound: Outbound) -> Calling {
        if self.addresses.may_be_several() {
            // So that the second attempt goes elsewhere.
            let extensions = outbound.request.extensions_mut();
            extensions.insert(Former::default());
        }
        Calling {
            inner: self.stack.call(outbound),
        }
    }
}

// === impl Calling ===

impl Future for Calling {
    type Output = Result<Response<Bytes>, Failure>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        Pin::new(&mut self.inner).poll(cx)
    }
}

impl fmt::Debug for Calling {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Calling")
    }
}

#[cfg(test)]
mod tests;
