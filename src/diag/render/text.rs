//! For people: the line with the fault underlined.

use std::fmt::Write as _;
use std::ops::Range;

use annotate_snippets::renderer::DecorStyle;
use annotate_snippets::{AnnotationKind, Group, Level, Renderer, Snippet};

use crate::diag::{Diagnostic, Report, Severity, SourceId, Sources, Span};

/// Whether the text goes to a terminal that shows colours.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Colour {
    /// Escape sequences for colours.
    Ansi,
    /// Nothing but the text.
    Plain,
}

/// Writes every diagnostic of a report with its lines, and a last line with the counts.
///
/// An empty report is an empty text.
#[must_use]
pub fn text(report: &Report, sources: &Sources, colour: Colour) -> String {
    let renderer = match colour {
        Colour::Ansi => Renderer::styled(),
        Colour::Plain => Renderer::plain(),
    };
    let renderer = renderer.decor_style(DecorStyle::Ascii);
    let sorted = report.sorted(sources);
    let mut out = String::new();
    for diagnostic in &sorted {
        out.push_str(&renderer.render(&[group(diagnostic, sources)]));
        out.push_str("\n\n");
    }
    let counts = [Severity::Error, Severity::Warning, Severity::Hint].map(|severity| {
        let count = sorted
            .iter()
            .filter(|each| each.severity == severity)
            .count();
        (severity, count)
    });
    let told: Vec<_> = counts
        .iter()
        .filter(|(_, count)| *count > 0)
        .map(|(severity, count)| {
            format!("{count} {severity}{}", if *count == 1 { "" } else { "s" })
        })
        .collect();
    if !told.is_empty() {
        let _ = writeln!(out, "{}", told.join(", "));
    }
    out
}

fn group<'a>(diagnostic: &'a Diagnostic, sources: &'a Sources) -> Group<'a> {
    let level = match diagnostic.severity {
        Severity::Error => Level::ERROR,
        Severity::Warning => Level::WARNING,
        Severity::Hint => Level::INFO.with_name("hint"),
    };
    let title = level
        .primary_title(&diagnostic.message)
        .id(diagnostic.code.as_str());
    let mut group = Group::with_title(title);
    let mut shown: Vec<SourceId> = Vec::new();
    if let Some(span) = diagnostic.span {
        shown.push(span.source);
        let primary = AnnotationKind::Primary.span(bytes(span, sources));
        group = group.element(
            snippet(span.source, sources)
                .annotation(primary)
                .annotations(notes(diagnostic, span.source, sources)),
        );
    }
    for source in diagnostic
        .notes
        .iter()
        .filter_map(|(span, _)| span.map(|span| span.source))
    {
        if !shown.contains(&source) {
            shown.push(source);
            group = group
                .element(snippet(source, sources).annotations(notes(diagnostic, source, sources)));
        }
    }
    let remarks = diagnostic.notes.iter().filter(|(span, _)| span.is_none());
    group = group.elements(remarks.map(|(_, text)| Level::NOTE.message(text.as_str())));
    match &diagnostic.help {
        Some(help) => group.element(Level::HELP.message(help.as_str())),
        None => group,
    }
}

fn snippet(source: SourceId, sources: &Sources) -> Snippet<'_, annotate_snippets::Annotation<'_>> {
    Snippet::source(sources.text(source)).path(sources.name(source))
}

fn notes<'a>(
    diagnostic: &'a Diagnostic,
    source: SourceId,
    sources: &'a Sources,
) -> impl Iterator<Item = annotate_snippets::Annotation<'a>> {
    diagnostic.notes.iter().filter_map(move |(span, text)| {
        let span = span.filter(|span| span.source == source)?;
        Some(
            AnnotationKind::Context
                .span(bytes(span, sources))
                .label(text.as_str()),
        )
    })
}

/// Brings a span into the text and to its first line: what underlines ten lines underlines nothing.
fn bytes(span: Span, sources: &Sources) -> Range<usize> {
    let (start, end) = sources.clamp(span);
    let covered = sources.text(span.source).get(start..end).unwrap_or("");
    let line = covered.lines().next().unwrap_or("").trim_end();
    start..start.saturating_add(line.len())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diag::Code;

    #[test]
    fn a_fault_is_shown_with_its_line_and_help() {
        let mut sources = Sources::new();
        let id = sources.add(
            "mappings/acme/customer.yaml",
            "mapping: customer\nfeilds:\n  a: b\n",
        );
        let mut report = Report::new();
        report.push(
            Diagnostic::new(Code::M002, Span::new(id, 18, 24), "unknown key `feilds`")
                .note(Span::new(id, 0, 7), "of this map")
                .note(None, "keys are a closed list")
                .help("did you mean `fields`?"),
        );
        let told = text(&report, &sources, Colour::Plain);
        assert_eq!(
            told,
            "error[M002]: unknown key `feilds`
 --> mappings/acme/customer.yaml:2:1
  |
1 | mapping: customer
  | ------- of this map
2 | feilds:
  | ^^^^^^
  |
  = note: keys are a closed list
  = help: did you mean `fields`?

1 error
"
        );
    }

    #[test]
    fn odd_spans_and_empty_files_do_not_panic() {
        let mut sources = Sources::new();
        let texts = [
            "",
            "\n",
            "é",
            "a\r\nb",
            "\u{feff}x: y\n",
            "a\n\n\n",
            "\t\u{202e}\u{1b}[31m",
        ];
        let ids: Vec<_> = texts
            .iter()
            .map(|text| sources.add("odd.yaml", *text))
            .collect();
        for id in ids {
            for start in 0..12_u32 {
                for end in [0, start, start.saturating_add(1), 5, 11, u32::MAX] {
                    let mut report = Report::new();
                    let span = Span::new(id, start, end);
                    report.push(
                        Diagnostic::new(Code::M001, span, "odd")
                            .note(span, "here")
                            .note(span.at_end(), ""),
                    );
                    assert!(text(&report, &sources, Colour::Plain).contains("M001"));
                    assert!(text(&report, &sources, Colour::Ansi).contains("M001"));
                }
            }
        }
    }
}
