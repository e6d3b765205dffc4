//! Date-times of a pattern, located in a zone.

use jiff::civil;
use jiff::tz::{Offset, TimeZone};

use super::super::pattern::{Civil, Part, Pattern};
use super::super::{Law, Refusal};
use super::{BEYOND, WHY};
use crate::model::date::{Date, DateTime};

const SKIPPED: Refusal = Refusal::invalid("a time that there is in its zone: clocks skip this one");
const REPEATED: Refusal =
    Refusal::invalid("a time that its zone has once: clocks repeat this hour");

/// A pattern with what it leaves unsaid.
#[derive(Debug)]
pub(super) struct Format {
    pub(super) pattern: Pattern,
    pub(super) zone: Option<TimeZone>,
    pub(super) round: Option<Round>,
}

/// Which way a time goes that the pattern cannot say.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Round {
    Down,
    Up,
}

impl Format {
    /// Exact if date and time to the second are there and nothing is rounded.
    pub(super) fn law(&self) -> Law {
        if self.round.is_none() && self.pattern.finest() >= Part::Second {
            Law::Exact
        } else {
            Law::Lossy
        }
    }

    pub(super) fn read(&self, native: &[u8], out: &mut Vec<u8>) -> Result<(), Refusal> {
        let civil = self.pattern.read(native)?;
        let time = to_jiff(&civil).ok_or(WHY)?;
        let (time, offset) = match (civil.offset, &self.zone) {
            (Some(offset), _) => (time, offset),
            (None, Some(zone)) => self.locate(zone, time)?,
            (None, None) => return Err(WHY),
        };
        let value = DateTime {
            date: Date::from_civil(time.date()).ok_or(WHY)?,
            hour: time.hour().unsigned_abs(),
            minute: time.minute().unsigned_abs(),
            second: time.second().unsigned_abs(),
            nanosecond: time.subsec_nanosecond().unsigned_abs(),
            finer: false,
            offset,
        };
        // An instant outside the calendar cannot be written again.
        value.instant().ok_or(BEYOND)?;
        value.write(out);
        Ok(())
    }

    /// Finds the offset of a time in a zone. A time that clocks skip is refused where the law is exact, else it
    /// is the one as much later; of a time that clocks repeat the first is meant.
    fn locate(
        &self,
        zone: &TimeZone,
        time: civil::DateTime,
    ) -> Result<(civil::DateTime, i32), Refusal> {
        let ambiguous = zone.to_ambiguous_timestamp(time);
        let instant = ambiguous.compatible().map_err(|_| BEYOND)?;
        let found = zone.to_datetime(instant);
        if found != time && self.law() == Law::Exact {
            return Err(SKIPPED);
        }
        let offset = zone.to_offset(instant).seconds();
        // RFC 3339 knows whole minutes; zones had others before the railways.
        if offset % 60 != 0 {
            return Err(Refusal::invalid(
                "a time when its zone is whole minutes from UTC",
            ));
        }
        Ok((found, offset))
    }

    pub(super) fn write(&self, canonical: &[u8], out: &mut Vec<u8>) -> Result<(), Refusal> {
        let value = DateTime::parse(canonical).ok_or(WHY)?;
        let instant = value.instant().ok_or(BEYOND)?;
        let own = Offset::from_seconds(value.offset).map_err(|_| WHY)?;
        let (time, offset) = match &self.zone {
            Some(zone) => (zone.to_datetime(instant), zone.to_offset(instant)),
            None => (own.to_datetime(instant), own),
        };
        let time = self.round(time, value.finer)?;
        if let (Some(zone), false) = (&self.zone, self.pattern.has_offset()) {
            // What could not be read back is not written.
            let (found, offset) = self.locate(zone, time)?;
            let offset = Offset::from_seconds(offset).map_err(|_| WHY)?;
            let read = offset.to_timestamp(found).ok();
            if self.law() == Law::Exact && read != Some(instant) {
                return Err(REPEATED);
            }
        }
        let civil = from_jiff(time, offset).ok_or(WHY)?;
        self.pattern.write(&civil, out)
    }
}

fn to_jiff(civil: &Civil) -> Option<civil::DateTime> {
    let small = |value: u8| i8::try_from(value).ok();
    let nanosecond = i32::try_from(civil.nanosecond).ok()?;
    let time = civil::Time::new(
        small(civil.hour)?,
        small(civil.minute)?,
        small(civil.second)?,
        nanosecond,
    )
    .ok()?;
    Some(
        Date::new(civil.year, civil.month, civil.day)?
            .civil()?
            .to_datetime(time),
    )
}

fn from_jiff(time: civil::DateTime, offset: Offset) -> Option<Civil> {
    let Date { year, month, day } = Date::from_civil(time.date())?;
    Some(Civil {
        year,
        month,
        day,
        hour: time.hour().unsigned_abs(),
        minute: time.minute().unsigned_abs(),
        second: time.second().unsigned_abs(),
        nanosecond: time.subsec_nanosecond().unsigned_abs(),
        offset: Some(offset.seconds()),
    })
}
