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
pub use entry::{Answer, Attempt, Entry, Standing};
pub use keys::{EntryKey, Fingerprint, Keys, NoKeys, fresh_secret};
pub use redis::{AddressFault, Redis};
pub use store::Store;
use store::{Change, Swapped};

/// How much later than the deadline of its attempt an entry of another process counts as abandoned: clocks differ.
const GRACE_MS: u64 = 5_000;

/// Swaps that are tried before a call gives up against others that change the same entry.
const TRIES: usize = 4;

/// The outcomes of keyed writes.
#[derive(Debug)]
pub struct Journal {
    store: Store,
    keys: Keys,
    /// This process among those that share the store.
    owner: [u8; 16],
    /// How long an entry is kept.
    retention: Duration,
}

/// What a keyed write meets.
#[derive(Debug)]
pub enum Begun {
    /// Nothing was sent for this key: its attempt is written down, and may leave now.
    Open(Open),
    /// An attempt is on its way.
    InFlight,
    /// The key was used for another request.
    Reused,
    /// The first call was answered.
    Answered(Answer),
    /// Nobody knows what became of the first attempt.
    Unknown(Unsettled),
}

/// An attempt that is written down. Whoever holds it tells the journal what becomes of it.
#[derive(Debug)]
#[must_use = "an attempt whose end is not told counts as unknown"]
pub struct Open {
    key: EntryKey,
    entry: Entry,
    written: Vec<u8>,
}

/// An attempt of unknown outcome.
#[derive(Debug)]
pub struct Unsettled {
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
    /// Others changed the entry again and again.
    #[error("an entry of the journal changes too fast")]
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

    /// Writes down that an attempt is about to leave, unless the key was used before. When this returns
    /// [`Begun::Open`], the entry outlives the process.
    ///
    /// # Errors
    /// The journal cannot say: nothing may be sent.
    pub async fn begin(
        &self,
        key: EntryKey,
        attempt: Attempt,
        now_unix_ms: u64,
    ) -> Result<Begun, JournalFault> {
        let mut entry = Entry::started(attempt, self.owner, now_unix_ms);
        let mut expected = None;
        for _ in 0..TRIES {
            let written = self.seal(&key, &entry)?;
            match self
                .swap(&key, expected.as_deref(), Some(&written), now_unix_ms)
                .await?
            {
                Swapped::Done => {
                    return Ok(Begun::Open(Open {
                        key,
                        entry,
                        written,
                    }));
                }
                // It went away in between.
                Swapped::Differs(None) => expected = None,
                Swapped::Differs(Some(found)) => {
                    let held = self.unseal(&key, &found)?;
                    if held.is_over(now_unix_ms) {
                        expected = Some(found);
                        continue;
                    }
                    if held.attempt.fingerprint != entry.attempt.fingerprint {
                        return Ok(Begun::Reused);
                    }
                    match self.standing(held, now_unix_ms) {
                        (_, Standing::Started) => return Ok(Begun::InFlight),
                        (_, Standing::Answered(answer)) => return Ok(Begun::Answered(answer)),
                        (held, Standing::Unknown) => {
                            return Ok(Begun::Unknown(Unsettled {
                                key,
                                entry: held,
                                written: found,
                            }));
                        }
                    }
                }
            }
            entry.started_unix_ms = now_unix_ms;
        }
        Err(JournalFault::Contended)
    }

    /// Writes down that an attempt of unknown outcome is made again; the answer is none if another call was faster.
    ///
    /// # Errors
    /// The journal cannot say: nothing may be sent.
    pub async fn again(
        &self,
        unsettled: Unsettled,
        attempt: Attempt,
        now_unix_ms: u64,
    ) -> Result<Option<Open>, JournalFault> {
        let Unsettled { key, written, .. } = unsettled;
        let entry = Entry::started(attempt, self.owner, now_unix_ms);
        let sealed = self.seal(&key, &entry)?;
        let swapped = self
            .swap(&key, Some(&written), Some(&sealed), now_unix_ms)
            .await?;
        Ok(matches!(swapped, Swapped::Done).then_some(Open {
            key,
            entry,
            written: sealed,
        }))
    }

    /// Writes down what became of an attempt.
    ///
    /// # Errors
    /// The journal cannot: the attempt will count as unknown.
    pub async fn finish(&self, open: Open, end: End, now_unix_ms: u64) -> Result<(), JournalFault> {
        let Open {
            key,
            entry,
            written,
        } = open;
        self.end(key, entry, &written, end, now_unix_ms).await
    }

    /// Writes down what became of an attempt whose outcome was unknown, unless another call did.
    ///
    /// # Errors
    /// The journal cannot: the attempt stays unknown.
    pub async fn settle(
        &self,
        unsettled: Unsettled,
        end: End,
        now_unix_ms: u64,
    ) -> Result<(), JournalFault> {
        let Unsettled {
            key,
            entry,
            written,
        } = unsettled;
        self.end(key, entry, &written, end, now_unix_ms).await
    }

    async fn end(
        &self,
        key: EntryKey,
        mut entry: Entry,
        written: &[u8],
        end: End,
        now_unix_ms: u64,
    ) -> Result<(), JournalFault> {
        entry.standing = match end {
            End::NotDone => {
                // What another call wrote in between is not this call's to remove.
                self.swap(&key, Some(written), None, now_unix_ms).await?;
                return Ok(());
            }
            End::Unknown => Standing::Unknown,
            End::Answered(answer) => Standing::Answered(answer),
        };
        let sealed = self.seal(&key, &entry)?;
        self.swap(&key, Some(written), Some(&sealed), now_unix_ms)
            .await?;
        Ok(())
    }

    /// What is known of a key.
    ///
    /// # Errors
    /// The journal cannot say.
    pub async fn look(
        &self,
        key: EntryKey,
        now_unix_ms: u64,
    ) -> Result<Option<Seen>, JournalFault> {
        let Some(found) = self.store.get(&key).await? else {
            return Ok(None);
        };
        let held = self.unseal(&key, &found)?;
        if held.is_over(now_unix_ms) {
            return Ok(None);
        }
        let (entry, standing) = self.standing(held, now_unix_ms);
        Ok(Some(match standing {
            Standing::Started => Seen::InFlight,
            Standing::Answered(answer) => Seen::Answered(answer),
            Standing::Unknown => Seen::Unknown(Unsettled {
                key,
                entry,
                written: found,
            }),
        }))
    }

    /// How an entry stands now: an attempt whose process cannot end it any more is one of unknown outcome.
    fn standing(&self, mut entry: Entry, now_unix_ms: u64) -> (Entry, Standing) {
        let standing = std::mem::replace(&mut entry.standing, Standing::Unknown);
        let is_abandoned = standing == Standing::Started
            && if entry.owner == self.owner || !self.store.is_exclusive() {
                now_unix_ms > entry.attempt.ends_unix_ms.saturating_add(GRACE_MS)
            } else {
                // Only one process has the store: that of the entry is gone.
                true
            };
        let standing = if is_abandoned {
            Standing::Unknown
        } else {
            standing
        };
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
        let expires = entry
            .started_unix_ms
            .saturating_add(u64::try_from(self.retention.as_millis()).unwrap_or(u64::MAX));
        entry.encode(expires, &mut plain);
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

/// What is known of a key.
#[derive(Debug)]
pub enum Seen {
    /// An attempt is on its way.
    InFlight,
    /// It was answered.
    Answered(Answer),
    /// Nobody knows what became of it.
    Unknown(Unsettled),
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

// === impl Open ===

impl Open {
    /// The attempt.
    #[must_use]
    pub fn attempt(&self) -> &Attempt {
        &self.entry.attempt
    }
}

// === impl Unsettled ===

impl Unsettled {
    /// The attempt that nobody knows the outcome of.
    #[must_use]
    pub fn attempt(&self) -> &Attempt {
        &self.entry.attempt
    }

    /// From when on it cannot land any more; milliseconds since 1970.
    #[must_use]
    pub fn settles_unix_ms(&self) -> u64 {
        self.entry.attempt.settles_unix_ms
    }

    /// Whether it can no longer land upstream, so that a resource which is not there was not made.
    #[must_use]
    pub fn is_settled_at(&self, now_unix_ms: u64) -> bool {
        now_unix_ms >= self.entry.attempt.settles_unix_ms
    }
}

#[cfg(test)]
mod tests;
