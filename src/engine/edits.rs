//! Changes to a document as splices into its bytes.

use crate::codec::Range;
use crate::mapping::plan::Wire;

/// One change. Edits never overlap but where one removes what another lies in; the outer one then counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Edit {
    /// What it replaces; empty for an insertion.
    pub(crate) range: Range,
    /// New bytes, in [`Edits::fresh`].
    pub(crate) text: Range,
    pub(crate) kind: EditKind,
}

/// Kinds of edits, which decide what becomes of the separators around them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum EditKind {
    /// A value in place of another.
    Replace,
    /// A member or item goes, with a separator.
    Remove,
    /// A member or item comes, into the container whose content begins here.
    Insert { content: u32 },
    /// Bytes come as they are.
    Raw,
}

/// The edits of one document.
#[derive(Default)]
pub(crate) struct Edits {
    pub(crate) list: Vec<Edit>,
    pub(crate) fresh: Vec<u8>,
}

impl Edits {
    pub(crate) fn clear(&mut self) {
        self.list.clear();
        self.fresh.clear();
    }

    pub(crate) fn push(&mut self, range: Range, from: usize, kind: EditKind) {
        let text = Range {
            start: from as u32,
            end: self.fresh.len() as u32,
        };
        self.list.push(Edit { range, text, kind });
    }

    pub(crate) fn remove(&mut self, range: Range) {
        self.list.push(Edit {
            range,
            text: Range::default(),
            kind: EditKind::Remove,
        });
    }

    /// Writes the document with its edits.
    pub(crate) fn apply(&mut self, wire: Wire, base: &[u8], out: &mut Vec<u8>) {
        // Stable: edits at one place keep the order in which they were made.
        self.list.sort_by_key(|edit| edit.range.start);
        self.drop_covered();
        let start = out.len();
        let mut at = 0_usize;
        let copy = |out: &mut Vec<u8>, to: usize, at: &mut usize| {
            if to > *at {
                out.extend_from_slice(&base[*at..to]);
                *at = to;
            }
        };
        for edit in &self.list {
            let fresh = &self.fresh[edit.text.start as usize..edit.text.end as usize];
            let (from, to) = (edit.range.start as usize, edit.range.end as usize);
            match edit.kind {
                EditKind::Replace | EditKind::Raw => {
                    copy(out, from, &mut at);
                    out.extend_from_slice(fresh);
                    at = at.max(to);
                }
                EditKind::Remove => {
                    copy(out, blanks_before(wire, base, from), &mut at);
                    at = at.max(to);
                }
                EditKind::Insert { content } => {
                    copy(out, from, &mut at);
                    // Too many separators are put right below.
                    if wire == Wire::Form {
                        out.push(b'&');
                        out.extend_from_slice(fresh);
                        out.push(b'&');
                    } else {
                        if wire == Wire::Json {
                            // Two numbers side by side would be one.
                            out.push(b',');
                        }
                        out.extend_from_slice(indent(base, content as usize));
                        out.extend_from_slice(fresh);
                    }
                }
            }
        }
        copy(out, base.len(), &mut at);
        let moved = |edit: &Edit| matches!(edit.kind, EditKind::Remove | EditKind::Insert { .. });
        if self.list.iter().any(moved) {
            match wire {
                Wire::Xml => {}
                Wire::Json => commas(out, start),
                Wire::Form => ampersands(out, start),
            }
        }
    }

    /// An edit inside something that is removed or replaced whole says nothing any more. They stand in order of
    /// their starts.
    fn drop_covered(&mut self) {
        let covers = |edit: &Edit| matches!(edit.kind, EditKind::Remove | EditKind::Replace);
        // Where the furthest cover ends that begins before the edit at hand.
        let mut end = 0;
        let mut kept = Vec::with_capacity(self.list.len());
        for group in self.list.chunk_by(|a, b| a.range.start == b.range.start) {
            let longest = group.iter().filter(|edit| covers(edit));
            let longest = longest.map(|edit| edit.range.end).max().unwrap_or_default();
            kept.extend(group.iter().filter(|edit| {
                let Range { start, end: last } = edit.range;
                let inside = end > start && end >= last;
                let beside = last == start || last >= longest;
                !inside && beside
            }));
            end = end.max(longest);
        }
        self.list = kept;
    }
}

/// The blanks before the first child of a container, which stand before a new one, too; none if it has no child.
fn indent(base: &[u8], content: usize) -> &[u8] {
    let behind = base.get(content..).unwrap_or_default();
    let blanks = &behind[..behind.len() - behind.trim_ascii_start().len()];
    match behind.get(blanks.len()) {
        Some(b'}' | b']') | None => b"",
        Some(b'<') if behind.get(blanks.len() + 1) == Some(&b'/') => b"",
        Some(_) => blanks,
    }
}

/// Where the blanks in front of what is removed begin, if they separate it from what stands before it.
fn blanks_before(wire: Wire, base: &[u8], from: usize) -> usize {
    let start = base[..from].trim_ascii_end().len();
    let separator: &[u8] = if wire == Wire::Xml { b">" } else { b"," };
    if base[..start].ends_with(separator) {
        start
    } else {
        from
    }
}

/// Puts the commas of a JSON document right, of which members were removed and to which others came: one
/// between two neighbours and none elsewhere. Every other byte stays as it is.
fn commas(out: &mut Vec<u8>, start: usize) {
    let text = out.split_off(start);
    let mut at = 0;
    // Blanks since the last token, and the comma among them.
    let mut gap = 0;
    let mut comma = None;
    let mut before = b'[';
    while at < text.len() {
        let byte = text[at];
        match byte {
            b' ' | b'\t' | b'\r' | b'\n' => at += 1,
            b',' => {
                comma.get_or_insert(at);
                at += 1;
            }
            _ => {
                separate(
                    out,
                    &text[gap..at],
                    comma.map(|comma: usize| comma - gap),
                    before,
                    byte,
                );
                let end = at + token(&text[at..]);
                out.extend_from_slice(&text[at..end]);
                before = byte;
                (at, gap, comma) = (end, end, None);
            }
        }
    }
    out.extend_from_slice(&text[gap..]);
}

/// Writes what stands between two tokens, which begin with these bytes.
fn separate(out: &mut Vec<u8>, gap: &[u8], comma: Option<usize>, before: u8, after: u8) {
    let opened = matches!(before, b'{' | b'[');
    let closes = matches!(after, b'}' | b']');
    let apart = !opened && !closes && before != b':' && after != b':';
    let blanks = |gap: &[u8], out: &mut Vec<u8>| {
        out.extend(gap.iter().filter(|byte| **byte != b','));
    };
    match comma {
        Some(comma) if apart => {
            out.extend_from_slice(&gap[..=comma]);
            let rest = &gap[comma + 1..];
            let last = rest.iter().rposition(|byte| *byte == b',');
            out.extend_from_slice(&rest[last.map_or(0, |last| last + 1)..]);
        }
        None if apart => {
            out.push(b',');
            out.extend_from_slice(gap);
        }
        // What stood before the separator is the indent of the member that goes, or comes.
        Some(comma) if opened && !closes => blanks(&gap[..comma], out),
        Some(comma) => blanks(&gap[comma..], out),
        None => out.extend_from_slice(gap),
    }
}

/// The length of the token that a text begins with.
fn token(text: &[u8]) -> usize {
    match text.first() {
        Some(b'"') => {
            let mut escaped = false;
            let end = text.iter().skip(1).position(|byte| {
                let ends = *byte == b'"' && !escaped;
                escaped = *byte == b'\\' && !escaped;
                ends
            });
            end.map_or(text.len(), |end| end + 2)
        }
        Some(b'{' | b'}' | b'[' | b']' | b':') => 1,
        _ => text
            .iter()
            .position(|byte| {
                matches!(
                    byte,
                    b'"' | b',' | b'{' | b'}' | b'[' | b']' | b' ' | b'\t' | b'\r' | b'\n'
                )
            })
            .unwrap_or(text.len()),
    }
}

/// Puts the separators of a form right.
fn ampersands(out: &mut Vec<u8>, start: usize) {
    let text = out.split_off(start);
    for piece in text.split(|byte| *byte == b'&') {
        if piece.is_empty() {
            continue;
        }
        if out.len() > start {
            out.push(b'&');
        }
        out.extend_from_slice(piece);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn range(start: usize, end: usize) -> Range {
        Range {
            start: start as u32,
            end: end as u32,
        }
    }

    fn json(base: &str, edits: &[(&str, &str, EditKind)]) -> String {
        let mut all = Edits::default();
        for (what, text, kind) in edits {
            let (start, end) = match kind {
                EditKind::Insert { .. } => {
                    let at = base.find(what).unwrap() + what.len();
                    (at, at)
                }
                _ => {
                    let at = base.find(what).unwrap();
                    (at, at + what.len())
                }
            };
            let from = all.fresh.len();
            all.fresh.extend_from_slice(text.as_bytes());
            all.push(range(start, end), from, *kind);
        }
        let mut out = Vec::new();
        all.apply(Wire::Json, base.as_bytes(), &mut out);
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn numbers_side_by_side_stay_two() {
        let insert = EditKind::Insert { content: 1 };
        assert_eq!(json("[0]", &[("0", "4", insert)]), "[0,4]");
        assert_eq!(
            json("[0]", &[("0", "4", insert), ("0", "5", insert)]),
            "[0,4,5]"
        );
        assert_eq!(json("[ 0, 1]", &[("0", "4", insert)]), "[ 0, 4, 1]");
    }

    #[test]
    fn commas_go_and_come_with_members() {
        let remove = EditKind::Remove;
        let insert = EditKind::Insert { content: 1 };
        let base = r#"{"a":1, "b":2, "c":3}"#;
        let a = r#""a":1"#;
        let b = r#""b":2"#;
        let c = r#""c":3"#;
        assert_eq!(json(base, &[(a, "", remove)]), r#"{"b":2, "c":3}"#);
        assert_eq!(json(base, &[(b, "", remove)]), r#"{"a":1, "c":3}"#);
        assert_eq!(json(base, &[(c, "", remove)]), r#"{"a":1, "b":2}"#);
        assert_eq!(
            json(base, &[(a, "", remove), (b, "", remove)]),
            r#"{"c":3}"#
        );
        assert_eq!(
            json(base, &[(a, "", remove), (c, "", remove)]),
            r#"{"b":2}"#
        );
        assert_eq!(
            json(base, &[(a, "", remove), (b, "", remove), (c, "", remove)]),
            "{}"
        );
        assert_eq!(
            json(base, &[(c, r#""d":4"#, insert)]),
            r#"{"a":1, "b":2, "c":3,"d":4}"#
        );
        assert_eq!(
            json(base, &[("{", r#""d":4"#, insert)]),
            r#"{"d":4,"a":1, "b":2, "c":3}"#
        );
        assert_eq!(
            json(
                "{}",
                &[("{", r#""d":4"#, insert), ("{", r#""e":5"#, insert)]
            ),
            r#"{"d":4,"e":5}"#
        );
        assert_eq!(
            json(r#"{"a":1}"#, &[("{", r#""d":4"#, insert), (a, "", remove)]),
            r#"{"d":4}"#
        );
    }

    #[test]
    fn commas_and_blanks_fit_what_stays() {
        let remove = EditKind::Remove;
        let insert = EditKind::Insert { content: 1 };
        let a = r#""a":1"#;
        let b = r#""b":2"#;
        // A new item behind one that goes, with another one behind it.
        assert_eq!(
            json(
                r#"{"l":[{"x":"},"},{}]}"#,
                &[
                    (r#"{"x":"},"}"#, "", remove),
                    (r#"{"x":"},"}"#, "3", insert)
                ]
            ),
            r#"{"l":[3,{}]}"#
        );
        assert_eq!(
            json(r#"{"a":null}"#, &[(r#""a":null"#, r#""d":4"#, insert)]),
            r#"{"a":null,"d":4}"#
        );
        assert_eq!(
            json("{\n  \"a\":1,\n  \"b\":2\n}", &[(b, "", remove)]),
            "{\n  \"a\":1\n}"
        );
        assert_eq!(
            json("{\n  \"a\":1,\n  \"b\":2\n}", &[(a, "", remove)]),
            "{\n  \"b\":2\n}"
        );
    }
}
