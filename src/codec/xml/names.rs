//! Characters and names by the productions of XML 1.0 (Fifth Edition) 2.2 and 2.3, and QNames of Namespaces in XML 1.0.

use super::scan::byte;
use crate::codec::{Fault, FaultKind};

const NAME: u8 = 1;
const START: u8 = 2;
const BLANK: u8 = 4;

/// Classes of single bytes. `:` and bytes of non-ASCII characters have none, so both leave the fast loop of [`qname`].
static CLASS: [u8; 256] = classes();

const fn classes() -> [u8; 256] {
    let mut table = [0; 256];
    let mut at = 0;
    while at < 128 {
        table[at] = match at as u8 {
            b'A'..=b'Z' | b'a'..=b'z' | b'_' => NAME | START,
            b'0'..=b'9' | b'-' | b'.' => NAME,
            b' ' | b'\t' | b'\n' | b'\r' => BLANK,
            _ => 0,
        };
        at += 1;
    }
    table
}

/// A scanned QName.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct QName {
    /// Offset behind the name.
    pub(super) end: usize,
    /// Bytes of the prefix; 0 if there is none.
    pub(super) prefix: usize,
}

/// Tells whether a byte is white space (production 3).
#[inline]
pub(super) fn is_blank(byte: u8) -> bool {
    CLASS[byte as usize] & BLANK != 0
}

/// Tells whether a byte ends the name of an element in a start tag.
#[inline]
pub(super) fn ends_name(byte: u8) -> bool {
    matches!(byte, b'>' | b'/') || is_blank(byte)
}

/// Offset of the first byte from `at` on that is not white space.
#[inline]
pub(super) fn skip_blanks(input: &[u8], mut at: usize) -> usize {
    while is_blank(byte(input, at)) {
        at += 1;
    }
    at
}

/// Tells whether bytes are one NCName: a name without a colon, as elements and attributes of a dialect are named.
pub fn is_ncname(name: &[u8]) -> bool {
    matches!(qname(name, 0), Ok(QName { end, prefix: 0 }) if end == name.len())
}

/// Scans the QName that starts at `at`.
#[inline]
pub(super) fn qname(input: &[u8], at: usize) -> Result<QName, Fault> {
    let mut end = at;
    while CLASS[byte(input, end) as usize] & NAME != 0 {
        end += 1;
    }
    let behind = byte(input, end);
    if behind == b':' || behind >= 0x80 || CLASS[byte(input, at) as usize] & START == 0 {
        return prefixed(input, at, end);
    }
    Ok(QName { end, prefix: 0 })
}

/// Names with a prefix in ASCII; all others are passed on.
#[inline(never)]
fn prefixed(input: &[u8], at: usize, colon: usize) -> Result<QName, Fault> {
    let class = |at| CLASS[byte(input, at) as usize];
    let mut end = colon + 1;
    while class(end) & NAME != 0 {
        end += 1;
    }
    let both_start = class(at) & class(colon + 1) & START != 0;
    if both_start
        && byte(input, colon) == b':'
        && byte(input, end) != b':'
        && byte(input, end) < 0x80
    {
        return Ok(QName {
            end,
            prefix: colon - at,
        });
    }
    foreign(input, at)
}

/// Names with characters beyond ASCII, and the faults of what is no name.
#[cold]
#[inline(never)]
fn foreign(input: &[u8], at: usize) -> Result<QName, Fault> {
    let mut name = QName { end: at, prefix: 0 };
    let mut begins = true;
    while let Some(character) = character(input, name.end) {
        if character == ':' {
            if begins || name.prefix > 0 {
                break;
            }
            name.prefix = name.end - at;
            begins = true;
        } else if begins && !is_name_start(character) || !is_name_part(character) {
            break;
        } else {
            begins = false;
        }
        name.end += character.len_utf8();
    }
    if begins || byte(input, name.end) == b':' {
        return Err(Fault {
            kind: FaultKind::Malformed,
            what: "expected a name with at most one colon, which stands inside",
            at: name.end as u32,
        });
    }
    Ok(name)
}

/// The character that starts at `at`.
fn character(input: &[u8], at: usize) -> Option<char> {
    let length = match input.get(at)? {
        0..0x80 => 1,
        0x80..0xE0 => 2,
        0xE0..0xF0 => 3,
        0xF0.. => 4,
    };
    let bytes = input.get(at..at + length)?;
    std::str::from_utf8(bytes).ok()?.chars().next()
}

/// `NameStartChar` (production 4) but the colon.
fn is_name_start(character: char) -> bool {
    matches!(character,
        'A'..='Z' | '_' | 'a'..='z' | '\u{C0}'..='\u{D6}' | '\u{D8}'..='\u{F6}' | '\u{F8}'..='\u{2FF}'
        | '\u{370}'..='\u{37D}' | '\u{37F}'..='\u{1FFF}' | '\u{200C}'..='\u{200D}' | '\u{2070}'..='\u{218F}'
        | '\u{2C00}'..='\u{2FEF}' | '\u{3001}'..='\u{D7FF}' | '\u{F900}'..='\u{FDCF}' | '\u{FDF0}'..='\u{FFFD}'
        | '\u{10000}'..='\u{EFFFF}')
}

/// `NameChar` (production 4a) but the colon.
fn is_name_part(character: char) -> bool {
    is_name_start(character)
        || matches!(character,
            '-' | '.' | '0'..='9' | '\u{B7}' | '\u{300}'..='\u{36F}' | '\u{203F}'..='\u{2040}')
}

/// `Char` (production 2).
pub(super) fn is_char(character: char) -> bool {
    !matches!(character, '\0'..='\u{8}' | '\u{B}' | '\u{C}' | '\u{E}'..='\u{1F}' | '\u{FFFE}' | '\u{FFFF}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_follow_the_productions() {
        for name in ["a", "_", "a-b.c1", "é", "Ж", "a\u{B7}", "日本", "\u{10000}"] {
            assert!(is_ncname(name.as_bytes()), "{name}");
        }
        for name in [
            "", "1", "-a", ".a", "a:b", ":", "a ", "\u{B7}", "×", "a\u{37E}", "\u{2000}", "a<",
        ] {
            assert!(!is_ncname(name.as_bytes()), "{name}");
        }
    }

    #[test]
    fn a_prefix_is_counted_and_a_second_colon_refused() {
        assert_eq!(qname(b"ab:c>", 0).map(|n| (n.end, n.prefix)), Ok((4, 2)));
        for name in ["a:b:c", ":a", "a:", "a:1", "a: b"] {
            assert!(qname(name.as_bytes(), 0).is_err(), "{name}");
        }
    }
}
