//! Answers that are given again without asking the upstream, for as long as its mapping allows (`cache: 30s`).
//!
//! What is kept is the composed answer: a hit is a key, a look-up and the bytes. Whether it is still good is decided here
//! at each look-up, by the time since it was asked for and by what has changed since ([`generations`]); the store below
//! only bounds how much is kept. Kept answers are personal data: they stand in memory only, no longer than twice the
//! longest lifetime, under keys that tell nothing, and nothing prints them.

mod control;
mod flights;
mod generations;
mod kept;
mod key;

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Weak};
use std::time::Duration;

use bytes::Bytes;
use http::HeaderMap;
use tokio::runtime::Handle;
use tokio::task::yield_now;
use tokio::time::{Instant, sleep};

use self::kept::Fresh;
use self::key::{ByDigest, Keys};
use super::identity::NoRandomness;
use crate::telemetry::{CacheMeters, Metrics};

pub(super) use control::{Allowance, Demand, Heard};
pub(super) use flights::{Flights, Landing, Seat};
pub use generations::Changes;
pub(super) use generations::{Change, Generations, Subject};
pub(super) use kept::{Kept, conditional};
pub(super) use key::{Identity, Key};

/// The part of the room that one answer may take: a larger one would push out too many others.
const SHARE: usize = 8;

type Answers = moka::sync::Cache<Key, Arc<Kept>, ByDigest>;

/// The answers that are kept.
#[derive(Debug)]
pub(super) struct Cache {
    answers: Arc<Answers>,
    keys: Keys,
    pub(super) flights: Flights,
    meters: CacheMeters,
    /// Bytes of the largest answer.
    largest: usize,
    /// The longest time that anything is kept.
    longest: Duration,
    is_swept: Arc<AtomicBool>,
}

/// What a look-up found.
#[derive(Debug)]
pub(super) enum Found {
    /// An answer that is good enough.
    Fresh(Arc<Kept>),
    /// One that is good, but not for this caller.
    Refused,
    /// One whose time is over.
    Stale,
    /// None, or one from before a change.
    Nothing,
}

/// A read whose answer may be kept.
#[derive(Debug, Clone, Copy)]
pub(super) struct Reading<'c> {
    pub(super) key: Key,
    /// What has changed at its upstream.
    pub(super) generations: &'c Generations,
    pub(super) subject: Subject,
    /// Whether callers' own caches may use the answer, too.
    pub(super) is_got: bool,
}

// === impl Reading ===

impl Reading<'_> {
    /// What has changed so far of all that its answer may show.
    pub(super) fn stamp(&self) -> u64 {
        self.generations.stamp(self.subject)
    }
}

// === impl Cache ===

impl Cache {
    /// An empty one of so many bytes; nothing is kept for longer than `longest`.
    pub(super) fn new(
        bytes: usize,
        longest: Duration,
        metrics: &Metrics,
    ) -> Result<Self, NoRandomness> {
        let answers = moka::sync::Cache::builder()
            .max_capacity(u64::try_from(bytes).unwrap_or(u64::MAX))
            .weigher(|_, kept: &Arc<Kept>| kept.weight())
            // Its clock is the machine's own and only clears away: what is fresh is decided by ours.
            .time_to_live(longest)
            .build_with_hasher(ByDigest::default());
        Ok(Self {
            answers: Arc::new(answers),
            keys: Keys::new()?,
            flights: Flights::default(),
            meters: metrics.cache(),
            largest: bytes.checked_div(SHARE).unwrap_or_default(),
            longest,
            is_swept: Arc::default(),
        })
    }

    /// Where the answer of a read is kept.
    pub(super) fn key(&self, identity: &Identity<'_>) -> Key {
        self.keys.of(identity)
    }

    /// Looks for an answer.
    pub(super) fn find(&self, reading: &Reading<'_>, demand: &Demand, now: Instant) -> Found {
        let Some(kept) = self.answers.get(&reading.key) else {
            return Found::Nothing;
        };
        let left = kept.left(now);
        if kept.stamp != reading.stamp() {
            self.answers.invalidate(&reading.key);
            Found::Nothing
        } else if left.is_zero() {
            Found::Stale
        } else if demand.takes(kept.age(now), left) {
            Found::Fresh(kept)
        } else {
            Found::Refused
        }
    }

    /// Keeps an answer that was asked for at a time, unless something changed since the stamp was taken.
    pub(super) fn keep(
        &self,
        reading: &Reading<'_>,
        stamp: u64,
        (asked, allowance): (Instant, Allowance),
        (headers, body): (HeaderMap, Bytes),
    ) -> Option<Arc<Kept>> {
        if reading.stamp() != stamp || body.len() > self.largest {
            return None;
        }
        let fresh = Fresh {
            headers,
            body,
            asked,
            allowance,
            stamp,
            is_got: reading.is_got,
        };
        let kept = Arc::new(Kept::new(fresh, |weight| self.meters.hold(weight)));
        self.answers.insert(reading.key, Arc::clone(&kept));
        // The bound holds from here on: elsewhere it would hold some time later.
        self.answers.run_pending_tasks();
        self.sweep();
        Some(kept)
    }

    /// Takes old answers out of memory where no call comes any more whose look-up would. Whatever is kept while a sweep is
    /// planned is old when that sweep comes.
    fn sweep(&self) {
        let Ok(runtime) = Handle::try_current() else {
            return;
        };
        if self.is_swept.swap(true, Ordering::SeqCst) {
            return;
        }
        // A gateway that serves no more goes with all that it keeps.
        let (answers, longest) = (Arc::downgrade(&self.answers), self.longest);
        let is_swept = Arc::clone(&self.is_swept);
        runtime.spawn(async move {
            sleep(longest).await;
            is_swept.store(false, Ordering::SeqCst);
            sleep(longest).await;
            clear(&answers).await;
        });
    }
}

/// Takes out what is old: each time some of it, so that calls come in between.
async fn clear(answers: &Weak<Answers>) {
    let mut before = u64::MAX;
    while let Some(answers) = answers.upgrade()
        && answers.entry_count() < before
    {
        before = answers.entry_count();
        answers.run_pending_tasks();
        drop(answers);
        yield_now().await;
    }
}

#[cfg(test)]
mod tests {
    use http::HeaderMap;

    use super::*;
    use crate::gateway::translate::OperationIndex;
    use crate::gateway::wishes::{Caller, Wishes};

    fn reading<'c>(cache: &Cache, generations: &'c Generations, id: &str) -> Reading<'c> {
        let (headers, caller) = (HeaderMap::new(), Caller::default());
        let wishes = Wishes::of(&headers, &caller, false).unwrap();
        let identity = Identity {
            upstream: 0,
            operation: OperationIndex(0),
            inputs: &[("id", id)],
            limit: None,
            cursor: None,
            wishes: &wishes,
            body: None,
        };
        Reading {
            key: cache.key(&identity),
            generations,
            subject: Subject::Anything,
            is_got: true,
        }
    }

    #[tokio::test(start_paused = true)]
    async fn what_is_old_goes_out_of_memory_though_nobody_asks() {
        let longest = Duration::from_millis(100);
        let metrics = Metrics::new("0").unwrap();
        let cache = Cache::new(1 << 24, longest, &metrics).unwrap();
        let generations = Generations::default();
        let allowance = Allowance {
            lifetime: longest,
            age: 0,
        };
        for id in 0..4_000 {
            let reading = reading(&cache, &generations, &id.to_string());
            let content = (HeaderMap::new(), Bytes::from_static(b"{}"));
            let kept = cache.keep(&reading, 0, (Instant::now(), allowance), content);
            assert!(kept.is_some());
        }
        assert!(cache.is_swept.load(Ordering::SeqCst));
        // The store's clock is the machine's: its last answer is older than this then.
        let last = std::time::Instant::now();
        while last.elapsed() <= longest {
            std::hint::spin_loop();
        }
        // Time that stands still goes on to the sweep when all else has been done.
        sleep(longest * 3).await;
        assert!(!cache.is_swept.load(Ordering::SeqCst));
        for _ in 0..1_000 {
            yield_now().await;
        }
        assert_eq!(cache.answers.entry_count(), 0);
    }
}
