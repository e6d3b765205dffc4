//! The cost of starting `interlingua serve` over every shipped mapping, held against Bar 3 of the design: see
//! `benches/README.md`.
//!
//! `cargo bench --bench startup` fails if a bar is missed; `-- --require-valgrind` also where instructions cannot be
//! counted.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    clippy::as_conversions,
    clippy::float_arithmetic,
    clippy::print_stdout,
    reason = "a bench ends at the first surprise and prints what it finds"
)]

mod bars;
#[path = "../callgrind/mod.rs"]
mod callgrind;
mod many;
mod process;

use std::process::ExitCode;
use std::time::Duration;

use bars::Bars;
use process::Served;

/// Starts whose times are taken.
const STARTS: usize = 15;

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    if let [flag, copies] = &*arguments
        && flag == "--child"
    {
        many::load(copies.parse().unwrap());
        return ExitCode::SUCCESS;
    }
    let counts = callgrind::is_there();
    if !counts {
        println!("valgrind is missing: instructions are not counted, and their bars not judged");
        if arguments
            .iter()
            .any(|argument| argument == "--require-valgrind")
        {
            return ExitCode::FAILURE;
        }
    }
    let mut bars = Bars::default();
    start(&mut bars, counts);
    load(&mut bars, counts);
    bars.judged()
}

/// One gateway, from its first instruction until it is ready, and at rest.
fn start(bars: &mut Bars, counts: bool) {
    println!("interlingua serve, five upstreams");
    let configured = process::Configured::new();
    let mut times = Vec::with_capacity(STARTS);
    let mut at_rest = (0, 0);
    for _ in 0..STARTS {
        let served = Served::start(&configured);
        times.push(served.took);
        at_rest = at_rest.max(served.memory());
        served.end();
    }
    bars.time("ready", median(&mut times), Duration::from_millis(50));
    bars.count("resident, KiB", at_rest.0, bars::RESIDENT);
    println!("  of it anonymous, KiB: {}", at_rest.1);
    if counts {
        let instructions = process::instructions(&configured);
        println!("  instructions until ready and to the end: {instructions}");
    }
}

/// A thousand mappings, read and compiled by the library.
fn load(bars: &mut Bars, counts: bool) {
    let (one, many) = (many::mappings(1), many::mappings(many::COPIES));
    println!("{many} mappings of {} upstreams", 5 * many::COPIES);
    let mut times: Vec<_> = (0..3).map(|_| many::load(many::COPIES)).collect();
    bars.time(
        "read and compiled",
        median(&mut times),
        Duration::from_secs(1),
    );
    if counts {
        let (few, more) = (many::instructions(1), many::instructions(5));
        println!(
            "  instructions of each mapping: {}",
            (more - few) / (4 * one)
        );
        // What a mapping costs must not grow with the number of the others.
        let most = many::instructions(9) - more;
        bars.count(
            "instructions of the next four copies over the first four, of a hundred",
            100 * most / (more - few),
            bars::GROWTH,
        );
    }
}

fn median(samples: &mut [Duration]) -> Duration {
    samples.sort_unstable();
    samples[samples.len() / 2]
}
