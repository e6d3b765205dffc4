//! `percent`: a rate as a fraction of one, to the same rate in percent.

use crate::model::decimal::{Decimal, write_plain};

use super::Refusal;
use super::info::{Example, Info};

pub(super) static INFO: Info = Info {
    name: "percent",
    summary: "a fraction of one to percent: the point moves by two places, and no digit is lost",
    parameters: &[],
    examples: &[
        Example::both(&[], &["0.2899"], &["28.99"]),
        Example::both(&[], &["0.0000"], &["0.00"]),
        Example::both(&[], &["-0.005"], &["-0.5"]),
        Example::both(&[], &["1.00"], &["100"]),
        Example::read(&[], &["0.3"], &["30"]).note("written with two places: `0.30`"),
        Example::refuse_read(&[], &["28.99%"]),
        Example::refuse_write(&[], &["28,99"]),
    ],
};

const WHY: Refusal = Refusal::invalid("a number");

pub(super) fn read(native: &[u8], out: &mut Vec<u8>) -> Result<(), Refusal> {
    moved(native, 2, out)
}

pub(super) fn write(canonical: &[u8], out: &mut Vec<u8>) -> Result<(), Refusal> {
    moved(canonical, -2, out)
}

fn moved(number: &[u8], places: i64, out: &mut Vec<u8>) -> Result<(), Refusal> {
    let number = Decimal::parse(number).ok_or(WHY)?;
    write_plain(&number.shifted(places), out).map_err(|_| WHY)
}
