//! Differences of documents, in words.

use std::fmt::Write;

use crate::codec::Limits;
use crate::codec::json::tape::{Kind, Tape, TapeNode};
use crate::codec::{json, xml};
use crate::engine::exchange::Lost;
use crate::mapping::ast::{Loss, Word};

/// Most differences that are told.
const TOLD: usize = 12;

/// Compares canonical documents: members without order, lexemes, and no difference between an object without members
/// and none.
pub(super) fn canonical(expected: &[u8], found: &[u8]) -> Option<String> {
    let (mut one, mut other) = (Tape::default(), Tape::default());
    let (Ok(expected_text), Ok(found_text)) =
        (std::str::from_utf8(expected), std::str::from_utf8(found))
    else {
        return Some("a document is not UTF-8".to_owned());
    };
    let limits = Limits::default();
    let expected = match one.parse(expected_text, &limits) {
        Ok(root) => root,
        Err(fault) => return Some(format!("the expected document does not read: {fault}")),
    };
    let found = match other.parse(found_text, &limits) {
        Ok(root) => root,
        Err(fault) => return Some(format!("what was made does not read: {fault}")),
    };
    let mut differences = Vec::new();
    values(
        Some(expected),
        Some(found),
        &mut String::new(),
        &mut differences,
    );
    told(differences)
}

fn told(differences: Vec<String>) -> Option<String> {
    if differences.is_empty() {
        return None;
    }
    let further = differences.len().saturating_sub(TOLD);
    let mut text = differences
        .into_iter()
        .take(TOLD)
        .collect::<Vec<_>>()
        .join("\n");
    if further > 0 {
        let _ = write!(text, "\nand {further} more");
    }
    Some(text)
}

fn values(
    expected: Option<TapeNode<'_>>,
    found: Option<TapeNode<'_>>,
    at: &mut String,
    differences: &mut Vec<String>,
) {
    let present = |node: &TapeNode<'_>| !is_empty(*node);
    match (expected.filter(present), found.filter(present)) {
        (None, None) => {}
        (Some(expected), None) => differences.push(format!(
            "{}: expected {}, found nothing",
            place(at),
            shown(expected)
        )),
        (None, Some(found)) => differences.push(format!(
            "{}: expected nothing, found {}",
            place(at),
            shown(found)
        )),
        (Some(expected), Some(found)) => match (expected.kind(), found.kind()) {
            (Kind::Object, Kind::Object) => members(expected, found, at, differences),
            (Kind::Array, Kind::Array) => items(expected, found, at, differences),
            _ if shown(expected) == shown(found) => {}
            _ => differences.push(format!(
                "{}: expected {}, found {}",
                place(at),
                shown(expected),
                shown(found)
            )),
        },
    }
}

/// An object with nothing in it but such objects.
fn is_empty(node: TapeNode<'_>) -> bool {
    node.kind() == Kind::Object && node.members().all(|(_, value)| is_empty(value))
}

fn members(
    expected: TapeNode<'_>,
    found: TapeNode<'_>,
    at: &mut String,
    differences: &mut Vec<String>,
) {
    let length = at.len();
    for (name, value) in expected.members() {
        at.push('/');
        at.push_str(name);
        values(Some(value), found.get(name), at, differences);
        at.truncate(length);
    }
    for (name, value) in found.members() {
        if expected.get(name).is_none() {
            at.push('/');
            at.push_str(name);
            values(None, Some(value), at, differences);
            at.truncate(length);
        }
    }
}

fn items(
    expected: TapeNode<'_>,
    found: TapeNode<'_>,
    at: &mut String,
    differences: &mut Vec<String>,
) {
    let length = at.len();
    for index in 0..expected.count().max(found.count()) {
        let _ = write!(at, "/{index}");
        values(
            expected.items().nth(index),
            found.items().nth(index),
            at,
            differences,
        );
        at.truncate(length);
    }
}

fn place(at: &str) -> &str {
    if at.is_empty() { "the document" } else { at }
}

fn shown(node: TapeNode<'_>) -> String {
    match node.kind() {
        Kind::String => format!("\"{}\"", node.as_str().unwrap_or("")),
        Kind::Number => node.lexeme().unwrap_or("").to_owned(),
        Kind::Boolean => node.as_bool().unwrap_or(false).to_string(),
        Kind::Null => "null".to_owned(),
        Kind::Array => format!("a list of {}", node.count()),
        Kind::Object => format!("an object of {}", node.count()),
    }
}

/// Compares native documents: byte for byte, or by members, lexemes and order.
pub(in crate::proof) fn native(expected: &[u8], found: &[u8], exactly: bool) -> Option<String> {
    if exactly {
        return lines(
            &String::from_utf8_lossy(expected),
            &String::from_utf8_lossy(found),
        );
    }
    lines(&printed(expected), &printed(found))
}

/// A document printed anew, so that blanks between members are no difference.
fn printed(document: &[u8]) -> String {
    let limits = Limits::default();
    let trimmed = document.trim_ascii();
    let printed = if trimmed.starts_with(b"<") {
        xml::pretty::pretty(trimmed, &limits).ok()
    } else {
        let mut out = Vec::new();
        json::pretty(trimmed, &limits, &mut out).ok().map(|()| out)
    };
    let printed = printed.unwrap_or_else(|| document.to_vec());
    String::from_utf8_lossy(&printed).into_owned()
}

/// The lines from the first that differs to the last.
fn lines(expected: &str, found: &str) -> Option<String> {
    if expected == found {
        return None;
    }
    let (one, other): (Vec<_>, Vec<_>) = (expected.lines().collect(), found.lines().collect());
    let same = one.iter().zip(&other).take_while(|(a, b)| a == b).count();
    let (one_rest, other_rest) = (
        one.get(same..).unwrap_or_default(),
        other.get(same..).unwrap_or_default(),
    );
    let same_behind = one_rest
        .iter()
        .rev()
        .zip(other_rest.iter().rev())
        .take_while(|(a, b)| a == b)
        .count();
    let mut text = format!("from line {}:", same.saturating_add(1));
    for (sign, rest) in [('-', one_rest), ('+', other_rest)] {
        let differing = rest.len().saturating_sub(same_behind);
        for line in rest.iter().take(differing.min(TOLD)) {
            let _ = write!(text, "\n{sign} {line}");
        }
        if differing > TOLD {
            let _ = write!(text, "\n{sign} ...");
        }
    }
    if one.len() == other.len() && same == one.len() {
        text.push_str("\nthe ends of lines, or of the document, differ");
    }
    Some(text)
}

/// Compares statuses of an answer.
pub(super) fn status(expected: u16, found: u16) -> Option<String> {
    (expected != found).then(|| format!("expected {expected}, found {found}"))
}

/// Compares losses without order.
pub(super) fn losses(expected: &[Loss], found: &[Lost]) -> Option<String> {
    let line = |code: &str, pointer: &str| format!("{code} at {pointer}");
    let mut expected: Vec<_> = expected
        .iter()
        .map(|loss| line(loss.code.value.word(), &loss.pointer.value))
        .collect();
    let mut found: Vec<_> = found
        .iter()
        .map(|lost| {
            line(
                lost.code,
                lost.parameter.as_deref().unwrap_or(&lost.pointer),
            )
        })
        .collect();
    expected.sort_unstable();
    found.sort_unstable();
    let missing = expected
        .iter()
        .filter(|line| !found.contains(line))
        .map(|line| format!("expected {line}"));
    let further = found
        .iter()
        .filter(|line| !expected.contains(line))
        .map(|line| format!("found {line}"));
    told(missing.chain(further).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn canonical_documents_compare_by_members_and_lexemes() {
        for (expected, found, same) in [
            (r#"{"a": 1, "b": [true]}"#, r#"{"b":[true],"a":1}"#, true),
            (r#"{"a": {}}"#, r"{}", true),
            (r#"{"a": {"b": {}}}"#, r"{}", true),
            (r#"{"a": 1.0}"#, r#"{"a": 1}"#, false),
            (r#"{"a": "1"}"#, r#"{"a": 1}"#, false),
            (r#"{"a": null}"#, r"{}", false),
            (r#"{"a": []}"#, r"{}", false),
            (r#"["a", "b"]"#, r#"["b", "a"]"#, false),
        ] {
            assert_eq!(
                canonical(expected.as_bytes(), found.as_bytes()).is_none(),
                same,
                "{expected} {found}"
            );
        }
        let told = canonical(br#"{"a": {"b": [1]}}"#, br#"{"a": {"b": [2]}}"#).unwrap();
        assert_eq!(told, "/a/b/0: expected 1, found 2");
    }

    #[test]
    fn native_documents_compare_by_order_and_blanks_only_where_exact() {
        assert_eq!(native(br#"{"a":1}"#, b"{ \"a\": 1 }", false), None);
        assert!(native(br#"{"a":1}"#, b"{ \"a\": 1 }", true).is_some());
        assert!(native(br#"{"a":1,"b":2}"#, br#"{"b":2,"a":1}"#, false).is_some());
        assert_eq!(
            native(b"<r>\n<a>1</a>\n</r>\n", b"<r><a>1</a></r>", false),
            None
        );
        assert!(native(b"<r/>\n", b"<r/>", true).is_some());
    }
}
