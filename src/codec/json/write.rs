//! Appends JSON values to a buffer; what is appended is always well-formed.

const HEX: &[u8; 16] = b"0123456789abcdef";

/// Appends a string with its quotes, escaping what must be escaped and nothing else.
///
/// `bytes` are decoded text in UTF-8. `plain` is the promise of [`crate::codec::Text::plain`], that no byte
/// needs an escape; it saves the search for one.
#[inline(always)]
pub fn string(out: &mut Vec<u8>, bytes: &[u8], plain: bool) {
    debug_assert!(std::str::from_utf8(bytes).is_ok(), "text must be UTF-8");
    out.push(b'"');
    if plain {
        debug_assert!(
            !bytes.iter().any(|byte| special(*byte)),
            "text must be plain"
        );
        out.extend_from_slice(bytes);
    } else {
        unknown(out, bytes);
    }
    out.push(b'"');
}

/// Appends a text that may or may not need an escape; most need none.
fn unknown(out: &mut Vec<u8>, bytes: &[u8]) {
    if super::scan::is_plain(bytes) {
        out.extend_from_slice(bytes);
    } else {
        escaped(out, bytes);
    }
}

/// Appends text without quotes, escaped.
pub fn escaped(out: &mut Vec<u8>, bytes: &[u8]) {
    let mut rest = bytes;
    loop {
        let end = super::scan::text(rest, 0);
        out.extend_from_slice(&rest[..end]);
        let Some((&byte, behind)) = rest[end..].split_first() else {
            return;
        };
        escape(out, byte);
        rest = behind;
    }
}

/// Tells whether a byte must be escaped between quotes.
#[inline]
#[must_use]
pub fn special(byte: u8) -> bool {
    byte < b' ' || byte == b'"' || byte == b'\\'
}

#[cold]
fn escape(out: &mut Vec<u8>, byte: u8) {
    let short = match byte {
        b'"' => b'"',
        b'\\' => b'\\',
        b'\n' => b'n',
        b'\r' => b'r',
        b'\t' => b't',
        0x08 => b'b',
        0x0C => b'f',
        _ => {
            out.extend_from_slice(br"\u00");
            out.push(HEX[usize::from(byte >> 4)]);
            out.push(HEX[usize::from(byte & 15)]);
            return;
        }
    };
    out.extend_from_slice(&[b'\\', short]);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_character_comes_back_as_it_was() {
        let text: String = (0..0x300).filter_map(char::from_u32).collect();
        let mut out = Vec::new();
        string(&mut out, text.as_bytes(), false);
        assert_eq!(serde_json::from_slice::<String>(&out).unwrap(), text);
        assert_eq!(out, serde_json::to_vec(&text).unwrap());
    }

    #[test]
    fn plain_text_is_copied_between_quotes() {
        let mut out = b"[".to_vec();
        string(&mut out, "été / \u{7F}".as_bytes(), true);
        assert_eq!(out, "[\"été / \u{7F}\"".as_bytes());
    }

    #[test]
    fn empty_text_is_two_quotes() {
        let mut out = Vec::new();
        string(&mut out, b"", false);
        string(&mut out, b"", true);
        assert_eq!(out, br#""""""#);
    }
}
