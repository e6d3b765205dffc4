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
#[derive(Debug, Default)]
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
        let runs = if wire == Wire::Xml {
            Vec::new()
        } else {
            removed_runs(base, &self.list)
        };
        let mut at = 0_usize;
        let copy = |out: &mut Vec<u8>, to: usize, at: &mut usize| {
            if to > *at {
                out.extend_from_slice(&base[*at..to]);
                *at = to;
            }
        };
        for (index, edit) in self.list.iter().enumerate() {
            let fresh = &self.fresh[edit.text.start as usize..edit.text.end as usize];
            let (from, to) = (edit.range.start as usize, edit.range.end as usize);
            match edit.kind {
                EditKind::Replace | EditKind::Raw => {
                    copy(out, from, &mut at);
                    out.extend_from_slice(fresh);
                    at = at.max(to);
                }
                EditKind::Remove if wire == Wire::Xml => {
                    copy(out, blanks_before(base, from), &mut at);
                    at = at.max(to);
                }
                EditKind::Remove => {
                    if let Some(run) = runs.iter().find(|run| run.first == index) {
                        copy(out, run.from, &mut at);
                        at = at.max(run.to);
                    }
                }
                EditKind::Insert { content } => {
                    copy(out, from, &mut at);
                    self.insert(wire, base, &runs, index, content as usize, fresh, out);
                }
            }
        }
        copy(out, base.len(), &mut at);
    }

    /// An edit inside something that is removed or replaced whole says nothing any more.
    fn drop_covered(&mut self) {
        let covers: Vec<Range> = self
            .list
            .iter()
            .filter(|edit| matches!(edit.kind, EditKind::Remove | EditKind::Replace))
            .map(|edit| edit.range)
            .collect();
        self.list.retain(|edit| {
            !covers.iter().any(|cover| {
                *cover != edit.range
                    && cover.start <= edit.range.start
                    && edit.range.end <= cover.end
                    && cover.end > edit.range.start
                    && !(edit.range.start == edit.range.end && edit.range.start == cover.start)
            })
        });
    }

    #[allow(
        clippy::too_many_arguments,
        reason = "one call, from `apply`, of what it has at hand"
    )]
    fn insert(
        &self,
        wire: Wire,
        base: &[u8],
        runs: &[Run],
        index: usize,
        content: usize,
        fresh: &[u8],
        out: &mut Vec<u8>,
    ) {
        let blanks = &base[content..content + blank_len(&base[content..])];
        if wire == Wire::Xml {
            out.extend_from_slice(blanks_if_before(base, content, blanks, b'<'));
            out.extend_from_slice(fresh);
            return;
        }
        let edit = &self.list[index];
        let first_insert = !self.list[..index]
            .iter()
            .any(|other| matches!(other.kind, EditKind::Insert { content: of } if of as usize == content));
        let in_front = edit.range.start as usize == content;
        let survivors = survivors(base, runs, content);
        if in_front {
            if !first_insert {
                out.push(b',');
            }
            out.extend_from_slice(blanks_if_before(base, content, blanks, b'"'));
            out.extend_from_slice(fresh);
            let last_insert = !self.list[index + 1..].iter().any(|other| {
                other.range == edit.range && matches!(other.kind, EditKind::Insert { .. })
            });
            if last_insert && survivors {
                out.push(b',');
            }
        } else {
            if survivors || !first_insert {
                out.push(b',');
            }
            out.extend_from_slice(blanks_if_before(base, content, blanks, b'"'));
            out.extend_from_slice(fresh);
        }
    }
}

/// Blanks before the first child of a container, which stand before a new one, too; none if it has no child.
fn blanks_if_before<'b>(base: &[u8], content: usize, blanks: &'b [u8], _child: u8) -> &'b [u8] {
    match base.get(content + blanks.len()) {
        Some(b'}' | b']') | None => b"",
        Some(b'<') if base.get(content + blanks.len() + 1) == Some(&b'/') => b"",
        Some(_) => blanks,
    }
}

fn blank_len(bytes: &[u8]) -> usize {
    bytes.len() - bytes.trim_ascii_start().len()
}

/// Where the blanks in front of an element begin, if nothing but a tag stands before them.
fn blanks_before(base: &[u8], from: usize) -> usize {
    let start = base[..from].trim_ascii_end().len();
    if base[..start].ends_with(b">") {
        start
    } else {
        from
    }
}

/// Neighbours that go together, with the separator that goes with them.
#[derive(Debug, Clone, Copy)]
struct Run {
    /// Its first edit.
    first: usize,
    /// Its first byte without separators.
    start: usize,
    from: usize,
    to: usize,
    /// A sibling stands in front or behind and stays.
    neighbour: bool,
}

/// Joins removed neighbours and decides which comma goes with each run.
fn removed_runs(base: &[u8], edits: &[Edit]) -> Vec<Run> {
    let mut runs: Vec<Run> = Vec::new();
    for (index, edit) in edits.iter().enumerate() {
        if edit.kind != EditKind::Remove {
            continue;
        }
        let (start, end) = (edit.range.start as usize, edit.range.end as usize);
        if let Some(last) = runs.last_mut()
            && let Some(between) = base.get(last.to..start)
            && between.trim_ascii() == b","
        {
            last.to = end;
            continue;
        }
        runs.push(Run {
            first: index,
            start,
            from: start,
            to: end,
            neighbour: false,
        });
    }
    for run in &mut runs {
        let before = base[..run.start].trim_ascii_end();
        let after = run.to + blank_len(&base[run.to..]);
        if before.ends_with(b",") {
            run.from = before.len() - 1;
            run.neighbour = true;
        } else if base.get(after) == Some(&b',') {
            // The first of its container: what follows takes its place.
            run.to = after + 1 + blank_len(&base[after + 1..]);
            run.neighbour = true;
        }
    }
    runs
}

/// True if a child of the container stays.
fn survivors(base: &[u8], runs: &[Run], content: usize) -> bool {
    let first = content + blank_len(&base[content..]);
    match base.get(first) {
        Some(b'}' | b']') | None => false,
        Some(_) => runs
            .iter()
            .find(|run| run.start == first)
            .is_none_or(|run| run.neighbour),
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
}
