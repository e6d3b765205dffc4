//! Sorts files by their names and reads each as what it is.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use std::sync::OnceLock;

use super::set::{CaseFolder, MappingSet};
use super::{Catalog, documents, operations, version};
use crate::diag::nearest::{did_you_mean, nearest};
use crate::diag::{Code, Diagnostic, Report, SourceId, Sources, Span};
use crate::mapping::ast::File;
use crate::mapping::{read, schema, yaml};
use crate::model::shape::Shapes;

/// A file of a folder: its whole name, its name below the folder, its bytes.
type Below<'f> = (&'f str, &'f str, &'f [u8]);

/// Does a number of jobs, each once, in any order and as many at a time as it likes; it returns when all are done.
pub type Workers<'w> = &'w dyn Fn(usize, &(dyn Fn(usize) + Sync));

/// What is read of files that are given.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Reading {
    /// All of it, and every fault is told.
    All,
    /// What serves, of files that were checked before.
    Serving,
}

/// Help for a name that is there already.
const TWICE: &str = "give one of them another name, or take it away";

/// Where a file belongs.
enum Belongs<'n> {
    Canonical(&'n str),
    Operations,
    Native(&'n str),
    /// Folder and path below it.
    Mapping(&'n str, &'n str),
    Nowhere,
}

/// The files of one upstream, their texts among the sources.
struct Folder<'f> {
    name: &'f str,
    files: Vec<Below<'f>>,
    /// Its files of the language, and whether they are texts.
    texts: Vec<(SourceId, bool)>,
    coverage: Option<SourceId>,
    cases: Vec<Case<'f>>,
}

struct Case<'f> {
    name: &'f str,
    id: SourceId,
    /// The files beside `case.yaml`.
    documents: BTreeMap<&'f str, &'f [u8]>,
}

/// Files of which one needs nothing of another, and so may be read side by side.
struct Files<'f> {
    sources: Sources,
    canonical: Vec<(String, SourceId)>,
    natives: BTreeMap<&'f str, SourceId>,
    folders: Vec<Folder<'f>>,
    reading: Reading,
}

/// What one job came to, and what is wrong with it.
type Done<T> = OnceLock<(T, Report)>;

/// Reads all files, sorted by name.
pub(super) fn load<B: AsRef<[u8]>>(
    given: &[(String, B)],
    reading: Reading,
    workers: Workers<'_>,
    report: &mut Report,
) -> Catalog {
    let mut catalog = Catalog::default();
    let (files, operations) = take(given, reading, &mut catalog, report);
    let canonical: Done<Shapes> = OnceLock::new();
    let sets: Vec<Done<_>> = files.folders.iter().map(|_| OnceLock::new()).collect();
    workers(sets.len().saturating_add(1), &|job| {
        let mut report = Report::new();
        // The first job is the model; the others are folders.
        let Some(at) = job.checked_sub(1) else {
            let read = files.canonical(&mut report);
            let _ = canonical.set((read, report));
            return;
        };
        if let (Some(folder), Some(done)) = (files.folders.get(at), sets.get(at)) {
            let read = files.set(folder, &mut report);
            let _ = done.set((read, report));
        }
    });
    if let Some((shapes, found)) = canonical.into_inner() {
        catalog.canonical = shapes;
        report.append(found);
    }
    catalog.sources = files.sources;
    if let Some(File::Operations(file)) =
        operations.and_then(|id| read::read(id, &catalog.sources, report))
    {
        // A type that could not be read is not missing.
        let is_whole = !report.has_errors();
        let mut found = Report::new();
        catalog.operations = operations::lower(&file, &catalog.canonical, &mut found);
        let told = found
            .iter()
            .filter(|fault| is_whole || fault.code != Code::M101);
        report.extend(told.cloned());
    }
    for (set, found) in sets.into_iter().filter_map(OnceLock::into_inner) {
        report.append(found);
        add(&mut catalog, set, report);
    }
    let mut sets = catalog.mappings.values();
    let mut named = sets.find_map(|set| set.upstream.as_ref()?.operations.first());
    if let (None, Some(_)) = (operations, named.take()) {
        let message = "there is no file `schemas/canonical/operations.yaml`";
        let help =
            "it lists the operations of the model; leave `--schemas` out for the shipped ones";
        report.push(Diagnostic::new(Code::F004, None, message).help(help));
    }
    catalog
}

/// Sorts files by where they belong, and adds those that are read to the sources.
fn take<'f, B: AsRef<[u8]>>(
    given: &'f [(String, B)],
    reading: Reading,
    catalog: &mut Catalog,
    report: &mut Report,
) -> (Files<'f>, Option<SourceId>) {
    let mut files = Files {
        sources: Sources::new(),
        canonical: Vec::new(),
        natives: BTreeMap::new(),
        folders: Vec::new(),
        reading,
    };
    let mut operations = None;
    let mut folders: BTreeMap<&str, Vec<Below<'_>>> = BTreeMap::new();
    for (path, bytes) in given {
        match belongs(path) {
            Belongs::Canonical(name) => {
                if let Some(id) = text(&mut files.sources, path, bytes.as_ref(), report) {
                    let text = files.sources.text(id).to_owned();
                    catalog.canonical_schemas.push((name.to_owned(), text));
                    files.canonical.push((name.to_owned(), id));
                }
            }
            Belongs::Operations => {
                operations = text(&mut files.sources, path, bytes.as_ref(), report);
            }
            Belongs::Native(name) => {
                if let Some(id) = text(&mut files.sources, path, bytes.as_ref(), report) {
                    files.natives.insert(name, id);
                }
            }
            Belongs::Mapping(folder, below) => {
                let folder = folders.entry(folder).or_default();
                folder.push((path, below, bytes.as_ref()));
            }
            Belongs::Nowhere => {}
        }
    }
    for (name, below) in folders {
        let folder = folder(&mut files, name, below, report);
        files.folders.push(folder);
    }
    (files, operations)
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
fn text(sources: &mut Sources, path: &str, bytes: &[u8], report: &mut Report) -> Option<SourceId> {
    let (id, readable) = source(sources, path, bytes, report);
    readable.then_some(id)
}

/// Adds a file to the sources, and tells whether it is a text.
fn source(
    sources: &mut Sources,
    path: &str,
    bytes: &[u8],
    report: &mut Report,
) -> (SourceId, bool) {
    match std::str::from_utf8(bytes) {
        Ok(text) => (sources.add(path, text), true),
        Err(error) => {
            let id = sources.add(path, String::from_utf8_lossy(bytes));
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

/// Adds the files of one upstream's folder to the sources.
fn folder<'f>(
    all: &mut Files<'f>,
    name: &'f str,
    files: Vec<Below<'f>>,
    report: &mut Report,
) -> Folder<'f> {
    let (mut texts, mut coverage) = (Vec::new(), None);
    let mut cases: BTreeMap<&str, BTreeMap<&str, (&str, &[u8])>> = BTreeMap::new();
    for (path, below, bytes) in &files {
        if all.reading == Reading::Serving && !serves(below) {
            continue;
        }
        if let Some((case, name)) = below
            .strip_prefix("cases/")
            .and_then(|rest| rest.rsplit_once('/'))
        {
            let case = cases.entry(case).or_default();
            case.insert(name, (path, bytes));
        } else if *below == crate::mapping::coverage::FILE {
            coverage = text(&mut all.sources, path, bytes, report);
        } else if below.ends_with(".yaml") || below.ends_with(".yml") {
            texts.push(source(&mut all.sources, path, bytes, report));
        }
    }
    let mut taken = Vec::new();
    for (case, mut files) in cases {
        let Some((path, bytes)) = files.remove("case.yaml") else {
            let message = format!("`mappings/{name}/cases/{case}` has no `case.yaml`");
            let help = "a case begins with what it is: a file `case.yaml` with `case: <operation>`";
            let place = files.values().next().map(|(path, bytes)| {
                let (id, _) = source(&mut all.sources, path, bytes, &mut Report::new());
                Span::new(id, 0, 0)
            });
            report.push(Diagnostic::new(Code::F004, place, message).help(help));
            continue;
        };
        for (name, (path, bytes)) in &files {
            documents::check(name, path, bytes, &mut all.sources, report);
        }
        taken.extend(text(&mut all.sources, path, bytes, report).map(|id| {
            Case {
                name: case,
                id,
                documents: files
                    .into_iter()
                    .map(|(name, (_, bytes))| (name, bytes))
                    .collect(),
            }
        }));
    }
    Folder {
        name,
        files,
        texts,
        coverage,
        cases: taken,
    }
}

// === impl Files ===

impl Files<'_> {
    /// Reads the schemas of the model.
    fn canonical(&self, report: &mut Report) -> Shapes {
        let (mut trees, mut unread) = (Vec::new(), Vec::new());
        for (name, id) in &self.canonical {
            match yaml::read(*id, &self.sources, report) {
                Some(root) => trees.push((name.clone(), root)),
                None => unread.push(format!("`{name}`")),
            }
        }
        let mut found = Report::new();
        let shapes = match self.reading {
            Reading::All => schema::canonical(&trees, &mut found),
            Reading::Serving => schema::canonical_checked(&trees, &mut found),
        };
        // A file that does not read is there all the same.
        let leads = |fault: &&Diagnostic| {
            let names = |file: &String| fault.message.contains(file);
            fault.code != Code::S003 || !unread.iter().any(names)
        };
        report.extend(found.iter().filter(leads).cloned());
        shapes
    }

    /// Reads what a folder holds, and the schema of its documents.
    fn set(&self, folder: &Folder<'_>, report: &mut Report) -> MappingSet {
        let mut set = MappingSet {
            folder: folder.name.to_owned(),
            coverage: folder.coverage,
            ..MappingSet::default()
        };
        for (id, readable) in &folder.texts {
            let file = readable.then(|| self.file(*id, report));
            match file.flatten() {
                Some(file) => put(&mut set, file, report),
                None => set.unread.push(*id),
            }
        }
        for case in &folder.cases {
            set.cases.extend(self.case(folder.name, case, report));
        }
        let native = self.documents(folder, &mut set, report);
        let native = native.map(|id| self.sources.text(id));
        let files = folder
            .files
            .iter()
            .map(|(_, below, bytes)| (*below, *bytes));
        set.version = version::of(files, native);
        set
    }

    fn file(&self, id: SourceId, report: &mut Report) -> Option<File> {
        match self.reading {
            Reading::All => read::read(id, &self.sources, report),
            Reading::Serving => read::read_checked(id, &self.sources, report),
        }
    }

    fn case(&self, folder: &str, case: &Case<'_>, report: &mut Report) -> Option<CaseFolder> {
        let File::Case(file) = read::read(case.id, &self.sources, report)? else {
            let whole = self.sources.whole(case.id).at_start();
            report.push(
                Diagnostic::new(Code::F005, whole, "the file is no case")
                    .help("its first key is `case: <operation>`"),
            );
            return None;
        };
        let documents = case.documents.iter();
        Some(CaseFolder {
            path: format!("mappings/{folder}/cases/{}", case.name),
            name: case.name.rsplit('/').next().unwrap_or(case.name).to_owned(),
            file: *file,
            documents: documents
                .map(|(name, bytes)| ((*name).to_owned(), bytes.to_vec()))
                .collect(),
        })
    }

    fn native(&self, id: SourceId, report: &mut Report) -> Shapes {
        match (yaml::read(id, &self.sources, report), self.reading) {
            (Some(root), Reading::All) => schema::native(&root, report),
            (Some(root), Reading::Serving) => schema::native_checked(&root, report),
            (None, _) => Shapes::default(),
        }
    }

    /// Reads the schema of the upstream's documents, and tells which file it is.
    fn documents(
        &self,
        folder: &Folder<'_>,
        set: &mut MappingSet,
        report: &mut Report,
    ) -> Option<SourceId> {
        let Some(upstream) = &set.upstream else {
            let unread = set.unread.iter().map(|id| self.sources.text(*id));
            let mut unread = unread.flat_map(str::lines);
            let begins = |line: &str| {
                let key = line.split_once(':').map_or("", |(key, _)| key);
                !nearest(key, ["upstream"]).is_empty()
            };
            if unread.any(begins) {
                // What can be checked is checked against the schema of the folder's name.
                let id = self.natives.get(set.folder.as_str()).copied()?;
                set.native = self.native(id, report);
                return Some(id);
            }
            let message = format!(
                "`mappings/{}` has no file that begins with `upstream:`",
                set.folder
            );
            let first = folder.texts.first().map(|(id, _)| Span::new(*id, 0, 0));
            let help = "add `upstream.yaml`: it says where calls go and which operations there are";
            report.push(Diagnostic::new(Code::F004, first, message).help(help));
            return None;
        };
        let (name, span) = upstream
            .native
            .as_ref()
            .map_or((&upstream.name.value, upstream.name.span), |native| {
                (&native.value, native.span)
            });
        let Some(id) = self.natives.get(name.as_str()).copied() else {
            let message = format!("there is no schema `schemas/native/{name}.schema.yaml`");
            let known = self.natives.keys().copied();
            report.push(
                Diagnostic::new(Code::F004, span, message)
                    .help("write the schema of the upstream's documents there, or name another with `native`")
                    .maybe_help(did_you_mean(name, known)),
            );
            return None;
        };
        set.native = self.native(id, report);
        Some(id)
    }
}

fn put(set: &mut MappingSet, file: File, report: &mut Report) {
    let key = file.key();
    match file {
        File::Mapping(file) => {
            if set.mapping(&file.name.value).is_some() {
                let message = format!("the folder already has a mapping or fragment `{}`", file.name.value);
                report.push(Diagnostic::new(Code::F006, file.name.span, message).help(TWICE));
            } else {
                set.mappings.push(*file);
            }
        }
        File::Tables(file) => {
            for table in file.tables {
                if set.tables.iter().any(|other| other.name.value == table.name.value) {
                    let message = format!("the folder already has a table `{}`", table.name.value);
                    report.push(Diagnostic::new(Code::F006, table.name.span, message).help(TWICE));
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
        ).help("join the two files, or take one away")),
        File::Case(_) | File::Operations(_) => report.push(
            Diagnostic::new(Code::F005, key, "a file of this kind has another folder")
                .help("cases stand in `cases/<operation>/<name>/case.yaml`, operations in `schemas/canonical/operations.yaml`"),
        ),
    }
}

fn add(catalog: &mut Catalog, set: MappingSet, report: &mut Report) {
    let (name, span) = match &set.upstream {
        Some(upstream) => (upstream.name.value.clone(), Some(upstream.name.span)),
        None => (set.folder.clone(), None),
    };
    match catalog.mappings.entry(name) {
        Entry::Occupied(other) => {
            let message = format!("there is another folder for the upstream `{}`", other.key());
            report
                .push(Diagnostic::new(Code::F006, span, message).help(
                    "give one of the upstreams another name: ids of resources begin with it",
                ));
        }
        Entry::Vacant(place) => {
            place.insert(set);
        }
    }
}
