//! What an author most likely meant where YAML gives up.

use super::node::Node;
use crate::diag::Sources;

/// Help for a text that YAML took for a map because it begins with a brace.
pub(in crate::mapping) const BRACES: &str =
    "a text that begins with `{` is a map to YAML; put quotes around the whole text: `'{...}'`";
/// Help for a text inside braces that holds `[` or `,`.
pub(in crate::mapping) const FLOW: &str = "inside braces a text ends at `,` and `[`; put quotes around the whole text, or write the map as a block";
const COLON: &str = "a colon followed by a blank ends a key; write arguments as `zone=UTC`, or put quotes around the whole text";
const BLOCK: &str =
    "a text that begins with `|` or `>` is a block to YAML; put quotes around the whole text";
const TABS: &str = "indent with blanks; YAML does not take tabs for that";
const TRAILING: &str = "quotes stand around the whole text, or nowhere";
const ANCHOR: &str =
    "an alias `*name` needs an anchor `&name` before it in the same file; quotes make it a text";
const CLOSING: &str = "a text that begins with `]` or `}` needs quotes";
const ESCAPE: &str = r#"inside `"` a backslash begins an escape; write `\\`, or use `'`"#;
const UNCLOSED_BRACES: &str =
    "a brace or bracket of a line above is not closed; close it where its map or list ends";
const UNPRINTABLE: &str = "take the character away: files hold printable characters, line ends and no others; a control character in a text is written `\\x..` inside `\"`";
const UNCLOSED: &str = "the quote that opens here is never closed; inside `'` write `''` for one";

/// Turns a fault of the YAML parser at a byte of the text into a message and help.
pub(super) fn explain(text: &str, at: u32, info: &str) -> (String, Option<String>) {
    let at = usize::try_from(at).unwrap_or(usize::MAX).min(text.len());
    let (before, after) = text.split_at_checked(at).unwrap_or((text, ""));
    let here = after.chars().next();
    if info.starts_with("unexpected character") {
        let word: String = after
            .chars()
            .take_while(|c| !c.is_whitespace() && *c != ':')
            .collect();
        let first = here.map(String::from).unwrap_or_default();
        let message = format!("a text cannot begin with `{first}` without quotes");
        return (message, Some(format!("write `{}`", quote(&word))));
    }
    let closed = before.trim_end().ends_with('}');
    let help = match here {
        _ if info.contains("unprintable") => Some(UNPRINTABLE),
        _ if info.contains("flow") && is_open(before) => Some(UNCLOSED_BRACES),
        Some('[' | '{') if info.contains("flow") => Some(FLOW),
        Some('|' | '>') => Some(BLOCK),
        Some(']' | '}') if info.contains("misplaced") => Some(CLOSING),
        Some('*') if info.contains("anchor") => Some(ANCHOR),
        _ if info.contains("tab") => Some(TABS),
        Some(':') | None if closed => Some(BRACES),
        Some(':') => Some(COLON),
        _ if info.contains("expected key") && closed => Some(BRACES),
        _ if info.contains("trailing content") => Some(TRAILING),
        _ if info.contains("unknown escape") => Some(ESCAPE),
        _ if info.contains("quoted scalar") && info.contains("end of stream") => Some(UNCLOSED),
        _ => None,
    };
    (format!("not YAML: {info}"), help.map(str::to_owned))
}

/// Tells whether a brace or bracket that opened on an earlier line is open still.
fn is_open(before: &str) -> bool {
    let Some((lines, _)) = before.rsplit_once('\n') else {
        return false;
    };
    let last = lines.trim_end().lines().next_back().unwrap_or("");
    let count = |set: [char; 2]| last.matches(set).count();
    count(['{', '[']) > count(['}', ']'])
}

/// Tells whether a map is what YAML makes of a text such as `{id}`.
pub(in crate::mapping) fn is_braced_text(node: &Node, sources: &Sources) -> bool {
    let braced = sources.slice(node.span).starts_with('{');
    let entries = node.as_map().unwrap_or(&[]);
    braced && !entries.is_empty() && entries.iter().all(|entry| entry.value.is_absent())
}

/// Puts a text into quotes.
fn quote(text: &str) -> String {
    format!("'{}'", text.replace('\'', "''"))
}
