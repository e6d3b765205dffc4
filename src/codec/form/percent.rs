//! Percent-encoding (RFC 3986, section 2.1) for path segments, query values and forms.

use std::borrow::Cow;

use crate::codec::fault::{Fault, FaultKind};

const HEX: &[u8; 16] = b"0123456789ABCDEF";

/// What a `+` means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Plus {
    /// Itself, as in a path.
    Plus,
    /// A space, as in a form and in most queries.
    Space,
}

/// Appends text to `out` for a path segment or a query value: the unreserved characters of RFC 3986
/// (letters, digits, `-._~`) stand as they are, every other byte becomes `%` and two upper-case digits.
pub fn encode(out: &mut Vec<u8>, text: &[u8]) {
    encode_all_but(out, text, |byte| {
        byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~')
    });
}

/// Appends text to `out`, encoding each byte that is not to be kept.
pub(super) fn encode_all_but(out: &mut Vec<u8>, text: &[u8], kept: impl Fn(u8) -> bool) {
    for &byte in text {
        if kept(byte) {
            out.push(byte);
        } else {
            let digits = [HEX[usize::from(byte >> 4)], HEX[usize::from(byte & 15)]];
            out.push(b'%');
            out.extend_from_slice(&digits);
        }
    }
}

/// Decodes a path segment or a query value; text without an escape is lent as it stands.
///
/// # Errors
/// A `%` without two hexadecimal digits behind it, or bytes that are not UTF-8 once decoded. The fault's
/// offset is that of the text.
pub fn decode(text: &str, plus: Plus) -> Result<Cow<'_, str>, Fault> {
    if !text
        .bytes()
        .any(|byte| byte == b'%' || byte == b'+' && plus == Plus::Space)
    {
        return Ok(Cow::Borrowed(text));
    }
    let mut out = Vec::with_capacity(text.len());
    decode_into(text.as_bytes(), plus, &mut out)?;
    String::from_utf8(out)
        .map(Cow::Owned)
        .map_err(|_| not_utf8(0))
}

/// Appends the decoded text to `out`, its UTF-8 checked.
///
/// # Errors
/// Those of [`decode`]; `out` is then to be thrown away from where it stood.
pub fn decode_into(text: &[u8], plus: Plus, out: &mut Vec<u8>) -> Result<(), Fault> {
    let start = out.len();
    let mut rest = text;
    while let Some((&byte, behind)) = rest.split_first() {
        rest = behind;
        match byte {
            b'%' => {
                let (digits, behind) = rest
                    .split_at_checked(2)
                    .ok_or_else(|| bad_escape(text.len() - rest.len() - 1))?;
                let high = char::from(digits[0]).to_digit(16);
                let low = char::from(digits[1]).to_digit(16);
                let (Some(high), Some(low)) = (high, low) else {
                    return Err(bad_escape(text.len() - rest.len() - 1));
                };
                out.push((high * 16 + low) as u8);
                rest = behind;
            }
            b'+' if plus == Plus::Space => out.push(b' '),
            _ => out.push(byte),
        }
    }
    match std::str::from_utf8(&out[start..]) {
        Ok(_) => Ok(()),
        Err(_) => Err(not_utf8(0)),
    }
}

fn bad_escape(at: usize) -> Fault {
    Fault {
        kind: FaultKind::Malformed,
        what: "expected two hexadecimal digits behind `%`",
        at: u32::try_from(at).unwrap_or(u32::MAX),
    }
}

fn not_utf8(at: u32) -> Fault {
    Fault {
        kind: FaultKind::Encoding,
        what: "not UTF-8 once decoded",
        at,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn encoded(text: &str) -> String {
        let mut out = Vec::new();
        encode(&mut out, text.as_bytes());
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn only_unreserved_characters_stand_as_they_are() {
        assert_eq!(encoded("AZaz09-._~"), "AZaz09-._~");
        assert_eq!(encoded("a b/c?d=e&f+g%h"), "a%20b%2Fc%3Fd%3De%26f%2Bg%25h");
        assert_eq!(encoded("é\0"), "%C3%A9%00");
    }

    #[test]
    fn every_character_comes_back() {
        let text: String = (0..0x300).filter_map(char::from_u32).collect();
        assert_eq!(decode(&encoded(&text), Plus::Space).unwrap(), text);
        assert_eq!(decode(&encoded(&text), Plus::Plus).unwrap(), text);
    }

    #[test]
    fn text_without_escapes_is_lent() {
        assert!(matches!(
            decode("a+b", Plus::Plus),
            Ok(Cow::Borrowed("a+b"))
        ));
        assert_eq!(decode("a+b%2b", Plus::Space).unwrap(), "a b+");
    }

    #[test]
    fn wrong_escapes_and_wrong_encoding_are_refused() {
        for (text, at) in [
            ("%", 0),
            ("ab%4", 2),
            ("%zz", 0),
            ("a%+1", 1),
            ("%41%4g", 3),
            ("%%41", 0),
        ] {
            let fault = decode(text, Plus::Space).unwrap_err();
            assert_eq!((fault.kind, fault.at), (FaultKind::Malformed, at), "{text}");
        }
        for text in ["%FF", "%C3", "%ED%A0%80", "%C0%AF"] {
            let fault = decode(text, Plus::Plus).unwrap_err();
            assert_eq!(fault.kind, FaultKind::Encoding, "{text}");
        }
    }
}
