//! Hashes of callers' keys, as settings hold them.

use std::fmt;
use std::str::FromStr;

/// What every hash begins with: the function that made it.
const FUNCTION: &str = "sha256:";

/// The SHA-256 of a caller's key. The key is random, so that nothing slower would make it safer.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct KeyHash(pub [u8; 32]);

impl FromStr for KeyHash {
    type Err = ();

    /// Reads `sha256:` and 64 hexadecimal digits.
    fn from_str(text: &str) -> Result<Self, ()> {
        let digits = text.strip_prefix(FUNCTION).ok_or(())?.as_bytes();
        let mut bytes = [0; 32];
        if digits.len() != bytes.len().saturating_mul(2) {
            return Err(());
        }
        for (byte, digits) in bytes.iter_mut().zip(digits.chunks_exact(2)) {
            for digit in digits {
                let value = char::from(*digit).to_digit(16).ok_or(())?;
                *byte = (*byte << 4) | u8::try_from(value).map_err(|_| ())?;
            }
        }
        Ok(Self(bytes))
    }
}

impl fmt::Display for KeyHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(FUNCTION)?;
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Debug for KeyHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("KeyHash")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_hash_reads_as_it_is_written() {
        let hash = KeyHash([0xA5; 32]);
        let text = hash.to_string();
        assert_eq!(text, format!("sha256:{}", "a5".repeat(32)));
        assert_eq!(text.parse(), Ok(hash));
        assert_eq!(text.to_uppercase().replace("SHA", "sha").parse(), Ok(hash));
    }

    #[test]
    fn what_is_no_hash_is_refused() {
        for text in [
            "",
            "sha256:",
            "secret",
            &"a5".repeat(32),
            &format!("sha256:{}", "g5".repeat(32)),
            &format!("sha256:{}", "a5".repeat(33)),
            &format!("sha512:{}", "a5".repeat(32)),
        ] {
            assert_eq!(text.parse::<KeyHash>(), Err(()), "{text}");
        }
    }
}
