//! `phone`: a national telephone number.

mod plans;

use super::Refusal;
use super::arguments::{Argument, Arguments, BuildError};
use super::info::{Example, Info, Parameter};
use plans::{PLANS, Plan, Trunk};

const US: &[Argument<'_>] = &[Argument::word("national"), Argument::word("US")];
const GB: &[Argument<'_>] = &[Argument::word("national"), Argument::word("GB")];
const PA: &[Argument<'_>] = &[Argument::word("national"), Argument::word("PA")];

pub(super) static INFO: Info = Info {
    name: "phone",
    summary: "a number of the country, however it is punctuated, to E.164; a text that is none stays as it is",
    parameters: &[
        Parameter::required("style", "`national`"),
        Parameter::required(
            "country",
            "the alpha-2 code of a country whose numbering plan is known",
        ),
    ],
    examples: &[
        Example::both(US, &["2025550123"], &["+12025550123"]),
        Example::read(US, &["(202) 555-0123"], &["+12025550123"]),
        Example::read(US, &["1 202 555 0123"], &["+12025550123"]),
        Example::both(US, &["324 555 879"], &["324 555 879"])
            .note("nine digits: no number, stays as it is"),
        Example::both(US, &["1234567890"], &["1234567890"]).note("no area code begins with 1"),
        Example::both(US, &["+442079460000"], &["+442079460000"]).note("of another country"),
        Example::read(US, &["+44 20 7946 0000"], &["+442079460000"]),
        Example::both(GB, &["02079460000"], &["+442079460000"]),
        Example::both(PA, &["2345678"], &["+5072345678"]),
        Example::both(US, &["202-555-0123 ext. 5"], &["202-555-0123 ext. 5"]),
        Example::refuse_write(US, &["2025550123"]).note("would be read as E.164"),
        Example::refuse_write(US, &["+1 202 555 0123"]),
    ],
};

/// The converter `phone`.
#[derive(Debug, Clone, Copy)]
pub struct Phone {
    plan: &'static Plan,
}

/// The digits of E.164 at most (ITU-T E.164, section 6), and the fewest that are taken for a whole number.
const LONGEST: usize = 15;
const SHORTEST: usize = 7;

/// The characters of a number that was read as one at most: a plus sign and its digits.
pub(super) const LONGEST_READ: u32 = 16;

/// The digits of a text without its punctuation; more than E.164 has are no number.
struct Digits {
    digits: [u8; LONGEST],
    length: usize,
}

impl Phone {
    pub(super) fn build(arguments: &Arguments<'_>) -> Result<Self, BuildError> {
        arguments.choice("style", &[("national", ())])?;
        let country = arguments.required("country");
        let plan = PLANS.iter().find(|plan| plan.countries.contains(&country));
        Ok(Self {
            plan: plan.ok_or_else(|| arguments.not_allowed("country"))?,
        })
    }

    pub(super) fn read(self, native: &[u8], out: &mut Vec<u8>) -> Result<(), Refusal> {
        match native.strip_prefix(b"+") {
            Some(rest) => match Digits::of(rest) {
                Some(digits) if is_international(digits.as_bytes()) => {
                    out.push(b'+');
                    out.extend_from_slice(digits.as_bytes());
                }
                _ => out.extend_from_slice(native),
            },
            None => match Digits::of(native)
                .as_ref()
                .and_then(|digits| self.significant(digits.as_bytes()))
            {
                Some(number) => {
                    out.push(b'+');
                    out.extend_from_slice(self.plan.code);
                    out.extend_from_slice(number);
                }
                None => out.extend_from_slice(native),
            },
        }
        Ok(())
    }

    pub(super) fn write(self, canonical: &[u8], out: &mut Vec<u8>) -> Result<(), Refusal> {
        let of_plan = canonical
            .strip_prefix(b"+")
            .and_then(|rest| rest.strip_prefix(self.plan.code));
        if let Some(number) = of_plan.filter(|number| self.plan.has(number)) {
            if let Trunk::Written(prefix) = self.plan.trunk {
                out.push(prefix);
            }
            out.extend_from_slice(number);
            return Ok(());
        }
        // Anything else goes as it is, which is right only if it would come back as it is.
        let start = out.len();
        self.read(canonical, out)?;
        if out.get(start..) != Some(canonical) {
            return Err(Refusal::invalid("a telephone number as E.164 writes it"));
        }
        Ok(())
    }

    /// The national significant number, if the digits are one of the plan as it is dialled in the country.
    fn significant(self, digits: &[u8]) -> Option<&[u8]> {
        let number = match self.plan.trunk {
            Trunk::None => digits,
            Trunk::Written(prefix) => digits.strip_prefix(&[prefix])?,
            Trunk::Accepted(prefix) if self.plan.has(digits) || digits.first() != Some(&prefix) => {
                digits
            }
            Trunk::Accepted(_) => digits.get(1..)?,
        };
        self.plan.has(number).then_some(number)
    }
}

/// Tells whether the digits behind a plus sign can be a whole number: no country code begins with 0.
fn is_international(digits: &[u8]) -> bool {
    digits.len() >= SHORTEST && digits.first() != Some(&b'0')
}

impl Digits {
    /// Takes the digits out of their punctuation; `None` if there is anything else among them.
    fn of(text: &[u8]) -> Option<Self> {
        let mut found = Self {
            digits: [0; LONGEST],
            length: 0,
        };
        for byte in text {
            match byte {
                b'0'..=b'9' => {
                    *found.digits.get_mut(found.length)? = *byte;
                    found.length = found.length.saturating_add(1);
                }
                b' ' | b'-' | b'.' | b'/' | b'(' | b')' => {}
                _ => return None,
            }
        }
        Some(found)
    }

    fn as_bytes(&self) -> &[u8] {
        self.digits.get(..self.length).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::super::Convert;
    use super::*;

    #[test]
    fn an_unknown_country_is_told() {
        for country in ["ZZ", "us", ""] {
            let error = Convert::build(
                "phone",
                &[Argument::word("national"), Argument::word(country)],
            )
            .unwrap_err();
            assert_eq!(error.argument, Some(1));
        }
    }

    #[test]
    fn every_number_of_every_plan_round_trips() {
        let call = super::super::laws::CALL;
        for plan in PLANS {
            let args = [
                Argument::word("national"),
                Argument::word(plan.countries[0]),
            ];
            let convert = Convert::build("phone", &args).unwrap();
            for length in plan.lengths.clone() {
                let number = "2345678923456789".get(..length.into()).unwrap();
                let canonical = format!("+{}{number}", std::str::from_utf8(plan.code).unwrap());
                let (mut native, mut back) = (Vec::new(), Vec::new());
                convert
                    .write(canonical.as_bytes(), &call, &mut native)
                    .unwrap();
                assert!(
                    !native.starts_with(b"+"),
                    "{canonical} is written as in the country"
                );
                convert.read(&native, &call, &mut back).unwrap();
                assert_eq!(back, canonical.as_bytes());
                assert!(back.len() <= usize::try_from(LONGEST_READ).unwrap());
            }
        }
    }
}
