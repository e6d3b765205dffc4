//! `auth:` of an upstream or a sandbox.

use std::fmt;
use std::time::Duration;

use super::{Algorithm, Encoding, Named, Scheme, Text};
use crate::diag::{Span, Spanned};
use crate::mapping::syntax::{Call, Template};

/// How calls prove who they come from.
#[derive(Clone, PartialEq, Eq)]
pub struct Auth {
    /// Place of `auth`.
    pub key: Span,
    /// The scheme.
    pub scheme: Spanned<Scheme>,
    /// Of `basic`.
    pub username: Option<Template>,
    /// Of `basic`.
    pub password: Option<Template>,
    /// Headers with their values.
    pub send: Vec<Named<Template>>,
    /// The token request of `oauth2`.
    pub call: Option<Call>,
    /// The form of the token request.
    pub form: Vec<Named<Template>>,
    /// How long a token lives that does not say so itself.
    pub lifetime: Option<Spanned<Duration>>,
    /// How long before its end a token is renewed.
    pub renew_before: Option<Spanned<Duration>>,
    /// How far the signed time may be off.
    pub window: Option<Spanned<Duration>>,
    /// How the signature is made.
    pub algorithm: Option<Spanned<Algorithm>>,
    /// The key of the signature.
    pub signing_key: Option<AuthKey>,
    /// What `{headers}` covers.
    pub headers: Vec<Text>,
    /// What is signed.
    pub parts: Vec<Template>,
    /// What stands between the parts.
    pub join: Option<Text>,
    /// The client certificate of TLS with its chain, in PEM.
    pub certificate: Option<Template>,
    /// Its key, in PEM.
    pub private_key: Option<Template>,
}

/// The key of a signature.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AuthKey {
    /// The setting that holds it, by name.
    pub from: Text,
    /// How the setting writes it; left out: as text.
    pub encoding: Option<Spanned<Encoding>>,
}

/// The scheme alone: an operator's own texts may stand in all else.
impl fmt::Debug for Auth {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Auth")
            .field("scheme", &self.scheme)
            .finish_non_exhaustive()
    }
}
