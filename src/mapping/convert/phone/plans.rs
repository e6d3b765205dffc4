//! National numbering plans: which digits are a number of a country.
//!
//! Source: the national numbering plans that ITU-T publishes under E.164 (T0202), and for country code 1 the
//! list of the North American Numbering Plan Administrator. Only plans stand here whose numbers can be told from
//! other digits by their length or by the trunk prefix; plans where nearly any digits are a number do not.

use std::ops::RangeInclusive;

/// The plan of one country code.
#[derive(Debug)]
pub(super) struct Plan {
    /// The countries that share it, by alpha-2 code.
    pub(super) countries: &'static [&'static str],
    /// The country code.
    pub(super) code: &'static [u8],
    /// How many digits a national significant number has.
    pub(super) lengths: RangeInclusive<u8>,
    /// What is dialled before it inside the country.
    pub(super) trunk: Trunk,
}

/// The trunk prefix of a plan.
#[derive(Debug, Clone, Copy)]
pub(super) enum Trunk {
    /// None is dialled.
    None,
    /// Numbers are written with it inside the country.
    Written(u8),
    /// Numbers may be written with it and mostly are not.
    Accepted(u8),
}

impl Plan {
    /// Tells whether the digits are a national significant number of the plan.
    pub(super) fn has(&self, number: &[u8]) -> bool {
        let length = u8::try_from(number.len()).is_ok_and(|length| self.lengths.contains(&length));
        let digits = number.iter().all(u8::is_ascii_digit);
        length
            && digits
            && if self.code == b"1" {
                is_north_american(number)
            } else {
                number.first() != Some(&b'0')
            }
    }
}

/// Neither the area code nor the exchange code begins with 0 or 1.
fn is_north_american(number: &[u8]) -> bool {
    [0, 3].iter().all(|place| {
        number
            .get(*place)
            .is_some_and(|digit| matches!(digit, b'2'..=b'9'))
    })
}

const fn plan(
    code: &'static str,
    countries: &'static [&'static str],
    lengths: RangeInclusive<u8>,
    trunk: Trunk,
) -> Plan {
    Plan {
        countries,
        code: code.as_bytes(),
        lengths,
        trunk,
    }
}

const ZERO: Trunk = Trunk::Written(b'0');

pub(super) static PLANS: &[Plan] = &[
    plan(
        "1",
        &[
            "US", "CA", "PR", "VI", "GU", "AS", "MP", "AG", "AI", "BB", "BM", "BS", "DM", "DO",
            "GD", "JM", "KN", "KY", "LC", "MS", "SX", "TC", "TT", "VC", "VG",
        ],
        10..=10,
        Trunk::Accepted(b'1'),
    ),
    plan("20", &["EG"], 8..=10, ZERO),
    plan("27", &["ZA"], 9..=9, ZERO),
    plan("30", &["GR"], 10..=10, Trunk::None),
    plan("31", &["NL"], 9..=9, ZERO),
    plan("32", &["BE"], 8..=9, ZERO),
    plan("33", &["FR"], 9..=9, ZERO),
    plan("34", &["ES"], 9..=9, Trunk::None),
    plan("40", &["RO"], 9..=9, ZERO),
    plan("41", &["CH"], 9..=9, ZERO),
    plan("44", &["GB", "GG", "IM", "JE"], 9..=10, ZERO),
    plan("45", &["DK"], 8..=8, Trunk::None),
    plan("46", &["SE"], 7..=9, ZERO),
    plan("47", &["NO", "SJ"], 8..=8, Trunk::None),
    plan("48", &["PL"], 9..=9, Trunk::None),
    plan("49", &["DE"], 7..=11, ZERO),
    plan("52", &["MX"], 10..=10, Trunk::None),
    plan("55", &["BR"], 10..=11, Trunk::None),
    plan("56", &["CL"], 9..=9, Trunk::None),
    plan("57", &["CO"], 10..=10, Trunk::None),
    plan("61", &["AU", "CC", "CX"], 9..=9, ZERO),
    plan("64", &["NZ"], 8..=10, ZERO),
    plan("65", &["SG"], 8..=8, Trunk::None),
    plan("81", &["JP"], 9..=10, ZERO),
    plan("82", &["KR"], 8..=10, ZERO),
    plan("90", &["TR"], 10..=10, ZERO),
    plan("91", &["IN"], 10..=10, Trunk::None),
    plan("351", &["PT"], 9..=9, Trunk::None),
    plan("353", &["IE"], 7..=9, ZERO),
    plan("420", &["CZ"], 9..=9, Trunk::None),
    plan("502", &["GT"], 8..=8, Trunk::None),
    plan("503", &["SV"], 8..=8, Trunk::None),
    plan("504", &["HN"], 8..=8, Trunk::None),
    plan("505", &["NI"], 8..=8, Trunk::None),
    plan("506", &["CR"], 8..=8, Trunk::None),
    plan("507", &["PA"], 7..=8, Trunk::None),
    plan("852", &["HK"], 8..=8, Trunk::None),
    plan("971", &["AE"], 8..=9, ZERO),
    plan("972", &["IL"], 8..=9, ZERO),
];

#[cfg(test)]
mod tests {
    use super::super::super::country::is_assigned;
    use super::*;

    #[test]
    fn plans_name_every_country_once() {
        let mut seen: Vec<&str> = PLANS
            .iter()
            .flat_map(|plan| plan.countries)
            .copied()
            .collect();
        let count = seen.len();
        seen.sort_unstable();
        seen.dedup();
        assert_eq!(seen.len(), count);
        assert!(seen.iter().all(|country| is_assigned(country.as_bytes())));
    }

    #[test]
    fn no_country_code_begins_another() {
        for left in PLANS {
            for right in PLANS {
                assert!(
                    left.code == right.code || !left.code.starts_with(right.code),
                    "{left:?} {right:?}"
                );
            }
        }
    }
}
