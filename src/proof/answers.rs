//! The tenth law: an answer is an outcome by a case of its operation alone.
//!
//! An answer whose status none of the operation's cases has falls to the upstream's `errors`, and is a problem, or is not
//! understood: it is never taken for what was asked for.

use super::calls;
use super::law::of_operation;
use super::random::Random;
use crate::diag::{Code, Diagnostic};
use crate::engine::exchange::{Answered, NativeAnswer, RouteIndex, Worker};
use crate::mapping::catalog::{Catalog, OperationIndex};
use crate::mapping::compile::upstream::Upstream;

/// Statuses of every class, those that upstreams say among them.
const STATUSES: [u16; 22] = [
    100, 200, 201, 202, 203, 204, 206, 299, 300, 304, 400, 401, 403, 404, 409, 410, 412, 422, 429,
    500, 503, 599,
];

/// Holds the law against an operation: the first status that breaks it.
#[must_use]
pub fn prove(catalog: &Catalog, upstream: &Upstream, index: OperationIndex) -> Option<u16> {
    let (operation, canonical) = upstream.operation(index).zip(catalog.at(index))?;
    let mut random = Random::new(10);
    let mut worker = Worker::default();
    let made = calls::made(operation, canonical, &mut random);
    let call = made.call(index);
    let document = calls::base(operation, &mut random);
    let document = document.as_ref().map(calls::Base::answer);
    let empty = NativeAnswer {
        status: 0,
        headers: &[],
        content_type: None,
        body: b"",
    };
    let answers = || std::iter::once(empty).chain(document);
    for route in 0..operation.routes.len() {
        let listed = |status| operation.cases(route).any(|case| case.is_for(status));
        let route = RouteIndex(u16::try_from(route).unwrap_or(u16::MAX));
        for status in STATUSES.into_iter().filter(|status| !listed(*status)) {
            let mut answers = answers().map(|answer| NativeAnswer { status, ..answer });
            let is_taken = |answer: NativeAnswer<'_>| {
                let answered = upstream.answer(&call, route, &answer, &mut worker);
                matches!(answered, Answered::Outcome(_))
            };
            if answers.any(is_taken) {
                return Some(status);
            }
        }
    }
    None
}

/// Holds the law against every operation of an upstream; each that breaks it is told at its name.
#[must_use]
pub fn faults(catalog: &Catalog, upstream: &Upstream) -> Vec<Diagnostic> {
    let broken = |index| {
        let status = prove(catalog, upstream, index)?;
        let what = format!(
            "breaks the law Answers: an answer of the status {status}, which none of its cases has, is taken for its outcome"
        );
        Some(of_operation(catalog, upstream, index, Code::L010, &what))
    };
    upstream.offered().filter_map(broken).collect()
}
