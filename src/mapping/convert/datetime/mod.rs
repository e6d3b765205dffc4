//! `datetime`: a date-time in a format.

mod format;
mod round;

use std::sync::Arc;

use jiff::tz::TimeZoneDatabase;

use super::arguments::{Argument, Arguments, BuildError};
use super::info::{Example, Info, Parameter};
use super::pattern::Pattern;
use super::{Law, Refusal};
use crate::model::date::is_date_time;
use format::{Format, Round};

const OFFSET: &[Argument<'_>] = &[Argument::word("yyyy-MM-dd HH:mm:ss.SSSxx")];
const UTC: &[Argument<'_>] = &[
    Argument::word("yyyyMMddHHmmss"),
    Argument::named("zone", "UTC"),
];
const NEW_YORK: &[Argument<'_>] = &[
    Argument::word("yyyyMMddHHmmss"),
    Argument::named("zone", "America/New_York"),
];
const DOWN: &[Argument<'_>] = &[
    Argument::word("yyyyMMddHHmm"),
    Argument::named("zone", "UTC"),
    Argument::named("round", "down"),
];
const UP: &[Argument<'_>] = &[
    Argument::word("yyyyMMddHHmm"),
    Argument::named("zone", "UTC"),
    Argument::named("round", "up"),
];

pub(super) static INFO: Info = Info {
    name: "datetime",
    summary: "a date-time in a CLDR pattern to RFC 3339; without a pattern the text is one. Date-times that are one instant are equal",
    parameters: &[
        Parameter::optional(
            "format",
            "a CLDR pattern with the year, such as `yyyy-MM-dd HH:mm:ssxx`",
        ),
        Parameter::optional(
            "zone",
            "a time zone of the IANA database such as `UTC` or `Europe/Paris`",
        )
        .with_name(),
        Parameter::optional("round", "`down` or `up`").with_name(),
    ],
    examples: &[
        Example::both(
            &[],
            &["2024-02-29T23:59:59.50-05:00"],
            &["2024-02-29T23:59:59.50-05:00"],
        ),
        Example::both(
            OFFSET,
            &["2024-02-29 23:59:59.500-0500"],
            &["2024-02-29T23:59:59.5-05:00"],
        )
        .note("the offset is kept"),
        Example::both(UTC, &["20240229235959"], &["2024-02-29T23:59:59Z"]),
        Example::write(UTC, &["2024-02-29T18:59:59-05:00"], &["20240229235959"])
            .note("the same instant"),
        Example::both(
            NEW_YORK,
            &["20240701120000"],
            &["2024-07-01T12:00:00-04:00"],
        ),
        Example::refuse_write(UTC, &["2024-02-29T23:59:59.5Z"])
            .note("a pattern without `S` has no room, and `round=` is not given"),
        Example::refuse_read(NEW_YORK, &["20240310023000"])
            .note("clocks are put forward: there was no such time"),
        Example::refuse_write(NEW_YORK, &["2024-11-03T01:30:00-05:00"])
            .note("clocks are put back: would be read an hour earlier"),
        Example::both(DOWN, &["202402292359"], &["2024-02-29T23:59:00Z"]),
        Example::write(DOWN, &["2024-02-29T23:59:59Z"], &["202402292359"]).note("seconds are lost"),
        Example::write(UP, &["2024-02-29T23:59:01Z"], &["202403010000"]),
        Example::refuse_read(&[], &["2024-02-29 23:59:59"]),
    ],
};

/// The converter `datetime`.
#[derive(Debug, Clone)]
pub struct DateTimeFormat {
    format: Option<Arc<Format>>,
}

const WHY: Refusal = Refusal::invalid("a date-time such as `2024-02-29T23:59:59Z`");

/// A zone may be a day away, and no year has five digits.
const BEYOND: Refusal =
    Refusal::invalid("one of the times that have a zone, which end with `9999-12-30T22:00:00Z`");

impl DateTimeFormat {
    pub(super) fn build(arguments: &Arguments<'_>) -> Result<Self, BuildError> {
        let round = arguments.choice("round", &[("down", Round::Down), ("up", Round::Up)])?;
        let zone = match arguments.get("zone") {
            Some(name) => {
                let zone = TimeZoneDatabase::bundled().get(name);
                Some(zone.map_err(|_| arguments.not_allowed("zone"))?)
            }
            None => None,
        };
        let Some(format) = arguments.get("format") else {
            let idle = ["zone", "round"]
                .into_iter()
                .find(|name| arguments.get(name).is_some());
            return match idle {
                Some(name) => {
                    Err(arguments.wrong(name, format!("`{name}` means nothing without a format")))
                }
                None => Ok(Self { format: None }),
            };
        };
        let pattern =
            Pattern::parse(format).map_err(|message| arguments.wrong("format", message))?;
        if zone.is_none() && !pattern.has_offset() {
            return Err(arguments.wrong(
                "format",
                "the pattern has no offset from UTC, so `zone=` must say the zone",
            ));
        }
        Ok(Self {
            format: Some(Arc::new(Format {
                pattern,
                zone,
                round,
            })),
        })
    }

    pub(super) fn law(&self) -> Law {
        self.format.as_deref().map_or(Law::Exact, Format::law)
    }

    pub(super) fn read(&self, native: &[u8], out: &mut Vec<u8>) -> Result<(), Refusal> {
        match self.format.as_deref() {
            Some(format) => format.read(native, out),
            None => copy(native, out),
        }
    }

    pub(super) fn write(&self, canonical: &[u8], out: &mut Vec<u8>) -> Result<(), Refusal> {
        match self.format.as_deref() {
            Some(format) => format.write(canonical, out),
            None => copy(canonical, out),
        }
    }
}

fn copy(text: &[u8], out: &mut Vec<u8>) -> Result<(), Refusal> {
    if !is_date_time(text) {
        return Err(WHY);
    }
    out.extend_from_slice(text);
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::super::Convert;
    use super::super::laws::CALL;
    use super::*;

    fn write(args: &[Argument<'_>], canonical: &str) -> Result<String, Refusal> {
        let mut out = Vec::new();
        Convert::build("datetime", args)
            .unwrap()
            .write(canonical.as_bytes(), &CALL, &mut out)?;
        Ok(String::from_utf8(out).unwrap())
    }

    #[test]
    fn wrong_arguments_are_told() {
        let fault = |args: &[Argument<'_>]| Convert::build("datetime", args).unwrap_err();
        assert_eq!(fault(&[Argument::word("yyyyMMdd")]).argument, Some(0));
        assert_eq!(fault(&[Argument::named("zone", "UTC")]).argument, Some(0));
        let zone = fault(&[
            Argument::word("yyyyMMdd"),
            Argument::named("zone", "Mars/Olympus"),
        ]);
        assert_eq!(zone.argument, Some(1));
        assert!(zone.to_string().contains("IANA") && !zone.to_string().contains("Mars"));
        assert_eq!(
            fault(&[
                Argument::word("yyyyMMddxx"),
                Argument::named("round", "half")
            ])
            .argument,
            Some(1)
        );
    }

    #[test]
    fn a_zone_beside_an_offset_decides_the_offset_written() {
        let args = [
            Argument::word("yyyy-MM-dd HH:mm:ssxxx"),
            Argument::named("zone", "America/New_York"),
        ];
        assert_eq!(
            write(&args, "2024-01-01T12:00:00Z").as_deref(),
            Ok("2024-01-01 07:00:00-05:00")
        );
        assert_eq!(
            write(&args, "2024-11-03T01:30:00-05:00").as_deref(),
            Ok("2024-11-03 01:30:00-05:00")
        );
    }

    #[test]
    fn rounding_up_reaches_the_next_unit_of_every_part() {
        for (pattern, written) in [
            ("yyyy", "2025"),
            ("yyyyMM", "202501"),
            ("yyyyMMdd", "20250101"),
            ("yyyyMMddHH", "2025010100"),
            ("yyyyMMddHHmmss", "20250101000000"),
            ("yyyyMMddHHmmssSS", "2025010100000000"),
        ] {
            let args = [
                Argument::word(pattern),
                Argument::named("zone", "UTC"),
                Argument::named("round", "up"),
            ];
            assert_eq!(
                write(&args, "2024-12-31T23:59:59.9999Z").as_deref(),
                Ok(written)
            );
        }
        let args = [
            Argument::word("yyyyMM"),
            Argument::named("zone", "UTC"),
            Argument::named("round", "up"),
        ];
        assert_eq!(
            write(&args, "2025-01-01T00:00:00.000Z").as_deref(),
            Ok("202501"),
            "nothing to round"
        );
        assert!(
            write(&args, "9999-12-31T00:00:00.000Z").is_err(),
            "no later month"
        );
    }

    #[test]
    fn a_time_at_the_end_of_all_years_is_not_called_malformed() {
        let args = [
            Argument::word("yyyyMMddHHmm"),
            Argument::named("zone", "UTC"),
            Argument::named("round", "up"),
        ];
        for time in ["9999-12-31T23:59:59Z", "9999-12-30T22:00:01Z"] {
            assert_eq!(write(&args, time), Err(BEYOND), "{time}");
        }
        assert_eq!(
            write(&args, "9999-12-30T22:00:00Z").as_deref(),
            Ok("999912302200")
        );
        assert_eq!(write(&args, "9999-13-31T00:00:00Z"), Err(WHY));
    }

    #[test]
    fn a_digit_finer_than_nanoseconds_counts() {
        let exact = [
            Argument::word("yyyyMMddHHmmssSSSSSSSSS"),
            Argument::named("zone", "UTC"),
        ];
        assert!(write(&exact, "2024-01-01T00:00:00.1234567891Z").is_err());
        assert_eq!(
            write(&exact, "2024-01-01T00:00:00.1234567890Z").as_deref(),
            Ok("20240101000000123456789")
        );
    }

    #[test]
    fn a_lossy_format_takes_the_skipped_and_the_repeated_hour() {
        let args = [
            Argument::word("yyyyMMddHHmm"),
            Argument::named("zone", "America/New_York"),
        ];
        assert_eq!(
            write(&args, "2024-11-03T01:30:00-05:00").as_deref(),
            Ok("202411030130")
        );
        let mut out = Vec::new();
        Convert::build("datetime", &args)
            .unwrap()
            .read(b"202403100230", &CALL, &mut out)
            .unwrap();
        assert_eq!(out, b"2024-03-10T03:30:00-04:00");
    }

    #[test]
    fn a_time_of_no_whole_minutes_is_refused_in_both_directions() {
        for pattern in ["yyyyMMddHHmmss", "yyyyMMddHH"] {
            let args = [
                Argument::word(pattern),
                Argument::named("zone", "Pacific/Apia"),
            ];
            assert!(
                write(&args, "1911-01-01T11:00:00Z").is_err(),
                "11:26:56 hours behind UTC then"
            );
            let convert = Convert::build("datetime", &args).unwrap();
            let native = "19101231233304".get(..pattern.len()).unwrap();
            assert!(
                convert
                    .read(native.as_bytes(), &CALL, &mut Vec::new())
                    .is_err()
            );
        }
    }
}
