//! Names of calls: request ids and numbers that are used once.

use std::sync::atomic::{AtomicU64, Ordering};

use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue};
use ring::rand::{SecureRandom, SystemRandom};

use super::problem::redact::holds_card_number;

/// The header in which a call's id comes and goes.
pub(super) const HEADER: HeaderName = HeaderName::from_static("x-request-id");

/// Longest id of a caller that is taken over.
const LONGEST: usize = 64;

/// Makes ids and numbers used once, without asking the operating system for each.
#[derive(Debug)]
pub(super) struct Identities {
    /// Where this process begins to count: at random, so that two processes do not meet.
    start: u128,
    /// Mixed into ids.
    salt: u64,
    count: AtomicU64,
}

/// The id of a call.
#[derive(Debug, Clone)]
pub(super) struct RequestId(HeaderValue);

/// The operating system gives no random bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the operating system gives no random bytes")]
pub struct NoRandomness;

// === impl Identities ===

impl Identities {
    pub(super) fn new() -> Result<Self, NoRandomness> {
        let mut seed = [0; 24];
        SystemRandom::new()
            .fill(&mut seed)
            .map_err(|_| NoRandomness)?;
        let (start, salt) = seed.split_at(16);
        Ok(Self {
            start: start
                .iter()
                .fold(0, |all, byte| (all << 8) | u128::from(*byte)),
            salt: salt
                .iter()
                .fold(0, |all, byte| (all << 8) | u64::from(*byte)),
            count: AtomicU64::new(0),
        })
    }

    /// A number that this process never gives again, and no other with any likelihood.
    pub(super) fn nonce(&self) -> [u8; 12] {
        let count = self.count.fetch_add(1, Ordering::Relaxed);
        let number = self.start.wrapping_add(u128::from(count)).to_be_bytes();
        number.last_chunk().copied().unwrap_or_default()
    }

    /// The caller's id if it is well formed, else a new one (RFC 9562, version 7).
    pub(super) fn request_id(&self, headers: &HeaderMap, now_unix_ms: u64) -> RequestId {
        if let Some(given) = headers.get(HEADER)
            && is_well_formed(given.as_bytes())
        {
            return RequestId(given.clone());
        }
        let count = self.count.fetch_add(1, Ordering::Relaxed);
        let (high, low) = (
            scramble(count ^ self.salt),
            scramble(count.wrapping_add(self.salt)),
        );
        let time = (now_unix_ms << 16) | 0x7000 | (high & 0x0FFF);
        let rest = (low & 0x3FFF_FFFF_FFFF_FFFF) | 0x8000_0000_0000_0000;
        RequestId(uuid((u128::from(time) << 64) | u128::from(rest)))
    }
}

/// Spreads a count over all bits (the finaliser of SplitMix64, a bijection: different counts stay different).
fn scramble(mut bits: u64) -> u64 {
    bits = (bits ^ (bits >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    bits = (bits ^ (bits >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    bits ^ (bits >> 31)
}

fn uuid(bits: u128) -> HeaderValue {
    const HEX: &[u8; 16] = b"0123456789abcdef";
    let mut text = Vec::with_capacity(36);
    for (at, byte) in bits.to_be_bytes().into_iter().enumerate() {
        if matches!(at, 4 | 6 | 8 | 10) {
            text.push(b'-');
        }
        for digit in [byte >> 4, byte & 15] {
            text.push(HEX.get(usize::from(digit)).copied().unwrap_or(b'0'));
        }
    }
    HeaderValue::from_maybe_shared(Bytes::from(text)).unwrap_or(HeaderValue::from_static("none"))
}

/// Letters, digits and a few marks: nothing that a log or a header could read otherwise, and no card's number, since
/// the id stands in logs.
fn is_well_formed(id: &[u8]) -> bool {
    let plain = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.');
    (1..=LONGEST).contains(&id.len())
        && id.iter().all(plain)
        && std::str::from_utf8(id).is_ok_and(|id| !holds_card_number(id))
}

// === impl RequestId ===

impl RequestId {
    pub(super) fn as_str(&self) -> &str {
        std::str::from_utf8(self.0.as_bytes()).unwrap_or_default()
    }

    pub(super) fn header(&self) -> HeaderValue {
        self.0.clone()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LONGEST_TAKEN: &str = "abcdefghijklmnopqrstuvwxyzabcdefghijklmnopqrstuvwxyzabcdefghijkl";
    const TOO_LONG: &str = "abcdefghijklmnopqrstuvwxyzabcdefghijklmnopqrstuvwxyzabcdefghijklm";

    fn id(given: &'static str) -> String {
        let headers = HeaderMap::from_iter([(HEADER, HeaderValue::from_static(given))]);
        let identities = Identities::new().unwrap();
        identities
            .request_id(&headers, 0x0192_F3C1_7A3E)
            .as_str()
            .to_owned()
    }

    #[test]
    fn a_well_formed_id_is_taken_over() {
        assert_eq!(id("call-17.a_B"), "call-17.a_B");
        assert_eq!(id(LONGEST_TAKEN), LONGEST_TAKEN);
    }

    #[test]
    fn any_other_id_is_replaced_by_a_uuid_of_version_7() {
        for given in [
            "",
            "a b",
            "a\"b",
            "<x>",
            "{}",
            "a:b",
            "a/b=",
            TOO_LONG,
            "4111111111111111",
            "call-4111.1111_1111-1111",
        ] {
            let made = id(given);
            assert_eq!(made.len(), 36, "{given}");
            assert!(made.starts_with("0192f3c1-7a3e-7"), "{made}");
            assert!(matches!(made.as_bytes()[19], b'8'..=b'b'), "{made}");
        }
    }

    #[test]
    fn numbers_and_ids_are_given_once() {
        let identities = Identities::new().unwrap();
        let numbers: std::collections::HashSet<_> =
            (0..1_000).map(|_| identities.nonce()).collect();
        let ids: std::collections::HashSet<_> = (0..1_000)
            .map(|_| {
                identities
                    .request_id(&HeaderMap::new(), 1)
                    .as_str()
                    .to_owned()
            })
            .collect();
        assert_eq!((numbers.len(), ids.len()), (1_000, 1_000));
    }
}
