//! Calendar values as texts: RFC 3339 dates, date-times and months, checked and taken apart.

use jiff::Timestamp;
use jiff::civil;
use jiff::tz::Offset;

/// A day of the proleptic Gregorian calendar, of the years 0000 to 9999.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Date {
    /// 0 to 9999.
    pub year: u16,
    /// 1 to 12.
    pub month: u8,
    /// 1 to the last day of the month.
    pub day: u8,
}

/// A date-time of RFC 3339 with its offset, exact to the nanosecond.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DateTime {
    /// The civil date at the offset.
    pub date: Date,
    /// 0 to 23.
    pub hour: u8,
    /// 0 to 59.
    pub minute: u8,
    /// 0 to 59, or 60 in a leap second.
    pub second: u8,
    /// The first nine digits of the fraction: 0 to 999,999,999.
    pub nanosecond: u32,
    /// Whether a digit other than zero stands behind the ninth of the fraction.
    pub finer: bool,
    /// Seconds east of UTC; whole minutes.
    pub offset: i32,
}

/// Tells whether the bytes are a date such as `2024-02-29` (RFC 3339 `full-date`).
#[must_use]
pub fn is_date(text: &[u8]) -> bool {
    Date::parse(text).is_some()
}

/// Tells whether the bytes are a month such as `2024-02`.
#[must_use]
pub fn is_month(text: &[u8]) -> bool {
    parse_month(text).is_some()
}

/// Tells whether the bytes are a date-time such as `2024-02-29T23:59:59.5-05:00` (RFC 3339 `date-time`).
#[must_use]
pub fn is_date_time(text: &[u8]) -> bool {
    DateTime::parse(text).is_some()
}

/// Tells whether two date-times are the same instant, whatever their offsets and trailing zeros.
///
/// This is how values of format `date-time` are compared: `09:00:00Z` equals `10:00:00.0+01:00`.
#[must_use]
pub fn is_same_instant(left: &[u8], right: &[u8]) -> bool {
    let (Some(left), Some(right)) = (DateTime::parse(left), DateTime::parse(right)) else {
        return false;
    };
    !left.finer && !right.finer && left.instant().is_some() && left.instant() == right.instant()
}

/// Writes an instant in UTC, with as many digits of the second as it has.
///
/// `unix_ms` counts milliseconds since 1970-01-01T00:00:00Z; none beyond the year 9999.
#[must_use]
pub fn write_instant(unix_ms: i64) -> Option<String> {
    let instant = Timestamp::from_millisecond(unix_ms).ok()?;
    Some(instant.to_string())
}

/// Reads an instant with its offset, as milliseconds since 1970-01-01T00:00:00Z.
#[must_use]
pub fn unix_ms(text: &[u8]) -> Option<i64> {
    Some(DateTime::parse(text)?.instant()?.as_millisecond())
}

/// Writes an instant as headers of HTTP do (RFC 9110, section 5.6.7): `Sun, 06 Nov 1994 08:49:37 GMT`.
#[must_use]
pub fn write_http_date(unix_ms: i64) -> Option<String> {
    let instant = Timestamp::from_millisecond(unix_ms).ok()?;
    let printer = jiff::fmt::rfc2822::DateTimePrinter::new();
    printer.timestamp_to_rfc9110_string(&instant).ok()
}

/// Reads what [`write_http_date`] writes, and nothing else, as milliseconds since 1970-01-01T00:00:00Z.
#[must_use]
pub fn parse_http_date(text: &[u8]) -> Option<i64> {
    let instant = jiff::fmt::rfc2822::DateTimeParser::new()
        .parse_timestamp(text)
        .ok()?;
    let unix_ms = instant.as_millisecond();
    let written = write_http_date(unix_ms)?;
    (written.as_bytes() == text).then_some(unix_ms)
}

/// Takes a month such as `2024-02` apart into year and month.
#[must_use]
pub fn parse_month(text: &[u8]) -> Option<(u16, u8)> {
    let (year, rest) = number(text, 4)?;
    let (month, rest) = number(rest.strip_prefix(b"-")?, 2)?;
    let month = u8::try_from(month)
        .ok()
        .filter(|month| (1..=12).contains(month))?;
    rest.is_empty()
        .then_some((u16::try_from(year).ok()?, month))
}

/// The last day of a month: 28 to 31; 0 for a month that is none.
#[must_use]
pub fn days_in_month(year: u16, month: u8) -> u8 {
    let leap = year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400));
    match month {
        1 | 3 | 5 | 7 | 8 | 10 | 12 => 31,
        4 | 6 | 9 | 11 => 30,
        2 if leap => 29,
        2 => 28,
        _ => 0,
    }
}

// === impl Date ===

impl Date {
    /// Makes a date; `None` if there is no such day.
    #[must_use]
    pub fn new(year: u16, month: u8, day: u8) -> Option<Self> {
        let exists = year <= 9999 && day >= 1 && day <= days_in_month(year, month);
        exists.then_some(Self { year, month, day })
    }

    /// Reads `2024-02-29`; `None` for anything else.
    #[must_use]
    pub fn parse(text: &[u8]) -> Option<Self> {
        let (date, rest) = Self::parse_prefix(text)?;
        rest.is_empty().then_some(date)
    }

    fn parse_prefix(text: &[u8]) -> Option<(Self, &[u8])> {
        let (year, rest) = number(text, 4)?;
        let (month, rest) = number(rest.strip_prefix(b"-")?, 2)?;
        let (day, rest) = number(rest.strip_prefix(b"-")?, 2)?;
        let date = Self::new(
            u16::try_from(year).ok()?,
            u8::try_from(month).ok()?,
            u8::try_from(day).ok()?,
        )?;
        Some((date, rest))
    }

    /// Appends `2024-02-29`.
    pub fn write(self, out: &mut Vec<u8>) {
        write_number(self.year.into(), 4, out);
        out.push(b'-');
        write_number(self.month.into(), 2, out);
        out.push(b'-');
        write_number(self.day.into(), 2, out);
    }

    /// The same day for calendar arithmetic.
    #[must_use]
    pub fn civil(self) -> Option<civil::Date> {
        let year = i16::try_from(self.year).ok()?;
        civil::Date::new(
            year,
            i8::try_from(self.month).ok()?,
            i8::try_from(self.day).ok()?,
        )
        .ok()
    }

    /// The same day from calendar arithmetic; `None` outside the years 0000 to 9999.
    #[must_use]
    pub fn from_civil(date: civil::Date) -> Option<Self> {
        let year = u16::try_from(date.year()).ok()?;
        Self::new(
            year,
            u8::try_from(date.month()).ok()?,
            u8::try_from(date.day()).ok()?,
        )
    }
}

// === impl DateTime ===

impl DateTime {
    /// Reads an RFC 3339 date-time; `None` for anything else, a blank instead of the `T` among it.
    ///
    /// A leap second is read only where one may stand: as the last second of a UTC day.
    #[must_use]
    pub fn parse(text: &[u8]) -> Option<Self> {
        let (date, rest) = Date::parse_prefix(text)?;
        let rest = rest
            .strip_prefix(b"T")
            .or_else(|| rest.strip_prefix(b"t"))?;
        let (hour, rest) = number(rest, 2)?;
        let (minute, rest) = number(rest.strip_prefix(b":")?, 2)?;
        let (second, rest) = number(rest.strip_prefix(b":")?, 2)?;
        let (nanosecond, finer, rest) = match rest.strip_prefix(b".") {
            Some(rest) => fraction(rest)?,
            None => (0, false, rest),
        };
        let offset = offset(rest)?;
        if hour > 23 || minute > 59 || second > 60 {
            return None;
        }
        if second == 60 {
            let of_day = i32::try_from(
                hour.saturating_mul(3600)
                    .saturating_add(minute.saturating_mul(60)),
            )
            .ok()?;
            if of_day.saturating_sub(offset).rem_euclid(86_400) != 86_340 {
                return None;
            }
        }
        let small = |value: u32| u8::try_from(value).ok();
        Some(Self {
            date,
            hour: small(hour)?,
            minute: small(minute)?,
            second: small(second)?,
            nanosecond,
            finer,
            offset,
        })
    }

    /// The instant, to the nanosecond; a leap second counts as the first one of the next minute.
    #[must_use]
    pub fn instant(self) -> Option<Timestamp> {
        let second = i8::try_from(self.second.min(59)).ok()?;
        let time = civil::Time::new(
            i8::try_from(self.hour).ok()?,
            i8::try_from(self.minute).ok()?,
            second,
            i32::try_from(self.nanosecond).ok()?,
        )
        .ok()?;
        let civil = self.date.civil()?.to_datetime(time);
        let leap = jiff::SignedDuration::from_secs(i64::from(self.second == 60));
        Offset::from_seconds(self.offset)
            .ok()?
            .to_timestamp(civil)
            .ok()?
            .checked_add(leap)
            .ok()
    }

    /// Appends the RFC 3339 form: `Z` at offset zero, a fraction only if it is not zero and without trailing zeros.
    pub fn write(self, out: &mut Vec<u8>) {
        self.date.write(out);
        for (mark, value) in [(b'T', self.hour), (b':', self.minute), (b':', self.second)] {
            out.push(mark);
            write_number(value.into(), 2, out);
        }
        if self.nanosecond != 0 {
            out.push(b'.');
            write_number(self.nanosecond, 9, out);
            while out.last() == Some(&b'0') {
                out.pop();
            }
        }
        if self.offset == 0 {
            out.push(b'Z');
            return;
        }
        out.push(if self.offset < 0 { b'-' } else { b'+' });
        let minutes = self.offset.unsigned_abs() / 60;
        write_number(minutes / 60, 2, out);
        out.push(b':');
        write_number(minutes % 60, 2, out);
    }
}

/// Reads exactly `width` digits (at most nine) and returns what follows them.
fn number(text: &[u8], width: usize) -> Option<(u32, &[u8])> {
    let (digits, rest) = text.split_at_checked(width)?;
    let mut value = 0_u32;
    for digit in digits {
        let digit = char::from(*digit).to_digit(10)?;
        value = value.checked_mul(10)?.checked_add(digit)?;
    }
    Some((value, rest))
}

/// Appends the number with zeros before it up to `width` digits.
pub(crate) fn write_number(value: u32, width: u32, out: &mut Vec<u8>) {
    let mut power = 10_u32.saturating_pow(width.saturating_sub(1));
    while power > 0 {
        let digit = value.checked_div(power).unwrap_or(0) % 10;
        out.extend(u8::try_from(digit).map(|digit| digit.saturating_add(b'0')));
        power /= 10;
    }
}

/// Reads one or more digits behind the point as nanoseconds, and whether a finer one is not zero.
fn fraction(text: &[u8]) -> Option<(u32, bool, &[u8])> {
    let end = text
        .iter()
        .position(|byte| !byte.is_ascii_digit())
        .unwrap_or(text.len());
    let (digits, rest) = text
        .split_at_checked(end)
        .filter(|(digits, _)| !digits.is_empty())?;
    let padded = digits
        .iter()
        .copied()
        .chain(std::iter::repeat(b'0'))
        .take(9);
    let nanosecond = padded.fold(0_u32, |value, digit| {
        value
            .saturating_mul(10)
            .saturating_add(u32::from(digit.saturating_sub(b'0')))
    });
    Some((
        nanosecond,
        digits.iter().skip(9).any(|digit| *digit != b'0'),
        rest,
    ))
}

/// Reads `Z` or `+05:30` to its end, in seconds.
fn offset(text: &[u8]) -> Option<i32> {
    let (east, rest) = match text.split_first()? {
        (b'Z' | b'z', []) => return Some(0),
        (b'+', rest) => (1, rest),
        (b'-', rest) => (-1, rest),
        _ => return None,
    };
    let (hours, rest) = number(rest, 2)?;
    let (minutes, rest) = number(rest.strip_prefix(b":")?, 2)?;
    if hours > 23 || minutes > 59 || !rest.is_empty() {
        return None;
    }
    let seconds = hours
        .checked_mul(3600)?
        .checked_add(minutes.checked_mul(60)?)?;
    i32::try_from(seconds).ok()?.checked_mul(east)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use proptest::test_runner::RngSeed;

    use super::*;

    #[test]
    fn dates_must_exist() {
        for good in [
            "2024-02-29",
            "2000-02-29",
            "0000-01-01",
            "9999-12-31",
            "2023-04-30",
        ] {
            assert!(is_date(good.as_bytes()), "{good}");
        }
        for bad in [
            "2023-02-29",
            "1900-02-29",
            "2024-00-10",
            "2024-13-01",
            "2024-04-31",
            "2024-1-01",
            "24-01-01",
            "2024-01-01T",
            " 2024-01-01",
            "2024/01/01",
            "2024-01-00",
            "",
            "２024-01-01",
        ] {
            assert!(!is_date(bad.as_bytes()), "{bad}");
        }
    }

    #[test]
    fn months_must_exist() {
        assert!(is_month(b"2024-12"));
        for bad in [
            "2024-00",
            "2024-13",
            "2024-1",
            "2024-01-01",
            "2024",
            "12-2024",
        ] {
            assert!(!is_month(bad.as_bytes()), "{bad}");
        }
    }

    #[test]
    fn date_times_are_those_of_rfc_3339() {
        for good in [
            "2024-02-29T23:59:59Z",
            "2024-02-29t23:59:59z",
            "2024-02-29T23:59:59.123456789123-05:30",
            "1990-12-31T23:59:60Z",
            "1990-12-31T15:59:60-08:00",
            "2024-01-01T00:00:00-00:00",
        ] {
            assert!(is_date_time(good.as_bytes()), "{good}");
        }
        for bad in [
            "2024-02-29 23:59:59Z",
            "2024-02-29T24:00:00Z",
            "2024-02-29T23:60:00Z",
            "2024-02-29T23:59:61Z",
            "2024-02-29T12:00:60Z",
            "1990-12-31T23:59:60-08:00",
            "2024-02-29T23:59:59",
            "2024-02-29T23:59:59.Z",
            "2024-02-29T23:59:59+5:00",
            "2024-02-29T23:59:59+0500",
            "2024-02-29T23:59:59+24:00",
            "2024-02-30T23:59:59Z",
            "2024-02-29T23:59Z",
            "2024-02-29T23:59:59ZZ",
        ] {
            assert!(!is_date_time(bad.as_bytes()), "{bad}");
        }
    }

    #[test]
    fn instants_are_compared_whatever_the_offset() {
        assert!(is_same_instant(
            b"2024-01-01T09:00:00Z",
            b"2024-01-01T10:00:00.000+01:00"
        ));
        assert!(is_same_instant(
            b"1990-12-31T23:59:60Z",
            b"1991-01-01T00:00:00Z"
        ));
        assert!(!is_same_instant(
            b"2024-01-01T09:00:00Z",
            b"2024-01-01T09:00:00+01:00"
        ));
        assert!(!is_same_instant(
            b"2024-01-01T09:00:00.0000000001Z",
            b"2024-01-01T09:00:00Z"
        ));
        assert!(!is_same_instant(b"2024-01-01", b"2024-01-01"));
    }

    #[test]
    fn a_fraction_finer_than_nanoseconds_is_told() {
        let parsed = DateTime::parse(b"2024-01-01T09:00:00.1234567890Z").unwrap();
        assert_eq!((parsed.nanosecond, parsed.finer), (123_456_789, false));
        assert!(
            DateTime::parse(b"2024-01-01T09:00:00.1234567891Z")
                .unwrap()
                .finer
        );
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, rng_seed: RngSeed::Fixed(1), ..ProptestConfig::default() })]

        #[test]
        fn days_agree_with_the_calendar(year in 0_u16..=9999, month in 0_u8..=13, day in 0_u8..=32) {
            let known = civil::Date::new(i16::try_from(year).unwrap(), i8::try_from(month).unwrap(), i8::try_from(day).unwrap());
            prop_assert_eq!(Date::new(year, month, day).is_some(), known.is_ok());
        }

        #[test]
        fn what_is_written_reads_the_same(second in -62_000_000_000_i64..253_000_000_000, nanosecond in 0_i32..1_000_000_000, minutes in -1439_i32..1440) {
            let instant = Timestamp::new(second, 0).unwrap().checked_add(jiff::SignedDuration::from_nanos(i64::from(nanosecond))).unwrap();
            let offset = minutes.saturating_mul(60);
            let civil = Offset::from_seconds(offset).unwrap().to_datetime(instant);
            let value = DateTime {
                date: Date::from_civil(civil.date()).unwrap(),
                hour: u8::try_from(civil.hour()).unwrap(),
                minute: u8::try_from(civil.minute()).unwrap(),
                second: u8::try_from(civil.second()).unwrap(),
                nanosecond: u32::try_from(civil.subsec_nanosecond()).unwrap(),
                finer: false,
                offset,
            };
            let mut out = Vec::new();
            value.write(&mut out);
            prop_assert_eq!(DateTime::parse(&out), Some(value));
            prop_assert_eq!(value.instant(), Some(instant));
        }

        #[test]
        fn any_bytes_are_survived(bytes in proptest::collection::vec(any::<u8>(), 0..40)) {
            let _ = (is_date(&bytes), is_month(&bytes), is_date_time(&bytes));
        }
    }
}
