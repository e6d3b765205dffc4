//! `boolean`: text that holds a truth value.

use super::Refusal;
use super::info::{Example, Info};

pub(super) static INFO: Info = Info {
    name: "boolean",
    summary: "`true` or `false` in any case, or `1` or `0`, to a boolean; other spellings are `x-lexical` of the schema",
    parameters: &[],
    examples: &[
        Example::both(&[], &["true"], &["true"]),
        Example::both(&[], &["false"], &["false"]),
        Example::read(&[], &["TRUE"], &["true"]),
        Example::read(&[], &["0"], &["false"]),
        Example::refuse_read(&[], &["yes"]),
        Example::refuse_read(&[], &[""]),
        Example::refuse_write(&[], &["1"]),
    ],
};

const WHY: Refusal = Refusal::invalid("`true` or `false`");

pub(super) fn read(native: &[u8], out: &mut Vec<u8>) -> Result<(), Refusal> {
    let truth = if native.eq_ignore_ascii_case(b"true") || native == b"1" {
        &b"true"[..]
    } else if native.eq_ignore_ascii_case(b"false") || native == b"0" {
        &b"false"[..]
    } else {
        return Err(WHY);
    };
    out.extend_from_slice(truth);
    Ok(())
}

pub(super) fn write(canonical: &[u8], out: &mut Vec<u8>) -> Result<(), Refusal> {
    if !matches!(canonical, b"true" | b"false") {
        return Err(WHY);
    }
    out.extend_from_slice(canonical);
    Ok(())
}
