//! Where entries are kept: bytes under digests, replaced only where they are what was expected.

use std::time::Duration;

use super::embedded::Embedded;
use super::redis::Redis;
use super::{EntryKey, JournalFault};

/// A store of entries.
#[derive(Debug)]
pub enum Store {
    /// A file of this process alone.
    Embedded(Embedded),
    /// A Redis that several processes share.
    Redis(Box<Redis>),
}

/// A change of one entry.
#[derive(Debug)]
pub(super) struct Change {
    /// What must stand there; nothing for no entry.
    pub(super) expected: Option<Vec<u8>>,
    /// What stands there afterwards; nothing for no entry.
    pub(super) new: Option<Vec<u8>>,
    /// How long it is kept.
    pub(super) retention: Duration,
    /// Now; milliseconds since 1970.
    pub(super) now_unix_ms: u64,
}

/// What became of a change.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Swapped {
    /// It was made, and outlives the process.
    Done,
    /// Something else stood there, and still does.
    Differs(Option<Vec<u8>>),
}

// === impl Store ===

impl Store {
    /// Whether no other process can write to it while this one has it.
    pub(super) fn is_exclusive(&self) -> bool {
        matches!(self, Self::Embedded(_))
    }

    pub(super) async fn swap(
        &self,
        key: &EntryKey,
        change: Change,
    ) -> Result<Swapped, JournalFault> {
        match self {
            Self::Embedded(store) => store.swap(*key, change).await,
            Self::Redis(store) => store.swap(key, &change).await,
        }
    }
}
