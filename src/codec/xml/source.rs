//! The document being read, and the decoding of its texts.

use memchr::{memchr, memmem};

use super::markup::{self, malformed};
use super::names::is_char;
use super::namespace::bytes_of;
use super::prepass::Facts;
use super::scan::{byte, is_plain, text_end, value_end};
use crate::codec::{Fault, FaultKind, Limits, Range, Text};

/// The document with what decoding its texts needs.
#[derive(Debug)]
pub(super) struct Source<'a> {
    pub(super) input: &'a [u8],
    pub(super) facts: Facts,
    pub(super) limits: Limits,
    pub(super) scratch: &'a mut Vec<u8>,
}

/// A range of offsets that fit 32 bits, as [`Limits::bytes`] makes sure.
#[inline]
pub(super) fn range(start: usize, end: usize) -> Range {
    Range {
        start: start as u32,
        end: end as u32,
    }
}

/// A text as it stands in the document.
#[inline]
pub(super) fn raw(start: usize, end: usize, plain: bool) -> Text {
    Text {
        range: range(start, end),
        decoded: false,
        plain,
    }
}

impl Source<'_> {
    /// The byte at an offset; 0 behind the end.
    #[inline]
    pub(super) fn at(&self, at: usize) -> u8 {
        byte(self.input, at)
    }

    /// The bytes of a text lent from here.
    #[inline]
    pub(super) fn bytes(&self, text: Text) -> &[u8] {
        bytes_of(text, self.input, self.scratch)
    }

    /// Checks a text against its limit.
    #[inline]
    pub(super) fn within_limit(&self, text: Text, at: usize) -> Result<Text, Fault> {
        if text.range.end - text.range.start > self.limits.text {
            return Err(limit("more bytes of text than allowed", at));
        }
        Ok(text)
    }

    /// Reads the attribute value whose opening quote stands at `open`; its closing quote stands at the end of the range.
    #[inline]
    pub(super) fn value(&mut self, open: usize) -> Result<(Text, Range), Fault> {
        let quote = self.at(open);
        if !matches!(quote, b'"' | b'\'') {
            return Err(malformed("expected a quoted attribute value", open));
        }
        let (end, plain) = value_end(self.input, open + 1, quote);
        if self.at(end) == quote {
            let text = self.within_limit(raw(open + 1, end, plain), open)?;
            return Ok((text, text.range));
        }
        self.decoded_value(open, quote)
    }

    /// Attribute-value normalisation (3.3.3, every attribute being CDATA without a DTD), after that of line ends (2.11).
    #[cold]
    #[inline(never)]
    fn decoded_value(&mut self, open: usize, quote: u8) -> Result<(Text, Range), Fault> {
        let base = self.scratch.len();
        let mut segment = open + 1;
        loop {
            let (stop, _) = value_end(self.input, segment, quote);
            self.scratch.extend_from_slice(&self.input[segment..stop]);
            segment = match self.at(stop) {
                b'&' => self.reference(stop)?,
                b'\t' | b'\n' | b'\r' => {
                    self.scratch.push(b' ');
                    stop + if self.input[stop..].starts_with(b"\r\n") {
                        2
                    } else {
                        1
                    }
                }
                b'<' => return Err(malformed("`<` in an attribute value", stop)),
                found if found == quote => {
                    let text = self.within_limit(self.decoded_since(base), open)?;
                    return Ok((text, range(open + 1, stop)));
                }
                _ => {
                    return Err(malformed(
                        "expected the closing quote of the attribute value",
                        open,
                    ));
                }
            };
        }
    }

    /// Reads a text with anything in it but characters that stand for themselves, up to the next tag.
    /// Returns the offset of the tag's `<` and the text.
    #[inline(never)]
    pub(super) fn gather(&mut self, from: usize) -> Result<(usize, Text), Fault> {
        let base = self.scratch.len();
        let mut segment = from;
        let mut decoded = false;
        loop {
            let (stop, _) = text_end(self.input, segment);
            self.check_brackets(segment, stop)?;
            let rest = &self.input[stop..];
            let is_tag = rest.len() > 1 && !matches!(rest, [b'&', ..] | [b'<', b'!' | b'?', ..]);
            if is_tag {
                if !decoded && !self.has_return(segment, stop) {
                    let plain = is_plain(&self.input[from..stop]);
                    return Ok((stop, raw(from, stop, plain)));
                }
                self.copy(segment, stop);
                return Ok((stop, self.decoded_since(base)));
            }
            self.copy(segment, stop);
            decoded = true;
            segment = if rest.starts_with(b"&") {
                self.reference(stop)?
            } else if rest.starts_with(b"<![CDATA[") {
                self.character_data(stop)?
            } else if rest.starts_with(b"<") {
                markup::skip(self.input, stop)?
            } else {
                return Err(malformed("expected the end tag of an open element", stop));
            };
        }
    }

    /// Production 20: a CDATA section, added to the text it stands in.
    fn character_data(&mut self, at: usize) -> Result<usize, Fault> {
        let text = at + b"<![CDATA[".len();
        let Some(length) = memmem::find(&self.input[text..], b"]]>") else {
            return Err(malformed("expected the end of the CDATA section", at));
        };
        self.copy(text, text + length);
        Ok(text + length + 3)
    }

    /// Production 14: no `]]>` in character data.
    fn check_brackets(&self, start: usize, end: usize) -> Result<(), Fault> {
        if !self.facts.brackets {
            return Ok(());
        }
        match memmem::find(&self.input[start..end], b"]]>") {
            Some(at) => Err(malformed("`]]>` in text", start + at)),
            None => Ok(()),
        }
    }

    fn has_return(&self, start: usize, end: usize) -> bool {
        self.facts.returns && self.input[start..end].contains(&b'\r')
    }

    /// Adds a part of the document to the scratch, its line ends normalised (2.11).
    fn copy(&mut self, start: usize, end: usize) {
        let mut rest = &self.input[start..end];
        while self.facts.returns {
            let Some(at) = memchr(b'\r', rest) else { break };
            self.scratch.extend_from_slice(&rest[..at]);
            self.scratch.push(b'\n');
            rest = &rest[at + 1..];
            rest = rest.strip_prefix(b"\n").unwrap_or(rest);
        }
        self.scratch.extend_from_slice(rest);
    }

    fn decoded_since(&self, base: usize) -> Text {
        let plain = is_plain(&self.scratch[base..]);
        Text {
            range: range(base, self.scratch.len()),
            decoded: true,
            plain,
        }
    }

    /// Productions 66 to 68, decoded to the scratch: a character reference, or a reference to a predefined entity.
    fn reference(&mut self, at: usize) -> Result<usize, Fault> {
        let name = &self.input[at + 1..];
        if name.starts_with(b"#") {
            return self.character_reference(at);
        }
        for (entity, character) in PREDEFINED {
            if name.starts_with(entity) {
                self.scratch.push(character);
                return Ok(at + 1 + entity.len());
            }
        }
        Err(malformed(
            "a reference to an entity that is not predefined",
            at,
        ))
    }

    fn character_reference(&mut self, at: usize) -> Result<usize, Fault> {
        let (radix, digits) = if self.at(at + 2) == b'x' {
            (16, at + 3)
        } else {
            (10, at + 2)
        };
        let mut end = digits;
        let mut code = 0_u32;
        while let Some(digit) = char::from(self.at(end)).to_digit(radix) {
            code = code.saturating_mul(radix).saturating_add(digit);
            end += 1;
        }
        if end == digits || self.at(end) != b';' {
            return Err(malformed(
                "expected the digits of a character reference and `;`",
                at,
            ));
        }
        let Some(character) = char::from_u32(code).filter(|&character| is_char(character)) else {
            return Err(malformed(
                "a reference to something that is no XML character",
                at,
            ));
        };
        self.scratch
            .extend_from_slice(character.encode_utf8(&mut [0; 4]).as_bytes());
        Ok(end + 1)
    }
}

/// The entities of 4.6.
const PREDEFINED: [(&[u8], u8); 5] = [
    (b"amp;", b'&'),
    (b"lt;", b'<'),
    (b"gt;", b'>'),
    (b"quot;", b'"'),
    (b"apos;", b'\''),
];

/// A fault of kind `Limit`.
#[cold]
pub(super) fn limit(what: &'static str, at: usize) -> Fault {
    Fault {
        kind: FaultKind::Limit,
        what,
        at: at as u32,
    }
}
