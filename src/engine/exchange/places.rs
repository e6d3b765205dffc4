//! Pointers into documents, from byte offsets.

use super::Lost;
use crate::codec::json::tape::{Kind, Tape, TapeNode};
use crate::codec::xml::{Name, XmlReader, XmlSink};
use crate::codec::{Limits, Range, Stop, Text, form};
use crate::engine::Loss;
use crate::mapping::ast::Word;
use crate::mapping::plan::Wire;

/// The JSON pointer to what stands at an offset, or its like: elements of XML are members, an attribute is `@name`,
/// the second of several elements of one name is `/name/1`. `None` if the document does not read.
pub(super) fn of_offset(document: &[u8], wire: Wire, at: u32) -> Option<String> {
    of_offsets(document, wire, &[at]).pop().flatten()
}

/// The same for several offsets, in their order.
pub(super) fn of_offsets(document: &[u8], wire: Wire, offsets: &[u32]) -> Vec<Option<String>> {
    if offsets.is_empty() {
        return Vec::new();
    }
    match wire {
        Wire::Json => json(document, offsets),
        Wire::Xml => xml(document, offsets),
        Wire::Form => form_pairs(document, offsets),
    }
}

/// The pointers to what stands at offsets with the texts of the single values there; none for what holds others.
pub(super) fn with_texts(
    document: &[u8],
    wire: Wire,
    offsets: &[u32],
) -> Vec<Option<(String, String)>> {
    match wire {
        Wire::Xml => {
            let found = finder(document, offsets).found.into_iter();
            found
                .map(|found| Some((found.clone()?.0, found?.2?)))
                .collect()
        }
        Wire::Json => {
            let mut tape = Tape::default();
            let text = std::str::from_utf8(document).unwrap_or_default();
            let root = tape.parse(text, &Limits::default()).ok();
            let found = offsets.iter().map(|at| {
                let (pointer, node) = descended(root?, *at);
                let text = match node.kind() {
                    Kind::String => node.as_str()?.to_owned(),
                    Kind::Number => node.lexeme()?.to_owned(),
                    Kind::Boolean => node.as_bool()?.to_string(),
                    Kind::Null | Kind::Array | Kind::Object => return None,
                };
                Some((pointer, text))
            });
            found.collect()
        }
        Wire::Form => vec![None; offsets.len()],
    }
}

/// What a document lost, with the places in it.
#[must_use]
pub fn placed(losses: &[Loss], document: &[u8], wire: Wire) -> Vec<Lost> {
    of_losses(losses, document, wire, 0)
}

/// What a document lost, with the places; `shift` are bytes that the engine saw before the document.
pub(super) fn of_losses(losses: &[Loss], document: &[u8], wire: Wire, shift: u32) -> Vec<Lost> {
    let offsets = losses.iter().map(|loss| loss.at.saturating_sub(shift));
    let pointers = of_offsets(document, wire, &offsets.collect::<Vec<_>>());
    let lost = losses.iter().zip(pointers);
    lost.map(|(loss, pointer)| Lost {
        code: loss.code.word(),
        pointer: pointer.unwrap_or_default(),
        parameter: None,
    })
    .collect()
}

fn json(document: &[u8], offsets: &[u32]) -> Vec<Option<String>> {
    let mut tape = Tape::default();
    let root = std::str::from_utf8(document)
        .ok()
        .and_then(|text| tape.parse(text, &Limits::default()).ok());
    offsets
        .iter()
        .map(|at| root.map(|root| pointer(root, *at)))
        .collect()
}

/// Descends into whatever holds the offset; what stands between values belongs to what holds them.
fn pointer(root: TapeNode<'_>, at: u32) -> String {
    descended(root, at).0
}

/// The same with what is there.
fn descended(root: TapeNode<'_>, at: u32) -> (String, TapeNode<'_>) {
    let mut pointer = String::new();
    let mut node = root;
    loop {
        let holds = |node: &TapeNode<'_>| node.whole().start <= at && at < node.whole().end;
        let below = match node.kind() {
            Kind::Object => node
                .members()
                .find(|(_, value)| holds(value))
                .map(|(name, value)| (escaped(name), value)),
            Kind::Array => node
                .items()
                .enumerate()
                .find(|(_, item)| holds(item))
                .map(|(index, item)| (index.to_string(), item)),
            Kind::Null | Kind::Boolean | Kind::Number | Kind::String => None,
        };
        let Some((name, value)) = below else {
            return (pointer, node);
        };
        pointer.push('/');
        pointer.push_str(&name);
        node = value;
    }
}

/// A name as a token of a pointer (RFC 6901, section 3).
#[must_use]
pub fn escaped(name: &str) -> String {
    name.replace('~', "~0").replace('/', "~1")
}

fn form_pairs(document: &[u8], offsets: &[u32]) -> Vec<Option<String>> {
    let text = std::str::from_utf8(document).unwrap_or_default();
    offsets
        .iter()
        .map(|at| {
            let at = usize::try_from(*at).ok()?;
            let before = text.get(..at)?;
            let start = before.rfind('&').map_or(0, |found| found.saturating_add(1));
            let name = text.get(start..)?.split(['=', '&']).next()?;
            let name = form::percent::decode(name, form::percent::Plus::Space).ok()?;
            Some(format!("/{}", escaped(&name)))
        })
        .collect()
}

fn xml(document: &[u8], offsets: &[u32]) -> Vec<Option<String>> {
    let found = finder(document, offsets).found.into_iter();
    found
        .map(|found| found.map(|(pointer, ..)| pointer))
        .collect()
}

fn finder<'o>(document: &'o [u8], offsets: &'o [u32]) -> Finder<'o> {
    let mut finder = Finder {
        document,
        offsets,
        found: vec![None; offsets.len()],
        open: Vec::new(),
    };
    let mut scratch = Vec::new();
    // A document that does not read has places as far as it does.
    let _ = XmlReader::default().read(document, &Limits::default(), &mut scratch, &mut finder);
    finder
}

/// Finds the narrowest element or attribute around each offset.
struct Finder<'o> {
    document: &'o [u8],
    offsets: &'o [u32],
    /// Pointers with the lengths of what they lead to, and its text if it holds nothing else.
    found: Vec<Option<(String, u32, Option<String>)>>,
    open: Vec<Open>,
}

struct Open {
    pointer: String,
    /// Names of children met so far.
    children: Vec<String>,
}

// === impl Finder ===

impl Finder<'_> {
    fn note(&mut self, pointer: &str, range: Range, text: Option<&str>) {
        let length = range.end.saturating_sub(range.start);
        for (at, found) in self.offsets.iter().zip(&mut self.found) {
            let inside = range.start <= *at && *at < range.end;
            if inside
                && found
                    .as_ref()
                    .is_none_or(|(_, narrowest, _)| length < *narrowest)
            {
                *found = Some((pointer.to_owned(), length, text.map(str::to_owned)));
            }
        }
    }

    fn text(&self, text: Text, scratch: &[u8]) -> Option<String> {
        let index = |at: u32| usize::try_from(at).unwrap_or(usize::MAX);
        let range = index(text.range.start)..index(text.range.end);
        let bytes = match text.decoded {
            true => scratch.get(range),
            false => self.document.get(range),
        };
        bytes.map(|bytes| String::from_utf8_lossy(bytes).into_owned())
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
        let name = escaped(&String::from_utf8_lossy(name.local));
        let pointer = match self.open.last_mut() {
            // The root is the document itself, as it is in JSON.
            None => String::new(),
            Some(parent) => {
                let before = parent
                    .children
                    .iter()
                    .filter(|child| **child == name)
                    .count();
                parent.children.push(name.clone());
                match before {
                    0 => format!("{}/{name}", parent.pointer),
                    _ => format!("{}/{name}/{before}", parent.pointer),
                }
            }
        };
        self.open.push(Open {
            pointer,
            children: Vec::new(),
        });
        Ok(())
    }

    fn attribute(
        &mut self,
        name: Name<'_>,
        text: Text,
        scratch: &[u8],
        _: Range,
        outer: Range,
    ) -> Result<(), Stop> {
        if let Some(open) = self.open.last() {
            let name = escaped(&String::from_utf8_lossy(name.local));
            let pointer = format!("{}/@{name}", open.pointer);
            let text = self.text(text, scratch);
            self.note(&pointer, outer, text.as_deref());
        }
        Ok(())
    }

    fn content(&mut self, _: u32, _: bool) -> Result<(), Stop> {
        Ok(())
    }

    fn mixed(&mut self, _: Text, _: &[u8]) -> Result<(), Stop> {
        Ok(())
    }

    fn end(&mut self, text: Text, scratch: &[u8], _: Range, outer: Range) -> Result<(), Stop> {
        if let Some(open) = self.open.pop() {
            let text = self
                .text(text, scratch)
                .filter(|_| open.children.is_empty());
            self.note(&open.pointer, outer, text.as_deref());
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(document: &str, wire: Wire, needle: &str) -> Option<String> {
        let at = document.find(needle).unwrap();
        of_offset(document.as_bytes(), wire, u32::try_from(at).unwrap())
    }

    #[test]
    fn offsets_in_json_are_pointers() {
        let document = r#"{"a": [1, {"b/c": "here", "~": 2}], "d": {"e": null}}"#;
        for (needle, pointer) in [
            ("here", "/a/1/b~1c"),
            ("2}", "/a/1/~0"),
            ("null", "/d/e"),
            ("1,", "/a/0"),
            ("{\"e", "/d"),
            ("\"d\"", ""),
        ] {
            assert_eq!(
                at(document, Wire::Json, needle).as_deref(),
                Some(pointer),
                "{needle}"
            );
        }
        assert_eq!(of_offset(b"{", Wire::Json, 0), None);
    }

    #[test]
    fn offsets_in_xml_are_pointers() {
        let document = r#"<r k="v"><a>one</a><a><b c="two"/></a>three</r>"#;
        for (needle, pointer) in [
            ("v\"", "/@k"),
            ("one", "/a"),
            ("two", "/a/1/b/@c"),
            ("<b", "/a/1/b"),
            ("<r", ""),
        ] {
            assert_eq!(
                at(document, Wire::Xml, needle).as_deref(),
                Some(pointer),
                "{needle}"
            );
        }
    }

    #[test]
    fn offsets_in_forms_are_pointers() {
        assert_eq!(at("a=1&b%2Fc=2", Wire::Form, "2").as_deref(), Some("/b~1c"));
    }
}
