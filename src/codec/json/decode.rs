//! Strings with escapes: decoded once, into the scratch.

use super::scan;
use crate::codec::fault::{Fault, FaultKind};

/// Where an escaped string ends and what it became.
pub(super) struct Decoded {
    /// Offset of the closing quote.
    pub(super) end: usize,
    /// True if no decoded byte needs an escape in JSON.
    pub(super) plain: bool,
}

/// Appends the string that begins at `from` (behind its quote) to the scratch, decoded.
///
/// `at` is the offset of its first quote, backslash or control byte, as [`scan::text`] finds it.
///
/// # Errors
/// A control byte, a wrong escape, a lone surrogate, or no closing quote.
#[cold]
#[inline(never)]
pub(super) fn decode(
    input: &[u8],
    mut from: usize,
    mut at: usize,
    scratch: &mut Vec<u8>,
) -> Result<Decoded, Fault> {
    let mut plain = true;
    loop {
        scratch.extend_from_slice(&input[from..at]);
        match input.get(at) {
            Some(b'"') => return Ok(Decoded { end: at, plain }),
            Some(b'\\') => {
                let (decoded, next) = escape(input, at)?;
                plain &= decoded >= ' ' && decoded != '"' && decoded != '\\';
                scratch.extend_from_slice(decoded.encode_utf8(&mut [0; 4]).as_bytes());
                from = next;
                at = scan::text(input, next);
            }
            Some(_) => return Err(malformed("control character in a string", at)),
            None => return Err(malformed("expected the closing quote of a string", at)),
        }
    }
}

/// The character that the escape at `at` means, and the offset behind it.
fn escape(input: &[u8], at: usize) -> Result<(char, usize), Fault> {
    let plain = match input.get(at + 1) {
        Some(b'"') => '"',
        Some(b'\\') => '\\',
        Some(b'/') => '/',
        Some(b'b') => '\u{8}',
        Some(b'f') => '\u{C}',
        Some(b'n') => '\n',
        Some(b'r') => '\r',
        Some(b't') => '\t',
        Some(b'u') => return unicode(input, at),
        _ => return Err(malformed("unknown escape in a string", at)),
    };
    Ok((plain, at + 2))
}

/// The character of the `\u` escape at `at`, with the second half of a surrogate pair.
fn unicode(input: &[u8], at: usize) -> Result<(char, usize), Fault> {
    let unit = hex(input, at + 2)?;
    if let Some(whole) = char::from_u32(unit) {
        return Ok((whole, at + 6));
    }
    if unit < 0xDC00 && input.get(at + 6..at + 8) == Some(br"\u") {
        let low = hex(input, at + 8)?;
        if (0xDC00..0xE000).contains(&low) {
            let scalar = 0x1_0000 + ((unit - 0xD800) << 10) + (low - 0xDC00);
            if let Some(whole) = char::from_u32(scalar) {
                return Ok((whole, at + 12));
            }
        }
    }
    Err(malformed("lone surrogate in a string", at))
}

/// Four hexadecimal digits.
fn hex(input: &[u8], at: usize) -> Result<u32, Fault> {
    let digit = |offset: usize| char::from(*input.get(at + offset)?).to_digit(16);
    (0..4)
        .try_fold(0, |value, offset| Some(value * 16 + digit(offset)?))
        .ok_or_else(|| malformed("expected four hexadecimal digits", at))
}

fn malformed(what: &'static str, at: usize) -> Fault {
    Fault {
        kind: FaultKind::Malformed,
        what,
        at: at as u32,
    }
}
