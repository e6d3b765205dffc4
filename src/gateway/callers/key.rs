//! Keys of callers: random, known by their hashes alone.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ring::digest::{SHA256, digest};
use ring::rand::{SecureRandom, SystemRandom};
use secrecy::SecretString;

use super::KeyHash;
use crate::gateway::identity::NoRandomness;

/// What every key begins with, so that those who look for secrets in texts find it.
const PREFIX: &str = "ilk_";

/// Characters of the shortest text that may be a key: its hash is fast, so it must be random and long.
const SHORTEST: usize = 32;

/// Characters of the longest one.
const LONGEST: usize = 256;

/// A key that was just made.
#[derive(Debug)]
pub struct FreshKey {
    /// The key, for the caller alone.
    pub key: SecretString,
    /// Its hash, for the configuration.
    pub hash: KeyHash,
}

// === impl FreshKey ===

impl FreshKey {
    /// Makes a key of 256 random bits.
    ///
    /// # Errors
    /// The operating system gives no random bytes.
    pub fn new() -> Result<Self, NoRandomness> {
        let mut bytes = [0; 32];
        SystemRandom::new()
            .fill(&mut bytes)
            .map_err(|_| NoRandomness)?;
        let mut key = PREFIX.to_owned();
        URL_SAFE_NO_PAD.encode_string(bytes, &mut key);
        let hash = hash(&key).ok_or(NoRandomness)?;
        Ok(Self {
            key: key.into(),
            hash,
        })
    }
}

/// The hash of what may be a key.
pub(super) fn hash(key: &str) -> Option<KeyHash> {
    if !(SHORTEST..=LONGEST).contains(&key.len()) {
        return None;
    }
    let digest = digest(&SHA256, key.as_bytes());
    digest.as_ref().try_into().ok().map(KeyHash)
}

#[cfg(test)]
mod tests {
    use secrecy::ExposeSecret;

    use super::*;
    use crate::engine::exchange::equal;

    #[test]
    fn a_key_is_known_by_its_hash_and_no_two_are_equal() {
        let (one, other) = (FreshKey::new().unwrap(), FreshKey::new().unwrap());
        let text = one.key.expose_secret();
        assert!(text.starts_with(PREFIX) && text.len() == 47 && !text.contains('.'));
        assert!(equal(&hash(text).unwrap().0, &one.hash.0));
        assert!(!equal(&one.hash.0, &other.hash.0));
        let told = format!("{one:?}");
        assert!(!told.contains(text), "{told}");
    }

    #[test]
    fn hashes_differ_by_any_bit() {
        let one = KeyHash([0; 32]);
        for at in 0..256 {
            let mut other = one;
            other.0[at / 8] ^= 1 << (at % 8);
            assert!(!equal(&one.0, &other.0));
        }
    }

    #[test]
    fn what_is_short_enough_to_guess_is_no_key() {
        assert_eq!(hash("correct-horse-battery-staple"), None);
        assert_eq!(hash(&"a".repeat(257)), None);
    }
}
