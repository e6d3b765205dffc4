//! Digests and seals of the journal, all of one secret.

use ring::aead::{AES_256_GCM, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use ring::rand::{SecureRandom, SystemRandom};
use ring::{hkdf, hmac};
use secrecy::{ExposeSecret, SecretString};

/// Where an entry stands in a store: a digest of caller, operation and key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct EntryKey([u8; 32]);

/// A digest of a request.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Fingerprint([u8; 32]);

/// The library of cryptography gives no random bytes, or no keys.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("there are no random bytes, or no keys")]
pub struct NoKeys;

/// What is derived from the secret (HKDF with SHA-256, RFC 5869), a key for each use.
pub struct Keys {
    entries: hmac::Key,
    requests: hmac::Key,
    /// AES-256-GCM with random nonces: entries are far fewer than the 2^32 that these allow.
    seal: LessSafeKey,
    random: SystemRandom,
}

/// Which key is derived.
const ENTRIES: &[u8] = b"interlingua journal entry";
const REQUESTS: &[u8] = b"interlingua journal request";
const SEAL: &[u8] = b"interlingua journal seal";

impl std::fmt::Debug for Keys {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Keys")
    }
}

impl std::fmt::Debug for Fingerprint {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Fingerprint")
    }
}

// === impl EntryKey ===

impl EntryKey {
    /// Its bytes.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

// === impl Fingerprint ===

impl Fingerprint {
    /// Its bytes.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }

    /// A digest of these bytes.
    #[must_use]
    pub fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }
}

// === impl Keys ===

impl Keys {
    /// Derives the keys.
    ///
    /// # Errors
    /// The library gives none.
    pub fn derive(secret: &SecretString) -> Result<Self, NoKeys> {
        let salt = hkdf::Salt::new(hkdf::HKDF_SHA256, b"");
        let root = salt.extract(secret.expose_secret().as_bytes());
        let digest = |info: &[u8]| {
            let info = [info];
            let key = root.expand(&info, hmac::HMAC_SHA256);
            key.map(hmac::Key::from).map_err(|_| NoKeys)
        };
        let info = [SEAL];
        let seal = root.expand(&info, &AES_256_GCM).map_err(|_| NoKeys)?;
        Ok(Self {
            entries: digest(ENTRIES)?,
            requests: digest(REQUESTS)?,
            seal: LessSafeKey::new(UnboundKey::from(seal)),
            random: SystemRandom::new(),
        })
    }

    /// Where the entry of a key stands: callers do not meet each other's, nor do operations.
    #[must_use]
    pub fn entry(&self, caller: &str, operation: &str, key: &str) -> EntryKey {
        EntryKey(digest(
            &self.entries,
            [caller, operation, key].map(str::as_bytes),
        ))
    }

    /// The digest of a request, of all that makes it another one.
    pub fn fingerprint<'p>(&self, parts: impl IntoIterator<Item = &'p [u8]>) -> Fingerprint {
        Fingerprint(digest(&self.requests, parts))
    }

    /// Seals the bytes of an entry, which open at its own place alone.
    ///
    /// # Errors
    /// The library gives no random bytes, or cannot seal.
    pub fn seal(&self, key: &EntryKey, mut bytes: Vec<u8>) -> Result<Vec<u8>, NoKeys> {
        let nonce = random_of::<NONCE_LEN>(&self.random)?;
        let sealed = self.seal.seal_in_place_append_tag(
            Nonce::assume_unique_for_key(nonce),
            Aad::from(key.as_bytes()),
            &mut bytes,
        );
        sealed.map_err(|_| NoKeys)?;
        bytes.splice(..0, nonce);
        Ok(bytes)
    }

    /// Opens what [`Self::seal`] made for this place; none if it is not of it.
    #[must_use]
    pub fn open(&self, key: &EntryKey, sealed: &[u8]) -> Option<Vec<u8>> {
        let (nonce, rest) = sealed.split_first_chunk::<NONCE_LEN>()?;
        let mut bytes = rest.to_vec();
        let nonce = Nonce::assume_unique_for_key(*nonce);
        let aad = Aad::from(key.as_bytes());
        let plain = self.seal.open_in_place(nonce, aad, &mut bytes).ok()?;
        let length = plain.len();
        bytes.truncate(length);
        Some(bytes)
    }
}

/// A secret that nobody has had before: 256 bits in hexadecimal digits.
///
/// # Errors
/// There are no random bytes.
pub fn fresh_secret() -> Result<SecretString, NoKeys> {
    let bytes = random::<32>()?;
    let digits = bytes.iter().flat_map(|byte| [byte >> 4, byte & 15]);
    let text: String = digits
        .filter_map(|digit| char::from_digit(digit.into(), 16))
        .collect();
    Ok(text.into())
}

/// Random bytes.
///
/// # Errors
/// There are none.
pub(super) fn random<const N: usize>() -> Result<[u8; N], NoKeys> {
    random_of(&SystemRandom::new())
}

fn random_of<const N: usize>(random: &SystemRandom) -> Result<[u8; N], NoKeys> {
    let mut bytes = [0; N];
    random.fill(&mut bytes).map_err(|_| NoKeys)?;
    Ok(bytes)
}

/// A digest of parts, each with its length in front, so that no two rows of parts have the same bytes.
fn digest<'p>(key: &hmac::Key, parts: impl IntoIterator<Item = &'p [u8]>) -> [u8; 32] {
    let mut context = hmac::Context::with_key(key);
    for part in parts {
        context.update(&u64::try_from(part.len()).unwrap_or(u64::MAX).to_be_bytes());
        context.update(part);
    }
    let tag = context.sign();
    tag.as_ref().first_chunk().copied().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn keys(secret: &str) -> Keys {
        Keys::derive(&SecretString::from(secret)).unwrap()
    }

    #[test]
    fn callers_and_operations_do_not_share_keys() {
        let keys = keys("secret");
        let one = keys.entry("a", "create", "k");
        assert_eq!(one, keys.entry("a", "create", "k"));
        for (caller, operation, key) in [
            ("b", "create", "k"),
            ("a", "update", "k"),
            ("a", "create", "l"),
            ("ac", "reate", "k"),
        ] {
            assert_ne!(one, keys.entry(caller, operation, key));
        }
        assert_ne!(one, super::tests::keys("other").entry("a", "create", "k"));
    }

    #[test]
    fn an_entry_opens_at_its_own_place_and_with_its_own_secret_alone() {
        let keys = keys("secret");
        let (here, there) = (keys.entry("a", "b", "c"), keys.entry("a", "b", "d"));
        let sealed = keys.seal(&here, b"entry".to_vec()).unwrap();
        assert_eq!(keys.open(&here, &sealed).as_deref(), Some(&b"entry"[..]));
        assert_eq!(keys.open(&there, &sealed), None);
        assert_eq!(super::tests::keys("other").open(&here, &sealed), None);
        assert_ne!(sealed, keys.seal(&here, b"entry".to_vec()).unwrap());
        for at in 0..sealed.len() {
            let mut changed = sealed.clone();
            changed[at] ^= 1;
            assert_eq!(keys.open(&here, &changed), None, "{at}");
        }
        assert_eq!(keys.open(&here, b"short"), None);
    }
}
