//! Sub-resources that are elements of their parent's document.

use crate::codec::xml::{Name, XmlReader, XmlSink};
use crate::codec::{Limits, Range, Stop, Text};

/// The child of the root with this name, as a document.
pub(in crate::sandbox) fn child(document: &[u8], name: &[u8]) -> Option<Vec<u8>> {
    let found = Finder::run(document, name)?.child?;
    slice(document, found).map(<[u8]>::to_vec)
}

/// The document with another child of this name: in the place of the first one, or behind all others.
pub(in crate::sandbox) fn with_child(document: &[u8], name: &[u8], part: &[u8]) -> Option<Vec<u8>> {
    let part = slice(part, Finder::run(part, b"")?.root?)?;
    let found = Finder::run(document, name)?;
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
}
