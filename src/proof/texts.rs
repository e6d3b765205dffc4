//! Texts of single values, the awkward ones first.

use super::random::Random;
use crate::mapping::plan::{Check, Given, Pattern};
use crate::model::decimal::is_digits;
use crate::model::shape::{Form, Format};

/// Texts that tempt an escape, a trim, a conversion or a comparison to go wrong.
const AWKWARD: &[&str] = &[
    "",
    " ",
    "a",
    "Ana María",
    "😀𝒳",
    "<&>\"'",
    "]]>",
    "a\tb",
    "two\nlines",
    "a\r\nb\rc",
    "null",
    "true",
    "007",
    "-0.00",
    " before",
    "behind ",
    "\\\"/",
    "a\u{301}\u{85}\u{2028}\u{feff}",
    "%41&=+",
    "a_b-c:d.e",
    "Q",
    "x y z",
];

/// Texts that some format or pattern may ask for; each place takes those that it accepts.
const FORMED: &[&str] = &[
    "2026-11-22",
    "2024-02-29",
    "0001-01-01",
    "9999-12-31",
    "2026-11-22T00:00:00Z",
    "2026-11-22T23:59:59.000Z",
    "1999-12-31T23:59:59+13:00",
    "2026-11",
    "en-US",
    "fr",
    "zh-Hant-TW",
    "en_US",
    "pt_BR",
    "USD",
    "CAD",
    "EUR",
    "US",
    "CA",
    "PR",
    "usa",
    "can",
    "IL",
    "PUE",
    "+13245550879",
    "324 555 879",
    "3245550879",
    "+5215512345678",
    "ext. 12",
    "bob@example.com",
    "ä@ö.example",
    "/a/0/b~1c",
    "0",
    "1",
    "-1",
    "12",
    "31",
    "100.00",
    "-135.33",
    "0.00",
    "12345678901234567890.123456789012",
    "00917",
    "009171920",
    "00917-1920",
    "M5V 3L9",
    "a:b",
    "12345678901234",
    "1234567890",
    "0042",
    "42",
];

/// Lexemes of numbers.
const NUMBERS: &[&str] = &[
    "0",
    "1",
    "-1",
    "12",
    "1.50",
    "0.00",
    "-135.33",
    "100.00",
    "9007199254740993",
    "123456789012345678901234567890.5",
    "0.000000001",
    "1e3",
    "-2.5E-3",
];

/// Makes the texts of single values.
#[derive(Debug, Clone, Copy)]
pub struct Texts<'t> {
    /// `name:` in front of ids.
    pub qualifier: &'t str,
    /// Characters that XML cannot hold may be used.
    pub controls: bool,
}

impl Texts<'_> {
    /// A text that a check accepts when it is given in this way; the plainest one where none was found.
    #[must_use]
    pub fn sample(&self, check: Option<&Check>, random: &mut Random) -> String {
        let Some(check) = check else {
            return self.open(255, random);
        };
        for _ in 0..12 {
            let text = self.propose(check, random);
            if accepts(check, &text) {
                return text;
            }
        }
        let formed = FORMED.iter().chain(AWKWARD).chain(NUMBERS);
        let fitting: Vec<&&str> = formed.filter(|text| accepts(check, text)).collect();
        let text = random.pick(&fitting);
        text.map_or_else(String::new, |text| (**text).to_owned())
    }

    fn propose(&self, check: &Check, random: &mut Random) -> String {
        if let Some(value) = random.pick(&check.values) {
            return String::from_utf8_lossy(value.bytes()).into_owned();
        }
        match check.form {
            Form::Boolean => random.chance(50).to_string(),
            Form::Integer | Form::Number => number(check, random),
            Form::Text => self.text(check, random),
        }
    }

    fn text(&self, check: &Check, random: &mut Random) -> String {
        if check.format == Some(Format::Id) {
            let local = self.open(40, random);
            return format!("{}{local}", self.qualifier);
        }
        if let Some(Pattern::Classes(classes)) = &check.pattern {
            let mut text = Vec::new();
            for class in classes {
                let (min, max) = class.repeats();
                let most = max.min(min.saturating_add(6));
                let spread = usize::try_from(most.saturating_sub(min)).unwrap_or(0);
                let count = usize::try_from(min)
                    .unwrap_or(0)
                    .saturating_add(random.below(spread.saturating_add(1)));
                let bytes: Vec<u8> = class.bytes().filter(u8::is_ascii_graphic).collect();
                text.extend((0..count).filter_map(|_| random.pick(&bytes).copied()));
            }
            return String::from_utf8_lossy(&text).into_owned();
        }
        if check.format.is_some() || check.pattern.is_some() || random.chance(15) {
            return random.pick(FORMED).map_or("", |text| *text).to_owned();
        }
        let (min, max) = check.length;
        let text = self.open(max, random);
        let missing = usize::try_from(min)
            .unwrap_or(0)
            .saturating_sub(text.chars().count());
        format!("{text}{}", "x".repeat(missing))
    }

    /// Any text of at most so many characters.
    fn open(&self, longest: u32, random: &mut Random) -> String {
        if random.chance(4) {
            let count = usize::try_from(longest.min(300)).unwrap_or(0);
            return if random.chance(50) { "x" } else { "😀" }.repeat(count);
        }
        if self.controls && random.chance(3) {
            return "\u{1}\u{7f}\u{0}".to_owned();
        }
        let length = random.below(4);
        if random.chance(55) {
            let letters: Vec<char> = "bcdfgXYZ019".chars().collect();
            return (0..=length).filter_map(|_| random.pick(&letters)).collect();
        }
        random.pick(AWKWARD).map_or("", |text| *text).to_owned()
    }
}

fn number(check: &Check, random: &mut Random) -> String {
    let number = plain_number(check, random);
    let is_digits = check.form == Form::Integer && is_digits(number.as_bytes());
    if !is_digits || !random.chance(20) {
        return number;
    }
    // The same whole number in another spelling.
    match (&*number, random.below(3)) {
        ("0", 0) => "-0".to_owned(),
        (_, 1) => format!("{number}e0"),
        (number, 2) if number.len() > 1 && number.ends_with('0') => {
            let tens = number.strip_suffix('0').unwrap_or(number);
            format!("{tens}e1")
        }
        _ => format!("{number}.0"),
    }
}

fn plain_number(check: &Check, random: &mut Random) -> String {
    let (min, max) = &check.bounds;
    match random.below(6) {
        0 => min.as_deref().unwrap_or("-7").to_owned(),
        1 => max.as_deref().unwrap_or("4").to_owned(),
        2 | 3 => random.below(1000).to_string(),
        _ => random.pick(NUMBERS).map_or("0", |text| *text).to_owned(),
    }
}

/// True if a check takes a text as the type that it is written as, and in a spelling that it writes.
#[must_use]
pub fn accepts(check: &Check, text: &str) -> bool {
    let given = match check.form {
        Form::Text => Given::Text,
        Form::Boolean => Given::Boolean,
        Form::Integer | Form::Number => Given::Number,
    };
    let lexeme = given != Given::Number || crate::codec::json::is_number(text.as_bytes());
    lexeme && check.judge(text.as_bytes(), given).is_ok() && check.holds_scale(text.as_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::shape::Scalar;

    #[test]
    fn samples_are_what_their_check_accepts() {
        let texts = Texts {
            qualifier: "up:",
            controls: false,
        };
        let mut random = Random::new(3);
        for scalar in [
            Scalar {
                pattern: Some("^[A-Z]{3}$".into()),
                ..Scalar::default()
            },
            Scalar {
                pattern: Some("^-?(0|[1-9][0-9]{0,19})(\\.[0-9]{1,12})?$".into()),
                ..Scalar::default()
            },
            Scalar {
                format: Some(Format::Id),
                pattern: Some("^[a-z0-9][a-z0-9-]*:.+$".into()),
                ..Scalar::default()
            },
            Scalar {
                min_length: Some(3),
                max_length: Some(5),
                ..Scalar::default()
            },
            Scalar {
                form: Form::Integer,
                minimum: Some("1".into()),
                maximum: Some("31".into()),
                ..Scalar::default()
            },
            Scalar {
                values: vec!["a".into(), "b".into()],
                ..Scalar::default()
            },
        ] {
            let check = Check::new(&scalar, true);
            for _ in 0..50 {
                let text = texts.sample(Some(&check), &mut random);
                assert!(accepts(&check, &text), "{scalar:?} {text:?}");
            }
        }
    }
}
