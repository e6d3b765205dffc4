//! Finds where blanks, strings and numbers end, eight bytes at a time.

/// One in every byte.
const ONES: u64 = u64::from_le_bytes([1; 8]);
/// The high bit of every byte.
const HIGH: u64 = u64::from_le_bytes([0x80; 8]);
const SPACES: u64 = u64::from_le_bytes([b' '; 8]);
const QUOTES: u64 = u64::from_le_bytes([b'"'; 8]);
const BACKSLASHES: u64 = u64::from_le_bytes([b'\\'; 8]);

/// The eight bytes that stand at `at`, the first one lowest; none within eight bytes of the end.
#[inline]
pub(super) fn word(input: &[u8], at: usize) -> Option<u64> {
    input
        .get(at..)?
        .first_chunk()
        .copied()
        .map(u64::from_le_bytes)
}

/// The offset of the first byte at or behind `at` that is not blank.
#[inline]
pub(super) fn blank(input: &[u8], at: usize) -> usize {
    match input.get(at) {
        Some(&byte) if byte <= b' ' => blanks(input, at),
        _ => at,
    }
}

/// Skips blanks, indentation by whole words.
#[inline]
fn blanks(input: &[u8], mut at: usize) -> usize {
    while let Some(b' ' | b'\n' | b'\r' | b'\t') = input.get(at) {
        at += 1;
        while let Some(word) = word(input, at) {
            let other = word ^ SPACES;
            if other != 0 {
                at += (other.trailing_zeros() / 8) as usize;
                break;
            }
            at += 8;
        }
    }
    at
}

/// The offset of the first byte behind a colon that is not blank; mostly one space stands there, or none.
#[inline]
pub(super) fn behind_colon(input: &[u8], at: usize) -> usize {
    match input.get(at..at + 2) {
        Some([b' ', token]) if *token > b' ' => at + 1,
        _ => blank(input, at),
    }
}

/// The offset of the first quote, backslash or control byte at or behind `at`, or the end of the input.
#[inline]
pub(super) fn text(input: &[u8], mut at: usize) -> usize {
    let (words, _) = input.get(at..).unwrap_or_default().as_chunks();
    for word in words {
        let marks = marks(u64::from_le_bytes(*word));
        if marks != 0 {
            return at + (marks.trailing_zeros() / 8) as usize;
        }
        at += 8;
    }
    while let Some(&byte) = input.get(at) {
        if byte < b' ' || byte == b'"' || byte == b'\\' {
            break;
        }
        at += 1;
    }
    at
}

/// Marks of the quotes, backslashes and control bytes in a word. A borrow runs upwards only, so the lowest
/// mark is always a true one.
#[inline]
fn marks(word: u64) -> u64 {
    let quote = (word ^ QUOTES).wrapping_sub(ONES);
    let backslash = (word ^ BACKSLASHES).wrapping_sub(ONES);
    let control = word.wrapping_sub(SPACES);
    (quote | backslash | control) & !word & HIGH
}

/// Tells whether a text has no quote, backslash or control byte, by words that overlap at its end.
#[inline]
pub(super) fn is_plain(text: &[u8]) -> bool {
    if let (Some(head), Some(tail)) = (text.first_chunk::<4>(), text.last_chunk::<4>())
        && text.len() <= 8
    {
        let word =
            u64::from(u32::from_le_bytes(*head)) | u64::from(u32::from_le_bytes(*tail)) << 32;
        return marks(word) == 0;
    }
    let Some(tail) = text.last_chunk::<8>() else {
        return text
            .iter()
            .all(|byte| *byte >= b' ' && *byte != b'"' && *byte != b'\\');
    };
    let (words, _) = text.as_chunks::<8>();
    let of_words = words
        .iter()
        .fold(0, |all, word| all | marks(u64::from_le_bytes(*word)));
    of_words | marks(u64::from_le_bytes(*tail)) == 0
}

/// The end of the number that begins at `at`.
///
/// # Errors
/// The offset where a digit was expected and does not stand.
#[inline]
pub(super) fn number(input: &[u8], mut at: usize) -> Result<usize, usize> {
    if input.get(at) == Some(&b'-') {
        at += 1;
    }
    at = match input.get(at) {
        Some(b'0') => at + 1,
        _ => digits(input, at)?,
    };
    if input.get(at) == Some(&b'.') {
        at = digits(input, at + 1)?;
    }
    if let Some(b'e' | b'E') = input.get(at) {
        at += 1;
        if let Some(b'+' | b'-') = input.get(at) {
            at += 1;
        }
        at = digits(input, at)?;
    }
    Ok(at)
}

/// Skips one or more digits.
#[inline]
fn digits(input: &[u8], from: usize) -> Result<usize, usize> {
    let mut at = from;
    while input.get(at).is_some_and(u8::is_ascii_digit) {
        at += 1;
    }
    if at == from { Err(at) } else { Ok(at) }
}

/// Tells whether these bytes are one JSON number and nothing else.
#[must_use]
pub fn is_number(bytes: &[u8]) -> bool {
    number(bytes, 0) == Ok(bytes.len())
}

/// Tells whether `name` stands at `at` and is closed by a quote there.
#[inline]
pub(super) fn stands(input: &[u8], at: usize, name: &[u8]) -> bool {
    let end = at + name.len();
    input.get(end) == Some(&b'"') && input.get(at..end).is_some_and(|here| same(here, name))
}

/// Compares by overlapping words, since names are too short to pay for a call.
#[inline]
pub(super) fn same(left: &[u8], right: &[u8]) -> bool {
    if left.len() != right.len() {
        return false;
    }
    if let (Some(a), Some(b), Some(y), Some(z)) = (
        left.first_chunk::<8>(),
        right.first_chunk::<8>(),
        left.last_chunk::<8>(),
        right.last_chunk::<8>(),
    ) {
        return u64::from_le_bytes(*a) == u64::from_le_bytes(*b)
            && u64::from_le_bytes(*y) == u64::from_le_bytes(*z)
            && (left.len() <= 16 || left == right);
    }
    if let (Some(a), Some(b), Some(y), Some(z)) = (
        left.first_chunk::<4>(),
        right.first_chunk::<4>(),
        left.last_chunk::<4>(),
        right.last_chunk::<4>(),
    ) {
        return a == b && y == z;
    }
    left.iter().zip(right).all(|(a, b)| a == b)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_stops_at_the_first_special_byte_wherever_it_stands() {
        for special in [b'"', b'\\', 0, 0x1F, b'\n'] {
            for before in 0..20 {
                for after in 0..20 {
                    let mut input = vec![0xFF; before];
                    input.push(special);
                    input.extend(vec![b'a'; after]);
                    input.push(b'"');
                    assert_eq!(text(&input, 0), before, "{special} behind {before}");
                }
            }
        }
        assert_eq!(text(b"abcdefghij", 0), 10);
        let harmless: Vec<u8> = (0x20..=0xFF)
            .filter(|b| *b != b'"' && *b != b'\\')
            .collect();
        assert_eq!(text(&harmless, 0), harmless.len());
    }

    #[test]
    fn a_text_is_plain_only_without_any_special_byte() {
        for length in 0..40 {
            assert!(is_plain(&vec![0xC3; length]), "{length}");
            for place in 0..length {
                for special in [b'"', b'\\', 0, 0x1F] {
                    let mut text = vec![b'!'; length];
                    text[place] = special;
                    assert!(!is_plain(&text), "{special} at {place} of {length}");
                }
            }
        }
        let harmless: Vec<u8> = (0x20..=0xFF)
            .filter(|byte| *byte != b'"' && *byte != b'\\')
            .collect();
        assert!(is_plain(&harmless));
    }

    #[test]
    fn blank_skips_the_four_blanks_and_no_other_byte() {
        for count in 0..30 {
            let mut input = b"\r\n\t".to_vec();
            input.extend(vec![b' '; count]);
            input.extend(b"\n x");
            assert_eq!(blank(&input, 0), input.len() - 1, "{count} spaces");
            input.truncate(input.len() - 1);
            assert_eq!(blank(&input, 0), input.len(), "{count} spaces to the end");
        }
        for other in [0, 0x0B, 0x0C, 0x1F, b'x', 0x7F, 0xA0] {
            assert_eq!(blank(&[b' ', other, b' '], 0), 1, "{other}");
        }
    }

    #[test]
    fn a_name_stands_only_whole_and_closed() {
        for length in 1..40 {
            let name = vec![b'n'; length];
            let mut input = name.clone();
            assert!(!stands(&input, 0, &name), "open");
            input.push(b'"');
            assert!(stands(&input, 0, &name), "{length}");
            assert!(!stands(&input, 1, &name), "shifted");
            for place in 0..length {
                let mut other = input.clone();
                other[place] = b'o';
                assert!(!stands(&other, 0, &name), "{length} differing at {place}");
            }
        }
    }

    #[test]
    fn numbers_are_those_of_the_grammar() {
        for good in [
            "0", "-0", "10", "1.0", "-1.50", "1e5", "1E+05", "0.1e-1", "0e0",
        ] {
            assert!(is_number(good.as_bytes()), "{good}");
        }
        for bad in [
            "", "-", "+1", "01", "-01", ".5", "1.", "1.e1", "1e", "1e+", "0x1", "1 ", " 1", "1_0",
            "Infinity", "NaN", "--1", "1-", "1.2.3", "1e1.5",
        ] {
            assert!(!is_number(bad.as_bytes()), "{bad}");
        }
    }
}
