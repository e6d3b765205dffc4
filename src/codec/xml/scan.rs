//! Searches that look at eight bytes at a time.
//!
//! Texts of billing documents are some eight bytes long: a call into a vector search costs more than it saves there.
//! In every mask the lowest set bit is exact; bits above it may be wrong (a borrow crosses bytes), and are not used.

const ONES: u64 = 0x0101_0101_0101_0101;
const TOPS: u64 = 0x8080_8080_8080_8080;

/// The byte at an offset, or 0 behind the end: NUL is no XML character and never stands in a checked document.
#[inline]
pub(super) fn byte(input: &[u8], at: usize) -> u8 {
    input.get(at).copied().unwrap_or(0)
}

/// Eight bytes from `at` on, if so many are left.
#[inline]
pub(super) fn word(input: &[u8], at: usize) -> Option<u64> {
    let chunk = input.get(at..)?.first_chunk::<8>()?;
    Some(u64::from_le_bytes(*chunk))
}

/// Whether two slices of one length hold the same bytes: without a call up to 16 bytes, as long as names are.
#[inline]
pub(super) fn equal_bytes(one: &[u8], other: &[u8]) -> bool {
    if one.len() > 16 || one.len() != other.len() {
        return one == other;
    }
    if let (Some(a), Some(b)) = (one.first_chunk::<8>(), other.first_chunk::<8>()) {
        return a == b && one.last_chunk::<8>() == other.last_chunk::<8>();
    }
    if let (Some(a), Some(b)) = (one.first_chunk::<4>(), other.first_chunk::<4>()) {
        return a == b && one.last_chunk::<4>() == other.last_chunk::<4>();
    }
    one.iter().eq(other)
}

/// Top bits (and noise below them) of the bytes equal to `wanted`.
#[inline]
fn equal(word: u64, wanted: u8) -> u64 {
    let differences = word ^ (ONES * wanted as u64);
    differences.wrapping_sub(ONES) & !differences
}

/// Top bits (and noise below them) of bytes below a blank.
#[inline]
fn control(word: u64) -> u64 {
    word.wrapping_sub(ONES * 0x20) & !word
}

/// Top bits (and noise below them) of bytes that JSON escapes: control characters, `"` and `\`.
/// (A byte is below a blank or `"` exactly if it is at most a blank once its second bit is turned.)
#[inline]
fn awkward(word: u64) -> u64 {
    let turned = word ^ (ONES * 0x02);
    (turned.wrapping_sub(ONES * 0x21) & !word) | equal(word, b'\\')
}

/// Whether any byte of a word is one that a writer of XML looks at: markup, quotes, control and non-ASCII characters.
/// (`<` and `>` differ in one bit, and so do `"` and `&`.)
#[inline]
pub(super) fn special(word: u64) -> bool {
    let angles = equal(word | (ONES * 0x02), b'>');
    let quotes = equal(word | (ONES * 0x04), b'&');
    (word | angles | quotes | control(word)) & TOPS != 0
}

/// Whether JSON can hold the bytes between quotes without an escape.
#[inline]
fn is_plain_byte(byte: u8) -> bool {
    byte >= b' ' && byte != b'"' && byte != b'\\'
}

/// Whether JSON can hold a text between quotes without an escape.
pub(super) fn is_plain(text: &[u8]) -> bool {
    text.iter().all(|&byte| is_plain_byte(byte))
}

/// The first `<` or `&` from `from` on (or the end), and whether all before it is plain.
#[inline]
pub(super) fn text_end(input: &[u8], from: usize) -> (usize, bool) {
    search(
        input,
        from,
        |word| equal(word, b'<') | equal(word, b'&'),
        |byte| matches!(byte, b'<' | b'&'),
    )
}

/// The first `quote`, `<`, `&` or control character from `from` on (or the end), and whether all before it is plain.
#[inline]
pub(super) fn value_end(input: &[u8], from: usize, quote: u8) -> (usize, bool) {
    search(
        input,
        from,
        |word| equal(word, quote) | equal(word, b'<') | equal(word, b'&') | control(word),
        |byte| byte == quote || byte < b' ' || matches!(byte, b'<' | b'&'),
    )
}

#[inline(always)]
fn search(
    input: &[u8],
    from: usize,
    stops: impl Fn(u64) -> u64,
    stop: impl Fn(u8) -> bool,
) -> (usize, bool) {
    let mut at = from;
    let mut rough = 0;
    while let Some(word) = word(input, at) {
        let found = stops(word) & TOPS;
        let escapes = awkward(word) & TOPS;
        if found != 0 {
            let before = found.wrapping_sub(1) & !found;
            return (
                at + (found.trailing_zeros() / 8) as usize,
                rough | (escapes & before) == 0,
            );
        }
        rough |= escapes;
        at += 8;
    }
    let mut plain = rough == 0;
    while let Some(&byte) = input.get(at).filter(|&&byte| !stop(byte)) {
        plain &= is_plain_byte(byte);
        at += 1;
    }
    (at, plain)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Every byte value at every place of texts shorter and longer than a word.
    #[test]
    fn words_and_bytes_agree_for_every_byte_at_every_place() {
        for length in 0..20 {
            for place in 0..length {
                for value in 0..=255 {
                    let mut text = vec![b'x'; length];
                    text[place] = value;
                    text.push(b'<');
                    let stops = matches!(value, b'<' | b'&');
                    let expected = if stops {
                        (place, true)
                    } else {
                        (length, is_plain(&[value]))
                    };
                    assert_eq!(
                        text_end(&text, 0),
                        expected,
                        "{value} at {place} of {length}"
                    );

                    let stops = stops || value == b'\'' || value < b' ';
                    let expected = if stops {
                        (place, true)
                    } else {
                        (length, is_plain(&[value]))
                    };
                    assert_eq!(
                        value_end(&text, 0, b'\''),
                        expected,
                        "{value} at {place} of {length}"
                    );
                }
            }
        }
    }

    #[test]
    fn what_stands_behind_the_stop_does_not_make_a_text_rough() {
        assert_eq!(text_end(b"ab<\"\\\n..", 0), (2, true));
        assert_eq!(text_end(b"a\"<.....", 0), (2, false));
        assert_eq!(text_end(b"........\\.......<", 0), (16, false));
    }
}
