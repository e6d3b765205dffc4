//! The tokeniser: one pass over the document, standing on `<`.

use super::markup::{self, malformed};
use super::names::{is_blank, skip_blanks};
use super::namespace::Bindings;
use super::scan::{equal_bytes, is_plain, text_end};
use super::sink::XmlSink;
use super::source::{Source, limit, range, raw};
use super::tag::Attribute;
use super::{declaration, prepass};
use crate::codec::{Fault, FaultKind, Limits, Text};

/// The deepest nesting that is read, whatever [`Limits::depth`] says.
const DEEPEST: u32 = 127;

/// Reads XML documents, keeping its buffers from one to the next: once they have grown, reading allocates nothing.
#[derive(Debug, Default)]
pub struct XmlReader {
    open: Vec<Open>,
    attributes: Vec<Attribute>,
    bindings: Bindings,
}

/// An element whose end tag is still to come.
#[derive(Debug, Clone, Copy)]
pub(super) struct Open {
    /// Offset of its `<`.
    pub(super) start: u32,
    /// Bytes of its name, prefix included.
    pub(super) name: u32,
    /// Offset behind its start tag.
    pub(super) content: u32,
    /// Namespace declarations in scope around it.
    pub(super) bindings: u32,
}

/// Where reading stands between two tags.
#[derive(Debug, Clone, Copy)]
pub(super) struct Place {
    /// Offset behind the last tag.
    pub(super) at: usize,
    /// True if that was a start tag, so that the text that follows may be the whole of its element.
    pub(super) leaf: bool,
}

/// The next tag.
#[derive(Debug, Clone, Copy)]
struct Tag {
    /// Offset of its `<`.
    at: usize,
    /// The text of the element that it ends, if it is an end tag.
    ends: Option<Text>,
}

/// The reading of one document.
pub(super) struct Run<'a, S> {
    pub(super) source: Source<'a>,
    pub(super) sink: &'a mut S,
    pub(super) open: &'a mut Vec<Open>,
    pub(super) attributes: &'a mut Vec<Attribute>,
    pub(super) bindings: &'a mut Bindings,
    pub(super) depth: usize,
    pub(super) elements: u32,
}

impl XmlReader {
    /// Reads one document, given as UTF-8 (with or without a byte order mark), and tells it to a sink.
    ///
    /// Texts that do not stand in the document as they are meant are appended to `scratch`, which is only ever
    /// appended to here: the caller clears it between documents. Everything told before a fault is void.
    ///
    /// # Errors
    /// The first thing that makes this no well-formed, namespace-well-formed XML 1.0 document, passes a limit, is a
    /// DOCTYPE, or makes the sink stop.
    pub fn read<S: XmlSink>(
        &mut self,
        input: &[u8],
        limits: &Limits,
        scratch: &mut Vec<u8>,
        sink: &mut S,
    ) -> Result<(), Fault> {
        if input.len() > limits.bytes as usize {
            return Err(limit("more bytes than allowed", limits.bytes as usize));
        }
        // A text is never longer decoded than in the document, so no range into the scratch passes 32 bits.
        if scratch.len() > u32::MAX as usize - input.len() {
            return Err(limit("more decoded text than can be lent", 0));
        }
        let facts = prepass::check(input)?;
        self.open.clear();
        self.bindings.clear();
        let mut run = Run {
            source: Source {
                input,
                facts,
                limits: *limits,
                scratch,
            },
            sink,
            open: &mut self.open,
            attributes: &mut self.attributes,
            bindings: &mut self.bindings,
            depth: limits.depth.min(DEEPEST) as usize,
            elements: 0,
        };
        run.document()
    }
}

impl<S: XmlSink> Run<'_, S> {
    /// Production 1: prolog, root element, and what may follow it.
    fn document(&mut self) -> Result<(), Fault> {
        let input = self.source.input;
        let start = if input.starts_with(b"\xEF\xBB\xBF") {
            3
        } else {
            0
        };
        let prolog = declaration::read(input, start)?.map_or(start, |declaration| declaration.end);
        let root = self.around(prolog)?;
        if root == input.len() {
            return Err(malformed("expected the root element", root));
        }
        let behind = self.tree(root)?;
        let end = self.around(behind)?;
        if end < input.len() {
            return Err(malformed("a second root element", end));
        }
        Ok(())
    }

    /// Production 27, outside the root: returns the offset of the next start tag, or the end.
    fn around(&self, mut at: usize) -> Result<usize, Fault> {
        loop {
            at = skip_blanks(self.source.input, at);
            match (self.source.at(at), self.source.at(at + 1)) {
                (b'<', b'!' | b'?') => at = markup::skip(self.source.input, at)?,
                (b'<', b'/') => return Err(malformed("an end tag without a start tag", at)),
                (b'<', _) => return Ok(at),
                _ if at == self.source.input.len() => return Ok(at),
                _ => return Err(malformed("text outside the root element", at)),
            }
        }
    }

    /// Production 39: the root element, whose start tag stands at `root`, with all it holds. Returns the offset behind it.
    fn tree(&mut self, root: usize) -> Result<usize, Fault> {
        let mut tag = Tag {
            at: root,
            ends: None,
        };
        loop {
            let place = match tag.ends {
                Some(text) => self.end_tag(tag.at, text)?,
                None => self.start_tag(tag.at)?,
            };
            if self.open.is_empty() {
                return Ok(place.at);
            }
            tag = self.text(place)?;
        }
    }

    /// Production 43: the text that stands at a place, up to the next tag.
    #[inline]
    fn text(&mut self, place: Place) -> Result<Tag, Fault> {
        let Place { at: from, leaf } = place;
        let at = skip_blanks(self.source.input, from);
        if self.source.at(at) == b'<' {
            match self.source.at(at + 1) {
                b'/' if !leaf => {
                    return Ok(Tag {
                        at,
                        ends: Some(raw(at, at, true)),
                    });
                }
                b'/' if at == from => {
                    return Ok(Tag {
                        at,
                        ends: Some(raw(at, at, true)),
                    });
                }
                b'/' | b'!' | b'?' => {}
                _ => return Ok(Tag { at, ends: None }),
            }
        } else if leaf {
            let input = self.source.input;
            let facts = self.source.facts;
            let (end, plain) = text_end(input, at);
            let plain = plain && (at == from || is_plain(&input[from..at]));
            // What is plain holds no carriage return.
            let simple =
                (plain || !facts.returns) && !(facts.brackets && input[at..end].contains(&b']'));
            if simple && self.source.at(end) == b'<' && self.source.at(end + 1) == b'/' {
                let text = self.source.within_limit(raw(from, end, plain), from)?;
                return Ok(Tag {
                    at: end,
                    ends: Some(text),
                });
            }
        }
        self.long_text(place)
    }

    /// The same for every text that is not simple.
    #[inline(never)]
    fn long_text(&mut self, place: Place) -> Result<Tag, Fault> {
        let (at, text) = self.source.gather(place.at)?;
        let ends = self.source.at(at + 1) == b'/';
        if ends && place.leaf {
            let text = self.source.within_limit(text, place.at)?;
            return Ok(Tag {
                at,
                ends: Some(text),
            });
        }
        let bytes = self.source.bytes(text);
        if !bytes.iter().all(|&byte| is_blank(byte)) {
            let text = self.source.within_limit(text, place.at)?;
            self.sink
                .mixed(text, bytes)
                .map_err(|_| stopped(place.at))?;
        } else if text.decoded {
            // Nothing of it was lent: blanks between elements leave no trace in the scratch.
            self.source.scratch.truncate(text.range.start as usize);
        }
        Ok(Tag {
            at,
            ends: ends.then_some(raw(at, at, true)),
        })
    }

    /// Production 42: the end tag whose `<` stands at `at`.
    #[inline]
    fn end_tag(&mut self, at: usize, text: Text) -> Result<Place, Fault> {
        let input = self.source.input;
        let name = at + 2;
        let Some(open) = self.open.pop() else {
            return Err(malformed("an end tag without a start tag", at));
        };
        let (start, length) = (open.start as usize, open.name as usize);
        let mut close = name + length;
        let awaited = &input[start + 1..start + 1 + length];
        if !input
            .get(name..close)
            .is_some_and(|found| equal_bytes(found, awaited))
        {
            return Err(malformed("expected the end tag of the open element", at));
        }
        if self.source.at(close) != b'>' {
            close = skip_blanks(input, close);
            if self.source.at(close) != b'>' {
                return Err(malformed("expected the end tag of the open element", at));
            }
        }
        if self.bindings.len() != open.bindings as usize {
            self.bindings.truncate(open.bindings as usize);
        }
        let bytes = self.source.bytes(text);
        let (inner, outer) = (range(open.content as usize, at), range(start, close + 1));
        self.sink
            .end(text, bytes, inner, outer)
            .map_err(|_| stopped(at))?;
        Ok(Place {
            at: close + 1,
            leaf: false,
        })
    }
}

/// The fault of a sink that asked to stop.
#[cold]
pub(super) fn stopped(at: usize) -> Fault {
    Fault {
        kind: FaultKind::Stopped,
        what: "reading was stopped",
        at: at as u32,
    }
}
