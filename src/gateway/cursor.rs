//! Cursors of pages: opaque to callers, and only those that the gateway made are taken.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ring::hmac;
use ring::rand::SystemRandom;

use super::identity::NoRandomness;
use crate::engine::exchange::equal;

/// Bytes of the seal in front of what is sealed: 128 bits.
const SEAL: usize = 16;

/// Divides what is sealed; it occurs in no name.
const MARK: u8 = 0;

/// Seals and opens cursors.
#[derive(Debug, Clone)]
pub struct Cursors {
    key: hmac::Key,
}

// === impl Cursors ===

impl Cursors {
    /// Makes a key for the life of this process: after a restart callers begin at the first page.
    ///
    /// # Errors
    /// The operating system gives no random bytes.
    pub fn generate() -> Result<Self, NoRandomness> {
        let key = hmac::Key::generate(hmac::HMAC_SHA256, &SystemRandom::new());
        key.map(|key| Self { key }).map_err(|_| NoRandomness)
    }

    /// Takes a key that several processes share.
    #[must_use]
    pub fn with_key(key: &[u8]) -> Self {
        Self {
            key: hmac::Key::new(hmac::HMAC_SHA256, key),
        }
    }

    /// Seals an upstream's cursor for the operation and upstream that gave it.
    #[must_use]
    pub fn seal(&self, operation: &str, upstream: &str, cursor: &str) -> String {
        let mut sealed = vec![0; SEAL];
        for part in [operation, upstream] {
            sealed.extend_from_slice(part.as_bytes());
            sealed.push(MARK);
        }
        sealed.extend_from_slice(cursor.as_bytes());
        let (seal, content) = sealed.split_at_mut(SEAL);
        let tag = hmac::sign(&self.key, content);
        for (byte, tag) in seal.iter_mut().zip(tag.as_ref()) {
            *byte = *tag;
        }
        URL_SAFE_NO_PAD.encode(sealed)
    }

    /// Opens a cursor; none if it was not sealed by this key for this operation and upstream.
    #[must_use]
    pub fn open(&self, operation: &str, upstream: &str, cursor: &str) -> Option<String> {
        let sealed = URL_SAFE_NO_PAD.decode(cursor).ok()?;
        let (seal, content) = sealed.split_at_checked(SEAL)?;
        let tag = hmac::sign(&self.key, content);
        if !equal(seal, tag.as_ref().get(..SEAL)?) {
            return None;
        }
        let mut parts = content.splitn(3, |byte| *byte == MARK);
        let fits = parts.next()? == operation.as_bytes() && parts.next()? == upstream.as_bytes();
        let cursor = String::from_utf8(parts.next()?.to_vec()).ok()?;
        fits.then_some(cursor)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cursor_opens_where_it_was_sealed_only() {
        let cursors = Cursors::generate().unwrap();
        let sealed = cursors.seal("listThings", "alpha", "offset=50\0x");

        assert!(!sealed.contains("offset"));
        assert_eq!(
            cursors.open("listThings", "alpha", &sealed).as_deref(),
            Some("offset=50\0x")
        );
        assert_eq!(cursors.open("listParts", "alpha", &sealed), None);
        assert_eq!(cursors.open("listThings", "beta", &sealed), None);
        assert_eq!(
            Cursors::with_key(b"other").open("listThings", "alpha", &sealed),
            None
        );
    }

    #[test]
    fn a_changed_cursor_does_not_open() {
        let cursors = Cursors::with_key(b"key");
        let sealed = cursors.seal("o", "u", "c");
        for at in 0..sealed.len() {
            let mut forged = sealed.clone().into_bytes();
            forged[at] = if forged[at] == b'A' { b'B' } else { b'A' };
            let forged = String::from_utf8(forged).unwrap();
            assert_eq!(cursors.open("o", "u", &forged), None, "{at}");
        }
        for junk in [
            "",
            "!",
            "AAAA",
            sealed.trim_end_matches(char::is_alphanumeric),
        ] {
            assert_eq!(cursors.open("o", "u", junk), None);
        }
    }
}
