//! What is said about a converter to people: one description that tests run and the reference prints.

use super::arguments::Argument;

/// A converter's description.
#[derive(Debug)]
pub struct Info {
    /// Its name in mapping files.
    pub name: &'static str,
    /// What it does, native to canonical, in one line.
    pub summary: &'static str,
    /// Its parameters in order.
    pub parameters: &'static [Parameter],
    /// Worked examples, refusals among them; a test runs every one.
    pub examples: &'static [Example],
}

/// One parameter of a converter.
#[derive(Debug, Clone, Copy)]
pub struct Parameter {
    /// How messages call it; written in the file (`zone=`) if it is `named`.
    pub name: &'static str,
    /// Whether it is written with its name. The others are told by their place.
    pub named: bool,
    /// Whether it must be there.
    pub required: bool,
    /// What it may be, as the end of the sentence "it must be ...".
    pub allowed: &'static str,
}

/// One worked example.
#[derive(Debug, Clone, Copy)]
pub struct Example {
    /// The arguments, settings resolved.
    pub args: &'static [Argument<'static>],
    /// The native texts, one per place (one but for `join`); empty where canonical texts are refused.
    pub native: &'static [&'static str],
    /// The canonical texts, one per place (one but for `split` and `copy`); empty where native texts are refused.
    pub canonical: &'static [&'static str],
    /// The directions in which the example holds.
    pub way: Way,
    /// What it shows; empty if it speaks for itself.
    pub note: &'static str,
}

/// The directions of an example.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Way {
    /// Read as canonical, and written back as native.
    Both,
    /// Read as canonical; written back it has another form.
    Read,
    /// Written as native; read back it has another form.
    Write,
    /// The native texts are refused.
    RefuseRead,
    /// The canonical texts are refused.
    RefuseWrite,
}

// === impl Example ===

impl Example {
    /// An example that holds in both directions.
    pub(crate) const fn both(
        args: &'static [Argument<'static>],
        native: &'static [&'static str],
        canonical: &'static [&'static str],
    ) -> Self {
        Self {
            args,
            native,
            canonical,
            way: Way::Both,
            note: "",
        }
    }

    /// An example of a native text that is not the normal form.
    pub(crate) const fn read(
        args: &'static [Argument<'static>],
        native: &'static [&'static str],
        canonical: &'static [&'static str],
    ) -> Self {
        Self {
            args,
            native,
            canonical,
            way: Way::Read,
            note: "",
        }
    }

    /// An example of a canonical text of which something is lost.
    pub(crate) const fn write(
        args: &'static [Argument<'static>],
        canonical: &'static [&'static str],
        native: &'static [&'static str],
    ) -> Self {
        Self {
            args,
            native,
            canonical,
            way: Way::Write,
            note: "",
        }
    }

    /// An example of native texts that are refused.
    pub(crate) const fn refuse_read(
        args: &'static [Argument<'static>],
        native: &'static [&'static str],
    ) -> Self {
        Self {
            args,
            native,
            canonical: &[],
            way: Way::RefuseRead,
            note: "",
        }
    }

    /// An example of canonical texts that are refused.
    pub(crate) const fn refuse_write(
        args: &'static [Argument<'static>],
        canonical: &'static [&'static str],
    ) -> Self {
        Self {
            args,
            native: &[],
            canonical,
            way: Way::RefuseWrite,
            note: "",
        }
    }

    /// The same example with a note.
    pub(crate) const fn note(self, note: &'static str) -> Self {
        Self { note, ..self }
    }
}

// === impl Parameter ===

impl Parameter {
    /// A parameter told by its place that must be there.
    pub(crate) const fn required(name: &'static str, allowed: &'static str) -> Self {
        Self {
            name,
            named: false,
            required: true,
            allowed,
        }
    }

    /// A parameter told by its place that may be left out.
    pub(crate) const fn optional(name: &'static str, allowed: &'static str) -> Self {
        Self {
            name,
            named: false,
            required: false,
            allowed,
        }
    }

    /// The same parameter, written with its name.
    pub(crate) const fn with_name(self) -> Self {
        Self {
            named: true,
            ..self
        }
    }
}
