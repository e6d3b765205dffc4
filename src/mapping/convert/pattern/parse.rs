//! Compiling a pattern.

use super::{Field, Number, OffsetStyle, Part, Pattern, Width};

impl Pattern {
    /// Compiles a pattern; the error says what is wrong with it.
    pub(in super::super) fn parse(pattern: &str) -> Result<Self, String> {
        let mut fields = Vec::new();
        let mut rest = pattern.chars().peekable();
        while let Some(letter) = rest.next() {
            if letter == '\'' {
                push_literal(&mut fields, &quoted(&mut rest)?);
            } else if letter.is_ascii_alphabetic() {
                let mut count = 1_u8;
                while rest.next_if_eq(&letter).is_some() {
                    count = count.saturating_add(1);
                }
                fields.push(field(letter, count)?);
            } else {
                push_literal(&mut fields, letter.encode_utf8(&mut [0; 4]));
            }
        }
        check_order(&fields)?;
        let (finest, fraction) = check_parts(&fields)?;
        let offset = fields.iter().any(|field| matches!(field, Field::Offset(_)));
        Ok(Self {
            fields: fields.into(),
            finest,
            fraction,
            offset,
        })
    }
}

/// The text up to the closing quote; two quotes are one, also outside of quotes.
fn quoted(rest: &mut std::iter::Peekable<std::str::Chars<'_>>) -> Result<String, String> {
    if rest.next_if_eq(&'\'').is_some() {
        return Ok("'".to_owned());
    }
    let mut text = String::new();
    while let Some(letter) = rest.next() {
        if letter != '\'' || rest.next_if_eq(&'\'').is_some() {
            text.push(letter);
        } else {
            return Ok(text);
        }
    }
    Err("a quote in the pattern is not closed".to_owned())
}

fn push_literal(fields: &mut Vec<Field>, text: &str) {
    if let Some(Field::Literal(before)) = fields.last_mut() {
        *before = [before, text.as_bytes()].concat().into();
    } else {
        fields.push(Field::Literal(text.as_bytes().into()));
    }
}

/// The field of a run of one letter.
fn field(letter: char, count: u8) -> Result<Field, String> {
    let number = |number| match count {
        1 => Ok(Field::Number(number, Width::Least)),
        2 => Ok(Field::Number(number, Width::Exactly(2))),
        _ => Err(format!("`{letter}` stands once or twice in a pattern")),
    };
    let offset = |zulu, minutes, colon| {
        Ok(Field::Offset(OffsetStyle {
            zulu,
            minutes,
            colon,
        }))
    };
    match (letter, count) {
        ('y', 4) => Ok(Field::Number(Number::Year, Width::Exactly(4))),
        ('y', 2) => Ok(Field::Number(Number::YearOfCentury, Width::Exactly(2))),
        ('y', _) => Err("a year is `yyyy` or `yy`".to_owned()),
        ('Y', _) => Err("`Y` is the year of the week; write `yyyy`".to_owned()),
        ('D', _) => Err("`D` is the day of the year; write `dd`".to_owned()),
        ('M', 3 | 4) => Ok(Field::MonthName(count == 4)),
        ('M', _) => number(Number::Month),
        ('d', _) => number(Number::Day),
        ('E', 1..=3) => Ok(Field::Weekday(false)),
        ('E', 4) => Ok(Field::Weekday(true)),
        ('H', _) => number(Number::Hour),
        ('h', _) => number(Number::HalfHour),
        ('a', 1) => Ok(Field::HalfDay),
        ('m', _) => number(Number::Minute),
        ('s', _) => number(Number::Second),
        ('S', 1..=9) => Ok(Field::Fraction(count)),
        ('S', _) => Err("a fraction of a second has at most nine digits".to_owned()),
        ('x', 1) => offset(false, false, false),
        ('x', 2) | ('Z', 1..=3) => offset(false, true, false),
        ('x', 3) => offset(false, true, true),
        ('X', 1) => offset(true, false, false),
        ('X', 2) => offset(true, true, false),
        ('X', 3) | ('Z', 5) => offset(true, true, true),
        _ => Err(format!(
            "`{letter}` is no field here; a letter that stands for itself is written in quotes"
        )),
    }
}

/// Refuses a field of any width before one that begins with a digit: nobody could tell where it ends.
fn check_order(fields: &[Field]) -> Result<(), String> {
    let open = |field: &Field| matches!(field, Field::Number(_, Width::Least));
    let digit = |field: &Field| match field {
        Field::Literal(text) => text.first().is_some_and(u8::is_ascii_digit),
        Field::Number(..) | Field::Fraction(_) => true,
        _ => false,
    };
    let unclear = fields
        .windows(2)
        .any(|pair| matches!(pair, [left, right] if open(left) && digit(right)));
    if unclear {
        return Err("a number of one or two digits cannot stand directly before a digit; write it twice, as in `MM`".to_owned());
    }
    Ok(())
}

/// Refuses parts that are missing or stand twice; gives the finest part and the digits of the fraction.
fn check_parts(fields: &[Field]) -> Result<(Part, u8), String> {
    let parts = [
        Part::Year,
        Part::Month,
        Part::Day,
        Part::Hour,
        Part::Minute,
        Part::Second,
        Part::Fraction,
    ];
    let count = |wanted: Part| {
        fields
            .iter()
            .filter(|field| field.part() == Some(wanted))
            .count()
    };
    let halves = fields
        .iter()
        .filter(|field| matches!(field, Field::HalfDay))
        .count();
    let half_hours = fields
        .iter()
        .filter(|field| matches!(field, Field::Number(Number::HalfHour, _)))
        .count();
    let offsets = fields
        .iter()
        .filter(|field| matches!(field, Field::Offset(_)))
        .count();
    let weekdays = fields
        .iter()
        .filter(|field| matches!(field, Field::Weekday(_)))
        .count();
    if parts.into_iter().any(|part| count(part) > 1) || offsets > 1 || weekdays > 1 {
        return Err("a part of the date or time stands twice in the pattern".to_owned());
    }
    if halves != half_hours {
        return Err("`h` and `a` stand together, or `H` alone".to_owned());
    }
    let missing = parts
        .into_iter()
        .position(|part| count(part) == 0)
        .unwrap_or(parts.len());
    if parts.into_iter().skip(missing).any(|part| count(part) > 0) {
        return Err("the pattern lacks a part that is coarser than another one it has".to_owned());
    }
    let finest = missing
        .checked_sub(1)
        .and_then(|last| parts.get(last).copied());
    let finest = finest.ok_or("the pattern lacks the year")?;
    if weekdays > 0 && finest < Part::Day {
        return Err("a day of the week needs the day".to_owned());
    }
    let fraction = fields.iter().find_map(|field| {
        if let Field::Fraction(digits) = field {
            Some(*digits)
        } else {
            None
        }
    });
    Ok((finest, fraction.unwrap_or(0)))
}

impl Field {
    /// The part that the field gives, if it gives one alone.
    fn part(&self) -> Option<Part> {
        Some(match self {
            Self::Number(number, _) => match number {
                Number::Year | Number::YearOfCentury => Part::Year,
                Number::Month => Part::Month,
                Number::Day => Part::Day,
                Number::Hour | Number::HalfHour => Part::Hour,
                Number::Minute => Part::Minute,
                Number::Second => Part::Second,
            },
            Self::MonthName(_) => Part::Month,
            Self::Fraction(_) => Part::Fraction,
            Self::Literal(_) | Self::Weekday(_) | Self::HalfDay | Self::Offset(_) => return None,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wrong_patterns_are_told() {
        for (pattern, told) in [
            ("YYYY-MM-dd", "`Y` is the year of the week"),
            ("yyyy-MM-DD", "`D` is the day of the year"),
            ("MM-dd", "lacks a part"),
            ("", "lacks the year"),
            ("yyyy-dd", "lacks a part"),
            ("yyyy-MM-dd mm", "lacks a part"),
            ("yyyy-MM-dd HH a", "`h` and `a`"),
            ("yyyy-MM-dd hh", "`h` and `a`"),
            ("yyyy yyyy", "twice"),
            ("yyyyMd", "directly before a digit"),
            ("yyyy-MM-dd'T", "not closed"),
            ("yyyy-MM-ddTHH", "`T` is no field"),
            ("y", "`yyyy` or `yy`"),
            ("EEE yyyy", "needs the day"),
        ] {
            let error = Pattern::parse(pattern).unwrap_err();
            assert!(error.contains(told), "{pattern}: {error}");
        }
    }
}
