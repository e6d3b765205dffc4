//! Which of several addresses an exchange goes to: of two by chance the one where less runs.
//!
//! That balances nearly as well as looking at all of them, follows addresses of unequal speed by itself, and sends
//! nobody's calls all to one place at one moment (Mitzenmacher, "The Power of Two Choices in Randomized Load Balancing").

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use ring::rand::{SecureRandom, SystemRandom};
use tokio::time::Instant;

use super::address::Address;
use crate::config;

/// Chance that costs one atomic addition: the generator of Steele, Lea and Flood ("SplitMix", OOPSLA 2014).
pub(super) struct Dice(AtomicU64);

/// Addresses to choose from.
#[derive(Clone, Copy)]
pub(super) struct Choice<'a> {
    pub(super) addresses: &'a [Arc<Address>],
    pub(super) dice: &'a Dice,
}

// === impl Dice ===

impl Dice {
    /// Dice that fall differently in every process.
    pub(super) fn new() -> Self {
        let mut seed = [0; 8];
        // Without chance all processes choose alike, which balances all the same.
        let _ = SystemRandom::new().fill(&mut seed);
        Self::seeded(u64::from_le_bytes(seed))
    }

    pub(super) const fn seeded(seed: u64) -> Self {
        Self(AtomicU64::new(seed))
    }

    /// Some number below another one.
    fn below(&self, bound: usize) -> usize {
        const STEP: u64 = 0x9e37_79b9_7f4a_7c15;
        let state = self.0.fetch_add(STEP, Ordering::Relaxed).wrapping_add(STEP);
        let mixed = (state ^ (state >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        let mixed = mixed ^ (mixed >> 31);
        let bound = u64::try_from(bound).unwrap_or(u64::MAX);
        usize::try_from(mixed.checked_rem(bound).unwrap_or(0)).unwrap_or(0)
    }
}

impl fmt::Debug for Dice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Dice")
    }
}

// === impl Choice ===

impl<'a> Choice<'a> {
    /// The address for an exchange: one that has rested enough, so that somebody finds out; else one of those that do
    /// not rest; else, since all of them do, any. Those that `is_tried` already are taken when no other is left.
    pub(super) fn first(
        self,
        now: Instant,
        is_repeatable: bool,
        settings: &config::Addresses,
        is_tried: impl Fn(&Address) -> bool,
    ) -> Option<&'a Arc<Address>> {
        if let [only] = self.addresses {
            return Some(only);
        }
        let mut due = self.addresses.iter().filter(|address| !is_tried(address));
        due.find(|address| address.is_due(now, is_repeatable, settings))
            .or_else(|| self.next(is_tried))
            .or_else(|| self.of_two(|_| true))
    }

    /// One that was not tried, and does not rest if there is such a one.
    pub(super) fn next(self, is_tried: impl Fn(&Address) -> bool) -> Option<&'a Arc<Address>> {
        self.of_two(|address| !is_tried(address) && !address.is_resting())
            .or_else(|| self.of_two(|address| !is_tried(address)))
    }

    fn of_two(self, fits: impl Fn(&Address) -> bool) -> Option<&'a Arc<Address>> {
        let fitting = || self.addresses.iter().filter(|address| fits(address));
        let count = fitting().count();
        let one = self.dice.below(count);
        let mut other = self.dice.below(count.saturating_sub(1));
        if other >= one {
            other = other.saturating_add(1);
        }
        let (one, other) = (fitting().nth(one), fitting().nth(other));
        match (one, other) {
            (Some(one), Some(other)) if other.running() < one.running() => Some(other),
            (Some(one), _) => Some(one),
            // Addresses that began to rest between two looks at them.
            (None, other) => other.or_else(|| fitting().next()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::address::Visit;
    use super::*;

    fn addresses(count: u8) -> Vec<Arc<Address>> {
        let socket = |last: u8| ([192, 0, 2, last], 80).into();
        (0..count)
            .map(|last| Arc::new(Address::new(socket(last))))
            .collect()
    }

    fn position(addresses: &[Arc<Address>], chosen: &Arc<Address>) -> usize {
        let is_it = |address| Arc::ptr_eq(address, chosen);
        addresses.iter().position(is_it).unwrap()
    }

    #[test]
    fn idle_addresses_are_taken_alike() {
        let (addresses, dice) = (addresses(4), Dice::seeded(7));
        let choice = Choice {
            addresses: &addresses,
            dice: &dice,
        };
        let mut taken = [0_u32; 4];
        for _ in 0..4_000 {
            taken[position(&addresses, choice.next(|_| false).unwrap())] += 1;
        }
        assert!(
            taken.iter().all(|taken| (900..=1_100).contains(taken)),
            "{taken:?}"
        );
    }

    #[test]
    fn of_two_speeds_the_faster_gets_more_and_the_slower_what_it_can_do() {
        let (addresses, dice) = (addresses(2), Dice::seeded(7));
        let choice = Choice {
            addresses: &addresses,
            dice: &dice,
        };
        // One answers in one step, the other in nine; ten exchanges run at one time.
        let mut running: Vec<(u32, usize, Visit)> = Vec::new();
        let mut answered = [0_u32; 2];
        for step in 0..1_000 {
            running.retain(|(end, at, _)| {
                let is_over = *end <= step;
                answered[*at] += u32::from(is_over);
                !is_over
            });
            while running.len() < 10 {
                let chosen = choice.next(|_| false).unwrap();
                let at = position(&addresses, chosen);
                running.push((step + [1, 9][at], at, Visit::to(chosen)));
            }
        }
        // Half of the ten stay at the slow one: 5 every 9 steps, against 5 in each.
        let [fast, slow] = answered;
        assert!((4_500..=5_500).contains(&fast), "{fast}");
        assert!((450..=650).contains(&slow), "{slow}");
    }

    #[test]
    fn an_address_that_was_tried_is_the_last_resort() {
        let (addresses, dice) = (addresses(2), Dice::seeded(7));
        let choice = Choice {
            addresses: &addresses,
            dice: &dice,
        };
        let tried = addresses[0].socket();
        for _ in 0..32 {
            let chosen = choice.next(|address| address.socket() == tried).unwrap();
            assert_eq!(position(&addresses, chosen), 1);
        }
        assert!(choice.next(|_| true).is_none());
        let settings = config::Addresses::default();
        let any = choice.first(Instant::now(), true, &settings, |_| true);
        assert!(any.is_some());
    }
}
