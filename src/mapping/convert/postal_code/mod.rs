//! `postal-code`: a postal code in its country's standard writing.

mod templates;

use super::Refusal;
use super::arguments::{Argument, Arguments, BuildError};
use super::info::{Example, Info, Parameter};
use templates::TEMPLATES;

const CA: &[Argument<'_>] = &[Argument::word("CA")];
const CA_PLAIN: &[Argument<'_>] = &[Argument::word("CA"), Argument::word("plain")];
const US: &[Argument<'_>] = &[Argument::word("US")];
const US_PLAIN: &[Argument<'_>] = &[Argument::word("US"), Argument::word("plain")];
const TT: &[Argument<'_>] = &[Argument::word("TT"), Argument::word("plain")];
const BB: &[Argument<'_>] = &[Argument::word("BB"), Argument::word("plain")];
const JM: &[Argument<'_>] = &[Argument::word("JM"), Argument::word("plain")];
const GB: &[Argument<'_>] = &[Argument::word("GB")];

pub(super) static INFO: Info = Info {
    name: "postal-code",
    summary: "a postal code, however it is spaced, to the country's standard writing; `plain` is written without blank or hyphen",
    parameters: &[
        Parameter::required(
            "country",
            "the alpha-2 code of a country whose postal codes are known",
        ),
        Parameter::optional("style", "`plain`"),
    ],
    examples: &[
        Example::both(CA, &["M1M 1M1"], &["M1M 1M1"]),
        Example::read(CA, &["m1m1m1"], &["M1M 1M1"]),
        Example::both(CA_PLAIN, &["M1M1M1"], &["M1M 1M1"]),
        Example::both(US_PLAIN, &["009171920"], &["00917-1920"]),
        Example::both(US, &["00917"], &["00917"]),
        Example::both(GB, &["SW1A 1AA"], &["SW1A 1AA"]),
        Example::both(TT, &["500235"], &["500235"]),
        Example::both(BB, &["BB15094"], &["BB15094"]),
        Example::both(JM, &["Kingston 10"], &["Kingston 10"])
            .note("a country without codes: the text moves as it is"),
        Example::refuse_read(TT, &["009171920"]),
        Example::refuse_read(CA, &["12345"]),
        Example::refuse_read(CA, &["D1M 1M1"]).note("no Canadian code has a D"),
        Example::refuse_write(CA, &["m1m1m1"]).note("not the standard writing"),
    ],
};

/// The converter `postal-code`.
#[derive(Debug, Clone, Copy)]
pub struct PostalCode {
    templates: &'static [&'static str],
    plain: bool,
}

impl PostalCode {
    pub(super) fn build(arguments: &Arguments<'_>) -> Result<Self, BuildError> {
        let country = arguments.required("country");
        let row = TEMPLATES
            .iter()
            .find(|(countries, _)| countries.contains(&country));
        let (_, templates) = row.ok_or_else(|| arguments.not_allowed("country"))?;
        let plain = arguments
            .choice("style", &[("plain", true)])?
            .unwrap_or(false);
        Ok(Self { templates, plain })
    }

    pub(super) fn read(self, native: &[u8], out: &mut Vec<u8>) -> Result<(), Refusal> {
        let start = out.len();
        if self.templates.is_empty() {
            out.extend_from_slice(native);
            return Ok(());
        }
        for template in self.templates {
            if fill(template, native, out) {
                return Ok(());
            }
            out.truncate(start);
        }
        Err(Refusal::invalid("a postal code of the country"))
    }

    pub(super) fn write(self, canonical: &[u8], out: &mut Vec<u8>) -> Result<(), Refusal> {
        let start = out.len();
        self.read(canonical, out)?;
        if out.get(start..) != Some(canonical) {
            return Err(Refusal::invalid(
                "a postal code in the standard writing of the country",
            ));
        }
        if self.plain && !self.templates.is_empty() {
            out.truncate(start);
            out.extend(canonical.iter().filter(|byte| !is_separator(**byte)));
        }
        Ok(())
    }
}

fn is_separator(byte: u8) -> bool {
    matches!(byte, b' ' | b'-')
}

/// Writes the text's letters and digits into the places of the template; false if they do not fit.
fn fill(template: &str, text: &[u8], out: &mut Vec<u8>) -> bool {
    let mut given = text
        .iter()
        .copied()
        .filter(|byte| !is_separator(*byte))
        .map(|byte| byte.to_ascii_uppercase());
    for place in template.bytes() {
        if is_separator(place) {
            out.push(place);
            continue;
        }
        match given.next() {
            Some(byte) if templates::takes(place, byte) => out.push(byte),
            _ => return false,
        }
    }
    given.next().is_none()
}

#[cfg(test)]
mod tests {
    use super::super::Convert;
    use super::*;

    /// Codes that fit a template, one for each letter or digit that its places can begin with.
    fn samples(template: &str) -> Vec<String> {
        let allowed = |place: u8| {
            (b'0'..=b'Z')
                .filter(move |byte| templates::takes(place, *byte))
                .collect::<Vec<_>>()
        };
        (0..30)
            .map(|shift| {
                let fill = |(at, place): (usize, u8)| {
                    if is_separator(place) {
                        return char::from(place);
                    }
                    char::from(
                        *allowed(place)
                            .iter()
                            .cycle()
                            .nth(at.saturating_add(shift))
                            .unwrap(),
                    )
                };
                template.bytes().enumerate().map(fill).collect()
            })
            .collect()
    }

    #[test]
    fn every_template_of_every_country_round_trips_plain_and_not() {
        let call = super::super::laws::CALL;
        for (countries, templates) in TEMPLATES {
            for style in [
                &[Argument::word(countries[0])][..],
                &[Argument::word(countries[0]), Argument::word("plain")],
            ] {
                let convert = Convert::build("postal-code", style).unwrap();
                for code in templates.iter().flat_map(|template| samples(template)) {
                    let (mut native, mut back) = (Vec::new(), Vec::new());
                    convert.write(code.as_bytes(), &call, &mut native).unwrap();
                    convert.read(&native, &call, &mut back).unwrap();
                    assert_eq!(back, code.as_bytes(), "{countries:?}");
                }
            }
        }
    }

    #[test]
    fn an_unknown_country_is_told() {
        assert_eq!(
            Convert::build("postal-code", &[Argument::word("ZZ")])
                .unwrap_err()
                .argument,
            Some(0)
        );
        assert_eq!(
            Convert::build(
                "postal-code",
                &[Argument::word("CA"), Argument::word("Plain")]
            )
            .unwrap_err()
            .argument,
            Some(1)
        );
    }
}
