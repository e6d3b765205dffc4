//! The laws, held against generated documents of every plan that an upstream runs.

use crate::diag::Report;
use crate::mapping::catalog::Catalog;
use crate::mapping::compile::upstream::Upstream;
use crate::proof::laws::{Budget, Judges, plans, prove};
use crate::proof::{answers, machines, routes};

/// Holds every law against every plan; what breaks one goes into the report, with the smallest document found.
pub(super) fn check(catalog: &Catalog, upstream: &Upstream, report: &mut Report) {
    for (_, plan) in plans(upstream) {
        let outcomes = prove(plan, Judges::default(), Budget::default());
        for fault in outcomes.iter().filter_map(|outcome| outcome.diagnostic()) {
            report.push(fault);
        }
    }
    report.extend(routes::faults(catalog, upstream));
    report.extend(answers::faults(catalog, upstream));
    report.extend(machines::faults(catalog, upstream));
}
