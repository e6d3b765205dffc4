//! Exact decimals: numbers as their lexemes, compared and rewritten without ever becoming a float.
//!
//! A lexeme is a JSON number (RFC 8259, section 6): `-135.33`, `0.00`, `1e3`. Every function takes the bytes
//! of one and is linear in their count, whatever the exponent says.

use std::cmp::Ordering;

/// Most zeros that [`write_plain`] and [`write_scaled`] add: 64, far above any amount of money, so that
/// `1e999999999` cannot ask for a gigabyte.
const MAX_PADDING: i64 = 64;

/// A JSON number, taken apart into its lexeme's pieces.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Decimal<'a> {
    negative: bool,
    whole: &'a [u8],
    fraction: &'a [u8],
    exponent: i64,
}

/// Why a number could not be written in the form asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unwritable {
    /// Its exponent stands for more than 64 zeros.
    TooLong,
    /// It has more digits after the point than the scale has room for.
    ScaleExceeded,
}

/// Tells whether the bytes are exactly one JSON number.
#[must_use]
pub fn is_number(lexeme: &[u8]) -> bool {
    Decimal::parse(lexeme).is_some()
}

/// Tells whether the bytes are a number without an exponent, as values of format `decimal` are written.
#[must_use]
pub fn is_plain(lexeme: &[u8]) -> bool {
    is_number(lexeme) && !lexeme.iter().any(|byte| matches!(byte, b'e' | b'E'))
}

/// Tells whether the bytes are a JSON number whose value is whole (`7`, `7.0`, `7e2`, not `7e-2`).
#[must_use]
pub fn is_integer(lexeme: &[u8]) -> bool {
    Decimal::parse(lexeme).is_some_and(|number| number.is_integer())
}

/// Tells whether the bytes are a whole number in its digits alone (`7`, `-70`, not `7.0`, `7e2`, `-0`), as places of
/// whole numbers are written.
#[must_use]
pub fn is_digits(lexeme: &[u8]) -> bool {
    let digits = lexeme.strip_prefix(b"-").unwrap_or(lexeme);
    match digits {
        [b'0'] => digits.len() == lexeme.len(),
        [b'1'..=b'9', rest @ ..] => rest.iter().all(u8::is_ascii_digit),
        _ => false,
    }
}

/// Gives the digits of a whole number: `100` for `1e2`, `30` for `30.0`, `0` for `-0`. `None` if the bytes are no whole
/// number, or one that takes more than 64 zeros beside the digits that stand there.
#[must_use]
pub fn whole_digits(lexeme: &[u8]) -> Option<Vec<u8>> {
    let number = Decimal::parse(lexeme)?;
    let mut digits = Vec::new();
    write_scaled(&number, 0, &mut digits).ok()?;
    if digits == b"-0" {
        digits.remove(0);
    }
    Some(digits)
}

/// Compares two JSON numbers by value: `1.0` equals `1` and `10e-1`. `None` if either is no number.
#[must_use]
pub fn compare(left: &[u8], right: &[u8]) -> Option<Ordering> {
    Some(Decimal::parse(left)?.value_cmp(&Decimal::parse(right)?))
}

/// Counts the digits behind the point once the exponent is resolved, trailing zeros included: 2 for `1.50`,
/// 4 for `1.5e-3`, 0 for `1.5e1`. `None` if the bytes are no number.
#[must_use]
pub fn fraction_digits(lexeme: &[u8]) -> Option<u64> {
    let number = Decimal::parse(lexeme)?;
    Some(u64::try_from(number.scale()).unwrap_or(0))
}

/// Appends the number without an exponent, all other digits as they stand: `1.50e1` is written `15.0`.
///
/// # Errors
/// [`Unwritable::TooLong`] if that takes more than 64 zeros; nothing is appended then.
pub fn write_plain(number: &Decimal<'_>, out: &mut Vec<u8>) -> Result<(), Unwritable> {
    let scale = number.scale().max(0);
    number.write(scale, out)
}

/// Appends the number with exactly `scale` digits after the point: zeros are added, none but zeros are dropped.
///
/// # Errors
/// [`Unwritable::ScaleExceeded`] if a digit other than zero would be lost (nothing is ever rounded), or
/// [`Unwritable::TooLong`] as in [`write_plain`]. Nothing is appended then.
pub fn write_scaled(number: &Decimal<'_>, scale: u8, out: &mut Vec<u8>) -> Result<(), Unwritable> {
    if number.least_scale() > i64::from(scale) {
        return Err(Unwritable::ScaleExceeded);
    }
    number.write(i64::from(scale), out)
}

// === impl Decimal ===

impl<'a> Decimal<'a> {
    /// Takes a JSON number apart; `None` if the bytes are anything but exactly one.
    #[must_use]
    pub fn parse(lexeme: &'a [u8]) -> Option<Self> {
        let (negative, rest) = match lexeme.split_first() {
            Some((b'-', rest)) => (true, rest),
            _ => (false, lexeme),
        };
        let (whole, rest) = digits(rest);
        let leading_zero = whole.first() == Some(&b'0') && whole.len() > 1;
        if whole.is_empty() || leading_zero {
            return None;
        }
        let (fraction, rest) = match rest.split_first() {
            Some((b'.', rest)) => match digits(rest) {
                ([], _) => return None,
                found => found,
            },
            _ => (&[][..], rest),
        };
        let exponent = match rest.split_first() {
            None => 0,
            Some((b'e' | b'E', rest)) => parse_exponent(rest)?,
            Some(_) => return None,
        };
        Some(Self {
            negative,
            whole,
            fraction,
            exponent,
        })
    }

    /// The number times ten to the power of `places`; its digits stay.
    #[must_use]
    pub fn shifted(self, places: i64) -> Self {
        let exponent = self.exponent.saturating_add(places);
        Self { exponent, ..self }
    }

    /// Tells whether the value is whole.
    #[must_use]
    pub fn is_integer(&self) -> bool {
        self.least_scale() <= 0
    }

    /// Tells whether the value is zero, of either sign.
    #[must_use]
    pub fn is_zero(&self) -> bool {
        self.digits().all(|digit| digit == b'0')
    }

    /// Tells whether the lexeme begins with a minus sign.
    #[must_use]
    pub fn is_negative(&self) -> bool {
        self.negative
    }

    /// All digits, the point and the exponent left out.
    fn digits(&self) -> impl DoubleEndedIterator<Item = u8> + use<'a> {
        self.whole.iter().chain(self.fraction).copied()
    }

    /// Digits after the point as written; below zero where the exponent adds zeros before it.
    fn scale(&self) -> i64 {
        length(self.fraction).saturating_sub(self.exponent)
    }

    /// Digits after the point that the value needs: [`Self::scale`] without trailing zeros.
    fn least_scale(&self) -> i64 {
        if self.is_zero() {
            return 0;
        }
        let zeros = self
            .digits()
            .rev()
            .take_while(|digit| *digit == b'0')
            .count();
        self.scale()
            .saturating_sub(i64::try_from(zeros).unwrap_or(i64::MAX))
    }

    /// The power of ten that the first digit other than zero stands before; meaningless for zero.
    fn magnitude(&self) -> i64 {
        let zeros = self.digits().take_while(|digit| *digit == b'0').count();
        length(self.whole)
            .saturating_sub(i64::try_from(zeros).unwrap_or(i64::MAX))
            .saturating_add(self.exponent)
    }

    fn value_cmp(&self, other: &Decimal<'_>) -> Ordering {
        match (self.is_zero(), other.is_zero()) {
            (true, true) => return Ordering::Equal,
            (true, false) => return sign(!other.negative),
            (false, true) => return sign(self.negative),
            (false, false) => {}
        }
        if self.negative != other.negative {
            return sign(self.negative);
        }
        let sizes = self.magnitude().cmp(&other.magnitude()).then_with(|| {
            let count = self.whole.len().saturating_add(self.fraction.len());
            let count = count.max(other.whole.len().saturating_add(other.fraction.len()));
            self.significant()
                .take(count)
                .cmp(other.significant().take(count))
        });
        if self.negative {
            sizes.reverse()
        } else {
            sizes
        }
    }

    /// The digits from the first that is not zero, followed by zeros without end.
    fn significant(&self) -> impl Iterator<Item = u8> + use<'a> {
        self.digits()
            .skip_while(|digit| *digit == b'0')
            .chain(std::iter::repeat(b'0'))
    }

    /// Appends the value with `scale` digits after the point, given that no digit but zeros is lost by that.
    fn write(&self, scale: i64, out: &mut Vec<u8>) -> Result<(), Unwritable> {
        let exponent = if self.is_zero() { 0 } else { self.exponent };
        if exponent.saturating_abs()
            > MAX_PADDING
                .saturating_add(length(self.whole))
                .saturating_add(length(self.fraction))
        {
            return Err(Unwritable::TooLong);
        }
        // Where the point stands, counted in digits of the lexeme; zeros fill what lies outside of them.
        let point = length(self.whole).saturating_add(exponent);
        let before = std::iter::repeat_n(b'0', count(point.saturating_neg()));
        let mut digits = before.chain(self.digits()).chain(std::iter::repeat(b'0'));
        out.extend(self.negative.then_some(b'-'));
        let start = out.len();
        out.extend(
            digits
                .by_ref()
                .take(count(point))
                .skip_while(|digit| *digit == b'0'),
        );
        if out.len() == start {
            out.push(b'0');
        }
        if scale > 0 {
            out.push(b'.');
            out.extend(digits.take(count(scale)));
        }
        Ok(())
    }
}

fn sign(less: bool) -> Ordering {
    if less {
        Ordering::Less
    } else {
        Ordering::Greater
    }
}

fn length(digits: &[u8]) -> i64 {
    i64::try_from(digits.len()).unwrap_or(i64::MAX)
}

/// Splits off the leading ASCII digits.
fn digits(bytes: &[u8]) -> (&[u8], &[u8]) {
    let end = bytes
        .iter()
        .position(|byte| !byte.is_ascii_digit())
        .unwrap_or(bytes.len());
    bytes.split_at(end)
}

/// A count of digits; none for a negative one.
fn count(digits: i64) -> usize {
    usize::try_from(digits).unwrap_or(0)
}

/// Reads what follows the `e`: a sign and digits. An exponent beyond 18 digits is as good as infinite.
fn parse_exponent(bytes: &[u8]) -> Option<i64> {
    let (negative, bytes) = match bytes.split_first() {
        Some((b'-', rest)) => (true, rest),
        Some((b'+', rest)) => (false, rest),
        _ => (false, bytes),
    };
    let (found, rest) = digits(bytes);
    if found.is_empty() || !rest.is_empty() {
        return None;
    }
    let size = found.iter().fold(0_i64, |size, digit| {
        let digit = i64::from(digit.saturating_sub(b'0'));
        size.saturating_mul(10).saturating_add(digit)
    });
    // Far from the ends of the type, so that sums with lengths stay exact in order.
    let size = size.min(1_000_000_000_000_000_000);
    Some(if negative {
        size.saturating_neg()
    } else {
        size
    })
}

#[cfg(test)]
mod tests {
    use std::cmp::Ordering;

    use proptest::prelude::*;
    use proptest::test_runner::RngSeed;

    use super::*;

    fn plain(lexeme: &str) -> Result<String, Unwritable> {
        let mut out = Vec::new();
        write_plain(&Decimal::parse(lexeme.as_bytes()).unwrap(), &mut out)?;
        Ok(String::from_utf8(out).unwrap())
    }

    fn scaled(lexeme: &str, scale: u8) -> Result<String, Unwritable> {
        let mut out = Vec::new();
        write_scaled(&Decimal::parse(lexeme.as_bytes()).unwrap(), scale, &mut out)?;
        Ok(String::from_utf8(out).unwrap())
    }

    #[test]
    fn the_grammar_is_that_of_json() {
        for good in [
            "0", "-0", "7", "-135.33", "0.00", "1e3", "1E+3", "1.5e-30", "10", "1e00",
        ] {
            assert!(is_number(good.as_bytes()), "{good}");
        }
        for bad in [
            "", "-", "+1", "01", "-01", "1.", ".5", "1e", "1e+", "1.e1", "0x1", "1 ", " 1", "NaN",
            "1_0", "--1", "1.2.3",
        ] {
            assert!(!is_number(bad.as_bytes()), "{bad}");
        }
        assert!(is_plain(b"-0.10"));
        assert!(!is_plain(b"1e0"));
    }

    #[test]
    fn whole_numbers_are_told_by_value() {
        for whole in [
            "0",
            "-7",
            "7.0",
            "7e2",
            "7.25e2",
            "0.00e-9",
            "70e-1",
            "1e999999999999999999999",
        ] {
            assert!(is_integer(whole.as_bytes()), "{whole}");
        }
        for broken in ["0.5", "7e-1", "7.25e1", "1e-999999999999999999999"] {
            assert!(!is_integer(broken.as_bytes()), "{broken}");
        }
    }

    #[test]
    fn comparison_is_by_value() {
        let ascending = [
            "-1e999999999999999999999",
            "-10",
            "-9.99",
            "-1e-5",
            "0",
            "1e-999999999999999999999",
            "0.05",
            "0.5",
            "5",
            "5.01",
            "49e1",
            "500",
            "1e3",
        ];
        for (place, left) in ascending.iter().enumerate() {
            for (other, right) in ascending.iter().enumerate() {
                assert_eq!(
                    compare(left.as_bytes(), right.as_bytes()),
                    Some(place.cmp(&other)),
                    "{left} {right}"
                );
            }
        }
        for (left, right) in [
            ("1.0", "1"),
            ("10e-1", "1"),
            ("-0", "0.00"),
            ("0e5", "0"),
            ("0.00120", "12e-4"),
            (
                "123456789012345678901234567890.10",
                "1234567890123456789012345678901e-1",
            ),
        ] {
            assert_eq!(
                compare(left.as_bytes(), right.as_bytes()),
                Some(Ordering::Equal),
                "{left} {right}"
            );
        }
        assert_eq!(compare(b"1", b"one"), None);
    }

    #[test]
    fn digits_after_the_point_are_counted_as_written() {
        for (lexeme, digits) in [
            ("1", 0),
            ("1.50", 2),
            ("1.5e-3", 4),
            ("1.50e1", 1),
            ("1.5e7", 0),
            ("0.000", 3),
        ] {
            assert_eq!(fraction_digits(lexeme.as_bytes()), Some(digits), "{lexeme}");
        }
    }

    #[test]
    fn the_plain_form_has_no_exponent_and_keeps_trailing_zeros() {
        for (lexeme, written) in [
            ("1.50e1", "15.0"),
            ("1e3", "1000"),
            ("-1.5e-3", "-0.0015"),
            ("0.05e1", "0.5"),
            ("0.05e2", "5"),
            ("0.00", "0.00"),
            ("0e999999999", "0"),
            ("-0", "-0"),
            ("100.00", "100.00"),
        ] {
            assert_eq!(plain(lexeme).as_deref(), Ok(written), "{lexeme}");
        }
    }

    #[test]
    fn whole_numbers_have_one_form_in_digits() {
        let digits = |lexeme: &str| whole_digits(lexeme.as_bytes());
        for (lexeme, written) in [
            ("1e2", "100"),
            ("30.0", "30"),
            ("-0", "0"),
            ("-0.00e7", "0"),
            ("-7.25e2", "-725"),
            ("700e-1", "70"),
            ("12", "12"),
        ] {
            assert_eq!(
                digits(lexeme).as_deref(),
                Some(written.as_bytes()),
                "{lexeme}"
            );
            assert!(is_digits(written.as_bytes()), "{written}");
            assert_eq!(is_digits(lexeme.as_bytes()), lexeme == written, "{lexeme}");
        }
        for broken in ["1.5", "1e-1", "", "-", "007", "+5", "ten", "1e999999999"] {
            assert_eq!(digits(broken), None, "{broken}");
            assert!(!is_digits(broken.as_bytes()), "{broken}");
        }
    }

    #[test]
    fn an_exponent_cannot_ask_for_memory() {
        assert_eq!(plain("1e999999999"), Err(Unwritable::TooLong));
        assert_eq!(plain("1e-999999999"), Err(Unwritable::TooLong));
        assert_eq!(scaled("1e999999999", 2), Err(Unwritable::TooLong));
        assert!(plain("1e60").is_ok());
    }

    #[test]
    fn a_scale_pads_and_never_rounds() {
        assert_eq!(scaled("1.5", 4).as_deref(), Ok("1.5000"));
        assert_eq!(scaled("1.5000", 2).as_deref(), Ok("1.50"));
        assert_eq!(scaled("100", 0).as_deref(), Ok("100"));
        assert_eq!(scaled("0", 2).as_deref(), Ok("0.00"));
        assert_eq!(scaled("12e-1", 1).as_deref(), Ok("1.2"));
        assert_eq!(scaled("1.005", 2), Err(Unwritable::ScaleExceeded));
        assert_eq!(scaled("1e-999999999", 2), Err(Unwritable::ScaleExceeded));
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, rng_seed: RngSeed::Fixed(1), ..ProptestConfig::default() })]

        #[test]
        fn writing_keeps_the_value(whole in -99_999_i64..99_999, fraction in "[0-9]{0,6}", exponent in -20_i64..20) {
            let point = if fraction.is_empty() { "" } else { "." };
            let lexeme = format!("{whole}{point}{fraction}e{exponent}");
            let written = plain(&lexeme).unwrap();
            prop_assert!(is_plain(written.as_bytes()), "{}", written);
            prop_assert_eq!(compare(lexeme.as_bytes(), written.as_bytes()), Some(Ordering::Equal));
            prop_assert_eq!(fraction_digits(lexeme.as_bytes()), fraction_digits(written.as_bytes()));
        }

        #[test]
        fn comparison_agrees_with_integers(left in -1_000_000_i64..1_000_000, right in -1_000_000_i64..1_000_000, scale in 0_u32..4) {
            let moved = |value: i64| format!("{value}e-{scale}");
            prop_assert_eq!(compare(moved(left).as_bytes(), moved(right).as_bytes()), Some(left.cmp(&right)));
            prop_assert_eq!(compare(left.to_string().as_bytes(), moved(right.saturating_mul(10_i64.saturating_pow(scale))).as_bytes()), Some(left.cmp(&right)));
        }

        #[test]
        fn any_bytes_are_survived(bytes in proptest::collection::vec(any::<u8>(), 0..40)) {
            let _ = (is_number(&bytes), is_integer(&bytes), compare(&bytes, b"1"), fraction_digits(&bytes));
        }
    }
}
