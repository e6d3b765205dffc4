//! Faults that are met again from another view, message or mapping.

use std::collections::HashSet;

use crate::diag::nearest::nearest;
use crate::diag::{Code, Diagnostic, Report, SourceId, Sources, Span};

/// Codes of faults of which one place has one, however it is reached.
const ONE_A_PLACE: &[Code] = &[
    Code::M101,
    Code::M102,
    Code::M103,
    Code::M104,
    Code::M105,
    Code::M202,
    Code::M203,
    Code::M210,
    Code::M211,
    Code::M215,
    Code::M230,
    Code::M303,
    Code::M404,
    Code::M513,
];

/// Passes on what is not told yet.
pub(super) fn tell(found: &Report, sources: &Sources, report: &mut Report) {
    let mut told: HashSet<(Code, Option<Span>)> = report
        .iter()
        .map(|fault| (fault.code, fault.span))
        .collect();
    let causes = Causes::of(found, sources);
    let mut written = HashSet::new();
    let mut pairs = HashSet::new();
    for fault in found.iter() {
        let place = (fault.code, fault.span);
        if ONE_A_PLACE.contains(&fault.code) && fault.span.is_some() && !told.insert(place) {
            continue;
        }
        if fault.code == Code::M201 {
            // The member of one document is that of every document around it.
            let mut parts = fault.message.rsplit(['.', '`']);
            let last = parts.find(|part| !part.is_empty());
            // Two rules that write one place of both sides are one mistake.
            let other = fault.notes.first().and_then(|(span, _)| *span);
            let new = written.insert((fault.span, last));
            if !new || other.is_some() && !pairs.insert((fault.span, other)) {
                continue;
            }
        }
        if !causes.explain(fault) {
            report.push(fault.clone());
        }
    }
}

/// Faults of which others are only the consequence.
struct Causes<'a> {
    sources: &'a Sources,
    /// Names that nothing has.
    unknown: Vec<&'a str>,
    /// Where they stand.
    unnamed: Vec<Span>,
    /// Files in which rules go round in a circle.
    circles: HashSet<SourceId>,
    /// Lines of routes that never run.
    late: HashSet<(SourceId, u32)>,
}

impl<'a> Causes<'a> {
    fn of(found: &Report, sources: &'a Sources) -> Self {
        let places = |codes: &[Code]| -> Vec<Span> {
            let of_codes = found.iter().filter(|fault| codes.contains(&fault.code));
            of_codes.filter_map(|fault| fault.span).collect()
        };
        let line = |span: Span| (span.source, sources.position(span).line);
        let circles = places(&[Code::M202]);
        let late = places(&[Code::M103, Code::M203]);
        let unknown = places(&[Code::M103]);
        Self {
            sources,
            unknown: unknown.iter().map(|span| sources.slice(*span)).collect(),
            unnamed: places(&[Code::M101, Code::M103]),
            circles: circles.iter().map(|span| span.source).collect(),
            late: late.into_iter().map(line).collect(),
        }
    }

    /// True if a fault says nothing beside what caused it.
    fn explain(&self, fault: &Diagnostic) -> bool {
        let Some(span) = fault.span else {
            return false;
        };
        match fault.code {
            // What a name that nothing has is part of is told with the name.
            Code::M215 | Code::M230 => self.unnamed.iter().any(|name| {
                span.source == name.source && span.start <= name.start && name.end <= span.end
            }),
            // A route that never runs sends nothing.
            Code::M510 => {
                let line = self.sources.position(span).line;
                self.late.contains(&(span.source, line))
            }
            // In a circle every rule meets itself.
            Code::M201 | Code::M411 => self.circles.contains(&span.source),
            // What a slip of the finger should have named is not unused, nor is what it should have offered missing.
            Code::M420 | Code::M511 | Code::M516 => {
                let name = self.sources.slice(span);
                let mut unknown = self.unknown.iter();
                unknown.any(|one| !nearest(one, [name]).is_empty())
            }
            _ => false,
        }
    }
}
