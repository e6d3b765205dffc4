//! Tells what a tape holds once more, as the reader told it.

use super::node::TapeNode;
use super::{Entry, Tag};
use crate::codec::fault::{Fault, FaultKind};
use crate::codec::json::scan;
use crate::codec::json::sink::{JsonSink, Named};
use crate::codec::text::{Stop, Text};

/// Containers within each other at most: what the reader admits, and none.
const DEEPEST: usize = 128;

impl TapeNode<'_> {
    /// Tells a sink of the value and all in it: the same events as reading the text again, without reading it.
    ///
    /// Texts that were decoded are ranges of [`TapeNode::decoded`].
    ///
    /// # Errors
    /// A name that the sink has seen in its object before, or that the sink ends it.
    pub(crate) fn replay<S: JsonSink>(self, sink: &mut S) -> Result<(), Fault> {
        let end = self.entry().next;
        let mut open = [0_u32; DEEPEST];
        let mut depth = 0;
        let mut node = self;
        while node.index() < end {
            let entry = node.entry();
            match entry.tag {
                Tag::Name => node.tell_name(entry, sink)?,
                Tag::Array | Tag::Object => {
                    let told = if entry.tag == Tag::Object {
                        sink.begin_object(entry.whole.start)
                    } else {
                        sink.begin_array(entry.whole.start)
                    };
                    told.or_else(|stop| stopped(stop, entry))?;
                    *open.get_mut(depth).ok_or(TOO_DEEP)? = node.index();
                    depth += 1;
                }
                _ => node
                    .tell_scalar(entry, sink)
                    .or_else(|stop| stopped(stop, entry))?,
            }
            node = node.behind();
            while depth > 0 {
                let container = node.moved(open[depth - 1]).entry();
                if container.next != node.index() {
                    break;
                }
                depth -= 1;
                let told = if container.tag == Tag::Object {
                    sink.end_object(container.whole)
                } else {
                    sink.end_array(container.whole)
                };
                told.or_else(|stop| stopped(stop, container))?;
            }
        }
        Ok(())
    }

    #[inline]
    fn tell_scalar<S: JsonSink>(self, entry: &Entry, sink: &mut S) -> Result<(), Stop> {
        match entry.tag {
            Tag::Number => sink.number(self.bytes(), entry.whole),
            Tag::True | Tag::False => sink.boolean(entry.tag == Tag::True, entry.whole),
            Tag::Null => sink.null(entry.whole),
            _ => sink.string(text(entry), self.bytes(), entry.whole),
        }
    }

    #[inline]
    fn tell_name<S: JsonSink>(self, entry: &Entry, sink: &mut S) -> Result<(), Fault> {
        let bytes = self.bytes();
        let at = entry.whole.start;
        let named = if !entry.decoded && !bytes.is_empty() && scan::same(sink.predict(), bytes) {
            sink.predicted_key(at)
        } else {
            sink.key(text(entry), bytes, at)
        };
        match named.or_else(|stop| stopped(stop, entry))? {
            // The tape has no name twice in one object; a sink may know two names for one place.
            Named::Known | Named::Unknown => Ok(()),
            Named::Duplicate => Err(Fault {
                kind: FaultKind::Duplicate,
                what: "name twice in one object",
                at,
            }),
        }
    }
}

const TOO_DEEP: Fault = Fault {
    kind: FaultKind::Limit,
    what: "nesting deeper than the limit",
    at: 0,
};

/// A string or name. A decoded one is taken to need escapes, which writing it finds out.
#[inline]
fn text(entry: &Entry) -> Text {
    Text {
        range: entry.text,
        decoded: entry.decoded,
        plain: !entry.decoded,
    }
}

#[cold]
fn stopped<T>(_: Stop, entry: &Entry) -> Result<T, Fault> {
    Err(Fault {
        kind: FaultKind::Stopped,
        what: "reading was stopped",
        at: entry.whole.start,
    })
}

#[cfg(test)]
mod tests {
    use std::fmt::Write as _;

    use super::super::Tape;
    use super::*;
    use crate::codec::limits::Limits;
    use crate::codec::text::Range;

    /// Writes down what it is told; knows one name, `known`, and expects it everywhere.
    #[derive(Default)]
    struct Recorder(String);

    impl Recorder {
        fn note(&mut self, what: &str, bytes: &[u8], whole: Range) -> Result<(), Stop> {
            let text = String::from_utf8_lossy(bytes);
            writeln!(self.0, "{what} {text} {}..{}", whole.start, whole.end).map_err(|_| Stop)
        }
    }

    impl JsonSink for Recorder {
        fn predict(&self) -> &[u8] {
            b"known"
        }
        fn predicted_key(&mut self, at: u32) -> Result<Named, Stop> {
            self.note("known", b"", Range { start: at, end: at })?;
            Ok(Named::Unknown)
        }
        fn key(&mut self, _: Text, name: &[u8], at: u32) -> Result<Named, Stop> {
            self.note("key", name, Range { start: at, end: at })?;
            Ok(if name == b"twice" {
                Named::Duplicate
            } else {
                Named::Unknown
            })
        }
        fn begin_object(&mut self, at: u32) -> Result<(), Stop> {
            self.note("{", b"", Range { start: at, end: at })
        }
        fn end_object(&mut self, whole: Range) -> Result<(), Stop> {
            self.note("}", b"", whole)
        }
        fn begin_array(&mut self, at: u32) -> Result<(), Stop> {
            self.note("[", b"", Range { start: at, end: at })
        }
        fn end_array(&mut self, whole: Range) -> Result<(), Stop> {
            self.note("]", b"", whole)
        }
        fn string(&mut self, text: Text, bytes: &[u8], whole: Range) -> Result<(), Stop> {
            let length = text.range.end - text.range.start;
            assert_eq!(length as usize, bytes.len());
            self.note("string", bytes, whole)
        }
        fn number(&mut self, bytes: &[u8], whole: Range) -> Result<(), Stop> {
            self.note("number", bytes, whole)
        }
        fn boolean(&mut self, value: bool, whole: Range) -> Result<(), Stop> {
            self.note(if value { "true" } else { "false" }, b"", whole)
        }
        fn null(&mut self, whole: Range) -> Result<(), Stop> {
            self.note("null", b"", whole)
        }
    }

    #[test]
    fn a_tape_tells_what_the_reader_tells() {
        let deep = format!("{}{}", "[".repeat(127), "]".repeat(127));
        for input in [
            r#"{"known":1,"a":{"known":[]},"b":[{},[[]],{"c":"\u00e4\n"}],"":""}"#,
            r#" [ true , false , null , -1.50e3 , "x" ] "#,
            "{}",
            r#""alone""#,
            r#"{"kno\u0077n":{"known":{"known":null}}}"#,
            &deep,
        ] {
            let limits = Limits {
                depth: 127,
                ..Limits::default()
            };
            let mut read = Recorder::default();
            let mut scratch = Vec::new();
            crate::codec::json::Reader::default()
                .read(input.as_bytes(), &limits, &mut scratch, &mut read)
                .unwrap();
            let mut tape = Tape::default();
            let mut told = Recorder::default();
            let root = tape.parse(input, &limits).unwrap();
            root.replay(&mut told).unwrap();
            assert_eq!(told.0, read.0, "{input}");
        }
    }

    #[test]
    fn a_name_that_the_sink_has_seen_is_refused_where_it_stands() {
        let mut tape = Tape::default();
        let root = tape.parse(r#"{"a":1,"twice":2}"#, &Limits::default());
        let fault = root.unwrap().replay(&mut Recorder::default()).unwrap_err();
        assert_eq!((fault.kind, fault.at), (FaultKind::Duplicate, 7));
    }
}
