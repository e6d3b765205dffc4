//! Reading a text by a pattern.

use super::{Civil, Field, MONTHS, Number, OffsetStyle, WEEKDAYS, Width, shown, weekday};
use crate::model::date::Date;

/// What has been read so far.
#[derive(Debug, Default)]
struct Found {
    year: Option<u16>,
    month: Option<u8>,
    day: Option<u8>,
    hour: u8,
    half_hour: Option<u8>,
    afternoon: bool,
    minute: u8,
    second: u8,
    nanosecond: u32,
    offset: Option<i32>,
    weekday: Option<usize>,
}

/// Reads the whole text; `None` if it is not in the pattern or no date and time.
pub(super) fn read(fields: &[Field], text: &[u8]) -> Option<Civil> {
    let mut found = Found::default();
    let mut rest = text;
    for field in fields {
        rest = found.take(field, rest)?;
    }
    if !rest.is_empty() {
        return None;
    }
    found.finish()
}

impl Found {
    /// Reads one field and returns what follows it.
    fn take<'t>(&mut self, field: &Field, text: &'t [u8]) -> Option<&'t [u8]> {
        match field {
            Field::Literal(literal) => text.strip_prefix(&**literal),
            Field::Number(number, width) => {
                let (value, rest) = digits(text, *width)?;
                self.put(*number, value)?;
                Some(rest)
            }
            Field::Fraction(count) => {
                let (value, rest) = digits(text, Width::Exactly(*count))?;
                let missing = 9_u32.saturating_sub(u32::from(*count));
                self.nanosecond = value.checked_mul(10_u32.checked_pow(missing)?)?;
                Some(rest)
            }
            Field::MonthName(full) => {
                let (place, rest) = name(&MONTHS, *full, text)?;
                self.month = u8::try_from(place.saturating_add(1)).ok();
                Some(rest)
            }
            Field::Weekday(full) => {
                let (place, rest) = name(&WEEKDAYS, *full, text)?;
                self.weekday = Some(place);
                Some(rest)
            }
            Field::HalfDay => {
                self.afternoon = text.starts_with(b"PM");
                text.strip_prefix(b"AM")
                    .or_else(|| text.strip_prefix(b"PM"))
            }
            Field::Offset(style) => {
                let (offset, rest) = offset(*style, text)?;
                self.offset = Some(offset);
                Some(rest)
            }
        }
    }

    fn put(&mut self, number: Number, value: u32) -> Option<()> {
        let small = |most: u32| u8::try_from(value).ok().filter(|_| value <= most);
        match number {
            Number::Year => self.year = Some(u16::try_from(value).ok()?),
            Number::YearOfCentury => {
                let century = if value >= 69 { 1900 } else { 2000 };
                self.year = Some(u16::try_from(value.saturating_add(century)).ok()?);
            }
            Number::Month => self.month = Some(small(12)?),
            Number::Day => self.day = Some(small(31)?),
            Number::Hour => self.hour = small(23)?,
            Number::HalfHour => self.half_hour = Some(small(12).filter(|hour| *hour > 0)?),
            Number::Minute => self.minute = small(59)?,
            Number::Second => self.second = small(59)?,
        }
        Some(())
    }

    fn finish(self) -> Option<Civil> {
        let date = Date::new(self.year?, self.month.unwrap_or(1), self.day.unwrap_or(1))?;
        if self.weekday.is_some() && self.weekday != weekday(date.year, date.month, date.day) {
            return None;
        }
        let half = if self.afternoon { 12 } else { 0 };
        let hour = self
            .half_hour
            .map_or(self.hour, |hour| (hour % 12).saturating_add(half));
        Some(Civil {
            year: date.year,
            month: date.month,
            day: date.day,
            hour,
            minute: self.minute,
            second: self.second,
            nanosecond: self.nanosecond,
            offset: self.offset,
        })
    }
}

fn digits(text: &[u8], width: Width) -> Option<(u32, &[u8])> {
    let length = match width {
        Width::Exactly(width) => usize::from(width),
        Width::Least => text
            .iter()
            .take(2)
            .take_while(|byte| byte.is_ascii_digit())
            .count(),
    };
    let (digits, rest) = text.split_at_checked(length)?;
    if digits.is_empty() || (width == Width::Least && length > 1 && digits.first() == Some(&b'0')) {
        return None;
    }
    let value = digits.iter().try_fold(0_u32, |value, digit| {
        let digit = char::from(*digit).to_digit(10)?;
        value.checked_mul(10)?.checked_add(digit)
    })?;
    Some((value, rest))
}

fn name<'t>(names: &[&'static str], full: bool, text: &'t [u8]) -> Option<(usize, &'t [u8])> {
    let mut names = names.iter().enumerate();
    names.find_map(|(place, name)| Some((place, text.strip_prefix(shown(name, full))?)))
}

/// Reads an offset in exactly the form in which it is written, in seconds.
fn offset(style: OffsetStyle, text: &[u8]) -> Option<(i32, &[u8])> {
    if style.zulu
        && let Some(rest) = text.strip_prefix(b"Z")
    {
        return Some((0, rest));
    }
    let (sign, rest) = match text.split_first()? {
        (b'+', rest) => (1_i32, rest),
        (b'-', rest) => (-1, rest),
        _ => return None,
    };
    let (hours, mut rest) = digits(rest, Width::Exactly(2))?;
    let mut minutes = 0;
    if style.minutes || rest.first().is_some_and(u8::is_ascii_digit) {
        if style.colon {
            rest = rest.strip_prefix(b":")?;
        }
        (minutes, rest) = digits(rest, Width::Exactly(2))?;
        if minutes == 0 && !style.minutes {
            return None;
        }
    }
    if hours > 23 || minutes > 59 {
        return None;
    }
    let size = hours
        .checked_mul(3600)?
        .checked_add(minutes.checked_mul(60)?)?;
    if size == 0 && (style.zulu || sign < 0) {
        return None;
    }
    Some((i32::try_from(size).ok()?.checked_mul(sign)?, rest))
}
