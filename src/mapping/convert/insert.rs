//! `insert`: a separator that the native side leaves out.

use super::Refusal;
use super::arguments::{Argument, Arguments, BuildError};
use super::info::{Example, Info, Parameter};

const HYPHEN: &[Argument<'_>] = &[Argument::word("-"), Argument::named("at", "5")];

pub(super) static INFO: Info = Info {
    name: "insert",
    summary: "puts the separator after `at` characters where more follow and none stands there; taken away at that place only",
    parameters: &[
        Parameter::required("separator", "a text of at least one character"),
        Parameter::required("at", "a count of characters from 1 to 255").with_name(),
    ],
    examples: &[
        Example::both(HYPHEN, &["009171920"], &["00917-1920"]),
        Example::both(HYPHEN, &["00917"], &["00917"]).note("nothing follows"),
        Example::read(HYPHEN, &["00917-1920"], &["00917-1920"]),
        Example::read(HYPHEN, &["00917-"], &["00917"]).note("nothing follows the separator"),
        Example::refuse_read(HYPHEN, &["00917--1"]),
        Example::refuse_write(HYPHEN, &["009171920"]).note("would be read with the separator"),
        Example::refuse_write(HYPHEN, &["00917-"]),
    ],
};

/// The converter `insert`.
#[derive(Debug, Clone)]
pub struct Insert {
    separator: Box<[u8]>,
    at: usize,
}

impl Insert {
    /// Characters of the separator.
    pub(super) fn inserts(&self) -> u32 {
        let separator = String::from_utf8_lossy(&self.separator);
        u32::try_from(separator.chars().count()).unwrap_or(u32::MAX)
    }

    pub(super) fn build(arguments: &Arguments<'_>) -> Result<Self, BuildError> {
        let separator: Box<[u8]> = arguments.required("separator").as_bytes().into();
        if separator.is_empty() {
            return Err(arguments.not_allowed("separator"));
        }
        let at: Option<u8> = arguments.required("at").parse().ok().filter(|at| *at > 0);
        let at = at.ok_or_else(|| arguments.not_allowed("at"))?.into();
        Ok(Self { separator, at })
    }

    pub(super) fn read(&self, native: &[u8], out: &mut Vec<u8>) -> Result<(), Refusal> {
        let (head, tail) = self.divide(native);
        let rest = tail.strip_prefix(&*self.separator).unwrap_or(tail);
        if rest.starts_with(&self.separator) {
            return Err(Refusal::invalid("a text that has the separator once"));
        }
        out.extend_from_slice(head);
        if !rest.is_empty() {
            out.extend_from_slice(&self.separator);
            out.extend_from_slice(rest);
        }
        Ok(())
    }

    pub(super) fn write(&self, canonical: &[u8], out: &mut Vec<u8>) -> Result<(), Refusal> {
        let (head, tail) = self.divide(canonical);
        out.extend_from_slice(head);
        if tail.is_empty() {
            return Ok(());
        }
        let rest = tail
            .strip_prefix(&*self.separator)
            .filter(|rest| !rest.is_empty() && !rest.starts_with(&self.separator));
        out.extend_from_slice(rest.ok_or(Refusal::invalid(
            "a text that has the separator at its place",
        ))?);
        Ok(())
    }

    /// Divides a text behind the first `at` characters. A byte that continues a character counts with it.
    fn divide<'t>(&self, text: &'t [u8]) -> (&'t [u8], &'t [u8]) {
        let mut starts = text
            .iter()
            .enumerate()
            .filter(|(_, byte)| **byte & 0xC0 != 0x80);
        let end = starts.nth(self.at).map_or(text.len(), |(index, _)| index);
        text.split_at(end)
    }
}
