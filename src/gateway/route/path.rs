//! Percent-encoding of path segments and query parts (RFC 3986).

use std::borrow::Cow;

/// Why a part of a URL does not decode; the part itself is never quoted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::gateway) struct Undecodable(pub(in crate::gateway) &'static str);

/// Decodes a path segment once.
///
/// # Errors
/// An empty segment, one of blanks alone, `.`, `..`, a control character, a `%` without two digits, or what is not UTF-8.
pub(in crate::gateway) fn segment(raw: &str) -> Result<Cow<'_, str>, Undecodable> {
    let text = decode(raw, false)?;
    plain(&text)?;
    Ok(text)
}

/// Refuses what must not stand in a path of an upstream.
///
/// # Errors
/// Empty, blanks alone, `.`, `..` or a control character.
pub(in crate::gateway) fn plain(text: &str) -> Result<(), Undecodable> {
    match text {
        "" => Err(Undecodable("must not be empty")),
        "." | ".." => Err(Undecodable("must not be `.` or `..`")),
        _ if text.trim().is_empty() => Err(Undecodable("must not be blank")),
        _ if text.chars().any(char::is_control) => {
            Err(Undecodable("must not hold control characters"))
        }
        _ => Ok(()),
    }
}

/// Decodes percent-encoding, and `+` as a blank where `form` says so.
///
/// # Errors
/// A `%` without two digits, or what is not UTF-8.
pub(super) fn decode(raw: &str, form: bool) -> Result<Cow<'_, str>, Undecodable> {
    if !raw
        .bytes()
        .any(|byte| byte == b'%' || (form && byte == b'+'))
    {
        return Ok(Cow::Borrowed(raw));
    }
    let mut out = Vec::with_capacity(raw.len());
    let mut bytes = raw.bytes();
    while let Some(byte) = bytes.next() {
        out.push(match byte {
            b'%' => {
                let (high, low) = (hex(bytes.next())?, hex(bytes.next())?);
                (high << 4) | low
            }
            b'+' if form => b' ',
            other => other,
        });
    }
    let text = String::from_utf8(out).map_err(|_| Undecodable("must be UTF-8"))?;
    Ok(Cow::Owned(text))
}

fn hex(byte: Option<u8>) -> Result<u8, Undecodable> {
    byte.and_then(|byte| char::from(byte).to_digit(16))
        .and_then(|digit| u8::try_from(digit).ok())
        .ok_or(Undecodable("must be percent-encoded"))
}

/// Appends a path segment, encoded: what RFC 3986 reserves nowhere, and `:`, stand as they are.
pub(in crate::gateway) fn push_segment(out: &mut String, text: &str) {
    const HEX: &[u8; 16] = b"0123456789ABCDEF";
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~' | b':') {
            out.push(char::from(byte));
        } else {
            let digit = |value: u8| {
                HEX.get(usize::from(value))
                    .map_or('0', |hex| char::from(*hex))
            };
            out.push('%');
            out.push(digit(byte >> 4));
            out.push(digit(byte & 15));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn segments_are_decoded_once() {
        assert_eq!(segment("a%2Fb%252F").unwrap(), "a/b%2F");
        assert_eq!(segment("%C3%A9+").unwrap(), "é+");
    }

    #[test]
    fn segments_that_would_change_a_path_are_refused() {
        for raw in [
            "",
            ".",
            "..",
            "%2E",
            "%2e%2E",
            "a%00",
            "a%0d%0a",
            "%7F",
            "%",
            "%4",
            "%zz",
            "%FF",
            "%20",
            "%20%C2%A0",
        ] {
            assert!(segment(raw).is_err(), "{raw}");
        }
    }

    #[test]
    fn what_is_encoded_decodes_to_what_it_was() {
        let text = "a b/c?d#e%f:é~_-.";
        let mut out = String::new();
        push_segment(&mut out, text);
        assert_eq!(out, "a%20b%2Fc%3Fd%23e%25f:%C3%A9~_-.");
        assert_eq!(segment(&out).unwrap(), text);
    }
}
