//! The cost of translating, held against the bars of the design: see `benches/README.md`.
//!
//! `cargo bench --bench translate` prints the table and fails if a bar is missed. `-- --smoke` judges instructions
//! and allocations only, which no neighbour on the machine disturbs; `-- --require-valgrind` fails where
//! instructions cannot be counted; `-- --only TEXT` measures the steps whose names contain the text.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    clippy::as_conversions,
    clippy::float_arithmetic,
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a bench ends at the first surprise and prints what it finds"
)]

#[path = "../callgrind/mod.rs"]
mod callgrind;
mod contestants;
mod documents;
mod measure;
mod once;
mod references;
mod shipped;
mod steps;
mod table;

use std::process::ExitCode;

use serde_json::Value;

use steps::{STEPS, Step};
use table::Table;

/// Samples taken of each contestant, in turn.
const SAMPLES: usize = 31;

struct Arguments {
    smoke: bool,
    require_valgrind: bool,
    only: String,
}

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    if let [flag, name, calls] = &*arguments
        && flag == "--child"
    {
        measure::child(name, calls.parse().unwrap());
        return ExitCode::SUCCESS;
    }
    let has = |flag: &str| arguments.iter().any(|argument| argument == flag);
    let only = arguments
        .iter()
        .skip_while(|argument| *argument != "--only")
        .nth(1);
    run(&Arguments {
        smoke: has("--smoke"),
        require_valgrind: has("--require-valgrind"),
        only: only.cloned().unwrap_or_default(),
    })
}

fn run(arguments: &Arguments) -> ExitCode {
    let valgrind = callgrind::is_there();
    if !valgrind {
        println!("valgrind is missing: instructions are not counted, and their bars not judged");
        if arguments.require_valgrind {
            return ExitCode::FAILURE;
        }
    }
    let mut table = Table::new(valgrind, !arguments.smoke);
    let meant = |step: &&Step| step.contestant.contains(&arguments.only);
    if !STEPS.iter().any(|step| meant(&step)) {
        println!("no step has `{}` in its name", arguments.only);
        return ExitCode::FAILURE;
    }
    for step in STEPS.iter().filter(meant) {
        agree(step.contestant, step.references);
        table.measure(step, SAMPLES);
    }
    if arguments.only.is_empty() {
        table.linear();
        table.checks();
    }
    let missed = table.missed();
    if missed.is_empty() {
        println!("\nevery bar is held");
        return ExitCode::SUCCESS;
    }
    println!("\nmissed:");
    for bar in missed {
        println!("  {bar}");
    }
    ExitCode::FAILURE
}

/// Every reference gives what the engine gives, as values.
fn agree(name: &str, references: &[&str]) {
    let result = |name: &str| {
        let mut contestant = contestants::contestant(name);
        let mut out = Vec::new();
        (contestant.call)(contestant.input.as_bytes(), &mut out);
        String::from_utf8(out).unwrap()
    };
    let ours = result(name);
    for reference in references {
        let theirs = result(reference);
        if ours.starts_with('<') {
            assert_eq!(ours, theirs, "{reference}");
        } else {
            let value = |text: &str| serde_json::from_str::<Value>(text).unwrap();
            assert_eq!(value(&ours), value(&theirs), "{reference}");
        }
    }
}
