//! The connections to one upstream that wait for the next exchange.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::time::Duration;

use tokio::time::Instant;

use super::addresses::Address;
use super::exchange::after;
use super::line::Line;

/// Unused connections, the latest on top: the busiest stay warm and the others grow old and are closed.
#[derive(Debug)]
pub(super) struct Pool {
    unused: Mutex<Vec<Unused>>,
    idle: Duration,
    most: usize,
    watched: AtomicBool,
}

#[derive(Debug)]
struct Unused {
    line: Box<Line>,
    since: Instant,
    until: Instant,
}

/// How long a connection may have lain for a request that must not be lost: the time in which an upstream does not hang
/// up by itself, unless it is stopped.
const WARM: Duration = Duration::from_secs(1);

// === impl Pool ===

impl Pool {
    pub(super) fn new(idle: Duration, most: usize) -> Self {
        Self {
            unused: Mutex::default(),
            idle,
            most,
            watched: AtomicBool::new(false),
        }
    }

    /// Takes the connection to an address that was used last, unless it lay too long. A request that the upstream may not
    /// see twice takes only a warm one: that the peer hangs up while it is on its way could not be mended.
    pub(super) fn take(
        &self,
        to: &Arc<Address>,
        now: Instant,
        is_repeatable: bool,
    ) -> Option<Box<Line>> {
        let mut unused = self.lock();
        let is_cold = |entry: &Unused| now.saturating_duration_since(entry.since) >= WARM;
        loop {
            let leads_there = |entry: &Unused| Arc::ptr_eq(entry.line.to(), to);
            let at = unused.iter().rposition(leads_there)?;
            if !is_repeatable && unused.get(at).is_none_or(is_cold) {
                return None;
            }
            let last = unused.remove(at);
            if now < last.until {
                return Some(last.line);
            }
        }
    }

    /// Keeps a connection for the next exchange, as long as the upstream `granted` if that is shorter; over the ceiling,
    /// or where its address is gone, it is closed instead.
    pub(super) fn put(self: &Arc<Self>, line: Box<Line>, now: Instant, granted: Option<Duration>) {
        let span = granted.map_or(self.idle, |granted| granted.min(self.idle));
        {
            let mut unused = self.lock();
            if unused.len() >= self.most {
                unused.retain(|entry| !entry.line.to().is_gone());
            }
            if unused.len() >= self.most || span.is_zero() || line.to().is_gone() {
                return;
            }
            unused.push(Unused {
                line,
                since: now,
                until: after(now, span),
            });
        }
        if !self.watched.swap(true, Ordering::Relaxed) {
            tokio::spawn(close_the_old(Arc::downgrade(self), self.idle));
        }
    }

    /// Closes what lay too long.
    fn close_old(&self, now: Instant) {
        self.lock()
            .retain(|entry| now < entry.until && !entry.line.to().is_gone());
    }

    fn lock(&self) -> MutexGuard<'_, Vec<Unused>> {
        self.unused.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Without it the sockets of an upstream that is no longer called would stay open for ever.
async fn close_the_old(pool: Weak<Pool>, idle: Duration) {
    loop {
        tokio::time::sleep(idle).await;
        let Some(pool) = pool.upgrade() else { return };
        pool.close_old(Instant::now());
    }
}
