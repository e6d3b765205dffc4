//! When an upstream wants to be asked again (RFC 9110, 10.2.3): passed on as seconds.

use crate::gateway::http_date;

/// Longest time that is passed on: a day.
const LONGEST: u32 = 86_400;

/// Seconds of a `Retry-After`, which says them or a date; a date that has passed is now.
pub(super) fn seconds(text: &str, now_unix_ms: i64) -> Option<u32> {
    let text = text.trim();
    if !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit()) {
        // More digits than fit are more than a day.
        return Some(text.parse().unwrap_or(LONGEST).min(LONGEST));
    }
    let left = http_date::unix_ms(text)?.saturating_sub(now_unix_ms).max(0);
    let whole = left.saturating_add(999) / 1_000;
    Some(u32::try_from(whole).unwrap_or(LONGEST).min(LONGEST))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// 1994-11-06T08:49:37Z.
    const THEN: i64 = 784_111_777_000;

    #[test]
    fn seconds_are_passed_on_up_to_a_day() {
        for (text, expected) in [
            ("0", Some(0)),
            (" 120 ", Some(120)),
            ("99999999999999999999", Some(LONGEST)),
            ("-1", None),
            ("1.5", None),
            ("soon", None),
            ("", None),
        ] {
            assert_eq!(seconds(text, THEN), expected, "{text}");
        }
    }

    #[test]
    fn dates_are_seconds_from_now() {
        for text in [
            "Sun, 06 Nov 1994 08:49:37 GMT",
            "Sunday, 06-Nov-94 08:49:37 GMT",
            "Sun Nov  6 08:49:37 1994",
        ] {
            assert_eq!(seconds(text, THEN - 90_500), Some(91), "{text}");
            assert_eq!(seconds(text, THEN + 1), Some(0), "{text}");
            assert_eq!(seconds(text, 0), Some(LONGEST), "{text}");
        }
        for text in [
            "Sun, 31 Feb 1994 08:49:37 GMT",
            "Sun, 06 Nov 1994 08:49:37 CET",
            "Sun, 06 Nov 1994",
            "1994-11-06T08:49:37Z",
        ] {
            assert_eq!(seconds(text, THEN), None, "{text}");
        }
    }
}
