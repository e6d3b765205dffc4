//! What a scalar's schema says of its text, compiled.

use regex::bytes::Regex;

use super::Name;
use crate::model::shape::{Form, Format, Scalar};
use crate::model::{decimal, format};

/// The rules of one scalar.
#[derive(Debug, Clone, Default)]
pub struct Check {
    /// Its type; of two types the one that is written.
    pub form: Form,
    /// The other accepted type.
    pub also: Option<Form>,
    /// Fewest and most characters.
    pub length: (u32, u32),
    /// The most bytes of a text that needs no further look; only where nothing but the length is said.
    pub unseen: Option<u32>,
    /// Its pattern.
    pub pattern: Option<Pattern>,
    /// The closed list of its values.
    pub values: Vec<Name>,
    /// Smallest and largest number.
    pub bounds: (Option<Box<str>>, Option<Box<str>>),
    /// Digits behind the point at most.
    pub scale: Option<u32>,
    /// Spellings of `true` and of `false`.
    pub booleans: Option<(Vec<Name>, Vec<Name>)>,
    /// Its format.
    pub format: Option<Format>,
}

/// A test of a text, and what it expects.
pub type FormatTest = (fn(&str) -> bool, CheckFault);

/// The test of a format that says more than the pattern beside it, and what it expects.
#[must_use]
#[inline]
pub fn beyond_pattern(format: Format) -> Option<FormatTest> {
    match format {
        Format::Email => Some((format::is_email, "an e-mail address")),
        Format::Date => Some((format::is_date, "a day of the calendar")),
        Format::DateTime => Some((format::is_date_time, "a time of RFC 3339")),
        _ => None,
    }
}

/// Why a text is not accepted; never the text.
pub type CheckFault = &'static str;

/// How a value stood in its document.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Given {
    /// A JSON string.
    Text,
    /// A JSON number.
    Number,
    /// A JSON boolean.
    Boolean,
    /// Text of XML, a form or a header, which has no type of its own.
    Untyped,
}

impl Check {
    /// Compiles the rules of a scalar; `closed` false leaves the list of values to a table that follows.
    ///
    /// # Errors
    /// The pattern, if it is no regular expression of linear time.
    pub fn compile(scalar: &Scalar, closed: bool) -> Result<Self, Box<regex::Error>> {
        let names = |texts: &[Box<str>]| {
            texts
                .iter()
                .map(|text| Name::new(text.as_bytes()))
                .collect::<Vec<_>>()
        };
        let spelled = |value: &str| {
            scalar
                .spellings
                .iter()
                .find(|spelling| &*spelling.value == value)
                .map_or_else(
                    || names(&[value.into()]),
                    |spelling| names(&spelling.spelled),
                )
        };
        let mut values = names(&scalar.values);
        if let Some(constant) = &scalar.constant {
            values = names(std::slice::from_ref(constant));
        }
        let mut check = Self {
            form: scalar.form,
            also: scalar.also,
            length: (
                scalar.min_length.unwrap_or(0),
                scalar.max_length.unwrap_or(u32::MAX),
            ),
            pattern: scalar
                .pattern
                .as_deref()
                .map(Pattern::compile)
                .transpose()?,
            values: if closed || scalar.constant.is_some() {
                values
            } else {
                Vec::new()
            },
            bounds: (scalar.minimum.clone(), scalar.maximum.clone()),
            scale: scalar.scale,
            booleans: (scalar.form == Form::Boolean && !scalar.spellings.is_empty())
                .then(|| (spelled("true"), spelled("false"))),
            format: scalar.format,
            unseen: None,
        };
        let (min, max) = check.length;
        if check.form == Form::Text
            && min == 0
            && check.pattern.is_none()
            && check.values.is_empty()
            && check.formed().is_none()
        {
            check.unseen = Some(max);
        }
        Ok(check)
    }

    /// True if the value is a text that is accepted without a look at its bytes; if not, [`Self::judge`] decides.
    #[must_use]
    #[inline]
    pub fn admits(&self, bytes: &[u8], given: Given) -> bool {
        // A character has one byte at least.
        matches!(given, Given::Text | Given::Untyped)
            && self
                .unseen
                .is_some_and(|most| u32::try_from(bytes.len()).is_ok_and(|len| len <= most))
    }

    /// True if every text of the right type is accepted.
    #[must_use]
    pub fn is_open(&self) -> bool {
        self.length == (0, u32::MAX)
            && self.formed().is_none()
            && self.pattern.is_none()
            && self.values.is_empty()
            && self.bounds == (None, None)
            && self.scale.is_none()
            && self.booleans.is_none()
    }

    /// Judges a value and says as which type it counts.
    ///
    /// # Errors
    /// What the schema expects.
    #[inline]
    pub fn judge(&self, bytes: &[u8], given: Given) -> Result<Form, CheckFault> {
        let form = self.form_of(bytes, given)?;
        match form {
            Form::Boolean => {
                if !self.values.is_empty() {
                    self.listed(if self.truth(bytes)? {
                        b"true"
                    } else {
                        b"false"
                    })?;
                }
            }
            Form::Integer | Form::Number => self.judge_number(bytes)?,
            Form::Text => self.judge_text(bytes)?,
        }
        Ok(form)
    }

    /// Judges the text that is about to be written as this scalar.
    ///
    /// # Errors
    /// What the schema expects.
    #[inline]
    pub fn judge_written(&self, bytes: &[u8]) -> Result<(), CheckFault> {
        match self.form {
            Form::Boolean => match bytes {
                b"true" | b"false" => self.listed(bytes),
                _ => Err("a boolean"),
            },
            Form::Integer if !decimal::is_integer(bytes) => Err("a whole number"),
            Form::Number if !decimal::is_number(bytes) => Err("a number"),
            Form::Integer | Form::Number => self.judge_number(bytes),
            Form::Text => self.judge_text(bytes),
        }
    }

    /// True or false, by the spellings of a boolean.
    ///
    /// # Errors
    /// If the text is neither.
    #[inline]
    pub fn truth(&self, bytes: &[u8]) -> Result<bool, CheckFault> {
        if let Some((yes, no)) = &self.booleans {
            let ends = Name::ends(bytes);
            if yes.iter().any(|name| name.is(bytes, ends)) {
                return Ok(true);
            }
            if no.iter().any(|name| name.is(bytes, ends)) {
                return Ok(false);
            }
        }
        match bytes {
            b"true" => Ok(true),
            b"false" => Ok(false),
            _ => Err("a boolean"),
        }
    }

    #[inline]
    fn form_of(&self, bytes: &[u8], given: Given) -> Result<Form, CheckFault> {
        let accepts = |form| self.form == form || self.also == Some(form);
        match given {
            Given::Text if accepts(Form::Text) => Ok(Form::Text),
            // An upstream that spells booleans as texts lists the spellings.
            Given::Text if self.booleans.is_some() => self.truth(bytes).map(|_| Form::Boolean),
            Given::Number if accepts(Form::Number) => Ok(Form::Number),
            Given::Number if accepts(Form::Integer) && decimal::is_integer(bytes) => {
                Ok(Form::Integer)
            }
            Given::Boolean if accepts(Form::Boolean) => Ok(Form::Boolean),
            Given::Untyped => self.form_of_untyped(bytes),
            Given::Text | Given::Number | Given::Boolean => Err(self.expected()),
        }
    }

    #[inline]
    fn form_of_untyped(&self, bytes: &[u8]) -> Result<Form, CheckFault> {
        match self.form {
            Form::Text => Ok(Form::Text),
            Form::Boolean => self.truth(bytes).map(|_| Form::Boolean),
            Form::Integer if decimal::is_integer(bytes) => Ok(Form::Integer),
            Form::Number if decimal::is_number(bytes) => Ok(Form::Number),
            Form::Integer | Form::Number if self.also == Some(Form::Text) => Ok(Form::Text),
            Form::Integer => Err("a whole number"),
            Form::Number => Err("a number"),
        }
    }

    fn expected(&self) -> CheckFault {
        match self.form {
            Form::Text => "a text",
            Form::Integer => "a whole number",
            Form::Number => "a number",
            Form::Boolean => "a boolean",
        }
    }

    #[inline]
    fn judge_text(&self, bytes: &[u8]) -> Result<(), CheckFault> {
        if self.admits(bytes, Given::Text) {
            return Ok(());
        }
        let (min, max) = self.length;
        if (min, max) != (0, u32::MAX) {
            // Between one and four bytes a character: counting is only needed where bytes do not settle it.
            let len = u32::try_from(bytes.len()).unwrap_or(u32::MAX);
            if len > max || len < min.saturating_mul(4) {
                let characters = bytes.iter().filter(|byte| (**byte & 0xc0) != 0x80).count();
                let characters = u32::try_from(characters).unwrap_or(u32::MAX);
                if characters > max {
                    return Err("a shorter text");
                }
                if characters < min {
                    return Err("a longer text");
                }
            }
        }
        self.listed(bytes)?;
        match &self.pattern {
            Some(pattern) if !pattern.matches(bytes) => Err("a text of the pattern of this place"),
            Some(_) | None => self.formed().map_or(Ok(()), |(fits, awaited)| {
                let fits = std::str::from_utf8(bytes).is_ok_and(fits);
                if fits { Ok(()) } else { Err(awaited) }
            }),
        }
    }

    #[inline]
    fn formed(&self) -> Option<FormatTest> {
        self.format.and_then(beyond_pattern)
    }

    #[inline]
    fn judge_number(&self, bytes: &[u8]) -> Result<(), CheckFault> {
        if let Some(scale) = self.scale
            && decimal::fraction_digits(bytes).is_none_or(|digits| digits > u64::from(scale))
        {
            return Err("fewer digits behind the point");
        }
        let (min, max) = &self.bounds;
        if let Some(min) = min
            && decimal::compare(bytes, min.as_bytes()).is_none_or(std::cmp::Ordering::is_lt)
        {
            return Err("a larger number");
        }
        if let Some(max) = max
            && decimal::compare(bytes, max.as_bytes()).is_none_or(std::cmp::Ordering::is_gt)
        {
            return Err("a smaller number");
        }
        self.listed(bytes)
    }

    #[inline]
    fn listed(&self, bytes: &[u8]) -> Result<(), CheckFault> {
        if self.values.is_empty() {
            return Ok(());
        }
        let ends = Name::ends(bytes);
        if self.values.iter().any(|name| name.is(bytes, ends)) {
            Ok(())
        } else {
            Err("one of the listed values")
        }
    }
}

/// A regular expression; the simple ones as classes of bytes in a row.
#[derive(Debug, Clone)]
pub enum Pattern {
    /// An anchored row of byte classes, each with its fewest and most repetitions. Greedy matching is exact
    /// because a class that may repeat shares no byte with what may follow it.
    Classes(Box<[Class]>),
    /// A date, as `DATE` says.
    Date,
    /// An amount, as `AMOUNT` says.
    Amount,
    /// A language tag, as `LANGUAGE` says.
    Language,
    /// Anything else.
    Regex(Box<Regex>),
}

/// The pattern of a date in the canonical model: digits in their places, a month and a day of some month.
const DATE: &str = "^[0-9]{4}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])$";

/// The pattern of an amount in the canonical model: a plain decimal of bounded length.
const AMOUNT: &str = r"^-?(0|[1-9][0-9]{0,19})(\.[0-9]{1,12})?$";

/// The pattern of a language tag in the canonical model: language, script and region.
const LANGUAGE: &str = "^[a-z]{2,3}(-[A-Z][a-z]{3})?(-([A-Z]{2}|[0-9]{3}))?$";

/// A class of bytes and how often it stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Class {
    bits: [u64; 4],
    min: u32,
    max: u32,
}

impl Pattern {
    /// Compiles a pattern.
    ///
    /// # Errors
    /// If it is no regular expression of linear time.
    pub fn compile(text: &str) -> Result<Self, Box<regex::Error>> {
        match text {
            DATE => return Ok(Self::Date),
            AMOUNT => return Ok(Self::Amount),
            LANGUAGE => return Ok(Self::Language),
            _ => {}
        }
        if let Some(classes) = row_of_classes(text) {
            return Ok(Self::Classes(classes.into()));
        }
        Regex::new(text)
            .map(|regex| Self::Regex(Box::new(regex)))
            .map_err(Box::new)
    }

    /// True if the pattern is found in the text.
    #[must_use]
    #[inline]
    pub fn matches(&self, text: &[u8]) -> bool {
        match self {
            Self::Classes(classes) => matches_row(classes, text),
            Self::Date => is_date(text),
            Self::Amount => is_amount(text),
            Self::Language => is_language(text),
            Self::Regex(regex) => regex.is_match(text),
        }
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

/// What [`AMOUNT`] matches.
fn is_amount(text: &[u8]) -> bool {
    let text = text.strip_prefix(b"-").unwrap_or(text);
    let point = text.iter().position(|byte| *byte == b'.');
    let (whole, fraction) = match point.and_then(|point| text.split_at_checked(point)) {
        Some((whole, [_, fraction @ ..])) => (whole, Some(fraction)),
        _ => (text, None),
    };
    let digits = |digits: &[u8]| digits.iter().all(u8::is_ascii_digit);
    let leads = matches!(whole, [b'0'] | [b'1'..=b'9', ..]);
    leads
        && whole.len() <= 20
        && digits(whole)
        && fraction.is_none_or(|found| (1..=12).contains(&found.len()) && digits(found))
}

/// What [`LANGUAGE`] matches.
fn is_language(text: &[u8]) -> bool {
    let mut parts = text.split(|byte| *byte == b'-');
    let language = parts.next().unwrap_or_default();
    let mut region = parts.next();
    if let Some([first, rest @ ..]) = region
        && rest.len() == 3
    {
        if !first.is_ascii_uppercase() || !rest.iter().all(u8::is_ascii_lowercase) {
            return false;
        }
        region = parts.next();
    }
    matches!(language.len(), 2 | 3)
        && language.iter().all(u8::is_ascii_lowercase)
        && parts.next().is_none()
        && region.is_none_or(|region| match region.len() {
            2 => region.iter().all(u8::is_ascii_uppercase),
            3 => region.iter().all(u8::is_ascii_digit),
            _ => false,
        })
}

#[inline]
fn matches_row(classes: &[Class], text: &[u8]) -> bool {
    let mut rest = text;
    for class in classes {
        let mut count = 0_u32;
        while count < class.max
            && let Some((first, behind)) = rest.split_first()
            && class.has(*first)
        {
            rest = behind;
            count = count.saturating_add(1);
        }
        if count < class.min {
            return false;
        }
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
                matches!(Pattern::compile(pattern), Ok(Pattern::Classes(_))),
                row,
                "{pattern}"
            );
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
            let compiled = Pattern::compile(pattern).unwrap();
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
        for (pattern, pieces) in [(AMOUNT, AMOUNTS), (LANGUAGE, TAGS)] {
            let compiled = Pattern::compile(pattern).unwrap();
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

    #[test]
    fn a_check_judges_by_type_length_list_and_bounds() {
        let scalar = Scalar {
            form: Form::Integer,
            minimum: Some("1".into()),
            maximum: Some("3".into()),
            ..Scalar::default()
        };
        let check = Check::compile(&scalar, true).unwrap();
        assert_eq!(check.judge(b"2", Given::Untyped), Ok(Form::Integer));
        assert!(check.judge(b"4", Given::Number).is_err());
        assert!(check.judge(b"2", Given::Text).is_err());
        assert!(check.judge(b"02", Given::Untyped).is_err());
        let flag = Scalar {
            form: Form::Boolean,
            spellings: vec![crate::model::shape::Spelling {
                value: "true".into(),
                spelled: vec!["True".into()],
            }],
            ..Scalar::default()
        };
        let check = Check::compile(&flag, true).unwrap();
        assert_eq!(check.truth(b"True"), Ok(true));
        assert_eq!(check.judge(b"false", Given::Untyped), Ok(Form::Boolean));
        assert!(check.judge(b"yes", Given::Untyped).is_err());
        let text = Scalar {
            max_length: Some(2),
            ..Scalar::default()
        };
        let check = Check::compile(&text, true).unwrap();
        assert!(check.judge("äö".as_bytes(), Given::Text).is_ok());
        assert!(check.judge(b"abc", Given::Text).is_err());
    }
}
