//! Files that mappings are tried among: small upstreams of the tests, and those that are shipped.

use std::fs;
use std::path::{Path, PathBuf};

/// Files by their names from the root of a tree, sorted.
pub(crate) type Files = Vec<(String, Vec<u8>)>;

/// The project's own folder, whichever of its two manifests is being built.
fn root() -> PathBuf {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    let above = here.parent().filter(|_| here.join("properties").is_dir());
    above.unwrap_or(here).to_owned()
}

/// Every file below these folders of the project, each named by what stands for its folder.
pub(crate) fn files(folders: &[(&str, &str)]) -> Files {
    let mut found = Files::new();
    for (folder, name) in folders {
        gather(&root().join(folder), name, &mut found);
    }
    assert!(!found.is_empty(), "{folders:?} hold no file");
    found.sort();
    found
}

fn gather(path: &Path, name: &str, found: &mut Files) {
    if !path.is_dir() {
        return found.push((name.to_owned(), fs::read(path).unwrap()));
    }
    for entry in fs::read_dir(path).unwrap() {
        let path = entry.unwrap().path();
        let last = path.file_name().unwrap().to_str().unwrap();
        let name = if name.is_empty() {
            last.to_owned()
        } else {
            format!("{name}/{last}")
        };
        gather(&path, &name, found);
    }
}
