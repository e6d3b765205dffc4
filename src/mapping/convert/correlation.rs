//! `correlation`: an id in the alphabet of a correlation header.

use super::Refusal;
use super::info::{Example, Info};

pub(super) static INFO: Info = Info {
    name: "correlation",
    summary: "an id of 16 to 64 letters, digits and `-+/=_`; of another id the other characters are written `-`, a short one is filled with `-` and a long one cut",
    parameters: &[],
    examples: &[
        Example::both(&[], &["req_0123456789abcdef"], &["req_0123456789abcdef"]),
        Example::write(&[], &["order 17: second try"], &["order-17--second-try"]),
        Example::write(&[], &["short"], &["short-----------"]),
        Example::refuse_read(&[], &["short"]),
        Example::refuse_read(&[], &["order 17: second try"]),
    ],
};

const SHORTEST: usize = 16;
const LONGEST: usize = 64;

pub(super) fn read(native: &[u8], out: &mut Vec<u8>) -> Result<(), Refusal> {
    let length = (SHORTEST..=LONGEST).contains(&native.len());
    if !length || !native.iter().copied().all(allowed) {
        return Err(Refusal::invalid(
            "an id of 16 to 64 letters, digits and `-+/=_`",
        ));
    }
    out.extend_from_slice(native);
    Ok(())
}

pub(super) fn write(canonical: &[u8], out: &mut Vec<u8>) -> Result<(), Refusal> {
    if canonical.is_empty() {
        return Err(Refusal::invalid("a text that is not empty"));
    }
    // One mark for each character, not for each of its bytes.
    let characters = canonical.iter().copied().filter(|byte| byte & 0xC0 != 0x80);
    let marks = characters.map(|byte| if allowed(byte) { byte } else { b'-' });
    let length = marks.clone().count().clamp(SHORTEST, LONGEST);
    out.extend(marks.chain(std::iter::repeat(b'-')).take(length));
    Ok(())
}

fn allowed(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'+' | b'/' | b'=' | b'_')
}
