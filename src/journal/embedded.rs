//! The store in a file: redb, written by one thread that commits what waits for it at once.
//!
//! A commit costs one or two flushes to the disk whatever it holds, so the thread takes all changes that wait (a *group
//! commit*). A caller is told when the file has its change, not before. Entries are found by when they end too, and go
//! with the commits that follow it.

use std::path::Path;
use std::sync::mpsc::{Receiver, SyncSender, TrySendError, sync_channel};
use std::thread;

use redb::{Database, Durability, ReadableTable, TableDefinition, WriteTransaction};
use tokio::sync::oneshot;

use super::store::{Change, Swapped};
use super::{EntryKey, JournalFault};

/// Entries by their digest: when each ends (milliseconds since 1970), and its bytes.
const ENTRIES: TableDefinition<'_, &[u8; 32], (u64, &[u8])> = TableDefinition::new("entries");
/// The same by when they end.
const ENDS: TableDefinition<'_, (u64, &[u8; 32]), ()> = TableDefinition::new("ends");

/// Changes that may wait.
const WAITING: usize = 1024;
/// Changes of one commit.
const GROUP: usize = 256;
/// Entries that one commit forgets at most.
const FORGOTTEN: usize = 256;
/// Pages that are kept in memory, in bytes.
const CACHE: usize = 1 << 20;

/// A journal in a file.
#[derive(Debug)]
pub struct Embedded {
    /// None once it is dropped.
    work: Option<SyncSender<Work>>,
    writer: Option<thread::JoinHandle<()>>,
}

/// Why a file cannot be a journal.
#[derive(Debug, thiserror::Error)]
pub enum OpenFault {
    /// Another process has it.
    #[error("another process has the journal open")]
    InUse,
    /// It is no journal, or is damaged, or cannot be written.
    #[error("{0}")]
    File(String),
}

#[derive(Debug)]
struct Work {
    key: EntryKey,
    change: Change,
    done: oneshot::Sender<Result<Swapped, JournalFault>>,
}

// === impl Embedded ===

impl Embedded {
    /// Opens the journal in a file, which is made if it is not there.
    ///
    /// # Errors
    /// Why it cannot be opened.
    pub fn open(file: &Path) -> Result<Self, OpenFault> {
        let mut builder = Database::builder();
        builder.set_cache_size(CACHE);
        let database = builder.create(file).map_err(|fault| match fault {
            redb::DatabaseError::DatabaseAlreadyOpen => OpenFault::InUse,
            other => OpenFault::File(other.to_string()),
        })?;
        let (work, waiting) = sync_channel(WAITING);
        let writer = thread::Builder::new().name("journal".to_owned());
        let writer = writer
            .spawn(move || write(&database, &waiting))
            .map_err(|fault| OpenFault::File(fault.to_string()))?;
        Ok(Self {
            work: Some(work),
            writer: Some(writer),
        })
    }

    pub(super) async fn swap(
        &self,
        key: EntryKey,
        change: Change,
    ) -> Result<Swapped, JournalFault> {
        let (done, answer) = oneshot::channel();
        let work = Work { key, change, done };
        let writer = self.work.as_ref().ok_or(JournalFault::Unavailable)?;
        writer.try_send(work).map_err(|refused| match refused {
            TrySendError::Full(_) => JournalFault::Overloaded,
            TrySendError::Disconnected(_) => JournalFault::Unavailable,
        })?;
        answer.await.unwrap_or(Err(JournalFault::Unavailable))
    }
}

/// Waits until what was asked is written and the file is closed, so that it can be opened again.
impl Drop for Embedded {
    fn drop(&mut self) {
        drop(self.work.take());
        if let Some(writer) = self.writer.take() {
            // A writer that panicked has nothing left to write.
            let _ = writer.join();
        }
    }
}

/// Writes until nobody can ask any more.
fn write(database: &Database, waiting: &Receiver<Work>) {
    while let Ok(first) = waiting.recv() {
        let mut group = vec![first];
        while group.len() < GROUP
            && let Ok(next) = waiting.try_recv()
        {
            group.push(next);
        }
        match commit(database, &group) {
            Ok(results) => {
                for (work, result) in group.into_iter().zip(results) {
                    // Who asked may have given up.
                    let _ = work.done.send(Ok(result));
                }
            }
            Err(_) => {
                for work in group {
                    let _ = work.done.send(Err(JournalFault::Unavailable));
                }
            }
        }
    }
}

fn commit(database: &Database, group: &[Work]) -> Result<Vec<Swapped>, redb::Error> {
    let mut transaction = database.begin_write()?;
    transaction.set_durability(Durability::Immediate)?;
    let results = apply(&transaction, group)?;
    // What changed nothing needs no flush to the disk.
    if results.contains(&Swapped::Done) {
        transaction.commit()?;
    }
    Ok(results)
}

fn apply(transaction: &WriteTransaction, group: &[Work]) -> Result<Vec<Swapped>, redb::Error> {
    let mut entries = transaction.open_table(ENTRIES)?;
    let mut ends = transaction.open_table(ENDS)?;
    let mut results = Vec::with_capacity(group.len());
    let mut latest = 0;
    for work in group {
        let (key, change) = (work.key.as_bytes(), &work.change);
        let found = entries.get(key)?.map(|found| {
            let (end, bytes) = found.value();
            (end, bytes.to_vec())
        });
        let end = found.as_ref().map(|(end, _)| *end);
        // What has ended is as good as gone.
        let found = found.filter(|(end, _)| change.now_unix_ms < *end);
        let found = found.map(|(_, bytes)| bytes);
        // Nothing to be replaced by nothing is no change.
        if change.expected != found || (found.is_none() && change.new.is_none()) {
            results.push(Swapped::Differs(found));
            continue;
        }
        if let Some(end) = end {
            ends.remove((end, key))?;
        }
        match &change.new {
            Some(new) => {
                let kept = u64::try_from(change.retention.as_millis()).unwrap_or(u64::MAX);
                let end = change.now_unix_ms.saturating_add(kept);
                entries.insert(key, (end, new.as_slice()))?;
                ends.insert((end, key), ())?;
            }
            None => {
                entries.remove(key)?;
            }
        }
        latest = latest.max(change.now_unix_ms);
        results.push(Swapped::Done);
    }
    let over = ends.range(..(latest, &[0; 32]))?.take(FORGOTTEN);
    let over: Vec<(u64, [u8; 32])> = over
        .map(|end| {
            end.map(|(end, _)| {
                let (end, key) = end.value();
                (end, *key)
            })
        })
        .collect::<Result<_, _>>()?;
    for (end, key) in &over {
        ends.remove((*end, key))?;
        entries.remove(key)?;
    }
    Ok(results)
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use redb::ReadableTableMetadata;

    use super::*;
    use crate::journal::Keys;

    fn key(name: &str) -> EntryKey {
        let keys = Keys::derive(&"secret".to_owned().into()).unwrap();
        keys.entry("", "", name)
    }

    fn change(expected: Option<&str>, new: Option<&str>, now_unix_ms: u64) -> Change {
        Change {
            expected: expected.map(|text| text.as_bytes().to_vec()),
            new: new.map(|text| text.as_bytes().to_vec()),
            retention: Duration::from_millis(100),
            now_unix_ms,
        }
    }

    fn found(text: &str) -> Option<Vec<u8>> {
        Some(text.as_bytes().to_vec())
    }

    /// What stands there: no entry is what is expected.
    async fn standing(store: &Embedded, name: &str, now_unix_ms: u64) -> Option<Vec<u8>> {
        let change = change(Some("nothing"), None, now_unix_ms);
        match store.swap(key(name), change).await {
            Ok(Swapped::Differs(found)) => found,
            other => panic!("{other:?}"),
        }
    }

    #[tokio::test]
    async fn an_entry_is_replaced_only_where_it_is_what_was_expected() {
        let folder = tempfile::tempdir().unwrap();
        let store = Embedded::open(&folder.path().join("journal")).unwrap();
        let a = key("a");
        let swap = |expected, new| store.swap(a, change(expected, new, 0));
        assert_eq!(swap(None, Some("1")).await, Ok(Swapped::Done));
        let differs = Swapped::Differs(found("1"));
        assert_eq!(swap(None, Some("2")).await, Ok(differs.clone()));
        assert_eq!(swap(Some("0"), Some("2")).await, Ok(differs));
        assert_eq!(swap(Some("1"), Some("2")).await, Ok(Swapped::Done));
        assert_eq!(standing(&store, "a", 0).await, found("2"));
        assert_eq!(swap(Some("2"), None).await, Ok(Swapped::Done));
        assert_eq!(standing(&store, "a", 0).await, None);
        assert_eq!(swap(Some("2"), None).await, Ok(Swapped::Differs(None)));
    }

    #[tokio::test]
    async fn what_was_written_is_there_when_the_file_is_opened_again() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("journal");
        let store = Embedded::open(&file).unwrap();
        let done = store.swap(key("a"), change(None, Some("1"), 0)).await;
        assert_eq!(done, Ok(Swapped::Done));
        assert!(matches!(Embedded::open(&file), Err(OpenFault::InUse)));
        drop(store);
        let store = Embedded::open(&file).unwrap();
        assert_eq!(standing(&store, "a", 0).await, found("1"));
    }

    #[tokio::test]
    async fn entries_that_end_are_gone_and_go_with_later_changes() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("journal");
        let store = Embedded::open(&file).unwrap();
        let write = async |name, expected, new, now| {
            let done = store
                .swap(key(name), change(expected, Some(new), now))
                .await;
            assert_eq!(done, Ok(Swapped::Done), "{name}");
        };
        for (name, now) in [("a", 0), ("b", 50), ("c", 100)] {
            write(name, None, name, now).await;
        }
        assert_eq!(standing(&store, "a", 99).await, found("a"));
        assert_eq!(standing(&store, "a", 100).await, None);
        // One that was replaced ends later.
        write("b", Some("b"), "e", 120).await;
        write("d", None, "d", 210).await;
        assert_eq!(standing(&store, "b", 210).await, found("e"));
        drop(store);
        // Of the ends that have passed nothing is left in the file.
        let database = Database::create(&file).unwrap();
        let transaction = database.begin_write().unwrap();
        let kept = transaction.open_table(ENTRIES).unwrap().len().unwrap();
        let ends = transaction.open_table(ENDS).unwrap().len().unwrap();
        assert_eq!((kept, ends), (2, 2));
    }

    #[test]
    fn a_file_that_is_no_journal_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("journal");
        std::fs::write(&file, "no journal").unwrap();
        assert!(matches!(Embedded::open(&file), Err(OpenFault::File(_))));
        let nowhere = folder.path().join("missing/journal");
        assert!(matches!(Embedded::open(&nowhere), Err(OpenFault::File(_))));
    }

    /// Of many that begin at once, one is first.
    #[tokio::test]
    async fn changes_that_meet_are_made_one_after_the_other() {
        let folder = tempfile::tempdir().unwrap();
        let store = std::sync::Arc::new(Embedded::open(&folder.path().join("journal")).unwrap());
        let calls = (0..200).map(|number: u32| {
            let store = std::sync::Arc::clone(&store);
            tokio::spawn(async move {
                let number = number.to_string();
                store.swap(key("a"), change(None, Some(&number), 0)).await
            })
        });
        let calls: Vec<_> = calls.collect();
        let mut first = 0;
        for call in calls {
            first += u32::from(call.await.unwrap() == Ok(Swapped::Done));
        }
        assert_eq!(first, 1);
    }
}
