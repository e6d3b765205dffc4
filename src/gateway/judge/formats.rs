//! The formats of the canonical model, as far as a pattern cannot tell them.

/// Tells whether a text is in a format.
type Check = fn(&str) -> bool;

/// Every format that the canonical schemas may name, with its check; `None` where the pattern beside it says all.
pub(super) const FORMATS: [(&str, Option<Check>); 12] = [
    ("country", None),
    ("currency-code", None),
    ("date", Some(is_date)),
    ("date-time", Some(is_date_time)),
    ("decimal", Some(is_decimal)),
    ("email", Some(is_email)),
    ("id", Some(is_id)),
    ("language-tag", None),
    ("month", Some(is_month)),
    ("phone", None),
    ("pointer", Some(is_pointer)),
    ("region", None),
];

/// `2026-11-22`, a day that is in the calendar.
pub(in crate::gateway) fn is_date(text: &str) -> bool {
    let Some((month, day)) = text.split_at_checked(7) else {
        return false;
    };
    let (Some(year), Some(number)) = (
        digits(month.get(..4)),
        month.get(5..).and_then(|number| digits(Some(number))),
    ) else {
        return false;
    };
    let Some(day) = day.strip_prefix('-').filter(|day| day.len() == 2) else {
        return false;
    };
    is_month(month) && digits(Some(day)).is_some_and(|day| (1..=days(year, number)).contains(&day))
}

/// `2026-11`.
fn is_month(text: &str) -> bool {
    text.len() == 7
        && text.as_bytes().get(4) == Some(&b'-')
        && digits(text.get(..4)).is_some()
        && digits(text.get(5..)).is_some_and(|month| (1..=12).contains(&month))
}

/// RFC 3339, seconds to at most nine digits, an offset always; a leap second is no time of this model.
pub(in crate::gateway) fn is_date_time(text: &str) -> bool {
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

/// A decimal number as text: no exponent, no plus, no needless zero in front.
fn is_decimal(text: &str) -> bool {
    crate::codec::json::is_number(text.as_bytes()) && !text.contains(['e', 'E'])
}

/// One `@` with something on both sides and no blank or control character: more is the business of who delivers.
fn is_email(text: &str) -> bool {
    let Some((local, domain)) = text.rsplit_once('@') else {
        return false;
    };
    !local.is_empty()
        && !domain.is_empty()
        && !text.chars().any(|c| c.is_whitespace() || c.is_control())
}

/// `upstream:local`.
fn is_id(text: &str) -> bool {
    text.split_once(':').is_some_and(|(upstream, local)| {
        !upstream.is_empty() && !local.is_empty() && !text.chars().any(char::is_control)
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

fn days(year: u32, month: u32) -> u32 {
    match month {
        2 if year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400)) => {
            29
        }
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

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
            is_decimal,
            &["-135.33", "0.00"],
            &["1e3", "+1", "01", ".5", "1."],
        );
        check(is_email, &["a@b"], &["a", "@b", "a@", "a b@c", "a@b\n"]);
        check(
            is_id,
            &["alpha:1", "alpha:ref:x y"],
            &["alpha", ":1", "alpha:", "a:\u{7}"],
        );
        check(is_pointer, &["", "/a/~0~1"], &["a", "/~2", "/~"]);
    }
}
