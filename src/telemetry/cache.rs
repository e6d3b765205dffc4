//! Handles that kept answers are counted with.

use prometheus::IntGauge;

/// Handles of the cache.
#[derive(Debug, Clone)]
pub struct CacheMeters {
    entries: IntGauge,
    bytes: IntGauge,
}

/// An answer that is counted, with its bytes, for as long as this is held.
#[derive(Debug)]
pub struct HeldByCache {
    meters: CacheMeters,
    bytes: i64,
}

// === impl CacheMeters ===

impl CacheMeters {
    pub(super) fn new(entries: IntGauge, bytes: IntGauge) -> Self {
        Self { entries, bytes }
    }

    /// Counts an answer of so many bytes.
    #[must_use]
    pub fn hold(&self, bytes: u32) -> HeldByCache {
        let bytes = i64::from(bytes);
        self.entries.inc();
        self.bytes.add(bytes);
        HeldByCache {
            meters: self.clone(),
            bytes,
        }
    }
}

impl Drop for HeldByCache {
    fn drop(&mut self) {
        self.meters.entries.dec();
        self.meters.bytes.sub(self.bytes);
    }
}
