//! Tokens: how one is asked for, and how the server role issues and knows them.

use std::fmt;
use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ring::hmac;

use crate::codec::form;
use crate::codec::form::percent::{self, Plus};
use crate::engine::exchange::received::equal;
use crate::engine::exchange::{Context, NativeResponse, ReceivedRequest, headers};
use crate::mapping::compile::upstream::{Grant, Renewed, Upstream};

/// How long an issued token lives where nobody says it.
const LIFETIME: Duration = Duration::from_secs(3_600);

/// The media type of a token request.
const FORM: &str = "application/x-www-form-urlencoded";

/// How a token is asked for. It holds credentials.
#[derive(Clone, PartialEq, Eq)]
pub struct TokenCall {
    /// The method.
    pub method: &'static str,
    /// Path and query, behind the upstream's base URL.
    pub target: String,
    /// Media type of the body.
    pub content_type: &'static str,
    /// The form.
    pub body: Vec<u8>,
    /// How long a token lives that does not say so itself.
    pub lifetime: Option<Duration>,
    /// How long before its end a token is renewed.
    pub renew_before: Duration,
}

impl fmt::Debug for TokenCall {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TokenCall")
            .field("method", &self.method)
            .field("lifetime", &self.lifetime)
            .field("renew_before", &self.renew_before)
            .finish_non_exhaustive()
    }
}

// === impl Upstream ===

impl Upstream {
    /// Gives the request for a token, if calls carry one.
    #[must_use]
    pub fn token_call(&self) -> Option<TokenCall> {
        let grant = self.credentials.voucher.as_ref()?.grant.as_ref()?;
        Some(TokenCall {
            method: grant.method,
            target: grant.target.shown().to_owned(),
            content_type: FORM,
            body: form_of(grant),
            lifetime: grant.lifetime,
            renew_before: grant.renew_before,
        })
    }

    /// Gives the headers that stand on every call, for the request for a token: what only a caller's call has is left
    /// out, and `request_id` is one of its own.
    #[must_use]
    pub fn token_headers(&self, request_id: &str, now_unix_ms: i64) -> Vec<(Box<str>, Vec<u8>)> {
        let context = Context {
            request_id,
            now_unix_ms,
            ..Context::default()
        };
        headers::of_every_call(self, &context)
    }

    /// Server role: answers a request for a token; `None` if it is none. The target is the one behind the base URL.
    /// A token is known by the sandbox that began at `start_unix_ms`, and by no other.
    #[must_use]
    pub fn issue(
        &self,
        request: &ReceivedRequest<'_>,
        now_unix_ms: i64,
        start_unix_ms: i64,
    ) -> Option<NativeResponse> {
        let grant = self.credentials.voucher.as_ref()?.grant.as_ref()?;
        if request.method != grant.method || !grant.target.is(request.target.as_bytes()) {
            return None;
        }
        let is_form = request.content_type.is_some_and(|media| {
            let media = media.split(';').next().unwrap_or("");
            media.trim().eq_ignore_ascii_case(FORM)
        });
        let given = is_form.then(|| pairs(request.body)).flatten();
        let Some(given) = given else {
            return Some(refused(400, "invalid_request"));
        };
        if let Some(error) = wrong(grant, &given) {
            return Some(error);
        }
        let lifetime = grant.lifetime.unwrap_or(LIFETIME);
        let millis = i64::try_from(lifetime.as_millis()).unwrap_or(i64::MAX);
        let token = token(grant, now_unix_ms.saturating_add(millis), start_unix_ms);
        let seconds = lifetime.as_secs();
        Some(json(
            200,
            format!(r#"{{"access_token":"{token}","token_type":"Bearer","expires_in":{seconds}}}"#),
        ))
    }
}

// === impl Renewed ===

impl Renewed {
    /// Gives the form of the request for a token.
    #[must_use]
    pub fn token_form(&self) -> Option<Vec<u8>> {
        let voucher = self.credentials.voucher.as_ref()?;
        voucher.grant.as_ref().map(form_of)
    }
}

/// What is wrong with a form, as RFC 6749 (section 5.2) says it; all fields are looked at.
fn wrong(grant: &Grant, given: &[(String, String)]) -> Option<NativeResponse> {
    let mut error = None;
    for (name, value) in &grant.form {
        let mut found = given.iter().filter(|(other, _)| *other == **name);
        let right = found
            .next()
            .is_some_and(|(_, given)| value.is(given.as_bytes()))
            && found.next().is_none();
        if !right {
            let found = match &**name {
                "grant_type" => refused(400, "unsupported_grant_type"),
                "scope" => refused(400, "invalid_scope"),
                _ => refused(401, "invalid_client"),
            };
            error.get_or_insert(found);
        }
    }
    error
}

/// Tells whether a token was issued and lives.
pub(super) fn is_issued(grant: &Grant, text: &[u8], now_unix_ms: i64, start_unix_ms: i64) -> bool {
    let end = std::str::from_utf8(text)
        .ok()
        .and_then(|text| text.split_once('.')?.0.parse::<i64>().ok());
    let Some(end) = end else { return false };
    let own = token(grant, end, start_unix_ms);
    equal(own.as_bytes(), text) & (end > now_unix_ms)
}

/// A token says when it ends; the rest proves that it was made here, so that none need be kept.
fn token(grant: &Grant, end_unix_ms: i64, start_unix_ms: i64) -> String {
    let key = hmac::Key::new(hmac::HMAC_SHA256, &form_of(grant));
    let proof = hmac::sign(&key, format!("{start_unix_ms}:{end_unix_ms}").as_bytes());
    format!("{end_unix_ms}.{}", URL_SAFE_NO_PAD.encode(proof))
}

fn form_of(grant: &Grant) -> Vec<u8> {
    let mut body = Vec::new();
    let mut form = form::Writer::new(&mut body);
    for (name, value) in &grant.form {
        form.pair(name.as_bytes(), value.shown().as_bytes());
    }
    body
}

fn pairs(body: &[u8]) -> Option<Vec<(String, String)>> {
    let text = std::str::from_utf8(body).ok()?;
    let pairs = text.split('&').filter(|pair| !pair.is_empty());
    pairs
        .map(|pair| {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            let name = percent::decode(name, Plus::Space).ok()?;
            let value = percent::decode(value, Plus::Space).ok()?;
            Some((name.into_owned(), value.into_owned()))
        })
        .collect()
}

fn refused(status: u16, error: &str) -> NativeResponse {
    json(status, format!(r#"{{"error":"{error}"}}"#))
}

fn json(status: u16, body: String) -> NativeResponse {
    NativeResponse {
        status,
        headers: vec![("cache-control".into(), b"no-store".to_vec())],
        content_type: Some("application/json".into()),
        body: body.into_bytes(),
        losses: Vec::new(),
    }
}
