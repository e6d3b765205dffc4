//! Texts that no log shows.

use std::fmt;

/// A text of the operator's settings, which may be a secret.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Hidden(Box<str>);

// === impl Hidden ===

impl Hidden {
    pub(crate) fn new(text: &str) -> Self {
        Self(text.into())
    }

    /// Gives the text, to be written into a request.
    pub(crate) fn shown(&self) -> &str {
        &self.0
    }

    /// Tells whether bytes are the text, in a time that does not depend on where they differ.
    pub(crate) fn is(&self, bytes: &[u8]) -> bool {
        let own = self.0.as_bytes();
        let differing = own
            .iter()
            .zip(bytes)
            .fold(0, |all, (one, other)| all | (one ^ other));
        own.len() == bytes.len() && differing == 0
    }
}

impl fmt::Debug for Hidden {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("(hidden)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_hidden_text_compares_and_does_not_show() {
        let hidden = Hidden::new("secret");
        assert!(hidden.is(b"secret"));
        for other in ["secreT", "secre", "secrets", ""] {
            assert!(!hidden.is(other.as_bytes()), "{other}");
        }
        assert_eq!(format!("{hidden:?}"), "(hidden)");
    }
}
