//! Instructions, allocations, memory and time of one call.

use std::hint::black_box;
use std::time::Instant;

use crate::callgrind;
use crate::contestants::{Contestant, contestant};

/// Calls until an engine is warm: the second one of a shape is kept as a stencil, and the third as a recording.
const WARM: u32 = 3;

/// Calls a contestant so many times. Callgrind counts inside this function only, so it is never inlined.
#[inline(never)]
pub(crate) fn measured_calls(contestant: &mut Contestant, out: &mut Vec<u8>, calls: u32) {
    for _ in 0..calls {
        out.clear();
        (contestant.call)(black_box(contestant.input.as_bytes()), out);
        black_box(&*out);
    }
}

/// Runs in the child process: warms up, then calls as often as asked.
pub(crate) fn child(name: &str, calls: u32) {
    let mut contestant = contestant(name);
    let mut out = Vec::with_capacity(4 * contestant.input.len());
    for _ in 0..WARM {
        out.clear();
        (contestant.call)(contestant.input.as_bytes(), &mut out);
    }
    measured_calls(&mut contestant, &mut out, calls);
}

/// User-mode instructions of one call: the difference of two runs that differ in the number of calls.
pub(crate) fn instructions(name: &str, small: bool) -> f64 {
    let (few, many) = if small { (1, 3) } else { (10, 60) };
    let difference = counted(name, many) - counted(name, few);
    difference as f64 / f64::from(many - few)
}

fn counted(name: &str, calls: u32) -> u64 {
    callgrind::counted(
        callgrind::command()
            .arg("--toggle-collect=*measured_calls*")
            .arg(std::env::current_exe().unwrap())
            .args(["--child", name, &calls.to_string()]),
    )
}

/// Allocations of a warm call.
pub(crate) fn allocations(name: &str) -> u64 {
    let mut contestant = contestant(name);
    let mut out = Vec::with_capacity(4 * contestant.input.len());
    let mut call = || {
        out.clear();
        (contestant.call)(contestant.input.as_bytes(), &mut out);
    };
    (0..WARM).for_each(|_| call());
    allocation_counter::measure(call).count_total
}

/// Nanoseconds of a call of each contestant, and the ratio of the first to each: medians of samples taken in turn.
pub(crate) fn times(names: &[&str], samples: usize) -> Vec<(f64, f64)> {
    let mut contestants: Vec<_> = names.iter().map(|name| contestant(name)).collect();
    let mut out = Vec::with_capacity(4 * contestants[0].input.len());
    let calls: Vec<u32> = contestants
        .iter_mut()
        .map(|contestant| {
            // The fastest of a few calls, so that a neighbour does not make the samples too short.
            let one = (0..15)
                .map(|_| {
                    let start = Instant::now();
                    measured_calls(contestant, &mut out, 1);
                    start.elapsed().as_nanos() + 1
                })
                .min()
                .unwrap_or(1);
            u32::try_from(2_000_000 / one).unwrap_or(u32::MAX).max(1)
        })
        .collect();
    let mut taken = vec![Vec::with_capacity(samples); contestants.len()];
    for _ in 0..samples {
        for ((contestant, calls), taken) in contestants.iter_mut().zip(&calls).zip(&mut taken) {
            let start = Instant::now();
            measured_calls(contestant, &mut out, *calls);
            taken.push(start.elapsed().as_nanos() as f64 / f64::from(*calls));
        }
    }
    let first = taken[0].clone();
    taken
        .iter()
        .map(|taken| {
            let ratios = first.iter().zip(taken).map(|(first, other)| first / other);
            (median(taken.clone()), median(ratios.collect()))
        })
        .collect()
}

fn median(mut samples: Vec<f64>) -> f64 {
    samples.sort_by(f64::total_cmp);
    samples[samples.len() / 2]
}
