//! `uuid`: a UUID made of any id.

use ring::digest;

use super::Refusal;
use super::arguments::{Argument, Arguments, BuildError};
use super::info::{Example, Info, Parameter};

const PLAIN: &[Argument<'_>] = &[Argument::word("plain")];

pub(super) static INFO: Info = Info {
    name: "uuid",
    summary: "a UUID, `plain` without hyphens, to its usual form; another id is written as a UUID made from it",
    parameters: &[Parameter::optional("style", "`plain`")],
    examples: &[
        Example::both(
            PLAIN,
            &["0123456789abcdef0123456789abcdef"],
            &["01234567-89ab-cdef-0123-456789abcdef"],
        ),
        Example::both(
            &[],
            &["01234567-89ab-cdef-0123-456789abcdef"],
            &["01234567-89ab-cdef-0123-456789abcdef"],
        ),
        Example::read(
            PLAIN,
            &["01234567-89AB-CDEF-0123-456789ABCDEF"],
            &["01234567-89ab-cdef-0123-456789abcdef"],
        ),
        Example::write(PLAIN, &["order-17"], &["72a90ea3da8b8dd09bde2f27314e02e2"]).note(
            "of version 8 (RFC 9562), from the SHA-256 of the id: the same id gives the same UUID",
        ),
        Example::refuse_read(PLAIN, &["order-17"]),
    ],
};

/// Where hyphens stand before a byte of a UUID, counted in bytes.
const HYPHENS: [usize; 4] = [4, 6, 8, 10];

/// The converter `uuid`.
#[derive(Debug, Clone, Copy)]
pub struct Uuid {
    plain: bool,
}

impl Uuid {
    pub(super) fn build(arguments: &Arguments<'_>) -> Result<Self, BuildError> {
        let plain = arguments.choice("style", &[("plain", true)])?;
        Ok(Self {
            plain: plain.unwrap_or(false),
        })
    }

    pub(super) fn read(native: &[u8], out: &mut Vec<u8>) -> Result<(), Refusal> {
        let uuid = parse(native).ok_or(Refusal::invalid("a UUID"))?;
        write(uuid, true, out);
        Ok(())
    }

    pub(super) fn write(self, canonical: &[u8], out: &mut Vec<u8>) -> Result<(), Refusal> {
        let uuid = parse(canonical).unwrap_or_else(|| derive(canonical));
        write(uuid, !self.plain, out);
        Ok(())
    }
}

/// Reads 32 hexadecimal digits, or the same with the four hyphens of RFC 9562.
fn parse(text: &[u8]) -> Option<u128> {
    let hyphens = [8, 13, 18, 23];
    let digits = match text.len() {
        32 => text.to_vec(),
        36 if hyphens.iter().all(|place| text.get(*place) == Some(&b'-')) => {
            text.iter().copied().filter(|byte| *byte != b'-').collect()
        }
        _ => return None,
    };
    let all = digits.len() == 32 && digits.iter().all(u8::is_ascii_hexdigit);
    let digits = std::str::from_utf8(&digits).ok().filter(|_| all)?;
    u128::from_str_radix(digits, 16).ok()
}

/// Makes a UUID of version 8 and the variant of RFC 9562 from the first bits of the SHA-256 of the text.
fn derive(text: &[u8]) -> u128 {
    let hash = digest::digest(&digest::SHA256, text);
    let bits = hash
        .as_ref()
        .iter()
        .take(16)
        .fold(0, |bits: u128, byte| (bits << 8) | u128::from(*byte));
    let version = (bits & !(0xF << 76)) | (0x8 << 76);
    (version & !(0x3 << 62)) | (0x2 << 62)
}

fn write(uuid: u128, hyphens: bool, out: &mut Vec<u8>) {
    for (place, byte) in uuid.to_be_bytes().into_iter().enumerate() {
        if hyphens && HYPHENS.contains(&place) {
            out.push(b'-');
        }
        for half in [byte >> 4, byte & 0xF] {
            out.extend(
                char::from_digit(half.into(), 16).and_then(|digit| u8::try_from(digit).ok()),
            );
        }
    }
}
