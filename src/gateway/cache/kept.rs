//! One kept answer, and what is answered with it.

use std::fmt;
use std::time::Duration;

use bytes::Bytes;
use http::header::{AGE, CACHE_CONTROL, CONTENT_TYPE, ETAG, VARY};
use http::{HeaderMap, HeaderValue, Response, StatusCode};
use http_body_util::Full;
use tokio::time::Instant;

use super::control::Allowance;
use crate::gateway::etag;
use crate::telemetry::HeldByCache;

/// What an answer takes beside its bytes: its key, its headers' table, the entry, and the cache's own books.
const OVERHEAD: usize = 1_024;

/// What of a request a caller's own cache has to tell apart (RFC 9110, 12.5.5).
const VARIES: HeaderValue =
    HeaderValue::from_static("authorization, interlingua-caller, interlingua-upstream, prefer");

/// An answer that is given again.
pub(in crate::gateway) struct Kept {
    headers: HeaderMap,
    body: Bytes,
    /// When the upstream was asked for it.
    asked: Instant,
    allowance: Allowance,
    /// What had changed by then.
    pub(super) stamp: u64,
    weight: u32,
    _held: HeldByCache,
}

/// An answer that is to be kept.
pub(super) struct Fresh {
    pub(super) headers: HeaderMap,
    pub(super) body: Bytes,
    pub(super) asked: Instant,
    pub(super) allowance: Allowance,
    pub(super) stamp: u64,
    /// Whether callers' own caches may use it, too: what was posted is of no use to them.
    pub(super) is_got: bool,
}

// === impl Kept ===

impl Kept {
    pub(super) fn new(fresh: Fresh, held: impl FnOnce(u32) -> HeldByCache) -> Self {
        let Fresh {
            mut headers,
            body,
            asked,
            allowance,
            stamp,
            is_got,
        } = fresh;
        if is_got {
            let seconds = allowance.lifetime.as_secs().saturating_add(allowance.age);
            let told = ["private, max-age=", &seconds.to_string()].concat();
            if let Ok(told) = HeaderValue::try_from(told) {
                headers.insert(CACHE_CONTROL, told);
            }
            headers.insert(VARY, VARIES);
        }
        let values = headers.values().map(HeaderValue::len);
        let bytes = values.fold(OVERHEAD, usize::saturating_add);
        let bytes = bytes.saturating_add(body.len());
        let weight = u32::try_from(bytes).unwrap_or(u32::MAX);
        Self {
            headers,
            // A buffer may have more room than it needs: what is weighed is what is held.
            body: Bytes::copy_from_slice(&body),
            asked,
            allowance,
            stamp,
            weight,
            _held: held(weight),
        }
    }

    /// Bytes that it takes.
    pub(in crate::gateway) const fn weight(&self) -> u32 {
        self.weight
    }

    /// How old it is, from when the upstream made it.
    pub(super) fn age(&self, now: Instant) -> Duration {
        let here = now.saturating_duration_since(self.asked);
        here.saturating_add(Duration::from_secs(self.allowance.age))
    }

    /// How much longer it is fresh.
    pub(super) fn left(&self, now: Instant) -> Duration {
        let here = now.saturating_duration_since(self.asked);
        self.allowance.lifetime.saturating_sub(here)
    }

    /// The answer to somebody who may know it already.
    pub(in crate::gateway) fn respond(
        &self,
        if_none_match: Option<&str>,
        now: Instant,
    ) -> Response<Full<Bytes>> {
        let mut headers = self.headers.clone();
        let age = self.age(now).as_secs();
        if age > 0 {
            headers.insert(AGE, HeaderValue::from(age));
        }
        conditional(headers, self.body.clone(), if_none_match)
    }
}

impl fmt::Debug for Kept {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Kept")
            .field("weight", &self.weight)
            .finish()
    }
}

/// An answer, or 304 where the caller has it (RFC 9110, 13.1.2).
pub(in crate::gateway) fn conditional(
    mut headers: HeaderMap,
    mut body: Bytes,
    if_none_match: Option<&str>,
) -> Response<Full<Bytes>> {
    let tag = headers.get(ETAG).and_then(|tag| tag.to_str().ok());
    let is_known = if_none_match
        .zip(tag)
        .is_some_and(|(condition, tag)| etag::matches_weakly(condition, tag));
    if is_known {
        headers.remove(CONTENT_TYPE);
        body = Bytes::new();
    }
    let mut response = Response::new(Full::new(body));
    if is_known {
        *response.status_mut() = StatusCode::NOT_MODIFIED;
    }
    *response.headers_mut() = headers;
    response
}
