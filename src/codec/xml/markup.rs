//! Markup that is checked and not told: comments and processing instructions; and the DOCTYPE, which is refused.

use memchr::memmem;

use super::names::{is_blank, qname};
use super::scan::byte;
use crate::codec::{Fault, FaultKind};

/// Reads the comment or processing instruction whose `<!` or `<?` stands at `at`; returns the offset behind it.
#[cold]
pub(super) fn skip(input: &[u8], at: usize) -> Result<usize, Fault> {
    let rest = &input[at..];
    if rest.starts_with(b"<?") {
        instruction(input, at)
    } else if rest.starts_with(b"<!--") {
        comment(input, at)
    } else if rest.starts_with(b"<!DOCTYPE") {
        Err(Fault {
            kind: FaultKind::Refused,
            what: "a DOCTYPE",
            at: at as u32,
        })
    } else {
        Err(malformed(
            "expected a tag, a comment or a processing instruction",
            at,
        ))
    }
}

/// Production 15: no `--` inside.
fn comment(input: &[u8], at: usize) -> Result<usize, Fault> {
    let text = at + 4;
    let Some(length) = memmem::find(&input[text..], b"--") else {
        return Err(malformed("expected the end of the comment", at));
    };
    let dashes = text + length;
    if byte(input, dashes + 2) != b'>' {
        return Err(malformed("two hyphens inside a comment", dashes));
    }
    Ok(dashes + 3)
}

/// Productions 16 and 17: the target is a name without a colon and not `xml` in any case.
fn instruction(input: &[u8], at: usize) -> Result<usize, Fault> {
    let target = at + 2;
    let name = qname(input, target)?;
    if name.prefix > 0 {
        return Err(malformed(
            "a colon in the target of a processing instruction",
            target,
        ));
    }
    if input[target..name.end].eq_ignore_ascii_case(b"xml") {
        return Err(malformed(
            "an XML declaration anywhere but at the start",
            at,
        ));
    }
    let Some(length) = memmem::find(&input[name.end..], b"?>") else {
        return Err(malformed(
            "expected the end of the processing instruction",
            at,
        ));
    };
    if length > 0 && !is_blank(byte(input, name.end)) {
        return Err(malformed(
            "expected a blank behind the target of a processing instruction",
            name.end,
        ));
    }
    Ok(name.end + length + 2)
}

/// A fault of kind `Malformed`.
#[cold]
pub(super) fn malformed(what: &'static str, at: usize) -> Fault {
    Fault {
        kind: FaultKind::Malformed,
        what,
        at: at as u32,
    }
}
