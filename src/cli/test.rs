//! `test`: the worked calls beside the mappings.

use std::io;

use clap::Args;

use super::console::{Console, Exit};
use super::files::Files;
use crate::diag::nearest::known_names;
use crate::proof::cases::{CaseResult, run_cases};

/// Run the cases of the mappings, in both directions
///
/// A case that fails is told with what differs. What differs is the case's own text: nobody's data is among it.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  interlingua test                            every case
  interlingua test acme                       those of one upstream
  interlingua test acme --case getCustomer    those whose folder holds these letters")]
pub(super) struct Test {
    /// The upstreams, by their mappings' names; all if left out
    names: Vec<String>,
    /// Only cases whose folder holds these letters
    #[arg(long, value_name = "LETTERS", env = "INTERLINGUA_CASE")]
    case: Option<String>,
    /// Tell cases that hold too
    #[arg(long, short, env = "INTERLINGUA_VERBOSE")]
    verbose: bool,
    #[command(flatten)]
    files: Files,
}

// === impl Test ===

impl Test {
    pub(super) fn run(&self, console: &mut Console) -> io::Result<Exit> {
        let (catalog, report) = self.files.catalog();
        if report.has_errors() {
            console.faults(&report, &catalog.sources)?;
            return Ok(Exit::BadConfiguration);
        }
        let known = || catalog.mappings.keys().map(String::as_str);
        if let Some(name) = self
            .names
            .iter()
            .find(|name| !catalog.mappings.contains_key(*name))
        {
            return console.unknown(
                &format!("there is no mapping `{name}`"),
                known_names(name, known()),
            );
        }
        let (mut held, mut failed) = (0_usize, 0_usize);
        for name in
            known().filter(|name| self.names.is_empty() || self.names.iter().any(|one| one == name))
        {
            let results = match run_cases(&catalog, name) {
                Ok(results) => results,
                Err(report) => {
                    console.faults(&report, &catalog.sources)?;
                    return Ok(Exit::BadConfiguration);
                }
            };
            for result in results.iter().filter(|result| self.is_asked(result)) {
                if result.holds() {
                    held = held.saturating_add(1);
                } else {
                    failed = failed.saturating_add(1);
                }
                self.tell(result, console)?;
            }
        }
        if let (Some(letters), 0, 0) = (&self.case, held, failed) {
            let message = format!("there is no case whose folder holds `{letters}`");
            return console.unknown(&message, None);
        }
        console.line(format!("{held} cases hold, {failed} fail"))?;
        Ok(if failed == 0 {
            Exit::Ok
        } else {
            Exit::Findings
        })
    }

    fn is_asked(&self, result: &CaseResult) -> bool {
        self.case
            .as_ref()
            .is_none_or(|letters| result.path.contains(letters.as_str()))
    }

    fn tell(&self, result: &CaseResult, console: &mut Console) -> io::Result<()> {
        if result.holds() {
            if self.verbose {
                let checks: Vec<&str> = result.checks.iter().map(|check| check.what).collect();
                console.line(format!("holds  {}: {}", result.path, checks.join(", ")))?;
            }
            return Ok(());
        }
        console.line(format!("FAILS  {}", result.path))?;
        if result.checks.is_empty() {
            console.line("  it exercises nothing (M601)")?;
        }
        for check in &result.checks {
            if let Some(difference) = &check.difference {
                console.line(format!("  {}:", check.what))?;
                for line in difference.lines() {
                    console.line(format!("    {line}"))?;
                }
            }
        }
        Ok(())
    }
}
