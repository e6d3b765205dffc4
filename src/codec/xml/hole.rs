//! Reading of single values of an XML document.

use super::names::is_blank;
use super::prepass;
use super::scan::text_end;
use super::source::{Source, raw};
use crate::codec::hole::{Hole, Holes};
use crate::codec::{Limits, Text};

/// An XML document of which single values are read.
#[derive(Debug)]
pub struct XmlHoles<'a> {
    source: Source<'a>,
}

impl<'a> XmlHoles<'a> {
    /// A document that the reader would begin to read.
    #[must_use]
    pub fn new(input: &'a [u8], limits: &Limits, scratch: &'a mut Vec<u8>) -> Option<Self> {
        if input.len() > limits.bytes as usize || scratch.len() > u32::MAX as usize - input.len() {
            return None;
        }
        let facts = prepass::check(input).ok()?;
        Some(Self {
            source: Source {
                input,
                facts,
                limits: *limits,
                scratch,
            },
        })
    }

    /// The text of an element, of which the start tag ends at `from`. One of blanks alone is not read here: it may
    /// stand between elements.
    #[inline(always)]
    fn content(&mut self, from: usize) -> Option<(Text, usize)> {
        let facts = self.source.facts;
        let (end, plain) = text_end(self.source.input, from);
        let simple = (plain || !facts.returns) && !facts.brackets;
        let (end, text) = if simple
            && end > from
            && self.source.at(end) == b'<'
            && !is_blank(self.source.at(from))
        {
            (end, raw(from, end, plain))
        } else {
            let (end, text) = self.source.gather(from).ok()?;
            if self.source.bytes(text).iter().all(|&byte| is_blank(byte)) {
                return None;
            }
            (end, text)
        };
        Some((text, end))
    }
}

impl Holes for XmlHoles<'_> {
    #[inline(always)]
    fn fill(&mut self, hole: Hole, at: usize) -> Option<(Text, usize)> {
        match hole {
            Hole::Content => self.content(at),
            Hole::Attribute => {
                let (text, inner) = self.source.value(at.checked_sub(1)?).ok()?;
                Some((text, inner.end as usize))
            }
            Hole::Nothing => Some((raw(at, at, true), at)),
            Hole::String | Hole::Bare => None,
        }
    }

    #[inline]
    fn bytes(&self, text: Text) -> &[u8] {
        self.source.bytes(text)
    }
}
