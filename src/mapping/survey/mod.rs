//! What the rules of an upstream say, place by place, without running any: ground for checks, coverage and
//! explanations.
//!
//! Rules are looked at where they are written: those of a mapping with its fragments, but not those of another
//! mapping that `map` leads to. So each mapping is judged once, however often it is used.

pub(crate) mod deep;
pub(crate) mod place;
pub(crate) mod sample;
pub(crate) mod tree;
pub(crate) mod usage;
pub(crate) mod walk;

use std::collections::BTreeMap;

pub(crate) use tree::{Carried, Tree};
pub(crate) use usage::Usage;
pub(crate) use walk::{Does, Entry, Spot, Walk};

use crate::diag::Report;
use crate::mapping::ast::{MappingFile, Message, UpstreamFile};
use crate::mapping::catalog::{Catalog, MappingSet};
use crate::mapping::compile::Compiler;
use crate::mapping::plan::Wire;
use crate::mapping::schema;
use crate::mapping::syntax::{DocumentRef, Path};
use crate::model::shape::ShapeId;

/// One upstream's folder, ready to be looked at.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Survey<'a> {
    pub(crate) catalog: &'a Catalog,
    pub(crate) set: &'a MappingSet,
    pub(crate) compiler: Compiler<'a>,
}

/// A document of a call: its mapping, if it has one, and its native shape.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Body<'a> {
    pub(crate) mapping: Option<&'a MappingFile>,
    pub(crate) native: ShapeId,
}

impl<'a> Survey<'a> {
    /// Looks at a folder; `settings` stand for those of an operator.
    pub(crate) fn new(
        catalog: &'a Catalog,
        set: &'a MappingSet,
        settings: &'a BTreeMap<String, String>,
    ) -> Self {
        let compiler = Compiler {
            canonical: &catalog.canonical,
            native: &set.native,
            mappings: &set.mappings,
            tables: &set.tables,
            settings,
            upstream: &set.folder,
            wire: Wire::Json,
        };
        Self {
            catalog,
            set,
            compiler,
        }
    }

    /// The file of the upstream, if the folder has one.
    pub(crate) fn file(&self) -> Option<&'a UpstreamFile> {
        self.set.upstream.as_ref()
    }

    /// The canonical type of a mapping.
    pub(crate) fn canonical_of(&self, mapping: &MappingFile) -> Option<ShapeId> {
        let name = mapping.canonical.as_ref()?;
        self.catalog.canonical.definition(&name.value)
    }

    /// The native shapes of a mapping in a message; several are a union.
    pub(crate) fn natives_of(&self, mapping: &MappingFile, message: Message) -> Vec<ShapeId> {
        let paths = mapping
            .native
            .as_ref()
            .and_then(|native| native.of(message));
        let shapes = paths.into_iter().flatten();
        shapes.filter_map(|path| self.definition(path)).collect()
    }

    /// The shape of a definition, or of a path into one.
    pub(crate) fn definition(&self, path: &Path) -> Option<ShapeId> {
        let found = schema::definition(&self.set.native, path).ok()?;
        Some(found.shape)
    }

    /// What a body refers to; none where a name is unknown, which is reported elsewhere.
    pub(crate) fn body(&self, said: &DocumentRef, message: Message) -> Option<Body<'a>> {
        let mapping = said
            .name
            .as_name()
            .and_then(|name| self.compiler.mapping(name));
        let native = match (&said.view, mapping) {
            // A name that is neither says nothing of what it carries.
            (Some(_), None) if self.definition(&said.name).is_none() => return None,
            (Some(view), _) => self.definition(view)?,
            (None, Some(mapping)) => self.natives_of(mapping, message).first().copied()?,
            (None, None) => self.definition(&said.name)?,
        };
        Some(Body { mapping, native })
    }

    /// The rules of a mapping in a message, once for each of its native shapes and variants.
    pub(crate) fn walks(&self, mapping: &'a MappingFile, message: Message) -> Vec<Walk<'a>> {
        let Some(canonical) = self.canonical_of(mapping) else {
            return Vec::new();
        };
        let mut walks = Vec::new();
        for native in self.natives_of(mapping, message) {
            let walk = || Walk::of_mapping(self, mapping, message, canonical, native);
            if mapping.variants.is_empty() {
                walks.push(walk());
            }
            let variants = mapping.variants.iter();
            walks.extend(variants.map(|variant| walk().with_variant(self, variant)));
        }
        walks
    }

    /// The converters of an entry, if they can be made.
    pub(crate) fn chain(&self, entry: &Entry<'_>) -> Option<crate::mapping::plan::Chain> {
        let text = entry.text?;
        self.compiler.chain(&text.chain, &mut Report::new())
    }
}

/// Both messages, requests first.
pub(crate) const MESSAGES: [Message; 2] = [Message::Request, Message::Response];
