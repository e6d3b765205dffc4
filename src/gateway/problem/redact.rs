//! Takes out of an upstream's words what may not leave: values of the call that need care, and card numbers.

/// What stands in place of a value.
pub const REDACTED: &str = "[redacted]";

/// Characters of an upstream's message that are passed on at most.
const LONGEST: usize = 1_000;

/// Shortest value that is looked for: one character tells nothing of anybody and would riddle every message.
const SHORTEST_VALUE: usize = 2;

/// Digits of the shortest and the longest card number (ISO/IEC 7812).
const CARD_DIGITS: std::ops::RangeInclusive<usize> = 12..=19;

/// Redacts a text: every value (letters' case aside), then every run of digits that passes Luhn, blanks and hyphens
/// inside the run left aside.
#[must_use]
pub fn redact(text: &str, values: &[String]) -> String {
    let mut out: String = text.chars().take(LONGEST).collect();
    // Longest first, so that a value that holds another is taken whole.
    let mut values: Vec<&str> = values.iter().map(|value| value.trim()).collect();
    values.sort_by_key(|value| std::cmp::Reverse(value.len()));
    for value in values {
        if value.chars().count() >= SHORTEST_VALUE {
            out = without(&out, value);
        }
    }
    without_cards(&out)
}

fn without(text: &str, value: &str) -> String {
    let lower = text.to_ascii_lowercase();
    let value = value.to_ascii_lowercase();
    let mut out = String::with_capacity(text.len());
    let mut rest = 0;
    for (at, found) in lower.match_indices(value.as_str()) {
        out.push_str(text.get(rest..at).unwrap_or_default());
        out.push_str(REDACTED);
        rest = at.saturating_add(found.len());
    }
    out.push_str(text.get(rest..).unwrap_or_default());
    out
}

fn without_cards(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(start) = rest.find(|c: char| c.is_ascii_digit()) {
        let (before, from) = rest.split_at_checked(start).unwrap_or((rest, ""));
        let length = from
            .find(|c: char| !c.is_ascii_digit() && !is_blank(c))
            .unwrap_or(from.len());
        let run = from
            .get(..length)
            .unwrap_or(from)
            .trim_end_matches(is_blank);
        out.push_str(before);
        out.push_str(if holds_card(run) { REDACTED } else { run });
        rest = from.get(run.len()..).unwrap_or_default();
    }
    out.push_str(rest);
    out
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
        group.len() > *CARD_DIGITS.end()
            && CARD_DIGITS
                .into_iter()
                .any(|length| group.windows(length).any(passes_luhn))
    });
    hidden
        || (0..groups.len()).any(|first| {
            let mut digits = Vec::with_capacity(*CARD_DIGITS.end());
            groups.iter().skip(first).any(|group| {
                digits.extend_from_slice(group);
                CARD_DIGITS.contains(&digits.len()) && passes_luhn(&digits)
            })
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

    fn redacted(text: &str, values: &[&str]) -> String {
        let values: Vec<_> = values.iter().map(|value| (*value).to_owned()).collect();
        redact(text, &values)
    }

    #[test]
    fn values_of_the_call_are_taken_out_whatever_their_case() {
        assert_eq!(
            redacted("No ANN@example.com, nor Ann.", &["ann@Example.com", "Ann"]),
            "No [redacted], nor [redacted]."
        );
    }

    #[test]
    fn a_value_inside_another_is_taken_with_it() {
        assert_eq!(redacted("Ann Example", &["Ann", "Ann Example"]), REDACTED);
    }

    #[test]
    fn single_characters_and_empty_values_are_left() {
        assert_eq!(redacted("Sex M refused", &["M", "", " "]), "Sex M refused");
    }

    #[test]
    fn card_numbers_are_taken_out_however_they_are_grouped() {
        assert_eq!(
            redacted("card 4111111111111111 bad", &[]),
            "card [redacted] bad"
        );
        assert_eq!(redacted("4111 1111-1111 1111", &[]), REDACTED);
        assert_eq!(redacted("123 4111111111111111, 7", &[]), "[redacted], 7");
        assert_eq!(redacted("000004111111111111111000", &[]), REDACTED);
    }

    #[test]
    fn other_digits_stay() {
        assert_eq!(
            redacted("order 123456789 of 2026", &[]),
            "order 123456789 of 2026"
        );
        assert_eq!(redacted("4111111111111112", &[]), "4111111111111112");
    }

    #[test]
    fn text_beyond_ascii_is_kept_whole() {
        assert_eq!(redacted("Straße é 7 ü", &["straße"]), "[redacted] é 7 ü");
        assert_eq!(redacted(&"é".repeat(2_000), &[]).chars().count(), 1_000);
    }
}
