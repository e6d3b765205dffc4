//! One look at the whole document before it is tokenised.

use memchr::{memchr, memchr_iter};

use crate::codec::{Fault, FaultKind};

/// What the whole document tells about the care its texts need.
#[derive(Debug, Clone, Copy)]
pub(super) struct Facts {
    /// A carriage return stands somewhere: line ends have to be normalised.
    pub(super) returns: bool,
    /// A `]` stands somewhere: `]]>` has to be looked for.
    pub(super) brackets: bool,
}

/// Checks that the document is UTF-8 and holds nothing but `Char` (production 2).
///
/// Two OR-reductions that the compiler turns into vector code; bytes of non-ASCII characters are looked at only if there are any.
pub(super) fn check(input: &[u8]) -> Result<Facts, Fault> {
    let high = input.iter().fold(0, |seen, byte| seen | byte);
    let forbidden = input
        .iter()
        .fold(false, |seen, &byte| seen | is_forbidden(byte));
    if high >= 0x80 {
        check_encoding(input)?;
    }
    if forbidden {
        let at = input
            .iter()
            .position(|&byte| is_forbidden(byte))
            .unwrap_or(0);
        return Err(Fault {
            kind: FaultKind::Malformed,
            what: "a control character that XML does not allow",
            at: at as u32,
        });
    }
    Ok(Facts {
        returns: memchr(b'\r', input).is_some(),
        brackets: memchr(b']', input).is_some(),
    })
}

#[inline]
fn is_forbidden(byte: u8) -> bool {
    (byte < b' ') & (byte != b'\t') & (byte != b'\n') & (byte != b'\r')
}

#[cold]
#[inline(never)]
fn check_encoding(input: &[u8]) -> Result<(), Fault> {
    if let Err(error) = std::str::from_utf8(input) {
        return Err(Fault {
            kind: FaultKind::Encoding,
            what: "not UTF-8",
            at: error.valid_up_to() as u32,
        });
    }
    let nonchar = memchr_iter(0xEF, input)
        .find(|&at| matches!(input.get(at + 1..at + 3), Some([0xBF, 0xBE | 0xBF])));
    match nonchar {
        Some(at) => Err(Fault {
            kind: FaultKind::Malformed,
            what: "U+FFFE or U+FFFF, which XML does not allow",
            at: at as u32,
        }),
        None => Ok(()),
    }
}
