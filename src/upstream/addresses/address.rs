//! One address of an upstream: what runs there, and whether it rests.

use std::net::SocketAddr;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

use crate::config;
use crate::upstream::exchange::after;

/// An address with a port.
#[derive(Debug)]
pub(in crate::upstream) struct Address {
    socket: SocketAddr,
    running: AtomicUsize,
    /// What was last heard of it is good, or nothing was: what every exchange looks at.
    is_sound: AtomicBool,
    is_gone: AtomicBool,
    health: Mutex<Health>,
}

/// An exchange at an address, for as long as it runs.
#[derive(Debug)]
pub(in crate::upstream) struct Visit(Arc<Address>);

#[derive(Debug, Default)]
struct Health {
    /// Failures in a row.
    failed: usize,
    /// How often it rested since it was last sound.
    rested: u32,
    /// It rests until then, and further until somebody has found out that it need not.
    until: Option<Instant>,
    /// It asked for the rest itself.
    is_asked: bool,
    /// Somebody finds out.
    is_tried: bool,
}

// === impl Address ===

impl Address {
    pub(super) fn new(socket: SocketAddr) -> Self {
        Self {
            socket,
            running: AtomicUsize::new(0),
            is_sound: AtomicBool::new(true),
            is_gone: AtomicBool::new(false),
            health: Mutex::default(),
        }
    }

    pub(in crate::upstream) const fn socket(&self) -> SocketAddr {
        self.socket
    }

    pub(super) fn running(&self) -> usize {
        self.running.load(Ordering::Relaxed)
    }

    /// Whether the name leads here no more.
    pub(in crate::upstream) fn is_gone(&self) -> bool {
        self.is_gone.load(Ordering::Relaxed)
    }

    pub(super) fn leave(&self) {
        self.is_gone.store(true, Ordering::Relaxed);
    }

    pub(super) fn is_sound(&self) -> bool {
        self.is_sound.load(Ordering::Relaxed)
    }

    pub(super) fn is_resting(&self) -> bool {
        !self.is_sound() && self.lock().until.is_some()
    }

    /// Tells whether it has rested enough and this exchange is the one that finds out. Others keep away meanwhile. A
    /// request that must not be lost finds out only if no other has for long.
    pub(super) fn is_due(
        &self,
        now: Instant,
        is_repeatable: bool,
        settings: &config::Addresses,
    ) -> bool {
        if self.is_sound() {
            return false;
        }
        let mut health = self.lock();
        let Some(until) = health.until else {
            return false;
        };
        let grace = if is_repeatable {
            Duration::ZERO
        } else {
            settings.longest
        };
        if now < after(until, grace) {
            return false;
        }
        health.is_tried = true;
        health.is_asked = false;
        health.until = Some(after(now, health.time(settings)));
        true
    }

    /// Takes note that it works; true if it rested.
    pub(super) fn works(&self) -> bool {
        let mut health = self.lock();
        if health.is_asked && health.until.is_some_and(|until| Instant::now() < until) {
            return false;
        }
        let rested = health.until.is_some();
        *health = Health::default();
        self.is_sound.store(true, Ordering::Relaxed);
        rested
    }

    /// Takes note that it does not; gives how long it rests if it begins to.
    pub(super) fn fails(&self, settings: &config::Addresses) -> Option<Duration> {
        let mut health = self.lock();
        self.is_sound.store(false, Ordering::Relaxed);
        health.failed = health.failed.saturating_add(1);
        let rested = health.until.is_some();
        let is_due = if rested {
            health.is_tried
        } else {
            health.failed >= settings.failures
        };
        if !is_due {
            return None;
        }
        health.is_tried = false;
        health.rested = health.rested.saturating_add(1);
        let time = health.time(settings);
        health.until = Some(after(Instant::now(), time));
        (!rested).then_some(time)
    }

    /// Takes note that it wants to be left alone for so long; true if it did not rest already.
    pub(super) fn asks(&self, time: Duration) -> bool {
        let mut health = self.lock();
        self.is_sound.store(false, Ordering::Relaxed);
        let until = after(Instant::now(), time);
        let before = health.until.replace(until);
        health.until = before.max(Some(until));
        health.is_asked = true;
        before.is_none()
    }

    fn lock(&self) -> MutexGuard<'_, Health> {
        self.health.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

// === impl Health ===

impl Health {
    /// How long a rest is after so many.
    fn time(&self, settings: &config::Addresses) -> Duration {
        let doublings = self.rested.saturating_sub(1);
        let doubled = 1_u32.checked_shl(doublings).unwrap_or(u32::MAX);
        settings.rest.saturating_mul(doubled).min(settings.longest)
    }
}

// === impl Visit ===

impl Visit {
    pub(in crate::upstream) fn to(address: &Arc<Address>) -> Self {
        address.running.fetch_add(1, Ordering::Relaxed);
        Self(Arc::clone(address))
    }

    pub(in crate::upstream) const fn address(&self) -> &Arc<Address> {
        &self.0
    }
}

impl Drop for Visit {
    fn drop(&mut self) {
        self.0.running.fetch_sub(1, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    fn address() -> Address {
        Address::new(([192, 0, 2, 7], 80).into())
    }

    /// Fails until it rests; gives for how long.
    fn failed(address: &Address) -> Duration {
        let settings = config::Addresses::default();
        (0..10).find_map(|_| address.fails(&settings)).unwrap()
    }

    #[tokio::test(start_paused = true)]
    async fn it_rests_after_failures_in_a_row_alone() {
        let (address, settings) = (address(), config::Addresses::default());
        for _ in 0..10 {
            assert_eq!(address.fails(&settings), None);
            assert_eq!(address.fails(&settings), None);
            assert!(!address.works());
        }
        assert!(!address.is_resting());
        assert_eq!(failed(&address), SECOND);
        assert!(address.is_resting());
    }

    #[tokio::test(start_paused = true)]
    async fn one_finds_out_and_the_rest_doubles_until_it_works() {
        let (address, settings) = (address(), config::Addresses::default());
        failed(&address);
        for rest in [1, 2, 4, 8, 16, 30, 30] {
            let rest = rest * SECOND;
            tokio::time::advance(rest.saturating_sub(Duration::from_millis(1))).await;
            assert!(!address.is_due(Instant::now(), true, &settings), "{rest:?}");
            tokio::time::advance(Duration::from_millis(1)).await;
            assert!(address.is_due(Instant::now(), true, &settings), "{rest:?}");
            assert!(
                !address.is_due(Instant::now(), true, &settings),
                "a second one"
            );
            assert!(address.is_resting());
            assert_eq!(address.fails(&settings), None);
        }
        assert!(address.works());
        assert!(!address.is_resting());
        assert_eq!(failed(&address), SECOND);
    }

    #[tokio::test(start_paused = true)]
    async fn who_finds_out_and_never_says_is_followed_by_another() {
        let (address, settings) = (address(), config::Addresses::default());
        failed(&address);
        tokio::time::advance(SECOND).await;
        assert!(address.is_due(Instant::now(), true, &settings));
        tokio::time::advance(SECOND).await;
        assert!(address.is_due(Instant::now(), true, &settings));
    }

    #[tokio::test(start_paused = true)]
    async fn what_must_not_be_lost_finds_out_only_where_nothing_else_has() {
        let (address, settings) = (address(), config::Addresses::default());
        failed(&address);
        tokio::time::advance(30 * SECOND).await;
        assert!(!address.is_due(Instant::now(), false, &settings));
        tokio::time::advance(SECOND).await;
        assert!(address.is_due(Instant::now(), false, &settings));
    }

    #[tokio::test(start_paused = true)]
    async fn who_asks_for_time_is_believed_whatever_was_on_its_way() {
        let (address, settings) = (address(), config::Addresses::default());
        assert!(address.asks(10 * SECOND));
        assert!(!address.asks(5 * SECOND));
        assert!(!address.works());
        assert!(address.is_resting());
        tokio::time::advance(10 * SECOND).await;
        assert!(address.is_due(Instant::now(), true, &settings));
        assert!(address.works());
        assert!(!address.is_resting());
    }

    #[test]
    fn what_runs_there_is_counted_while_it_runs() {
        let address = Arc::new(address());
        let visit = Visit::to(&address);
        assert_eq!(address.running(), 1);
        drop(visit);
        assert_eq!(address.running(), 0);
    }
}
