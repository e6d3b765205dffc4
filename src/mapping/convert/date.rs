//! `date`: a date in a format.

use crate::model::date::{Date, is_date};

use super::arguments::{Argument, Arguments, BuildError};
use super::info::{Example, Info, Parameter};
use super::pattern::{Civil, Part, Pattern};
use super::{Law, Refusal};

const US: &[Argument<'_>] = &[Argument::word("MM/dd/yyyy")];
const NAMED: &[Argument<'_>] = &[Argument::word("d MMM yyyy")];
const MIDNIGHT: &[Argument<'_>] = &[Argument::word("yyyy-MM-dd'T'00:00:00.000'Z'")];
const MONTH: &[Argument<'_>] = &[Argument::word("MM/yy")];

pub(super) static INFO: Info = Info {
    name: "date",
    summary: "a date in a CLDR pattern to RFC 3339; without a pattern the text is one. A pattern without the day, or with the time, is lossy",
    parameters: &[Parameter::optional(
        "format",
        "a CLDR pattern with the year and no offset, such as `MM/dd/yyyy`",
    )],
    examples: &[
        Example::both(&[], &["2024-02-29"], &["2024-02-29"]),
        Example::both(US, &["02/29/2024"], &["2024-02-29"]),
        Example::both(NAMED, &["5 Jan 2024"], &["2024-01-05"]),
        Example::both(MIDNIGHT, &["2024-02-29T00:00:00.000Z"], &["2024-02-29"])
            .note("digits and quoted letters stand for themselves"),
        Example::both(MONTH, &["02/24"], &["2024-02-01"])
            .note("the first day is read; years are 1969 to 2068"),
        Example::write(MONTH, &["2024-02-29"], &["02/24"]).note("the day is lost"),
        Example::refuse_read(&[], &["2023-02-29"]).note("there was no such day"),
        Example::refuse_read(&[], &["2024-02-29T00:00:00Z"]),
        Example::refuse_read(US, &["2/29/2024"]),
        Example::refuse_write(US, &["02/29/2024"]),
        Example::refuse_write(MONTH, &["1968-12-01"]),
    ],
};

/// The converter `date`.
#[derive(Debug, Clone)]
pub struct DateFormat {
    pattern: Option<Pattern>,
}

const WHY: Refusal = Refusal::invalid("a date such as `2024-02-29`");

impl DateFormat {
    pub(super) fn build(arguments: &Arguments<'_>) -> Result<Self, BuildError> {
        let Some(format) = arguments.get("format") else {
            return Ok(Self { pattern: None });
        };
        let pattern =
            Pattern::parse(format).map_err(|message| arguments.wrong("format", message))?;
        if pattern.has_offset() {
            return Err(arguments.wrong(
                "format",
                "a date has no offset from UTC; quote it if it never changes",
            ));
        }
        Ok(Self {
            pattern: Some(pattern),
        })
    }

    /// True if the native text is written as the canonical one.
    pub(super) fn is_standard(&self) -> bool {
        self.pattern.is_none()
    }

    pub(super) fn law(&self) -> Law {
        match &self.pattern {
            Some(pattern) if pattern.finest() != Part::Day => Law::Lossy,
            _ => Law::Exact,
        }
    }

    pub(super) fn read(&self, native: &[u8], out: &mut Vec<u8>) -> Result<(), Refusal> {
        let Some(pattern) = &self.pattern else {
            return copy(native, out);
        };
        let civil = pattern.read(native)?;
        Date::new(civil.year, civil.month, civil.day)
            .ok_or(WHY)?
            .write(out);
        Ok(())
    }

    pub(super) fn write(&self, canonical: &[u8], out: &mut Vec<u8>) -> Result<(), Refusal> {
        let Some(pattern) = &self.pattern else {
            return copy(canonical, out);
        };
        let Date { year, month, day } = Date::parse(canonical).ok_or(WHY)?;
        let civil = Civil {
            year,
            month,
            day,
            hour: 0,
            minute: 0,
            second: 0,
            nanosecond: 0,
            offset: None,
        };
        pattern.write(&civil, out)
    }
}

fn copy(text: &[u8], out: &mut Vec<u8>) -> Result<(), Refusal> {
    if !is_date(text) {
        return Err(WHY);
    }
    out.extend_from_slice(text);
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::super::Convert;
    use super::*;

    #[test]
    fn a_pattern_that_cannot_hold_a_date_is_told() {
        for pattern in ["MM/dd", "YYYY-MM-dd", "yyyy-MM-dd xx", ""] {
            let error = Convert::build("date", &[Argument::word(pattern)]).unwrap_err();
            assert_eq!(error.argument, Some(0), "{pattern}");
        }
    }

    #[test]
    fn the_law_follows_from_the_parts() {
        let law = |pattern| {
            Convert::build("date", &[Argument::word(pattern)])
                .unwrap()
                .law()
        };
        assert_eq!(law("yyyyMMdd"), Law::Exact);
        assert_eq!(law("yyyyMM"), Law::Lossy);
        assert_eq!(law("yyyyMMddHH"), Law::Lossy);
    }
}
