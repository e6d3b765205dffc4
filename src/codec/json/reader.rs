//! The one strict pass over the bytes of a document.

use super::names::{Names, Source};
use super::sink::{JsonSink, Named};
use super::{decode, scan};
use crate::codec::fault::{Fault, FaultKind};
use crate::codec::limits::Limits;
use crate::codec::text::{Range, Stop, Text};

/// Levels of nesting beyond which no limit may go.
const DEEPEST: u32 = 127;

/// Reads documents one after another, with no allocation once its lists have grown.
#[derive(Debug, Default)]
pub struct Reader {
    open: Vec<Frame>,
    names: Names,
}

/// An open object or array.
#[derive(Debug, Clone, Copy)]
struct Frame {
    /// Offset of its bracket.
    at: u32,
    /// Members that may still follow.
    members: u32,
    /// Where its names begin in the list of names, and what the list has met of them.
    names: u32,
    met: u64,
    object: bool,
}

/// One reading.
struct Run<'a, S> {
    input: &'a [u8],
    limits: Limits,
    open: &'a mut Vec<Frame>,
    names: &'a mut Names,
    scratch: &'a mut Vec<u8>,
    sink: &'a mut S,
    /// Values that may still follow.
    values: u32,
}

// === impl Reader ===

impl Reader {
    /// Reads one document and tells it to the sink.
    ///
    /// Strings with escapes are appended to `scratch`, decoded; what stands there stays, so that ranges of
    /// it remain valid. Events told before a fault are to be thrown away.
    ///
    /// # Errors
    /// The first fault: not UTF-8, a byte order mark, anything that RFC 8259 does not allow, a name twice in
    /// one object, a limit passed, or the sink's wish to stop. Above 16 unknown names in one object a name
    /// that stands twice is reported when the object ends.
    pub fn read<S: JsonSink>(
        &mut self,
        input: &[u8],
        limits: &Limits,
        scratch: &mut Vec<u8>,
        sink: &mut S,
    ) -> Result<(), Fault> {
        admit(input, limits, scratch.len())?;
        self.open.clear();
        self.names.clear();
        let limits = Limits {
            depth: limits.depth.min(DEEPEST),
            ..*limits
        };
        Run {
            input,
            limits,
            open: &mut self.open,
            names: &mut self.names,
            scratch,
            sink,
            values: limits.elements,
        }
        .document()
    }
}

/// Checks what concerns the document as a whole: its size and its encoding.
pub(super) fn admit(input: &[u8], limits: &Limits, scratch: usize) -> Result<(), Fault> {
    // A decoded string is never longer than it stood, so offsets into the scratch stay within 32 bits too.
    if input.len() > limits.bytes as usize || u32::try_from(scratch + input.len()).is_err() {
        return Err(limit(
            "document longer than the limit",
            limits.bytes as usize,
        ));
    }
    if input.starts_with(b"\xEF\xBB\xBF") {
        return Err(fault(FaultKind::Refused, "byte order mark", 0));
    }
    let high = input.iter().fold(0, |seen, byte| seen | byte);
    if high >= 0x80
        && let Err(error) = std::str::from_utf8(input)
    {
        return Err(fault(FaultKind::Encoding, "not UTF-8", error.valid_up_to()));
    }
    Ok(())
}

// === impl Run ===

impl<S: JsonSink> Run<'_, S> {
    fn document(&mut self) -> Result<(), Fault> {
        let mut at = scan::blank(self.input, 0);
        let mut named = false;
        loop {
            if named {
                at = self.member(at)?;
            }
            let Some(values) = self.values.checked_sub(1) else {
                return Err(limit("more values than the limit", at));
            };
            self.values = values;
            let behind = match self.input.get(at) {
                Some(b'"') => self.string(at)?,
                Some(b'{') if !named && let Some(end) = self.item(at) => end,
                Some(bracket @ (b'{' | b'[')) => {
                    named = *bracket == b'{';
                    let first = self.begin(at, named)?;
                    let closing = if named { b'}' } else { b']' };
                    if self.input.get(first) != Some(&closing) {
                        at = first;
                        continue;
                    }
                    first
                }
                Some(b'-' | b'0'..=b'9') => self.number(at)?,
                Some(b't' | b'f' | b'n') => self.literal(at)?,
                _ => return Err(malformed("expected a value", at)),
            };
            match self.after(behind)? {
                Some(next) => (at, named) = next,
                None => return Ok(()),
            }
        }
    }

    /// The offset behind an item that the sink has read on its own.
    #[inline]
    fn item(&mut self, at: usize) -> Option<usize> {
        self.open.last()?;
        // The item itself was counted.
        let (end, values) = self.sink.item(at as u32, self.values + 1)?;
        self.values = (self.values + 1).checked_sub(values)?;
        Some(end)
    }

    /// Goes on behind a value: returns the offset of the next member or item and whether it has a name, or nothing
    /// at the end of the document.
    #[inline]
    fn after(&mut self, mut at: usize) -> Result<Option<(usize, bool)>, Fault> {
        loop {
            at = scan::blank(self.input, at);
            let byte = self.input.get(at);
            let Some(frame) = self.open.last() else {
                return match byte {
                    None => Ok(None),
                    Some(_) => Err(malformed("expected the end of the document", at)),
                };
            };
            match (byte, frame.object) {
                (Some(b','), named) => return Ok(Some((scan::blank(self.input, at + 1), named))),
                (Some(b'}'), true) => self.end_object(at)?,
                (Some(b']'), false) => self.end_array(at)?,
                (_, true) => return Err(malformed("expected `,` or `}`", at)),
                (_, false) => return Err(malformed("expected `,` or `]`", at)),
            }
            at += 1;
        }
    }

    /// An object or array begins; returns the offset of what stands first in it.
    #[inline]
    fn begin(&mut self, at: usize, object: bool) -> Result<usize, Fault> {
        self.enter(at, object)?;
        let told = if object {
            self.sink.begin_object(at as u32)
        } else {
            self.sink.begin_array(at as u32)
        };
        told.or_else(|stop| stopped(stop, at))?;
        Ok(scan::blank(self.input, at + 1))
    }

    #[inline]
    fn enter(&mut self, at: usize, object: bool) -> Result<(), Fault> {
        if self.open.len() >= self.limits.depth as usize {
            return Err(limit("nesting deeper than the limit", at));
        }
        if self.open.len() == self.open.capacity() {
            // As deep as documents are and no deeper: depth is limited, and a doubled stack is held for nothing.
            self.open.reserve_exact(1);
        }
        self.open.push(Frame {
            at: at as u32,
            members: self.limits.members,
            names: self.names.mark(),
            met: 0,
            object,
        });
        Ok(())
    }

    #[inline]
    fn end_object(&mut self, at: usize) -> Result<(), Fault> {
        if let Some(frame) = self.open.pop() {
            let source = Source {
                input: self.input,
                scratch: self.scratch,
            };
            self.names
                .close(frame.names, source)
                .map_err(|name| duplicate(name.at))?;
            let whole = range(frame.at as usize, at + 1);
            self.sink
                .end_object(whole)
                .or_else(|stop| stopped(stop, at))?;
        }
        Ok(())
    }

    #[inline]
    fn end_array(&mut self, at: usize) -> Result<(), Fault> {
        if let Some(frame) = self.open.pop() {
            let whole = range(frame.at as usize, at + 1);
            self.sink
                .end_array(whole)
                .or_else(|stop| stopped(stop, at))?;
        }
        Ok(())
    }

    /// A member's name and its colon; returns the offset of its value.
    #[inline(always)]
    fn member(&mut self, at: usize) -> Result<usize, Fault> {
        if self.input.get(at) != Some(&b'"') {
            return Err(malformed("expected a member name", at));
        }
        if let Some(frame) = self.open.last_mut() {
            let Some(members) = frame.members.checked_sub(1) else {
                return Err(limit("more members than the limit", at));
            };
            frame.members = members;
        }
        let behind = self.name(at)?;
        let colon = scan::blank(self.input, behind);
        if self.input.get(colon) != Some(&b':') {
            return Err(malformed("expected `:`", colon));
        }
        Ok(scan::behind_colon(self.input, colon + 1))
    }

    /// Tells a name, matched as the sink expects it or else scanned, and returns the offset behind it.
    #[inline]
    fn name(&mut self, at: usize) -> Result<usize, Fault> {
        let expected = self.sink.predict();
        let (text, behind, named) = if !expected.is_empty()
            && expected.len() <= self.limits.name as usize
            && scan::stands(self.input, at + 1, expected)
        {
            let end = at + 1 + expected.len();
            let named = self.sink.predicted_key(at as u32);
            (raw(at + 1, end), end + 1, named)
        } else {
            let (text, behind) = self.text(at, self.limits.name, "name longer than the limit")?;
            let name = bytes(self.input, self.scratch, text);
            (text, behind, self.sink.key(text, name, at as u32))
        };
        match named.or_else(|stop| stopped(stop, at))? {
            Named::Known => Ok(behind),
            Named::Unknown if self.keep(text, at) => Ok(behind),
            Named::Unknown | Named::Duplicate => Err(duplicate(at as u32)),
        }
    }

    #[inline]
    fn keep(&mut self, text: Text, at: usize) -> bool {
        let source = Source {
            input: self.input,
            scratch: self.scratch,
        };
        let length = text.range.end - text.range.start;
        let name = source.name(text.range.start, length, text.decoded, at as u32);
        match self.open.last_mut() {
            Some(frame) => self.names.keep(frame.names, &mut frame.met, name, source),
            None => true,
        }
    }

    #[inline]
    fn string(&mut self, at: usize) -> Result<usize, Fault> {
        let (text, behind) = self.text(at, self.limits.text, "text longer than the limit")?;
        let bytes = bytes(self.input, self.scratch, text);
        self.sink
            .string(text, bytes, range(at, behind))
            .or_else(|stop| stopped(stop, at))?;
        Ok(behind)
    }

    /// The string whose opening quote stands at `at`, and the offset behind it.
    #[inline(always)]
    fn text(&mut self, at: usize, most: u32, what: &'static str) -> Result<(Text, usize), Fault> {
        let end = scan::text(self.input, at + 1);
        if self.input.get(end) != Some(&b'"') {
            return self.escaped(at, end, most, what);
        }
        if end - at > most as usize + 1 {
            return Err(limit(what, at));
        }
        Ok((raw(at + 1, end), end + 1))
    }

    #[cold]
    #[inline(never)]
    fn escaped(
        &mut self,
        at: usize,
        special: usize,
        most: u32,
        what: &'static str,
    ) -> Result<(Text, usize), Fault> {
        let start = self.scratch.len();
        let decoded = decode::decode(self.input, at + 1, special, self.scratch)?;
        if self.scratch.len() - start > most as usize {
            return Err(limit(what, at));
        }
        let text = Text {
            range: range(start, self.scratch.len()),
            decoded: true,
            plain: decoded.plain,
        };
        Ok((text, decoded.end + 1))
    }

    #[inline]
    fn number(&mut self, at: usize) -> Result<usize, Fault> {
        let end = scan::number(self.input, at).map_err(|at| malformed("expected a digit", at))?;
        if end - at > self.limits.text as usize {
            return Err(limit("text longer than the limit", at));
        }
        self.sink
            .number(&self.input[at..end], range(at, end))
            .or_else(|stop| stopped(stop, at))?;
        Ok(end)
    }

    #[inline]
    fn literal(&mut self, at: usize) -> Result<usize, Fault> {
        let rest = &self.input[at..];
        let (end, told) = if rest.starts_with(b"true") {
            (at + 4, self.sink.boolean(true, range(at, at + 4)))
        } else if rest.starts_with(b"false") {
            (at + 5, self.sink.boolean(false, range(at, at + 5)))
        } else if rest.starts_with(b"null") {
            (at + 4, self.sink.null(range(at, at + 4)))
        } else {
            return Err(malformed("expected a value", at));
        };
        told.or_else(|stop| stopped(stop, at))?;
        Ok(end)
    }
}

/// The bytes of a text.
#[inline]
fn bytes<'a>(input: &'a [u8], scratch: &'a [u8], text: Text) -> &'a [u8] {
    let source = if text.decoded { scratch } else { input };
    &source[text.range.start as usize..text.range.end as usize]
}

#[inline]
fn range(start: usize, end: usize) -> Range {
    Range {
        start: start as u32,
        end: end as u32,
    }
}

/// A string as it stands: without a backslash or control byte inside it needs no escape on output either.
#[inline]
fn raw(start: usize, end: usize) -> Text {
    Text {
        range: range(start, end),
        decoded: false,
        plain: true,
    }
}

#[cold]
fn fault(kind: FaultKind, what: &'static str, at: usize) -> Fault {
    Fault {
        kind,
        what,
        at: u32::try_from(at).unwrap_or(u32::MAX),
    }
}

#[cold]
fn malformed(what: &'static str, at: usize) -> Fault {
    fault(FaultKind::Malformed, what, at)
}

#[cold]
fn limit(what: &'static str, at: usize) -> Fault {
    fault(FaultKind::Limit, what, at)
}

#[cold]
fn duplicate(at: u32) -> Fault {
    fault(
        FaultKind::Duplicate,
        "name twice in one object",
        at as usize,
    )
}

#[cold]
fn stopped<T>(_: Stop, at: usize) -> Result<T, Fault> {
    Err(fault(FaultKind::Stopped, "reading was stopped", at))
}
