//! Where mappings and schemas come from: the binary itself, or folders. Only this room reads them from disk.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use clap::Args;

use super::judge;
use super::workers::side_by_side;
use crate::diag::{Code, Diagnostic, Report};
use crate::mapping::catalog::Catalog;

/// What the binary was built with: name from the root of the project, and bytes.
static EMBEDDED: &[(&str, &[u8])] = &include!(concat!(env!("OUT_DIR"), "/embedded.rs"));

/// Bytes of the largest file that is read; documents of cases have a few thousand.
const LARGEST: u64 = 4 << 20;

/// Folders within folders; an upstream's cases are four deep.
const DEEPEST: u8 = 16;

/// The flags that say which files count.
#[derive(Debug, Clone, Default, Args)]
pub(super) struct Files {
    /// Use the mappings of this folder (one folder for each upstream) instead of the shipped ones
    #[arg(
        long,
        value_name = "DIR",
        env = "INTERLINGUA_MAPPINGS",
        help_heading = "Files"
    )]
    pub(super) mappings: Option<PathBuf>,
    /// Use the schemas of this folder (with `canonical/` and `native/`); left out, the folder `schemas` beside the
    /// mappings. What it lacks is the shipped one
    #[arg(
        long,
        value_name = "DIR",
        env = "INTERLINGUA_SCHEMAS",
        help_heading = "Files"
    )]
    pub(super) schemas: Option<PathBuf>,
    /// Add the mappings of this folder to the others, with the schemas in `schemas/native` beside it; may be said again
    #[arg(
        long,
        value_name = "DIR",
        env = "INTERLINGUA_ALSO",
        help_heading = "Files"
    )]
    pub(super) also: Vec<PathBuf>,
}

/// A file: its name from the root of the project, and its bytes.
pub(super) type Named = (String, Cow<'static, [u8]>);

/// Files that were read.
#[derive(Debug, Default)]
pub(super) struct Found {
    pub(super) files: Vec<Named>,
    /// What could not be read.
    pub(super) report: Report,
    /// Where those files lie that did not come from the binary, by their names.
    places: BTreeMap<String, PathBuf>,
}

// === impl Files ===

impl Files {
    /// Reads everything into a catalog; what cannot be read is a fault of the report.
    pub(super) fn catalog(&self) -> (Catalog, Report) {
        Self::read(&self.all())
    }

    /// Reads everything into a catalog that may serve: what the binary was not built with is checked whole first.
    pub(super) fn checked(&self) -> (Catalog, Report) {
        self.judged(&self.all())
    }

    fn judged(&self, found: &Found) -> (Catalog, Report) {
        let (catalog, mut report) = Self::read(found);
        if !self.are_shipped() {
            judge::judge(&catalog, &mut report);
        }
        (catalog, report)
    }

    fn read(found: &Found) -> (Catalog, Report) {
        let (mut catalog, report) = found.load();
        found.rename(&mut catalog);
        let mut all = found.report.clone();
        all.append(report);
        (catalog, all)
    }

    /// Whether all files are those that the binary was built with, which its tests hold.
    pub(super) const fn are_shipped(&self) -> bool {
        self.mappings.is_none() && self.schemas.is_none() && self.also.is_empty()
    }

    /// Reads what serves into a catalog, and what the binary was not built with is checked whole first.
    pub(super) fn serving(&self, found: &Found) -> (Catalog, Report) {
        if self.are_shipped() {
            return found.load_serving();
        }
        self.judged(found)
    }

    /// The name of a file or folder that stands in, or beside, one of the folders that are added.
    pub(super) fn added(&self, path: &Path) -> Option<String> {
        let path = std::path::absolute(path).ok()?;
        self.also.iter().find_map(|folder| {
            let schemas = beside(folder);
            let tops = [("mappings", Some(folder)), ("schemas", schemas.as_ref())];
            tops.into_iter().find_map(|(top, root)| {
                let root = std::path::absolute(root?).ok()?;
                let below = path.strip_prefix(root).ok()?.to_str()?;
                let name = [top, below].join("/");
                Some(name.trim_end_matches('/').to_owned())
            })
        })
    }

    /// These flags as they are said.
    pub(super) fn said(&self) -> String {
        let one = |flag: &str, folder: &PathBuf| format!(" {flag} {}", folder.display());
        let mappings = self.mappings.iter().map(|it| one("--mappings", it));
        let schemas = self.schemas.iter().map(|it| one("--schemas", it));
        let also = self.also.iter().map(|it| one("--also", it));
        mappings.chain(schemas).chain(also).collect()
    }

    /// Reads all files.
    pub(super) fn all(&self) -> Found {
        let mut found = Found::default();
        match &self.mappings {
            Some(folder) => found.folder("mappings", folder),
            None => found.files.extend(shipped("mappings")),
        }
        let beside = || beside(self.mappings.as_deref()?);
        match self.schemas.clone().or_else(beside) {
            Some(folder) => {
                found.folder("schemas", &folder);
                found.complete();
            }
            None => found.files.extend(shipped("schemas")),
        }
        for folder in &self.also {
            found.add(folder);
        }
        found
    }
}

// === impl Found ===

impl Found {
    pub(super) fn load(&self) -> (Catalog, Report) {
        Catalog::load_by(self.named(), &side_by_side)
    }

    /// Reads what serves, without what proves it.
    pub(super) fn load_serving(&self) -> (Catalog, Report) {
        Catalog::load_serving(self.named(), &side_by_side)
    }

    fn named(&self) -> impl Iterator<Item = (&str, &Cow<'static, [u8]>)> {
        self.files
            .iter()
            .map(|(name, bytes)| (name.as_str(), bytes))
    }

    /// Gives every text the name under which it lies on the disk, as people and editors look for it.
    pub(super) fn rename(&self, catalog: &mut Catalog) {
        catalog
            .sources
            .rename(|name| Some(self.places.get(name)?.to_str()?.to_owned()));
    }

    /// Where a file lies, or would beside the others of its folder, if that did not come from the binary.
    pub(super) fn place(&self, name: &str) -> Option<PathBuf> {
        if let Some(place) = self.places.get(name) {
            return Some(place.clone());
        }
        let (folder, file) = name.rsplit_once('/')?;
        let folder = format!("{folder}/");
        let mut beside = self.places.range(folder.clone()..);
        let (other, place) = beside.next()?;
        let is_beside = other
            .strip_prefix(&*folder)
            .is_some_and(|below| !below.contains('/'));
        is_beside.then(|| place.with_file_name(file))
    }

    fn folder(&mut self, top: &str, folder: &Path) {
        let mut files = Vec::new();
        walk(folder, top, DEEPEST, &mut files, &mut self.report);
        for file in files {
            self.take(file, top, folder);
        }
    }

    fn take(&mut self, file: Named, top: &str, folder: &Path) {
        let below = file.0.strip_prefix(top).unwrap_or_default();
        let place = folder.join(below.trim_start_matches('/'));
        self.places.insert(file.0.clone(), place);
        self.files.push(file);
    }

    /// Adds a folder of mappings with its native schemas. A mapping that is there already is a fault, and stays as it is.
    fn add(&mut self, folder: &Path) {
        let known: BTreeSet<String> = self.files.iter().map(|(name, _)| owner(name)).collect();
        let schemas = beside(folder).map(|schemas| schemas.join("native"));
        let mut taken = BTreeSet::new();
        for (top, folder) in [
            ("mappings", Some(folder)),
            (
                "schemas/native",
                schemas.as_deref().filter(|path| path.is_dir()),
            ),
        ] {
            let Some(folder) = folder else { continue };
            let mut files = Vec::new();
            walk(folder, top, DEEPEST, &mut files, &mut self.report);
            for file in files {
                let owner = owner(&file.0);
                if !known.contains(&owner) {
                    self.take(file, top, folder);
                } else if taken.insert(owner.clone()) {
                    let message = format!(
                        "`{}` holds `{owner}`, which is there already",
                        folder.display()
                    );
                    let fault = Diagnostic::new(Code::F006, None, message);
                    self.report.push(
                        fault.help("give the upstream another name, or leave the other folder out"),
                    );
                }
            }
        }
    }

    /// Adds the shipped schemas that a folder lacks. A canonical model of its own is whole, or its faults are told.
    fn complete(&mut self) {
        const CANONICAL: &str = "schemas/canonical/";
        let there: BTreeSet<&str> = self.files.iter().map(|(name, _)| name.as_str()).collect();
        let own_model = there.iter().any(|name| name.starts_with(CANONICAL));
        let missing: Vec<Named> = shipped("schemas")
            .filter(|(name, _)| {
                let is_own = own_model && name.starts_with(CANONICAL);
                !is_own && !there.contains(name.as_str())
            })
            .collect();
        self.files.extend(missing);
    }
}

/// The folder or schema that a file belongs to as a whole: `mappings/acme`, `schemas/native/acme.schema.yaml`.
fn owner(name: &str) -> String {
    let parts: Vec<&str> = name.split('/').collect();
    let length = if name.starts_with("mappings/") {
        2
    } else {
        parts.len()
    };
    parts.get(..length).unwrap_or_default().join("/")
}

/// The files of one of the two folders as the binary holds them.
fn shipped(top: &str) -> impl Iterator<Item = Named> {
    EMBEDDED
        .iter()
        .filter(move |(name, _)| {
            name.strip_prefix(top)
                .is_some_and(|rest| rest.starts_with('/'))
        })
        .map(|(name, bytes)| ((*name).to_owned(), Cow::Borrowed(*bytes)))
}

/// The schemas that lie beside mappings.
fn beside(mappings: &Path) -> Option<PathBuf> {
    let schemas = mappings.parent()?.join("schemas");
    let holds_schemas = ["canonical", "native"]
        .iter()
        .any(|below| schemas.join(below).is_dir());
    holds_schemas.then_some(schemas)
}

/// Adds the files below a folder, hidden ones and symbolic links in circles apart.
pub(super) fn walk(
    folder: &Path,
    name: &str,
    depth: u8,
    files: &mut Vec<Named>,
    report: &mut Report,
) {
    let entries = match fs::read_dir(folder) {
        Ok(entries) => entries,
        Err(error) => return unreadable(folder, &error, report),
    };
    for entry in entries {
        let path = match entry {
            Ok(entry) => entry.path(),
            Err(error) => {
                unreadable(folder, &error, report);
                continue;
            }
        };
        let Some(last) = path.file_name().and_then(|last| last.to_str()) else {
            continue;
        };
        if last.starts_with('.') || last.ends_with(".md") {
            continue;
        }
        let name = format!("{name}/{last}");
        if !path.is_dir() {
            files.extend(read(&path, report).map(|bytes| (name, Cow::Owned(bytes))));
        } else if let Some(depth) = depth.checked_sub(1) {
            walk(&path, &name, depth, files, report);
        }
    }
}

/// Reads one file; what is wrong with it is a fault of the report.
pub(super) fn read(path: &Path, report: &mut Report) -> Option<Vec<u8>> {
    let size = fs::metadata(path).map(|data| data.len());
    if let Ok(size) = size
        && size > LARGEST
    {
        let message = format!(
            "`{}` has {size} bytes, and no file here has more than {LARGEST}",
            path.display()
        );
        report.push(
            Diagnostic::new(Code::F003, None, message)
                .help("divide it, or move it out of the folder if it does not belong there"),
        );
        return None;
    }
    match fs::read(path) {
        Ok(bytes) => Some(bytes),
        Err(error) => {
            unreadable(path, &error, report);
            None
        }
    }
}

fn unreadable(path: &Path, error: &io::Error, report: &mut Report) {
    let message = format!("`{}` cannot be read: {}", path.display(), error.kind());
    let help = "is it there, and may the user that runs the program read it?";
    report.push(Diagnostic::new(Code::F001, None, message).help(help));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_binary_holds_what_the_project_holds() {
        let root = Path::new(env!("CARGO_MANIFEST_DIR"));
        let mut report = Report::new();
        let mut found = Vec::new();
        walk(
            &root.join("mappings"),
            "mappings",
            DEEPEST,
            &mut found,
            &mut report,
        );
        walk(
            &root.join("schemas"),
            "schemas",
            DEEPEST,
            &mut found,
            &mut report,
        );
        found.sort();

        let embedded: Vec<Named> = EMBEDDED
            .iter()
            .map(|(name, bytes)| ((*name).to_owned(), Cow::Borrowed(*bytes)))
            .collect();
        assert!(report.is_empty());
        assert_eq!(embedded, found);
    }

    #[test]
    fn a_folder_that_is_not_there_is_a_fault() {
        let files = Files {
            mappings: Some("/nowhere/at/all".into()),
            schemas: None,
            also: Vec::new(),
        };
        let (catalog, report) = files.catalog();

        assert!(catalog.mappings.is_empty());
        assert!(!catalog.operations.is_empty());
        let told: Vec<_> = report
            .iter()
            .map(|each| (each.code, each.message.as_str()))
            .collect();
        assert_eq!(
            told,
            [(
                Code::F001,
                "`/nowhere/at/all` cannot be read: entity not found"
            )]
        );
    }
}
