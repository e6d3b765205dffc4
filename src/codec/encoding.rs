//! Character encodings: which one a document is in, and the document in UTF-8.
//!
//! XML may be UTF-8, UTF-16, ISO-8859-1 or Windows-1252 (RFC 7303, XML 1.0 4.3.3 and appendix F); JSON is UTF-8
//! (RFC 8259 8.1). Offsets of faults are those of the bytes as they came.

#![allow(
    clippy::as_conversions,
    reason = "an offset of a document beyond 4 GiB is of use to nobody, and the readers refuse such a document"
)]

use std::borrow::Cow;

use encoding_rs::{WINDOWS_1252, mem::decode_latin1};

use super::xml::declaration;
use super::{Fault, FaultKind};

/// The encodings that are read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Encoding {
    Utf8,
    /// UTF-16 of the order that its byte order mark tells.
    Utf16,
    Utf16Le,
    Utf16Be,
    Latin1,
    Windows1252,
}

const MARK: &[u8] = b"\xEF\xBB\xBF";

/// Gives an XML document as UTF-8 without a byte order mark; borrowed if it came as UTF-8.
///
/// A charset given with the content type outranks the XML declaration, which may then say anything (RFC 7303 3):
/// whoever transcodes on the way does not rewrite documents. Without one, the byte order mark and the declaration
/// must agree. A document that came as UTF-8 is not validated here but by the reader, which looks at every byte anyway.
///
/// # Errors
/// A fault of kind `Encoding` if the encoding is another one, if what names it contradicts itself, or if the
/// bytes are not of it; `Malformed` if a second byte order mark follows the first.
pub fn decode<'a>(
    input: &'a [u8],
    content_type_charset: Option<&str>,
) -> Result<Cow<'a, [u8]>, Fault> {
    let (marked, body) = marked(input);
    let encoding = match content_type_charset {
        Some(charset) => by_charset(charset, marked)?,
        None => by_document(marked, body)?,
    };
    let start = input.len().saturating_sub(body.len());
    let decoded = transcode(encoding, body)
        .map_err(|(what, at)| encoding_fault(what, start.saturating_add(at)))?;
    if decoded.starts_with(MARK) {
        return Err(Fault {
            kind: FaultKind::Malformed,
            what: "a byte order mark inside the document",
            at: start as u32,
        });
    }
    Ok(decoded)
}

/// Names UTF-8 in the declaration of an XML document that was transcoded to it; one without a declared encoding
/// stays as it is.
pub fn declare_utf8(document: &mut Vec<u8>) {
    const NAME: &[u8] = b"encoding";
    let Ok(Some(declaration)) = declaration::read(document, 0) else {
        return;
    };
    let Some(length) = declaration.encoding.map(<[u8]>::len) else {
        return;
    };
    // The only word before it is `version`, and its value is a number.
    let name = document.windows(NAME.len()).position(|word| word == NAME);
    let quote = name.and_then(|name| {
        let behind = document.get(name..)?;
        let quote = behind
            .iter()
            .position(|byte| matches!(byte, b'"' | b'\''))?;
        Some(name.saturating_add(quote))
    });
    if let Some(quote) = quote {
        let start = quote.saturating_add(1);
        document.splice(start..start.saturating_add(length), *b"UTF-8");
    }
}

/// Checks the charset given with the content type of a JSON document: RFC 8259 knows UTF-8 only.
///
/// # Errors
/// A fault of kind `Encoding` for every other charset.
pub fn json(content_type_charset: Option<&str>) -> Result<(), Fault> {
    match content_type_charset {
        Some(charset) if !charset.eq_ignore_ascii_case("utf-8") => {
            Err(encoding_fault("expected JSON in UTF-8", 0))
        }
        _ => Ok(()),
    }
}

/// The encoding that a byte order mark tells, and the document behind it.
fn marked(input: &[u8]) -> (Option<Encoding>, &[u8]) {
    const MARKS: [(&[u8], Encoding); 3] = [
        (MARK, Encoding::Utf8),
        (b"\xFF\xFE", Encoding::Utf16Le),
        (b"\xFE\xFF", Encoding::Utf16Be),
    ];
    for (mark, encoding) in MARKS {
        if let Some(body) = input.strip_prefix(mark) {
            return (Some(encoding), body);
        }
    }
    (None, input)
}

/// The encoding of a charset given from outside; a byte order mark may confirm it and not contradict it.
fn by_charset(charset: &str, marked: Option<Encoding>) -> Result<Encoding, Fault> {
    let named = named(charset.as_bytes())?;
    match (named, marked) {
        (_, None) => unmarked(named),
        (_, Some(mark)) => agree(
            named,
            mark,
            "a charset that the byte order mark contradicts",
        ),
    }
}

/// The encoding by the document itself: its mark, its declaration, or UTF-8.
fn by_document(marked: Option<Encoding>, body: &[u8]) -> Result<Encoding, Fault> {
    let apparent = marked.unwrap_or(match body {
        [b'<', 0, ..] => Encoding::Utf16Le,
        [0, b'<', ..] => Encoding::Utf16Be,
        _ => Encoding::Utf8,
    });
    let declared = match apparent {
        Encoding::Utf16Le | Encoding::Utf16Be => {
            // A declaration is ASCII and short; as many units are looked at as can hold one.
            let head = body.get(..HEAD.min(body.len() & !1)).unwrap_or_default();
            declared(&transcode_lossy(apparent, head))?
        }
        _ => declared(body)?,
    };
    match (declared, marked) {
        (Some(named), Some(mark)) => agree(
            named,
            mark,
            "a declared encoding that the byte order mark contradicts",
        ),
        (Some(named), None) if wide(named) == wide(apparent) => agree(
            unmarked(named)?,
            if wide(named) { apparent } else { named },
            "a declared encoding that the bytes contradict",
        ),
        (Some(_), None) => Err(encoding_fault(
            "a declared encoding that the bytes contradict",
            0,
        )),
        (None, Some(mark)) => Ok(mark),
        (None, None) => unmarked(if wide(apparent) {
            Encoding::Utf16
        } else {
            apparent
        }),
    }
}

/// Bytes of UTF-16 in which a declaration is looked for.
const HEAD: usize = 512;

fn wide(encoding: Encoding) -> bool {
    matches!(
        encoding,
        Encoding::Utf16 | Encoding::Utf16Le | Encoding::Utf16Be
    )
}

/// The encoding of bytes that start without a byte order mark: not UTF-16 of an order unknown (XML 1.0 4.3.3).
fn unmarked(named: Encoding) -> Result<Encoding, Fault> {
    if named == Encoding::Utf16 {
        return Err(encoding_fault(
            "expected a byte order mark at the start of UTF-16",
            0,
        ));
    }
    Ok(named)
}

fn agree(named: Encoding, apparent: Encoding, what: &'static str) -> Result<Encoding, Fault> {
    if named == apparent || named == Encoding::Utf16 && wide(apparent) {
        return Ok(apparent);
    }
    Err(encoding_fault(what, 0))
}

/// The encoding that the XML declaration names. What is no declaration is left for the reader to refuse.
fn declared(body: &[u8]) -> Result<Option<Encoding>, Fault> {
    match declaration::read(body, 0) {
        Ok(Some(declaration)) => declaration.encoding.map(named).transpose(),
        _ => Ok(None),
    }
}

/// The encoding of a name registered with IANA for it (in any case), and of a few that everybody uses besides.
///
/// ISO-8859-1 is meant to the letter: browsers read it as Windows-1252, upstreams and their caches do not.
fn named(name: &[u8]) -> Result<Encoding, Fault> {
    const NAMES: [(&str, Encoding); 18] = [
        ("utf-8", Encoding::Utf8),
        ("utf8", Encoding::Utf8),
        ("csutf8", Encoding::Utf8),
        ("utf-16", Encoding::Utf16),
        ("csutf16", Encoding::Utf16),
        ("utf-16le", Encoding::Utf16Le),
        ("utf-16be", Encoding::Utf16Be),
        ("iso-8859-1", Encoding::Latin1),
        ("iso_8859-1", Encoding::Latin1),
        ("iso_8859-1:1987", Encoding::Latin1),
        ("iso-ir-100", Encoding::Latin1),
        ("csisolatin1", Encoding::Latin1),
        ("latin1", Encoding::Latin1),
        ("l1", Encoding::Latin1),
        ("ibm819", Encoding::Latin1),
        ("windows-1252", Encoding::Windows1252),
        ("cswindows1252", Encoding::Windows1252),
        ("cp1252", Encoding::Windows1252),
    ];
    let found = NAMES
        .iter()
        .find(|(known, _)| known.as_bytes().eq_ignore_ascii_case(name));
    found
        .map(|&(_, encoding)| encoding)
        .ok_or_else(|| encoding_fault("an encoding that is not read", 0))
}

/// Transcodes to UTF-8, or tells what does not belong to the encoding and where.
fn transcode(encoding: Encoding, body: &[u8]) -> Result<Cow<'_, [u8]>, (&'static str, usize)> {
    match encoding {
        Encoding::Utf8 => Ok(Cow::Borrowed(body)),
        Encoding::Latin1 => Ok(into_bytes(decode_latin1(body))),
        Encoding::Windows1252 => {
            let unassigned = |byte: &u8| matches!(byte, 0x81 | 0x8D | 0x8F | 0x90 | 0x9D);
            match body.iter().position(unassigned) {
                Some(at) => Err(("a byte that windows-1252 leaves unassigned", at)),
                None => Ok(into_bytes(WINDOWS_1252.decode_without_bom_handling(body).0)),
            }
        }
        Encoding::Utf16 | Encoding::Utf16Le | Encoding::Utf16Be => {
            let mut text = String::with_capacity(body.len());
            let mut at = 0_usize;
            for character in char::decode_utf16(units(encoding, body)) {
                let Ok(character) = character else {
                    return Err(("half of a surrogate pair", at));
                };
                text.push(character);
                at = at.saturating_add(character.len_utf16().saturating_mul(2));
            }
            if at < body.len() {
                return Err(("half of a unit of UTF-16", at));
            }
            Ok(Cow::Owned(text.into_bytes()))
        }
    }
}

fn transcode_lossy(encoding: Encoding, body: &[u8]) -> Vec<u8> {
    let characters = char::decode_utf16(units(encoding, body));
    characters
        .map(|unit| unit.unwrap_or(char::REPLACEMENT_CHARACTER))
        .collect::<String>()
        .into_bytes()
}

fn units(encoding: Encoding, body: &[u8]) -> impl Iterator<Item = u16> {
    let order = if encoding == Encoding::Utf16Be {
        u16::from_be_bytes
    } else {
        u16::from_le_bytes
    };
    body.as_chunks::<2>().0.iter().map(move |&unit| order(unit))
}

fn into_bytes(text: Cow<'_, str>) -> Cow<'_, [u8]> {
    match text {
        Cow::Borrowed(text) => Cow::Borrowed(text.as_bytes()),
        Cow::Owned(text) => Cow::Owned(text.into_bytes()),
    }
}

#[cold]
fn encoding_fault(what: &'static str, at: usize) -> Fault {
    Fault {
        kind: FaultKind::Encoding,
        what,
        at: at as u32,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kind(input: &[u8], charset: Option<&str>) -> Option<FaultKind> {
        decode(input, charset).err().map(|fault| fault.kind)
    }

    fn utf16(text: &str, order: fn(u16) -> [u8; 2]) -> Vec<u8> {
        text.encode_utf16().flat_map(order).collect()
    }

    #[test]
    fn utf_8_is_borrowed_with_and_without_a_mark() {
        for (input, charset) in [
            ("<a>é</a>".as_bytes(), None),
            ("\u{FEFF}<a>é</a>".as_bytes(), None),
            ("\u{FEFF}<a>é</a>".as_bytes(), Some("UTF-8")),
            ("<a>é</a>".as_bytes(), Some("utf-8")),
        ] {
            let decoded = decode(input, charset).expect("UTF-8");
            assert!(matches!(decoded, Cow::Borrowed(b"<a>\xC3\xA9</a>")));
        }
    }

    #[test]
    fn latin_1_is_not_windows_1252() {
        let document = b"<?xml version='1.0' encoding='ISO-8859-1'?><a>\x80\xE9</a>";
        assert!(
            decode(document, None)
                .expect("latin1")
                .ends_with("<a>\u{80}é</a>".as_bytes())
        );
        assert!(
            decode(document, Some("windows-1252"))
                .expect("1252")
                .ends_with("<a>€é</a>".as_bytes())
        );
        assert_eq!(
            decode(b"<a>\x81</a>", Some("latin1")).expect("latin1"),
            "<a>\u{81}</a>".as_bytes()
        );
        let fault = decode(b"<a>\x81</a>", Some("windows-1252")).expect_err("unassigned");
        assert_eq!((fault.kind, fault.at), (FaultKind::Encoding, 3));
    }

    #[test]
    fn a_charset_outranks_the_declaration() {
        let document = b"<?xml version='1.0' encoding='UTF-8'?><a>\xE9</a>";
        assert!(
            decode(document, Some("iso-8859-1"))
                .expect("latin1")
                .ends_with("é</a>".as_bytes())
        );
        let document = "<?xml version='1.0' encoding='ISO-8859-1'?><a>é</a>".as_bytes();
        assert_eq!(decode(document, Some("utf-8")).expect("UTF-8"), document);
        let document = b"<?xml version='1.0' encoding='x-unknown'?><a/>";
        assert_eq!(
            (kind(document, Some("utf-8")), kind(document, None)),
            (None, Some(FaultKind::Encoding))
        );
    }

    #[test]
    fn a_mark_contradicted_by_a_charset_or_a_declaration_is_refused() {
        let refused = Some(FaultKind::Encoding);
        assert_eq!(kind("\u{FEFF}<a/>".as_bytes(), Some("iso-8859-1")), refused);
        assert_eq!(kind(b"\xFF\xFE<\0a\0/\0>\0", Some("utf-16be")), refused);
        assert_eq!(kind(b"\xFF\xFE<\0a\0/\0>\0", Some("utf-8")), refused);
        assert_eq!(
            kind(
                "\u{FEFF}<?xml version='1.0' encoding='latin1'?><a/>".as_bytes(),
                None
            ),
            refused
        );
        let declared = utf16(
            "\u{FEFF}<?xml version='1.0' encoding='UTF-8'?><a/>",
            u16::to_le_bytes,
        );
        assert_eq!(kind(&declared, None), refused);
        assert_eq!(kind(&declared, Some("utf-16")), None);
    }

    #[test]
    fn utf_16_needs_a_mark_or_the_name_of_an_order() {
        let text = "<?xml version='1.0' encoding='UTF-16'?><a>é😀</a>";
        for order in [u16::to_le_bytes, u16::to_be_bytes] {
            let marked = utf16(&format!("\u{FEFF}{text}"), order);
            assert_eq!(decode(&marked, None).expect("UTF-16"), text.as_bytes());
            assert_eq!(
                decode(&marked, Some("UTF-16")).expect("UTF-16"),
                text.as_bytes()
            );
            assert_eq!(kind(&utf16(text, order), None), Some(FaultKind::Encoding));
            assert_eq!(kind(&utf16("<a/>", order), None), Some(FaultKind::Encoding));
        }
        let named = "<?xml version='1.0' encoding='UTF-16LE'?><a/>";
        assert_eq!(
            decode(&utf16(named, u16::to_le_bytes), None).expect("UTF-16LE"),
            named.as_bytes()
        );
        assert_eq!(
            kind(&utf16(named, u16::to_be_bytes), None),
            Some(FaultKind::Encoding)
        );
        assert_eq!(
            decode(&utf16("<a/>", u16::to_be_bytes), Some("utf-16be")).expect("UTF-16BE"),
            &b"<a/>"[..]
        );
        assert_eq!(kind(b"<a/>", Some("utf-16")), Some(FaultKind::Encoding));
        assert_eq!(
            kind(b"<?xml version='1.0' encoding='UTF-16'?><a/>", None),
            Some(FaultKind::Encoding)
        );
    }

    #[test]
    fn broken_utf_16_is_refused_where_it_breaks() {
        let fault = decode(b"\xFE\xFF\0<\xD8\0\0a", None).expect_err("a lone surrogate");
        assert_eq!((fault.kind, fault.at), (FaultKind::Encoding, 4));
        let fault = decode(b"\xFE\xFF\0<\0", None).expect_err("an odd byte");
        assert_eq!((fault.kind, fault.at), (FaultKind::Encoding, 4));
    }

    #[test]
    fn a_second_mark_is_refused() {
        assert_eq!(
            kind("\u{FEFF}\u{FEFF}<a/>".as_bytes(), None),
            Some(FaultKind::Malformed)
        );
        assert_eq!(
            kind(b"\xFE\xFF\xFE\xFF\0<", None),
            Some(FaultKind::Malformed)
        );
    }

    #[test]
    fn every_other_encoding_is_refused() {
        for charset in [
            "us-ascii",
            "iso-8859-15",
            "utf-7",
            "utf-32",
            "ebcdic-cp-us",
            "shift_jis",
            "",
        ] {
            assert_eq!(
                kind(b"<a/>", Some(charset)),
                Some(FaultKind::Encoding),
                "{charset}"
            );
        }
    }

    #[test]
    fn json_is_utf_8_only() {
        assert_eq!(
            (json(None), json(Some("utf-8")), json(Some("UTF-8"))),
            (Ok(()), Ok(()), Ok(()))
        );
        for charset in ["iso-8859-1", "utf-16", "us-ascii", ""] {
            assert_eq!(
                json(Some(charset)).map_err(|fault| fault.kind),
                Err(FaultKind::Encoding)
            );
        }
    }

    #[test]
    fn a_transcoded_document_says_so() {
        for (document, relabelled) in [
            (
                "<?xml version='1.0' encoding = 'UTF-16' standalone='yes'?><a/>",
                "<?xml version='1.0' encoding = 'UTF-8' standalone='yes'?><a/>",
            ),
            (
                "<?xml version=\"1.0\"?><a b='encoding'/>",
                "<?xml version=\"1.0\"?><a b='encoding'/>",
            ),
            ("<encoding/>", "<encoding/>"),
        ] {
            let mut bytes = document.as_bytes().to_vec();
            declare_utf8(&mut bytes);
            assert_eq!(String::from_utf8(bytes).unwrap(), relabelled);
        }
    }
}
