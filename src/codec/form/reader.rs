//! Reads a form as an object of strings.

use super::percent::{self, Plus};
use crate::codec::fault::{Fault, FaultKind};
use crate::codec::json::{JsonSink, Named, write};
use crate::codec::limits::Limits;
use crate::codec::text::{Range, Stop, Text};

/// No further pair of the same name.
const NONE: u32 = u32::MAX;

/// Reads forms one after another, with no allocation once its lists have grown.
#[derive(Debug, Default)]
pub struct Reader {
    pairs: Vec<Pair>,
    /// Indices of the pairs, sorted by name.
    order: Vec<u32>,
}

#[derive(Debug, Clone, Copy)]
struct Pair {
    name: Text,
    value: Text,
    /// Offset of the name as it stands.
    at: u32,
    /// The value as it stands.
    whole: Range,
    /// The next pair of the same name.
    next: u32,
    /// True if no pair of the same name stands before it.
    first: bool,
}

/// Where decoded texts stand.
#[derive(Clone, Copy)]
struct Source<'a> {
    input: &'a [u8],
    scratch: &'a [u8],
}

impl<'a> Source<'a> {
    fn bytes(self, text: Text) -> &'a [u8] {
        let source = if text.decoded {
            self.scratch
        } else {
            self.input
        };
        &source[text.range.start as usize..text.range.end as usize]
    }
}

// === impl Reader ===

impl Reader {
    /// Reads one form and tells it to the sink as one object.
    ///
    /// Each name is told once, where it stands first, with `key`. Its value is a string; if the name stands
    /// more than once, or `is_list` says that it names a list, an array of strings in the order that they
    /// stand. So a sink sees the same events as for the JSON object of the same content. `whole` ranges and
    /// offsets are of the form as it stands: a value without `=`, an array from its first value to the end
    /// of its last.
    ///
    /// Names and values with escapes are appended to `scratch`, decoded, as the JSON reader does. Pieces
    /// between two `&` that are empty are passed over and a piece without `=` is a name with an empty
    /// value, as the standard says.
    ///
    /// # Errors
    /// A byte that no form may hold (blanks, controls and anything beyond ASCII must be escaped), a wrong
    /// escape, text that is not UTF-8, a limit passed (pairs count as elements, distinct names as members),
    /// or the sink's wish to stop.
    pub fn read<S: JsonSink>(
        &mut self,
        input: &[u8],
        limits: &Limits,
        is_list: impl Fn(&[u8]) -> bool,
        scratch: &mut Vec<u8>,
        sink: &mut S,
    ) -> Result<(), Fault> {
        let most = limits.bytes as usize;
        if input.len() > most || u32::try_from(scratch.len() + input.len()).is_err() {
            return Err(limit("document longer than the limit", most));
        }
        if let Some(at) = input.iter().position(|byte| !byte.is_ascii_graphic()) {
            return Err(fault(FaultKind::Malformed, "byte that must be escaped", at));
        }
        self.split(input, limits, scratch)?;
        let source = Source { input, scratch };
        self.group(source, limits)?;
        self.tell(source, is_list, sink)
    }

    /// Splits the form into decoded pairs.
    fn split(&mut self, input: &[u8], limits: &Limits, scratch: &mut Vec<u8>) -> Result<(), Fault> {
        self.pairs.clear();
        let mut at = 0;
        for piece in input.split(|byte| *byte == b'&') {
            let start = at;
            at += piece.len() + 1;
            if piece.is_empty() {
                continue;
            }
            if self.pairs.len() >= limits.elements as usize {
                return Err(limit("more pairs than the limit", start));
            }
            let equals = piece.iter().position(|byte| *byte == b'=');
            let name = range(start, start + equals.unwrap_or(piece.len()));
            let value = range(
                start + equals.map_or(piece.len(), |at| at + 1),
                start + piece.len(),
            );
            self.pairs.push(Pair {
                name: text(
                    input,
                    name,
                    limits.name,
                    "name longer than the limit",
                    scratch,
                )?,
                value: text(
                    input,
                    value,
                    limits.text,
                    "text longer than the limit",
                    scratch,
                )?,
                at: name.start,
                whole: value,
                next: NONE,
                first: true,
            });
        }
        Ok(())
    }

    /// Chains the pairs of one name. Sorting costs n log n whatever the names are.
    fn group(&mut self, source: Source<'_>, limits: &Limits) -> Result<(), Fault> {
        self.order.clear();
        self.order.extend(0..self.pairs.len() as u32);
        let pairs = &mut self.pairs;
        self.order.sort_unstable_by(|a, b| {
            let name = |index: u32| source.bytes(pairs[index as usize].name);
            name(*a).cmp(name(*b)).then(a.cmp(b))
        });
        let mut repeated = 0;
        for [a, b] in self.order.array_windows() {
            let (a, b) = (*a as usize, *b as usize);
            if source.bytes(pairs[a].name) == source.bytes(pairs[b].name) {
                pairs[a].next = b as u32;
                pairs[b].first = false;
                repeated += 1;
            }
        }
        if pairs.len() - repeated > limits.members as usize {
            return Err(limit("more members than the limit", 0));
        }
        Ok(())
    }

    fn tell<S: JsonSink>(
        &self,
        source: Source<'_>,
        is_list: impl Fn(&[u8]) -> bool,
        sink: &mut S,
    ) -> Result<(), Fault> {
        let end = source.input.len();
        sink.begin_object(0).map_err(|stop| stopped(stop, 0))?;
        for pair in self.pairs.iter().filter(|pair| pair.first) {
            let name = source.bytes(pair.name);
            let stopped = |stop| stopped(stop, pair.at as usize);
            if sink.key(pair.name, name, pair.at).map_err(stopped)? == Named::Duplicate {
                return Err(fault(
                    FaultKind::Duplicate,
                    "name twice in one object",
                    pair.at as usize,
                ));
            }
            if pair.next == NONE && !is_list(name) {
                let value = source.bytes(pair.value);
                sink.string(pair.value, value, pair.whole)
                    .map_err(stopped)?;
            } else {
                self.list(*pair, source, sink).map_err(stopped)?;
            }
        }
        sink.end_object(range(0, end))
            .map_err(|stop| stopped(stop, end))
    }

    /// Tells all values of one name.
    fn list<S: JsonSink>(&self, first: Pair, source: Source<'_>, sink: &mut S) -> Result<(), Stop> {
        sink.begin_array(first.whole.start)?;
        let mut pair = first;
        loop {
            sink.string(pair.value, source.bytes(pair.value), pair.whole)?;
            match self.pairs.get(pair.next as usize) {
                Some(next) => pair = *next,
                None => break,
            }
        }
        sink.end_array(Range {
            start: first.whole.start,
            end: pair.whole.end,
        })
    }
}

/// Decodes one name or value.
fn text(
    input: &[u8],
    whole: Range,
    most: u32,
    what: &'static str,
    scratch: &mut Vec<u8>,
) -> Result<Text, Fault> {
    let start = whole.start as usize;
    let raw = &input[start..whole.end as usize];
    let decoded = raw.iter().any(|byte| matches!(byte, b'%' | b'+'));
    let (range, bytes) = if decoded {
        let from = scratch.len();
        percent::decode_into(raw, Plus::Space, scratch).map_err(|fault| Fault {
            at: fault.at + whole.start,
            ..fault
        })?;
        (range(from, scratch.len()), &scratch[from..])
    } else {
        (whole, raw)
    };
    if bytes.len() > most as usize {
        return Err(limit(what, start));
    }
    Ok(Text {
        range,
        decoded,
        plain: !bytes.iter().any(|byte| write::special(*byte)),
    })
}

fn range(start: usize, end: usize) -> Range {
    Range {
        start: start as u32,
        end: end as u32,
    }
}

fn fault(kind: FaultKind, what: &'static str, at: usize) -> Fault {
    Fault {
        kind,
        what,
        at: u32::try_from(at).unwrap_or(u32::MAX),
    }
}

fn limit(what: &'static str, at: usize) -> Fault {
    fault(FaultKind::Limit, what, at)
}

fn stopped(_: Stop, at: usize) -> Fault {
    fault(FaultKind::Stopped, "reading was stopped", at)
}
