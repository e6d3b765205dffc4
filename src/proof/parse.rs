//! Documents read into trees, with the bytes that each node stands in.

use super::tree::{Document, Member, Path, Tree};
use crate::codec::json::{JsonSink, Named, Reader};
use crate::codec::xml::{Name, XmlReader, XmlSink};
use crate::codec::{Limits, Range, Stop, Text, form};
use crate::mapping::plan::Wire;

/// A document with the ranges of its nodes.
#[derive(Debug, Clone)]
pub struct Parsed {
    /// The document.
    pub document: Document,
    /// Every node, each behind those below it.
    pub nodes: Vec<Located>,
}

/// Where a node stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Located {
    /// The way to it.
    pub path: Path,
    /// The value, or the content of the element.
    pub inner: Range,
    /// The value with its name, or the element with its tags.
    pub outer: Range,
}

impl Parsed {
    /// Reads a document; `None` if it is none of its format.
    #[must_use]
    pub fn read(wire: Wire, bytes: &[u8]) -> Option<Self> {
        let mut builder = Builder::default();
        let limits = Limits {
            name: 4_096,
            ..Limits::default()
        };
        let mut scratch = Vec::new();
        match wire {
            Wire::Json => Reader::default()
                .read(bytes, &limits, &mut scratch, &mut builder)
                .ok()?,
            Wire::Xml => XmlReader::default()
                .read(bytes, &limits, &mut scratch, &mut builder)
                .ok()?,
            Wire::Form => form::Reader::default()
                .read(bytes, &limits, |_| false, &mut scratch, &mut builder)
                .ok()?,
        }
        let mut root = builder.done?;
        let mut nodes = Vec::new();
        root.collect(&mut Vec::new(), &mut nodes);
        Some(Self {
            document: Document {
                wire,
                root: std::mem::take(&mut root.name),
                tree: root.tree(),
                noise: None,
            },
            nodes,
        })
    }

    /// The innermost node around a byte.
    #[must_use]
    pub fn around(&self, at: u32) -> Option<&Located> {
        self.nodes
            .iter()
            .filter(|node| node.outer.start <= at && at <= node.outer.end)
            .min_by_key(|node| {
                // A value that begins here stands before one that ends here; an empty element begins at its tag.
                let empty = node.inner.start == node.inner.end;
                let elsewhere = node.inner.start != at && !(empty && node.outer.start == at);
                let touching = at == node.outer.end;
                (
                    elsewhere && touching,
                    elsewhere,
                    touching,
                    node.outer.end.saturating_sub(node.outer.start),
                )
            })
    }

    /// The node at a path.
    #[must_use]
    pub fn node(&self, path: &[usize]) -> Option<&Located> {
        self.nodes.iter().find(|node| node.path == path)
    }
}

/// A node that is being read.
#[derive(Debug, Default)]
struct Open {
    name: String,
    attribute: bool,
    kind: Kind,
    at: u32,
    inner: Range,
    outer: Range,
    children: Vec<Self>,
}

#[derive(Debug, Default)]
enum Kind {
    #[default]
    Object,
    List,
    Leaf(Tree),
}

impl Open {
    fn tree(self) -> Tree {
        match self.kind {
            Kind::Leaf(tree) => tree,
            Kind::List => Tree::List(self.children.into_iter().map(Self::tree).collect()),
            Kind::Object => Tree::Object(
                self.children
                    .into_iter()
                    .map(|mut child| Member {
                        name: std::mem::take(&mut child.name),
                        attribute: child.attribute,
                        value: child.tree(),
                    })
                    .collect(),
            ),
        }
    }

    fn collect(&self, path: &mut Path, nodes: &mut Vec<Located>) {
        for (index, child) in self.children.iter().enumerate() {
            path.push(index);
            child.collect(path, nodes);
            path.pop();
        }
        nodes.push(Located {
            path: path.clone(),
            inner: self.inner,
            outer: self.outer,
        });
    }
}

#[derive(Debug, Default)]
struct Builder {
    open: Vec<Open>,
    name: String,
    at: Option<u32>,
    done: Option<Open>,
}

impl Builder {
    fn begin(&mut self, kind: Kind, at: u32) {
        let node = Open {
            name: std::mem::take(&mut self.name),
            kind,
            at: self.at.take().unwrap_or(at),
            ..Open::default()
        };
        self.open.push(node);
    }

    fn finish(&mut self, inner: Range, outer: Option<Range>) {
        let Some(mut node) = self.open.pop() else {
            return;
        };
        node.inner = inner;
        node.outer = outer.unwrap_or(Range {
            start: node.at,
            end: inner.end,
        });
        match self.open.last_mut() {
            Some(above) => above.children.push(node),
            None => self.done = Some(node),
        }
    }

    fn leaf(&mut self, tree: Tree, whole: Range) {
        self.begin(Kind::Leaf(tree), whole.start);
        self.finish(whole, None);
    }
}

fn owned(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

impl JsonSink for Builder {
    fn predict(&self) -> &[u8] {
        b""
    }

    fn predicted_key(&mut self, _at: u32) -> Result<Named, Stop> {
        Ok(Named::Unknown)
    }

    fn key(&mut self, _text: Text, name: &[u8], at: u32) -> Result<Named, Stop> {
        self.name = owned(name);
        self.at = Some(at);
        Ok(Named::Unknown)
    }

    fn begin_object(&mut self, at: u32) -> Result<(), Stop> {
        self.begin(Kind::Object, at);
        Ok(())
    }

    fn end_object(&mut self, whole: Range) -> Result<(), Stop> {
        self.finish(whole, None);
        Ok(())
    }

    fn begin_array(&mut self, at: u32) -> Result<(), Stop> {
        self.begin(Kind::List, at);
        Ok(())
    }

    fn end_array(&mut self, whole: Range) -> Result<(), Stop> {
        self.finish(whole, None);
        Ok(())
    }

    fn string(&mut self, _text: Text, bytes: &[u8], whole: Range) -> Result<(), Stop> {
        self.leaf(Tree::Text(owned(bytes)), whole);
        Ok(())
    }

    fn number(&mut self, bytes: &[u8], whole: Range) -> Result<(), Stop> {
        self.leaf(Tree::Number(owned(bytes)), whole);
        Ok(())
    }

    fn boolean(&mut self, value: bool, whole: Range) -> Result<(), Stop> {
        self.leaf(Tree::Boolean(value), whole);
        Ok(())
    }

    fn null(&mut self, whole: Range) -> Result<(), Stop> {
        self.leaf(Tree::Null, whole);
        Ok(())
    }
}

impl XmlSink for Builder {
    fn predict(&self) -> &[u8] {
        b""
    }

    fn predicted_start(&mut self, _at: u32) -> Result<(), Stop> {
        Ok(())
    }

    fn start(&mut self, name: Name<'_>, at: u32) -> Result<(), Stop> {
        self.name = owned(name.expanded(&mut Vec::new()));
        self.begin(Kind::Object, at);
        Ok(())
    }

    fn attribute(
        &mut self,
        name: Name<'_>,
        _text: Text,
        bytes: &[u8],
        inner: Range,
        outer: Range,
    ) -> Result<(), Stop> {
        if let Some(open) = self.open.last_mut() {
            open.children.push(Open {
                name: owned(name.expanded(&mut Vec::new())),
                attribute: true,
                kind: Kind::Leaf(Tree::Text(owned(bytes))),
                inner,
                outer,
                ..Open::default()
            });
        }
        Ok(())
    }

    fn content(&mut self, _at: u32, _empty: bool) -> Result<(), Stop> {
        Ok(())
    }

    fn mixed(&mut self, text: Text, bytes: &[u8]) -> Result<(), Stop> {
        let range = if text.decoded {
            let at = self.open.last().map_or(0, |open| open.at);
            Range { start: at, end: at }
        } else {
            text.range
        };
        if let Some(open) = self.open.last_mut() {
            open.children.push(Open {
                kind: Kind::Leaf(Tree::Text(owned(bytes))),
                inner: range,
                outer: range,
                ..Open::default()
            });
        }
        Ok(())
    }

    fn end(&mut self, _text: Text, bytes: &[u8], inner: Range, outer: Range) -> Result<(), Stop> {
        if let Some(open) = self.open.last_mut() {
            if open.children.is_empty() {
                open.kind = Kind::Leaf(Tree::Text(owned(bytes)));
            } else if open.children.iter().all(|child| child.attribute)
                && !bytes.trim_ascii().is_empty()
            {
                open.children.push(Open {
                    kind: Kind::Leaf(Tree::Text(owned(bytes))),
                    inner,
                    outer: inner,
                    ..Open::default()
                });
            }
        }
        self.finish(inner, Some(outer));
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn round_trip(wire: Wire, text: &str) {
        let parsed = Parsed::read(wire, text.as_bytes()).unwrap();
        for seed in 0..40 {
            let mut noisy = parsed.document.clone();
            noisy.noise = Some(seed);
            let bytes = noisy.bytes();
            let again = Parsed::read(wire, &bytes)
                .unwrap_or_else(|| panic!("{}", String::from_utf8_lossy(&bytes)));
            assert_eq!(
                again.document,
                parsed.document,
                "{}",
                String::from_utf8_lossy(&bytes)
            );
        }
    }

    #[test]
    fn noise_does_not_change_what_a_document_says() {
        round_trip(
            Wire::Json,
            r#"{"a":[1.50,null,true,"x\u0001\"😀"],"b":{},"c":[]}"#,
        );
        round_trip(
            Wire::Xml,
            "<a b='1 &lt;\"' c='x&#10;y'><d>x]]&gt;&#13;\n</d><d/><e f='2'/><g><h>1</h></g></a>",
        );
        round_trip(
            Wire::Xml,
            "<a xmlns='urn:1' xmlns:b='urn:2'><b:c b:d='e' d='f'><a xmlns=''/></b:c><c>1</c></a>",
        );
        round_trip(Wire::Form, "a=1&b=x%20y%26&c=");
    }

    fn slice(text: &str, range: Range) -> &str {
        let wide = |offset| usize::try_from(offset).unwrap();
        text.get(wide(range.start)..wide(range.end)).unwrap()
    }

    #[test]
    fn every_node_knows_its_bytes() {
        let text = r#"{"a": [1, "x"]}"#;
        let parsed = Parsed::read(Wire::Json, text.as_bytes()).unwrap();
        let node = parsed.node(&[0, 1]).unwrap();
        assert_eq!(slice(text, node.inner), "\"x\"");
        assert_eq!(parsed.around(11).unwrap().path, [0, 1]);
        assert_eq!(parsed.around(2).unwrap().path, [0]);
        let text = "<a><b c='1'>x</b></a>";
        let parsed = Parsed::read(Wire::Xml, text.as_bytes()).unwrap();
        let node = parsed.node(&[0, 0]).unwrap();
        assert_eq!(slice(text, node.outer), " c='1'");
    }
}
