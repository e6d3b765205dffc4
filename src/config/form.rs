//! Forms of single values.

use std::time::Duration;

use crate::telemetry::trace::Share;

/// Units of durations.
pub(super) const DURATIONS: &str = "`ms`, `s`, `m`, `h`";

/// Units of sizes.
pub(super) const SIZES: &str = "`KiB`, `MiB`, `GiB`";

const DAY: Duration = Duration::from_secs(24 * 60 * 60);

/// Reads a duration from 1 ms to 24 h.
pub(super) fn duration(text: &str) -> Option<Duration> {
    let (number, unit) = split(text)?;
    let millis = match unit {
        "ms" => 1,
        "s" => 1_000,
        "m" => 60_000,
        "h" => 3_600_000,
        _ => return None,
    };
    let duration = Duration::from_millis(number.checked_mul(millis)?);
    (duration > Duration::ZERO && duration <= DAY).then_some(duration)
}

/// Reads a size from 1 KiB to 1 GiB, in bytes.
pub(super) fn size(text: &str) -> Option<usize> {
    let (number, unit) = split(text)?;
    let bytes = match unit {
        "" => 1,
        "KiB" => 1 << 10,
        "MiB" => 1 << 20,
        "GiB" => 1 << 30,
        _ => return None,
    };
    let size = number.checked_mul(bytes)?;
    ((1 << 10)..=(1 << 30))
        .contains(&size)
        .then(|| usize::try_from(size).ok())?
}

/// Reads a share, as per cent or per mille.
pub(super) fn share(text: &str) -> Option<Share> {
    let (number, unit) = split(text)?;
    let per_mille = match unit {
        "%" => number.checked_mul(10)?,
        "\u{2030}" => number,
        _ => return None,
    };
    Share::of_per_mille(u16::try_from(per_mille).ok()?)
}

/// Reads a whole number without a sign or a leading zero.
pub(super) fn count(text: &str) -> Option<u64> {
    match split(text)? {
        (number, "") => Some(number),
        _ => None,
    }
}

/// Tells whether a text is a name: small letters, digits and hyphens, a letter first, at most 63 characters.
pub(super) fn is_name(text: &str) -> bool {
    text.len() <= 63
        && text.starts_with(|c: char| c.is_ascii_lowercase())
        && !text.ends_with('-')
        && text
            .bytes()
            .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
}

fn split(text: &str) -> Option<(u64, &str)> {
    let digits = text.bytes().take_while(u8::is_ascii_digit).count();
    let (number, unit) = text.split_at_checked(digits)?;
    if number.len() > 1 && number.starts_with('0') {
        return None;
    }
    Some((number.parse().ok()?, unit))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_have_a_unit_and_bounds() {
        assert_eq!(duration("250ms"), Some(Duration::from_millis(250)));
        assert_eq!(duration("24h"), Some(DAY));
        for refused in [
            "5",
            "0s",
            "25h",
            "-1s",
            "1.5s",
            "1 s",
            "01s",
            "s",
            "",
            "1d",
            "99999999999999999999s",
        ] {
            assert_eq!(duration(refused), None, "{refused}");
        }
    }

    #[test]
    fn sizes_are_bytes_or_have_a_binary_unit() {
        assert_eq!(size("4096"), Some(4_096));
        assert_eq!(size("1MiB"), Some(1 << 20));
        assert_eq!(size("1GiB"), Some(1 << 30));
        for refused in [
            "1023",
            "2GiB",
            "1MB",
            "1m",
            "",
            "KiB",
            "18446744073709551615GiB",
        ] {
            assert_eq!(size(refused), None, "{refused}");
        }
    }

    #[test]
    fn shares_are_of_a_hundred_or_of_a_thousand() {
        let told = |text| share(text).map(|share| share.to_string());
        for text in ["1%", "100%", "1\u{2030}", "999\u{2030}"] {
            assert_eq!(told(text).as_deref(), Some(text));
        }
        assert_eq!(told("1000\u{2030}").as_deref(), Some("100%"));
        for refused in [
            "0%",
            "101%",
            "0\u{2030}",
            "1001\u{2030}",
            "5",
            "0.5%",
            "05%",
            "-1%",
            "",
        ] {
            assert_eq!(told(refused), None, "{refused}");
        }
    }

    #[test]
    fn names_begin_ids_and_stand_in_urls() {
        assert!(is_name("alpha-2"));
        for refused in ["", "2alpha", "Alpha", "a_b", "a:b", "a-", "ä"] {
            assert!(!is_name(refused), "{refused}");
        }
    }
}
