//! `check`: every fault of the files at once.

use std::io::{self, IsTerminal};
use std::path::{Path, PathBuf};

use clap::{Args, ValueEnum};

use crate::cli::console::{Console, Exit, colour};
use crate::cli::files::{Files, Found};
use crate::cli::{judge, laws, process};
use crate::diag::{Code, Diagnostic, Report, Severity, Sources, render};
use crate::mapping::catalog::Catalog;
use crate::mapping::coverage;

/// How faults are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Format {
    /// For people: the lines with what is wrong underlined
    Text,
    /// For scripts: one JSON document
    Json,
    /// For code review: SARIF 2.1.0
    Sarif,
}

/// Check mappings, schemas and configurations; all faults at once
///
/// Without paths everything is checked that the binary holds or `--mappings` and `--schemas` name. With paths
/// only faults of these files, or of files below these folders, are told; a mapping file is checked together with
/// its folder. A file of another kind is read as a configuration (`interlingua.yaml`).
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  interlingua check                                   the shipped mappings
  interlingua check mappings/acme                     one upstream's folder
  interlingua check interlingua.yaml                  a configuration
  interlingua check --format sarif > check.sarif      for code review")]
pub(super) struct Check {
    /// Files and folders; all files if left out
    paths: Vec<PathBuf>,
    /// How faults are written
    #[arg(long, value_enum, default_value = "text", env = "INTERLINGUA_FORMAT")]
    format: Format,
    /// Run the laws on generated documents too
    #[arg(long, env = "INTERLINGUA_LAWS")]
    laws: bool,
    /// Count warnings as findings
    #[arg(long, env = "INTERLINGUA_DENY_WARNINGS")]
    deny_warnings: bool,
    #[command(flatten)]
    files: Files,
}

/// What a path of the command line is.
enum Asked {
    /// Files of mappings and schemas whose names begin so.
    Below(String),
    /// The same, of those that lie there: others may have such names, too.
    Added(String, PathBuf),
    /// A configuration.
    Configuration(PathBuf),
}

// === impl Check ===

impl Check {
    pub(super) fn run(mut self, console: &mut Console) -> io::Result<Exit> {
        let mut report = Report::new();
        let asked: Vec<Asked> = std::mem::take(&mut self.paths)
            .iter()
            .filter_map(|path| self.place(path, &mut report))
            .collect();
        let found = self.files.all();
        let mut of_files = found.report.clone();
        let (mut catalog, faults) = found.load();
        of_files.append(faults);
        let names: Vec<&str> = asked
            .iter()
            .filter_map(|asked| match asked {
                Asked::Below(name) | Asked::Added(name, _) => Some(name.as_str()),
                Asked::Configuration(_) => None,
            })
            .collect();
        self.judge(&catalog, &found, &names, &mut of_files);
        let all = asked.is_empty() && report.is_empty();
        for fault in of_files.iter() {
            if all
                || asked
                    .iter()
                    .any(|asked| concerns(fault, asked, &found, &catalog.sources))
            {
                report.push(fault.clone());
            }
        }
        found.rename(&mut catalog);
        for asked in &asked {
            if let Asked::Configuration(path) = asked {
                // What it makes of the mappings is not kept: its faults are what was asked for.
                let _ = process::configuration(path, &[], &mut catalog, &mut report);
            }
        }
        self.tell(console, &report, &catalog)?;
        let worst = if self.deny_warnings {
            Severity::Warning
        } else {
            Severity::Error
        };
        let found = report
            .iter()
            .any(|fault| fault.severity == worst || fault.severity == Severity::Error);
        Ok(if found { Exit::Findings } else { Exit::Ok })
    }

    /// Finds out what a path is; mappings that lie elsewhere than those given so far are taken from there.
    fn place(&mut self, path: &Path, report: &mut Report) -> Option<Asked> {
        if !path.exists() {
            let message = format!("`{}` is not there", path.display());
            report.push(
                Diagnostic::new(Code::F001, None, message).help(
                    "name a file or folder that exists; paths begin at the working directory",
                ),
            );
            return None;
        }
        if let Some(name) = self.files.added(path) {
            let path = std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
            return Some(Asked::Added(name, path));
        }
        for (top, root) in [
            ("mappings", &mut self.files.mappings),
            ("schemas", &mut self.files.schemas),
        ] {
            if let Some((folder, name)) = within(path, top) {
                root.get_or_insert(folder);
                return Some(Asked::Below(name));
            }
        }
        if path.is_dir() {
            if path.join("mappings").is_dir() {
                self.files.mappings.get_or_insert(path.join("mappings"));
            } else {
                self.files.mappings.get_or_insert_with(|| path.to_owned());
            }
            return Some(Asked::Below(String::new()));
        }
        Some(Asked::Configuration(path.to_owned()))
    }

    /// Everything that is said of files which can be read.
    fn judge(&self, catalog: &Catalog, found: &Found, names: &[&str], report: &mut Report) {
        for name in judge::judge(catalog, report) {
            let Some(set) = catalog.mappings.get(name) else {
                continue;
            };
            if self.laws && is_asked(&set.folder, names) {
                match judge::compiled(catalog, name, set) {
                    Ok(upstream) => laws::check(catalog, &upstream, report),
                    Err(found) => report.append(found),
                }
            }
            self.report_stale(catalog, name, &set.folder, found, report);
        }
    }

    /// The generated file of an upstream must be what would be generated now.
    fn report_stale(
        &self,
        catalog: &Catalog,
        name: &str,
        folder: &str,
        found: &Found,
        report: &mut Report,
    ) {
        let file = format!("mappings/{folder}/{}", coverage::FILE);
        let bytes = found.files.iter().find(|(name, _)| *name == file);
        let place = found.place(&file);
        let place = place.map_or_else(|| file.clone(), |place| place.display().to_string());
        let command = format!("interlingua coverage{} {name}", self.files.said());
        let generated = coverage::Generated {
            text: bytes.and_then(|(_, bytes)| std::str::from_utf8(bytes).ok()),
            place: &place,
            command: &command,
        };
        if let Some(fault) = coverage::stale(catalog, name, generated) {
            report.push(fault);
        }
    }

    fn tell(&self, console: &mut Console, report: &Report, catalog: &Catalog) -> io::Result<()> {
        let sources = &catalog.sources;
        match self.format {
            Format::Json => console.say(render::json(report, sources)),
            Format::Sarif => console.say(render::sarif(report, sources, env!("CARGO_PKG_VERSION"))),
            Format::Text if report.is_empty() => console.line(format!(
                "{} mappings and {} canonical operations: nothing found",
                catalog.mappings.len(),
                catalog.operations.len()
            )),
            Format::Text => {
                let colour = colour(console.out.is_terminal());
                console.say(render::text(report, sources, colour))
            }
        }
    }
}

/// The folder of this name above a path, and the path's name from there: `/x/mappings/a/b.yaml` is `mappings/a/b.yaml`
/// of `/x/mappings`.
fn within(path: &Path, top: &str) -> Option<(PathBuf, String)> {
    let whole = std::path::absolute(path).ok()?;
    let root = whole
        .ancestors()
        .find(|above| above.file_name().is_some_and(|name| name == top) && above.is_dir())?;
    let below = whole.strip_prefix(root).ok()?.to_str()?;
    let name = [top, below].join("/");
    // People read names from where they are.
    let here = std::env::current_dir().ok()?;
    let near = root
        .strip_prefix(here)
        .ok()
        .filter(|near| near.parent().is_some());
    Some((
        near.unwrap_or(root).to_owned(),
        name.trim_end_matches('/').to_owned(),
    ))
}

/// Whether a fault stands in a file that was asked for, or in one below that folder.
fn concerns(fault: &Diagnostic, asked: &Asked, found: &Found, sources: &Sources) -> bool {
    let (name, place) = match asked {
        Asked::Below(name) => (name, None),
        Asked::Added(name, place) => (name, Some(place)),
        Asked::Configuration(_) => return false,
    };
    let Some(span) = fault.span else { return true };
    let file = sources.name(span.source);
    let rest = file.strip_prefix(name.as_str());
    let is_named =
        rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('/') || name.is_empty());
    let lies_there = |place: &PathBuf| {
        let own = found
            .place(file)
            .and_then(|own| std::path::absolute(own).ok());
        own.is_some_and(|own| own.starts_with(place))
    };
    is_named && place.is_none_or(lies_there)
}

/// Whether the folder of an upstream is among what was asked for.
fn is_asked(folder: &str, names: &[&str]) -> bool {
    let folder = format!("mappings/{folder}");
    let within = |inner: &str, outer: &str| {
        let rest = inner.strip_prefix(outer);
        rest.is_some_and(|rest| outer.is_empty() || rest.is_empty() || rest.starts_with('/'))
    };
    names.is_empty()
        || names
            .iter()
            .any(|name| within(&folder, name) || within(name, &folder))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn laws_are_run_of_what_was_asked_for() {
        let asked = |folder, names: &[&str]| is_asked(folder, names);

        assert!(asked("one", &[]), "all of them");
        assert!(asked("one", &[""]) && asked("one", &["mappings"]));
        assert!(asked("one", &["mappings/one"]) && asked("one", &["mappings/one/a.yaml"]));
        assert!(!asked("one", &["mappings/on"]) && !asked("one", &["mappings/two"]));
        assert!(!asked("one", &["mappings/one-more/a.yaml"]));
    }
}
