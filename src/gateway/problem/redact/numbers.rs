//! Numbers by their digits alone: a telephone number, a date or a key is the same however it is grouped.

use std::ops::Range;

/// Fewest digits that are compared without what groups them.
const FEWEST: usize = 5;

/// Fewest digits of a telephone number without the code of its country.
const FEWEST_NATIONAL: usize = 6;

/// Most digits of the code of a country.
const MOST_CODE: usize = 3;

/// Most characters between two groups of one number.
const MOST_BETWEEN: usize = 3;

/// What may stand between the groups of a number.
pub(super) fn is_between(c: char) -> bool {
    c.is_whitespace() || matches!(c, '-' | '.' | '/' | '(' | ')' | '\u{2010}'..='\u{2013}')
}

/// Where the digits of a value stand, if it is mostly digits; a number that says its country is looked for without
/// that too.
pub(super) fn find(text: &[char], value: &[char]) -> Vec<Range<usize>> {
    let digits: Vec<char> = value.iter().copied().filter(char::is_ascii_digit).collect();
    let letters = value.iter().filter(|c| c.is_alphabetic()).count();
    if digits.len() < FEWEST || letters > digits.len() / 2 {
        return Vec::new();
    }
    let codes = if value.first() == Some(&'+') {
        MOST_CODE.min(digits.len().saturating_sub(FEWEST_NATIONAL))
    } else {
        0
    };
    let mut found = Vec::new();
    for code in 0..=codes {
        let wanted = digits.get(code..).unwrap_or_default();
        found.extend((0..text.len()).filter_map(|start| {
            let end = matched(text, start, wanted)?;
            Some(start..end)
        }));
    }
    found
}

/// The end of a number that begins here and has these digits.
fn matched(text: &[char], start: usize, digits: &[char]) -> Option<usize> {
    let mut wanted = digits.iter();
    let mut next = wanted.next()?;
    let mut between = 0_usize;
    for (at, c) in text.iter().enumerate().skip(start) {
        if c == next {
            between = 0;
            match wanted.next() {
                Some(digit) => next = digit,
                None => return Some(at.saturating_add(1)),
            }
        } else if at > start && is_between(*c) && between < MOST_BETWEEN {
            between = between.saturating_add(1);
        } else {
            return None;
        }
    }
    None
}
