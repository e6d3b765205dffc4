//! The rules of a document with those of every mapping that it leads to, their places from the document's roots.

use super::place::join;
use super::walk::{Does, Entry, Walk};
use super::{Body, Carried, Survey};
use crate::diag::Span;
use crate::mapping::ast::{MappingFile, Message};
use crate::mapping::syntax::Path;

/// Mappings within mappings are followed this deep.
const DEEPEST: usize = 16;

/// A rule with its places from the document's roots.
#[derive(Debug)]
pub(crate) struct Deep<'a> {
    /// The mapping whose rule it is.
    pub(crate) mapping: &'a MappingFile,
    pub(crate) canonical: Vec<Path>,
    pub(crate) native: Vec<Path>,
    pub(crate) entry: Entry<'a>,
}

/// A declaration with the roots of the mapping that makes it.
#[derive(Debug)]
pub(crate) struct Declaration<'a> {
    pub(crate) mapping: &'a MappingFile,
    pub(crate) walk: Walk<'a>,
    pub(crate) canonical: Path,
    pub(crate) native: Path,
}

/// All rules and declarations of a document.
#[derive(Debug, Default)]
pub(crate) struct Document<'a> {
    pub(crate) rules: Vec<Deep<'a>>,
    pub(crate) declarations: Vec<Declaration<'a>>,
}

/// Follows the mapping of a body; a body without a mapping has no rules of its own.
pub(crate) fn document<'a>(survey: &Survey<'a>, body: &Body<'a>, message: Message) -> Document<'a> {
    let mut document = Document::default();
    if let Some(mapping) = body.mapping
        && let Some(canonical) = survey.canonical_of(mapping)
    {
        let root = root(mapping.key);
        let walk = Walk::of_mapping(survey, mapping, message, canonical, body.native);
        document.add(survey, mapping, walk, &root, &root, 0);
    }
    document
}

const fn root(span: Span) -> Path {
    Path {
        steps: Vec::new(),
        span,
    }
}

impl<'a> Document<'a> {
    fn add(
        &mut self,
        survey: &Survey<'a>,
        mapping: &'a MappingFile,
        walk: Walk<'a>,
        canonical: &Path,
        native: &Path,
        depth: usize,
    ) {
        if depth > DEEPEST {
            return;
        }
        for entry in &walk.entries {
            let places = |root: &Path, spots: &[super::Spot]| -> Vec<Path> {
                spots.iter().map(|spot| join(root, &spot.path)).collect()
            };
            let (ours, theirs) = (
                places(canonical, &entry.canonical),
                places(native, &entry.native),
            );
            let also = places(native, &entry.also);
            if let (Does::Map(below), Some(ours), Some(theirs), Some(shape)) = (
                entry.does,
                ours.first(),
                theirs.first(),
                entry.native.first(),
            ) && let Some(of) = survey.canonical_of(below)
            {
                let walk = Walk::of_mapping(survey, below, walk.message, of, shape.shape);
                self.add(survey, below, walk, ours, theirs, depth.saturating_add(1));
            }
            self.rules.push(Deep {
                mapping,
                canonical: ours,
                native: theirs.into_iter().chain(also).collect(),
                entry: entry.clone(),
            });
        }
        self.declarations.push(Declaration {
            mapping,
            walk,
            canonical: canonical.clone(),
            native: native.clone(),
        });
    }
}

impl Deep<'_> {
    /// The places of one side.
    pub(crate) fn places(&self, side: Carried) -> &[Path] {
        match side {
            Carried::Canonical => &self.canonical,
            Carried::Native => &self.native,
        }
    }
}
