//! New ids, without a lock and without asking the operating system for each.

use std::hash::{BuildHasher, RandomState};
use std::num::{NonZeroU64, NonZeroU128};
use std::sync::atomic::{AtomicU64, Ordering};

use super::context::{SpanId, TraceId};

/// Makes ids: a count, spread over all bits from a place that is another one in every process.
#[derive(Debug)]
pub(super) struct Ids {
    count: AtomicU64,
    /// What trace ids have beside it.
    salt: u64,
}

// === impl Ids ===

impl Ids {
    pub(super) fn span(&self) -> SpanId {
        let id = scramble(self.count.fetch_add(1, Ordering::Relaxed));
        SpanId(NonZeroU64::new(id).unwrap_or(NonZeroU64::MIN))
    }

    pub(super) fn trace(&self) -> TraceId {
        let count = self.count.fetch_add(1, Ordering::Relaxed);
        let (high, low) = (scramble(count ^ self.salt), scramble(count));
        let id = (u128::from(high) << 64) | u128::from(low);
        TraceId(NonZeroU128::new(id).unwrap_or(NonZeroU128::MIN))
    }
}

impl Default for Ids {
    /// Begins at random: the standard library keys its hashers by the operating system's randomness.
    fn default() -> Self {
        let random = RandomState::new();
        Self {
            count: AtomicU64::new(random.hash_one("count")),
            salt: random.hash_one("salt"),
        }
    }
}

/// Spreads a count over all bits (the finaliser of SplitMix64, a bijection: different counts stay different).
fn scramble(mut bits: u64) -> u64 {
    bits = (bits ^ (bits >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    bits = (bits ^ (bits >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    bits ^ (bits >> 31)
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn ids_are_given_once_and_differ_between_processes() {
        let (one, other) = (Ids::default(), Ids::default());
        let spans: HashSet<_> = (0..1_000)
            .flat_map(|_| [one.span(), other.span()])
            .collect();
        let traces: HashSet<_> = (0..1_000)
            .flat_map(|_| [one.trace(), other.trace()])
            .collect();
        assert_eq!((spans.len(), traces.len()), (2_000, 2_000));
    }
}
