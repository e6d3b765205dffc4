//! For code review: SARIF 2.1.0, as the tools of source hosts read it.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use serde_json::{Value, json};

use crate::diag::{Code, Diagnostic, Report, Severity, Sources, Span};

/// The schema of OASIS Standard SARIF 2.1.0, errata 01.
const SCHEMA: &str =
    "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json";

/// Writes a report as a SARIF 2.1.0 log with one run; `version` is that of the program.
///
/// Columns count characters (`unicodeCodePoints`); names of files are relative references, or whole ones of files that are named from the root.
#[must_use]
pub fn sarif(report: &Report, sources: &Sources, version: &str) -> String {
    let sorted = report.sorted(sources);
    let codes: BTreeSet<Code> = sorted.iter().map(|each| each.code).collect();
    let codes: Vec<Code> = codes.into_iter().collect();
    let document = json!({
        "$schema": SCHEMA,
        "version": "2.1.0",
        "runs": [{
            "tool": { "driver": {
                "name": "interlingua",
                "version": version,
                "rules": codes.iter().map(|code| rule(*code)).collect::<Vec<_>>(),
            }},
            "columnKind": "unicodeCodePoints",
            "results": sorted.iter().map(|each| result(each, &codes, sources)).collect::<Vec<_>>(),
        }],
    });
    format!("{document:#}\n")
}

fn rule(code: Code) -> Value {
    json!({
        "id": code.as_str(),
        "shortDescription": { "text": code.title() },
        "fullDescription": { "text": code.explanation() },
        "defaultConfiguration": { "level": level(code.severity()) },
    })
}

fn result(each: &Diagnostic, codes: &[Code], sources: &Sources) -> Value {
    let mut text = each.message.clone();
    for (_, note) in each.notes.iter().filter(|(span, _)| span.is_none()) {
        let _ = write!(text, "\nnote: {note}");
    }
    if let Some(help) = &each.help {
        let _ = write!(text, "\nhelp: {help}");
    }
    let related: Vec<Value> = each
        .notes
        .iter()
        .filter_map(|(span, note)| {
            let mut related = location((*span)?, sources);
            related
                .as_object_mut()?
                .insert("message".into(), json!({ "text": note }));
            Some(related)
        })
        .collect();
    let mut value = json!({
        "ruleId": each.code.as_str(),
        "ruleIndex": codes.binary_search(&each.code).unwrap_or(0),
        "level": level(each.severity),
        "message": { "text": text },
        "locations": each.span.map(|span| location(span, sources)).into_iter().collect::<Vec<_>>(),
    });
    if let (Some(members), false) = (value.as_object_mut(), related.is_empty()) {
        members.insert("relatedLocations".into(), Value::Array(related));
    }
    value
}

fn location(span: Span, sources: &Sources) -> Value {
    let (start, end) = (sources.position(span), sources.end_position(span));
    json!({ "physicalLocation": {
        "artifactLocation": { "uri": reference(sources.name(span.source)) },
        "region": {
            "startLine": start.line,
            "startColumn": start.column,
            "endLine": end.line,
            "endColumn": end.column,
        },
    }})
}

const fn level(severity: Severity) -> &'static str {
    match severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
        Severity::Hint => "note",
    }
}

/// Writes a path as a relative reference (RFC 3986): everything but unreserved characters and `/` is percent-encoded.
fn reference(name: &str) -> String {
    let mut out = String::with_capacity(name.len());
    if name.starts_with('/') {
        out.push_str("file://");
    }
    for byte in name.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~/".contains(&byte) {
            out.push(char::from(byte));
        } else {
            let _ = write!(out, "%{byte:02X}");
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_named_from_the_root_is_a_whole_reference() {
        assert_eq!(reference("/a b/c.yaml"), "file:///a%20b/c.yaml");
        assert_eq!(reference("../c.yaml"), "../c.yaml");
    }

    #[test]
    fn a_log_names_rules_once_and_places_in_characters() {
        let mut sources = Sources::new();
        let id = sources.add("mappings/a b.yaml", "ü: x\nb: y\n");
        let mut report = Report::new();
        let fault = Diagnostic::new(Code::M002, Span::new(id, 6, 7), "unknown key `b`");
        report.push(
            fault
                .help("leave it out")
                .note(Span::new(id, 0, 2), "beside this")
                .note(None, "keys are closed"),
        );
        report.push(Diagnostic::new(
            Code::M002,
            Span::new(id, 0, 2),
            "unknown key `ü`",
        ));
        report.push(Diagnostic::new(Code::M242, None, "open"));
        let log: Value = serde_json::from_str(&sarif(&report, &sources, "0.1.0")).unwrap();
        let run = &log["runs"][0];
        assert_eq!(log["version"], "2.1.0");
        assert_eq!(
            run["tool"]["driver"]["rules"].as_array().map(Vec::len),
            Some(2)
        );
        assert_eq!(run["results"][0]["level"], "note");
        assert_eq!(run["results"][0]["locations"], json!([]));
        let last = &run["results"][2];
        assert_eq!(
            last["message"]["text"],
            "unknown key `b`\nnote: keys are closed\nhelp: leave it out"
        );
        assert_eq!(last["ruleIndex"], 0);
        let place = &last["locations"][0]["physicalLocation"];
        assert_eq!(place["artifactLocation"]["uri"], "mappings/a%20b.yaml");
        assert_eq!(
            place["region"],
            json!({"startLine": 2, "startColumn": 1, "endLine": 2, "endColumn": 2})
        );
        let region = &last["relatedLocations"][0]["physicalLocation"]["region"];
        assert_eq!(region["endColumn"], 2);
    }
}
