//! The names seen in the open objects, for refusing a second one.

use super::scan;

/// Up to so many names of one object are compared one by one; above, they are sorted at the object's end.
/// Sorting costs n log n whatever the bytes are, so there is no hash to flood.
const LINEAR: usize = 16;

/// One name: where it stands and its first eight bytes.
#[derive(Debug, Clone, Copy)]
pub(super) struct Name {
    /// First eight bytes, filled up with zeros.
    head: u64,
    /// Offset of the first byte, in the document or in the scratch.
    start: u32,
    length: u32,
    /// Offset of the opening quote in the document.
    pub(super) at: u32,
    decoded: bool,
}

/// Names of all open objects, those of the innermost last.
#[derive(Debug, Default)]
pub(super) struct Names {
    list: Vec<Name>,
}

/// Where names' bytes stand.
#[derive(Clone, Copy)]
pub(super) struct Source<'a> {
    pub(super) input: &'a [u8],
    pub(super) scratch: &'a [u8],
}

// === impl Name ===

impl Name {
    /// One of 64 bits, by a multiplicative hash (Knuth, "The Art of Computer Programming" 6.4) of head and length.
    #[inline]
    fn bit(&self) -> u64 {
        let key = self.head ^ u64::from(self.length);
        1 << (key.wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 58)
    }
}

// === impl Source ===

impl<'a> Source<'a> {
    /// The bytes of a name and all that stands behind them.
    #[inline]
    fn onwards(self, start: u32, decoded: bool) -> &'a [u8] {
        let bytes = if decoded { self.scratch } else { self.input };
        &bytes[start as usize..]
    }

    #[inline]
    fn bytes(self, name: Name) -> &'a [u8] {
        &self.onwards(name.start, name.decoded)[..name.length as usize]
    }

    /// Notes a name by where it stands.
    #[inline]
    pub(super) fn name(self, start: u32, length: u32, decoded: bool, at: u32) -> Name {
        let bytes = self.onwards(start, decoded);
        let head = match scan::word(bytes, 0) {
            Some(word) if length >= 8 => word,
            Some(word) => word & ((1 << (8 * length)) - 1),
            None => {
                let mut head = [0; 8];
                let short = &bytes[..(length as usize).min(8)];
                head[..short.len()].copy_from_slice(short);
                u64::from_le_bytes(head)
            }
        };
        Name {
            head,
            start,
            length,
            at,
            decoded,
        }
    }
}

// === impl Names ===

impl Names {
    pub(super) fn clear(&mut self) {
        self.list.clear();
    }

    /// How many names are held: where the names of an object that opens now begin.
    #[inline]
    pub(super) fn mark(&self) -> u32 {
        self.list.len() as u32
    }

    /// Keeps a name of the object whose names begin at `mark`; false if it is known to stand there already. `met` holds
    /// a bit of a hash of each of them, so that most new ones are compared with none.
    #[inline]
    pub(super) fn keep(
        &mut self,
        mark: u32,
        met: &mut u64,
        name: Name,
        source: Source<'_>,
    ) -> bool {
        let seen = &self.list[mark as usize..];
        let bit = name.bit();
        let is_met = std::mem::replace(met, *met | bit) & bit != 0;
        if is_met && seen.len() < LINEAR {
            for other in seen {
                if other.head == name.head
                    && other.length == name.length
                    && (name.length <= 8 || source.bytes(*other) == source.bytes(name))
                {
                    return false;
                }
            }
        }
        self.list.push(name);
        true
    }

    /// Forgets the names of the object whose names begin at `mark`.
    ///
    /// # Errors
    /// The first name that stands there a second time.
    #[inline]
    pub(super) fn close(&mut self, mark: u32, source: Source<'_>) -> Result<(), Name> {
        let mark = mark as usize;
        if self.list.len() - mark > LINEAR {
            Self::distinct(&mut self.list[mark..], source)?;
        }
        self.list.truncate(mark);
        Ok(())
    }

    #[cold]
    #[inline(never)]
    fn distinct(names: &mut [Name], source: Source<'_>) -> Result<(), Name> {
        let same = |a: &Name, b: &Name| {
            (a.head, a.length)
                .cmp(&(b.head, b.length))
                .then_with(|| source.bytes(*a).cmp(source.bytes(*b)))
        };
        names.sort_unstable_by(|a, b| same(a, b).then(a.at.cmp(&b.at)));
        names
            .array_windows()
            .filter(|[a, b]| same(a, b).is_eq())
            .map(|[_, second]| *second)
            .min_by_key(|second| second.at)
            .map_or(Ok(()), Err)
    }
}
