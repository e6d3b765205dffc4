//! Short digests that are the same in every process: the first 128 bits of SHA-256.

use ring::digest::{SHA256, digest};

/// Bytes that are kept.
const LENGTH: usize = 16;

/// The digest in hexadecimal digits.
pub(super) fn hex(bytes: &[u8]) -> String {
    const HEX: &[u8; 16] = b"0123456789abcdef";
    let mut text = String::with_capacity(LENGTH.saturating_mul(2));
    for byte in digest(&SHA256, bytes).as_ref().iter().take(LENGTH) {
        for digit in [byte >> 4, byte & 15] {
            text.push(
                HEX.get(usize::from(digit))
                    .map_or('0', |hex| char::from(*hex)),
            );
        }
    }
    text
}
