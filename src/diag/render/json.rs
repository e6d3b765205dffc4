//! For scripts: one JSON document.

use serde_json::{Value, json};

use crate::diag::{Diagnostic, Position, Report, Severity, Sources, Span};

/// Writes a report as a JSON document.
///
/// `{"diagnostics": [{code, severity, title, message, file, start, end, help, notes}], "errors", "warnings", "hints"}`;
/// `start` and `end` are `{line, column, offset}`, lines and columns (in characters) from 1, offsets in bytes from 0.
/// Members without a value are left out.
#[must_use]
pub fn json(report: &Report, sources: &Sources) -> String {
    let sorted = report.sorted(sources);
    let count = |severity| {
        sorted
            .iter()
            .filter(|each| each.severity == severity)
            .count()
    };
    let document = json!({
        "diagnostics": sorted.iter().map(|each| diagnostic(each, sources)).collect::<Vec<_>>(),
        "errors": count(Severity::Error),
        "warnings": count(Severity::Warning),
        "hints": count(Severity::Hint),
    });
    format!("{document:#}\n")
}

fn diagnostic(each: &Diagnostic, sources: &Sources) -> Value {
    let mut value = json!({
        "code": each.code.as_str(),
        "severity": each.severity.as_str(),
        "title": each.code.title(),
        "message": each.message,
    });
    place(&mut value, each.span, sources);
    if let (Some(members), Some(help)) = (value.as_object_mut(), &each.help) {
        members.insert("help".into(), json!(help));
    }
    if let (Some(members), false) = (value.as_object_mut(), each.notes.is_empty()) {
        let notes: Vec<_> = each
            .notes
            .iter()
            .map(|(span, text)| note(*span, text, sources))
            .collect();
        members.insert("notes".into(), Value::Array(notes));
    }
    value
}

fn note(span: Option<Span>, text: &str, sources: &Sources) -> Value {
    let mut value = json!({ "message": text });
    place(&mut value, span, sources);
    value
}

fn place(value: &mut Value, span: Option<Span>, sources: &Sources) {
    if let (Some(members), Some(span)) = (value.as_object_mut(), span) {
        let (start, end) = sources.clamp(span);
        members.insert("file".into(), json!(sources.name(span.source)));
        members.insert("start".into(), position(sources.position(span), start));
        members.insert("end".into(), position(sources.end_position(span), end));
    }
}

fn position(at: Position, offset: usize) -> Value {
    json!({ "line": at.line, "column": at.column, "offset": offset })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diag::Code;

    #[test]
    fn places_have_line_column_and_offset() {
        let mut sources = Sources::new();
        let id = sources.add("a.yaml", "ü: x\nb: y\n");
        let mut report = Report::new();
        report.push(
            Diagnostic::new(Code::M002, Span::new(id, 0, 2), "unknown key `ü`")
                .help("none")
                .note(None, "so"),
        );
        report.push(Diagnostic::new(Code::M514, None, "no place"));
        let document: Value = serde_json::from_str(&json(&report, &sources)).unwrap();
        assert_eq!(document["errors"], 1);
        assert_eq!(document["warnings"], 1);
        assert_eq!(
            document["diagnostics"][0],
            json!({
                "code": "M514", "severity": "warning", "title": Code::M514.title(), "message": "no place",
            })
        );
        let second = &document["diagnostics"][1];
        assert_eq!(second["file"], "a.yaml");
        assert_eq!(
            second["start"],
            json!({"line": 1, "column": 1, "offset": 0})
        );
        assert_eq!(second["end"], json!({"line": 1, "column": 2, "offset": 2}));
        assert_eq!(second["help"], "none");
        assert_eq!(second["notes"], json!([{"message": "so"}]));
    }
}
