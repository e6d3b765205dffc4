//! Faults, and the list of all of them.

use std::collections::HashSet;

use super::{Code, Severity, Sources, Span};

/// One fault of a file.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Diagnostic {
    /// Which fault of the registry.
    pub code: Code,
    /// How grave it is; the code's own severity unless said otherwise.
    pub severity: Severity,
    /// Where it stands; none if it belongs to no place of a file.
    pub span: Option<Span>,
    /// One sentence without a final stop, the element at fault in backticks.
    pub message: String,
    /// What to do about it.
    pub help: Option<String>,
    /// Other places that belong to it, and remarks.
    pub notes: Vec<(Option<Span>, String)>,
}

/// Collects every fault that is found.
#[derive(Debug, Clone, Default)]
pub struct Report {
    found: Vec<Diagnostic>,
}

// === impl Diagnostic ===

impl Diagnostic {
    /// Creates a fault with the severity of its code.
    pub fn new(code: Code, span: impl Into<Option<Span>>, message: impl Into<String>) -> Self {
        Self {
            code,
            severity: code.severity(),
            span: span.into(),
            message: message.into(),
            help: None,
            notes: Vec::new(),
        }
    }

    /// Says what to do about it.
    #[must_use]
    pub fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }

    /// Says what to do about it, where that is known.
    #[must_use]
    pub fn maybe_help(mut self, help: Option<String>) -> Self {
        self.help = help.or(self.help);
        self
    }

    /// Adds another place that belongs to it, or a remark.
    #[must_use]
    pub fn note(mut self, span: impl Into<Option<Span>>, text: impl Into<String>) -> Self {
        self.notes.push((span.into(), text.into()));
        self
    }
}

// === impl Report ===

impl Report {
    /// Creates an empty report.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a fault.
    pub fn push(&mut self, diagnostic: Diagnostic) {
        self.found.push(diagnostic);
    }

    /// Adds all faults of another report.
    pub fn append(&mut self, other: Self) {
        self.found.extend(other.found);
    }

    /// Tells whether nothing was found at all, hints included.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.found.is_empty()
    }

    /// Tells whether an error was found.
    #[must_use]
    pub fn has_errors(&self) -> bool {
        self.found
            .iter()
            .any(|each| each.severity == Severity::Error)
    }

    /// Counts what was found so far; a later count that is the same means that nothing was found in between.
    #[must_use]
    pub fn len(&self) -> usize {
        self.found.len()
    }

    /// Gives the faults in the order in which they were found, repetitions included.
    pub fn iter(&self) -> impl Iterator<Item = &Diagnostic> {
        self.found.iter()
    }

    /// Gives each fault once, by name of file and position; those without a place stand first.
    #[must_use]
    pub fn sorted(&self, sources: &Sources) -> Vec<&Diagnostic> {
        let mut seen = HashSet::with_capacity(self.found.len());
        let mut all: Vec<_> = self
            .found
            .iter()
            .filter(|each| seen.insert(*each))
            .collect();
        all.sort_by_key(|each| {
            let place = each
                .span
                .map(|span| (sources.name(span.source), span.start, span.end));
            (place, each.code, each.message.as_str())
        });
        all
    }
}

impl Extend<Diagnostic> for Report {
    fn extend<I: IntoIterator<Item = Diagnostic>>(&mut self, found: I) {
        self.found.extend(found);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn faults_are_sorted_by_file_and_position_and_told_once() {
        let mut sources = Sources::new();
        let second = sources.add("b.yaml", "one two");
        let first = sources.add("a.yaml", "one two");
        let mut report = Report::new();
        report.push(Diagnostic::new(Code::M002, Span::new(second, 4, 7), "late"));
        report.push(Diagnostic::new(
            Code::M002,
            Span::new(second, 0, 3),
            "early",
        ));
        report.push(Diagnostic::new(Code::M002, Span::new(second, 4, 7), "late"));
        report.push(Diagnostic::new(
            Code::M002,
            Span::new(first, 4, 7),
            "other file",
        ));
        report.push(Diagnostic::new(Code::M410, None, "no place"));
        let told: Vec<_> = report
            .sorted(&sources)
            .iter()
            .map(|each| each.message.as_str())
            .collect();
        assert_eq!(told, ["no place", "other file", "early", "late"]);
        assert_eq!(report.len(), 5);
    }

    #[test]
    fn only_errors_count_as_errors() {
        let mut report = Report::new();
        report.push(Diagnostic::new(Code::M242, None, "a hint"));
        report.push(Diagnostic::new(Code::M514, None, "a warning"));
        assert!(!report.has_errors());
        report.push(Diagnostic::new(Code::M101, None, "an error"));
        assert!(report.has_errors());
    }
}
