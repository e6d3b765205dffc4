//! `country`: a country in one of three styles.

mod data;
mod fold;
mod names;

use std::sync::LazyLock;

use super::Refusal;
use super::arguments::{Argument, Arguments, BuildError};
use super::info::{Example, Info, Parameter};
use data::COUNTRIES;
use fold::Folded;
use names::OTHER_NAMES;

const ALPHA_2: &[Argument<'_>] = &[Argument::word("alpha-2")];
const ALPHA_3: &[Argument<'_>] = &[Argument::word("alpha-3")];
const ALPHA_3_LOWER: &[Argument<'_>] = &[Argument::word("alpha-3"), Argument::word("lower")];
const NAME: &[Argument<'_>] = &[Argument::word("name")];

pub(super) static INFO: Info = Info {
    name: "country",
    summary: "a country's code or English name, in any case, to its ISO 3166-1 alpha-2 code",
    parameters: &[
        Parameter::required("style", "`alpha-2`, `alpha-3` or `name`"),
        Parameter::optional(
            "case",
            "`lower` (codes only), or be left out for upper case",
        ),
    ],
    examples: &[
        Example::both(ALPHA_2, &["PR"], &["PR"]),
        Example::read(ALPHA_2, &["pr"], &["PR"]),
        Example::both(ALPHA_3, &["USA"], &["US"]),
        Example::both(ALPHA_3_LOWER, &["usa"], &["US"]),
        Example::both(NAME, &["United States"], &["US"]),
        Example::read(NAME, &["The United States of America"], &["US"]),
        Example::read(NAME, &["USA"], &["US"]).note("a code counts as a name"),
        Example::read(NAME, &["Trinidad & Tobago"], &["TT"]),
        Example::read(NAME, &["Cote d’Ivoire"], &["CI"])
            .note("accents and punctuation do not count"),
        Example::refuse_read(ALPHA_3, &["US"]),
        Example::refuse_read(ALPHA_2, &["ZZ"]).note("not assigned"),
        Example::refuse_read(NAME, &["Atlantis"]),
        Example::refuse_write(ALPHA_3, &["us"]),
        Example::refuse_write(NAME, &["ZZ"]),
    ],
};

/// The converter `country`.
#[derive(Debug, Clone, Copy)]
pub struct Country {
    style: Style,
    lower: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Style {
    Alpha2,
    Alpha3,
    Name,
}

/// Alpha-3 to alpha-2, sorted.
static BY_ALPHA_3: LazyLock<Vec<(u32, &str)>> = LazyLock::new(|| {
    let mut index: Vec<_> = COUNTRIES
        .iter()
        .map(|(alpha_2, alpha_3, _)| (word(alpha_3.as_bytes()), *alpha_2))
        .collect();
    index.sort_unstable();
    index
});

/// Folded names to alpha-2, sorted.
static BY_NAME: LazyLock<Vec<(Folded, &str)>> = LazyLock::new(|| {
    let names = COUNTRIES.iter().map(|(alpha_2, _, name)| (*name, *alpha_2));
    let names = names.chain(OTHER_NAMES.iter().copied());
    let mut index: Vec<_> = names
        .filter_map(|(name, alpha_2)| Some((Folded::of(name.as_bytes())?, alpha_2)))
        .collect();
    index.sort_unstable();
    index
});

/// The place in the table of each pair of capital letters, counted from 1; 0 for what is no country.
static BY_ALPHA_2: LazyLock<[u8; 26 * 26]> = LazyLock::new(|| {
    let mut index = [0; 26 * 26];
    for (place, (alpha_2, ..)) in COUNTRIES.iter().enumerate() {
        let pair = pair(alpha_2.as_bytes()).and_then(|pair| index.get_mut(pair));
        if let (Some(found), Ok(place)) = (pair, u8::try_from(place.saturating_add(1))) {
            *found = place;
        }
    }
    index
});

/// The number of a pair of capital letters.
fn pair(letters: &[u8]) -> Option<usize> {
    let [first @ b'A'..=b'Z', second @ b'A'..=b'Z'] = *letters else {
        return None;
    };
    let place = |letter: u8| usize::from(letter.wrapping_sub(b'A'));
    Some(place(first).wrapping_mul(26).wrapping_add(place(second)))
}

/// Tells whether the text is an assigned alpha-2 code in upper case.
#[cfg(test)]
pub(super) fn is_assigned(alpha_2: &[u8]) -> bool {
    find(alpha_2).is_some()
}

impl Country {
    pub(super) fn build(arguments: &Arguments<'_>) -> Result<Self, BuildError> {
        let styles = [
            ("alpha-2", Style::Alpha2),
            ("alpha-3", Style::Alpha3),
            ("name", Style::Name),
        ];
        let style = arguments.choice("style", &styles)?;
        let style = style.ok_or_else(|| arguments.not_allowed("style"))?;
        let lower = arguments
            .choice("case", &[("lower", true)])?
            .unwrap_or(false);
        if lower && style == Style::Name {
            return Err(arguments.not_allowed("case"));
        }
        Ok(Self { style, lower })
    }

    /// The characters of the longest text that it writes.
    pub(super) fn longest_written(self) -> Option<u32> {
        let longest = match self.style {
            Style::Alpha2 => 2,
            Style::Alpha3 => 3,
            Style::Name => COUNTRIES
                .iter()
                .map(|country| country.2.chars().count())
                .max()?,
        };
        u32::try_from(longest).ok()
    }

    pub(super) fn read(self, native: &[u8], out: &mut Vec<u8>) -> Result<(), Refusal> {
        let (found, why) = match self.style {
            Style::Alpha2 => (alpha_2(native), "an ISO 3166-1 alpha-2 code"),
            Style::Alpha3 => (alpha_3(native), "an ISO 3166-1 alpha-3 code"),
            Style::Name => (name(native), "an English name of a country of ISO 3166-1"),
        };
        out.extend_from_slice(found.ok_or(Refusal::invalid(why))?.as_bytes());
        Ok(())
    }

    pub(super) fn write(self, canonical: &[u8], out: &mut Vec<u8>) -> Result<(), Refusal> {
        let found = find(canonical).ok_or(Refusal::invalid("an ISO 3166-1 alpha-2 code"))?;
        let text = match self.style {
            Style::Alpha2 => found.0,
            Style::Alpha3 => found.1,
            Style::Name => found.2,
        };
        let start = out.len();
        out.extend_from_slice(text.as_bytes());
        if self.lower
            && let Some(written) = out.get_mut(start..)
        {
            written.make_ascii_lowercase();
        }
        Ok(())
    }
}

/// The letters of a code as one number, in their order.
fn word(code: &[u8]) -> u32 {
    code.iter()
        .fold(0, |word, letter| (word << 8) | u32::from(*letter))
}

fn find(alpha_2: &[u8]) -> Option<&'static (&'static str, &'static str, &'static str)> {
    let place = *BY_ALPHA_2.get(pair(alpha_2)?)?;
    COUNTRIES.get(usize::from(place.checked_sub(1)?))
}

fn alpha_2(text: &[u8]) -> Option<&'static str> {
    let mut code: [u8; 2] = text.try_into().ok()?;
    code.make_ascii_uppercase();
    find(&code).map(|country| country.0)
}

fn alpha_3(text: &[u8]) -> Option<&'static str> {
    let mut code: [u8; 3] = text.try_into().ok()?;
    code.make_ascii_uppercase();
    let wanted = word(&code);
    let index = BY_ALPHA_3
        .binary_search_by_key(&wanted, |(alpha_3, _)| *alpha_3)
        .ok()?;
    BY_ALPHA_3.get(index).map(|(_, alpha_2)| *alpha_2)
}

fn name(text: &[u8]) -> Option<&'static str> {
    let folded = Folded::of(text)?;
    let found = BY_NAME.binary_search_by(|(name, _)| name.cmp(&folded)).ok();
    let found = found
        .and_then(|index| BY_NAME.get(index))
        .map(|(_, alpha_2)| *alpha_2);
    found
        .or_else(|| alpha_3(folded.as_bytes()))
        .or_else(|| alpha_2(folded.as_bytes()))
}

#[cfg(test)]
mod tests {
    use super::super::Convert;
    use super::*;

    #[test]
    fn the_table_is_whole_sorted_and_of_good_form() {
        assert_eq!(COUNTRIES.len(), 249);
        assert!(COUNTRIES.is_sorted_by(|left, right| left.0 < right.0));
        assert!(OTHER_NAMES.is_sorted_by(|left, right| left.0 < right.0));
        for (alpha_2, alpha_3, name) in COUNTRIES {
            let codes = format!("{alpha_2}{alpha_3}");
            assert!(
                codes.len() == 5 && codes.bytes().all(|letter| letter.is_ascii_uppercase()),
                "{codes}"
            );
            assert!(Folded::of(name.as_bytes()).is_some(), "{name}");
        }
        for (name, alpha_2) in OTHER_NAMES {
            assert_eq!(
                Folded::of(name.as_bytes()).unwrap().as_bytes(),
                name.as_bytes(),
                "{name} is folded"
            );
            assert!(is_assigned(alpha_2.as_bytes()), "{name}");
        }
    }

    #[test]
    fn no_name_and_no_code_means_two_countries() {
        assert!(BY_NAME.is_sorted_by(|left, right| left.0 < right.0));
        assert!(BY_ALPHA_3.is_sorted_by(|left, right| left.0 < right.0));
        for (folded, alpha_2) in BY_NAME.iter() {
            let as_code = super::alpha_2(folded.as_bytes()).or(super::alpha_3(folded.as_bytes()));
            assert!(as_code.is_none_or(|code| code == *alpha_2), "{folded:?}");
        }
    }

    #[test]
    fn every_country_round_trips_in_every_style() {
        for args in [ALPHA_2, ALPHA_3, ALPHA_3_LOWER, NAME] {
            let convert = Convert::build("country", args).unwrap();
            for (code, ..) in COUNTRIES {
                let (mut native, mut back) = (Vec::new(), Vec::new());
                let call = super::super::laws::CALL;
                convert.write(code.as_bytes(), &call, &mut native).unwrap();
                convert.read(&native, &call, &mut back).unwrap();
                assert_eq!(back, code.as_bytes());
            }
        }
    }

    #[test]
    fn names_have_no_lower_case() {
        let error = Convert::build(
            "country",
            &[Argument::word("name"), Argument::word("lower")],
        )
        .unwrap_err();
        assert_eq!(error.argument, Some(1));
    }
}
