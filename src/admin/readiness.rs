//! Whether calls should come here.

use std::sync::Arc;
use std::sync::atomic::{AtomicU8, Ordering};

const STARTING: u8 = 0;
const READY: u8 = 1;
const DRAINING: u8 = 2;

/// A latch: not ready, then ready, then draining, and never back. An upstream that is down does not make the gateway
/// unready: it would take every replica out at once and help nobody.
#[derive(Debug, Clone, Default)]
pub struct Readiness(Arc<AtomicU8>);

// === impl Readiness ===

impl Readiness {
    /// Everything is loaded and every listener bound.
    pub fn start(&self) {
        // What drains stays so.
        let _ = self
            .0
            .compare_exchange(STARTING, READY, Ordering::Relaxed, Ordering::Relaxed);
    }

    /// No more calls should come.
    pub fn drain(&self) {
        self.0.store(DRAINING, Ordering::Relaxed);
    }

    /// Whether calls should come.
    #[must_use]
    pub fn is_ready(&self) -> bool {
        self.0.load(Ordering::Relaxed) == READY
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn readiness_goes_one_way() {
        let readiness = Readiness::default();
        assert!(!readiness.is_ready());
        readiness.start();
        assert!(readiness.is_ready());
        readiness.drain();
        readiness.start();
        assert!(!readiness.is_ready());
    }
}
