//! The XML declaration (productions 23 to 26, 32, 80 and 81).

use memchr::memchr;

use super::markup::malformed;
use super::names::skip_blanks;
use super::scan::byte;
use crate::codec::Fault;

/// A read XML declaration.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::codec) struct Declaration<'a> {
    /// Offset behind `?>`.
    pub(in crate::codec) end: usize,
    /// The encoding it names.
    pub(in crate::codec) encoding: Option<&'a [u8]>,
}

/// Reads the declaration that starts at `at`, if one does: `<?xml` and a blank (else it is a processing instruction).
///
/// # Errors
/// `Malformed` if what starts there as a declaration is not one.
pub(in crate::codec) fn read(input: &[u8], at: usize) -> Result<Option<Declaration<'_>>, Fault> {
    let rest = input.get(at..).unwrap_or_default();
    if !rest.starts_with(b"<?xml") || !matches!(byte(rest, 5), b' ' | b'\t' | b'\n' | b'\r') {
        return Ok(None);
    }
    let Some((version, mut end)) = field(input, at + 5, b"version")? else {
        return Err(malformed(
            "expected the version in the XML declaration",
            at + 5,
        ));
    };
    // Fifth Edition: `1.` and digits; another minor version is read as 1.0.
    if !version
        .strip_prefix(b"1.")
        .is_some_and(|minor| !minor.is_empty() && minor.iter().all(u8::is_ascii_digit))
    {
        return Err(malformed("expected version 1.0", end));
    }
    let mut encoding = None;
    if let Some((name, behind)) = field(input, end, b"encoding")? {
        let tail = |b: &u8| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'_' | b'-');
        if !name.first().is_some_and(u8::is_ascii_alphabetic) || !name.iter().all(tail) {
            return Err(malformed("expected the name of an encoding", behind));
        }
        (encoding, end) = (Some(name), behind);
    }
    if let Some((standalone, behind)) = field(input, end, b"standalone")? {
        if !matches!(standalone, b"yes" | b"no") {
            return Err(malformed("expected yes or no as standalone", behind));
        }
        end = behind;
    }
    end = skip_blanks(input, end);
    if !input.get(end..).unwrap_or_default().starts_with(b"?>") {
        return Err(malformed("expected the end of the XML declaration", end));
    }
    Ok(Some(Declaration {
        end: end + 2,
        encoding,
    }))
}

/// The value of one field and the offset behind its closing quote, if a blank and its name come next.
fn field<'a>(input: &'a [u8], at: usize, name: &[u8]) -> Result<Option<(&'a [u8], usize)>, Fault> {
    let start = skip_blanks(input, at);
    if start == at || !input.get(start..).unwrap_or_default().starts_with(name) {
        return Ok(None);
    }
    let equals = skip_blanks(input, start + name.len());
    let open = skip_blanks(input, equals + 1);
    let quote = byte(input, open);
    if byte(input, equals) != b'=' || !matches!(quote, b'"' | b'\'') {
        return Err(malformed(
            "expected = and a quoted value in the XML declaration",
            equals,
        ));
    }
    let value = input.get(open + 1..).unwrap_or_default();
    let Some(length) = memchr(quote, value) else {
        return Err(malformed(
            "expected the closing quote of a value in the XML declaration",
            open,
        ));
    };
    Ok(Some((&value[..length], open + 2 + length)))
}
