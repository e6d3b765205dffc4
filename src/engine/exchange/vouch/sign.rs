//! Puts on a request what vouches for it.

use std::fmt;

use super::scene::Scene;
use crate::mapping::compile::upstream::{Credentials, Renewed, Upstream};

/// Headers by lower-case name, in the order of writing. They hold credentials.
pub type Vouched = Vec<(Box<str>, Vec<u8>)>;

/// A request whose bytes are final.
#[derive(Clone, Copy)]
pub struct Signable<'a> {
    /// The method.
    pub method: &'a str,
    /// What the header `Host` says.
    pub host: &'a str,
    /// Path and query as they stand on the wire, that of the base URL in front.
    pub target: &'a str,
    /// The headers; names in any case.
    pub headers: &'a [(&'a str, &'a [u8])],
    /// The body; empty for none.
    pub body: &'a [u8],
}

// === impl Signable ===

impl<'a> Signable<'a> {
    pub(super) fn path(&self) -> &'a str {
        self.target
            .split_once('?')
            .map_or(self.target, |(path, _)| path)
    }

    pub(super) fn query(&self) -> &'a str {
        self.target.split_once('?').map_or("", |(_, query)| query)
    }
}

/// Nothing of it: target, headers and body are the caller's or secret.
impl fmt::Debug for Signable<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Signable")
            .field("method", &self.method)
            .field("headers", &self.headers.len())
            .field("body", &self.body.len())
            .finish_non_exhaustive()
    }
}

// === impl Upstream ===

impl Upstream {
    /// Tells whether requests need headers that are made when their bytes are final.
    #[must_use]
    pub fn vouches(&self) -> bool {
        self.credentials.voucher.is_some()
    }

    /// Makes the headers that vouch for a request: a signature over it as it is now, or the token. A header with a
    /// variable that is absent is left out.
    #[must_use]
    pub fn vouch(&self, message: &Signable<'_>, now_unix_ms: i64, token: Option<&str>) -> Vouched {
        vouch(&self.credentials, message, now_unix_ms, token)
    }
}

// === impl Renewed ===

impl Renewed {
    /// Makes the headers that vouch for a request, as [`Upstream::vouch`] does with the secrets of the start.
    #[must_use]
    pub fn vouch(&self, message: &Signable<'_>, now_unix_ms: i64, token: Option<&str>) -> Vouched {
        vouch(&self.credentials, message, now_unix_ms, token)
    }
}

fn vouch(
    credentials: &Credentials,
    message: &Signable<'_>,
    now_unix_ms: i64,
    token: Option<&str>,
) -> Vouched {
    let Some(voucher) = &credentials.voucher else {
        return Vouched::new();
    };
    let mut scene = Scene::new(message, now_unix_ms);
    scene.token = token;
    let (late, early): (Vec<_>, Vec<_>) = voucher
        .send
        .iter()
        .partition(|(_, text)| text.needs_parts());
    for (name, text) in early {
        if let Some(value) = scene.fill(text) {
            scene.made.push((name.clone(), value));
        }
    }
    if let Some(signature) = &voucher.signature {
        scene.sign(signature);
    }
    for (name, text) in late {
        if let Some(value) = scene.fill(text) {
            scene.made.push((name.clone(), value));
        }
    }
    scene.made
}
