//! Where verbs write to, and how they end.

use std::io::{self, IsTerminal, Write};
use std::process::ExitCode;

use crate::config::environment::{Environment, Process};
use crate::diag::render::{self, Colour};
use crate::diag::{Report, Sources};

/// How a verb ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Exit {
    /// All is well.
    Ok,
    /// The files have faults, or a call is refused.
    Findings,
    /// The command line does not say what to do.
    Usage,
    /// An address is taken.
    CannotBind,
    /// The configuration or the files that it needs have faults.
    BadConfiguration,
}

/// The two streams of the process.
#[derive(Debug)]
pub(super) struct Console {
    /// What was asked for.
    pub(super) out: io::Stdout,
    /// What is said about it.
    pub(super) err: io::Stderr,
}

// === impl Exit ===

impl From<Exit> for ExitCode {
    /// 69 and 78 are `EX_UNAVAILABLE` and `EX_CONFIG` of BSD's `sysexits.h`.
    fn from(exit: Exit) -> Self {
        Self::from(match exit {
            Exit::Ok => 0,
            Exit::Findings => 1,
            Exit::Usage => 2,
            Exit::CannotBind => 69,
            Exit::BadConfiguration => 78,
        })
    }
}

// === impl Console ===

impl Console {
    pub(super) fn new() -> Self {
        Self {
            out: io::stdout(),
            err: io::stderr(),
        }
    }

    /// Writes what was asked for.
    pub(super) fn say(&mut self, text: impl AsRef<[u8]>) -> io::Result<()> {
        self.out.write_all(text.as_ref())
    }

    /// Writes what was asked for, and ends the line.
    pub(super) fn line(&mut self, text: impl AsRef<[u8]>) -> io::Result<()> {
        self.out.write_all(text.as_ref())?;
        self.out.write_all(b"\n")
    }

    /// Writes a line about it.
    pub(super) fn note(&mut self, text: impl AsRef<[u8]>) -> io::Result<()> {
        self.err.write_all(text.as_ref())?;
        self.err.write_all(b"\n")
    }

    /// Says that a name of the command line names nothing.
    pub(super) fn unknown(&mut self, message: &str, help: Option<String>) -> io::Result<Exit> {
        let help = help.map_or_else(String::new, |help| format!("; {help}"));
        self.note(format!("error: {message}{help}"))?;
        Ok(Exit::Usage)
    }

    /// Writes the faults of files, where there are any.
    pub(super) fn faults(&mut self, report: &Report, sources: &Sources) -> io::Result<()> {
        let colour = colour(self.err.is_terminal());
        self.err
            .write_all(render::text(report, sources, colour).as_bytes())
    }
}

/// Colours for terminals, unless `NO_COLOR` (no-color.org) is set to anything.
pub(super) fn colour(terminal: bool) -> Colour {
    let refused = Process
        .variable("NO_COLOR")
        .is_some_and(|value| !value.is_empty());
    if terminal && !refused {
        Colour::Ansi
    } else {
        Colour::Plain
    }
}
