//! What was measured beside what is allowed.

use std::process::ExitCode;
use std::time::Duration;

/// User-mode instructions of a start and an end: what they were when last measured, and a part for noise.
pub(crate) const INSTRUCTIONS: u64 = 190_000_000;

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

    pub(crate) fn count(&mut self, what: &str, found: u64, most: u64) {
        println!("  {what}: {found} (at most {most})");
        if found > most {
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
