//! What tells two versions of a mapping apart.

use ring::digest::{Context, SHA256};

/// Digits of a version.
const DIGITS: usize = 16;

/// The version of a folder: of its files with their names, and of the schema of its documents. What only proves them,
/// or follows from them, says nothing of it.
pub(super) fn of<'f>(
    files: impl IntoIterator<Item = (&'f str, &'f [u8])>,
    native: Option<&str>,
) -> Box<str> {
    let mut context = Context::new(&SHA256);
    let mut add = |bytes: &[u8]| {
        // Lengths keep the parts apart whatever stands in them.
        context.update(bytes.len().to_string().as_bytes());
        context.update(b":");
        context.update(bytes);
    };
    for (name, bytes) in files {
        let is_yaml = name.ends_with(".yaml") || name.ends_with(".yml");
        if is_yaml && !name.starts_with("cases/") {
            add(name.as_bytes());
            add(bytes);
        }
    }
    add(native.unwrap_or_default().as_bytes());
    let digest = context.finish();
    let digits = digest.as_ref().iter().map(|byte| format!("{byte:02x}"));
    let mut text: String = digits.collect();
    text.truncate(DIGITS);
    text.into()
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
