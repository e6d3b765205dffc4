//! Card numbers: runs of digits that pass Luhn.

use std::borrow::Cow;
use std::ops::Range;

use super::REDACTED;

/// Digits of the shortest and the longest card number (ISO/IEC 7812).
const DIGITS: std::ops::RangeInclusive<usize> = 12..=19;

/// Whether a name holds a card number, whatever marks stand between its digits.
#[must_use]
pub fn holds_card_number(name: &str) -> bool {
    let chars: Vec<char> = name
        .chars()
        .map(|c| if matches!(c, '.' | '_') { '-' } else { c })
        .collect();
    !find(&chars).is_empty()
}

/// A pointer, or a name that a caller gave, without the parts that hold a card number.
#[must_use]
pub fn without_cards(pointer: &str) -> Cow<'_, str> {
    if !holds_card_number(pointer) {
        return Cow::Borrowed(pointer);
    }
    let tokens = pointer
        .split('/')
        .map(|token| match holds_card_number(token) {
            true => REDACTED,
            false => token,
        });
    Cow::Owned(tokens.collect::<Vec<_>>().join("/"))
}

/// Where card numbers stand.
pub(super) fn find(text: &[char]) -> Vec<Range<usize>> {
    let mut found = Vec::new();
    let mut at = 0;
    while let Some(start) = text
        .iter()
        .skip(at)
        .position(char::is_ascii_digit)
        .map(|skipped| at.saturating_add(skipped))
    {
        let rest = text.get(start..).unwrap_or_default();
        let length = rest
            .iter()
            .position(|c| !c.is_ascii_digit() && !is_blank(*c))
            .unwrap_or(rest.len());
        let run: String = rest.iter().take(length).collect();
        let run = run.trim_end_matches(is_blank);
        let end = start.saturating_add(run.chars().count());
        if holds_card(run) {
            found.push(start..end);
        }
        at = end.max(start.saturating_add(1));
    }
    found
}

/// What stands between the groups of a card number.
fn is_blank(c: char) -> bool {
    c == ' ' || c == '-'
}

/// Whether some neighbouring groups of digits are a card number, or one is hidden in a group too long for any.
fn holds_card(run: &str) -> bool {
    let groups: Vec<&[u8]> = run
        .split(is_blank)
        .map(str::as_bytes)
        .filter(|group| !group.is_empty())
        .collect();
    let hidden = groups.iter().any(|group| {
        group.len() > *DIGITS.end()
            && DIGITS
                .into_iter()
                .any(|length| group.windows(length).any(passes_luhn))
    });
    hidden
        || (0..groups.len()).any(|first| {
            let mut digits = Vec::with_capacity(*DIGITS.end());
            for group in groups.iter().skip(first) {
                digits.extend_from_slice(group);
                if digits.len() > *DIGITS.end() {
                    break;
                }
                if DIGITS.contains(&digits.len()) && passes_luhn(&digits) {
                    return true;
                }
            }
            false
        })
}

fn passes_luhn(digits: &[u8]) -> bool {
    let mut sum = 0_u32;
    for (at, digit) in digits.iter().rev().enumerate() {
        let digit = u32::from(digit.wrapping_sub(b'0'));
        let weighed = match (at % 2, digit) {
            (0, _) => digit,
            (_, 0..=4) => digit.saturating_mul(2),
            _ => digit.saturating_mul(2).saturating_sub(9),
        };
        sum = sum.saturating_add(weighed);
    }
    sum.is_multiple_of(10)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pointer_loses_the_names_that_hold_a_card_number_and_no_others() {
        for (pointer, shown) in [
            ("/contacts/0/name", "/contacts/0/name"),
            ("/autopay/4539578763621486", "/autopay/[redacted]"),
            (
                "/a/x4539-5787.6362_1486/b/4111111111111111",
                "/a/[redacted]/b/[redacted]",
            ),
            ("4539 5787 6362 1486", "[redacted]"),
            ("/orders/4539578763621487", "/orders/4539578763621487"),
        ] {
            assert_eq!(without_cards(pointer), shown);
        }
    }
}
