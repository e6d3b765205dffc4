//! The formats of the canonical model, as far as a pattern cannot tell them.

use super::date;

/// The pattern of `date`: digits in their places, a month and a day of some month.
pub const DATE: &str = "^[0-9]{4}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])$";

/// The pattern of `decimal`.
pub const DECIMAL: &str = "^-?(0|[1-9][0-9]{0,19})(\\.[0-9]{1,12})?$";

/// The pattern of `language-tag`: language, script and region.
pub const LANGUAGE_TAG: &str = "^[a-z]{2,3}(-[A-Z][a-z]{3})?(-([A-Z]{2}|[0-9]{3}))?$";

/// One format.
#[derive(Debug)]
pub struct Row {
    /// Its name in the schemas.
    pub name: &'static str,
    /// The pattern that stands beside it in the schemas; empty for none. The check says at least as much, so the
    /// pattern is taken out of what is compiled: regular expressions are the dearest part of starting.
    pub pattern: &'static str,
    /// What a text in it is, after "must be".
    pub awaited: &'static str,
    /// Tells whether a text is in it.
    pub fits: fn(&str) -> bool,
}

const fn row(
    name: &'static str,
    pattern: &'static str,
    awaited: &'static str,
    fits: fn(&str) -> bool,
) -> Row {
    Row {
        name,
        pattern,
        awaited,
        fits,
    }
}

/// Every format that the canonical schemas may name.
pub const FORMATS: [Row; 12] = [
    row(
        "country",
        "^[A-Z]{2}$",
        "a country of ISO 3166-1, such as `US`",
        is_country,
    ),
    row(
        "currency-code",
        "^[A-Z]{3}$",
        "a currency of ISO 4217, such as `USD`",
        is_currency,
    ),
    row("date", DATE, "a day, such as `2026-11-22`", is_date),
    row(
        "date-time",
        "^[0-9]{4}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])T([01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9](\\.[0-9]{1,9})?(Z|[+-]([01][0-9]|2[0-3]):[0-5][0-9])$",
        "a time of RFC 3339, such as `2026-11-22T05:16:12Z`",
        is_date_time,
    ),
    row(
        "decimal",
        DECIMAL,
        "a decimal number, such as `-135.33`",
        |text| is_decimal(text.as_bytes()),
    ),
    row("email", "", "an e-mail address", is_email),
    row(
        "id",
        "^[a-z0-9][a-z0-9-]*:.+$",
        "an id, such as `upstream:341`",
        is_id,
    ),
    row(
        "language-tag",
        LANGUAGE_TAG,
        "a language of BCP 47, such as `en-US`",
        |text| is_language(text.as_bytes()),
    ),
    row(
        "month",
        "^[0-9]{4}-(0[1-9]|1[0-2])$",
        "a month, such as `2026-11`",
        is_month,
    ),
    row("phone", "", "a telephone number", |_| true),
    row(
        "pointer",
        "^(/([^~/]|~[01])*)*$",
        "a JSON pointer",
        is_pointer,
    ),
    row(
        "region",
        "^[A-Z0-9]{1,3}$",
        "a region of ISO 3166-2, such as `IL`",
        is_region,
    ),
];

/// The format of this name.
#[must_use]
pub fn named(name: &str) -> Option<&'static Row> {
    static ROWS: &[Row] = &FORMATS;
    ROWS.iter().find(|row| row.name == name)
}

/// `2026-11-22`, a day that is in the calendar.
#[must_use]
pub fn is_date(text: &str) -> bool {
    date::is_date(text.as_bytes())
}

/// `2026-11`.
fn is_month(text: &str) -> bool {
    date::is_month(text.as_bytes())
}

/// RFC 3339, seconds to at most nine digits, an offset always; a leap second is no time of this model.
#[must_use]
pub fn is_date_time(text: &str) -> bool {
    let Some((date, time)) = text.split_once('T') else {
        return false;
    };
    let Some((clock, offset)) = time.split_at_checked(8) else {
        return false;
    };
    let offset = match offset.strip_prefix('.') {
        Some(fraction) => {
            let length = fraction.bytes().take_while(u8::is_ascii_digit).count();
            match fraction.split_at_checked(length) {
                Some((_, offset)) if (1..=9).contains(&length) => offset,
                _ => return false,
            }
        }
        None => offset,
    };
    let hours = |text: Option<&str>| digits(text).is_some_and(|hours| hours < 24);
    let sixtieths = |text: Option<&str>| digits(text).is_some_and(|minutes| minutes < 60);
    let colon = |text: &str, at: usize| text.as_bytes().get(at) == Some(&b':');
    let offset_fits = match offset.strip_prefix(['+', '-']) {
        Some(span) => {
            span.len() == 5 && colon(span, 2) && hours(span.get(..2)) && sixtieths(span.get(3..))
        }
        None => offset == "Z",
    };
    is_date(date)
        && colon(clock, 2)
        && colon(clock, 5)
        && hours(clock.get(..2))
        && sixtieths(clock.get(3..5))
        && sixtieths(clock.get(6..))
        && offset_fits
}

/// A decimal number as text: no exponent, no plus, no needless zero in front, 20 digits and 12 behind the point.
#[must_use]
pub fn is_decimal(text: &[u8]) -> bool {
    let text = text.strip_prefix(b"-").unwrap_or(text);
    let point = text.iter().position(|byte| *byte == b'.');
    let (whole, fraction) = match point.and_then(|point| text.split_at_checked(point)) {
        Some((whole, [_, fraction @ ..])) => (whole, Some(fraction)),
        _ => (text, None),
    };
    let digits = |digits: &[u8]| digits.iter().all(u8::is_ascii_digit);
    let leads = matches!(whole, [b'0'] | [b'1'..=b'9', ..]);
    leads
        && whole.len() <= 20
        && digits(whole)
        && fraction.is_none_or(|found| (1..=12).contains(&found.len()) && digits(found))
}

fn is_country(text: &str) -> bool {
    text.len() == 2 && text.bytes().all(|byte| byte.is_ascii_uppercase())
}

fn is_currency(text: &str) -> bool {
    text.len() == 3 && text.bytes().all(|byte| byte.is_ascii_uppercase())
}

fn is_region(text: &str) -> bool {
    (1..=3).contains(&text.len())
        && text
            .bytes()
            .all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit())
}

/// Language, perhaps script, perhaps region.
#[must_use]
pub fn is_language(text: &[u8]) -> bool {
    let mut parts = text.split(|byte| *byte == b'-');
    let language = parts.next().unwrap_or_default();
    let mut region = parts.next();
    if let Some([first, rest @ ..]) = region
        && rest.len() == 3
    {
        if !first.is_ascii_uppercase() || !rest.iter().all(u8::is_ascii_lowercase) {
            return false;
        }
        region = parts.next();
    }
    matches!(language.len(), 2 | 3)
        && language.iter().all(u8::is_ascii_lowercase)
        && parts.next().is_none()
        && region.is_none_or(|region| match region.len() {
            2 => region.iter().all(u8::is_ascii_uppercase),
            3 => region.iter().all(u8::is_ascii_digit),
            _ => false,
        })
}

/// Something on both sides of the last `@` and no blank or control character: more is the business of who delivers.
#[must_use]
pub fn is_email(text: &str) -> bool {
    let bytes = text.as_bytes();
    // Beyond ASCII there are other blanks and controls: such a text is looked at character by character.
    let apart = |byte: &u8| *byte <= b' ' || *byte >= 0x7f;
    if bytes.iter().any(apart) && text.chars().any(|c| c.is_whitespace() || c.is_control()) {
        return false;
    }
    let at = bytes.iter().rposition(|byte| *byte == b'@');
    at.is_some_and(|at| at > 0 && at.saturating_add(1) < bytes.len())
}

/// An e-mail address of ASCII alone, which most are: what [`is_email`] asks, in one pass.
#[must_use]
#[inline]
pub fn is_ascii_email(text: &[u8]) -> bool {
    let [first, inside @ .., last] = text else {
        return false;
    };
    // What is neither blank nor control nor beyond ASCII stands in one row, which begins with `!`.
    let (furthest, at) = match (inside.first_chunk::<16>(), inside.last_chunk::<16>()) {
        (Some(head), Some(tail)) if inside.len() <= 32 => {
            let (head, tail) = (glance(head), glance(tail));
            (head.0.max(tail.0), head.1 || tail.1)
        }
        _ => glance(inside),
    };
    let ends = glance(&[*first, *last]);
    // The last `@` has something on both sides if it is none of the ends, and there is one between them.
    furthest.max(ends.0) <= b'~'.wrapping_sub(b'!') && at && *last != b'@'
}

/// The byte of a text that is last in the order that begins with `!`, and whether there is an `@`; without a branch,
/// so that it is done for many bytes at once.
#[inline]
fn glance(text: &[u8]) -> (u8, bool) {
    text.iter().fold((0, false), |(furthest, at), byte| {
        (furthest.max(byte.wrapping_sub(b'!')), at | (*byte == b'@'))
    })
}

/// `upstream:local`.
fn is_id(text: &str) -> bool {
    text.split_once(':').is_some_and(|(upstream, local)| {
        let letter = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit();
        upstream.bytes().next().is_some_and(letter)
            && upstream.bytes().all(|byte| letter(byte) || byte == b'-')
            && !local.is_empty()
            && !local.contains(char::is_control)
    })
}

/// RFC 6901.
fn is_pointer(text: &str) -> bool {
    (text.is_empty() || text.starts_with('/'))
        && text
            .split('~')
            .skip(1)
            .all(|rest| rest.starts_with(['0', '1']))
}

fn digits(text: Option<&str>) -> Option<u32> {
    let text = text?;
    let all = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    if all { text.parse().ok() } else { None }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Every place of a sign among others, at lengths about those of the words that are compared.
    #[test]
    fn an_address_of_ascii_is_told_as_any_address() {
        let signs = ["@", " ", "\u{7f}", "\0", "!", "~", "@@"];
        for length in 0..40 {
            let plain = "a".repeat(length);
            for (at, first) in (0..=length).flat_map(|at| signs.map(|sign| (at, sign))) {
                for (other, second) in (0..=length).map(|other| (other, "@")).chain([(0, "")]) {
                    let mut text = plain.clone();
                    text.insert_str(at, first);
                    text.insert_str(other, second);
                    let expected = is_email(&text);
                    assert_eq!(is_ascii_email(text.as_bytes()), expected, "{text:?}");
                }
            }
        }
        assert!(!is_ascii_email("ä@b".as_bytes()));
    }

    fn check(format: fn(&str) -> bool, good: &[&str], bad: &[&str]) {
        for text in good {
            assert!(format(text), "{text:?} is one");
        }
        for text in bad {
            assert!(!format(text), "{text:?} is none");
        }
    }

    #[test]
    fn dates_are_in_the_calendar() {
        let good = ["2024-02-29", "2000-02-29", "2026-12-31"];
        let bad = [
            "2023-02-29",
            "1900-02-29",
            "2026-04-31",
            "2026-13-01",
            "2026-00-10",
            "2026-1-01",
            "2026-01-001",
            "2026-01-0",
            "2026-01-+1",
            "é026-01-01",
            "",
        ];
        check(is_date, &good, &bad);
        check(
            is_month,
            &["2026-01"],
            &["2026-13", "2026-1", "2026_01", "+026-01"],
        );
    }

    #[test]
    fn times_have_an_offset() {
        let good = [
            "2026-11-22T05:16:12Z",
            "2026-11-22T23:59:59.123456789+14:00",
        ];
        let bad = [
            "2026-11-22T05:16:12",
            "2026-11-22 05:16:12Z",
            "2026-11-22T24:00:00Z",
            "2026-11-22T05:16Z",
            "2026-11-22T05:16:60Z",
            "2026-11-22T05:16:12.Z",
            "2026-11-22T05:16:12+1:00",
            "2026-11-22T05:16:12.1234567890Z",
            "2026-02-30T00:00:00Z",
        ];
        check(is_date_time, &good, &bad);
    }

    #[test]
    fn the_other_formats() {
        check(
            |text| is_decimal(text.as_bytes()),
            &["-135.33", "0.00", "-0"],
            &["1e3", "+1", "01", ".5", "1.", "", "-"],
        );
        check(
            is_email,
            &["a@b", "a@b@c", "zoë@é.example"],
            &[
                "a",
                "@b",
                "a@",
                "@",
                "",
                "a b@c",
                "a@b\n",
                "a\u{a0}b@c",
                "a\u{85}@c",
            ],
        );
        check(
            is_id,
            &["alpha:1", "a-1:ref:x y"],
            &["alpha", ":1", "alpha:", "a:\u{7}", "A:1", "-a:1"],
        );
        check(
            |text| is_language(text.as_bytes()),
            &["en", "zh-Hant-TW", "es-419"],
            &["EN", "en-us", "en-USA", "en-", "en-Hant-Hans"],
        );
        check(is_pointer, &["", "/a/~0~1"], &["a", "/~2", "/~"]);
    }
}
