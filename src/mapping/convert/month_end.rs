//! `month-end`: a date to its month.

use crate::model::date::{Date, days_in_month, parse_month};

use super::Refusal;
use super::info::{Example, Info};

pub(super) static INFO: Info = Info {
    name: "month-end",
    summary: "a date to its month; the last day of the month on writing",
    parameters: &[],
    examples: &[
        Example::both(&[], &["2010-12-31"], &["2010-12"]),
        Example::both(&[], &["2024-02-29"], &["2024-02"]),
        Example::read(&[], &["2010-12-01"], &["2010-12"]).note("the day is lost"),
        Example::refuse_read(&[], &["2010-12"]),
        Example::refuse_read(&[], &["2023-02-29"]),
        Example::refuse_write(&[], &["2010-13"]),
    ],
};

pub(super) fn read(native: &[u8], out: &mut Vec<u8>) -> Result<(), Refusal> {
    let month = Date::parse(native).and_then(|_| native.get(..7));
    out.extend_from_slice(month.ok_or(Refusal::invalid("a date such as `2024-02-29`"))?);
    Ok(())
}

pub(super) fn write(canonical: &[u8], out: &mut Vec<u8>) -> Result<(), Refusal> {
    let last = parse_month(canonical)
        .and_then(|(year, month)| Date::new(year, month, days_in_month(year, month)));
    last.ok_or(Refusal::invalid("a month such as `2024-02`"))?
        .write(out);
    Ok(())
}
