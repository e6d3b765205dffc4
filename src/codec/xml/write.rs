//! Appends texts and attribute values to a document being written.
//!
//! Both functions take decoded text and append what an XML reader decodes to exactly that text, or nothing and a fault.

use std::fmt;

use super::names::is_char;
use super::scan::{special, word};
use crate::codec::copy::append_start;

/// Eight blanks.
const BLANKS: u64 = u64::from_le_bytes([b' '; 8]);

/// A text that XML 1.0 cannot hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NotXmlChar {
    /// Byte offset, in the text, of the first character that is no `Char` (production 2) or not UTF-8.
    pub at: usize,
}

impl fmt::Display for NotXmlChar {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "a character that XML cannot hold at byte {} of the text",
            self.at
        )
    }
}

impl std::error::Error for NotXmlChar {}

/// Appends a text as content of an element.
///
/// # Errors
/// [`NotXmlChar`] if the text holds a character that no XML document can hold; nothing is appended then.
#[inline]
pub fn text(out: &mut Vec<u8>, decoded: &[u8]) -> Result<(), NotXmlChar> {
    text_start(out, decoded, decoded.len())
}

/// Appends the first `length` bytes of what is lent as content of an element.
///
/// # Errors
/// [`NotXmlChar`] if they hold a character that no XML document can hold; nothing is appended then.
#[inline(never)]
pub(crate) fn text_start(
    out: &mut Vec<u8>,
    decoded: &[u8],
    length: usize,
) -> Result<(), NotXmlChar> {
    if is_simple(decoded, length) {
        append_start(out, decoded, length);
        return Ok(());
    }
    append_checked(out, &decoded[..length], text_reference)
}

/// Appends a text as a value between double quotes (which the caller writes).
///
/// # Errors
/// [`NotXmlChar`] if the text holds a character that no XML document can hold; nothing is appended then.
#[inline]
pub fn attribute(out: &mut Vec<u8>, decoded: &[u8]) -> Result<(), NotXmlChar> {
    if is_simple(decoded, decoded.len()) {
        out.extend_from_slice(decoded);
        return Ok(());
    }
    append_checked(out, decoded, attribute_reference)
}

/// What stands for a byte in content. `>` is always written as a reference, so `]]>` cannot arise.
fn text_reference(byte: u8) -> &'static [u8] {
    match byte {
        b'<' => b"&lt;",
        b'>' => b"&gt;",
        b'&' => b"&amp;",
        b'\r' => b"&#13;",
        _ => b"",
    }
}

/// What stands for a byte in a value; blanks other than the space would be read as spaces.
fn attribute_reference(byte: u8) -> &'static [u8] {
    match byte {
        b'"' => b"&quot;",
        b'\t' => b"&#9;",
        b'\n' => b"&#10;",
        _ => text_reference(byte),
    }
}

/// Whether each of the first `length` bytes stands for itself in content and in values alike.
#[inline]
fn is_simple(decoded: &[u8], length: usize) -> bool {
    let mut at = 0;
    while at < length
        && let Some(word) = word(decoded, at)
    {
        let left = length - at;
        if left < 8 {
            // What stands behind the text does not count.
            let text = (1_u64 << (8 * left)) - 1;
            return !special((word & text) | (BLANKS & !text));
        }
        if special(word) {
            return false;
        }
        at += 8;
    }
    let rest = decoded.get(at..length).unwrap_or_default();
    rest.iter()
        .all(|byte| matches!(byte, b' '..=0x7F) && !matches!(byte, b'<' | b'>' | b'&' | b'"'))
}

#[inline(never)]
fn append_checked(
    out: &mut Vec<u8>,
    decoded: &[u8],
    reference: fn(u8) -> &'static [u8],
) -> Result<(), NotXmlChar> {
    let characters = std::str::from_utf8(decoded).map_err(|error| NotXmlChar {
        at: error.valid_up_to(),
    })?;
    if let Some((at, _)) = characters
        .char_indices()
        .find(|&(_, character)| !is_char(character))
    {
        return Err(NotXmlChar { at });
    }
    let mut written = 0;
    for (at, &byte) in decoded.iter().enumerate() {
        let replacement = reference(byte);
        if !replacement.is_empty() {
            out.extend_from_slice(&decoded[written..at]);
            out.extend_from_slice(replacement);
            written = at + 1;
        }
    }
    out.extend_from_slice(&decoded[written..]);
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(
        append: fn(&mut Vec<u8>, &[u8]) -> Result<(), NotXmlChar>,
        decoded: &[u8],
    ) -> String {
        let mut out = b"=".to_vec();
        append(&mut out, decoded).expect("XML characters");
        String::from_utf8(out).expect("UTF-8")
    }

    #[test]
    fn what_would_be_read_otherwise_is_written_as_a_reference() {
        assert_eq!(
            written(text, b"a<b>&\"'\t\r\n]]>"),
            "=a&lt;b&gt;&amp;\"'\t&#13;\n]]&gt;"
        );
        assert_eq!(
            written(attribute, b"a<b>&\"'\t\r\n"),
            "=a&lt;b&gt;&amp;&quot;'&#9;&#13;&#10;"
        );
        assert_eq!(
            written(text, "Zoë 日本 \u{10FFFF}".as_bytes()),
            "=Zoë 日本 \u{10FFFF}"
        );
    }

    #[test]
    fn what_stands_behind_the_text_does_not_count() {
        for length in 0..20 {
            for value in [b'<', b'&', b'>', b'"', 0, 0xFF] {
                let mut lent = vec![b'x'; 40];
                lent[length] = value;
                let mut out = Vec::new();
                assert_eq!(text_start(&mut out, &lent, length), Ok(()));
                assert_eq!(out, lent[..length], "{value} behind {length}");
                let (mut lent_out, mut out) = (Vec::new(), Vec::new());
                assert_eq!(
                    text_start(&mut lent_out, &lent, length + 1),
                    text(&mut out, &lent[..=length])
                );
                assert_eq!(lent_out, out);
            }
        }
    }

    #[test]
    fn every_ascii_byte_at_every_place_is_written_alike_by_both_paths() {
        for value in 0..0x80 {
            for place in 0..11 {
                let mut decoded = [b'x'; 11];
                decoded[place] = value;
                let (mut quick, mut slow) = (Vec::new(), Vec::new());
                let result = attribute(&mut quick, &decoded);
                assert_eq!(
                    result,
                    append_checked(&mut slow, &decoded, attribute_reference)
                );
                assert_eq!(quick, slow);
                let allowed = value >= b' ' || matches!(value, b'\t' | b'\n' | b'\r');
                assert_eq!(
                    result,
                    if allowed {
                        Ok(())
                    } else {
                        Err(NotXmlChar { at: place })
                    }
                );
            }
        }
    }

    #[test]
    fn a_character_that_xml_cannot_hold_is_refused_and_nothing_appended() {
        let cases: [(&[u8], usize); 5] = [
            (b"ab<\0", 3),
            ("é\u{FFFF}".as_bytes(), 2),
            ("\u{FFFE}".as_bytes(), 0),
            (b"abc\xFFd", 3),
            (b"\xED\xA0\x80", 0),
        ];
        for (decoded, at) in cases {
            let mut out = Vec::new();
            assert_eq!(text(&mut out, decoded), Err(NotXmlChar { at }));
            assert_eq!(attribute(&mut out, decoded), Err(NotXmlChar { at }));
            assert!(out.is_empty());
        }
    }
}
