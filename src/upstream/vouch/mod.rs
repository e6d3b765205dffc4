//! Puts on each request what vouches for it, as the last thing before its bytes leave.

mod token;
mod world;

use std::fmt;
use std::future::{Future, ready};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use bytes::Bytes;
use http::{HeaderName, HeaderValue, Request, Response, StatusCode};
use tower::Service;

use super::failure::{Failure, FailureKind};
use crate::engine::exchange::Signable;
use crate::mapping::compile::upstream::Upstream;

use token::Tokens;

pub(super) use token::LARGEST;
pub use world::{Process, World};

/// What vouches for requests to one upstream, and what that needs of the world.
#[derive(Debug, Clone)]
pub struct Vouching {
    /// The upstream, compiled.
    pub upstream: Arc<Upstream>,
    /// Time and chance.
    pub world: Arc<dyn World>,
}

/// Adds signature or token to each request for the inner service.
///
/// A token that the upstream answers 401 to is thrown away, and the request is sent once more with a new one: 401
/// says that it was not processed, so that this is safe for every method.
#[derive(Clone)]
pub struct Vouch<S> {
    inner: S,
    shared: Option<Arc<Shared<S>>>,
}

struct Shared<S> {
    vouching: Vouching,
    /// What the header `Host` says.
    host: String,
    tokens: Option<Arc<Tokens<S>>>,
}

/// An exchange under way.
pub type Sending = Pin<Box<dyn Future<Output = Result<Response<Bytes>, Failure>> + Send>>;

// === impl Vouch ===

impl<S> Vouch<S> {
    /// Wraps the service that sends requests; `tokens` sends those for tokens. `host` is what `Host` says.
    #[must_use]
    pub fn new(inner: S, host: &str, vouching: Option<Vouching>, tokens: S) -> Self {
        let vouching = vouching.filter(|vouching| vouching.upstream.vouches());
        let shared = vouching.map(|vouching| {
            let call = vouching.upstream.token_call();
            let tokens = call.map(|mut call| {
                let path = path_of(&vouching.upstream.base_url);
                call.target = [path, &call.target].concat();
                Arc::new(Tokens::new(tokens, call, &vouching))
            });
            Arc::new(Shared {
                vouching,
                host: host.to_owned(),
                tokens,
            })
        });
        Self { inner, shared }
    }

    /// Gives the tokens that are sent, or were a moment ago.
    pub(super) fn tokens(&self) -> Vec<String> {
        let shared = self.shared.as_ref();
        let tokens = shared.and_then(|shared| shared.tokens.as_ref());
        tokens.map_or_else(Vec::new, |tokens| tokens.known())
    }
}

impl<S> Service<Request<Bytes>> for Vouch<S>
where
    S: Service<Request<Bytes>, Response = Response<Bytes>, Error = Failure, Future = Sending>
        + Clone
        + Send
        + Sync
        + 'static,
{
    type Response = Response<Bytes>;
    type Error = Failure;
    /// The inner service's own box where there is no token to wait for.
    type Future = Sending;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), Failure>> {
        self.inner.poll_ready(cx)
    }

    fn call(&mut self, mut request: Request<Bytes>) -> Sending {
        let Some(shared) = &self.shared else {
            return self.inner.call(request);
        };
        match &shared.tokens {
            None => match shared.vouch(&mut request, None) {
                Ok(()) => self.inner.call(request),
                Err(failure) => Box::pin(ready(Err(failure))),
            },
            Some(tokens) => {
                let clone = self.inner.clone();
                let inner = std::mem::replace(&mut self.inner, clone);
                let (shared, tokens) = (Arc::clone(shared), Arc::clone(tokens));
                Box::pin(with_token(inner, shared, tokens, request))
            }
        }
    }
}

async fn with_token<S>(
    mut inner: S,
    shared: Arc<Shared<S>>,
    tokens: Arc<Tokens<S>>,
    request: Request<Bytes>,
) -> Result<Response<Bytes>, Failure>
where
    S: Service<Request<Bytes>, Response = Response<Bytes>, Error = Failure, Future = Sending>
        + Clone
        + Send
        + Sync
        + 'static,
{
    let token = tokens.get().await?;
    let mut first = request.clone();
    shared.vouch(&mut first, Some(token.text()))?;
    let response = inner.call(first).await?;
    if response.status() != StatusCode::UNAUTHORIZED {
        return Ok(response);
    }
    tokens.forget(&token);
    let token = tokens.get().await?;
    let mut second = request;
    shared.vouch(&mut second, Some(token.text()))?;
    let response = inner.call(second).await?;
    if response.status() == StatusCode::UNAUTHORIZED {
        tokens.forget(&token);
    }
    Ok(response)
}

impl<S> fmt::Debug for Vouch<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Vouch")
            .field("vouches", &self.shared.is_some())
            .finish_non_exhaustive()
    }
}

// === impl Shared ===

impl<S> Shared<S> {
    /// Adds the headers; those of the request that have the same names go.
    fn vouch(&self, request: &mut Request<Bytes>, token: Option<&str>) -> Result<(), Failure> {
        let headers: Vec<(&str, &[u8])> = request
            .headers()
            .iter()
            .map(|(name, value)| (name.as_str(), value.as_bytes()))
            .collect();
        let target = request.uri().path_and_query();
        let message = Signable {
            method: request.method().as_str(),
            host: &self.host,
            target: target.map_or("/", |target| target.as_str()),
            headers: &headers,
            body: request.body(),
        };
        let now = self.vouching.world.unix_ms();
        let made = self.vouching.upstream.vouch(&message, now, token);
        for (name, value) in made {
            let refused = Failure::not_sent(FailureKind::CredentialsRefused);
            let name = HeaderName::from_bytes(name.as_bytes()).map_err(|_| refused)?;
            let value = HeaderValue::from_maybe_shared(Bytes::from(value));
            let mut value = value.map_err(|_| refused)?;
            value.set_sensitive(true);
            request.headers_mut().insert(name, value);
        }
        Ok(())
    }
}

/// The path of a base URL, in front of every target.
fn path_of(base_url: &str) -> &str {
    let behind = base_url.split_once("://").map_or("", |(_, rest)| rest);
    behind
        .find('/')
        .and_then(|at| behind.get(at..))
        .unwrap_or("")
}
