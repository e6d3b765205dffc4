//! Reading of single values of a JSON document.

use super::reader::admit;
use super::{decode, scan};
use crate::codec::hole::{Hole, Holes};
use crate::codec::limits::Limits;
use crate::codec::text::{Range, Text};

/// A JSON document of which single values are read.
#[derive(Debug)]
pub struct JsonHoles<'a> {
    input: &'a [u8],
    decodes: bool,
    scratch: &'a mut Vec<u8>,
}

impl<'a> JsonHoles<'a> {
    /// A document that the reader would begin to read; `checked` says that its size and encoding need no look.
    #[must_use]
    pub fn new(
        input: &'a [u8],
        limits: &Limits,
        checked: bool,
        scratch: &'a mut Vec<u8>,
    ) -> Option<Self> {
        if !checked {
            admit(input, limits, scratch.len()).ok()?;
        }
        Some(Self {
            input,
            decodes: true,
            scratch,
        })
    }

    /// A part of a document that is being read: strings with escapes are not read here.
    #[must_use]
    pub fn plain(input: &'a [u8], scratch: &'a mut Vec<u8>) -> Self {
        Self {
            input,
            decodes: false,
            scratch,
        }
    }
}

impl Holes for JsonHoles<'_> {
    #[inline(always)]
    fn end(&self, hole: Hole, at: usize) -> Option<(usize, bool)> {
        let end = match hole {
            Hole::String => {
                let end = scan::text(self.input, at);
                if self.input.get(end) != Some(&b'"') {
                    return None;
                }
                end
            }
            Hole::Bare => match self.input.get(at..)? {
                [b't', b'r', b'u', b'e', ..] => at + 4,
                [b'f', b'a', b'l', b's', b'e', ..] => at + 5,
                _ => scan::number(self.input, at).ok()?,
            },
            Hole::Content | Hole::Attribute | Hole::Nothing => return None,
        };
        Some((end, true))
    }

    #[cold]
    #[inline(never)]
    fn fill(&mut self, hole: Hole, at: usize) -> Option<(Text, usize)> {
        if hole != Hole::String || !self.decodes {
            return None;
        }
        let special = scan::text(self.input, at);
        let start = self.scratch.len();
        let decoded = decode::decode(self.input, at, special, self.scratch).ok()?;
        let text = Text {
            range: Range {
                start: start as u32,
                end: self.scratch.len() as u32,
            },
            decoded: true,
            plain: decoded.plain,
        };
        Some((text, decoded.end))
    }

    #[inline]
    fn bytes(&self, text: Text) -> &[u8] {
        let source = if text.decoded {
            &*self.scratch
        } else {
            self.input
        };
        &source[text.range.start as usize..text.range.end as usize]
    }
}
