//! Lays a document out for people.

use quick_xml::Reader;
use quick_xml::events::{BytesStart, Event};

use super::markup::malformed;
use super::{XmlReader, names::is_blank};
use crate::codec::deaf::Deaf;
use crate::codec::{Fault, Limits};

/// Blanks of one level.
const INDENT: &[u8] = b"  ";

/// A piece of the document as it stands there.
#[derive(Debug)]
struct Piece<'a> {
    kind: Kind,
    raw: &'a [u8],
}

#[derive(Debug, PartialEq, Eq)]
enum Kind {
    /// A start tag; true if the element holds nothing but elements, so that blanks in it mean nothing.
    Start(bool),
    End,
    /// An empty element, a comment, a processing instruction, the XML declaration.
    Single,
    Text,
    Blank,
}

/// Puts every element that stands among elements only on its own line, indented by its level.
///
/// Nothing else changes: texts, mixed content, attributes, comments, and whatever stands under
/// `xml:space="preserve"` are kept byte for byte.
///
/// # Errors
/// The fault of [`XmlReader::read`] if it is no document within the limits.
pub fn pretty(input: &[u8], limits: &Limits) -> Result<Vec<u8>, Fault> {
    XmlReader::default().read(input, limits, &mut Vec::new(), &mut Deaf)?;
    let mut out = Vec::with_capacity(input.len().saturating_mul(2));
    let mut laid_out = vec![true];
    for piece in pieces(input)? {
        let among_elements = laid_out.last() == Some(&true);
        match piece.kind {
            Kind::Blank if among_elements => continue,
            Kind::End => {
                if among_elements {
                    new_line(&mut out, laid_out.len().saturating_sub(2));
                }
                laid_out.pop();
            }
            Kind::Text | Kind::Blank => {}
            Kind::Start(_) | Kind::Single if among_elements => {
                new_line(&mut out, laid_out.len() - 1)
            }
            Kind::Start(_) | Kind::Single => {}
        }
        out.extend_from_slice(piece.raw);
        if let Kind::Start(elements_only) = piece.kind {
            laid_out.push(among_elements && elements_only);
        }
    }
    out.push(b'\n');
    Ok(out)
}

fn new_line(out: &mut Vec<u8>, level: usize) {
    if !out.is_empty() {
        out.push(b'\n');
    }
    for _ in 0..level {
        out.extend_from_slice(INDENT);
    }
}

/// Takes a well-formed document to pieces.
fn pieces(input: &[u8]) -> Result<Vec<Piece<'_>>, Fault> {
    let text =
        std::str::from_utf8(input).map_err(|error| malformed("not UTF-8", error.valid_up_to()))?;
    let text = text.strip_prefix('\u{FEFF}').unwrap_or(text);
    let mut reader = Reader::from_str(text);
    let mut pieces: Vec<Piece<'_>> = Vec::new();
    // Of every open element: its place among the pieces, and whether it has child elements and no text so far.
    let mut open: Vec<(usize, bool, bool)> = Vec::new();
    let mut start = 0;
    loop {
        let event = reader
            .read_event()
            .map_err(|_| malformed("expected markup", start))?;
        let end = usize::try_from(reader.buffer_position()).unwrap_or(text.len());
        let raw = text.as_bytes().get(start..end).unwrap_or_default();
        start = end;
        let blank = raw.iter().all(|&byte| is_blank(byte));
        if let Some((_, elements, texts)) = open.last_mut() {
            *elements |= matches!(event, Event::Start(_) | Event::Empty(_));
            *texts |=
                matches!(event, Event::CData(_) | Event::GeneralRef(_) | Event::Text(_) if !blank);
        }
        let kind = match &event {
            Event::Start(tag) => {
                open.push((pieces.len(), false, keeps_blanks(tag)));
                Kind::Start(false)
            }
            Event::End(_) => {
                if let Some((place, elements, texts)) = open.pop() {
                    pieces[place].kind = Kind::Start(elements && !texts);
                }
                Kind::End
            }
            Event::Text(_) if blank => Kind::Blank,
            Event::Text(_) | Event::CData(_) | Event::GeneralRef(_) => Kind::Text,
            Event::Empty(_)
            | Event::Comment(_)
            | Event::Decl(_)
            | Event::PI(_)
            | Event::DocType(_) => Kind::Single,
            Event::Eof => return Ok(pieces),
        };
        pieces.push(Piece { kind, raw });
    }
}

fn keeps_blanks(tag: &BytesStart<'_>) -> bool {
    matches!(tag.try_get_attribute("xml:space"), Ok(Some(attribute)) if attribute.value == "preserve")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn laid_out(document: &str) -> String {
        let out = pretty(document.as_bytes(), &Limits::default()).expect("a document");
        String::from_utf8(out).expect("UTF-8")
    }

    #[test]
    fn elements_among_elements_get_their_own_lines() {
        let document = "<?xml version=\"1.0\"?><a x='1'><b>B</b><!-- c --><c/>\n\n<d><e/></d></a>";
        let expected = "<?xml version=\"1.0\"?>\n<a x='1'>\n  <b>B</b>\n  <!-- c -->\n  <c/>\n  <d>\n    <e/>\n  </d>\n</a>\n";
        assert_eq!(laid_out(document), expected);
        assert_eq!(laid_out(expected), expected);
        assert_eq!(laid_out(&format!("\u{FEFF}{document}")), expected);
    }

    #[test]
    fn texts_are_kept_byte_for_byte() {
        for document in [
            "<a> \n </a>",
            "<a>x <b> <c/></b> y</a>",
            "<a><b/><![CDATA[ ]]></a>",
            "<a><b/>&#32;</a>",
            "<a xml:space='preserve'> <b> <c/> </b></a>",
            "<a> <!-- no element beside --> </a>",
            "<a>&amp;\r\n</a>",
        ] {
            assert_eq!(laid_out(document), format!("{document}\n"));
        }
        assert_eq!(
            laid_out("<a><b>x<c/></b></a>"),
            "<a>\n  <b>x<c/></b>\n</a>\n"
        );
    }

    #[test]
    fn what_is_no_document_is_refused() {
        assert!(pretty(b"<a></b>", &Limits::default()).is_err());
    }
}
