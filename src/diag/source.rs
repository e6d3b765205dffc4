//! Files by name, and places in them.

use std::sync::Arc;

/// Names one file of a [`Sources`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SourceId(u32);

/// Bytes `start..end` of a file; an empty span is a position.
///
/// Offsets count bytes of the UTF-8 text. A span is only a claim: whatever reads it clamps it to the text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Span {
    /// The file.
    pub source: SourceId,
    /// First byte.
    pub start: u32,
    /// One past the last byte.
    pub end: u32,
}

/// A value and where it was written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Spanned<T> {
    /// The value.
    pub value: T,
    /// Where it stands.
    pub span: Span,
}

/// Line and column of an offset, both from 1; the column counts characters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Position {
    /// Line, from 1.
    pub line: u32,
    /// Column in characters, from 1.
    pub column: u32,
}

/// All files that were read, with their texts.
#[derive(Debug, Clone, Default)]
pub struct Sources {
    files: Vec<File>,
}

#[derive(Debug, Clone)]
struct File {
    name: Arc<str>,
    text: Arc<str>,
    lines: Vec<u32>,
}

// === impl Span ===

impl Span {
    /// Creates the span of `start..end` in a file.
    #[must_use]
    pub const fn new(source: SourceId, start: u32, end: u32) -> Self {
        Self { source, start, end }
    }

    /// Gives the empty span at the first byte of this one.
    #[must_use]
    pub const fn at_start(self) -> Self {
        Self::new(self.source, self.start, self.start)
    }

    /// Gives the empty span behind the last byte of this one.
    #[must_use]
    pub const fn at_end(self) -> Self {
        Self::new(self.source, self.end, self.end)
    }

    /// Gives the smallest span that covers both; the other one is ignored if it is of another file.
    #[must_use]
    pub fn to(self, other: Self) -> Self {
        if self.source != other.source {
            return self;
        }
        Self::new(
            self.source,
            self.start.min(other.start),
            self.end.max(other.end),
        )
    }
}

// === impl Spanned ===

impl<T> Spanned<T> {
    /// Puts a value together with its place.
    pub const fn new(value: T, span: Span) -> Self {
        Self { value, span }
    }

    /// Changes the value and keeps the place.
    pub fn map<U>(self, f: impl FnOnce(T) -> U) -> Spanned<U> {
        Spanned::new(f(self.value), self.span)
    }
}

impl<T> std::ops::Deref for Spanned<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.value
    }
}

// === impl Sources ===

impl Sources {
    /// Creates an empty set of files.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a file under the name that diagnostics show (a path relative to the root of the files).
    pub fn add(&mut self, name: impl Into<Arc<str>>, text: impl Into<Arc<str>>) -> SourceId {
        let text: Arc<str> = text.into();
        let mut lines = vec![0];
        lines.extend(
            text.match_indices('\n')
                .map(|(at, _)| offset(at).saturating_add(1)),
        );
        let id = SourceId(offset(self.files.len()));
        self.files.push(File {
            name: name.into(),
            text,
            lines,
        });
        id
    }

    /// Gives the name of a file, or an empty text for a file of another set.
    #[must_use]
    pub fn name(&self, id: SourceId) -> &str {
        self.file(id).map_or("", |file| &file.name)
    }

    /// Gives files other names, for whoever looks for them elsewhere; `named` gives none for a file that keeps its own.
    pub fn rename(&mut self, named: impl Fn(&str) -> Option<String>) {
        for file in &mut self.files {
            if let Some(name) = named(&file.name) {
                file.name = name.into();
            }
        }
    }

    /// Gives the text of a file, or an empty text for a file of another set.
    #[must_use]
    pub fn text(&self, id: SourceId) -> &str {
        self.file(id).map_or("", |file| &file.text)
    }

    /// Gives the text that a span covers, as far as there is any.
    #[must_use]
    pub fn slice(&self, span: Span) -> &str {
        let (start, end) = self.clamp(span);
        self.text(span.source).get(start..end).unwrap_or("")
    }

    /// Puts stars over a span, so that whoever shows the text does not show what stands there; offsets stay.
    pub fn mask(&mut self, span: Span) {
        let (start, end) = self.clamp(span);
        let Some(file) = self.files.get_mut(index(span.source.0)) else {
            return;
        };
        let (before, after) = (file.text.get(..start), file.text.get(end..));
        if let (Some(before), Some(after)) = (before, after) {
            let masked: String = file
                .text
                .bytes()
                .take(end)
                .skip(start)
                .map(|byte| if byte == b'\n' { '\n' } else { '*' })
                .collect();
            file.text = [before, &masked, after].concat().into();
        }
    }

    /// Gives the span of a whole file.
    #[must_use]
    pub fn whole(&self, id: SourceId) -> Span {
        Span::new(id, 0, offset(self.text(id).len()))
    }

    /// Gives the span of the character that a byte belongs to; an empty one behind the last.
    #[must_use]
    pub fn character(&self, id: SourceId, at: u32) -> Span {
        let text = self.text(id);
        let start = text.floor_char_boundary(index(at));
        let end = text.ceil_char_boundary(start.saturating_add(1));
        Span::new(id, offset(start), offset(end))
    }

    /// Gives line and column of the start of a span.
    #[must_use]
    pub fn position(&self, span: Span) -> Position {
        self.locate(span.source, self.clamp(span).0)
    }

    /// Gives line and column of the end of a span.
    #[must_use]
    pub fn end_position(&self, span: Span) -> Position {
        self.locate(span.source, self.clamp(span).1)
    }

    /// Brings a span into its text: `start <= end <= length`, both at character boundaries.
    #[must_use]
    pub fn clamp(&self, span: Span) -> (usize, usize) {
        let text = self.text(span.source);
        let start = text.floor_char_boundary(index(span.start));
        let end = text.floor_char_boundary(index(span.end)).max(start);
        (start, end)
    }

    fn file(&self, id: SourceId) -> Option<&File> {
        self.files.get(index(id.0))
    }

    fn locate(&self, id: SourceId, at: usize) -> Position {
        let Some(file) = self.file(id) else {
            return Position { line: 1, column: 1 };
        };
        let at = offset(at);
        let line = file.lines.partition_point(|start| *start <= at);
        let start = line
            .checked_sub(1)
            .and_then(|line| file.lines.get(line))
            .copied()
            .unwrap_or(0);
        let before = file.text.get(index(start)..index(at)).unwrap_or("");
        Position {
            line: offset(line.max(1)),
            column: offset(before.chars().count()).saturating_add(1),
        }
    }
}

/// Offsets beyond 4 GiB are all the last one; readers refuse such files long before.
fn offset(at: usize) -> u32 {
    u32::try_from(at).unwrap_or(u32::MAX)
}

fn index(at: u32) -> usize {
    usize::try_from(at).unwrap_or(usize::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_count_characters_and_lines_begin_at_one() {
        let mut sources = Sources::new();
        let id = sources.add("a.yaml", "é: ü\nxx");
        assert_eq!(
            sources.position(Span::new(id, 4, 6)),
            Position { line: 1, column: 4 }
        );
        assert_eq!(
            sources.end_position(Span::new(id, 4, 6)),
            Position { line: 1, column: 5 }
        );
        assert_eq!(
            sources.position(Span::new(id, 7, 8)),
            Position { line: 2, column: 1 }
        );
        assert_eq!(sources.slice(Span::new(id, 4, 6)), "ü");
    }

    #[test]
    fn odd_spans_are_brought_into_the_text() {
        let mut sources = Sources::new();
        let id = sources.add("a.yaml", "é");
        assert_eq!(sources.clamp(Span::new(id, 1, 900)), (0, 2));
        assert_eq!(sources.clamp(Span::new(id, 900, 1)), (2, 2));
        assert_eq!(
            sources.position(Span::new(id, 900, 1)),
            Position { line: 1, column: 2 }
        );
        let stranger = SourceId(7);
        assert_eq!(sources.slice(Span::new(stranger, 0, 3)), "");
        assert_eq!(
            sources.position(Span::new(stranger, 5, 3)),
            Position { line: 1, column: 1 }
        );
    }

    #[test]
    fn a_character_is_whole() {
        let mut sources = Sources::new();
        let id = sources.add("a.yaml", "aé");
        for (at, start, end) in [(0, 0, 1), (1, 1, 3), (2, 1, 3), (3, 3, 3), (9, 3, 3)] {
            assert_eq!(sources.character(id, at), Span::new(id, start, end));
        }
    }

    #[test]
    fn a_masked_span_is_stars_and_moves_nothing() {
        let mut sources = Sources::new();
        let id = sources.add("a.yaml", "key: h\u{e4}t\nx: |\n  one\n  two\nlast: 1");
        let last = Span::new(id, 28, 32);
        let before = sources.position(last);

        sources.mask(Span::new(id, 5, 9));
        sources.mask(Span::new(id, 14, 26));

        let masked = "key: ****\nx: |\n*****\n*****\nlast: 1";
        assert_eq!(sources.text(id), masked);
        assert_eq!(sources.position(last), before);
    }
}
