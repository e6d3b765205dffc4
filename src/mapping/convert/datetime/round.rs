//! Times that a pattern cannot say in full.

use jiff::SignedDuration;
use jiff::civil;

use super::super::pattern::Part;
use super::super::{Law, Refusal};
use super::format::{Format, Round};
use super::{BEYOND, WHY};

const TOO_FINE: Refusal = Refusal::invalid("a time that is no finer than the format can hold");

impl Format {
    /// Cuts a time to the parts of the pattern, or raises it to the next that they can say.
    pub(super) fn round(
        &self,
        time: civil::DateTime,
        finer: bool,
    ) -> Result<civil::DateTime, Refusal> {
        let cut = self.cut(time).ok_or(WHY)?;
        if cut == time && !finer {
            return Ok(time);
        }
        match (self.law(), self.round) {
            (Law::Exact, _) => Err(TOO_FINE),
            (_, Some(Round::Up)) => self.next(cut).ok_or(BEYOND),
            _ => Ok(cut),
        }
    }

    fn cut(&self, time: civil::DateTime) -> Option<civil::DateTime> {
        let finest = self.pattern.finest();
        let keep = |part: Part, value: i8, least: i8| if finest >= part { value } else { least };
        let dropped = 9_u32.saturating_sub(self.pattern.fraction().into());
        let unit = 10_i32.checked_pow(dropped)?;
        let nanosecond = time.subsec_nanosecond();
        let nanosecond = if finest == Part::Fraction {
            nanosecond.checked_sub(nanosecond.checked_rem(unit)?)?
        } else {
            0
        };
        civil::DateTime::new(
            time.year(),
            keep(Part::Month, time.month(), 1),
            keep(Part::Day, time.day(), 1),
            keep(Part::Hour, time.hour(), 0),
            keep(Part::Minute, time.minute(), 0),
            keep(Part::Second, time.second(), 0),
            nanosecond,
        )
        .ok()
    }

    fn next(&self, cut: civil::DateTime) -> Option<civil::DateTime> {
        let dropped = 9_u32.saturating_sub(self.pattern.fraction().into());
        let step = match self.pattern.finest() {
            Part::Year => return cut.checked_add(jiff::Span::new().years(1)).ok(),
            Part::Month => return cut.checked_add(jiff::Span::new().months(1)).ok(),
            Part::Day => SignedDuration::from_hours(24),
            Part::Hour => SignedDuration::from_hours(1),
            Part::Minute => SignedDuration::from_mins(1),
            Part::Second => SignedDuration::from_secs(1),
            Part::Fraction => SignedDuration::from_nanos(10_i64.checked_pow(dropped)?),
        };
        cut.checked_add(step).ok()
    }
}
