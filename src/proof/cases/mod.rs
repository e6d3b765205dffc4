//! Worked calls: each case of a mapping, run in both directions.
//!
//! A case holds one message of a call in both of its forms. What the engine makes of one is compared with the other:
//! native documents byte for byte where the case has a `base`, else by members, lexemes and order; canonical ones by
//! members and lexemes, an object without members as good as absent.

mod callback;
pub(super) mod compare;
mod given;
mod refused;
mod request;
mod response;
mod steps;

use std::collections::BTreeMap;

use secrecy::ExposeSecret;

use crate::diag::{Code, Report};
use crate::engine::exchange::Worker;
use crate::mapping::ast::{CALLBACKS, Message};
use crate::mapping::catalog::{CaseFolder, Catalog, MappingSet};
use crate::mapping::check;
use crate::mapping::compile::upstream::{Settings, Upstream};
use given::Given;

/// What came of one case.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CaseResult {
    /// The case's folder.
    pub path: String,
    /// What was compared; empty if the case exercises nothing (M601).
    pub checks: Vec<CaseCheck>,
}

/// One comparison of a case.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CaseCheck {
    /// What was compared: `request line`, `native body`, ...
    pub what: &'static str,
    /// The differences in words; none if there are none.
    pub difference: Option<String>,
}

// === impl CaseResult ===

impl CaseResult {
    /// Tells whether the case exercises something and nothing differs.
    #[must_use]
    pub fn holds(&self) -> bool {
        !self.checks.is_empty() && self.checks.iter().all(|check| check.difference.is_none())
    }

    fn note(&mut self, what: &'static str, difference: Option<String>) {
        self.checks.push(CaseCheck { what, difference });
    }
}

// === impl CaseCheck ===

impl CaseCheck {
    /// Gives where the first difference is, without a value: a pointer, or a line.
    #[must_use]
    pub fn place(&self) -> Option<&str> {
        let first = self.difference.as_deref()?.lines().next()?;
        let pointer = first.split_once(": expected ").map(|(place, _)| place);
        pointer.filter(|place| place.starts_with('/')).or_else(|| {
            first
                .strip_suffix(':')
                .filter(|line| line.starts_with("from line "))
        })
    }

    fn told(&self) -> String {
        match self.place() {
            Some(line) if line.starts_with("from ") => format!("the {} differs {line}", self.what),
            Some(pointer) => format!("the {} differs at `{pointer}`", self.what),
            None => format!("the {} differs", self.what),
        }
    }
}

/// Runs every case of a mapping, in the order of their folders.
///
/// # Errors
/// The faults of the first settings with which the mapping does not compile.
pub fn run_cases(catalog: &Catalog, mapping: &str) -> Result<Vec<CaseResult>, Report> {
    let Some(set) = catalog.mappings.get(mapping) else {
        return Ok(Vec::new());
    };
    // Cases of the same settings share an upstream: compiling is most of the work.
    let mut compiled: BTreeMap<Vec<(String, String)>, Upstream> = BTreeMap::new();
    let mut worker = Worker::default();
    let mut results = Vec::new();
    for case in &set.cases {
        let settings = settings(set, case);
        let shown = settings
            .iter()
            .map(|(name, value)| (name.clone(), value.expose_secret().to_owned()));
        let key: Vec<(String, String)> = shown.collect();
        if !compiled.contains_key(&key) {
            let auth = auth(set);
            let upstream = Upstream::compile(catalog, mapping, mapping, &settings, auth)?;
            compiled.insert(key.clone(), upstream);
        }
        if let Some(upstream) = compiled.get(&key) {
            results.push(run_case(catalog, upstream, case, &mut worker));
        }
    }
    Ok(results)
}

/// Runs every case of a mapping and tells of those that fail (M602), each at its `case.yaml` with the first place that
/// differs, without a value.
#[must_use]
pub fn faults(catalog: &Catalog, mapping: &str) -> Report {
    let Some(set) = catalog.mappings.get(mapping) else {
        return Report::new();
    };
    let results = match run_cases(catalog, mapping) {
        Ok(results) => results,
        // A setting that neither the sandbox nor the case gives is no fault of the mapping.
        Err(found) => {
            let mut report = Report::new();
            report.extend(
                found
                    .iter()
                    .filter(|fault| fault.code != Code::C004)
                    .cloned(),
            );
            return report;
        }
    };
    let mut report = Report::new();
    for (case, result) in set.cases.iter().zip(&results) {
        let differing = result
            .checks
            .iter()
            .filter(|check| check.difference.is_some());
        let told: Vec<String> = differing.map(CaseCheck::told).collect();
        // One that exercises nothing is told of without running it (M601).
        if !told.is_empty() {
            report.push(check::fails(case, None, &told.join(", ")));
        }
    }
    report
}

/// Runs one case against an upstream that was compiled with the case's settings.
#[must_use]
pub fn run_case(
    catalog: &Catalog,
    upstream: &Upstream,
    case: &CaseFolder,
    worker: &mut Worker,
) -> CaseResult {
    let mut result = CaseResult {
        path: case.path.clone(),
        checks: Vec::new(),
    };
    if case.file.operation.value == CALLBACKS {
        callback::run(upstream, case, worker, &mut result);
        return result;
    }
    let Some((operation, canonical)) = catalog.operation(&case.file.operation.value) else {
        result.note(
            "operation",
            Some(format!(
                "there is no operation `{}`",
                case.file.operation.value
            )),
        );
        return result;
    };
    if !upstream.offers(operation) {
        result.note(
            "operation",
            Some("the upstream does not offer it".to_owned()),
        );
        return result;
    }
    let given = Given::new(case, operation, canonical);
    match case.file.message.as_ref().map(|message| message.value) {
        Some(Message::Response) => {
            request::line_only(upstream, &given, worker, &mut result);
            response::run(upstream, &given, worker, &mut result);
        }
        Some(Message::Request) | None if case.file.problem.is_some() => {
            refused::run(upstream, &given, worker, &mut result);
        }
        Some(Message::Request) | None if upstream.has_steps(operation) => {
            steps::run(upstream, &given, worker, &mut result);
        }
        Some(Message::Request) | None => request::run(upstream, &given, worker, &mut result),
    }
    result
}

/// The settings of a case: its own over those of the sandbox, and some URL.
#[must_use]
pub fn settings(set: &MappingSet, case: &CaseFolder) -> Settings {
    let mut settings = Settings::new();
    let asked = set.upstream.iter().flat_map(|upstream| &upstream.settings);
    if asked
        .into_iter()
        .any(|setting| setting.name.value == "base-url")
    {
        settings.insert("base-url".to_owned(), "https://upstream.example".into());
    }
    let sandbox = set.sandbox.iter().flat_map(|sandbox| &sandbox.settings);
    for setting in sandbox.chain(&case.file.settings) {
        settings.insert(
            setting.name.value.clone(),
            setting.value.value.as_str().into(),
        );
    }
    settings
}

/// The scheme of the sandbox, where the mapping leaves it to the operator.
fn auth(set: &MappingSet) -> Option<&crate::mapping::ast::Auth> {
    use crate::mapping::ast::Scheme;
    let said = set.upstream.as_ref()?.auth.as_ref()?;
    let sandbox = set.sandbox.as_ref()?.auth.as_ref();
    sandbox.filter(|_| said.scheme.value == Scheme::Settings)
}
