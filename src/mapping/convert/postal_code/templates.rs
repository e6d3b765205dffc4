//! How countries write their postal codes.
//!
//! Source: the addressing guides of the Universal Postal Union (S42), and Canada Post for the letters that no
//! Canadian code has. `9` is a digit, `A` a letter, `C` a letter of Canadian codes and `F` one that may begin
//! them; blank and hyphen stand for themselves, other signs for that letter. A country without any writing has no codes
//! in use (Jamaica took its own back in 2007): a text that stands there all the same moves as it is.

/// Countries and the writings of their codes, which differ in length or in the kinds of their signs.
pub(super) static TEMPLATES: &[(&[&str], &[&str])] = &[
    (
        &["US", "PR", "VI", "GU", "AS", "MP"],
        &["99999", "99999-9999"],
    ),
    (&["CA"], &["F9C 9C9"]),
    (
        &["GB", "GG", "IM", "JE"],
        &[
            "A9 9AA", "A99 9AA", "AA9 9AA", "AA99 9AA", "A9A 9AA", "AA9A 9AA",
        ],
    ),
    (&["NL"], &["9999 AA"]),
    (&["BR"], &["99999-999"]),
    (&["PT"], &["9999-999"]),
    (&["JP"], &["999-9999"]),
    (&["PL"], &["99-999"]),
    (&["SE", "GR", "CZ", "SK"], &["999 99"]),
    (
        &["DE", "FR", "ES", "IT", "FI", "MX", "KR", "TR", "UA", "CR"],
        &["99999"],
    ),
    (
        &["AU", "NZ", "AT", "BE", "CH", "DK", "NO", "HU", "ZA", "PA"],
        &["9999"],
    ),
    (&["IN", "SG", "CN", "CO", "TT"], &["999999"]),
    (&["IL", "CL"], &["9999999"]),
    (&["BB"], &["BB99999"]),
    (&["JM"], &[]),
];

/// Tells whether a sign may stand at a place of a template.
pub(super) fn takes(place: u8, byte: u8) -> bool {
    match place {
        b'9' => byte.is_ascii_digit(),
        b'A' => byte.is_ascii_uppercase(),
        b'C' => byte.is_ascii_uppercase() && !b"DFIOQU".contains(&byte),
        b'F' => takes(b'C', byte) && !b"WZ".contains(&byte),
        other => other == byte,
    }
}
