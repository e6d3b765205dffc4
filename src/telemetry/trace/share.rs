//! Which traces are recorded where nobody decided before.

use std::fmt;

use super::context::TraceId;

/// The part of a trace's id that decides: its last 56 bits, which level 2 of W3C Trace Context and OpenTelemetry's
/// consistent sampling take for random. Whoever goes by them decides alike.
const RANDOM: u64 = (1 << 56) - 1;

/// A share of all traces.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Share {
    per_mille: u16,
    /// The least random part that is recorded.
    least: u64,
}

// === impl Share ===

impl Share {
    /// All of them.
    pub const ALL: Self = Self {
        per_mille: 1_000,
        least: 0,
    };

    /// So many of a thousand; none if it is not from 1 to 1,000.
    #[must_use]
    pub fn of_per_mille(per_mille: u16) -> Option<Self> {
        let left_out = 1_000_u128.checked_sub(u128::from(per_mille))?;
        let least = u128::from(RANDOM).saturating_add(1).checked_mul(left_out)? / 1_000;
        (per_mille > 0).then_some(Self {
            per_mille,
            least: u64::try_from(least).ok()?,
        })
    }

    /// Whether a trace is one of them, in every process alike.
    pub(super) fn holds(self, trace: TraceId) -> bool {
        let [.., random] = halves(trace);
        random & RANDOM >= self.least
    }
}

/// The two halves of an id, high and low.
fn halves(TraceId(id): TraceId) -> [u64; 2] {
    let (high, low) = (id.get() >> 64, id.get() & u128::from(u64::MAX));
    [high, low].map(|half| u64::try_from(half).unwrap_or(u64::MAX))
}

impl fmt::Display for Share {
    /// As a configuration says it.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.per_mille % 10 {
            0 => write!(f, "{}%", self.per_mille / 10),
            _ => write!(f, "{}\u{2030}", self.per_mille),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::num::NonZeroU128;

    use super::*;
    use crate::telemetry::trace::ids::Ids;

    #[test]
    fn a_share_is_told_as_it_was_said() {
        let told = |per_mille| Share::of_per_mille(per_mille).map(|share| share.to_string());
        assert_eq!(told(1_000).as_deref(), Some("100%"));
        assert_eq!(told(10).as_deref(), Some("1%"));
        assert_eq!(told(5).as_deref(), Some("5\u{2030}"));
        assert_eq!((told(0), told(1_001)), (None, None));
        assert_eq!(Share::of_per_mille(1_000), Some(Share::ALL));
    }

    #[test]
    fn the_end_of_the_id_decides() {
        let half = Share::of_per_mille(500).unwrap();
        let holds = |id| half.holds(TraceId(NonZeroU128::new(id).unwrap()));
        assert!(holds(1 << 55) && holds(u128::MAX));
        assert!(!holds((1 << 55) - 1) && !holds(u128::MAX << 56));
    }

    #[test]
    fn of_our_own_traces_about_that_share_is_recorded() {
        let ids = Ids::default();
        for (per_mille, range) in [(1_000, 100_000..=100_000), (100, 9_000..=11_000)] {
            let share = Share::of_per_mille(per_mille).unwrap();
            let held = (0..100_000).filter(|_| share.holds(ids.trace())).count();
            assert!(range.contains(&held), "{held}");
        }
    }
}
