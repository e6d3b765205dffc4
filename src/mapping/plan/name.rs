//! Interned member names that compare in two words.

/// A member's name with its first and last eight bytes beside it, so that names of up to sixteen bytes
/// compare without a call.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Name {
    head: u64,
    tail: u64,
    bytes: Box<[u8]>,
}

impl Name {
    /// Interns a name.
    #[must_use]
    pub fn new(bytes: &[u8]) -> Self {
        let (head, tail) = ends(bytes);
        Self {
            head,
            tail,
            bytes: bytes.into(),
        }
    }

    /// The first and the last eight bytes of a name; of a shorter one a word that is equal for equal names.
    #[must_use]
    #[inline]
    pub fn ends(bytes: &[u8]) -> (u64, u64) {
        ends(bytes)
    }

    /// The name.
    #[must_use]
    #[inline]
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// True if these are the name's bytes; `ends` are those of [`Name::ends`] for the same bytes.
    #[must_use]
    #[inline]
    pub fn is(&self, bytes: &[u8], (head, tail): (u64, u64)) -> bool {
        self.head == head
            && self.tail == tail
            && self.bytes.len() == bytes.len()
            && (bytes.len() <= 16 || *self.bytes == *bytes)
    }
}

/// The first and the last eight bytes of a name; of a shorter one a word that is equal for equal names.
#[must_use]
#[inline]
fn ends(bytes: &[u8]) -> (u64, u64) {
    match (bytes.first_chunk::<8>(), bytes.last_chunk::<8>()) {
        (Some(head), Some(tail)) => (u64::from_le_bytes(*head), u64::from_le_bytes(*tail)),
        _ => (short(bytes), 0),
    }
}

/// Up to seven bytes in one word, some of them twice: with the length it says which they are.
#[inline]
fn short(bytes: &[u8]) -> u64 {
    if let (Some(head), Some(tail)) = (bytes.first_chunk::<4>(), bytes.last_chunk::<4>()) {
        return u64::from(u32::from_le_bytes(*head)) | u64::from(u32::from_le_bytes(*tail)) << 32;
    }
    match *bytes {
        [a] => u64::from(a),
        [a, b] => u64::from(u16::from_le_bytes([a, b])),
        [a, b, c] => u64::from(u32::from_le_bytes([a, b, c, 0])),
        _ => 0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_compare_at_every_length() {
        let long = b"abcdefghijklmnopqrstuvwxyz";
        for end in 0..=long.len() {
            let name = Name::new(&long[..end]);
            for other in 0..=long.len() {
                assert_eq!(name.is(&long[..other], ends(&long[..other])), end == other);
            }
        }
        let mut twin = *long;
        twin[12] = b'#';
        assert!(!Name::new(long).is(&twin, ends(&twin)));
        assert!(!Name::new(b"a").is(b"b", ends(b"b")));
        assert!(!Name::new(b"\0a").is(b"a", ends(b"a")));
    }
}
