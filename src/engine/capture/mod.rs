//! One pass over a document: every carried value into its slot, every check of the schema on the way.

mod json;
mod sink;
mod stencil;
mod xml;

use self::sink::both;
pub(super) use self::stencil::Fitted;
use self::stencil::{Cloth, Log, Search, Stencils, cut};
use super::captured::{Captured, ROOT_RECORD};
use super::fault::Fault;
use super::slot::LONGEST;
use crate::codec::form;
use crate::codec::json::tape::TapeNode;
use crate::codec::json::{JsonHoles, Reader as JsonReader};
use crate::codec::xml::{XmlHoles, XmlReader};
use crate::codec::{self, FaultKind, Limits};
use crate::mapping::plan::{Check, Layout, NONE, NodeKind, Wire};

/// Readers and stack of captures, reused from document to document.
#[derive(Debug, Default)]
pub struct Capture {
    json: JsonReader,
    form: form::Reader,
    xml: XmlReader,
    frames: Vec<Frame>,
    expanded: Vec<u8>,
    stencils: Stencils,
    log: Log,
    /// Items are looked for by their stencils.
    by_items: bool,
    /// The last document was captured by a stencil as a whole.
    fitted: bool,
}

/// A document that is to be captured.
#[derive(Debug, Clone, Copy)]
pub enum Incoming<'a> {
    /// As it was received, in UTF-8.
    Text(&'a [u8]),
    /// The root of one of JSON that was read already.
    Read(TapeNode<'a>),
}

impl<'a> Incoming<'a> {
    /// The document as it was received.
    #[must_use]
    pub fn bytes(self) -> &'a [u8] {
        match self {
            Self::Text(bytes) => bytes,
            Self::Read(root) => root.document().as_bytes(),
        }
    }
}

/// What a capture does beside filling slots.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    /// Slots only.
    Plain,
    /// The same, and what its place does not take is lost.
    Lenient,
    /// Also where each value stands, for splices.
    Spans,
    /// The document is a merge patch: what must be present may be absent, and nulls count.
    Patch,
    /// Nulls count.
    Nulls,
    /// Texts without a character count as nulls, nulls too.
    Empties,
}

/// An open object, map, list or element.
#[derive(Debug, Clone, Copy)]
pub(super) struct Frame {
    /// Its node; `NONE` around the document.
    node: u16,
    /// Its node's kind; `Skip` around the document.
    kind: NodeKind,
    /// The record that its members' slots are in.
    record: u32,
    /// Bits of the members seen, and of those that are null.
    seen: u64,
    nulls: u64,
    /// Members seen in all.
    members: u32,
    /// The edge expected next, and behind the last one.
    cursor: u32,
    to: u32,
    /// Where the member or item of it that is being read begins, with its name; of XML, where it itself does.
    begun: u32,
    /// It is given whole even in a patch: an item of a list, or below one.
    whole: bool,
}

impl Frame {
    /// What stands around the document.
    const OUTSIDE: Self = Self {
        node: NONE,
        kind: NodeKind::Skip,
        record: ROOT_RECORD,
        seen: 0,
        nulls: 0,
        members: 0,
        cursor: 0,
        to: 0,
        begun: 0,
        whole: false,
    };
}

/// The sink that both readers push into. `SPANS` is [`Mode::Spans`], so that other captures do not pay for it.
pub(super) struct Sink<'a, const SPANS: bool> {
    layout: &'a Layout,
    checks: &'a [Check],
    lenient: bool,
    patch: bool,
    nulls: bool,
    empties: bool,
    captured: &'a mut Captured,
    /// The innermost open frame, and those around it.
    top: Frame,
    frames: &'a mut Vec<Frame>,
    /// Node of the member whose value comes next, or of the XML leaf that is open; `NONE` if there is none.
    pending: u16,
    /// The record of the XML leaf that is open.
    leaf_record: u32,
    /// Depth below something that is skipped.
    skipped: u32,
    /// The name of an XML element or attribute that is in a namespace.
    expanded: Vec<u8>,
    fault: Option<Fault>,
    log: &'a mut Log,
    /// Stencils of items, where they are looked for.
    items: Option<Items<'a>>,
}

/// What looking for stencils of items needs.
pub(super) struct Items<'a> {
    stencils: &'a mut Stencils,
    input: &'a [u8],
    limits: &'a Limits,
}

impl Capture {
    /// Captures a UTF-8 document. One that was read already (JSON) has been held against the limits.
    ///
    /// # Errors
    /// The first fault of the document: of its format, or of its schema.
    pub fn run(
        &mut self,
        layout: &Layout,
        checks: &[Check],
        document: Incoming<'_>,
        limits: &Limits,
        mode: Mode,
        captured: &mut Captured,
    ) -> Result<(), CaptureFault> {
        if document.bytes().len() >= LONGEST as usize {
            return Err(CaptureFault::Format(codec::Fault {
                kind: FaultKind::Limit,
                what: "a shorter document",
                at: LONGEST,
            }));
        }
        self.fitted = false;
        let input = document.bytes();
        let seen = mode == Mode::Plain
            && layout.wire != Wire::Form
            && self.stencils.of(layout.id, 0).was_seen();
        let whole = seen
            && input.len() <= stencil::LONGEST
            && self.stencils.of(layout.id, 0).is_worth_a_look();
        if whole && self.fits(layout, checks, document, limits, captured) {
            self.fitted = true;
            return Ok(());
        }
        self.by_items = seen && input.len() > stencil::LONGEST;
        if whole {
            self.log.begin(0, 0);
        } else {
            self.log.rest();
        }
        let found = match mode {
            Mode::Spans => self.capture::<true>(layout, checks, document, limits, mode, captured),
            Mode::Plain | Mode::Lenient | Mode::Patch | Mode::Nulls | Mode::Empties => {
                self.capture::<false>(layout, checks, document, limits, mode, captured)
            }
        };
        if whole && found == (Ok(()), None) {
            let of = Cloth {
                layout,
                checks,
                limits,
                input,
                end: input.len(),
                slots: &captured.slots,
            };
            let stencil = cut(&self.log, of);
            self.stencils.of(layout.id, 0).missed(stencil);
        }
        match found {
            (_, Some(fault)) => Err(CaptureFault::Shape(fault)),
            (Err(fault), None) => Err(CaptureFault::Format(fault)),
            (Ok(()), None) => Ok(()),
        }
    }

    /// The stencil that the last document fitted as a whole, which was of this layout.
    pub(super) fn fitted(&mut self, layout: &Layout) -> Option<Fitted<'_>> {
        self.fitted
            .then(|| self.stencils.of(layout.id, 0).fitted_last())?
    }

    /// Captures a document by a stencil of earlier ones; false if it fits none.
    fn fits(
        &mut self,
        layout: &Layout,
        checks: &[Check],
        document: Incoming<'_>,
        limits: &Limits,
        captured: &mut Captured,
    ) -> bool {
        let known = self.stencils.of(layout.id, 0);
        if known.is_empty() {
            return false;
        }
        self.log.rest();
        let mut decoded = std::mem::take(&mut captured.decoded);
        decoded.clear();
        captured.start_over();
        let frames = &mut self.frames;
        let mut sink =
            Sink::<false>::new(layout, checks, Mode::Plain, captured, frames, &mut self.log);
        let input = document.bytes();
        let search = Search {
            input,
            from: 0,
            values: u32::MAX,
            limits,
        };
        let found = if layout.wire == Wire::Json {
            let checked = matches!(document, Incoming::Read(_));
            JsonHoles::new(input, limits, checked, &mut decoded)
                .and_then(|mut holes| known.fit(search, &mut holes, &mut sink))
        } else {
            XmlHoles::new(input, limits, &mut decoded)
                .and_then(|mut holes| known.fit(search, &mut holes, &mut sink))
        };
        captured.decoded = decoded;
        captured.settle_spellings();
        found.is_some_and(|found| found.end == input.len())
    }

    /// What the reader says of the document, and what its schema does.
    fn capture<const SPANS: bool>(
        &mut self,
        layout: &Layout,
        checks: &[Check],
        document: Incoming<'_>,
        limits: &Limits,
        mode: Mode,
        captured: &mut Captured,
    ) -> (Result<(), codec::Fault>, Option<Fault>) {
        captured.reset(layout.widths.first().copied().unwrap_or(0), SPANS);
        // The reader appends to the scratch while the sink fills slots: lend it out for the time of reading.
        let mut decoded = std::mem::take(&mut captured.decoded);
        let frames = &mut self.frames;
        let mut sink = Sink::<SPANS>::new(layout, checks, mode, captured, frames, &mut self.log);
        sink.expanded = std::mem::take(&mut self.expanded);
        let input = document.bytes();
        if self.by_items {
            sink.items = Some(Items {
                stencils: &mut self.stencils,
                input,
                limits,
            });
        }
        let read = match layout.wire {
            Wire::Json if let Incoming::Read(root) = document => {
                decoded.extend_from_slice(root.decoded().as_bytes());
                root.replay(&mut sink)
            }
            Wire::Json => self.json.read(input, limits, &mut decoded, &mut sink),
            Wire::Xml => self.xml.read(input, limits, &mut decoded, &mut sink),
            Wire::Form => {
                let is_list = |name: &[u8]| names_list(layout, name);
                self.form
                    .read(input, limits, is_list, &mut decoded, &mut sink)
            }
        };
        let fault = sink.fault;
        self.expanded = std::mem::take(&mut sink.expanded);
        captured.decoded = decoded;
        captured.settle_spellings();
        (read, fault)
    }
}

/// True if a member of the root of this name is a list.
fn names_list(layout: &Layout, name: &[u8]) -> bool {
    let Some(root) = layout.nodes.first() else {
        return false;
    };
    layout.edges[root.edges.0 as usize..root.edges.1 as usize]
        .iter()
        .any(|edge| {
            edge.name.bytes() == name && layout.nodes[usize::from(edge.node)].kind == NodeKind::List
        })
}

/// Why a document was not captured.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CaptureFault {
    /// It is no document of its format.
    Format(codec::Fault),
    /// It is not of its schema.
    Shape(Fault),
}
