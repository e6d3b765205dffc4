//! Patterns of texts, compiled.

use std::sync::{Arc, OnceLock};

use regex::bytes::Regex;

use crate::model::format::{DATE, DECIMAL, LANGUAGE_TAG, is_decimal, is_language};

/// A regular expression; the simple ones as classes of bytes in a row.
#[derive(Debug, Clone)]
pub enum Pattern {
    /// An anchored row of byte classes, each with its fewest and most repetitions. Greedy matching is exact
    /// because a class that may repeat shares no byte with what may follow it.
    Classes(Box<[Class]>),
    /// A date, as [`DATE`] says.
    Date,
    /// An amount, as [`DECIMAL`] says.
    Amount,
    /// A language tag, as [`LANGUAGE_TAG`] says.
    Language,
    /// Anything else.
    Regex(Arc<Expression>),
}

/// A regular expression, compiled for the first text that is held against it: most never meet one.
#[derive(Debug)]
pub struct Expression {
    text: Box<str>,
    compiled: OnceLock<Option<Regex>>,
}

/// The most repetitions that a row counts; an expression tells itself what is too large.
const MOST: u32 = 1000;

/// A class of bytes and how often it stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Class {
    bits: [u64; 4],
    min: u32,
    max: u32,
}

impl Pattern {
    /// Makes a pattern of a text that [`Self::refused`] lets pass; any other fits no text.
    #[must_use]
    pub fn new(text: &str) -> Self {
        Self::plain(text).unwrap_or_else(|| {
            Self::Regex(Arc::new(Expression {
                text: text.into(),
                compiled: OnceLock::new(),
            }))
        })
    }

    /// Why a text is no pattern: it is no regular expression of linear time.
    #[must_use]
    pub fn refused(text: &str) -> Option<regex::Error> {
        match Self::plain(text) {
            Some(_) => None,
            None => Regex::new(text).err(),
        }
    }

    /// What is matched without an expression.
    fn plain(text: &str) -> Option<Self> {
        match text {
            DATE => Some(Self::Date),
            DECIMAL => Some(Self::Amount),
            LANGUAGE_TAG => Some(Self::Language),
            _ => row_of_classes(text).map(|classes| Self::Classes(classes.into())),
        }
    }

    /// The class of which a text has to be as a whole, if that is all that the pattern says.
    #[must_use]
    pub fn class(&self) -> Option<Class> {
        match self {
            Self::Classes(classes) => match **classes {
                [class] => Some(class),
                _ => None,
            },
            _ => None,
        }
    }

    /// True if the pattern is found in the text.
    #[must_use]
    #[inline]
    pub fn matches(&self, text: &[u8]) -> bool {
        match self {
            Self::Classes(classes) => matches_row(classes, text),
            Self::Date => is_date(text),
            Self::Amount => is_decimal(text),
            Self::Language => is_language(text),
            Self::Regex(expression) => expression.matches(text),
        }
    }
}

impl Expression {
    fn matches(&self, text: &[u8]) -> bool {
        let compiled = self.compiled.get_or_init(|| Regex::new(&self.text).ok());
        compiled
            .as_ref()
            .is_some_and(|compiled| compiled.is_match(text))
    }
}

/// What [`DATE`] matches.
fn is_date(text: &[u8]) -> bool {
    let &[y1, y2, y3, y4, b'-', m1, m2, b'-', d1, d2] = text else {
        return false;
    };
    let digits = [y1, y2, y3, y4, m1, m2, d1, d2];
    digits.iter().all(u8::is_ascii_digit)
        && (b"01"..=b"12").contains(&&[m1, m2])
        && (b"01"..=b"31").contains(&&[d1, d2])
}

#[inline]
fn matches_row(classes: &[Class], text: &[u8]) -> bool {
    if let [class] = classes {
        return class.fits(text);
    }
    let mut rest = text;
    for class in classes {
        let most = usize::try_from(class.max).unwrap_or(usize::MAX);
        let run = rest.get(..most).unwrap_or(rest);
        let other = run.iter().position(|byte| !class.has(*byte));
        let count = other.unwrap_or(run.len());
        if u32::try_from(count).is_ok_and(|count| count < class.min) {
            return false;
        }
        rest = rest.get(count..).unwrap_or_default();
    }
    rest.is_empty()
}

impl Class {
    /// The bytes of the class.
    pub fn bytes(&self) -> impl Iterator<Item = u8> {
        (0..=u8::MAX).filter(|byte| self.has(*byte))
    }

    /// How often one of them stands: fewest and most.
    #[must_use]
    pub fn repeats(&self) -> (u32, u32) {
        (self.min, self.max)
    }

    /// The same for texts of so many characters; none where a character may have several bytes.
    #[must_use]
    pub fn within(self, (min, max): (u32, u32)) -> Option<Self> {
        let is_ascii = matches!(self.bits, [_, _, 0, 0]);
        is_ascii.then(|| Self {
            min: self.min.max(min),
            max: self.max.min(max),
            ..self
        })
    }

    /// True if a text is of this class as a whole.
    #[must_use]
    #[inline]
    pub fn fits(&self, text: &[u8]) -> bool {
        let within =
            u32::try_from(text.len()).is_ok_and(|length| self.min <= length && length <= self.max);
        within && text.iter().all(|byte| self.has(*byte))
    }

    #[inline]
    fn has(&self, byte: u8) -> bool {
        self.bits
            .get(usize::from(byte >> 6))
            .is_some_and(|word| word >> (byte & 63) & 1 == 1)
    }

    fn add(&mut self, byte: u8) {
        if let Some(word) = self.bits.get_mut(usize::from(byte >> 6)) {
            *word |= 1 << (byte & 63);
        }
    }

    fn shares(&self, other: &Self) -> bool {
        self.bits.iter().zip(&other.bits).any(|(a, b)| a & b != 0)
    }
}

/// Reads `^`, a row of ASCII literals and bracketed classes with quantifiers, and `$`; `None` for anything else.
fn row_of_classes(text: &str) -> Option<Vec<Class>> {
    let mut rest = text.strip_prefix('^')?.strip_suffix('$')?.as_bytes();
    if !text.is_ascii() || rest.ends_with(b"\\") {
        return None;
    }
    let mut classes = Vec::new();
    while let Some((&first, behind)) = rest.split_first() {
        let mut class = Class {
            bits: [0; 4],
            min: 1,
            max: 1,
        };
        rest = match first {
            b'[' => bracket(&mut class, behind)?,
            b'\\' => escape(&mut class, behind)?,
            b'.' => {
                (0..=u8::MAX)
                    .filter(|byte| *byte != b'\n')
                    .for_each(|byte| class.add(byte));
                behind
            }
            b'(' | b')' | b'|' | b'?' | b'*' | b'+' | b'{' | b'}' | b']' | b'^' | b'$' => {
                return None;
            }
            literal => {
                class.add(literal);
                behind
            }
        };
        rest = quantifier(&mut class, rest)?;
        classes.push(class);
    }
    exact(&classes).then_some(classes)
}

/// Greedy matching decides right if no class that may stop early shares a byte with one that may follow.
fn exact(classes: &[Class]) -> bool {
    classes.iter().enumerate().all(|(index, class)| {
        // A class beyond ASCII matches bytes here and characters in the standard: only an open count is the same.
        if class.has(0x80) && (class.min > 1 || class.max != u32::MAX) {
            return false;
        }
        if class.min == class.max {
            return true;
        }
        for next in classes.iter().skip(index.saturating_add(1)) {
            if class.shares(next) {
                return false;
            }
            if next.min > 0 {
                break;
            }
        }
        true
    })
}

fn escape<'a>(class: &mut Class, behind: &'a [u8]) -> Option<&'a [u8]> {
    let (&escaped, rest) = behind.split_first()?;
    match escaped {
        b'd' => (b'0'..=b'9').for_each(|byte| class.add(byte)),
        escaped if escaped.is_ascii_punctuation() => class.add(escaped),
        _ => return None,
    }
    Some(rest)
}

fn bracket<'a>(class: &mut Class, behind: &'a [u8]) -> Option<&'a [u8]> {
    let (negated, mut rest) = behind
        .strip_prefix(b"^")
        .map_or((false, behind), |rest| (true, rest));
    loop {
        let (&first, behind) = rest.split_first()?;
        rest = behind;
        match first {
            b']' => break,
            b'[' | b'&' | b'~' if rest.first() == Some(&first) || first == b'[' => return None,
            b'\\' => {
                let mut inner = Class {
                    bits: [0; 4],
                    min: 1,
                    max: 1,
                };
                if rest.first() == Some(&b's') {
                    b" \t\n\r\x0b\x0c".iter().for_each(|byte| inner.add(*byte));
                    rest = rest.get(1..)?;
                } else {
                    rest = escape(&mut inner, rest)?;
                }
                class
                    .bits
                    .iter_mut()
                    .zip(inner.bits)
                    .for_each(|(word, more)| *word |= more);
            }
            from => {
                if let [b'-', to, behind @ ..] = rest
                    && *to != b']'
                {
                    if *to == b'\\' {
                        return None;
                    }
                    if from > *to {
                        return None;
                    }
                    (from..=*to).for_each(|byte| class.add(byte));
                    rest = behind;
                } else {
                    class.add(from);
                }
            }
        }
    }
    if negated {
        if class.bits.first().is_some_and(|_| class_has_space(class)) {
            // `\s` beyond ASCII would have to exclude U+0085, U+00A0 and more: leave that to the regex.
            return None;
        }
        class.bits.iter_mut().for_each(|word| *word = !*word);
    }
    Some(rest)
}

fn class_has_space(class: &Class) -> bool {
    class.has(0x0b) && class.has(0x0c)
}

fn quantifier<'a>(class: &mut Class, rest: &'a [u8]) -> Option<&'a [u8]> {
    let Some((&first, behind)) = rest.split_first() else {
        return Some(rest);
    };
    let rest = match first {
        b'?' => {
            class.min = 0;
            behind
        }
        b'*' => {
            (class.min, class.max) = (0, u32::MAX);
            behind
        }
        b'+' => {
            class.max = u32::MAX;
            behind
        }
        b'{' => {
            let end = behind.iter().position(|byte| *byte == b'}')?;
            let inside = std::str::from_utf8(behind.get(..end)?).ok()?;
            (class.min, class.max) = match inside.split_once(',') {
                None => {
                    let count = inside.parse().ok()?;
                    (count, count)
                }
                Some((min, "")) => (min.parse().ok()?, u32::MAX),
                Some((min, max)) => (min.parse().ok()?, max.parse().ok()?),
            };
            if class.min > class.max || class.max > MOST && class.max != u32::MAX {
                return None;
            }
            behind.get(end.saturating_add(1)..)?
        }
        _ => return Some(rest),
    };
    // A lazy or possessive quantifier, or one on another.
    (!matches!(rest.first(), Some(b'?' | b'+' | b'*' | b'{'))).then_some(rest)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn simple_patterns_run_as_rows_of_classes() {
        for (pattern, row) in [
            ("^[A-Z]{3}$", true),
            ("^[a-z]{2}_[A-Z]{2}$", true),
            (r"^-?[0-9]{1,20}$", true),
            (r"^[0-9]{4}-[0-9]{2}-[0-9]{2}$", true),
            (r"^[a-z0-9-]+:[0-9]+$", true),
            (r"^[a-z0-9]*[a-z]$", false),
            (r"^(a|b)$", false),
            (r"^a.*$", true),
            (r"^a.?$", false),
            ("[A-Z]{3}", false),
            (r"^[^@\s]+@[^@\s]+$", false),
            (r"^[^@]+@[^@]+$", true),
            (r"^[a-z0-9][a-z0-9-]*:.+$", true),
            (r"^.$", false),
        ] {
            assert_eq!(
                matches!(Pattern::new(pattern), Pattern::Classes(_)),
                row,
                "{pattern}"
            );
        }
    }

    #[test]
    fn what_is_no_expression_is_refused_and_fits_nothing() {
        for refused in ["(", "^[z-a]$", "^a{3,1}$", "^(?=a)$", "^a{1,4000000000}$"] {
            assert!(Pattern::refused(refused).is_some(), "{refused}");
            let texts = ["", "a", "z", "aa", refused];
            let pattern = Pattern::new(refused);
            assert!(!texts.iter().any(|text| pattern.matches(text.as_bytes())));
        }
        for taken in ["^[a-z]+$", "^(a|b)$", DATE, "^a{1,1000}$", "^a{1,1001}$"] {
            assert!(Pattern::refused(taken).is_none(), "{taken}");
        }
    }

    #[test]
    fn rows_and_expressions_agree() {
        let texts = [
            "",
            "USD",
            "usd",
            "USDX",
            "en_US",
            "en-US",
            "a-1:9",
            "12",
            "-12",
            "2026-11-22",
            "a@b",
            "@",
            "ä@ö",
            "é",
            "a-1:é\n",
            "a:",
            "a::b c",
            "2026-00-10",
            "2026-13-01",
            "2026-12-31",
            "2026-01-00",
            "2026-1a-32",
            "2026-10-3x",
            "2026-09-30\n",
        ];
        for pattern in [
            "^[A-Z]{3}$",
            "^[a-z]{2}_[A-Z]{2}$",
            r"^-?[0-9]{1,20}$",
            r"^[0-9]{4}-[0-9]{2}-[0-9]{2}$",
            r"^[a-z0-9][a-z0-9-]*:[0-9]+$",
            r"^[^@]+@[^@]+$",
            r"^\d+$",
            r"^[A-Z0-9]{1,3}$",
            r"^[a-z0-9][a-z0-9-]*:.+$",
            DATE,
        ] {
            let compiled = Pattern::new(pattern);
            let regex = Regex::new(pattern).unwrap();
            for text in texts {
                assert_eq!(
                    compiled.matches(text.as_bytes()),
                    regex.is_match(text.as_bytes()),
                    "{pattern} {text}"
                );
            }
        }
    }

    /// Whether the pattern runs without its expression, and as the expression would on every text of such pieces.
    #[test]
    fn patterns_of_the_model_run_as_their_expressions_would() {
        const AMOUNTS: &[&str] = &["", "-", "0", "7", ".", "12345678901", "e", "\n", "é"];
        const TAGS: &[&str] = &["", "-", "e", "es", "US", "Latn", "419", "4", "latn", "\n"];
        for (pattern, pieces) in [(DECIMAL, AMOUNTS), (LANGUAGE_TAG, TAGS)] {
            let compiled = Pattern::new(pattern);
            assert!(matches!(compiled, Pattern::Amount | Pattern::Language));
            let regex = Regex::new(pattern).unwrap();
            let mut texts = vec![String::new()];
            for _ in 0..5 {
                let longer = texts.iter().flat_map(|text| {
                    let more = |piece: &&str| format!("{text}{piece}");
                    pieces.iter().map(more).collect::<Vec<_>>()
                });
                texts = longer.collect();
            }
            assert!(texts.iter().any(|text| compiled.matches(text.as_bytes())));
            for text in texts {
                let expected = regex.is_match(text.as_bytes());
                assert_eq!(compiled.matches(text.as_bytes()), expected, "{text:?}");
            }
        }
    }
}
