//! Sub-resources that are elements of their parent's document.

use crate::codec::xml::{Name, XmlReader, XmlSink};
use crate::codec::{Limits, Range, Stop, Text};

/// The child of the root with this name, as a document: with what the root says of namespaces and it does not.
pub(in crate::sandbox) fn child(document: &[u8], name: &[u8]) -> Option<Vec<u8>> {
    let found = Finder::run(document, name)?;
    let child = slice(document, found.child?)?;
    let own: Vec<&[u8]> = declarations(child).map(|(prefix, _)| prefix).collect();
    let around = declarations(slice(document, found.root?)?);
    let inherited = around.filter(|(prefix, _)| !own.contains(prefix));
    let texts = inherited.flat_map(|(_, text)| [b" ", text]);
    declaring(child, &texts.collect::<Vec<_>>().concat())
}

/// The document with another child of this name: in the place of the first one, or behind all others.
pub(in crate::sandbox) fn with_child(document: &[u8], name: &[u8], part: &[u8]) -> Option<Vec<u8>> {
    let part = slice(part, Finder::run(part, b"")?.root?)?;
    let found = Finder::run(document, name)?;
    let has_default = |element| declarations(element).any(|(prefix, _)| prefix == b"xmlns");
    // Names without a prefix stay in no namespace where the document has a default one.
    let part = if has_default(slice(document, found.root?)?) && !has_default(part) {
        declaring(part, b" xmlns=\"\"")?
    } else {
        part.to_vec()
    };
    let part = part.as_slice();
    let at = match (found.child, found.inner) {
        (Some(child), _) => child,
        // `<x/>` has no inside that ends before its end.
        (None, Some(inner)) if found.root.is_some_and(|root| inner.end < root.end) => Range {
            start: inner.end,
            end: inner.end,
        },
        (None, _) => return None,
    };
    let before = document.get(..usize::try_from(at.start).ok()?)?;
    let behind = document.get(usize::try_from(at.end).ok()?..)?;
    Some([before, part, behind].concat())
}

fn slice(document: &[u8], range: Range) -> Option<&[u8]> {
    document.get(usize::try_from(range.start).ok()?..usize::try_from(range.end).ok()?)
}

/// What the start tag that an element begins with says of namespaces: `xmlns` or `xmlns:prefix`, and all of it.
fn declarations(element: &[u8]) -> impl Iterator<Item = (&[u8], &[u8])> {
    let mut rest = element.get(name_length(element)..).unwrap_or_default();
    let attributes = std::iter::from_fn(move || {
        rest = rest.trim_ascii_start();
        if matches!(rest.first(), None | Some(b'>' | b'/')) {
            return None;
        }
        let equals = rest.iter().position(|byte| *byte == b'=')?;
        let (name, behind) = (rest.get(..equals)?, rest.get(equals..)?.get(1..)?);
        let value = behind.trim_ascii_start();
        let quote = value.first()?;
        let length = value.get(1..)?.iter().position(|byte| byte == quote)?;
        let behind = value.get(length.checked_add(2)?..)?;
        let whole = rest.get(..rest.len().checked_sub(behind.len())?)?;
        rest = behind;
        Some((name.trim_ascii_end(), whole))
    });
    attributes.filter(|(name, _)| *name == b"xmlns" || name.starts_with(b"xmlns:"))
}

/// How long the beginning of a start tag is, with the element's name.
fn name_length(element: &[u8]) -> usize {
    let ends = |byte: &u8| byte.is_ascii_whitespace() || matches!(byte, b'>' | b'/');
    element.iter().position(ends).unwrap_or(element.len())
}

/// An element with more in its start tag.
fn declaring(element: &[u8], more: &[u8]) -> Option<Vec<u8>> {
    let (name, rest) = element.split_at_checked(name_length(element))?;
    Some([name, more, rest].concat())
}

/// Finds the root and its first child of a name.
#[derive(Default)]
struct Finder<'n> {
    name: &'n [u8],
    /// Whether each open element has the name.
    open: Vec<bool>,
    root: Option<Range>,
    inner: Option<Range>,
    child: Option<Range>,
}

impl<'n> Finder<'n> {
    fn run(document: &[u8], name: &'n [u8]) -> Option<Self> {
        let mut finder = Self {
            name,
            ..Self::default()
        };
        XmlReader::default()
            .read(document, &Limits::default(), &mut Vec::new(), &mut finder)
            .ok()?;
        Some(finder)
    }
}

impl XmlSink for Finder<'_> {
    fn predict(&self) -> &[u8] {
        &[]
    }

    fn predicted_start(&mut self, _: u32) -> Result<(), Stop> {
        Err(Stop)
    }

    fn start(&mut self, name: Name<'_>, _: u32) -> Result<(), Stop> {
        self.open.push(name.expanded(&mut Vec::new()) == self.name);
        Ok(())
    }

    fn attribute(
        &mut self,
        _: Name<'_>,
        _: Text,
        _: &[u8],
        _: Range,
        _: Range,
    ) -> Result<(), Stop> {
        Ok(())
    }

    fn content(&mut self, _: u32, _: bool) -> Result<(), Stop> {
        Ok(())
    }

    fn mixed(&mut self, _: Text, _: &[u8]) -> Result<(), Stop> {
        Ok(())
    }

    fn end(&mut self, _: Text, _: &[u8], inner: Range, outer: Range) -> Result<(), Stop> {
        let named = self.open.pop() == Some(true);
        match self.open.len() {
            0 => {
                self.root = Some(outer);
                self.inner = Some(inner);
            }
            1 if named && self.child.is_none() => self.child = Some(outer),
            _ => {}
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_child_is_taken_out_and_put_back() {
        let document = b"<?xml version=\"1.0\"?><r a=\"1\">\n<x><y>1</y></x><y k=\"2\"/> <y/></r>";
        assert_eq!(child(document, b"y").unwrap(), b"<y k=\"2\"/>");
        assert_eq!(child(document, b"z"), None);

        let changed = with_child(document, b"y", b"<?xml version=\"1.0\"?>\n<y>new</y>\n").unwrap();
        assert_eq!(
            changed,
            b"<?xml version=\"1.0\"?><r a=\"1\">\n<x><y>1</y></x><y>new</y> <y/></r>"
        );
        let added = with_child(document, b"z", b"<z/>").unwrap();
        assert!(added.ends_with(b"<y/><z/></r>"));
        assert_eq!(with_child(b"<r/>", b"z", b"<z/>"), None);
        assert_eq!(with_child(b"<r", b"z", b"<z/>"), None);
    }
    fn expanded(namespace: &str, local: &str) -> Vec<u8> {
        let mut name = Vec::new();
        crate::codec::xml::expand(&mut name, namespace.as_bytes(), local.as_bytes());
        name
    }

    #[test]
    fn a_child_keeps_its_namespaces() {
        let document =
            b"<a:r xmlns:a='urn:a' k = \"1>\" xmlns=\"urn:d\" xmlns:b=\"urn:b\"><a:y xmlns:b='urn:c'><b:z/>one</a:y><x/></a:r>";
        let name = expanded("urn:a", "y");
        let part = child(document, &name).unwrap();
        assert_eq!(
            String::from_utf8(part.clone()).unwrap(),
            "<a:y xmlns:a='urn:a' xmlns=\"urn:d\" xmlns:b='urn:c'><b:z/>one</a:y>"
        );
        // It is a document of its own, with the same root, and goes back into its place.
        let again = child(&[b"<o>".as_slice(), &part, b"</o>"].concat(), &name).unwrap();
        assert_eq!(again, part);
        let back = with_child(document, &name, &part).unwrap();
        assert_eq!(child(&back, &name), Some(part));

        let plain = child(document, &expanded("urn:d", "x")).unwrap();
        assert_eq!(
            String::from_utf8(plain).unwrap(),
            "<x xmlns:a='urn:a' xmlns=\"urn:d\" xmlns:b=\"urn:b\"/>"
        );
    }

    #[test]
    fn a_part_in_no_namespace_stays_in_none() {
        let added = with_child(b"<r xmlns=\"urn:d\"><x/></r>", b"y", b"<y>1</y>").unwrap();
        assert_eq!(
            String::from_utf8(added.clone()).unwrap(),
            "<r xmlns=\"urn:d\"><x/><y xmlns=\"\">1</y></r>"
        );
        assert_eq!(child(&added, b"y").unwrap(), b"<y xmlns=\"\">1</y>");
    }
}
