//! Tokens that prove a caller: JWT (RFC 7519, and 8725 for what goes wrong with them).

use std::sync::{Arc, PoisonError, RwLock};

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Map, Value};

use super::jwk::{KeySet, KeySetFault};

/// Bytes of the longest token.
const LONGEST: usize = 8 << 10;

/// Types of tokens that are for callers; others of the same issuer and key are for something else.
const TYPES: [&str; 3] = ["jwt", "at+jwt", "application/at+jwt"];

/// What a token must say.
#[derive(Debug, Clone)]
pub struct TokenRules {
    /// Its `iss`.
    pub issuer: Box<str>,
    /// What its `aud` is or holds.
    pub audience: Box<str>,
    /// The claim that names the caller.
    pub claim: Box<str>,
    /// Seconds by which clocks may differ.
    pub leeway: i64,
}

/// Tokens of one issuer. Its keys may be exchanged.
#[derive(Debug)]
pub struct Tokens {
    rules: TokenRules,
    keys: RwLock<Arc<KeySet>>,
}

// === impl Tokens ===

impl Tokens {
    /// Reads the issuer's keys, a JWK set.
    ///
    /// # Errors
    /// What is wrong with them.
    pub fn new(rules: TokenRules, keys: &str) -> Result<Self, KeySetFault> {
        let keys = RwLock::new(Arc::new(KeySet::read(keys)?));
        Ok(Self { rules, keys })
    }

    /// Counts by these keys from here on.
    ///
    /// # Errors
    /// What is wrong with them: then those before go on.
    pub fn exchange(&self, keys: &str) -> Result<(), KeySetFault> {
        let keys = Arc::new(KeySet::read(keys)?);
        *self.keys.write().unwrap_or_else(PoisonError::into_inner) = keys;
        Ok(())
    }

    /// What a token calls its caller, if the token counts now.
    pub(super) fn subject(&self, token: &str, now_unix_s: i64) -> Option<String> {
        if token.len() > LONGEST {
            return None;
        }
        let (signed, signature) = token.rsplit_once('.')?;
        let (head, claims) = signed.split_once('.')?;
        let (head, signature) = (object(head)?, URL_SAFE_NO_PAD.decode(signature).ok()?);
        let keys = Arc::clone(&self.keys.read().unwrap_or_else(PoisonError::into_inner));
        let algorithm = head.get("alg")?.as_str()?;
        // A name that is no text names no key.
        let id = match head.get("kid") {
            Some(id) => Some(id.as_str()?),
            None => None,
        };
        let kind = head.get("typ").map(|kind| {
            let kind = kind.as_str().map(str::to_ascii_lowercase);
            kind.is_some_and(|kind| TYPES.contains(&&*kind))
        });
        // What must be understood (RFC 7515, 4.1.11) is not understood here.
        if kind == Some(false) || head.contains_key("crit") {
            return None;
        }
        if !keys.verifies(id, algorithm, signed.as_bytes(), &signature) {
            return None;
        }
        let claims = object(claims)?;
        self.counts(&claims, now_unix_s)
            .then(|| claims.get(&*self.rules.claim)?.as_str())?
            .map(str::to_owned)
    }

    /// Whether the token is of this issuer, for this gateway, and for now.
    fn counts(&self, claims: &Map<String, Value>, now: i64) -> bool {
        let TokenRules {
            issuer,
            audience,
            leeway,
            ..
        } = &self.rules;
        let is_for_us = match claims.get("aud") {
            Some(Value::String(one)) => **one == **audience,
            Some(Value::Array(several)) => several.iter().any(|one| one == &**audience),
            _ => false,
        };
        let is_begun = match claims.get("nbf") {
            Some(time) => seconds(time).is_some_and(|time| now.saturating_add(*leeway) >= time),
            None => true,
        };
        let ends = claims.get("exp").and_then(seconds);
        let is_over = ends.is_none_or(|time| now.saturating_sub(*leeway) >= time);
        claims.get("iss").is_some_and(|said| said == &**issuer) && is_for_us && is_begun && !is_over
    }
}

fn object(part: &str) -> Option<Map<String, Value>> {
    let text = URL_SAFE_NO_PAD.decode(part).ok()?;
    match serde_json::from_slice(&text).ok()? {
        Value::Object(object) => Some(object),
        _ => None,
    }
}

/// Whole seconds of a time, which may have a part behind the point.
fn seconds(time: &Value) -> Option<i64> {
    let text = time.as_number()?.to_string();
    text.split('.').next()?.parse().ok()
}
