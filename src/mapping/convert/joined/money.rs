//! `money`: an amount whose currency is set by the mapping, to an amount with its currency.

use super::super::Refusal;
use super::super::arguments::{Argument, Arguments, BuildError};
use super::super::info::{Example, Info, Parameter};
use crate::model::decimal::{Decimal, write_plain};

const CAD: &[Argument<'_>] = &[Argument::word("CAD")];

pub(in super::super) static INFO: Info = Info {
    name: "money",
    summary: "an amount to a Money of the currency; another currency is refused",
    parameters: &[Parameter::required(
        "currency",
        "a code of ISO 4217: three capital letters",
    )],
    examples: &[
        Example::both(CAD, &["659.51"], &["659.51", "CAD"]),
        Example::both(CAD, &["-0.50"], &["-0.50", "CAD"]).note("no digit is added or taken"),
        Example::write(CAD, &["250"], &["250"]).note("no currency is said: the upstream's"),
        Example::refuse_write(CAD, &["250.00", "USD"]),
    ],
};

/// The converter `money`.
#[derive(Debug, Clone)]
pub struct Money {
    currency: Box<str>,
}

impl Money {
    pub(super) fn build(arguments: &Arguments<'_>) -> Result<Self, BuildError> {
        let currency = arguments.required("currency");
        if currency.len() != 3 || !currency.bytes().all(|byte| byte.is_ascii_uppercase()) {
            return Err(arguments.not_allowed("currency"));
        }
        Ok(Self {
            currency: currency.into(),
        })
    }

    /// The currency of every amount.
    #[must_use]
    pub fn currency(&self) -> &str {
        &self.currency
    }

    pub(super) fn unite(
        &self,
        parts: &[Option<&[u8]>],
        out: &mut Vec<u8>,
    ) -> Result<bool, Refusal> {
        let (amount, currency) = match parts {
            [amount, currency, ..] => (*amount, *currency),
            [amount] => (*amount, None),
            [] => (None, None),
        };
        if currency.is_some_and(|currency| currency != self.currency.as_bytes()) {
            return Err(Refusal::invalid(
                "an amount in the currency of the upstream",
            ));
        }
        match (amount, currency) {
            (Some(amount), _) => out.extend_from_slice(amount),
            (None, Some(_)) => return Err(Refusal::invalid("an amount beside the currency")),
            (None, None) => return Ok(false),
        }
        Ok(true)
    }

    pub(super) fn divide<'t>(&'t self, whole: &'t [u8], parts: &mut [Option<&'t [u8]>]) {
        parts.fill(None);
        let said = [whole, self.currency.as_bytes()];
        for (part, text) in parts.iter_mut().zip(said) {
            *part = Some(text);
        }
    }
}

/// Appends an amount: the same digits however a number is spelled, and a text that is none for whoever judges it.
pub(super) fn amount(text: &[u8], out: &mut Vec<u8>) -> Result<(), Refusal> {
    let has_exponent = text.iter().any(|byte| matches!(byte, b'e' | b'E'));
    match Decimal::parse(text).filter(|_| has_exponent) {
        Some(number) => {
            write_plain(&number, out).map_err(|_| Refusal::invalid("a number of fewer digits"))
        }
        None => {
            out.extend_from_slice(text);
            Ok(())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::Joined;
    use super::*;

    #[test]
    fn a_currency_without_an_amount_is_refused_and_nothing_makes_nothing() {
        let money = Joined::build("money", CAD).unwrap();
        let mut out = Vec::new();
        assert!(money.unite(&[None, Some(b"CAD")], &mut out).is_err());
        assert_eq!(money.unite(&[None, None], &mut out), Ok(false));
        assert!(out.is_empty());
    }

    #[test]
    fn an_amount_has_its_digits_however_it_is_spelled() {
        let money = Joined::build("money", CAD).unwrap();
        for (spelled, digits) in [
            ("1e2", Some("100")),
            ("6.5951E+2", Some("659.51")),
            ("1.50e-1", Some("0.150")),
            ("250.100", Some("250.100")),
            ("1e999", None),
        ] {
            let mut out = Vec::new();
            let done = money.append(0, spelled.as_bytes(), &mut out);
            let made = done.ok().map(|()| String::from_utf8(out).unwrap());
            assert_eq!(made.as_deref(), digits, "{spelled}");
        }
    }

    #[test]
    fn a_currency_is_three_capital_letters() {
        for code in ["cad", "CA", "CADX", ""] {
            assert!(
                Joined::build("money", &[Argument::word(code)]).is_err(),
                "{code}"
            );
        }
    }
}
