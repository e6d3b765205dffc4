//! What the engine is measured against: translators written for one document each, by hand or over serde, with
//! none of the engine's checks. They give the same values for the documents measured here, and only there.

pub(crate) mod handwritten;
pub(crate) mod typed;
pub(crate) mod typed_write;
pub(crate) mod untyped;

/// The digits of a telephone number of the United States in E.164; another text as it is.
fn push_phone(out: &mut Vec<u8>, text: &[u8]) {
    let mut digits = [0; 10];
    let mut count = 0;
    for &byte in text {
        match byte {
            b'0'..=b'9' if count < 10 => {
                digits[count] = byte;
                count += 1;
            }
            b' ' | b'-' | b'.' | b'(' | b')' => {}
            _ => count = 11,
        }
    }
    if count == 10 && digits[0] > b'1' {
        out.extend_from_slice(b"+1");
        out.extend_from_slice(&digits);
    } else {
        out.extend_from_slice(text);
    }
}
