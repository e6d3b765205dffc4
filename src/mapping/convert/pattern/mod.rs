//! CLDR date patterns: `yyyy-MM-dd'T'HH:mm:ss`, compiled to fields that read and write strictly.
//!
//! Source: Unicode Technical Standard 35, part 4, "Date Field Symbols". A field reads only what it writes, so
//! that a pattern alone never makes a converter less than exact. Names are English.

mod parse;
mod read;
mod write;

use super::Refusal;

/// A compiled pattern.
#[derive(Debug, Clone)]
pub(super) struct Pattern {
    fields: Box<[Field]>,
    /// The finest part, which all coarser ones stand beside.
    finest: Part,
    /// Digits of the fraction of a second.
    fraction: u8,
    offset: bool,
}

/// One piece of a pattern.
#[derive(Debug, Clone)]
enum Field {
    /// Stands as it is.
    Literal(Box<[u8]>),
    /// A number of exactly so many digits, or with as few as it needs.
    Number(Number, Width),
    /// Digits of the fraction of a second.
    Fraction(u8),
    /// `Jan` or, if true, `January`.
    MonthName(bool),
    /// `Mon` or, if true, `Monday`.
    Weekday(bool),
    /// `AM` or `PM`.
    HalfDay,
    /// The offset from UTC.
    Offset(OffsetStyle),
}

/// The numbers of a pattern.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Number {
    Year,
    /// 69 to 99 are 1969 to 1999, 00 to 68 are 2000 to 2068 (POSIX, `strptime`).
    YearOfCentury,
    Month,
    Day,
    Hour,
    /// 1 to 12, with [`Field::HalfDay`].
    HalfHour,
    Minute,
    Second,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Width {
    Exactly(u8),
    /// One or two digits, never a zero before another digit.
    Least,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct OffsetStyle {
    /// Whether offset zero is written `Z`.
    zulu: bool,
    /// Whether minutes are written where they are zero.
    minutes: bool,
    colon: bool,
}

/// The parts of a date-time from the coarsest to the finest.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Part {
    Year,
    Month,
    Day,
    Hour,
    Minute,
    Second,
    Fraction,
}

/// What stands in a text, the parts that its pattern lacks at their least.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Civil {
    pub(super) year: u16,
    pub(super) month: u8,
    pub(super) day: u8,
    pub(super) hour: u8,
    pub(super) minute: u8,
    pub(super) second: u8,
    pub(super) nanosecond: u32,
    /// Seconds east of UTC, if the pattern has an offset.
    pub(super) offset: Option<i32>,
}

const MONTHS: [&str; 12] = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
];

const WEEKDAYS: [&str; 7] = [
    "Monday",
    "Tuesday",
    "Wednesday",
    "Thursday",
    "Friday",
    "Saturday",
    "Sunday",
];

impl Pattern {
    /// The finest part that the pattern has.
    pub(super) fn finest(&self) -> Part {
        self.finest
    }

    /// Digits of the fraction of a second.
    pub(super) fn fraction(&self) -> u8 {
        self.fraction
    }

    /// Whether the offset from UTC is part of the text.
    pub(super) fn has_offset(&self) -> bool {
        self.offset
    }

    /// Reads a text of the pattern.
    pub(super) fn read(&self, text: &[u8]) -> Result<Civil, Refusal> {
        read::read(&self.fields, text).ok_or(Refusal::invalid("a value in the format given"))
    }

    /// Writes a text of the pattern; parts that it lacks are dropped.
    pub(super) fn write(&self, civil: &Civil, out: &mut Vec<u8>) -> Result<(), Refusal> {
        write::write(&self.fields, civil, out).ok_or(Refusal::invalid(
            "a value that can be written in the format given",
        ))
    }
}

/// A name as the field writes it: in full or its first three letters.
fn shown(name: &'static str, full: bool) -> &'static [u8] {
    let name = name.as_bytes();
    if full {
        name
    } else {
        name.get(..3).unwrap_or(name)
    }
}

/// The place of a day in the week, 0 for Monday.
fn weekday(year: u16, month: u8, day: u8) -> Option<usize> {
    let date = crate::model::date::Date::new(year, month, day)?.civil()?;
    usize::try_from(date.weekday().to_monday_zero_offset()).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    const NIGHT: Civil = Civil {
        year: 2024,
        month: 2,
        day: 5,
        hour: 0,
        minute: 7,
        second: 9,
        nanosecond: 120_000_000,
        offset: None,
    };

    #[test]
    fn patterns_read_what_they_write() {
        let at = |offset: i32| Civil {
            offset: Some(offset),
            ..NIGHT
        };
        let day = Civil {
            hour: 0,
            minute: 0,
            second: 0,
            nanosecond: 0,
            ..NIGHT
        };
        for (pattern, text, civil) in [
            ("yyyyMMddHHmmssSSS", "20240205000709120", NIGHT),
            ("yyyy-MM-dd'T'HH:mm:ss.SS", "2024-02-05T00:07:09.12", NIGHT),
            ("d/M/yyyy h:mm:ss.SSS a", "5/2/2024 12:07:09.120 AM", NIGHT),
            ("EEE, dd MMM yyyy", "Mon, 05 Feb 2024", day),
            ("EEEE d. MMMM yyyy", "Monday 5. February 2024", day),
            ("dd.MM.yy", "05.02.24", day),
            (
                "yyyy-MM-dd'T'00:00:00.000'Z'",
                "2024-02-05T00:00:00.000Z",
                day,
            ),
            ("dd 'o''clock' ''MM yyyy", "05 o'clock '02 2024", day),
            ("yyyyMMddHHmmssSSSx", "20240205000709120+0530", at(19_800)),
            ("yyyyMMddHHmmssSSSx", "20240205000709120-08", at(-28_800)),
            ("yyyyMMddHHmmssSSSxx", "20240205000709120+0000", at(0)),
            (
                "yyyyMMddHHmmssSSSxxx",
                "20240205000709120-00:30",
                at(-1_800),
            ),
            ("yyyyMMddHHmmssSSSX", "20240205000709120Z", at(0)),
            ("yyyyMMddHHmmssSSSXXX", "20240205000709120+01:00", at(3_600)),
            ("yyyyMMddHHmmssSSSZ", "20240205000709120+0100", at(3_600)),
        ] {
            let compiled = Pattern::parse(pattern).unwrap();
            let mut out = Vec::new();
            compiled.write(&civil, &mut out).unwrap();
            assert_eq!(String::from_utf8(out).unwrap(), text, "{pattern}");
            assert_eq!(compiled.read(text.as_bytes()), Ok(civil), "{pattern}");
        }
    }

    #[test]
    fn texts_of_another_form_are_refused() {
        for (pattern, text) in [
            ("yyyy-MM-dd", "2024-02-30"),
            ("yyyy-MM-dd", "2024-2-05"),
            ("yyyy-MM-dd", "2024-02-05 "),
            ("yyyy-MM-dd", "24-02-05"),
            ("d/M/yyyy", "05/2/2024"),
            ("d/M/yyyy", "/2/2024"),
            ("EEE dd MM yyyy", "Tue 05 02 2024"),
            ("dd MMM yyyy", "05 feb 2024"),
            ("yyyyMMdd hh a", "20240205 13 PM"),
            ("yyyyMMdd hh a", "20240205 00 AM"),
            ("yyyyMMdd HH", "20240205 24"),
            ("yyyyMMddHHmmxx", "202402050007-0000"),
            ("yyyyMMddHHmmXXX", "202402050007+00:00"),
            ("yyyyMMddHHmmx", "202402050007+0500"),
            ("yyyyMMddHHmmxx", "202402050007+2400"),
        ] {
            assert!(
                Pattern::parse(pattern)
                    .unwrap()
                    .read(text.as_bytes())
                    .is_err(),
                "{pattern} {text}"
            );
        }
        let century = Pattern::parse("yy-MM-dd").unwrap();
        assert!(
            century
                .write(
                    &Civil {
                        year: 1968,
                        ..NIGHT
                    },
                    &mut Vec::new()
                )
                .is_err()
        );
        assert_eq!(century.read(b"69-02-05").unwrap().year, 1969);
    }
}
