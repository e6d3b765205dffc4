//! The seam to the upstream's client: one request, one whole answer.

use std::fmt;
use std::future::Future;
use std::pin::Pin;

use bytes::Bytes;
use http::Response;
use tower::Service;

use crate::upstream::{Failure, Outbound, UpstreamClient};

/// A request on its way.
pub type Carrying = Pin<Box<dyn Future<Output = Result<Response<Bytes>, Failure>> + Send>>;

/// Carries requests to one upstream.
pub trait Carry: fmt::Debug + Send + Sync {
    /// Sends a request and reads the whole answer.
    fn carry(&self, outbound: Outbound) -> Carrying;

    /// Tokens that it sends, or sent a moment ago: the upstream's words may not tell them.
    fn tokens(&self) -> Vec<String> {
        Vec::new()
    }
}

impl Carry for UpstreamClient {
    fn carry(&self, outbound: Outbound) -> Carrying {
        // The client is always ready: its future is the call itself, and nothing is wrapped around it.
        Box::pin(self.clone().call(outbound))
    }

    fn tokens(&self) -> Vec<String> {
        Self::tokens(self)
    }
}
