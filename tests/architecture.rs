//! The rules of ARCHITECTURE.md that a program can hold: layers, crates per room, sizes, names.
#![cfg(test)]
#![allow(
    clippy::arithmetic_side_effects,
    clippy::string_slice,
    reason = "over the project's own files, where a panic is a failed test"
)]

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

/// The rooms, bottom to top, each with the crates that it may name beside `std`. A room may use the rooms above
/// it in this list.
const ROOMS: &[(&str, &[&str])] = &[
    ("diag", &["annotate_snippets", "serde_json", "thiserror"]),
    ("model", &["jiff"]),
    (
        "codec",
        &[
            "encoding_rs",
            "jsonschema",
            "memchr",
            "quick_xml",
            "serde_json",
        ],
    ),
    (
        "mapping",
        &[
            "base64",
            "jiff",
            "memchr",
            "regex",
            "ring",
            "saphyr_parser",
            "secrecy",
            "serde_json",
        ],
    ),
    ("engine", &["base64", "ring"]),
    ("proof", &["secrecy"]),
    (
        "telemetry",
        &["prometheus", "thiserror", "tracing", "tracing_subscriber"],
    ),
    ("config", &["http", "secrecy", "serde_json"]),
    (
        "journal",
        &["redb", "redis", "ring", "secrecy", "thiserror", "tokio"],
    ),
    (
        "upstream",
        &[
            "bytes",
            "http",
            "http_body",
            "http_body_util",
            "hyper",
            "hyper_rustls",
            "hyper_util",
            "ring",
            "rustls",
            "secrecy",
            "thiserror",
            "tokio",
            "tokio_rustls",
            "tower",
        ],
    ),
    (
        "gateway",
        &[
            "arc_swap",
            "base64",
            "bytes",
            "http",
            "http_body",
            "http_body_util",
            "hyper",
            "hyper_util",
            "jsonschema",
            "matchit",
            "memchr",
            "moka",
            "ring",
            "rustls",
            "secrecy",
            "serde_json",
            "thiserror",
            "tokio",
            "tokio_rustls",
            "tower",
            "webpki",
        ],
    ),
    (
        "admin",
        &[
            "arc_swap",
            "bytes",
            "http",
            "http_body",
            "http_body_util",
            "hyper",
            "hyper_util",
            "serde_json",
            "tokio",
            "tower",
        ],
    ),
    (
        "sandbox",
        &[
            "bytes",
            "http",
            "http_body",
            "http_body_util",
            "jiff",
            "secrecy",
            "tower",
        ],
    ),
    (
        "cli",
        &[
            "bytes",
            "clap",
            "clap_complete",
            "jiff",
            "secrecy",
            "serde_json",
            "tokio",
        ],
    ),
];

/// Rooms that touch nothing outside: no clock, no files, no network, no environment, no log.
const PURE: &[&str] = &["diag", "model", "codec", "mapping", "engine", "proof"];

/// What a pure room must not name.
const EFFECTS: &[&str] = &[
    "std::fs",
    "std::env",
    "std::net",
    "std::process",
    "std::thread",
    "std::time::SystemTime",
    "std::time::Instant",
    "SystemTime::now",
    "Instant::now",
    "println!",
    "eprintln!",
    "tokio",
    "hyper",
    "tracing",
];

/// Most lines of code of a file, tests and blank and comment lines apart.
const CEILING: usize = 600;

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// Every Rust file below a folder with its text.
fn sources(folder: &Path) -> Vec<(PathBuf, String)> {
    let mut found = Vec::new();
    let mut folders = vec![folder.to_path_buf()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                let text = fs::read_to_string(&path).unwrap();
                found.push((path, text));
            }
        }
    }
    found.sort();
    found
}

/// The lines of code that are no tests of the file itself: `mod tests` and files of tests apart.
fn code(path: &Path, text: &str) -> Vec<String> {
    let is_test_file = path.components().any(|part| part.as_os_str() == "tests")
        || path.file_stem().is_some_and(|stem| {
            stem == "tests"
                || stem == "laws"
                    && path
                        .parent()
                        .is_some_and(|parent| parent.ends_with("convert"))
        });
    if is_test_file {
        return Vec::new();
    }
    // A module of tests stands last in its file.
    let end = text
        .find("\n#[cfg(test)]\nmod tests {")
        .unwrap_or(text.len());
    text[..end]
        .lines()
        .map(|line| line.split("//").next().unwrap_or("").trim())
        .filter(|code| !code.is_empty())
        .map(str::to_owned)
        .collect()
}

fn room_of(path: &Path) -> Option<String> {
    let inside = path.strip_prefix(root().join("src")).ok()?;
    let first = inside.components().next()?.as_os_str().to_str()?;
    ROOMS
        .iter()
        .any(|(room, _)| *room == first)
        .then(|| first.to_owned())
}

/// Names that stand in front of `::` in a line, at the start of a path.
fn path_heads(line: &str) -> BTreeSet<&str> {
    let mut heads = BTreeSet::new();
    let mut rest = line;
    let mut before = ' ';
    while let Some(at) = rest.find("::") {
        let head = &rest[..at];
        let start = head
            .rfind(|c: char| !(c.is_alphanumeric() || c == '_'))
            .map_or(0, |index| {
                index + head[index..].chars().next().map_or(1, char::len_utf8)
            });
        let behind_colons = head[..start].ends_with("::") || start == 0 && before == ':';
        if !behind_colons && start < head.len() {
            heads.insert(&head[start..]);
        }
        before = ':';
        rest = &rest[at + 2..];
    }
    heads
}

fn dependencies() -> BTreeSet<String> {
    let manifest = fs::read_to_string(root().join("Cargo.toml")).unwrap();
    let section = manifest
        .split("[dependencies]")
        .nth(1)
        .unwrap()
        .split("\n[")
        .next()
        .unwrap();
    section
        .lines()
        .filter_map(|line| line.split_once('='))
        .map(|(name, _)| name.trim().replace('-', "_"))
        .collect()
}

#[test]
fn rooms_use_only_rooms_above_them() {
    let order: BTreeMap<&str, usize> = ROOMS
        .iter()
        .enumerate()
        .map(|(index, (room, _))| (*room, index))
        .collect();
    let mut wrong = Vec::new();
    for (path, text) in sources(&root().join("src")) {
        let Some(room) = room_of(&path) else { continue };
        for line in code(&path, &text) {
            for (other, index) in &order {
                if line.contains(&format!("crate::{other}")) && *index > order[room.as_str()] {
                    wrong.push(format!("{}: {room} uses {other}: {line}", path.display()));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn rooms_name_only_their_crates() {
    let all = dependencies();
    let mut wrong = Vec::new();
    let mut used: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for (path, text) in sources(&root().join("src")) {
        let Some(room) = room_of(&path) else { continue };
        let allowed = ROOMS.iter().find(|(of, _)| *of == room).unwrap().1;
        for line in code(&path, &text) {
            for head in path_heads(&line) {
                if !all.contains(head) {
                    continue;
                }
                used.entry(room.clone())
                    .or_default()
                    .insert(head.to_owned());
                if !allowed.contains(&head) {
                    wrong.push(format!("{}: {room} names {head}: {line}", path.display()));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn pure_rooms_have_no_effects() {
    let mut wrong = Vec::new();
    for (path, text) in sources(&root().join("src")) {
        let Some(room) = room_of(&path) else { continue };
        if !PURE.contains(&room.as_str()) {
            continue;
        }
        for line in code(&path, &text) {
            for effect in EFFECTS {
                let named = line.contains(effect)
                    && (effect.contains("::")
                        || effect.ends_with('!')
                        || line.contains(&format!("{effect}::")));
                if named {
                    wrong.push(format!("{}: {effect}: {line}", path.display()));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn no_file_is_longer_than_the_ceiling() {
    let mut wrong = Vec::new();
    for (path, text) in sources(&root().join("src")) {
        let lines = code(&path, &text).len();
        if lines > CEILING {
            wrong.push(format!("{}: {lines} lines of code", path.display()));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn lines_of_code_are_counted_up_to_the_tests_that_stand_last() {
    let long = "#[cfg(test)]\nuse std::fmt;\n// why\n\nfn it() {}\n".to_owned()
        + &"const ONE: u8 = 1; // one\n".repeat(CEILING);
    let text = long + "\n#[cfg(test)]\nmod tests {\n    fn not_counted() {}\n}\n";
    let lines = code(Path::new("src/model/long.rs"), &text);
    assert_eq!(lines.len(), CEILING + 3);
    assert_eq!(lines.last().map(String::as_str), Some("const ONE: u8 = 1;"));
}

#[test]
fn no_upstream_is_named_in_the_code() {
    let mut names: BTreeSet<String> = BTreeSet::new();
    for folder in ["mappings", "tests/newcomers/mappings"] {
        let before = names.len();
        for entry in fs::read_dir(root().join(folder)).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                names.insert(path.file_name().unwrap().to_str().unwrap().to_lowercase());
            }
        }
        assert!(names.len() > before, "{folder}");
    }
    // Vendors whose mappings are still to come, and the products behind them.
    names.extend(
        [
            "blubilling",
            "blusynergy",
            "orbipay",
            "ebpp",
            "cybersource",
            "flexiti",
            "dxp",
        ]
        .map(str::to_owned),
    );
    let mut wrong = Vec::new();
    for (path, text) in sources(&root().join("src")) {
        let text = text.to_lowercase();
        for name in &names {
            if text.contains(name.as_str()) {
                wrong.push(format!("{}: {name}", path.display()));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// Whoever is told of a fault is told what to do: what makes a diagnostic gives it help, there or before its function ends.
#[test]
fn every_diagnostic_has_help() {
    for (path, text) in sources(&root().join("src")) {
        let is_test = path.components().any(|part| part.as_os_str() == "tests")
            || path.ends_with("diag/report.rs");
        let text = text.split("#[cfg(test)]\nmod tests {").next().unwrap_or("");
        let mut rest = text;
        while let Some(at) = rest.find("Diagnostic::new(").filter(|_| !is_test) {
            rest = &rest[at + 1..];
            let end = rest.find("\n}\n").unwrap_or(rest.len());
            let line = text[..text.len() - rest.len()].lines().count();
            let place = format!("{}:{line}", path.display());
            assert!(rest[..end].contains("help("), "{place} gives no help");
        }
    }
}

#[test]
fn the_code_of_every_room_is_listed() {
    let listed: BTreeSet<&str> = ROOMS.iter().map(|(room, _)| *room).collect();
    for entry in fs::read_dir(root().join("src")).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            let name = path.file_name().unwrap().to_str().unwrap();
            assert!(
                listed.contains(name),
                "`{name}` is no room of ARCHITECTURE.md"
            );
        }
    }
}

#[test]
fn heads_of_paths_are_found() {
    let heads =
        path_heads("use tokio::net::TcpStream; let x = hyper::body::Body::new(std::mem::take(y));");
    assert_eq!(
        heads.into_iter().collect::<Vec<_>>(),
        ["hyper", "std", "tokio"]
    );
}
