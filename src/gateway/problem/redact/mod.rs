//! Takes out of an upstream's words what may not leave: values of the call that need care, and card numbers.
//!
//! What is taken out is found in the text as it came, and the text is cut afterwards: half a value is a value too.

mod cards;
mod folded;
mod numbers;

use std::ops::Range;

pub use cards::{holds_card_number, without_cards};
use folded::Folded;

/// What stands in place of a value.
pub const REDACTED: &str = "[redacted]";

/// Characters of an upstream's message that are passed on at most.
const LONGEST: usize = 1_000;

/// Characters that are looked at; beyond them nothing is passed on.
const WINDOW: usize = 16 * LONGEST;

/// Shortest value that is looked for: one character tells nothing of anybody and would riddle every message.
const SHORTEST_VALUE: usize = 2;

/// Shortest value that is looked for inside of words too.
const SHORTEST_PART: usize = 4;

/// Redacts a text: every value (letters' case and the width of blanks aside), every number that has the digits of a
/// value however they are grouped, then every run of digits that passes Luhn, blanks and hyphens left aside.
#[must_use]
pub fn redact(text: &str, values: &[String]) -> String {
    let mut chars: Vec<char> = text.chars().take(WINDOW.saturating_add(1)).collect();
    let whole = chars.len() <= WINDOW;
    chars.truncate(WINDOW);
    let mut hidden = found(&chars, values);
    hidden.sort_by_key(|range| range.start);
    let end = if whole {
        chars.len()
    } else {
        safe_end(&chars, values)
    };
    cut(&chars, &hidden, end)
}

/// Everything that is taken out of a text, as ranges of its characters.
fn found(chars: &[char], values: &[String]) -> Vec<Range<usize>> {
    let folded = Folded::of(chars);
    let mut hidden = cards::find(chars);
    for value in values {
        let value: Vec<char> = value.trim().chars().collect();
        if value.len() >= SHORTEST_VALUE {
            hidden.extend(folded.find(&Folded::of(&value), value.len() < SHORTEST_PART));
            hidden.extend(numbers::find(chars, &value));
        }
    }
    hidden
}

/// Where a text that goes on may be cut: no value and no number that begins before can end behind what was looked at.
fn safe_end(chars: &[char], values: &[String]) -> usize {
    let longest = values.iter().map(|value| value.chars().count()).max();
    // A value may be spelled longer than it is, by what stands between its digits or blanks.
    let room = longest.unwrap_or(0).saturating_mul(4).saturating_add(1);
    before_number(chars, chars.len().saturating_sub(room))
}

/// The text up to `end` without what is hidden, not longer than may be passed on, and cut in no number.
fn cut(chars: &[char], hidden: &[Range<usize>], end: usize) -> String {
    let mut out = String::with_capacity(chars.len().min(LONGEST));
    let (mut at, mut room) = (0, LONGEST);
    for range in hidden.iter().filter(|range| range.start < end) {
        if range.start >= at {
            let plain = plain_end(chars, at, range.start, room);
            out.extend(chars.get(at..plain).unwrap_or_default());
            room = room.saturating_sub(plain.saturating_sub(at));
            if plain < range.start || room < REDACTED.len() {
                return out;
            }
            out.push_str(REDACTED);
            room = room.saturating_sub(REDACTED.len());
        }
        at = at.max(range.end);
    }
    let plain = plain_end(chars, at, end.max(at), room);
    out.extend(chars.get(at..plain).unwrap_or_default());
    out
}

/// How far plain text from `at` may go.
fn plain_end(chars: &[char], at: usize, end: usize, room: usize) -> usize {
    let cut = at.saturating_add(room);
    if cut >= end {
        end
    } else {
        before_number(chars, cut).max(at)
    }
}

/// The greatest end up to `end` that divides no number.
fn before_number(chars: &[char], end: usize) -> usize {
    let is_part = |at: usize| {
        chars
            .get(at)
            .is_some_and(|c| c.is_ascii_digit() || numbers::is_between(*c))
    };
    let mut at = end;
    if is_part(at) {
        while at > 0 && is_part(at.saturating_sub(1)) {
            at = at.saturating_sub(1);
        }
    }
    at
}

#[cfg(test)]
mod tests;
