//! Keys of kept answers: one keyed digest of all that makes an answer another one.

use std::fmt;
use std::hash::{BuildHasherDefault, Hash, Hasher};

use ring::hmac;
use ring::rand::{SecureRandom, SystemRandom};

use crate::gateway::identity::NoRandomness;
use crate::gateway::translate::OperationIndex;
use crate::gateway::wishes::Wishes;

/// Bytes of a digest (HMAC with SHA-256).
const LENGTH: usize = 32;

/// Where an answer is kept. Nothing can be read out of it: inputs are personal, and may be the number of a tax payer.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(in crate::gateway) struct Key([u8; LENGTH]);

/// Hashes keys by taking some of their bits: a digest under a key of this process's own is as good as random, and nobody
/// outside can make two meet.
pub(super) type ByDigest = BuildHasherDefault<Bits>;

/// The bits of a key.
#[derive(Debug, Default)]
pub(super) struct Bits(u64);

/// All that makes the answer of a read another one. Whatever is added to what an answer may depend on is added here.
#[derive(Clone, Copy)]
pub(in crate::gateway) struct Identity<'c> {
    /// Position of the upstream.
    pub(in crate::gateway) upstream: usize,
    pub(in crate::gateway) operation: OperationIndex,
    /// Inputs, decoded; ids without their upstream.
    pub(in crate::gateway) inputs: &'c [(&'c str, &'c str)],
    pub(in crate::gateway) limit: Option<u32>,
    /// The cursor, opened: it is sealed anew for each answer.
    pub(in crate::gateway) cursor: Option<&'c str>,
    /// Who asks, for whom, and how strictly.
    pub(in crate::gateway) wishes: &'c Wishes<'c>,
    /// The criteria of a search, as they were written.
    pub(in crate::gateway) body: Option<&'c [u8]>,
}

/// Makes keys. Its secret is of this process and told to nobody.
pub(super) struct Keys(hmac::Key);

// === impl Keys ===

impl Keys {
    pub(super) fn new() -> Result<Self, NoRandomness> {
        let mut secret = [0; LENGTH];
        let random = SystemRandom::new();
        random.fill(&mut secret).map_err(|_| NoRandomness)?;
        Ok(Self(hmac::Key::new(hmac::HMAC_SHA256, &secret)))
    }

    pub(super) fn of(&self, identity: &Identity<'_>) -> Key {
        let digest = hmac::sign(&self.0, &identity.text());
        Key(digest.as_ref().first_chunk().copied().unwrap_or_default())
    }
}

impl fmt::Debug for Keys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Keys")
    }
}

// === impl Identity ===

impl Identity<'_> {
    /// One text that no other identity has: every part bears its length.
    fn text(&self) -> Vec<u8> {
        let wishes = self.wishes;
        let mut text = Vec::with_capacity(256);
        let mut part = |bytes: Option<&[u8]>| {
            // What is left out differs from what is empty. Nothing that is read is as long as a length may be.
            let length = bytes.map_or(0, |bytes| bytes.len().saturating_add(1));
            let length = u32::try_from(length).unwrap_or(u32::MAX);
            text.extend_from_slice(&length.to_le_bytes());
            text.extend_from_slice(bytes.unwrap_or_default());
        };
        let OperationIndex(operation) = self.operation;
        part(Some(&self.upstream.to_le_bytes()));
        part(Some(&operation.to_le_bytes()));
        part(Some(&[u8::from(wishes.strict)]));
        part(wishes.proved_by.map(str::as_bytes));
        part(Some(wishes.caller_kind.name().as_bytes()));
        part(wishes.caller_id.map(str::as_bytes));
        part(
            self.limit
                .map(u32::to_le_bytes)
                .as_ref()
                .map(<[u8; 4]>::as_slice),
        );
        part(self.cursor.map(str::as_bytes));
        part(self.body);
        // The order of a query means nothing.
        let mut inputs: Vec<_> = self.inputs.iter().collect();
        inputs.sort_unstable();
        for (name, value) in inputs {
            part(Some(name.as_bytes()));
            part(Some(value.as_bytes()));
        }
        text
    }
}

// === impl Key ===

impl Hash for Key {
    fn hash<H: Hasher>(&self, state: &mut H) {
        let bits = self.0.first_chunk().copied().unwrap_or_default();
        state.write_u64(u64::from_le_bytes(bits));
    }
}

impl fmt::Debug for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Key")
    }
}

// === impl Bits ===

impl Hasher for Bits {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.0 = self.0.rotate_left(8) ^ u64::from(*byte);
        }
    }

    fn write_u64(&mut self, bits: u64) {
        self.0 ^= bits;
    }
}

#[cfg(test)]
mod tests {
    use http::HeaderMap;

    use super::*;
    use crate::gateway::wishes::{Caller, CallerKind};

    fn of(keys: &Keys, change: impl FnOnce(&mut Identity<'_>, &mut Wishes<'_>)) -> Key {
        let (headers, caller) = (HeaderMap::new(), Caller::default());
        let mut wishes = Wishes::of(&headers, &caller, false).unwrap();
        let asked = wishes.clone();
        let mut identity = Identity {
            upstream: 0,
            operation: OperationIndex(0),
            inputs: &[("id", "1"), ("status", "active")],
            limit: None,
            cursor: None,
            wishes: &asked,
            body: None,
        };
        change(&mut identity, &mut wishes);
        let Identity {
            upstream,
            operation,
            inputs,
            limit,
            cursor,
            body,
            ..
        } = identity;
        keys.of(&Identity {
            upstream,
            operation,
            inputs,
            limit,
            cursor,
            body,
            wishes: &wishes,
        })
    }

    #[test]
    fn a_key_varies_by_each_thing_that_varies_an_answer() {
        let keys = Keys::new().unwrap();
        let all = [
            of(&keys, |_, _| {}),
            of(&keys, |it, _| it.upstream = 1),
            of(&keys, |it, _| it.operation = OperationIndex(1)),
            of(&keys, |it, _| {
                it.inputs = &[("id", "2"), ("status", "active")]
            }),
            of(&keys, |it, _| {
                it.inputs = &[("reference", "1"), ("status", "active")]
            }),
            of(&keys, |it, _| it.inputs = &[("id", "1")]),
            of(&keys, |it, _| {
                it.inputs = &[("id", "1s"), ("tatus", "active")]
            }),
            of(&keys, |it, _| it.limit = Some(1)),
            of(&keys, |it, _| it.cursor = Some("1")),
            of(&keys, |it, _| it.cursor = Some("")),
            of(&keys, |it, _| it.body = Some(b"{}")),
            of(&keys, |it, _| it.body = Some(b"")),
            of(&keys, |_, wishes| wishes.strict = true),
            of(&keys, |_, wishes| wishes.proved_by = Some("shop")),
            of(&keys, |_, wishes| wishes.caller_id = Some("shop")),
            of(&keys, |_, wishes| wishes.caller_kind = CallerKind::Agent),
        ];
        for (at, key) in all.iter().enumerate() {
            assert!(!all[..at].contains(key), "{at}");
        }
    }

    #[test]
    fn the_order_of_a_query_makes_no_other_key() {
        let keys = Keys::new().unwrap();
        let turned = of(&keys, |it, _| {
            it.inputs = &[("status", "active"), ("id", "1")]
        });
        assert_eq!(of(&keys, |_, _| {}), turned);
    }

    #[test]
    fn every_process_has_keys_of_its_own_and_none_is_shown() {
        let (one, other) = (Keys::new().unwrap(), Keys::new().unwrap());
        assert_ne!(of(&one, |_, _| {}), of(&other, |_, _| {}));
        assert_eq!(format!("{:?} {one:?}", of(&one, |_, _| {})), "Key Keys");
    }
}
