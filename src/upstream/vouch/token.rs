//! Tokens: one at a time, renewed before its end, asked for once however many calls wait for it.

use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use bytes::Bytes;
use http::header::{ACCEPT, CONTENT_ENCODING, CONTENT_TYPE};
use http::{HeaderName, HeaderValue, Method, Request, Response, StatusCode, Uri};
use secrecy::{ExposeSecret, SecretString};
use tokio::sync::watch;
use tokio::time::Instant;
use tower::Service;

use super::secrets::Secrets;
use super::world::World;
use super::{Sending, Vouching};
use crate::codec;
use crate::codec::json::tape::Tape;
use crate::engine::exchange::TokenCall;
use crate::mapping::compile::upstream::{Renewed, Upstream};
use crate::upstream::failure::{Failure, FailureKind};

/// Bytes of a token's answer.
pub(in crate::upstream) const LARGEST: usize = 64 << 10;

/// Bytes of a token; heads of requests are no larger.
const LONGEST: usize = 16 << 10;

/// The longest that a token is trusted to live, whatever its answer says.
const DAY: Duration = Duration::from_secs(24 * 60 * 60);

/// How long after a failure nobody asks again: calls fail at once then, and the endpoint is left alone.
const PAUSE: Duration = Duration::from_secs(1);

/// A token.
pub(super) struct Token {
    text: SecretString,
    /// From then on a new one is asked for, while this one still serves.
    renew: Instant,
    end: Instant,
}

/// The token of one upstream.
pub(super) struct Tokens<S> {
    service: S,
    call: TokenCall,
    upstream: Arc<Upstream>,
    world: Arc<dyn World>,
    secrets: Arc<Secrets>,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    token: Option<Arc<Token>>,
    /// The one before it, which may still be spoken of.
    former: Option<Arc<Token>>,
    /// The request for a token that is under way.
    flight: Option<watch::Receiver<Option<Landed>>>,
    /// The last failure, and until when it counts.
    pause: Option<(Instant, Failure)>,
    /// The upstream refused a token: the secrets may be others by now.
    is_doubtful: bool,
}

/// What a request for a token came to.
type Landed = Result<Arc<Token>, Failure>;

// === impl Token ===

impl Token {
    /// Gives the token itself, to be sent and nothing else.
    pub(super) fn text(&self) -> &str {
        self.text.expose_secret()
    }
}

// === impl Tokens ===

impl<S> Tokens<S> {
    pub(super) fn new(
        service: S,
        call: TokenCall,
        vouching: &Vouching,
        secrets: Arc<Secrets>,
    ) -> Self {
        Self {
            service,
            call,
            upstream: Arc::clone(&vouching.upstream),
            world: Arc::clone(&vouching.world),
            secrets,
            state: Mutex::default(),
        }
    }

    /// Throws a token away that the upstream no longer takes.
    pub(super) fn forget(&self, token: &Arc<Token>) {
        let mut state = self.lock();
        // Another call may have got a new one meanwhile.
        if state
            .token
            .as_ref()
            .is_some_and(|own| Arc::ptr_eq(own, token))
        {
            state.former = state.token.take();
            state.is_doubtful = true;
        }
    }

    /// The token and the one before it.
    pub(super) fn known(&self) -> Vec<String> {
        let state = self.lock();
        let tokens = state.token.iter().chain(&state.former);
        tokens.map(|token| token.text().to_owned()).collect()
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<S> Tokens<S>
where
    S: Service<Request<Bytes>, Response = Response<Bytes>, Error = Failure, Future = Sending>
        + Clone
        + Send
        + Sync
        + 'static,
{
    /// Gives a token that lives, the one at hand or a new one.
    ///
    /// # Errors
    /// That there is none, of which the upstream never heard.
    pub(super) async fn get(self: &Arc<Self>) -> Landed {
        let mut flight = {
            let mut state = self.lock();
            let now = Instant::now();
            let paused = state.pause.filter(|(until, _)| now < *until);
            let token = state.token.clone().filter(|token| now < token.end);
            match (token, paused) {
                (Some(token), paused) => {
                    if token.renew <= now && paused.is_none() {
                        self.flight(&mut state);
                    }
                    return Ok(token);
                }
                (None, Some((_, failure))) => return Err(failure),
                (None, None) => self.flight(&mut state),
            }
        };
        let landed = flight.wait_for(Option::is_some).await;
        let landed = landed.ok().and_then(|landed| landed.clone());
        landed.unwrap_or(Err(Failure::not_sent(FailureKind::CredentialsUnavailable)))
    }

    /// Joins the request that is under way, or begins one. It runs by itself, so that no call that gives up ends it.
    fn flight(self: &Arc<Self>, state: &mut State) -> watch::Receiver<Option<Landed>> {
        let under_way = state.flight.as_ref();
        // One that ended without a word is none.
        if let Some(flight) = under_way.filter(|flight| flight.has_changed().is_ok()) {
            return flight.clone();
        }
        let (sender, receiver) = watch::channel(None);
        state.flight = Some(receiver.clone());
        let tokens = Arc::clone(self);
        tokio::spawn(async move {
            let landed = tokens.fetch().await.map(Arc::new);
            let mut state = tokens.lock();
            state.flight = None;
            match &landed {
                Ok(token) => {
                    state.token = Some(Arc::clone(token));
                    state.pause = None;
                }
                // A token that still lives is kept.
                Err(failure) => {
                    let until = Instant::now().checked_add(PAUSE);
                    state.pause = until.map(|until| (until, *failure));
                }
            }
            drop(state);
            sender.send_replace(Some(landed));
        });
        receiver
    }

    /// Asks for a token. Where the upstream refused something, the secrets are read again, once for each time.
    async fn fetch(&self) -> Result<Token, Failure> {
        let is_doubtful = std::mem::take(&mut self.lock().is_doubtful);
        let mut used = self.secrets.now();
        if is_doubtful && self.secrets.again(used.as_ref()).await {
            used = self.secrets.now();
        }
        let first = self.ask(used.as_deref()).await;
        let is_refused = first.as_ref().is_err_and(|failure| {
            [FailureKind::CredentialsRefused, FailureKind::TlsFailed].contains(&failure.kind)
        });
        if is_refused && !is_doubtful && self.secrets.again(used.as_ref()).await {
            return self.ask(self.secrets.now().as_deref()).await;
        }
        first
    }

    async fn ask(&self, renewed: Option<&Renewed>) -> Result<Token, Failure> {
        let unavailable = Failure::not_sent(FailureKind::CredentialsUnavailable);
        let refused = Failure::not_sent(FailureKind::CredentialsRefused);
        let unusable = Failure::not_sent(FailureKind::CredentialsUnusable);
        let request = self.request(renewed).ok_or(refused)?;
        let response = self.service.clone().call(request).await;
        let response = response.map_err(|failure| match failure.kind {
            // What the operator must mend is told as it is; the call itself was not sent in any case.
            FailureKind::TlsFailed => Failure::not_sent(FailureKind::TlsFailed),
            _ => unavailable,
        })?;
        let status = response.status();
        if status == StatusCode::OK {
            return self.token(&response).ok_or(unusable);
        }
        let later = [
            StatusCode::REQUEST_TIMEOUT,
            StatusCode::TOO_EARLY,
            StatusCode::TOO_MANY_REQUESTS,
        ];
        if status.is_server_error() || later.contains(&status) {
            return Err(unavailable);
        }
        Err(if status.is_client_error() {
            refused
        } else {
            unusable
        })
    }

    fn request(&self, renewed: Option<&Renewed>) -> Option<Request<Bytes>> {
        let form = renewed.and_then(Renewed::token_form);
        let form = form.unwrap_or_else(|| self.call.body.clone());
        let mut request = Request::new(Bytes::from(form));
        *request.method_mut() = Method::from_bytes(self.call.method.as_bytes()).ok()?;
        *request.uri_mut() = Uri::try_from(&self.call.target).ok()?;
        let id = self.id();
        let own = self.upstream.token_headers(&id, self.world.unix_ms());
        let headers = request.headers_mut();
        for (name, value) in own {
            let name = HeaderName::from_bytes(name.as_bytes()).ok()?;
            headers.insert(name, HeaderValue::from_bytes(&value).ok()?);
        }
        headers.insert(
            CONTENT_TYPE,
            HeaderValue::from_static(self.call.content_type),
        );
        headers.insert(ACCEPT, HeaderValue::from_static("application/json"));
        Some(request)
    }

    /// An id of its own for the request: no caller's call is behind it.
    fn id(&self) -> String {
        let bytes = (0..16).map(|_| self.world.chance());
        bytes.map(|byte| format!("{byte:02x}")).collect()
    }

    /// Reads the answer of RFC 6749, section 5.1; `None` if it is none.
    fn token(&self, response: &Response<Bytes>) -> Option<Token> {
        let headers = response.headers();
        let media = headers.get(CONTENT_TYPE)?.to_str().ok()?;
        let media = media.split(';').next().unwrap_or("").trim();
        let is_json = media.eq_ignore_ascii_case("application/json");
        if !is_json || headers.contains_key(CONTENT_ENCODING) {
            return None;
        }
        let body = Some(response.body()).filter(|body| body.len() <= LARGEST)?;
        let text = std::str::from_utf8(body).ok()?;
        let mut tape = Tape::default();
        let root = tape.parse(text, &codec::Limits::default()).ok()?;
        let token = root.get("access_token")?.as_str()?;
        // One of a type that is not known must not be used (RFC 6749, section 7.1).
        let is_known = |kind: &str| kind.eq_ignore_ascii_case("bearer");
        if let Some(kind) = root.get("token_type")
            && !kind.as_str().is_some_and(is_known)
        {
            return None;
        }
        // It goes into a header as it is.
        if token.is_empty()
            || token.len() > LONGEST
            || !token.bytes().all(|byte| byte.is_ascii_graphic())
        {
            return None;
        }
        let told = root.get("expires_in").and_then(|seconds| {
            let text = seconds.as_str().or_else(|| seconds.lexeme())?;
            let digits = text.bytes().all(|byte| byte.is_ascii_digit());
            Some(text).filter(|_| digits)?.parse().ok()
        });
        let life = told.map(Duration::from_secs).or(self.call.lifetime);
        let life = life.unwrap_or(DAY).min(DAY);
        let now = Instant::now();
        Some(Token {
            text: SecretString::from(token),
            renew: now.checked_add(life.saturating_sub(self.margin(life)))?,
            end: now.checked_add(life)?,
        })
    }

    /// How long before its end a token is renewed: what is declared and up to a quarter more, at most half its life.
    fn margin(&self, life: Duration) -> Duration {
        let declared = self.call.renew_before;
        let some = declared.saturating_mul(u32::from(self.world.chance()));
        let more = some.checked_div(1_024).unwrap_or_default();
        let half = life.checked_div(2).unwrap_or_default();
        declared.saturating_add(more).min(half)
    }
}

impl<S> fmt::Debug for Tokens<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Tokens")
            .field("call", &self.call)
            .finish_non_exhaustive()
    }
}
