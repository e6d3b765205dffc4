//! Secrets: named in the file, read from elsewhere, never shown.

use std::path::Path;

use secrecy::{ExposeSecret, SecretString};

use super::environment::Environment;
use super::raw::RawValue;

/// Bytes of a secret; keys and tokens have a few hundred.
const MOST: usize = 64 << 10;

/// A value of a setting: open, or a secret that no log, error or dump shows.
#[derive(Debug, Clone)]
pub enum Value {
    /// For everyone to read.
    Text(String),
    /// For the upstream alone.
    Secret(SecretString),
}

// === impl Value ===

impl Value {
    /// Gives the value itself, for what is sent to the upstream and nothing else.
    #[must_use]
    pub fn expose(&self) -> &str {
        match self {
            Self::Text(text) => text,
            Self::Secret(secret) => secret.expose_secret(),
        }
    }

    /// Whether it is a secret.
    #[must_use]
    pub const fn is_secret(&self) -> bool {
        matches!(self, Self::Secret(_))
    }
}

/// Reads a secret again from the file that it was read from; none where that gives no secret any more.
pub fn read_again(file: &str, environment: &dyn Environment) -> Option<SecretString> {
    match read(&RawValue::File(file.to_owned()), environment).ok()? {
        Value::Secret(secret) => Some(secret),
        Value::Text(_) => None,
    }
}

/// Reads a value; the error is a sentence that names variable or file and never what they hold.
pub(super) fn read(value: &RawValue, environment: &dyn Environment) -> Result<Value, String> {
    match value {
        RawValue::Text(text) => Ok(Value::Text(text.clone())),
        RawValue::Env(name) => match environment.variable(name) {
            Some(text) if !text.is_empty() => Ok(Value::Secret(text.into())),
            Some(_) => Err(format!("the variable `{name}` is empty")),
            None => Err(format!("the variable `{name}` is not set")),
        },
        RawValue::File(path) => {
            let text = environment
                .file(Path::new(path))
                .map_err(|error| format!("the file `{path}` cannot be read: {}", error.kind()))?;
            // Editors end a file with a line's end, which is no part of the secret.
            let bare = text.strip_suffix('\n').unwrap_or(&text);
            let bare = bare.strip_suffix('\r').unwrap_or(bare);
            match bare.len() {
                0 => Err(format!("the file `{path}` is empty")),
                1..=MOST => Ok(Value::Secret(bare.into())),
                _ => Err(format!("the file `{path}` is larger than any secret")),
            }
        }
        RawValue::Group | RawValue::Refused => Err(String::new()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::environment::Fixed;

    #[test]
    fn a_secret_is_read_without_its_lines_end_and_never_shown() {
        let environment = Fixed::default().with_file("/run/key", "s3cr3t\r\n");

        let value = read(&RawValue::File("/run/key".to_owned()), &environment).unwrap();

        assert_eq!(value.expose(), "s3cr3t");
        assert!(!format!("{value:?}").contains("s3cr3t"));
    }

    #[test]
    fn what_is_empty_or_missing_is_told_by_name() {
        let environment = Fixed::default()
            .with_variable("EMPTY", "")
            .with_file("/empty", "\n");
        for (value, told) in [
            (
                RawValue::Env("EMPTY".into()),
                "the variable `EMPTY` is empty",
            ),
            (
                RawValue::Env("NONE".into()),
                "the variable `NONE` is not set",
            ),
            (
                RawValue::File("/empty".into()),
                "the file `/empty` is empty",
            ),
            (
                RawValue::File("/none".into()),
                "the file `/none` cannot be read: entity not found",
            ),
        ] {
            assert_eq!(read(&value, &environment).unwrap_err(), told);
        }
    }
}
