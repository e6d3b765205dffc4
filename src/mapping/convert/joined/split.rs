//! `split`: one native text to several canonical ones, the mirror image of `join`.

use super::super::arguments::{Argument, Arguments, BuildError};
use super::super::info::{Example, Info, Parameter};
use super::join;

const BLANK: &[Argument<'_>] = &[Argument::word(" ")];

pub(in super::super) static INFO: Info = Info {
    name: "split",
    summary: "one native text divided at the first separators; the present parts joined on writing",
    parameters: &[Parameter::required(
        "separator",
        "a text of at least one character",
    )],
    examples: &[
        Example::both(BLANK, &["Ada Lovelace"], &["Ada", "Lovelace"]),
        Example::both(BLANK, &["Ada"], &["Ada"]).note("an absent last part leaves no separator"),
        Example::both(BLANK, &["Ada King Lovelace"], &["Ada", "King Lovelace"]),
        Example::refuse_write(BLANK, &["Ada King", "Lovelace"]).note("would be divided elsewhere"),
    ],
};

/// The converter `split`.
#[derive(Debug, Clone)]
pub struct Split {
    pub(super) separator: Box<[u8]>,
}

impl Split {
    pub(super) fn build(arguments: &Arguments<'_>) -> Result<Self, BuildError> {
        Ok(Self {
            separator: join::separator(arguments)?,
        })
    }
}
