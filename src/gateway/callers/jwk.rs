//! Public keys of an issuer of tokens: a JWK set (RFC 7517), of which each key fixes its one algorithm.

use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ring::signature::{
    ECDSA_P256_SHA256_FIXED, ED25519, RSA_PKCS1_2048_8192_SHA256, RsaPublicKeyComponents,
    UnparsedPublicKey,
};
use serde_json::Value;

/// Keys of the largest set.
const MOST_KEYS: usize = 64;

/// Bytes of the smallest and the largest modulus: 2048 and 8192 bits.
const MODULUS: std::ops::RangeInclusive<usize> = 256..=1_024;

/// The keys of a set that sign tokens.
pub(super) struct KeySet(Vec<Key>);

/// One key.
struct Key {
    id: Option<Box<str>>,
    kind: Kind,
}

enum Kind {
    Rs256 { n: Box<[u8]>, e: Box<[u8]> },
    Es256(Box<[u8]>),
    EdDsa(Box<[u8]>),
}

/// Why a text is no set of keys.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum KeySetFault {
    /// It is no JSON, or has no `keys`.
    #[error("it is no JWK set: an object whose `keys` is a list")]
    Form,
    /// It holds a secret.
    #[error("it holds a private or symmetric key, which belongs to the issuer alone")]
    Private,
    /// A key that does not read.
    #[error("it holds a key that does not read, or an RSA key of less than 2048 bits")]
    Key,
    /// Two keys that cannot be told apart.
    #[error("two of its keys have one `kid`, or one of several has none")]
    Names,
    /// Nothing that verifies.
    #[error("it holds no key for RS256, ES256 or EdDSA (Ed25519)")]
    Nothing,
}

// === impl KeySet ===

impl KeySet {
    /// Reads a set. Keys for other uses and algorithms are left out.
    pub(super) fn read(text: &str) -> Result<Self, KeySetFault> {
        let set: Value = serde_json::from_str(text).map_err(|_| KeySetFault::Form)?;
        let listed = set.get("keys").and_then(Value::as_array);
        let listed = listed.filter(|keys| keys.len() <= MOST_KEYS);
        let mut keys: Vec<Key> = Vec::new();
        for jwk in listed.ok_or(KeySetFault::Form)? {
            let Some(kind) = Kind::read(jwk)? else {
                continue;
            };
            let id = jwk.get("kid").and_then(Value::as_str).map(Into::into);
            keys.push(Key { id, kind });
        }
        let is_named = |(at, key): (usize, &Key)| {
            let mut others = keys.iter().skip(at.saturating_add(1));
            key.id.is_some() && others.all(|other| other.id != key.id)
        };
        match keys.as_slice() {
            [] => Err(KeySetFault::Nothing),
            [_] => Ok(Self(keys)),
            several if several.iter().enumerate().all(is_named) => Ok(Self(keys)),
            _ => Err(KeySetFault::Names),
        }
    }

    /// Whether the key of this name, the only one if there is no name, signed a message by this algorithm.
    pub(super) fn verifies(
        &self,
        id: Option<&str>,
        algorithm: &str,
        message: &[u8],
        signature: &[u8],
    ) -> bool {
        let key = match (id, self.0.as_slice()) {
            (None, [only]) => Some(only),
            (None, _) => None,
            (Some(id), keys) => keys.iter().find(|key| key.id.as_deref() == Some(id)),
        };
        // The key says how it signs; what the token says may only agree.
        key.is_some_and(|key| {
            key.kind.algorithm() == algorithm && key.kind.verifies(message, signature)
        })
    }
}

impl fmt::Debug for KeySet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "KeySet({})", self.0.len())
    }
}

// === impl Kind ===

impl Kind {
    /// Reads a key; none if it is for something else.
    fn read(jwk: &Value) -> Result<Option<Self>, KeySetFault> {
        let text = |name: &str| jwk.get(name).and_then(Value::as_str);
        let bytes = |name: &str| {
            let text = text(name).ok_or(KeySetFault::Key)?;
            URL_SAFE_NO_PAD.decode(text).map_err(|_| KeySetFault::Key)
        };
        let kind = text("kty").ok_or(KeySetFault::Key)?;
        if kind == "oct" || jwk.get("d").is_some() {
            return Err(KeySetFault::Private);
        }
        let operations = jwk.get("key_ops").and_then(Value::as_array);
        let verifies = operations.is_none_or(|all| all.iter().any(|one| one == "verify"));
        let algorithm = match (kind, text("crv")) {
            ("RSA", _) => "RS256",
            ("EC", Some("P-256")) => "ES256",
            ("OKP", Some("Ed25519")) => "EdDSA",
            _ => return Ok(None),
        };
        let is_of = |name: &str, wanted: &str| text(name).is_none_or(|said| said == wanted);
        if !verifies || !is_of("use", "sig") || !is_of("alg", algorithm) {
            return Ok(None);
        }
        let point = |length: usize, parts: Vec<Vec<u8>>, first: &[u8]| {
            let fits = parts.iter().all(|part| part.len() == length);
            let whole = [first, &parts.concat()].concat().into_boxed_slice();
            fits.then_some(whole).ok_or(KeySetFault::Key)
        };
        Ok(Some(match algorithm {
            "RS256" => {
                let (n, e) = (bytes("n")?, bytes("e")?);
                let leading = n.iter().take_while(|byte| **byte == 0).count();
                let n: Box<[u8]> = n.get(leading..).unwrap_or_default().into();
                let is_odd = e.last().is_some_and(|last| last & 1 == 1);
                if !MODULUS.contains(&n.len()) || !is_odd {
                    return Err(KeySetFault::Key);
                }
                Self::Rs256 { n, e: e.into() }
            }
            // An uncompressed point (SEC 1, 2.3.3).
            "ES256" => Self::Es256(point(32, vec![bytes("x")?, bytes("y")?], &[4])?),
            _ => Self::EdDsa(point(32, vec![bytes("x")?], &[])?),
        }))
    }

    const fn algorithm(&self) -> &'static str {
        match self {
            Self::Rs256 { .. } => "RS256",
            Self::Es256(_) => "ES256",
            Self::EdDsa(_) => "EdDSA",
        }
    }

    fn verifies(&self, message: &[u8], signature: &[u8]) -> bool {
        match self {
            Self::Rs256 { n, e } => RsaPublicKeyComponents { n, e }
                .verify(&RSA_PKCS1_2048_8192_SHA256, message, signature)
                .is_ok(),
            Self::Es256(point) => UnparsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, point)
                .verify(message, signature)
                .is_ok(),
            Self::EdDsa(point) => UnparsedPublicKey::new(&ED25519, point)
                .verify(message, signature)
                .is_ok(),
        }
    }
}
