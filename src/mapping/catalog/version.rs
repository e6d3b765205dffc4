//! What tells two versions of a mapping, or of anything else that stands in files, apart.

use std::fmt::Write;

use ring::digest::{Context, SHA256};

/// Digits of a version: 64 bits, which nobody makes equal by accident.
const DIGITS: usize = 16;

/// The version of a row of parts: the beginning of a SHA-256 in hexadecimal digits.
pub fn version<P: AsRef<[u8]>>(parts: impl IntoIterator<Item = P>) -> Box<str> {
    let mut context = Context::new(&SHA256);
    for part in parts {
        let part = part.as_ref();
        // Lengths keep the parts apart whatever stands in them.
        context.update(part.len().to_string().as_bytes());
        context.update(b":");
        context.update(part);
    }
    let mut text = String::new();
    for byte in context.finish().as_ref() {
        // Writing to a text cannot fail.
        let _ = write!(text, "{byte:02x}");
    }
    text.truncate(DIGITS);
    text.into()
}

/// The version of a folder: of its files with their names, and of the schema of its documents. What only proves them,
/// or follows from them, says nothing of it.
pub(super) fn of<'f>(
    files: impl IntoIterator<Item = (&'f str, &'f [u8])>,
    native: Option<&str>,
) -> Box<str> {
    let serves = |name: &str| {
        let is_yaml = name.ends_with(".yaml") || name.ends_with(".yml");
        is_yaml && !name.starts_with("cases/")
    };
    let files = files.into_iter().filter(|(name, _)| serves(name));
    let parts = files.flat_map(|(name, bytes)| [name.as_bytes(), bytes]);
    version(parts.chain([native.unwrap_or_default().as_bytes()]))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_version_is_of_what_serves() {
        let files: [(&str, &[u8]); 2] = [("a.yaml", b"x"), ("b.yaml", b"y")];
        let version = of(files, Some("z"));
        assert_eq!(version.len(), DIGITS);
        let with: [(&str, &[u8]); 5] = [
            ("README.md", b"q"),
            ("a.yaml", b"x"),
            ("b.yaml", b"y"),
            ("cases/o/n/case.yaml", b"q"),
            ("coverage.txt", b"q"),
        ];
        assert_eq!(of(with, Some("z")), version);
        assert_ne!(of(files, Some("zz")), version);
        assert_ne!(of(files, None), version);
        assert_ne!(of([("a.yaml", &b"xy"[..])], Some("z")), version);
    }
}
