//! What was measured beside what is allowed.

use std::process::ExitCode;
use std::time::Duration;

/// KiB at rest: 15 MB, of the design.
pub(crate) const RESIDENT: u64 = 15 * 1024;

/// Of a hundred: what a mapping costs does not grow with the number of the others.
pub(crate) const GROWTH: u64 = 105;

/// The bars that a run misses.
#[derive(Default)]
pub(crate) struct Bars {
    missed: Vec<String>,
}

// === impl Bars ===

impl Bars {
    pub(crate) fn time(&mut self, what: &str, took: Duration, most: Duration) {
        println!("  {what}: {took:.1?} (at most {most:.0?})");
        if took > most {
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
