//! `integer`: text that holds a whole number.

use crate::model::decimal::{Decimal, write_scaled};

use super::Refusal;
use super::info::{Example, Info};

pub(super) static INFO: Info = Info {
    name: "integer",
    summary: "a text of digits to a whole number; a plus sign and leading zeros are dropped",
    parameters: &[],
    examples: &[
        Example::both(&[], &["42"], &["42"]),
        Example::both(&[], &["-7"], &["-7"]),
        Example::read(&[], &["007"], &["7"]),
        Example::read(&[], &["+5"], &["5"]),
        Example::read(&[], &["-0"], &["0"]),
        Example::write(&[], &["3.0"], &["3"]).note("the same number"),
        Example::refuse_read(&[], &["4.5"]),
        Example::refuse_read(&[], &["ten"]),
        Example::refuse_read(&[], &[""]),
        Example::refuse_write(&[], &["4.5"]),
    ],
};

const WHY: Refusal = Refusal::invalid("a whole number");

pub(super) fn read(native: &[u8], out: &mut Vec<u8>) -> Result<(), Refusal> {
    let (negative, digits) = match native.split_first() {
        Some((b'-', digits)) => (true, digits),
        Some((b'+', digits)) => (false, digits),
        _ => (false, native),
    };
    if digits.is_empty() || !digits.iter().all(u8::is_ascii_digit) {
        return Err(WHY);
    }
    let zeros = digits.iter().take_while(|digit| **digit == b'0').count();
    match digits.get(zeros..) {
        None | Some([]) => out.push(b'0'),
        Some(digits) => {
            out.extend(negative.then_some(b'-'));
            out.extend_from_slice(digits);
        }
    }
    Ok(())
}

pub(super) fn write(canonical: &[u8], out: &mut Vec<u8>) -> Result<(), Refusal> {
    let number = Decimal::parse(canonical).ok_or(WHY)?;
    if number.is_zero() {
        out.push(b'0');
        return Ok(());
    }
    write_scaled(&number, 0, out).map_err(|_| WHY)
}
