//! JSON files, which are YAML too: read by the reader of documents, in a part of the time.

use super::node::{Entry, Node, NodeKind, Scalar, Style};
use crate::codec::json::{JsonSink, Named, Reader};
use crate::codec::{Limits, Range, Stop, Text};
use crate::diag::{SourceId, Span};

/// Reads a text that is JSON; none if it is not, or has something that YAML is to tell of.
pub(super) fn read(source: SourceId, text: &str, depth: usize) -> Option<Node> {
    if !text.starts_with('{') {
        return None;
    }
    let limits = Limits {
        depth: u32::try_from(depth).ok()?,
        ..Limits::default()
    };
    let mut tree = Tree {
        source,
        open: Vec::new(),
        root: None,
    };
    let read = Reader::default().read(text.as_bytes(), &limits, &mut Vec::new(), &mut tree);
    read.ok().and(tree.root)
}

struct Tree {
    source: SourceId,
    open: Vec<Held>,
    root: Option<Node>,
}

/// What is not closed yet.
enum Held {
    List(Vec<Node>),
    Map(Vec<Entry>, Option<Scalar>),
}

// === impl Tree ===

impl Tree {
    fn span(&self, range: Range) -> Span {
        Span::new(self.source, range.start, range.end)
    }

    fn add(&mut self, node: Node) -> Result<(), Stop> {
        match self.open.last_mut() {
            None => self.root = Some(node),
            Some(Held::List(items)) => items.push(node),
            Some(Held::Map(entries, key)) => entries.push(Entry {
                key: key.take().ok_or(Stop)?,
                value: node,
            }),
        }
        Ok(())
    }

    fn scalar(&mut self, text: &[u8], style: Style, whole: Range) -> Result<(), Stop> {
        let scalar = self.text(text, style, whole)?;
        self.add(Node {
            span: scalar.span,
            kind: NodeKind::Scalar(scalar),
        })
    }

    fn text(&self, text: &[u8], style: Style, whole: Range) -> Result<Scalar, Stop> {
        let span = self.span(whole);
        let content = match style {
            Style::DoubleQuoted => Span::new(
                self.source,
                span.start.saturating_add(1),
                span.end.saturating_sub(1),
            ),
            _ => span,
        };
        let text = std::str::from_utf8(text).map_err(|_| Stop)?;
        Ok(Scalar {
            text: text.to_owned(),
            style,
            span,
            content,
        })
    }

    fn end(&mut self, whole: Range) -> Result<(), Stop> {
        let kind = match self.open.pop().ok_or(Stop)? {
            Held::List(items) => NodeKind::List(items),
            Held::Map(entries, _) => NodeKind::Map(entries),
        };
        let span = self.span(whole);
        self.add(Node { span, kind })
    }
}

impl JsonSink for Tree {
    fn predict(&self) -> &[u8] {
        &[]
    }

    fn predicted_key(&mut self, _: u32) -> Result<Named, Stop> {
        Err(Stop)
    }

    fn key(&mut self, text: Text, name: &[u8], at: u32) -> Result<Named, Stop> {
        let length = u32::try_from(name.len()).map_err(|_| Stop)?;
        // A name with escapes is longer than it says: YAML tells where it ends.
        if text.decoded {
            return Err(Stop);
        }
        let end = at.saturating_add(length).saturating_add(2);
        let key = self.text(name, Style::DoubleQuoted, Range { start: at, end })?;
        match self.open.last_mut() {
            Some(Held::Map(_, known)) => *known = Some(key),
            Some(Held::List(_)) | None => return Err(Stop),
        }
        Ok(Named::Unknown)
    }

    fn begin_object(&mut self, _: u32) -> Result<(), Stop> {
        self.open.push(Held::Map(Vec::new(), None));
        Ok(())
    }

    fn end_object(&mut self, whole: Range) -> Result<(), Stop> {
        self.end(whole)
    }

    fn begin_array(&mut self, _: u32) -> Result<(), Stop> {
        self.open.push(Held::List(Vec::new()));
        Ok(())
    }

    fn end_array(&mut self, whole: Range) -> Result<(), Stop> {
        self.end(whole)
    }

    fn string(&mut self, _: Text, bytes: &[u8], whole: Range) -> Result<(), Stop> {
        self.scalar(bytes, Style::DoubleQuoted, whole)
    }

    fn number(&mut self, bytes: &[u8], whole: Range) -> Result<(), Stop> {
        self.scalar(bytes, Style::Plain, whole)
    }

    fn boolean(&mut self, value: bool, whole: Range) -> Result<(), Stop> {
        let text: &[u8] = if value { b"true" } else { b"false" };
        self.scalar(text, Style::Plain, whole)
    }

    fn null(&mut self, whole: Range) -> Result<(), Stop> {
        self.scalar(b"null", Style::Plain, whole)
    }
}
