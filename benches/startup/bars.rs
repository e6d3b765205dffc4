//! What was measured beside what is allowed.

use std::process::ExitCode;
use std::time::Duration;

/// What a figure may be.
pub(crate) struct Bar {
    most: u64,
    /// What it was when last measured, if it missed the bar; a smoke run holds it to that.
    reached: Option<u64>,
}

/// Of the design: 15 MB. The pages of the binary that the kernel maps around those that are touched are two thirds.
pub(crate) const RESIDENT: Bar = Bar {
    most: 15 * 1024,
    reached: Some(24_300),
};

/// KiB of its own: with the binary's half, what the design leaves.
pub(crate) const ANONYMOUS: Bar = Bar {
    most: 9_000,
    reached: None,
};

/// User-mode instructions of a start and an end, as last measured and a part for noise.
pub(crate) const INSTRUCTIONS: Bar = Bar {
    most: 170_000_000,
    reached: None,
};

/// Of a hundred: what a mapping costs does not grow with the number of the others.
pub(crate) const GROWTH: Bar = Bar {
    most: 105,
    reached: None,
};

/// A hundredth of a figure by which machines differ.
const NOISE: u64 = 104;

/// The bars of a run, and those that are missed.
pub(crate) struct Bars {
    smoke: bool,
    missed: Vec<String>,
}

// === impl Bars ===

impl Bars {
    pub(crate) fn new(smoke: bool) -> Self {
        Self {
            smoke,
            missed: Vec::new(),
        }
    }

    /// Judges a time, in a full run alone.
    pub(crate) fn time(&mut self, what: &str, took: Duration, most: Duration) {
        println!("  {what}: {took:.1?} (at most {most:.0?})");
        if took > most && !self.smoke {
            self.missed.push(what.to_owned());
        }
    }

    pub(crate) fn count(&mut self, what: &str, found: u64, bar: &Bar) {
        println!("  {what}: {found} (at most {})", bar.most);
        let reached = bar.reached.filter(|_| self.smoke).unwrap_or_default();
        if found > bar.most.max(reached * NOISE / 100) {
            self.missed.push(what.to_owned());
        }
    }

    pub(crate) fn judged(&self) -> ExitCode {
        if self.missed.is_empty() {
            println!("\nevery bar is held");
            return ExitCode::SUCCESS;
        }
        println!("\nmissed: {}", self.missed.join(", "));
        ExitCode::FAILURE
    }
}
