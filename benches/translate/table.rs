//! Takes the figures of every step, prints them, and keeps the bars that are missed.

use std::collections::BTreeMap;

use crate::contestants::{contestant, held};
use crate::measure;
use crate::steps::{CHECKED, CHECKS, LINEAR, LINEAR_INSTRUCTIONS, LINEAR_TIME, Step};

/// What was measured so far.
pub(crate) struct Table {
    valgrind: bool,
    timed: bool,
    /// Instructions and nanoseconds of a call, by contestant.
    instructions: BTreeMap<String, f64>,
    nanoseconds: BTreeMap<String, f64>,
    missed: Vec<String>,
}

impl Table {
    pub(crate) fn new(valgrind: bool, timed: bool) -> Self {
        println!(
            "{:<44}{:>9}{:>13}{:>8}{:>8}{:>8}{:>12}",
            "step", "bytes", "instructions", "ratio", "allocs", "memory", "ns"
        );
        Self {
            valgrind,
            timed,
            instructions: BTreeMap::new(),
            nanoseconds: BTreeMap::new(),
            missed: Vec::new(),
        }
    }

    /// Bars that are missed.
    pub(crate) fn missed(self) -> Vec<String> {
        self.missed
    }

    /// Measures a step and its references, prints their lines and judges the step.
    pub(crate) fn measure(&mut self, step: &Step, samples: usize) {
        let names: Vec<&str> = std::iter::once(step.contestant)
            .chain(step.references.iter().copied())
            .collect();
        let times = if self.timed {
            measure::times(&names, samples)
        } else {
            vec![(f64::NAN, f64::NAN); names.len()]
        };
        for (place, (name, (nanoseconds, ratio))) in names.iter().zip(&times).enumerate() {
            if place > 0 && !self.timed {
                break;
            }
            let bytes = contestant(name).input.len();
            let instructions = self.instructions(name, bytes);
            let allocations = measure::allocations(name);
            let memory = if step.bars.memory.is_some() && place == 0 {
                held(name) as f64 / bytes as f64
            } else {
                f64::NAN
            };
            self.nanoseconds.insert((*name).to_owned(), *nanoseconds);
            let title = if place == 0 {
                step.title.to_owned()
            } else {
                format!("    {}", name.rsplit('/').next().unwrap())
            };
            println!(
                "{title:<44}{bytes:>9}{:>13}{:>8}{allocations:>8}{:>8}{:>12}",
                shown(instructions, 0),
                if place == 0 {
                    String::new()
                } else {
                    shown(*ratio, 2)
                },
                shown(memory, 2),
                shown(*nanoseconds, 0),
            );
            if place > 0 {
                continue;
            }
            let bars = step.bars;
            self.judge(step.title, "instructions", instructions, bars.instructions);
            self.judge(
                step.title,
                "allocations",
                allocations as f64,
                bars.allocations.map(|most| most as f64),
            );
            self.judge(step.title, "memory", memory, bars.memory);
        }
        if let (Some((_, ratio)), Some(most)) = (times.get(1), step.bars.ratio) {
            self.judge(step.title, "ratio", *ratio, Some(most));
        }
    }

    /// Holds the cost of a byte in a long document against that in a short one.
    pub(crate) fn linear(&mut self) {
        println!();
        for (short, long) in LINEAR {
            let bytes = |name: &str| contestant(name).input.len() as f64;
            let factor = |costs: &BTreeMap<String, f64>| {
                let cost = |name: &str| costs.get(name).copied().unwrap_or(f64::NAN) / bytes(name);
                cost(long) / cost(short)
            };
            let (instructions, time) = (factor(&self.instructions), factor(&self.nanoseconds));
            println!(
                "a byte of {long} costs {} of one of {short} in instructions, {} in time",
                shown(instructions, 3),
                shown(time, 3)
            );
            self.judge(
                long,
                "growth in instructions",
                instructions,
                Some(LINEAR_INSTRUCTIONS),
            );
            self.judge(long, "growth in time", time, Some(LINEAR_TIME));
        }
    }

    /// Holds what the compiled checks cost against their share.
    pub(crate) fn checks(&mut self) {
        println!();
        for (checked, unchecked) in CHECKED {
            let bytes = contestant(unchecked).input.len();
            let with = self.instructions.get(checked).copied().unwrap_or(f64::NAN);
            let share = 1.0 - self.instructions(unchecked, bytes) / with;
            println!(
                "checks are {} of the instructions of {checked}",
                shown(share, 3)
            );
            self.judge(checked, "share of checks", share, Some(CHECKS));
        }
    }

    fn instructions(&mut self, name: &str, bytes: usize) -> f64 {
        if !self.valgrind {
            return f64::NAN;
        }
        let count = measure::instructions(name, bytes > 50_000);
        self.instructions.insert(name.to_owned(), count);
        count
    }

    /// A figure that was not taken is no number, and misses no bar.
    fn judge(&mut self, title: &str, what: &str, found: f64, most: Option<f64>) {
        if let Some(most) = most
            && found > most
        {
            self.missed
                .push(format!("{title}: {what} {found:.3}, at most {most}"));
        }
    }
}

fn shown(figure: f64, digits: usize) -> String {
    if figure.is_nan() {
        return "-".to_owned();
    }
    format!("{figure:.digits$}")
}
