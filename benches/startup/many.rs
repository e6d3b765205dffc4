//! More mappings than anybody has: copies of the shipped folders under other names.

use std::fs;
use std::path::Path;
use std::time::{Duration, Instant};

use interlingua::cli::workers::side_by_side;
use interlingua::mapping::catalog::Catalog;
use interlingua::mapping::compile::upstream::Upstream;
use interlingua::sandbox;

use crate::callgrind;

/// Copies that make a thousand mappings.
pub(crate) const COPIES: usize = 24;

/// A file: its name from the root of the project, and its text.
type Named = (String, String);

/// How many mappings so many copies of the shipped folders have.
pub(crate) fn mappings(copies: usize) -> u64 {
    let is_mapping = |(_, text): &&Named| {
        let mut lines = text.lines();
        lines.any(|line| line.starts_with("mapping:") || line.starts_with("fragment:"))
    };
    let files = files(copies);
    let mappings = files
        .iter()
        .filter(|(name, _)| !name.contains("/cases/"))
        .filter(is_mapping);
    mappings.count() as u64
}

/// Reads and compiles so many copies of the shipped folders as the gateway does, and tells how long it took.
pub(crate) fn load(copies: usize) -> Duration {
    let files = files(copies);
    let started = Instant::now();
    let (catalog, report) = Catalog::load_by(files, &side_by_side);
    assert!(!report.has_errors());
    let sets: Vec<_> = catalog.mappings.iter().collect();
    assert_eq!(sets.len(), 5 * copies);
    side_by_side(sets.len(), &|at| {
        let (name, set) = sets[at];
        let settings = sandbox::settings(set, "http://127.0.0.1:1");
        let auth = set
            .sandbox
            .as_ref()
            .and_then(|sandbox| sandbox.auth.as_ref());
        let compiled = Upstream::compile(&catalog, name, name, &settings, auth);
        assert!(compiled.unwrap().offered().count() > 0);
    });
    started.elapsed()
}

/// User-mode instructions of [`load`], with reading the files.
pub(crate) fn instructions(copies: usize) -> u64 {
    callgrind::counted(
        callgrind::command()
            .arg(std::env::current_exe().unwrap())
            .args(["--child", &copies.to_string()]),
    )
}

/// The model, the native schemas, and the folders of mappings as often as asked, without their worked calls.
fn files(copies: usize) -> Vec<Named> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut files = Vec::new();
    for top in ["schemas/canonical", "schemas/native"] {
        walk(&root.join(top), top, &mut files);
    }
    let mut mappings = Vec::new();
    walk(&root.join("mappings"), "mappings", &mut mappings);
    for copy in 0..copies {
        files.extend(mappings.iter().map(|file| renamed(file, copy)));
    }
    files
}

/// A file of a copy; its upstream has another name and the same documents.
fn renamed((name, text): &Named, copy: usize) -> Named {
    let mut parts: Vec<_> = name.split('/').map(str::to_owned).collect();
    let upstream = parts[1].clone();
    parts[1] = format!("{upstream}-{copy}");
    let line = |key: &str, name: &str| format!("{key}: {name}\n");
    let renamed =
        |text: String, key: &str| text.replacen(&line(key, &upstream), &line(key, &parts[1]), 1);
    let text = renamed(renamed(text.clone(), "upstream"), "sandbox");
    (parts.join("/"), text)
}

fn walk(folder: &Path, name: &str, files: &mut Vec<Named>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let last = path.file_name().unwrap().to_str().unwrap();
        let name = format!("{name}/{last}");
        if path.is_dir() && last != "cases" {
            walk(&path, &name, files);
        } else if path.is_file() && !last.ends_with(".md") {
            files.push((name, fs::read_to_string(&path).unwrap()));
        }
    }
}
