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
pub(super) const TABS: &str = "indent with blanks; YAML does not take tabs for that";
pub(super) const TAB: &str = "put blanks in its place, or quotes around a text that holds one";
pub(super) const BLANK: &str =
    "write an ordinary blank; others come along with text that is copied from elsewhere";
pub(super) const TRAILING: &str = "quotes stand around the whole text, or nowhere";
const ANCHOR: &str =
    "an alias `*name` needs an anchor `&name` before it in the same file; quotes make it a text";
const CLOSING: &str = "a text that begins with `]` or `}` needs quotes";
pub(super) const ESCAPE: &str =
    r#"inside `"` a backslash begins an escape; write `\\`, or use `'`"#;
const UNPRINTABLE: &str = "take the character away: files hold printable characters, line ends and no others; a control character in a text is written `\\x..` inside `\"`";
pub(super) const UNCLOSED: &str = "close it where its text ends; inside `'` write `''` for one, inside `\"` a backslash before it";
pub(super) const DEEP: &str =
    "no file needs so many: look for braces and brackets that are not closed, or divide the file";
const SHAPE: &str = "compare the line, and the one above it, with others: a key ends with a colon and a blank, an item begins with a dash and a blank, lines of one map begin at one column";

/// Turns a fault of the YAML parser at a byte of the text into a message and help.
pub(super) fn explain(text: &str, at: usize, info: &str) -> (String, String) {
    let (before, after) = text.split_at_checked(at).unwrap_or((text, ""));
    let here = after.chars().next();
    if info.starts_with("unexpected character") {
        let word = word(after);
        let first = here.map(String::from).unwrap_or_default();
        let message = format!("a text cannot begin with `{first}` without quotes");
        return (message, format!("write `{}`", quote(word)));
    }
    if info.contains("recursion limit") {
        return (
            "too many maps and lists stand inside each other".to_owned(),
            DEEP.to_owned(),
        );
    }
    if info.contains("unknown anchor") {
        let message = format!("there is no anchor for the alias `{}`", word(after));
        return (message, ANCHOR.to_owned());
    }
    let closed = before.trim_end_matches(' ').ends_with('}');
    let help = match here {
        _ if info.contains("unprintable") => UNPRINTABLE,
        Some('[' | '{') if info.contains("flow") => FLOW,
        Some('|' | '>') => BLOCK,
        Some(']' | '}') if info.contains("misplaced") => CLOSING,
        Some(':') | None if closed => BRACES,
        Some(':') => COLON,
        _ if info.contains("expected key") && closed => BRACES,
        _ if info.contains("trailing content") => TRAILING,
        _ if info.contains("escape") || info.contains("hexadecimal") => ESCAPE,
        _ => SHAPE,
    };
    (format!("not YAML: {info}"), help.to_owned())
}

/// Tells whether a sign looks like a blank, or like nothing, and is a letter to YAML.
pub(in crate::mapping) fn is_foreign_blank(c: char) -> bool {
    c.is_whitespace() && !matches!(c, ' ' | '\t' | '\r' | '\n')
        || matches!(c, '\u{200b}' | '\u{2060}' | '\u{feff}')
}

/// The length of what the parser points at.
pub(super) fn length(text: &str, at: usize, info: &str) -> usize {
    let after = text.get(at..).unwrap_or("");
    if info.contains("unknown anchor") {
        word(after).len().max(1)
    } else {
        after.chars().next().map_or(1, char::len_utf8)
    }
}

fn word(text: &str) -> &str {
    let end = text.find(|c: char| c.is_whitespace() || matches!(c, ':' | ',' | '}' | ']'));
    text.get(..end.unwrap_or(text.len())).unwrap_or("")
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
