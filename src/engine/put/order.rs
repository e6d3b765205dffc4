//! The order of elements: what a patch puts into an element of the base stands where the schema has it, also beside
//! elements that nothing writes, since answers alone have them or no rule names them.

use std::collections::HashMap;

use super::{Put, Site, element_name};
use crate::codec::xml::{Name, XmlReader, XmlSink};
use crate::codec::{Limits, Range, Stop, Text};
use crate::mapping::plan::{Edge, Layout, Wire};

/// Where elements stand, by where the content of the element around them begins.
#[derive(Debug, Default)]
pub(crate) struct Children {
    of: HashMap<u32, Vec<Range>>,
    /// Where the content of each element begins that is not closed yet.
    open: Vec<u32>,
}

impl Put<'_, '_> {
    /// Behind the last element of the base which the schema has before the one that was written since `from`.
    pub(super) fn ordered(&mut self, from: usize, site: &Site) -> u32 {
        let layout = &self.patch.plan.native;
        let rank = |tag| rank(layout, site.node, local(tag));
        let Some(own) = self.edits.fresh.get(from..).and_then(rank) else {
            return site.anchor;
        };
        let base = self.base.input;
        let children = self.children.get_or_insert_with(|| Children::of(base));
        let siblings = children.of.get(&site.content).into_iter().flatten();
        let before = siblings.filter(|range| {
            let tag = base.get(range.start as usize..).unwrap_or_default();
            rank(tag).is_some_and(|rank| rank < own)
        });
        before.fold(site.anchor, |last, range| last.max(range.end))
    }
}

/// Where the schema has a child of a node, counted from its first.
fn rank(layout: &Layout, node: u16, name: &[u8]) -> Option<usize> {
    let edges = layout.edges_of(layout.nodes.get(usize::from(node))?);
    let mut elements = edges.iter().filter(|edge| !edge.attribute);
    let found = elements
        .clone()
        .find(|edge| layout.local(edge) == name)?
        .node;
    // Another spelling stands where the member does.
    elements.position(|edge: &Edge| edge.node == found)
}

/// The name without a prefix of the element whose start tag stands here.
fn local(tag: &[u8]) -> &[u8] {
    let name = element_name(tag);
    let colon = name.iter().position(|byte| *byte == b':');
    &name[colon.map_or(0, |colon| colon + 1)..]
}

// === impl Site ===

impl Site {
    /// The inside of an element of which a node of the layout is the schema.
    pub(super) fn below(self, wire: Wire, node: u16) -> Self {
        match wire {
            Wire::Xml => Self { node, ..self },
            Wire::Json | Wire::Form => self,
        }
    }
}

// === impl Children ===

impl Children {
    fn of(base: &[u8]) -> Self {
        let mut children = Self::default();
        // The base was read before.
        _ = XmlReader::default().read(base, &Limits::default(), &mut Vec::new(), &mut children);
        children
    }
}

impl XmlSink for Children {
    fn predict(&self) -> &[u8] {
        &[]
    }

    fn predicted_start(&mut self, _: u32) -> Result<(), Stop> {
        Err(Stop)
    }

    fn start(&mut self, _: Name<'_>, at: u32) -> Result<(), Stop> {
        self.open.push(at);
        Ok(())
    }

    fn attribute(
        &mut self,
        _: Name<'_>,
        _: Text,
        _: &[u8],
        _: Range,
        _: Range,
    ) -> Result<(), Stop> {
        Ok(())
    }

    fn content(&mut self, at: u32, _: bool) -> Result<(), Stop> {
        if let Some(open) = self.open.last_mut() {
            *open = at;
        }
        Ok(())
    }

    fn mixed(&mut self, _: Text, _: &[u8]) -> Result<(), Stop> {
        Ok(())
    }

    fn end(&mut self, _: Text, _: &[u8], _: Range, outer: Range) -> Result<(), Stop> {
        self.open.pop();
        if let Some(around) = self.open.last() {
            self.of.entry(*around).or_default().push(outer);
        }
        Ok(())
    }
}
