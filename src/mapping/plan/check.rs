//! What a scalar's schema says of its text, compiled.

use super::{Class, Name, Pattern};
use crate::model::date::is_date;
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
    /// Its pattern.
    pub pattern: Option<Pattern>,
    /// The same as its schema says it.
    pub stated: Option<Box<str>>,
    /// The closed list of its values.
    pub values: Vec<Name>,
    /// Smallest and largest number.
    pub bounds: (Option<Box<str>>, Option<Box<str>>),
    /// Digits behind the point at most, of what is written.
    pub scale: Option<u32>,
    /// Spellings of `true` and of `false`.
    pub booleans: Option<(Vec<Name>, Vec<Name>)>,
    /// Its format.
    pub format: Option<Format>,
    /// What is written is read back as a text, so that no other spelling of a number stands for it.
    pub verbatim: bool,
    look: Look,
    /// Fewest and most bytes of a text whose length needs no counting of characters.
    bytes: (u32, u32),
}

/// What decides at first look about most values, where it is all that the schema says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
enum Look {
    #[default]
    None,
    /// A number is a number.
    Number,
    /// A whole number of few digits, and its bounds.
    Whole(i64, i64),
    /// The length of a text.
    Length,
    /// Its length and the list.
    Listed,
    /// Its length and the pattern.
    Pattern,
    /// Its length and the calendar, which says what the pattern of dates does.
    Date,
    /// Its length, and that it is an e-mail address of ASCII.
    Email,
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

/// Why a text is not accepted that is not one of the listed values: it may be one of another list.
pub const LISTED: CheckFault = "one of the listed values";

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
    #[must_use]
    pub fn new(scalar: &Scalar, closed: bool) -> Self {
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
            pattern: scalar.pattern.as_deref().map(Pattern::new),
            stated: scalar.pattern.clone(),
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
            verbatim: false,
            look: Look::None,
            // Between one and four bytes a character.
            bytes: match scalar.min_length.unwrap_or(0) {
                min @ (0 | 1) => (min, scalar.max_length.unwrap_or(u32::MAX)),
                min => (min.saturating_mul(4), scalar.max_length.unwrap_or(u32::MAX)),
            },
        };
        check.look = check.first_look();
        check
    }

    fn first_look(&self) -> Look {
        if self.scale.is_some() {
            return Look::None;
        }
        let formed = self
            .format
            .filter(|format| beyond_pattern(*format).is_some());
        match (self.form, self.values.is_empty(), &self.pattern, formed) {
            (Form::Number, true, ..) if self.bounds == (None, None) => Look::Number,
            (Form::Integer, true, ..) if self.also.is_none() => self.whole(),
            (Form::Text, true, None, None) => Look::Length,
            (Form::Text, false, None, None) => Look::Listed,
            (Form::Text, true, Some(_), None) => Look::Pattern,
            (Form::Text, true, None | Some(Pattern::Date), Some(Format::Date)) => Look::Date,
            (Form::Text, true, None, Some(Format::Email)) => Look::Email,
            _ => Look::None,
        }
    }

    fn whole(&self) -> Look {
        let bound = |bound: &Option<Box<str>>, none| match bound {
            Some(bound) => bound.parse().ok(),
            None => Some(none),
        };
        let (min, max) = &self.bounds;
        match (bound(min, i64::MIN), bound(max, i64::MAX)) {
            (Some(min), Some(max)) => Look::Whole(min, max),
            _ => Look::None,
        }
    }

    /// The most bytes of a text that is accepted without a look at them, if it has any; none if they are looked at.
    #[must_use]
    #[inline]
    pub fn unseen(&self) -> Option<u32> {
        (self.look == Look::Length && self.bytes.0 <= 1).then_some(self.bytes.1)
    }

    /// True if every value that is accepted counts as a text, however it stood.
    #[must_use]
    pub fn takes_texts(&self) -> bool {
        self.form == Form::Text && self.also.is_none() && self.booleans.is_none()
    }

    /// True if a text is accepted just if it is one of the listed values.
    #[must_use]
    pub fn is_list(&self) -> bool {
        let fits = |name: &Name| self.judge_text(name.bytes()).is_ok();
        self.look == Look::Listed && self.values.iter().all(fits)
    }

    /// The class of bytes that decides alone whether a text is accepted, if one does.
    #[must_use]
    pub fn class(&self) -> Option<Class> {
        let pattern = self.pattern.as_ref().filter(|_| self.look == Look::Pattern);
        pattern?.class()?.within(self.length)
    }

    /// The type as which a value is accepted at first look; of any other, [`Self::judge`] decides.
    #[must_use]
    #[inline]
    pub fn admits(&self, bytes: &[u8], given: Given) -> Option<Form> {
        match (self.look, given) {
            (Look::Number, Given::Number) => Some(Form::Number),
            (Look::Whole(min, max), Given::Number | Given::Untyped) => (min..=max)
                .contains(&whole(bytes)?)
                .then_some(Form::Integer),
            (Look::None | Look::Number | Look::Whole(..), _)
            | (_, Given::Number | Given::Boolean) => None,
            (_, Given::Text | Given::Untyped) => self.admits_text(bytes).then_some(Form::Text),
        }
    }

    /// True if a text that is about to be written is accepted at first look; of any other, [`Self::judge_written`]
    /// decides.
    #[must_use]
    #[inline]
    pub fn admits_written(&self, bytes: &[u8]) -> bool {
        match self.look {
            Look::Whole(min, max) => {
                whole(bytes).is_some_and(|number| (min..=max).contains(&number))
            }
            _ => self.admits_text(bytes),
        }
    }

    /// True if a value that counts as a text is accepted at first look.
    #[must_use]
    pub fn admits_text(&self, bytes: &[u8]) -> bool {
        let (fewest, most) = self.bytes;
        let length = u32::try_from(bytes.len()).unwrap_or(u32::MAX);
        fewest <= length
            && length <= most
            && match self.look {
                Look::Length => true,
                Look::Listed => self.lists(bytes),
                Look::Pattern => self
                    .pattern
                    .as_ref()
                    .is_some_and(|pattern| pattern.matches(bytes)),
                Look::Date => is_date(bytes),
                Look::Email => format::is_ascii_email(bytes),
                Look::None | Look::Number | Look::Whole(..) => false,
            }
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
    pub fn judge_written(&self, bytes: &[u8]) -> Result<(), CheckFault> {
        if !self.holds_scale(bytes) {
            return Err("fewer digits behind the point");
        }
        match self.form {
            Form::Boolean => match bytes {
                b"true" | b"false" => self.listed(bytes),
                _ => Err("a boolean"),
            },
            Form::Integer if !decimal::is_digits(bytes) => Err("a whole number"),
            Form::Number if !decimal::is_number(bytes) => Err("a number"),
            Form::Integer | Form::Number => self.judge_number(bytes),
            Form::Text => self.judge_text(bytes),
        }
    }

    /// True unless more digits stand behind the point than are written there. What is read has those that it has.
    #[must_use]
    #[inline]
    pub fn holds_scale(&self, bytes: &[u8]) -> bool {
        self.scale.is_none_or(|scale| {
            decimal::fraction_digits(bytes).is_none_or(|digits| digits <= u64::from(scale))
        })
    }

    /// The digits of a whole number that stands at the place of one in another spelling (`1e2`, `30.0`, `-0`): they
    /// count instead. None for every other value.
    #[must_use]
    pub fn digits(&self, bytes: &[u8], given: Given) -> Option<Vec<u8>> {
        let is_whole = match given {
            Given::Number => self.form == Form::Integer || self.also == Some(Form::Integer),
            Given::Untyped => self.form == Form::Integer,
            Given::Text | Given::Boolean => false,
        };
        if !is_whole || decimal::is_digits(bytes) {
            return None;
        }
        decimal::whole_digits(bytes)
    }

    /// The same value in the spelling of its place, of one that the place does not accept as it is: digits of a whole
    /// number, and a decimal without an exponent (`1.50e1` is `15.0`).
    #[cold]
    #[must_use]
    pub fn respelled(&self, bytes: &[u8]) -> Option<Vec<u8>> {
        if self.verbatim {
            return None;
        }
        let text = match (self.form, self.format) {
            (Form::Integer, _) => decimal::whole_digits(bytes)?,
            (_, Some(Format::Decimal)) if !decimal::is_plain(bytes) => {
                let mut plain = Vec::new();
                decimal::write_plain(&decimal::Decimal::parse(bytes)?, &mut plain).ok()?;
                plain
            }
            _ => return None,
        };
        self.judge_written(&text).is_ok().then_some(text)
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

    // Expanded in both callers: it is most of what they do.
    #[inline(always)]
    fn judge_text(&self, bytes: &[u8]) -> Result<(), CheckFault> {
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

    /// True for one of the listed values.
    #[must_use]
    #[inline]
    pub fn lists(&self, bytes: &[u8]) -> bool {
        let ends = Name::ends(bytes);
        self.values.iter().any(|name| name.is(bytes, ends))
    }

    #[inline]
    fn listed(&self, bytes: &[u8]) -> Result<(), CheckFault> {
        if self.values.is_empty() || self.lists(bytes) {
            Ok(())
        } else {
            Err(LISTED)
        }
    }
}

/// A number of few digits, as it is mostly written.
#[inline]
fn whole(bytes: &[u8]) -> Option<i64> {
    let few = match *bytes {
        [_] => true,
        [first, ..] => first != b'0' && bytes.len() <= 18,
        [] => false,
    };
    let mut number = 0_i64;
    for byte in bytes {
        let digit = byte.wrapping_sub(b'0');
        if digit > 9 {
            return None;
        }
        number = number.wrapping_mul(10).wrapping_add(digit.into());
    }
    few.then_some(number)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_check_judges_by_type_length_list_and_bounds() {
        let scalar = Scalar {
            form: Form::Integer,
            minimum: Some("1".into()),
            maximum: Some("3".into()),
            ..Scalar::default()
        };
        let check = Check::new(&scalar, true);
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
        let check = Check::new(&flag, true);
        assert_eq!(check.truth(b"True"), Ok(true));
        assert_eq!(check.judge(b"false", Given::Untyped), Ok(Form::Boolean));
        assert!(check.judge(b"yes", Given::Untyped).is_err());
        let text = Scalar {
            max_length: Some(2),
            ..Scalar::default()
        };
        let check = Check::new(&text, true);
        assert!(check.judge("äö".as_bytes(), Given::Text).is_ok());
        assert!(check.judge(b"abc", Given::Text).is_err());
    }

    #[test]
    fn a_scale_is_of_what_is_written_alone() {
        let scalar = Scalar {
            form: Form::Number,
            also: Some(Form::Text),
            scale: Some(2),
            ..Scalar::default()
        };
        let check = Check::new(&scalar, true);
        for text in ["1.500", "1.005", "1e-3", "7"] {
            let bytes = text.as_bytes();
            assert_eq!(check.judge(bytes, Given::Number), Ok(Form::Number));
            assert_eq!(check.judge(bytes, Given::Text), Ok(Form::Text));
            assert_eq!(check.judge_written(bytes).is_ok(), text == "7", "{text}");
        }
        assert_eq!(check.judge_written(b"abc"), Err("a number"));
    }

    /// Schemas of one value, many of which say several things.
    fn schemas() -> Vec<Scalar> {
        let said = |text: &str| Some(Box::from(text));
        let mut schemas = vec![Scalar::default()];
        let mut vary = |ways: &[&dyn Fn(&mut Scalar)]| {
            let each = schemas.iter().flat_map(|schema: &Scalar| {
                ways.iter().map(|way| {
                    let mut schema = schema.clone();
                    way(&mut schema);
                    schema
                })
            });
            schemas = each.collect();
        };
        vary(&[
            &|_| {},
            &|schema| schema.form = Form::Integer,
            &|schema| schema.form = Form::Number,
            &|schema| schema.form = Form::Boolean,
        ]);
        vary(&[
            &|_| {},
            &|schema| schema.also = Some(Form::Text),
            &|schema| schema.also = Some(Form::Number),
        ]);
        vary(&[&|_| {}, &|schema| schema.scale = Some(0), &|schema| {
            schema.values = vec!["abc".into(), "2".into()]
        }]);
        vary(&[
            &|_| {},
            &|schema| schema.format = Some(Format::Email),
            &|schema| schema.format = Some(Format::Date),
            &|schema| schema.pattern = said(format::DATE),
            &|schema| schema.pattern = said("^[a-zA-Z]{1,3}$"),
            &|schema| (schema.format, schema.pattern) = (Some(Format::Date), said(format::DATE)),
        ]);
        vary(&[
            &|_| {},
            &|schema| (schema.min_length, schema.max_length) = (Some(1), Some(3)),
            &|schema| (schema.min_length, schema.max_length) = (Some(2), Some(2)),
        ]);
        vary(
            &[&|_| {}, &|schema| schema.minimum = said("0.5"), &|schema| {
                (schema.minimum, schema.maximum) = (said("1"), said("3"))
            }],
        );
        schemas
    }

    /// Where a list, or a class of bytes, is said to decide alone, it does.
    #[test]
    fn a_list_or_a_class_decides_as_all_rules_do() {
        let texts = [
            "",
            "a",
            "ab",
            "abc",
            "abcd",
            "2",
            "äöü",
            "a1",
            "USD",
            "2024-02-29",
            "a@b",
        ];
        let (mut lists, mut classes) = (0, 0);
        for schema in schemas() {
            let check = Check::new(&schema, true);
            let accepts = |text: &str| check.judge(text.as_bytes(), Given::Text) == Ok(Form::Text);
            for text in texts {
                let bytes = text.as_bytes();
                if check.is_list() {
                    assert_eq!(check.lists(bytes), accepts(text), "{text}: {schema:?}");
                    lists += 1;
                }
                if let Some(class) = check.class() {
                    assert_eq!(class.fits(bytes), accepts(text), "{text}: {schema:?}");
                    classes += 1;
                }
            }
        }
        assert!(lists > 20 && classes > 20, "{lists} {classes}");
    }

    /// What is accepted at first look is what the rules accept one by one.
    #[test]
    fn the_first_look_accepts_nothing_that_is_judged_otherwise() {
        let texts = "a ab abc abcd äöü äö B 0 -0 -1 1 2 3 4 01 1.0 1e2 123456789012345678 1234567890123456789 \
             9223372036854775808 true USD 2024-02-29 2023-02-29 2024-13-01 a@b @b a@ ä@b a@@b a\u{7f}@b";
        let texts: Vec<&str> = texts
            .split(' ')
            .chain(["", " ", "a b@c", "a\u{a0}@b"])
            .collect();
        let (mut admitted, mut left) = (0, 0);
        for schema in schemas() {
            let check = Check::new(&schema, true);
            for text in &texts {
                let bytes = text.as_bytes();
                if check.admits_written(bytes) {
                    assert_eq!(check.judge_written(bytes), Ok(()), "{text}: {schema:?}");
                }
                let number = decimal::is_number(bytes).then_some(Given::Number);
                for given in [Given::Text, Given::Untyped].into_iter().chain(number) {
                    let Some(form) = check.admits(bytes, given) else {
                        left += 1;
                        continue;
                    };
                    let judged = check.judge(bytes, given);
                    assert_eq!(judged, Ok(form), "{text} {given:?}: {schema:?}");
                    admitted += 1;
                }
            }
        }
        assert!(admitted > 1_000 && left > 1_000, "{admitted} {left}");
    }
}
