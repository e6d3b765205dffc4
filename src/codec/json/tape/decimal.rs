//! Numbers compared by value and never through a float.

use std::hash::{Hash, Hasher};

use serde_json::Number;

/// A number in the one form that equal values share: `0.d₁d₂… × 10^exponent` with `d₁` and the last
/// digit not zero.
#[derive(Debug, Clone, Copy)]
pub(super) struct Decimal<'a> {
    negative: bool,
    /// Digits from before the point.
    head: &'a [u8],
    /// Digits from behind the point.
    tail: &'a [u8],
    exponent: Exponent,
}

/// A power of ten; an exponent written beyond 64 bits is only known by its side.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Exponent {
    Tiny,
    Exact(i64),
    Huge,
}

// === impl Decimal ===

impl<'a> Decimal<'a> {
    /// Reads a lexeme that the JSON grammar accepts.
    pub(super) fn new(lexeme: &'a str) -> Self {
        let (negative, lexeme) = match lexeme.strip_prefix('-') {
            Some(rest) => (true, rest),
            None => (false, lexeme),
        };
        let (mantissa, power) = lexeme.split_once(['e', 'E']).unwrap_or((lexeme, "0"));
        let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
        let head = whole.trim_start_matches('0');
        let tail = match head {
            "" => fraction.trim_start_matches('0'),
            _ => fraction,
        };
        let shift = head.len() as i64 - (fraction.len() - tail.len()) as i64;
        let tail = tail.trim_end_matches('0');
        let head = match tail {
            "" => head.trim_end_matches('0'),
            _ => head,
        };
        let zero = head.is_empty() && tail.is_empty();
        Self {
            negative: negative && !zero,
            head: head.as_bytes(),
            tail: tail.as_bytes(),
            exponent: if zero {
                Exponent::Exact(0)
            } else {
                Exponent::new(power, shift)
            },
        }
    }

    fn digits(self) -> impl Iterator<Item = &'a u8> {
        self.head.iter().chain(self.tail)
    }

    /// Tells whether the value is a whole number, however it is written.
    pub(super) fn is_integer(self) -> bool {
        let digits = (self.head.len() + self.tail.len()) as i64;
        match self.exponent {
            Exponent::Tiny => false,
            Exponent::Exact(exponent) => digits <= exponent.max(0),
            Exponent::Huge => true,
        }
    }
}

/// Equal values, however written. Exponents beyond 64 bits are equal by their side alone.
impl PartialEq for Decimal<'_> {
    fn eq(&self, other: &Self) -> bool {
        self.negative == other.negative
            && self.exponent == other.exponent
            && self.digits().eq(other.digits())
    }
}

impl Hash for Decimal<'_> {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.negative.hash(state);
        self.exponent.hash(state);
        for digit in self.digits() {
            digit.hash(state);
        }
    }
}

// === impl Exponent ===

impl Exponent {
    fn new(power: &str, shift: i64) -> Self {
        match power.parse::<i64>().ok().and_then(|p| p.checked_add(shift)) {
            Some(exponent) => Self::Exact(exponent),
            None if power.starts_with('-') => Self::Tiny,
            None => Self::Huge,
        }
    }
}

/// The number that `serde_json` holds for a lexeme, or the nearest that it can hold.
pub(super) fn nearest(lexeme: &str) -> Number {
    if let Ok(whole) = lexeme.parse::<u64>() {
        return whole.into();
    }
    if let Ok(whole) = lexeme.parse::<i64>()
        && whole != 0
    {
        return whole.into();
    }
    lexeme
        .parse::<f64>()
        .ok()
        .and_then(|float| Number::from_f64(float.clamp(f64::MIN, f64::MAX)))
        .unwrap_or_else(|| 0.into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_values_are_equal_however_written() {
        for (left, right) in [
            ("0", "-0.00e7"),
            ("1", "1.0"),
            ("100", "1e2"),
            ("100", "0.001E+5"),
            ("-0.5", "-5e-1"),
            ("12345678901234567890.10", "12345678901234567890.1"),
            ("1e400", "10e399"),
        ] {
            assert_eq!(Decimal::new(left), Decimal::new(right), "{left} {right}");
        }
    }

    #[test]
    fn different_values_differ_by_their_last_digit() {
        for (left, right) in [
            ("1", "-1"),
            ("1", "10"),
            ("0.1", "0.1000000000000000055511151231257827"),
            ("9007199254740993", "9007199254740992"),
            ("1e400", "1e401"),
            ("12", "1.2"),
            ("101", "11"),
        ] {
            assert_ne!(Decimal::new(left), Decimal::new(right), "{left} {right}");
        }
    }

    #[test]
    fn whole_numbers_are_told_by_value() {
        for whole in [
            "0",
            "-0.0",
            "1.0",
            "10e-1",
            "1.5e1",
            "1e400",
            "0e-99999999999999999999",
        ] {
            assert!(Decimal::new(whole).is_integer(), "{whole}");
        }
        for broken in ["0.5", "1e-1", "15e-1", "1.0000000000000000000001", "1e-400"] {
            assert!(!Decimal::new(broken).is_integer(), "{broken}");
        }
    }

    #[test]
    fn an_exponent_beyond_64_bits_keeps_its_side() {
        assert!(Decimal::new("1e99999999999999999999").is_integer());
        assert!(!Decimal::new("1e-99999999999999999999").is_integer());
        assert_ne!(
            Decimal::new("1e99999999999999999999"),
            Decimal::new("1e-99999999999999999999")
        );
    }

    #[test]
    fn the_nearest_number_is_the_one_serde_reads() {
        for lexeme in [
            "0",
            "-0",
            "-1",
            "18446744073709551615",
            "1.50",
            "1e2",
            "-9223372036854775808",
        ] {
            let read: Number = serde_json::from_str(lexeme).unwrap();
            assert_eq!(nearest(lexeme), read, "{lexeme}");
        }
        assert_eq!(nearest("1e400"), Number::from_f64(f64::MAX).unwrap());
        assert_eq!(nearest("-1e400"), Number::from_f64(f64::MIN).unwrap());
    }
}
