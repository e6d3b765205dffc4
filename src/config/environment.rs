//! What settings read of the world: variables and files. Nothing else in the program reads a variable.

use std::collections::BTreeMap;
use std::io;
use std::path::Path;

/// Variables of the environment, and files that settings name.
pub trait Environment {
    /// Gives a variable; none if it is not set, or set to what is not UTF-8.
    fn variable(&self, name: &str) -> Option<String>;

    /// Reads a file of text.
    ///
    /// # Errors
    ///
    /// What the operating system says, or that the file is not UTF-8.
    fn file(&self, path: &Path) -> io::Result<String>;
}

/// The environment of this process.
#[derive(Debug, Clone, Copy, Default)]
pub struct Process;

/// An environment made up of what it is given.
#[derive(Debug, Clone, Default)]
pub struct Fixed {
    variables: BTreeMap<String, String>,
    files: BTreeMap<String, String>,
}

// === impl Process ===

impl Environment for Process {
    #[allow(
        clippy::disallowed_methods,
        reason = "this is the one place that reads it"
    )]
    fn variable(&self, name: &str) -> Option<String> {
        std::env::var(name).ok()
    }

    fn file(&self, path: &Path) -> io::Result<String> {
        std::fs::read_to_string(path)
    }
}

// === impl Fixed ===

impl Fixed {
    /// Sets a variable.
    #[must_use]
    pub fn with_variable(mut self, name: &str, value: &str) -> Self {
        self.variables.insert(name.to_owned(), value.to_owned());
        self
    }

    /// Adds a file.
    #[must_use]
    pub fn with_file(mut self, path: &str, text: &str) -> Self {
        self.files.insert(path.to_owned(), text.to_owned());
        self
    }
}

impl Environment for Fixed {
    fn variable(&self, name: &str) -> Option<String> {
        self.variables.get(name).cloned()
    }

    fn file(&self, path: &Path) -> io::Result<String> {
        let text = path.to_str().and_then(|path| self.files.get(path));
        text.cloned().ok_or_else(|| io::ErrorKind::NotFound.into())
    }
}
