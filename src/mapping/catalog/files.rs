//! Sorts files by their names and reads each as what it is.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;

use super::set::{CaseFolder, MappingSet};
use super::{Catalog, operations, version};
use crate::diag::{Code, Diagnostic, Report, SourceId, Span};
use crate::mapping::ast::File;
use crate::mapping::{read, schema, yaml};

/// A file of a folder: its whole name, its name below the folder, its bytes.
type Below<'f> = (&'f str, &'f str, &'f [u8]);

/// Which files of a folder are read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Reading {
    All,
    /// Those that serve.
    Serving,
}

/// Where a file belongs.
enum Belongs<'n> {
    Canonical(&'n str),
    Operations,
    Native(&'n str),
    /// Folder and path below it.
    Mapping(&'n str, &'n str),
    Nowhere,
}

/// Reads all files, sorted by name.
pub(super) fn load<B: AsRef<[u8]>>(
    given: &[(String, B)],
    reading: Reading,
    report: &mut Report,
) -> Catalog {
    let mut catalog = Catalog::default();
    let mut canonical = Vec::new();
    let mut operations = None;
    let mut natives = BTreeMap::new();
    let mut folders: BTreeMap<&str, Vec<Below<'_>>> = BTreeMap::new();
    for (path, bytes) in given {
        match belongs(path) {
            Belongs::Canonical(name) => {
                if let Some(id) = text(&mut catalog, path, bytes.as_ref(), report) {
                    let text = catalog.sources.text(id).to_owned();
                    catalog.canonical_schemas.push((name.to_owned(), text));
                    let root = yaml::read(id, &catalog.sources, report);
                    canonical.extend(root.map(|root| (name.to_owned(), root)));
                }
            }
            Belongs::Operations => operations = text(&mut catalog, path, bytes.as_ref(), report),
            Belongs::Native(name) => {
                if let Some(id) = text(&mut catalog, path, bytes.as_ref(), report) {
                    natives.insert(name, id);
                }
            }
            Belongs::Mapping(folder, below) => {
                let folder = folders.entry(folder).or_default();
                folder.push((path, below, bytes.as_ref()));
            }
            Belongs::Nowhere => {}
        }
    }
    catalog.canonical = schema::canonical(&canonical, report);
    if let Some(File::Operations(file)) =
        operations.and_then(|id| read::read(id, &catalog.sources, report))
    {
        catalog.operations = operations::lower(&file, &catalog.canonical, report);
    }
    for (folder, files) in folders {
        let read = files
            .iter()
            .filter(|(_, below, _)| reading == Reading::All || serves(below));
        let mut set = folder_of(&mut catalog, folder, read, report);
        let native = documents(&mut set, &natives, &catalog, report);
        let native = native.map(|id| catalog.sources.text(id));
        let files = files.iter().map(|(_, below, bytes)| (*below, *bytes));
        set.version = version::of(files, native);
        add(&mut catalog, set, report);
    }
    catalog
}

/// Whether a file of a folder is one that calls depend on.
fn serves(below: &str) -> bool {
    !below.starts_with("cases/")
        && below != "sandbox.yaml"
        && below != crate::mapping::coverage::FILE
}

fn belongs(path: &str) -> Belongs<'_> {
    if let Some(rest) = path.strip_prefix("schemas/canonical/") {
        return match rest {
            "operations.yaml" => Belongs::Operations,
            name if name.ends_with(".schema.json") => Belongs::Canonical(name),
            _ => Belongs::Nowhere,
        };
    }
    if let Some(rest) = path.strip_prefix("schemas/native/") {
        let name = [".schema.yaml", ".schema.yml", ".schema.json"]
            .iter()
            .find_map(|end| rest.strip_suffix(end));
        return name.map_or(Belongs::Nowhere, Belongs::Native);
    }
    match path
        .strip_prefix("mappings/")
        .and_then(|rest| rest.split_once('/'))
    {
        Some((folder, below)) => Belongs::Mapping(folder, below),
        None => Belongs::Nowhere,
    }
}

/// Adds a text to the sources; none if it is no text.
fn text(catalog: &mut Catalog, path: &str, bytes: &[u8], report: &mut Report) -> Option<SourceId> {
    let (id, readable) = source(catalog, path, bytes, report);
    readable.then_some(id)
}

/// Adds a file to the sources, and tells whether it is a text.
fn source(
    catalog: &mut Catalog,
    path: &str,
    bytes: &[u8],
    report: &mut Report,
) -> (SourceId, bool) {
    match std::str::from_utf8(bytes) {
        Ok(text) => (catalog.sources.add(path, text), true),
        Err(error) => {
            let id = catalog.sources.add(path, String::from_utf8_lossy(bytes));
            let at = u32::try_from(error.valid_up_to()).unwrap_or(u32::MAX);
            report.push(
                Diagnostic::new(
                    Code::F002,
                    Span::new(id, at, at),
                    "the bytes here are not UTF-8",
                )
                .help("save the file as UTF-8"),
            );
            (id, false)
        }
    }
}

/// Reads the files of one upstream's folder.
fn folder_of<'f>(
    catalog: &mut Catalog,
    folder: &str,
    files: impl IntoIterator<Item = &'f Below<'f>>,
    report: &mut Report,
) -> MappingSet {
    let mut set = MappingSet {
        folder: folder.to_owned(),
        ..MappingSet::default()
    };
    let mut cases: BTreeMap<&str, BTreeMap<String, (&str, &[u8])>> = BTreeMap::new();
    for (path, below, bytes) in files {
        if let Some((case, name)) = below
            .strip_prefix("cases/")
            .and_then(|rest| rest.rsplit_once('/'))
        {
            let case = cases.entry(case).or_default();
            case.insert(name.to_owned(), (path, bytes));
            continue;
        }
        if *below == crate::mapping::coverage::FILE {
            set.coverage = text(catalog, path, bytes, report);
        }
        if !below.ends_with(".yaml") && !below.ends_with(".yml") {
            continue;
        }
        let (id, readable) = source(catalog, path, bytes, report);
        let file = readable.then(|| read::read(id, &catalog.sources, report));
        match file.flatten() {
            Some(file) => put(&mut set, file, report),
            None => set.unread.push(id),
        }
    }
    for (case, files) in cases {
        set.cases
            .extend(case_of(catalog, folder, case, files, report));
    }
    set
}

fn put(set: &mut MappingSet, file: File, report: &mut Report) {
    let key = file.key();
    match file {
        File::Mapping(file) => {
            if set.mapping(&file.name.value).is_some() {
                let message = format!("the folder already has a mapping or fragment `{}`", file.name.value);
                report.push(Diagnostic::new(Code::F006, file.name.span, message));
            } else {
                set.mappings.push(*file);
            }
        }
        File::Tables(file) => {
            for table in file.tables {
                if set.tables.iter().any(|other| other.name.value == table.name.value) {
                    let message = format!("the folder already has a table `{}`", table.name.value);
                    report.push(Diagnostic::new(Code::F006, table.name.span, message));
                } else {
                    set.tables.push(table);
                }
            }
        }
        File::Upstream(file) if set.upstream.is_none() => set.upstream = Some(*file),
        File::Sandbox(file) if set.sandbox.is_none() => set.sandbox = Some(*file),
        File::Upstream(_) | File::Sandbox(_) => report.push(Diagnostic::new(
            Code::F006,
            key,
            "the folder already has a file of this kind",
        )),
        File::Case(_) | File::Operations(_) => report.push(
            Diagnostic::new(Code::F005, key, "a file of this kind has another folder")
                .help("cases stand in `cases/<operation>/<name>/case.yaml`, operations in `schemas/canonical/operations.yaml`"),
        ),
    }
}

fn case_of(
    catalog: &mut Catalog,
    folder: &str,
    case: &str,
    mut files: BTreeMap<String, (&str, &[u8])>,
    report: &mut Report,
) -> Option<CaseFolder> {
    let Some((path, bytes)) = files.remove("case.yaml") else {
        let message = format!("`mappings/{folder}/cases/{case}` has no `case.yaml`");
        report.push(Diagnostic::new(Code::F004, None, message));
        return None;
    };
    let id = text(catalog, path, bytes, report)?;
    let File::Case(file) = read::read(id, &catalog.sources, report)? else {
        let whole = catalog.sources.whole(id).at_start();
        report.push(Diagnostic::new(Code::F005, whole, "the file is no case"));
        return None;
    };
    Some(CaseFolder {
        path: format!("mappings/{folder}/cases/{case}"),
        name: case.rsplit('/').next().unwrap_or(case).to_owned(),
        file: *file,
        documents: files
            .into_iter()
            .map(|(name, (_, bytes))| (name, bytes.to_vec()))
            .collect(),
    })
}

/// Reads the schema of the upstream's documents, and tells which file it is.
fn documents(
    set: &mut MappingSet,
    natives: &BTreeMap<&str, SourceId>,
    catalog: &Catalog,
    report: &mut Report,
) -> Option<SourceId> {
    let Some(upstream) = &set.upstream else {
        let unread = set.unread.iter().map(|id| catalog.sources.text(*id));
        let mut unread = unread.flat_map(str::lines);
        if unread.any(|line| line.starts_with("upstream:")) {
            // What can be checked is checked against the schema of the folder's name.
            if let Some(id) = natives.get(set.folder.as_str())
                && let Some(root) = yaml::read(*id, &catalog.sources, report)
            {
                set.native = schema::native(&root, report);
            }
            return natives.get(set.folder.as_str()).copied();
        }
        let message = format!(
            "`mappings/{}` has no file that begins with `upstream:`",
            set.folder
        );
        report.push(Diagnostic::new(Code::F004, None, message));
        return None;
    };
    let (name, span) = upstream
        .native
        .as_ref()
        .map_or((&upstream.name.value, upstream.name.span), |native| {
            (&native.value, native.span)
        });
    match natives.get(name.as_str()) {
        Some(id) => {
            if let Some(root) = yaml::read(*id, &catalog.sources, report) {
                set.native = schema::native(&root, report);
            }
        }
        None => {
            let message = format!("there is no schema `schemas/native/{name}.schema.yaml`");
            report.push(Diagnostic::new(Code::F004, span, message));
        }
    }
    natives.get(name.as_str()).copied()
}

fn add(catalog: &mut Catalog, set: MappingSet, report: &mut Report) {
    let (name, span) = match &set.upstream {
        Some(upstream) => (upstream.name.value.clone(), Some(upstream.name.span)),
        None => (set.folder.clone(), None),
    };
    match catalog.mappings.entry(name) {
        Entry::Occupied(other) => {
            let message = format!("there is another folder for the upstream `{}`", other.key());
            report.push(Diagnostic::new(Code::F006, span, message));
        }
        Entry::Vacant(place) => {
            place.insert(set);
        }
    }
}
