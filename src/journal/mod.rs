//! The journal: what became of writes that bear an `Idempotency-Key`.
//!
//! An entry is written before the first byte of a write leaves, and again when its outcome is known, so that a
//! repetition is answered with what the first call came to, or refused while that is not known; also after the process
//! was killed at any moment between the two. There is no entry of what was not sent.
//!
//! Entries hold a keyed digest of the request, never the request, and are sealed: what a store keeps says nothing about
//! a caller. A store ([`Store`]) keeps bytes under digests and compares before it replaces; everything else is decided
//! here, the same for every store.

mod embedded;
mod entry;
mod keys;
mod redis;
mod store;

use std::time::Duration;

use secrecy::SecretString;

pub use embedded::{Embedded, OpenFault};
pub use entry::{Answer, Attempt, Entry, Standing, Trace};
pub use keys::{EntryKey, Fingerprint, Keys, NoKeys, fresh_secret};
pub use redis::{AddressFault, Redis};
pub use store::Store;
use store::{Change, Swapped};

/// How much later than the deadline of its attempt an entry of another process counts as abandoned: clocks differ.
const GRACE_MS: u64 = 5_000;

/// The outcomes of keyed writes.
#[derive(Debug)]
pub struct Journal {
    store: Store,
    keys: Keys,
    /// This process among those that share the store.
    owner: [u8; 16],
    /// How long an entry is kept once it was written.
    retention: Duration,
}

/// What a keyed write meets.
#[derive(Debug)]
pub enum Begun {
    /// Nothing was sent for this key: its attempt is written down, and may leave now.
    Open,
    /// An attempt is on its way.
    InFlight,
    /// The key was used for another request.
    Reused,
    /// The first call was answered.
    Answered(Answer),
    /// Nobody knows what became of the first attempt.
    Unknown(Box<Held>),
}

/// An attempt as it is written down. Whoever holds it tells the journal what becomes of it.
#[derive(Debug)]
#[must_use = "an attempt whose end is not told counts as unknown"]
pub struct Held {
    key: EntryKey,
    entry: Entry,
    written: Vec<u8>,
}

/// What became of an attempt.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum End {
    /// It was not sent, or did nothing for certain: the key is as good as new.
    NotDone,
    /// Nobody knows.
    Unknown,
    /// It was answered.
    Answered(Answer),
}

/// Why the journal cannot say.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum JournalFault {
    /// The store is not there, is full, or does not answer in time.
    #[error("the journal's store is not available")]
    Unavailable,
    /// More wait for the store than it may keep waiting.
    #[error("too many writes wait for the journal")]
    Overloaded,
    /// An entry was sealed with another secret, or is damaged.
    #[error("an entry of the journal cannot be read")]
    Unreadable,
    /// Another call changed the entry at the same time.
    #[error("an entry of the journal was changed meanwhile")]
    Contended,
}

// === impl Journal ===

impl Journal {
    /// A journal over a store. The secret seals entries and digests; every process that shares the store needs the
    /// same.
    ///
    /// # Errors
    /// There are no keys.
    pub fn new(store: Store, secret: &SecretString, retention: Duration) -> Result<Self, NoKeys> {
        Ok(Self {
            store,
            keys: Keys::derive(secret)?,
            owner: keys::random()?,
            retention,
        })
    }

    /// The digests of this journal.
    #[must_use]
    pub fn keys(&self) -> &Keys {
        &self.keys
    }

    /// An attempt that is about to leave, and not written down yet.
    ///
    /// # Errors
    /// It cannot be sealed.
    pub fn prepare(&self, key: EntryKey, attempt: Attempt) -> Result<Held, JournalFault> {
        let entry = Entry::started(attempt, self.owner);
        let written = self.seal(&key, &entry)?;
        Ok(Held {
            key,
            entry,
            written,
        })
    }

    /// Writes down that an attempt is about to leave, unless the key was used before. When this returns
    /// [`Begun::Open`], the entry outlives the process; if it fails, or is given up, it may.
    ///
    /// # Errors
    /// The journal cannot say: nothing may be sent.
    pub async fn begin(&self, held: &Held, now_unix_ms: u64) -> Result<Begun, JournalFault> {
        let (key, attempt) = (&held.key, held.attempt());
        let swapped = self.swap(key, None, Some(&held.written), now_unix_ms);
        let Swapped::Differs(found) = swapped.await? else {
            return Ok(Begun::Open);
        };
        // What stood there and went away in between is found by the next call.
        let found = found.ok_or(JournalFault::Contended)?;
        let (found, standing) = self.read(key, found, now_unix_ms)?;
        if found.attempt().fingerprint != attempt.fingerprint {
            return Ok(Begun::Reused);
        }
        Ok(match standing {
            Standing::Started => Begun::InFlight,
            Standing::Answered(answer) => Begun::Answered(answer),
            Standing::Unknown => Begun::Unknown(Box::new(found)),
        })
    }

    /// What is known of a key.
    ///
    /// # Errors
    /// The journal cannot say.
    pub async fn find(
        &self,
        key: &EntryKey,
        now_unix_ms: u64,
    ) -> Result<Option<(Held, Standing)>, JournalFault> {
        match self.swap(key, None, None, now_unix_ms).await? {
            Swapped::Done | Swapped::Differs(None) => Ok(None),
            Swapped::Differs(Some(found)) => self.read(key, found, now_unix_ms).map(Some),
        }
    }

    /// Writes down that an attempt of unknown outcome is made again; none if another call was faster.
    ///
    /// # Errors
    /// The journal cannot say: nothing may be sent.
    pub async fn again(
        &self,
        unknown: Held,
        attempt: Attempt,
        now_unix_ms: u64,
    ) -> Result<Option<Held>, JournalFault> {
        let held = self.prepare(unknown.key, attempt)?;
        let before = Some(&*unknown.written);
        let swapped = self.swap(&held.key, before, Some(&held.written), now_unix_ms);
        Ok((swapped.await? == Swapped::Done).then_some(held))
    }

    /// Writes down what became of an attempt, unless another call did: what that wrote is not this call's to change.
    ///
    /// # Errors
    /// The journal cannot: the attempt counts as unknown.
    pub async fn finish(&self, held: Held, end: End, now_unix_ms: u64) -> Result<(), JournalFault> {
        let standing = match end {
            End::NotDone => None,
            End::Unknown => Some(Standing::Unknown),
            End::Answered(answer) => Some(Standing::Answered(answer)),
        };
        let entry = standing.map(|standing| Entry {
            standing,
            ..held.entry
        });
        let sealed = entry
            .map(|entry| self.seal(&held.key, &entry))
            .transpose()?;
        let before = Some(&*held.written);
        self.swap(&held.key, before, sealed.as_deref(), now_unix_ms)
            .await?;
        Ok(())
    }

    fn read(
        &self,
        key: &EntryKey,
        written: Vec<u8>,
        now_unix_ms: u64,
    ) -> Result<(Held, Standing), JournalFault> {
        let entry = self.unseal(key, &written)?;
        let (entry, standing) = self.standing(entry, now_unix_ms);
        let held = Held {
            key: *key,
            entry,
            written,
        };
        Ok((held, standing))
    }

    /// How an entry stands now: an attempt whose process cannot end it any more is one of unknown outcome.
    fn standing(&self, mut entry: Entry, now_unix_ms: u64) -> (Entry, Standing) {
        let standing = std::mem::replace(&mut entry.standing, Standing::Unknown);
        // Of a store that one process has alone, the process of another's entry is gone.
        let may_end = entry.owner == self.owner || !self.store.is_exclusive();
        let is_late = now_unix_ms > entry.attempt.ends_unix_ms.saturating_add(GRACE_MS);
        if standing == Standing::Started && (is_late || !may_end) {
            return (entry, Standing::Unknown);
        }
        (entry, standing)
    }

    async fn swap(
        &self,
        key: &EntryKey,
        expected: Option<&[u8]>,
        new: Option<&[u8]>,
        now_unix_ms: u64,
    ) -> Result<Swapped, JournalFault> {
        let change = Change {
            expected: expected.map(<[u8]>::to_vec),
            new: new.map(<[u8]>::to_vec),
            retention: self.retention,
            now_unix_ms,
        };
        self.store.swap(key, change).await
    }

    fn seal(&self, key: &EntryKey, entry: &Entry) -> Result<Vec<u8>, JournalFault> {
        let mut plain = Vec::new();
        entry.encode(&mut plain);
        let sealed = self.keys.seal(key, plain);
        sealed.map_err(|_| JournalFault::Unavailable)
    }

    fn unseal(&self, key: &EntryKey, sealed: &[u8]) -> Result<Entry, JournalFault> {
        let plain = self.keys.open(key, sealed);
        plain
            .and_then(|plain| Entry::decode(&plain))
            .ok_or(JournalFault::Unreadable)
    }
}

// === impl JournalFault ===

impl JournalFault {
    /// The stable name.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Unavailable => "unavailable",
            Self::Overloaded => "overloaded",
            Self::Unreadable => "unreadable",
            Self::Contended => "contended",
        }
    }
}

// === impl Held ===

impl Held {
    /// The attempt.
    #[must_use]
    pub fn attempt(&self) -> &Attempt {
        &self.entry.attempt
    }

    /// Seconds until it can no longer land upstream; none if that is so now.
    #[must_use]
    pub fn settles_in(&self, now_unix_ms: u64) -> u32 {
        let left = self.entry.attempt.settles_unix_ms;
        let seconds = left.saturating_sub(now_unix_ms).div_ceil(1_000);
        u32::try_from(seconds).unwrap_or(u32::MAX)
    }

    /// Whether it can no longer land upstream, so that a resource which is not there was not made.
    #[must_use]
    pub fn is_settled_at(&self, now_unix_ms: u64) -> bool {
        now_unix_ms >= self.entry.attempt.settles_unix_ms
    }
}

#[cfg(test)]
mod tests;
