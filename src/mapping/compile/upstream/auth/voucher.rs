//! What vouches for a request once its bytes are final: a signature over it, or a token.

use std::fmt;
use std::time::Duration;

use ring::hmac;

use super::text::{Text, What};
use crate::mapping::compile::upstream::Hidden;

/// Headers that are made of the final request, and what they need.
#[derive(Debug)]
pub(crate) struct Voucher {
    /// By lower-case name; one with an absent variable is left out.
    pub(crate) send: Vec<(Box<str>, Text)>,
    pub(crate) signature: Option<Signature>,
    pub(crate) grant: Option<Grant>,
}

/// A signature over parts of a request.
pub(crate) struct Signature {
    pub(crate) key: hmac::Key,
    /// What `{headers}` covers, by the names that are signed; in their order.
    pub(crate) covered: Vec<Box<str>>,
    pub(crate) parts: Vec<Text>,
    pub(crate) join: Box<str>,
    /// How far the time of a request may be off.
    pub(crate) window: Option<Duration>,
}

/// Where tokens come from.
#[derive(Debug)]
pub(crate) struct Grant {
    pub(crate) method: &'static str,
    /// Path and query behind the base URL.
    pub(crate) target: Hidden,
    pub(crate) form: Vec<(Box<str>, Hidden)>,
    /// How long a token lives that does not say so itself.
    pub(crate) lifetime: Option<Duration>,
    /// How long before its end a token is renewed.
    pub(crate) renew_before: Duration,
}

// === impl Signature ===

impl Signature {
    /// Tells whether a header, in lower case, is among what is signed.
    pub(crate) fn signs(&self, header: &str) -> bool {
        let named = self.parts.iter().flat_map(Text::whats);
        self.covered
            .iter()
            .any(|name| name.eq_ignore_ascii_case(header))
            || named
                .into_iter()
                .any(|what| matches!(what, What::Header(name) if name.eq_ignore_ascii_case(header)))
    }

    /// Gives the headers that are named as signed.
    pub(crate) fn named(&self) -> impl Iterator<Item = &str> {
        let of_parts = self.parts.iter().flat_map(Text::whats);
        let of_parts = of_parts.filter_map(|what| match what {
            What::Header(name) => Some(&**name),
            _ => None,
        });
        self.covered.iter().map(|name| &**name).chain(of_parts)
    }
}

impl fmt::Debug for Signature {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Signature")
            .field("covered", &self.covered)
            .field("parts", &self.parts)
            .finish_non_exhaustive()
    }
}
