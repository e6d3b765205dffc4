//! The ninth law: a request says which call it is.
//!
//! `match(request(operation, inputs)) = (operation, inputs)`, up to what converters normalise: what is understood of a
//! request is the same operation with the same inputs and the same body, and makes the same request again - its line, its
//! headers and its body. What is read first is made up too. Of an operation of several calls each is held that can be met
//! alone.

mod hold;

use super::calls;
use super::law::of_operation;
use super::random::Random;
use crate::diag::{Code, Diagnostic};
use crate::engine::exchange::Worker;
use crate::mapping::catalog::{Catalog, OperationIndex};
use crate::mapping::compile::upstream::Upstream;

/// How the law fared for one operation.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct RouteOutcome {
    /// Calls for which it held.
    pub held: usize,
    /// Calls that the upstream has no request for, or that lose something on the way.
    pub discarded: usize,
    /// What breaks it, in words.
    pub broken: Option<String>,
}

/// Holds the law against so many calls of an operation; none of one that is not offered.
#[must_use]
pub fn prove(
    catalog: &Catalog,
    upstream: &Upstream,
    index: OperationIndex,
    calls: usize,
    seed: u64,
) -> RouteOutcome {
    let mut outcome = RouteOutcome::default();
    let known = upstream.operation(index).zip(catalog.at(index));
    let Some((operation, canonical)) = known else {
        return outcome;
    };
    let mut random = Random::new(seed);
    let mut worker = Worker::default();
    for _ in 0..calls {
        let made = calls::made(operation, canonical, &mut random);
        match hold::hold(upstream, operation, &made, &mut random, &mut worker) {
            Ok(true) => outcome.held = outcome.held.saturating_add(1),
            Ok(false) => outcome.discarded = outcome.discarded.saturating_add(1),
            Err(broken) => {
                outcome.broken = Some(broken);
                break;
            }
        }
    }
    outcome
}

/// Holds the law against every operation of an upstream; each that breaks it is told at its name.
#[must_use]
pub fn faults(catalog: &Catalog, upstream: &Upstream) -> Vec<Diagnostic> {
    let broken = |index| {
        let broken = prove(catalog, upstream, index, 200, 9).broken?;
        let what = format!("breaks the law Routes: {broken}");
        Some(of_operation(catalog, upstream, index, Code::L009, &what))
    };
    upstream.offered().filter_map(broken).collect()
}
