//! What earlier documents had between their values.
//!
//! Documents of one origin look alike: the same names in the same order, the same blanks between them. A *stencil* is
//! such a document with holes where its values stood: the bytes between them (its *gaps*), where each value goes, and
//! the slots that everything else of the document fills. A document that has the same gaps is captured by comparing
//! them and reading the values; all that depends on nothing but the gaps was found out when the stencil was cut, from a
//! document that the reader had read whole. Any other document is read whole, so what is captured, and what is refused,
//! is the same with every stencil and with none. Of a long document, which seldom comes twice with as many items, the
//! items of its outermost lists have stencils instead.
//!
//! Stencils keep no values, and are bounded in number and size. The first document of a layout is only read: one that
//! comes once is not worth a stencil.

mod cut;
mod fit;
mod log;

use std::collections::BTreeMap;

pub(super) use cut::{Cloth, cut};
pub(super) use fit::Search;
pub(super) use log::{Log, Logged};

use crate::codec::Limits;
use crate::codec::hole::Hole;
use crate::engine::replay::Recorded;
use crate::engine::slot::Slot;
use crate::mapping::plan::{Class, LayoutId};

/// The longest document that has a stencil of its own.
pub(super) const LONGEST: usize = 8 * 1024;

/// Layouts and items of which stencils are kept at most.
const LAYOUTS: usize = 256;
/// Stencils of one layout.
const EACH: usize = 4;
/// How many documents that fit none may come, above those that fit one, before no more are cut.
const PATIENCE: u8 = 8;
/// Documents that are then read without a look at stencils.
const PAUSE: u32 = 4096;

/// A document, or an item, without its values.
#[derive(Debug)]
pub(super) struct Stencil {
    /// What the document was held against.
    limits: Limits,
    /// The bytes between values, one gap behind another; the last one stands behind the last value.
    gaps: Vec<u8>,
    /// Values, as they stand.
    places: Vec<Place>,
    /// Texts that are held against their checks when all are there.
    looks: Looks,
    /// Slots that hold an offset: the slot, and how far behind the start of a gap the offset is.
    marks: Vec<(u32, u32)>,
    /// All slots, those of values empty.
    slots: Vec<Slot>,
    /// Those that hold the number of a record, which counts from the first slot.
    links: Vec<u32>,
    /// Values of the format: scalars, nulls, objects and lists.
    values: u32,
    /// What writing a document that fits came to.
    recorded: Recorded,
}

/// Where a value goes.
#[derive(Debug, Clone, Copy)]
struct Place {
    /// Bytes of the gap in front of it.
    gap: u32,
    /// Behind the last of the marks in that gap.
    marks: u32,
    hole: Hole,
    node: u16,
    record: u32,
    slot: u32,
    /// Its check; none where more than the check decides what is stored.
    check: u16,
    /// A text of up to so many bytes that needs no decoding is stored unseen; 0 if every one needs a closer look.
    stored: u32,
}

/// Texts that are stored unseen, and then held against their checks: by what a check comes to, so that each kind is
/// decided in a row without asking again which it is.
#[derive(Debug, Default)]
struct Looks {
    /// Those whose check is a list of values.
    listed: Vec<Look>,
    /// Those whose check is a class of bytes.
    classed: Vec<(Look, Class)>,
    others: Vec<Look>,
}

/// A text that is stored unseen, and the check that it is held against.
#[derive(Debug, Clone, Copy)]
struct Look {
    slot: u32,
    check: u16,
}

/// Stencils by layout.
#[derive(Debug, Default)]
pub(super) struct Stencils {
    /// What was asked for last.
    of: Option<(LayoutId, u16)>,
    current: Known,
    others: BTreeMap<(LayoutId, u16), Known>,
}

/// What is known of documents, or items, of one kind.
#[derive(Debug, Default)]
pub(super) struct Known {
    /// Stencils, the one that fitted last in front.
    stencils: Vec<Stencil>,
    /// One was read.
    seen: bool,
    /// Those that fitted none, less those that fitted one.
    misses: u8,
    /// Those that are still to be read without a look.
    pause: u32,
}

impl Stencils {
    /// What is known of a layout's documents (node 0), or of the items at a node.
    #[inline]
    pub(super) fn of(&mut self, layout: LayoutId, node: u16) -> &mut Known {
        if self.of != Some((layout, node)) {
            self.change((layout, node));
        }
        &mut self.current
    }

    #[cold]
    fn change(&mut self, to: (LayoutId, u16)) {
        let known = self.others.remove(&to).unwrap_or_default();
        let last = std::mem::replace(&mut self.current, known);
        if let Some(before) = self.of.replace(to) {
            if self.others.len() >= LAYOUTS {
                self.others.clear();
            }
            self.others.insert(before, last);
        }
    }
}

/// The stencil that a document fitted as a whole.
#[derive(Debug)]
pub(in crate::engine) struct Fitted<'a> {
    /// What writing such documents came to.
    pub(in crate::engine) recorded: &'a mut Recorded,
    places: &'a [Place],
}

impl Fitted<'_> {
    /// The slots of values.
    pub(in crate::engine) fn slots(&self) -> impl Iterator<Item = u32> + '_ {
        let slots = self.places.iter().map(|place| place.slot);
        slots.filter(|slot| *slot != 0)
    }
}

impl Known {
    /// The stencil that fitted last.
    pub(super) fn fitted_last(&mut self) -> Option<Fitted<'_>> {
        let stencil = self.stencils.first_mut()?;
        Some(Fitted {
            recorded: &mut stencil.recorded,
            places: &stencil.places,
        })
    }

    /// True if there is no stencil yet.
    pub(super) fn is_empty(&self) -> bool {
        self.stencils.is_empty()
    }

    /// True from the second document of its kind on.
    #[inline]
    pub(super) fn was_seen(&mut self) -> bool {
        std::mem::replace(&mut self.seen, true)
    }

    /// True if the next one is worth a look, and a stencil if none fits.
    #[inline]
    pub(super) fn is_worth_a_look(&mut self) -> bool {
        if self.pause == 0 {
            return true;
        }
        self.pause -= 1;
        false
    }

    /// Notes that this stencil fitted.
    #[inline]
    fn fitted(&mut self, number: usize) {
        self.misses = self.misses.saturating_sub(1);
        if number > 0 {
            self.stencils.swap(0, number);
        }
    }

    /// Notes that none fitted, and keeps the stencil of that document in place of the last one.
    pub(super) fn missed(&mut self, stencil: Option<Stencil>) {
        self.misses += 1;
        if self.misses > PATIENCE {
            *self = Self {
                seen: true,
                pause: PAUSE,
                ..Self::default()
            };
        } else if let Some(stencil) = stencil {
            self.stencils.truncate(EACH - 1);
            self.stencils.push(stencil);
        }
    }
}
