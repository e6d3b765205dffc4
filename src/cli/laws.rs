//! The laws, held against generated documents of every plan that an upstream runs.

use std::collections::BTreeSet;

use crate::diag::Report;
use crate::mapping::catalog::Catalog;
use crate::mapping::compile::upstream::{Answer, AnswerBody, Upstream};
use crate::mapping::plan::Plan;
use crate::proof::laws::{Budget, Judges, prove};
use crate::proof::{answers, machines, routes};

/// Holds every law against every plan; what breaks one goes into the report, with the smallest document found.
pub(super) fn check(catalog: &Catalog, upstream: &Upstream, report: &mut Report) {
    let routes = upstream
        .operations
        .iter()
        .flatten()
        .flat_map(|operation| &operation.routes);
    let requests = routes
        .filter_map(|route| route.body.as_ref())
        .map(|body| (true, &*body.body.plan));
    let of_operations = upstream
        .operations
        .iter()
        .flatten()
        .flat_map(|operation| operation.all_cases());
    let answers = of_operations.chain(&upstream.errors).filter_map(plan);
    let callbacks = upstream.callbacks.iter().map(|case| &*case.body.plan);
    let responses = answers.chain(callbacks).map(|plan| (false, plan));
    let mut met = BTreeSet::new();
    for (is_request, plan) in requests.chain(responses) {
        if !met.insert(shape(is_request, plan)) {
            continue;
        }
        let outcomes = prove(plan, Judges::default(), Budget::default());
        for fault in outcomes.iter().filter_map(|outcome| outcome.diagnostic()) {
            report.push(fault);
        }
    }
    report.extend(routes::faults(catalog, upstream));
    report.extend(answers::faults(catalog, upstream));
    report.extend(machines::faults(catalog, upstream));
}

fn plan(answer: &Answer) -> Option<&Plan> {
    match &answer.body {
        AnswerBody::Document(body) => Some(&body.plan),
        AnswerBody::Unread | AnswerBody::None | AnswerBody::Ignored(_) => None,
    }
}

/// What tells plans apart: operations that share a mapping and a view share their plan's shape.
fn shape(is_request: bool, plan: &Plan) -> (bool, &str, &[u8], [usize; 3]) {
    let sizes = [
        plan.native.nodes.len(),
        plan.canonical.nodes.len(),
        plan.rules.len(),
    ];
    (
        is_request,
        &plan.mapping,
        plan.native.root_name.bytes(),
        sizes,
    )
}
