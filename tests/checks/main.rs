//! What checks say of mappings: nothing of those that are shipped, and of each example what stands beside it.
//!
//! Each `<CODE>-<words>/` beside this file holds files that take the place of those of `base/`, and in `told.txt`
//! what is said about the whole. `UPDATE_GOLDENS=1 cargo test --test checks` writes the texts again; look at the
//! difference.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

#[cfg(test)]
mod coverage;
#[cfg(test)]
mod examples;
#[cfg(test)]
mod shipped;

#[cfg(test)]
mod files {
    use std::collections::BTreeMap;
    use std::fs;
    use std::path::{Path, PathBuf};

    use interlingua::diag::Report;
    use interlingua::mapping::catalog::Catalog;
    use interlingua::mapping::check;
    use interlingua::proof::cases;
    use interlingua::sandbox;

    /// Files by their names from the root of a tree.
    pub(crate) type Files = BTreeMap<String, Vec<u8>>;

    pub(crate) fn root() -> PathBuf {
        Path::new(env!("CARGO_MANIFEST_DIR")).to_path_buf()
    }

    /// Reads all files below a folder of a tree.
    pub(crate) fn read(tree: &Path, folder: &str, files: &mut Files) {
        let Ok(entries) = fs::read_dir(tree.join(folder)) else {
            return;
        };
        for entry in entries {
            let entry = entry.unwrap();
            let name = entry.file_name().into_string().unwrap();
            let name = if folder.is_empty() {
                name
            } else {
                format!("{folder}/{name}")
            };
            if entry.file_type().unwrap().is_dir() {
                read(tree, &name, files);
            } else {
                files.insert(name, fs::read(entry.path()).unwrap());
            }
        }
    }

    /// Loads and checks files.
    pub(crate) fn checked(files: Files) -> (Catalog, Report) {
        let (catalog, mut report) = Catalog::load(files);
        check::check(&catalog, &mut report);
        check::check_cases(&catalog, &mut report);
        if !report.has_errors() {
            for name in catalog.mappings.keys() {
                report.append(cases::faults(&catalog, name));
                report.append(sandbox::faults(&catalog, name));
            }
        }
        (catalog, report)
    }
}
