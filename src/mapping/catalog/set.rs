//! The folder of one upstream.

use std::collections::BTreeMap;

use crate::diag::SourceId;
use crate::mapping::ast::{CaseFile, MappingFile, Named, SandboxFile, Table, UpstreamFile};
use crate::model::shape::Shapes;

/// What one folder of `mappings/` holds, with the schema of the upstream's documents.
#[derive(Debug, Default)]
pub struct MappingSet {
    /// Name of the folder.
    pub folder: String,
    /// Changes whenever a file that serves does.
    pub version: Box<str>,
    /// Connection and operations; none if the file is missing or could not be read.
    pub upstream: Option<UpstreamFile>,
    /// Mappings and fragments, in the order of their files.
    pub mappings: Vec<MappingFile>,
    /// Code tables.
    pub tables: Vec<Named<Table>>,
    /// The sandbox.
    pub sandbox: Option<SandboxFile>,
    /// The worked calls, in the order of their folders.
    pub cases: Vec<CaseFolder>,
    /// The upstream's documents.
    pub native: Shapes,
    /// The generated file of what the mappings carry.
    pub coverage: Option<SourceId>,
    /// Files that could not be read at all; what they define is unknown.
    pub unread: Vec<SourceId>,
}

/// One worked call with the files beside it.
#[derive(Debug)]
pub struct CaseFolder {
    /// The folder's path from the root of the files.
    pub path: String,
    /// Name of the last folder.
    pub name: String,
    /// Its `case.yaml`.
    pub file: CaseFile,
    /// The other files, by name.
    pub documents: BTreeMap<String, Vec<u8>>,
}

// === impl MappingSet ===

impl MappingSet {
    /// Finds a mapping or fragment.
    #[must_use]
    pub fn mapping(&self, name: &str) -> Option<&MappingFile> {
        self.mappings.iter().find(|file| file.name.value == name)
    }
}

// === impl CaseFolder ===

impl CaseFolder {
    /// Gives the native document, if the folder has one: `native.xml`, `native.json`, whatever the format.
    #[must_use]
    pub fn native(&self) -> Option<&[u8]> {
        let found = self
            .documents
            .iter()
            .find(|(name, _)| name.starts_with("native."));
        found.map(|(_, bytes)| bytes.as_slice())
    }

    /// Gives the canonical document, if the folder has one.
    #[must_use]
    pub fn canonical(&self) -> Option<&[u8]> {
        self.documents.get("canonical.json").map(Vec::as_slice)
    }
}
