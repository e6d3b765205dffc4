//! Lists every file of `mappings/` and `schemas/` with its bytes, so that the binary needs none of them beside it.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::{env, fs, io};

fn main() -> io::Result<()> {
    let root = folder("CARGO_MANIFEST_DIR")?;
    let mut files = Vec::new();
    for top in ["mappings", "schemas"] {
        println!("cargo::rerun-if-changed={top}");
        walk(&root.join(top), top, &mut files)?;
    }
    // The order of a folder is the file system's; that of the list is not.
    files.sort();
    let mut list = String::from("[\n");
    for (name, path) in &files {
        let _ = writeln!(list, "    ({name:?}, include_bytes!({path:?}).as_slice()),");
    }
    list.push(']');
    fs::write(folder("OUT_DIR")?.join("embedded.rs"), list)
}

/// Adds the files below a folder; what is hidden or documentation for people stays out.
fn walk(folder: &Path, name: &str, files: &mut Vec<(String, PathBuf)>) -> io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        let Some(last) = path.file_name().and_then(|last| last.to_str()) else {
            continue;
        };
        if last.starts_with('.') || last.ends_with(".md") {
            continue;
        }
        let name = format!("{name}/{last}");
        if path.is_dir() {
            println!("cargo::rerun-if-changed={}", path.display());
            walk(&path, &name, files)?;
        } else {
            files.push((name, path));
        }
    }
    Ok(())
}

#[allow(
    clippy::disallowed_methods,
    reason = "the program's own rule: a build script has no other way to learn its folders"
)]
fn folder(variable: &str) -> io::Result<PathBuf> {
    env::var(variable)
        .map(PathBuf::from)
        .map_err(io::Error::other)
}
