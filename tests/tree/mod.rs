//! Files below folders, as a catalog takes them: for every test that reads mappings or schemas.

use std::path::Path;

/// Every file below these folders of the project, each named by what stands for its folder.
pub(crate) fn files(folders: &[(&str, &str)]) -> Vec<(String, Vec<u8>)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut found = Vec::new();
    for (folder, name) in folders {
        gather(&root.join(folder), name, &mut found);
    }
    found
}

fn gather(folder: &Path, name: &str, found: &mut Vec<(String, Vec<u8>)>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = format!("{name}/{}", path.file_name().unwrap().to_str().unwrap());
        if path.is_dir() {
            gather(&path, &name, found);
        } else {
            found.push((name, std::fs::read(&path).unwrap()));
        }
    }
}
