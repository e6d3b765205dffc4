//! Tells what a tape holds once more, as the reader told it.

use super::node::TapeNode;
use super::{Entry, Tag};
use crate::codec::fault::{Fault, FaultKind};
use crate::codec::json::scan;
use crate::codec::json::sink::{JsonSink, Named};
use crate::codec::text::{Stop, Text};

impl TapeNode<'_> {
    /// Tells a sink of the value and all in it: the same events as reading the text again, without reading it.
    ///
    /// Texts that were decoded are ranges of [`TapeNode::decoded`].
    ///
    /// # Errors
    /// A name that the sink has seen in its object before, or that the sink ends it.
    pub(crate) fn replay<S: JsonSink>(self, sink: &mut S) -> Result<(), Fault> {
        self.tell(sink).map(|_| ())
    }

    /// Tells of the value; returns the index behind it. Depth is bounded by that of the reader.
    fn tell<S: JsonSink>(self, sink: &mut S) -> Result<u32, Fault> {
        let entry = self.entry();
        let told = match entry.tag {
            Tag::String | Tag::Name => sink.string(text(entry), self.bytes(), entry.whole),
            Tag::Number => sink.number(self.bytes(), entry.whole),
            Tag::True | Tag::False => sink.boolean(entry.tag == Tag::True, entry.whole),
            Tag::Null => sink.null(entry.whole),
            Tag::Array => return self.tell_items(entry, sink),
            Tag::Object => return self.tell_members(entry, sink),
        };
        told.or_else(|stop| stopped(stop, entry))?;
        Ok(entry.next)
    }

    fn tell_items<S: JsonSink>(self, entry: &Entry, sink: &mut S) -> Result<u32, Fault> {
        let told = sink.begin_array(entry.whole.start);
        told.or_else(|stop| stopped(stop, entry))?;
        let mut item = self.behind();
        while item.index() < entry.next {
            item = item.moved(item.tell(sink)?);
        }
        let told = sink.end_array(entry.whole);
        told.or_else(|stop| stopped(stop, entry))?;
        Ok(entry.next)
    }

    fn tell_members<S: JsonSink>(self, entry: &Entry, sink: &mut S) -> Result<u32, Fault> {
        let told = sink.begin_object(entry.whole.start);
        told.or_else(|stop| stopped(stop, entry))?;
        let mut name = self.behind();
        while name.index() < entry.next {
            name.tell_name(sink)?;
            let value = name.behind();
            name = value.moved(value.tell(sink)?);
        }
        let told = sink.end_object(entry.whole);
        told.or_else(|stop| stopped(stop, entry))?;
        Ok(entry.next)
    }

    #[inline]
    fn tell_name<S: JsonSink>(self, sink: &mut S) -> Result<(), Fault> {
        let (entry, bytes) = (self.entry(), self.bytes());
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
