//! Appending short texts without a call.

/// Bytes that are copied at once.
const WORD: usize = 32;

/// Bytes that have to stand behind texts for all of them to be copied the short way.
pub(crate) const ROOM: [u8; WORD] = [0; WORD];

/// Appends the first `length` bytes of `from`, which has as many.
///
/// Names and values are mostly shorter than a call to copy them is worth: where enough stands behind such a one, a
/// whole word is appended, and what is too much of it is taken off again.
#[inline(always)]
pub(crate) fn append_start(out: &mut Vec<u8>, from: &[u8], length: usize) {
    if length <= WORD
        && let Some(word) = from.first_chunk::<WORD>()
    {
        let end = out.len().saturating_add(length);
        out.extend_from_slice(word);
        out.truncate(end);
    } else {
        append_long(out, from, length);
    }
}

#[inline(never)]
fn append_long(out: &mut Vec<u8>, from: &[u8], length: usize) {
    out.extend_from_slice(from.get(..length).unwrap_or(from));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_first_bytes_are_appended_whatever_stands_behind_them() {
        let text: Vec<u8> = (0..80).collect();
        for behind in 0..text.len() {
            for length in 0..=behind {
                let mut out = b"=".to_vec();
                append_start(&mut out, &text[..behind], length);
                assert_eq!(out[0], b'=');
                assert_eq!(out[1..], text[..length], "{length} of {behind}");
            }
        }
    }
}
