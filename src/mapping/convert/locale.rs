//! `locale`: a locale such as `en_US` to a language tag.

use super::Refusal;
use super::info::{Example, Info};

pub(super) static INFO: Info = Info {
    name: "locale",
    summary: "language, script and region joined by `_` to a BCP 47 tag in its usual letters",
    parameters: &[],
    examples: &[
        Example::both(&[], &["en_US"], &["en-US"]),
        Example::both(&[], &["es"], &["es"]),
        Example::both(&[], &["zh_Hant_TW"], &["zh-Hant-TW"]),
        Example::both(&[], &["es_419"], &["es-419"]),
        Example::read(&[], &["EN_us"], &["en-US"]),
        Example::read(&[], &["fr-CA"], &["fr-CA"]),
        Example::refuse_read(&[], &["english"]),
        Example::refuse_read(&[], &["en_US.UTF-8"]),
        Example::refuse_read(&[], &["_US"]),
        Example::refuse_write(&[], &["en-us"]).note("a tag is written in its usual letters"),
        Example::refuse_write(&[], &["en_US"]),
    ],
};

/// The parts of a tag that the model knows, in their order (RFC 5646, section 2.1).
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Part {
    Language,
    Script,
    Region,
}

pub(super) fn read(native: &[u8], out: &mut Vec<u8>) -> Result<(), Refusal> {
    let mut last = None;
    for part in native.split(|byte| matches!(byte, b'_' | b'-')) {
        let kind = kind(part, last).ok_or(Refusal::invalid("a locale such as `en_US`"))?;
        if last.is_some() {
            out.push(b'-');
        }
        out.extend(
            part.iter()
                .enumerate()
                .map(|(place, letter)| usual(kind, place, *letter)),
        );
        last = Some(kind);
    }
    Ok(())
}

pub(super) fn write(canonical: &[u8], out: &mut Vec<u8>) -> Result<(), Refusal> {
    const WHY: Refusal = Refusal::invalid("a language tag such as `en`, `en-US` or `zh-Hant-TW`");
    let mut last = None;
    for part in canonical.split(|byte| *byte == b'-') {
        let kind = kind(part, last).ok_or(WHY)?;
        let mut letters = part.iter().enumerate();
        if !letters.all(|(place, letter)| usual(kind, place, *letter) == *letter) {
            return Err(WHY);
        }
        if last.is_some() {
            out.push(b'_');
        }
        out.extend_from_slice(part);
        last = Some(kind);
    }
    Ok(())
}

/// Tells a part by its length and letters; `None` if it is none or stands out of order.
fn kind(part: &[u8], last: Option<Part>) -> Option<Part> {
    let letters = part.iter().all(u8::is_ascii_alphabetic);
    let digits = part.iter().all(u8::is_ascii_digit);
    let kind = match (part.len(), last) {
        (2 | 3, None) if letters => Part::Language,
        (4, Some(_)) if letters => Part::Script,
        (2, Some(_)) if letters => Part::Region,
        (3, Some(_)) if digits => Part::Region,
        _ => return None,
    };
    (last < Some(kind)).then_some(kind)
}

/// The letter as this part is usually written.
fn usual(kind: Part, place: usize, letter: u8) -> u8 {
    match (kind, place) {
        (Part::Region, _) | (Part::Script, 0) => letter.to_ascii_uppercase(),
        (Part::Language | Part::Script, _) => letter.to_ascii_lowercase(),
    }
}
