//! Who may call, and what.
//!
//! A caller is proved by a key, a token or a client certificate, in that order: what a request says counts before what its
//! connection says, and a proof that does not hold is not mended by another. A stranger is told one thing whatever the
//! cause (abuse case 34): how far its proof came is nobody's to know.

mod jwk;
mod key;
mod layer;
mod tokens;

use std::sync::Arc;

use http::HeaderMap;
use http::header::AUTHORIZATION;

use super::listener::PeerIdentity;
use super::operation::Operation;
use super::problem::{Code, Problem, Refusal};
use crate::config::{KeyHash, KnownCaller, Permitted};
use crate::engine::exchange::equal;

pub use jwk::KeySetFault;
pub use key::FreshKey;
pub(super) use layer::CallersLayer;
pub use tokens::{TokenRules, Tokens};

/// The scheme of keys and tokens (RFC 6750).
const SCHEME: &str = "bearer";

/// Those who may call.
#[derive(Debug)]
pub struct Callers {
    known: Vec<KnownCaller>,
    tokens: Option<Arc<Tokens>>,
}

/// A caller by its position among those that are known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct CallerIndex(pub(super) usize);

/// What a request shows of its caller.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Shown<'r> {
    Key(&'r str),
    Token(&'r str),
    /// Something that proves nobody here.
    Other,
    Nothing,
}

// === impl Callers ===

impl Callers {
    /// Those who may call, and whose tokens count.
    #[must_use]
    pub const fn new(known: Vec<KnownCaller>, tokens: Option<Arc<Tokens>>) -> Self {
        Self { known, tokens }
    }

    pub(super) fn known(&self) -> &[KnownCaller] {
        &self.known
    }

    /// The caller that a request and its connection prove.
    fn recognise(
        &self,
        headers: &HeaderMap,
        identity: Option<&PeerIdentity>,
        now_unix_s: i64,
    ) -> Option<CallerIndex> {
        let position = match Shown::of(headers) {
            Shown::Key(key) => self.by_key(key),
            Shown::Token(token) => {
                let name = self.tokens.as_ref()?.subject(token, now_unix_s)?;
                self.position(|caller| caller.subjects.contains(&name))
            }
            Shown::Other => None,
            Shown::Nothing => {
                let identity = identity?;
                self.position(|caller| caller.certificates.iter().any(|name| is(identity, name)))
            }
        };
        position.map(CallerIndex)
    }

    /// Compares with every hash there is, in the same time whichever fits.
    fn by_key(&self, key: &str) -> Option<usize> {
        let shown = key::hash(key)?;
        let mut found = None;
        for (position, caller) in self.known.iter().enumerate() {
            for hash in &caller.keys {
                if equal(&hash.0, &shown.0) {
                    found = Some(position);
                }
            }
        }
        found
    }

    fn position(&self, fits: impl Fn(&KnownCaller) -> bool) -> Option<usize> {
        self.known.iter().position(fits)
    }
}

// === impl Shown ===

impl<'r> Shown<'r> {
    fn of(headers: &'r HeaderMap) -> Self {
        let mut values = headers.get_all(AUTHORIZATION).iter();
        let Some(value) = values.next() else {
            return Self::Nothing;
        };
        let text = value.to_str().ok().filter(|_| values.next().is_none());
        let split = text.and_then(|text| text.split_once(' '));
        match split.map(|(scheme, rest)| (scheme, rest.trim_matches(' '))) {
            Some((scheme, token)) if scheme.eq_ignore_ascii_case(SCHEME) => {
                // No key has a dot, and every token two.
                if token.contains('.') {
                    Self::Token(token)
                } else {
                    Self::Key(token)
                }
            }
            _ => Self::Other,
        }
    }
}

/// Whether a certificate bears a name: a URI byte by byte, a DNS name whatever its case.
fn is(identity: &PeerIdentity, name: &str) -> bool {
    if name.contains("://") {
        identity.uris().any(|uri| uri == name)
    } else {
        identity
            .dns_names()
            .any(|dns| dns.eq_ignore_ascii_case(name))
    }
}

/// Whether a caller may use an upstream; where nobody is named, anybody may.
pub(super) fn may_use(caller: Option<&KnownCaller>, upstream: &str) -> bool {
    let permitted = caller.and_then(|caller| caller.upstreams.as_ref());
    permitted.is_none_or(|names| names.iter().any(|name| name == upstream))
}

/// Whether a caller may call an operation.
pub(super) fn may_call(caller: &KnownCaller, operation: &Operation) -> bool {
    let Some(permitted) = &caller.operations else {
        return true;
    };
    permitted.iter().any(|permitted| match permitted {
        Permitted::Reads => operation.is_read,
        Permitted::Writes => !operation.is_read,
        Permitted::Operation(id) => **id == *operation.id,
    })
}

/// The one answer to whoever is not known.
#[cold]
fn stranger() -> Refusal {
    let detail = "The call bears no proof of a caller that is known here.";
    let mut problem = Problem::new(Code::Unauthenticated, detail);
    problem.is_challenge = true;
    Box::new(problem)
}

/// The answer to a caller that may not do this.
#[cold]
pub(super) fn forbidden(detail: &'static str) -> Refusal {
    Box::new(Problem::new(Code::Forbidden, detail))
}
