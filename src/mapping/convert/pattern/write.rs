//! Writing a text by a pattern.

use super::{Civil, Field, MONTHS, Number, OffsetStyle, WEEKDAYS, Width, shown, weekday};
use crate::model::date::write_number;

/// Writes all fields; `None` if one of them cannot be written.
pub(super) fn write(fields: &[Field], civil: &Civil, out: &mut Vec<u8>) -> Option<()> {
    for field in fields {
        match field {
            Field::Literal(text) => out.extend_from_slice(text),
            Field::Number(number, width) => {
                let value = value(*number, civil)?;
                let width = match width {
                    Width::Exactly(width) => u32::from(*width),
                    Width::Least if value > 9 => 2,
                    Width::Least => 1,
                };
                write_number(value, width, out);
            }
            Field::Fraction(digits) => {
                let dropped = 9_u32.saturating_sub(u32::from(*digits));
                let value = civil.nanosecond.checked_div(10_u32.checked_pow(dropped)?)?;
                write_number(value, u32::from(*digits), out);
            }
            Field::MonthName(full) => {
                let place = usize::from(civil.month.checked_sub(1)?);
                out.extend_from_slice(shown(MONTHS.get(place)?, *full));
            }
            Field::Weekday(full) => {
                let place = weekday(civil.year, civil.month, civil.day)?;
                out.extend_from_slice(shown(WEEKDAYS.get(place)?, *full));
            }
            Field::HalfDay => out.extend_from_slice(if civil.hour < 12 { b"AM" } else { b"PM" }),
            Field::Offset(style) => offset(*style, civil.offset?, out)?,
        }
    }
    Some(())
}

fn value(number: Number, civil: &Civil) -> Option<u32> {
    Some(match number {
        Number::Year => civil.year.into(),
        Number::YearOfCentury => {
            let known = (1969..=2068).contains(&civil.year);
            known.then_some(u32::from(civil.year % 100))?
        }
        Number::Month => civil.month.into(),
        Number::Day => civil.day.into(),
        Number::Hour => civil.hour.into(),
        Number::HalfHour => match civil.hour % 12 {
            0 => 12,
            hour => hour.into(),
        },
        Number::Minute => civil.minute.into(),
        Number::Second => civil.second.into(),
    })
}

fn offset(style: OffsetStyle, offset: i32, out: &mut Vec<u8>) -> Option<()> {
    if style.zulu && offset == 0 {
        out.push(b'Z');
        return Some(());
    }
    if offset % 60 != 0 {
        return None;
    }
    let minutes = offset.unsigned_abs() / 60;
    out.push(if offset < 0 { b'-' } else { b'+' });
    write_number(minutes / 60, 2, out);
    if style.minutes || !minutes.is_multiple_of(60) {
        if style.colon {
            out.push(b':');
        }
        write_number(minutes % 60, 2, out);
    }
    Some(())
}
