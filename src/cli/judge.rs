//! What is said of mappings before they serve: faults of their files, and cases that fail.

use crate::cli::settings::Given;
use crate::diag::{Diagnostic, Report};
use crate::mapping;
use crate::mapping::catalog::{Catalog, MappingSet};
use crate::mapping::check::{fails, idle};
use crate::mapping::compile::upstream::Upstream;
use crate::proof::cases::run_cases;

/// Checks everything that can be read, and runs the cases of what is without error. Gives the upstreams that compile,
/// by their mappings' names.
pub(super) fn judge<'c>(catalog: &'c Catalog, report: &mut Report) -> Vec<(&'c str, Upstream)> {
    if !report.has_errors() {
        mapping::check::check(catalog, report);
    }
    let mut compiled = Vec::new();
    for (name, set) in &catalog.mappings {
        report.extend(set.cases.iter().filter_map(idle));
        let settings = Given::default().over(set);
        let auth = set
            .sandbox
            .as_ref()
            .and_then(|sandbox| sandbox.auth.as_ref());
        match Upstream::compile(catalog, name, name, &settings, auth) {
            Ok(upstream) => compiled.push((name.as_str(), upstream)),
            Err(found) => {
                let new: Vec<_> = found
                    .iter()
                    .filter(|fault| !is_told(fault, report))
                    .cloned()
                    .collect();
                report.extend(new);
            }
        }
    }
    if !report.has_errors() {
        for (name, set) in &catalog.mappings {
            cases(catalog, name, set, report);
        }
    }
    compiled
}

/// Whether a check told the same fault, perhaps of a place within this one.
fn is_told(fault: &Diagnostic, report: &Report) -> bool {
    report.iter().any(|told| {
        told.code == fault.code
            && told.span.zip(fault.span).is_some_and(|(inner, outer)| {
                inner.source == outer.source && outer.start <= inner.start && inner.end <= outer.end
            })
    })
}

fn cases(catalog: &Catalog, name: &str, set: &MappingSet, report: &mut Report) {
    let results = match run_cases(catalog, name) {
        Ok(results) => results,
        Err(faults) => return report.append(faults),
    };
    for (case, result) in set.cases.iter().zip(&results) {
        let differing: Vec<&str> = result
            .checks
            .iter()
            .filter(|check| check.difference.is_some())
            .map(|check| check.what)
            .collect();
        if !differing.is_empty() {
            let what = format!("not as awaited: {}", differing.join(", "));
            report.push(fails(case, None, &what).help(format!(
                "`interlingua test {name} --case {}` shows what differs",
                case.name
            )));
        }
    }
}
