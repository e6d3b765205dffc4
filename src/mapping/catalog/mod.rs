//! Everything that files say, read once: the canonical model and its operations, and each upstream's folder.
//!
//! Files are given as names and bytes; where they come from is nobody's business here. Names are those of the
//! project's tree: `schemas/canonical/*.schema.json`, `schemas/canonical/operations.yaml`,
//! `schemas/native/<name>.schema.yaml`, `mappings/<folder>/...`. A file of another name is passed over.

mod documents;
mod files;
mod operations;
mod set;
mod version;

use std::collections::BTreeMap;

pub use files::Workers;
pub use operations::{
    CanonicalAnswer, CanonicalOperation, InputKind, OperationIndex, OperationInput,
};
pub use set::{CaseFolder, MappingSet};
pub use version::version;

use crate::diag::{Report, Sources};
use crate::model::shape::Shapes;
use files::Reading;

/// All files, read and looked up in each other.
#[derive(Debug, Default)]
pub struct Catalog {
    /// The texts, for messages about them.
    pub sources: Sources,
    /// The canonical types by their titles (`Customer`).
    pub canonical: Shapes,
    /// The canonical schemas as they were read: name of the file without folders, JSON text.
    pub canonical_schemas: Vec<(String, String)>,
    /// What tells this state of the model, its schemas and operations, from others.
    pub model: Box<str>,
    /// The canonical operations; [`OperationIndex`] counts them.
    pub operations: Vec<CanonicalOperation>,
    /// What each folder of an upstream holds, by the upstream's name.
    pub mappings: BTreeMap<String, MappingSet>,
}

// === impl Catalog ===

impl Catalog {
    /// Reads all files. Every fault goes into the report; what could be read is in the catalog all the same.
    #[must_use]
    pub fn load<N, B>(files: impl IntoIterator<Item = (N, B)>) -> (Self, Report)
    where
        N: Into<String>,
        B: AsRef<[u8]>,
    {
        Self::load_by(files, &|jobs, job| (0..jobs).for_each(job))
    }

    /// Reads all files as [`Self::load`] does, by workers: the model and each folder are jobs of their own.
    #[must_use]
    pub fn load_by<N, B>(
        files: impl IntoIterator<Item = (N, B)>,
        workers: Workers<'_>,
    ) -> (Self, Report)
    where
        N: Into<String>,
        B: AsRef<[u8]>,
    {
        Self::read(files, Reading::All, workers)
    }

    /// Reads files that a full reading and the checks have found to be without error: what serves is read, and what
    /// only proves it (worked calls, `sandbox.yaml`) is left out, and so is the search for faults that cannot be
    /// there. Versions are those of [`Self::load`].
    #[must_use]
    pub fn load_serving<N, B>(
        files: impl IntoIterator<Item = (N, B)>,
        workers: Workers<'_>,
    ) -> (Self, Report)
    where
        N: Into<String>,
        B: AsRef<[u8]>,
    {
        Self::read(files, Reading::Serving, workers)
    }

    fn read<N, B>(
        files: impl IntoIterator<Item = (N, B)>,
        reading: Reading,
        workers: Workers<'_>,
    ) -> (Self, Report)
    where
        N: Into<String>,
        B: AsRef<[u8]>,
    {
        let mut report = Report::new();
        let mut given: Vec<(String, B)> = files
            .into_iter()
            .map(|(name, bytes)| (name.into(), bytes))
            .collect();
        // Faults and names do not depend on the order in which a folder was walked.
        given.sort_by(|(a, _), (b, _)| a.cmp(b));
        let mut catalog = files::load(&given, reading, workers, &mut report);
        let model = given
            .iter()
            .filter(|(name, _)| name.starts_with("schemas/canonical/"));
        catalog.model = version(model.flat_map(|(name, bytes)| [name.as_bytes(), bytes.as_ref()]));
        (catalog, report)
    }

    /// Finds an operation by its name.
    #[must_use]
    pub fn operation(&self, id: &str) -> Option<(OperationIndex, &CanonicalOperation)> {
        let at = self
            .operations
            .iter()
            .position(|operation| &*operation.id == id)?;
        Some((
            OperationIndex(u16::try_from(at).ok()?),
            self.operations.get(at)?,
        ))
    }

    /// Gives the operation of an index of this catalog.
    #[must_use]
    pub fn at(&self, index: OperationIndex) -> Option<&CanonicalOperation> {
        self.operations.get(usize::from(index.0))
    }
}
