//! `join`: several native texts to one.

use super::super::Refusal;
use super::super::arguments::{Argument, Arguments, BuildError};
use super::super::info::{Example, Info, Parameter};

const HYPHEN: &[Argument<'_>] = &[Argument::word("-")];

pub(in super::super) static INFO: Info = Info {
    name: "join",
    summary: "the native parts with the separator between them; divided at the first separators on writing",
    parameters: &[Parameter::required(
        "separator",
        "a text of at least one character",
    )],
    examples: &[
        Example::both(HYPHEN, &["12345", "6789"], &["12345-6789"]),
        Example::both(HYPHEN, &["12345"], &["12345"])
            .note("an absent last part leaves no separator"),
        Example::both(HYPHEN, &["12345", ""], &["12345-"]).note("an empty part is there"),
        Example::both(HYPHEN, &["a", "b-c"], &["a-b-c"])
            .note("the last part may hold the separator"),
        Example::refuse_read(HYPHEN, &["a-b", "c"]).note("the first part may not"),
    ],
};

/// The converter `join`.
#[derive(Debug, Clone)]
pub struct Join {
    pub(super) separator: Box<[u8]>,
}

impl Join {
    pub(super) fn build(arguments: &Arguments<'_>) -> Result<Self, BuildError> {
        Ok(Self {
            separator: separator(arguments)?,
        })
    }

    /// Characters between two parts.
    #[must_use]
    pub fn joins(&self) -> u32 {
        let separator = String::from_utf8_lossy(&self.separator);
        u32::try_from(separator.chars().count()).unwrap_or(u32::MAX)
    }
}

/// The argument of `join` and `split`.
pub(super) fn separator(arguments: &Arguments<'_>) -> Result<Box<[u8]>, BuildError> {
    let separator = arguments.required("separator");
    if separator.is_empty() {
        return Err(arguments.not_allowed("separator"));
    }
    Ok(separator.as_bytes().into())
}

pub(super) fn unite(
    separator: &[u8],
    parts: &[Option<&[u8]>],
    out: &mut Vec<u8>,
) -> Result<bool, Refusal> {
    let present = parts.iter().take_while(|part| part.is_some()).count();
    let (present, behind) = parts.split_at_checked(present).unwrap_or((parts, &[]));
    if behind.iter().any(Option::is_some) {
        return Err(Refusal::invalid(
            "a text with every part before its last one",
        ));
    }
    let last = parts.len().saturating_sub(1);
    for (place, part) in present.iter().flatten().enumerate() {
        if place < last && memchr::memmem::find(part, separator).is_some() {
            return Err(Refusal::invalid(
                "a text without the separator in a part before the last one",
            ));
        }
        if place > 0 {
            out.extend_from_slice(separator);
        }
        out.extend_from_slice(part);
    }
    Ok(!present.is_empty())
}

pub(super) fn divide<'t>(separator: &[u8], whole: &'t [u8], parts: &mut [Option<&'t [u8]>]) {
    let Some((last, before)) = parts.split_last_mut() else {
        return;
    };
    let mut rest = Some(whole);
    for part in before {
        let found = rest.and_then(|rest| Some((rest, memchr::memmem::find(rest, separator)?)));
        (*part, rest) = match found {
            Some((text, at)) => (
                text.get(..at),
                text.get(at.saturating_add(separator.len())..),
            ),
            None => (rest, None),
        };
    }
    *last = rest;
}

#[cfg(test)]
mod tests {
    use super::super::Joined;
    use super::*;

    #[test]
    fn three_parts_divide_from_the_left() {
        let join = Joined::build("join", &[Argument::word("::")]).unwrap();
        let mut parts = [None; 3];
        join.divide(b"a::b::c::d", &mut parts).unwrap();
        assert_eq!(parts, [Some(&b"a"[..]), Some(b"b"), Some(b"c::d")]);
        join.divide(b"a::b", &mut parts).unwrap();
        assert_eq!(parts, [Some(&b"a"[..]), Some(b"b"), None]);
        join.divide(b"a", &mut parts).unwrap();
        assert_eq!(parts, [Some(&b"a"[..]), None, None]);
    }

    #[test]
    fn a_hole_is_refused_and_nothing_makes_nothing() {
        let join = Joined::build("join", HYPHEN).unwrap();
        let mut out = b"before".to_vec();
        assert!(join.unite(&[None, Some(b"6789")], &mut out).is_err());
        assert!(
            join.unite(&[Some(b"a"), None, Some(b"c")], &mut out)
                .is_err()
        );
        assert_eq!(join.unite(&[None, None], &mut out), Ok(false));
        assert_eq!(out, b"before");
        assert!(Joined::build("join", &[Argument::word("")]).is_err());
    }
}
