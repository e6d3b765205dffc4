//! What is not told because it may only follow from what could not be read.
//!
//! A file at fault is checked all the same: what did not read is left out of it, and only what is missing for that
//! reason must not be reported as missing.

use std::collections::BTreeSet;

use crate::diag::{Code, Diagnostic, Report, Severity, SourceId, Span};
use crate::mapping::ast::MappingFile;
use crate::mapping::catalog::{Catalog, MappingSet};

/// What reading the files of an upstream found wrong.
pub(super) struct Broken<'a> {
    catalog: &'a Catalog,
    set: &'a MappingSet,
    /// Places in the files of the folder.
    faults: Vec<Span>,
    /// Rules whose places do not go together: what they should have carried is missing elsewhere.
    misfits: Vec<Span>,
    /// Whether the schemas or the model are at fault, on which everything stands.
    ground: bool,
}

/// Something is missing in a mapping: a rule of it may be what could not be read.
const OF_MAPPING: &[Code] = &[
    Code::M203,
    Code::M222,
    Code::M223,
    Code::M224,
    Code::M230,
    Code::M401,
    Code::M403,
    Code::M411,
];
/// Something is missing in all that an operation sends or answers.
const OF_OPERATION: &[Code] = &[Code::M402, Code::M520];
/// A name leads nowhere.
const NAMES: &[Code] = &[Code::M101, Code::M102, Code::M103];
/// A table knows too little.
const OF_TABLES: &[Code] = &[Code::M301, Code::M305, Code::M307];
/// Something is missing in an operation.
const IN_OPERATION: &[Code] = &[
    Code::M203,
    Code::M401,
    Code::M404,
    Code::M510,
    Code::M512,
    Code::M513,
    Code::M514,
    Code::M515,
];

// === impl Broken ===

impl<'a> Broken<'a> {
    /// Finds the faults of a folder among those of reading.
    pub(super) fn of(catalog: &'a Catalog, set: &'a MappingSet, report: &Report) -> Self {
        let folder = format!("mappings/{}/", set.folder);
        let native = set.upstream.as_ref().map_or(&set.folder, |file| {
            file.native
                .as_ref()
                .map_or(&file.name.value, |name| &name.value)
        });
        let schema = format!("schemas/native/{native}.schema.");
        let mut broken = Self {
            catalog,
            set,
            faults: Vec::new(),
            misfits: Vec::new(),
            ground: set.native.definitions().next().is_none() || catalog.operations.is_empty(),
        };
        for fault in report
            .iter()
            .filter(|fault| fault.severity == Severity::Error)
        {
            let Some(span) = fault.span else { continue };
            let name = catalog.sources.name(span.source);
            if name.starts_with(&folder) && !name.contains("/cases/") {
                broken.faults.push(span);
            } else if name.starts_with("schemas/canonical/") || name.starts_with(&schema) {
                broken.ground = true;
            }
        }
        broken
    }

    /// Tells whether nothing can be said about the folder beyond what reading said.
    pub(super) fn is_everything(&self) -> bool {
        self.ground
    }

    /// Adds names that nothing has: what they should have led to is missing elsewhere.
    pub(super) fn with(&self, found: &Report) -> Self {
        let of_codes = |codes: &'static [Code]| {
            let named = found.iter().filter(|fault| codes.contains(&fault.code));
            named.filter_map(|fault| fault.span)
        };
        Self {
            faults: self.faults.iter().copied().chain(of_codes(NAMES)).collect(),
            misfits: of_codes(&[Code::M210]).collect(),
            set: self.set,
            catalog: self.catalog,
            ground: self.ground,
        }
    }

    /// Tells whether a fault may be nothing but the shadow of a name that nothing has.
    pub(super) fn shadows(&self, fault: &Diagnostic) -> bool {
        let of_misfit = |span: Span| {
            let mut misfits = self.misfits.iter();
            let of_upstream = self.set.upstream.as_ref().map(|file| file.key.source);
            match of_upstream == Some(span.source) {
                true => self.are_beside(&self.misfits, span),
                false => misfits.any(|misfit| misfit.source == span.source),
            }
        };
        match fault.code {
            Code::M402 => self.mappings() || !self.misfits.is_empty(),
            Code::M403 if fault.span.is_some_and(of_misfit) => true,
            Code::M403 => fault.span.is_some_and(|span| self.of_mapping(span.source)),
            Code::M401 | Code::M411 if fault.span.is_some_and(of_misfit) => true,
            Code::M420 => !self.faults.is_empty() || !self.misfits.is_empty(),
            Code::M401 => fault.span.is_some_and(|span| {
                let of_upstream = self.set.upstream.as_ref().map(|file| file.key.source);
                of_upstream == Some(span.source) && self.beside(span)
            }),
            _ => false,
        }
    }

    /// Tells whether a fault may be nothing but the shadow of what could not be read.
    pub(super) fn hides(&self, fault: &Diagnostic) -> bool {
        if self.faults.is_empty() && self.set.unread.is_empty() {
            return false;
        }
        let Some(span) = fault.span else { return false };
        let code = fault.code;
        let is = |codes: &[Code]| codes.contains(&code);
        let of_upstream = self.set.upstream.as_ref().map(|file| file.key.source);
        match code {
            // A text that is no name leads nowhere.
            Code::M101 | Code::M102 | Code::M103 if self.faults.contains(&span) => true,
            Code::M103 => self.may_know(self.name(span)),
            // An argument that names a setting which could not be read has no value.
            Code::M215 | Code::M303 => {
                let name = self.name(span);
                let upstream = of_upstream == Some(span.source);
                let beside = code == Code::M215 && upstream && self.beside(span);
                beside || self.on_line(span) || self.is_setting(span) && self.may_know(name)
            }
            // Nobody knows in which message a mapping is used.
            Code::M240 | Code::M242 => {
                let unread = of_upstream.is_none_or(|source| self.at(source));
                unread || self.on_line(span)
            }
            Code::M420 => true,
            Code::M002 | Code::M511 | Code::M516 => self.at(span.source),
            Code::M530 => self
                .set
                .sandbox
                .as_ref()
                .is_none_or(|file| self.at(file.key.source)),
            _ if is(OF_TABLES) => self.tables(),
            _ if is(OF_OPERATION) => self.mappings() || self.tables() || self.at(span.source),
            _ if of_upstream == Some(span.source) => is(IN_OPERATION) && self.beside(span),
            _ => is(OF_MAPPING) && self.of_mapping(span.source),
        }
    }

    /// The name that stands at a place, without the word that says that it is a setting.
    fn name(&self, span: Span) -> &str {
        let text = self.catalog.sources.slice(span);
        text.rsplit_once("settings.").map_or(text, |(_, name)| name)
    }

    fn is_setting(&self, span: Span) -> bool {
        self.catalog.sources.slice(span).contains("settings.")
    }

    /// Whether something on the same line could not be read.
    fn on_line(&self, span: Span) -> bool {
        let line = |span: Span| self.catalog.sources.position(span).line;
        let mut beside = self
            .faults
            .iter()
            .filter(|fault| fault.source == span.source);
        beside.any(|fault| line(*fault) == line(span))
    }

    fn at(&self, source: SourceId) -> bool {
        self.faults.iter().any(|fault| fault.source == source)
    }

    fn mappings(&self) -> bool {
        let mut mappings = self.set.mappings.iter();
        !self.set.unread.is_empty() || mappings.any(|file| self.at(file.key.source))
    }

    fn tables(&self) -> bool {
        let mut tables = self.set.tables.iter();
        !self.set.unread.is_empty() || tables.any(|table| self.at(table.name.span.source))
    }

    /// A mapping or one of its fragments.
    fn of_mapping(&self, source: SourceId) -> bool {
        let mut seen = BTreeSet::new();
        let mut open: Vec<&MappingFile> = Vec::new();
        open.extend(
            self.set
                .mappings
                .iter()
                .find(|file| file.key.source == source),
        );
        let mut broken = self.at(source);
        while let Some(file) = open.pop() {
            if !seen.insert(&file.name.value) {
                continue;
            }
            broken |= self.at(file.key.source);
            for name in &file.include {
                match self.set.mapping(&name.value) {
                    Some(fragment) => open.push(fragment),
                    None => broken |= self.may_know(&name.value),
                }
            }
        }
        broken
    }

    /// Whether something of the same operation could not be read.
    fn beside(&self, span: Span) -> bool {
        self.are_beside(&self.faults, span)
    }

    /// Whether some of these places are in the same operation.
    fn are_beside(&self, places: &[Span], span: Span) -> bool {
        let Some(file) = &self.set.upstream else {
            return true;
        };
        let operations = file.operations.iter().map(|named| named.name.span.start);
        let calls = file.calls.iter().map(|named| named.name.span.start);
        let mut starts: Vec<u32> = operations.chain(calls).collect();
        starts.sort_unstable();
        let own = |at: u32| starts.partition_point(|start| *start <= at);
        let of_file = places.iter().filter(|place| place.source == span.source);
        of_file
            .into_iter()
            .any(|fault| own(fault.start) == own(span.start))
    }

    /// Whether a file that could not be read may define a name: it stands there as a key or behind the file's own, or
    /// is the name of the file.
    fn may_know(&self, name: &str) -> bool {
        let broken = self.faults.iter().map(|fault| fault.source);
        let files: BTreeSet<SourceId> = broken.chain(self.set.unread.iter().copied()).collect();
        let own = |id: SourceId| {
            let path = self.catalog.sources.name(id);
            let file = path.rsplit('/').next().unwrap_or(path);
            file.split('.').next() == Some(name)
        };
        files.into_iter().any(|id| {
            let unread = self.set.unread.contains(&id);
            defines(self.catalog.sources.text(id), name) || (unread && own(id))
        })
    }
}

fn defines(text: &str, name: &str) -> bool {
    let of_name = |c: char| c.is_alphanumeric() || matches!(c, '-' | '_' | '.');
    !name.is_empty()
        && text.match_indices(name).any(|(at, _)| {
            let before = text.get(..at).unwrap_or("");
            let after = text.get(at.saturating_add(name.len())..).unwrap_or("");
            let line = before.rsplit('\n').next().unwrap_or("");
            let whole = !before.ends_with(of_name) && !after.starts_with(of_name);
            let key = after.trim_start_matches(['\'', '"']).starts_with(':');
            let first = line.starts_with("mapping:") || line.starts_with("fragment:");
            whole && (key || first)
        })
}

#[cfg(test)]
mod tests {
    use super::defines;

    #[test]
    fn a_name_is_defined_as_a_key_or_as_that_of_the_file() {
        for (text, name) in [
            ("mapping: thing\n", "thing"),
            ("fragment: 'thing'\n", "thing"),
            ("tables:\n  codes: [\n", "codes"),
            ("{ 'codes': x", "codes"),
        ] {
            assert!(defines(text, name), "{text}");
        }
        for (text, name) in [
            ("fields: { a: b | table(codes) }", "codes"),
            ("my-codes: x", "codes"),
            ("codes-of: x", "codes"),
            ("mapping: thing\n", ""),
        ] {
            assert!(!defines(text, name), "{text}");
        }
    }
}
