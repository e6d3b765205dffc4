//! Faults that are met again from another view, message or mapping.

use std::collections::HashSet;

use crate::diag::nearest::nearest;
use crate::diag::{Code, Report, SourceId, Sources, Span};

/// Codes of faults of which one place has one, however it is reached.
const ONE_A_PLACE: &[Code] = &[
    Code::M101,
    Code::M102,
    Code::M103,
    Code::M104,
    Code::M105,
    Code::M202,
    Code::M203,
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
    let unknown: Vec<&str> = found
        .iter()
        .filter(|fault| fault.code == Code::M103)
        .filter_map(|fault| Some(sources.slice(fault.span?)))
        .collect();
    let circles: HashSet<SourceId> = found
        .iter()
        .filter(|fault| fault.code == Code::M202)
        .filter_map(|fault| Some(fault.span?.source))
        .collect();
    let places = |codes: &[Code]| -> Vec<Span> {
        let of_codes = found.iter().filter(|fault| codes.contains(&fault.code));
        of_codes.filter_map(|fault| fault.span).collect()
    };
    let unnamed = places(&[Code::M101, Code::M103]);
    let late: HashSet<(SourceId, u32)> = places(&[Code::M103, Code::M203])
        .into_iter()
        .map(|span| (span.source, sources.position(span).line))
        .collect();
    let mut written = HashSet::new();
    let mut pairs = HashSet::new();
    for fault in found.iter() {
        let place = (fault.code, fault.span);
        if ONE_A_PLACE.contains(&fault.code) && fault.span.is_some() && !told.insert(place) {
            continue;
        }
        // The member of one document is that of every document around it.
        let last = fault
            .message
            .rsplit(['.', '`'])
            .find(|part| !part.is_empty());
        if fault.code == Code::M201 && !written.insert((fault.span, last)) {
            continue;
        }
        // Two rules that write one place of both sides are one mistake.
        let other = fault.notes.first().and_then(|(span, _)| *span);
        if fault.code == Code::M201 && other.is_some() && !pairs.insert((fault.span, other)) {
            continue;
        }
        // What a name that nothing has is part of is told with the name.
        let within = |outer: Span, inner: &Span| {
            outer.source == inner.source && outer.start <= inner.start && inner.end <= outer.end
        };
        let nameless = matches!(fault.code, Code::M215 | Code::M230)
            && fault
                .span
                .is_some_and(|span| unnamed.iter().any(|name| within(span, name)));
        // A route that never runs sends nothing.
        let sent = fault.code == Code::M510
            && fault
                .span
                .is_some_and(|span| late.contains(&(span.source, sources.position(span).line)));
        if nameless || sent {
            continue;
        }
        // In a circle every rule meets itself.
        let circular = matches!(fault.code, Code::M201 | Code::M411)
            && fault
                .span
                .is_some_and(|span| circles.contains(&span.source));
        // What a slip of the finger should have named is not unused, nor is what it should have offered missing.
        let meant = matches!(fault.code, Code::M420 | Code::M511 | Code::M516)
            && fault.span.is_some_and(|span| {
                let name = sources.slice(span);
                unknown.iter().any(|one| !nearest(one, [name]).is_empty())
            });
        if !meant && !circular {
            report.push(fault.clone());
        }
    }
}
