//! `--mappings` and `--schemas`: other files than the binary's own.

use std::fs;
use std::path::Path;

use crate::process::{command, ended, run};

/// A copy of the project's mappings.
pub(crate) fn copy() -> tempfile::TempDir {
    fn copied(from: &Path, to: &Path) {
        fs::create_dir_all(to).unwrap();
        for entry in fs::read_dir(from).unwrap() {
            let path = entry.unwrap().path();
            let to = to.join(path.file_name().unwrap());
            if path.is_dir() {
                copied(&path, &to);
            } else {
                fs::copy(&path, &to).unwrap();
            }
        }
    }
    let folder = tempfile::tempdir().unwrap();
    copied(
        &Path::new(env!("CARGO_MANIFEST_DIR")).join("mappings"),
        &folder.path().join("mappings"),
    );
    folder
}

#[test]
fn a_fault_is_told_at_its_place_in_every_form() {
    let folder = copy();
    let mappings = folder.path().join("mappings");
    let file = mappings.join("blubilling/customer.yaml");
    let text = fs::read_to_string(&file)
        .unwrap()
        .replace("  name.full: name", "  name.ful: name");
    fs::write(&file, text).unwrap();
    let given = ["--mappings", mappings.to_str().unwrap()];

    let told = run(&[["check"].as_slice(), &given].concat());
    assert_eq!(told.code, 1, "{told:?}");
    assert!(
        told.out.contains("M101") && told.out.contains("mappings/blubilling/customer.yaml:"),
        "{}",
        told.out
    );
    assert!(
        told.out.contains("name.full") || told.out.contains("`full`"),
        "{}",
        told.out
    );

    let json = run(&[["check", "--format", "json"].as_slice(), &given].concat());
    let document: serde_json::Value = serde_json::from_str(&json.out).unwrap();
    assert!(
        document["diagnostics"]
            .as_array()
            .unwrap()
            .iter()
            .any(|fault| fault["code"] == "M101" && fault["start"]["line"].is_u64())
    );
    let sarif = run(&[["check", "--format", "sarif"].as_slice(), &given].concat());
    let document: serde_json::Value = serde_json::from_str(&sarif.out).unwrap();
    assert_eq!(
        (json.code, sarif.code, document["version"].as_str()),
        (1, 1, Some("2.1.0"))
    );

    // The other folder has no fault of its own; a path alone is enough.
    let other = run(&["check", mappings.join("dxp-ux").to_str().unwrap()]);
    assert_eq!(other.code, 0, "{other:?}");
    assert_eq!(run(&["check", file.to_str().unwrap()]).code, 1);

    let mut by_variable = command(&["check"]);
    by_variable.env("INTERLINGUA_MAPPINGS", &mappings);
    assert_eq!(ended(by_variable.output().unwrap()).code, 1);
    assert_eq!(
        run(&[
            ["translate", "-u", "blubilling", "--mapping", "customer"].as_slice(),
            &given
        ]
        .concat())
        .code,
        78
    );
}

#[test]
fn folders_that_are_not_there_are_faults() {
    let told = run(&["check", "--mappings", "/nowhere/mappings"]);
    assert_eq!(told.code, 1);
    assert!(told.out.contains("F001"), "{told:?}");
    let told = run(&["check", "nowhere.yaml"]);
    assert_eq!(told.code, 1);
    assert!(told.out.contains("F001"), "{told:?}");
}

#[test]
fn a_configuration_is_checked_too() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("interlingua.yaml");
    fs::write(
        &path,
        "listn: 127.0.0.1:1\nupstreams: { a: { mapping: b } }\n",
    )
    .unwrap();
    let told = run(&["check", path.to_str().unwrap()]);
    assert_eq!(told.code, 1);
    assert!(
        told.out.contains("C002") && told.out.contains("`listen`"),
        "{}",
        told.out
    );
}
