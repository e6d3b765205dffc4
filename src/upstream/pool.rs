//! The connections to one upstream that wait for the next exchange.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::time::Duration;

use tokio::time::Instant;

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
}

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

    /// Takes the connection that was used last, unless it lay too long.
    pub(super) fn take(&self, now: Instant) -> Option<Box<Line>> {
        let mut unused = self.lock();
        let top = unused.pop()?;
        if now.saturating_duration_since(top.since) < self.idle {
            return Some(top.line);
        }
        // Everything below lay even longer.
        unused.clear();
        None
    }

    /// Keeps a connection for the next exchange; over the ceiling it is closed instead.
    pub(super) fn put(self: &Arc<Self>, line: Box<Line>, now: Instant) {
        {
            let mut unused = self.lock();
            if unused.len() >= self.most {
                return;
            }
            unused.push(Unused { line, since: now });
        }
        if !self.watched.swap(true, Ordering::Relaxed) {
            tokio::spawn(close_the_old(Arc::downgrade(self), self.idle));
        }
    }

    /// Closes what lay too long; the oldest are at the bottom.
    fn close_old(&self, now: Instant) {
        let mut unused = self.lock();
        let old =
            unused.partition_point(|entry| now.saturating_duration_since(entry.since) >= self.idle);
        unused.drain(..old);
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
