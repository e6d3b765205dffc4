//! Reading of single values of an XML document.

use super::names::is_blank;
use super::prepass;
use super::scan::text_end;
use super::source::Source;
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
}

impl Holes for XmlHoles<'_> {
    #[inline(always)]
    fn end(&self, hole: Hole, at: usize) -> Option<(usize, bool)> {
        let facts = self.source.facts;
        match hole {
            Hole::Content => {
                let (end, plain) = text_end(self.source.input, at);
                // Blanks in front may be all of it, and what is plain holds no carriage return.
                let simple = (plain || !facts.returns) && !facts.brackets;
                let stands = simple && end > at && !is_blank(self.source.at(at));
                (stands && self.source.at(end) == b'<').then_some((end, plain))
            }
            Hole::Nothing => Some((at, true)),
            Hole::Attribute | Hole::String | Hole::Bare => None,
        }
    }

    /// A text of blanks alone is not read: it may stand between elements.
    fn fill(&mut self, hole: Hole, at: usize) -> Option<(Text, usize)> {
        match hole {
            Hole::Content => {
                let (end, text) = self.source.gather(at).ok()?;
                let blank = self.source.bytes(text).iter().all(|&byte| is_blank(byte));
                (!blank).then_some((text, end))
            }
            Hole::Attribute => {
                let (text, inner) = self.source.value(at.checked_sub(1)?).ok()?;
                Some((text, inner.end as usize))
            }
            Hole::Nothing | Hole::String | Hole::Bare => None,
        }
    }

    #[inline]
    fn bytes(&self, text: Text) -> &[u8] {
        self.source.bytes(text)
    }
}
