//! Texts in which letters' case and the width of blanks make no difference.

use std::ops::Range;

/// A text folded, and where each of its characters came from.
pub(super) struct Folded {
    chars: Vec<char>,
    from: Vec<usize>,
}

// === impl Folded ===

impl Folded {
    pub(super) fn of(text: &[char]) -> Self {
        let mut folded = Self {
            chars: Vec::with_capacity(text.len()),
            from: Vec::with_capacity(text.len()),
        };
        for (at, c) in text.iter().enumerate() {
            if c.is_whitespace() {
                if folded.chars.last() != Some(&' ') {
                    folded.push(' ', at);
                }
                continue;
            }
            // Upper case first: it unites what has one capital, such as both small sigmas.
            for upper in c.to_uppercase() {
                for lower in upper.to_lowercase() {
                    folded.push(lower, at);
                }
            }
        }
        folded
    }

    fn push(&mut self, c: char, at: usize) {
        self.chars.push(c);
        self.from.push(at);
    }

    /// Where the other text stands, as ranges of the characters that this one was folded from.
    pub(super) fn find(&self, wanted: &Self, whole_words: bool) -> Vec<Range<usize>> {
        let length = wanted.chars.len();
        let mut found = Vec::new();
        if length == 0 {
            return found;
        }
        for (at, window) in self.chars.windows(length).enumerate() {
            let end = at.saturating_add(length);
            if window == wanted.chars && !(whole_words && self.is_inside(at, end)) {
                let first = self.from.get(at).copied().unwrap_or_default();
                let last = self.from.get(end.saturating_sub(1)).copied();
                let last = last.unwrap_or(first);
                found.push(first..last.saturating_add(1));
            }
        }
        found
    }

    /// Whether a word goes on in front of or behind a range.
    fn is_inside(&self, start: usize, end: usize) -> bool {
        let goes_on = |at: Option<usize>| {
            at.and_then(|at| self.chars.get(at))
                .is_some_and(|c| c.is_alphanumeric())
        };
        goes_on(start.checked_sub(1)) || goes_on(Some(end))
    }
}
