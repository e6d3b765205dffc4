//! Puts on each request what vouches for it, as the last thing before its bytes leave.

mod secrets;
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

use super::failure::{Failure, FailureKind, Sent};
use crate::engine::exchange::Signable;
use crate::mapping::compile::upstream::{Renewed, Upstream};

use secrets::Secrets;
use token::{Token, Tokens};

pub(super) use secrets::Shows;
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
/// A token that the upstream answers 401 to is thrown away, and secrets in files are read again; the request is sent
/// once more if the token or a secret is another one now. 401 says that it was not processed, so that this is safe for
/// every method; so does TLS that did not come about.
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
    secrets: Arc<Secrets>,
    /// Secrets may be others later.
    is_renewable: bool,
}

/// What an upstream did not take.
#[derive(Clone, Copy)]
enum Refused {
    Nothing,
    /// The call, which it did not process.
    Call,
    /// The client certificate, before the call was sent.
    Connection,
    /// The client certificate, or nothing: the call may have been sent.
    Perhaps,
}

/// Nothing that could be sent can be made of the secrets.
const REFUSED: Failure = Failure::not_sent(FailureKind::CredentialsRefused);

/// An exchange under way.
pub type Sending = Pin<Box<dyn Future<Output = Result<Response<Bytes>, Failure>> + Send>>;

// === impl Vouch ===

impl<S> Vouch<S> {
    /// Wraps the service that sends requests; `tokens` sends those for tokens. `host` is what `Host` says.
    #[must_use]
    pub fn new(inner: S, host: &str, vouching: Option<Vouching>, tokens: S) -> Self {
        Self::showing(inner, host, vouching, tokens, None)
    }

    /// The same over TLS, where `shows` shows another client certificate from then on.
    pub(super) fn showing(
        inner: S,
        host: &str,
        vouching: Option<Vouching>,
        tokens: S,
        shows: Option<Shows>,
    ) -> Self {
        let vouching =
            vouching.filter(|vouching| vouching.upstream.vouches() || vouching.world.has_secrets());
        let shared = vouching.map(|vouching| {
            let secrets = Arc::new(Secrets::new(vouching.clone(), shows));
            let call = vouching.upstream.token_call();
            let tokens = call.map(|mut call| {
                let path = path_of(&vouching.upstream.base_url);
                call.target = [path, &call.target].concat();
                Arc::new(Tokens::new(tokens, call, &vouching, Arc::clone(&secrets)))
            });
            Arc::new(Shared {
                is_renewable: vouching.world.has_secrets(),
                secrets,
                vouching,
                host: host.to_owned(),
                tokens,
            })
        });
        Self { inner, shared }
    }

    /// Gives the tokens that are sent, or were a moment ago, and secrets that came later than the upstream's own.
    pub(super) fn tokens(&self) -> Vec<String> {
        let Some(shared) = &self.shared else {
            return Vec::new();
        };
        let tokens = shared.tokens.iter().flat_map(|tokens| tokens.known());
        tokens.chain(shared.secrets.known()).collect()
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
            None if !shared.is_renewable => match shared.vouch(&mut request, None, None) {
                Ok(()) => self.inner.call(request),
                Err(failure) => Box::pin(ready(Err(failure))),
            },
            tokens => {
                let clone = self.inner.clone();
                let inner = std::mem::replace(&mut self.inner, clone);
                let (shared, tokens) = (Arc::clone(shared), tokens.clone());
                Box::pin(proved(inner, shared, tokens, request))
            }
        }
    }
}

/// Sends a request with the token and the secrets that count, and once more where these were refused and others are there.
async fn proved<S>(
    mut inner: S,
    shared: Arc<Shared<S>>,
    tokens: Option<Arc<Tokens<S>>>,
    request: Request<Bytes>,
) -> Result<Response<Bytes>, Failure>
where
    S: Service<Request<Bytes>, Response = Response<Bytes>, Error = Failure, Future = Sending>
        + Clone
        + Send
        + Sync
        + 'static,
{
    let token = token_of(tokens.as_ref()).await?;
    let used = shared.secrets.now();
    let mut first = request.clone();
    let text = token.as_deref().map(Token::text);
    shared.vouch(&mut first, used.as_deref(), text)?;
    let answered = inner.call(first).await;
    let refused = shared.refused(&answered);
    let is_other = match (refused, &tokens, &token) {
        (Refused::Nothing, ..) => false,
        // What became of the request is unknown: only the next one may have another certificate.
        (Refused::Perhaps, ..) => {
            shared.secrets.again(used.as_ref()).await;
            false
        }
        // Who asks for the next token reads the secrets again.
        (Refused::Call, Some(tokens), Some(token)) => {
            tokens.forget(token);
            true
        }
        (Refused::Call | Refused::Connection, ..) => shared.secrets.again(used.as_ref()).await,
    };
    if !is_other {
        return answered;
    }
    let token = token_of(tokens.as_ref()).await?;
    let mut second = request;
    let text = token.as_deref().map(Token::text);
    shared.vouch(&mut second, shared.secrets.now().as_deref(), text)?;
    let answered = inner.call(second).await;
    if let (Refused::Call, Some(tokens), Some(token)) = (shared.refused(&answered), &tokens, &token)
    {
        tokens.forget(token);
    }
    answered
}

async fn token_of<S>(tokens: Option<&Arc<Tokens<S>>>) -> Result<Option<Arc<Token>>, Failure>
where
    S: Service<Request<Bytes>, Response = Response<Bytes>, Error = Failure, Future = Sending>
        + Clone
        + Send
        + Sync
        + 'static,
{
    match tokens {
        Some(tokens) => tokens.get().await.map(Some),
        None => Ok(None),
    }
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
    /// Tells what was refused.
    fn refused(&self, answered: &Result<Response<Bytes>, Failure>) -> Refused {
        match answered {
            Ok(response) if response.status() == StatusCode::UNAUTHORIZED => Refused::Call,
            Err(failure) if self.is_renewable && self.secrets.has_identity() => {
                match failure.kind {
                    FailureKind::TlsFailed if failure.sent == Sent::NotSent => Refused::Connection,
                    // Since TLS 1.3 a certificate is refused when the request is on its way already.
                    FailureKind::TlsFailed | FailureKind::Dropped | FailureKind::BadHttp => {
                        Refused::Perhaps
                    }
                    _ => Refused::Nothing,
                }
            }
            _ => Refused::Nothing,
        }
    }

    /// Adds the headers; those of the request that have the same names go.
    fn vouch(
        &self,
        request: &mut Request<Bytes>,
        renewed: Option<&Renewed>,
        token: Option<&str>,
    ) -> Result<(), Failure> {
        if let Some(renewed) = renewed {
            replace(request, renewed)?;
        }
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
        let made = match renewed {
            Some(renewed) => renewed.vouch(&message, now, token),
            None => self.vouching.upstream.vouch(&message, now, token),
        };
        for (name, value) in made {
            let name = HeaderName::from_bytes(name.as_bytes()).map_err(|_| REFUSED)?;
            request
                .headers_mut()
                .insert(name, sensitive(Bytes::from(value))?);
        }
        Ok(())
    }
}

/// Puts the secrets that count where those of the start stand.
fn replace(request: &mut Request<Bytes>, renewed: &Renewed) -> Result<(), Failure> {
    for (name, value) in request.headers_mut() {
        if let Some(other) = renewed.header(name.as_str(), value.as_bytes()) {
            *value = sensitive(Bytes::from(other))?;
        }
    }
    Ok(())
}

fn sensitive(value: Bytes) -> Result<HeaderValue, Failure> {
    let mut value = HeaderValue::from_maybe_shared(value).map_err(|_| REFUSED)?;
    value.set_sensitive(true);
    Ok(value)
}

/// The path of a base URL, in front of every target.
fn path_of(base_url: &str) -> &str {
    let behind = base_url.split_once("://").map_or("", |(_, rest)| rest);
    behind
        .find('/')
        .and_then(|at| behind.get(at..))
        .unwrap_or("")
}
