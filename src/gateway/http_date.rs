//! Dates of HTTP (RFC 9110, 5.6.7).

use crate::model::date::DateTime;

const MONTHS: [&str; 12] = [
    "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
];

/// The instant of a date in any of its three forms.
pub(super) fn unix_ms(text: &str) -> Option<i64> {
    let (_, rest) = text.split_once([',', ' '])?;
    let parts: Vec<&str> = rest
        .split([' ', '-'])
        .filter(|part| !part.is_empty())
        .collect();
    let (day, month, year, time) = match parts.as_slice() {
        [day, month, year, time, "GMT"] => (*day, *month, *year, *time),
        [month, day, time, year] => (*day, *month, *year, *time),
        _ => return None,
    };
    let month = MONTHS.iter().position(|name| *name == month)?;
    let month = month.saturating_add(1);
    // Two digits are of the years that are near, as the obsolete form has it.
    let year = match (year.len(), year.parse::<u16>().ok()?) {
        (2, year @ 0..70) => year.saturating_add(2_000),
        (2, year) => year.saturating_add(1_900),
        (_, year) => year,
    };
    let day: u8 = day.parse().ok()?;
    let text = format!("{year:04}-{month:02}-{day:02}T{time}Z");
    let instant = DateTime::parse(text.as_bytes())?.instant()?;
    Some(instant.as_millisecond())
}
