//! Where mappings and schemas come from: the binary itself, or folders. Only this room reads them from disk.

use std::borrow::Cow;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use clap::Args;

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
    /// Use the schemas of this folder (with `canonical/` and `native/`) instead of the shipped ones
    #[arg(
        long,
        value_name = "DIR",
        env = "INTERLINGUA_SCHEMAS",
        help_heading = "Files"
    )]
    pub(super) schemas: Option<PathBuf>,
}

/// A file: its name from the root of the project, and its bytes.
pub(super) type Named = (String, Cow<'static, [u8]>);

// === impl Files ===

impl Files {
    /// Reads everything into a catalog; what cannot be read is a fault of the report.
    pub(super) fn catalog(&self) -> (Catalog, Report) {
        let (files, mut report) = self.all();
        let (catalog, found) = Catalog::load(files);
        report.append(found);
        (catalog, report)
    }

    /// Reads all files.
    pub(super) fn all(&self) -> (Vec<Named>, Report) {
        let mut report = Report::new();
        let mut files = Vec::new();
        gather(
            "mappings",
            self.mappings.as_deref(),
            &mut files,
            &mut report,
        );
        gather("schemas", self.schemas.as_deref(), &mut files, &mut report);
        (files, report)
    }
}

/// Adds the files of one of the two folders.
pub(super) fn gather(
    top: &str,
    folder: Option<&Path>,
    files: &mut Vec<Named>,
    report: &mut Report,
) {
    let Some(folder) = folder else {
        let shipped = EMBEDDED.iter().filter(|(name, _)| {
            name.strip_prefix(top)
                .is_some_and(|rest| rest.starts_with('/'))
        });
        files.extend(shipped.map(|(name, bytes)| ((*name).to_owned(), Cow::Borrowed(*bytes))));
        return;
    };
    walk(folder, top, DEEPEST, files, report);
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
        report.push(Diagnostic::new(Code::F003, None, message));
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
    report.push(Diagnostic::new(Code::F001, None, message));
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
