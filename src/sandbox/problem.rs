//! What a sandbox refuses.

use super::value::Value;
use crate::mapping::ast::Direction;
use crate::mapping::catalog::{CaseFolder, MappingSet};

/// A refusal, by its code of the HTTP contract.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Problem<'a> {
    pub(super) code: &'a str,
}

impl Problem<'static> {
    pub(super) const NOT_FOUND: Self = Self { code: "not-found" };
    pub(super) const FORBIDDEN: Self = Self { code: "forbidden" };
    pub(super) const CONFLICT: Self = Self { code: "conflict" };
    pub(super) const ILLEGAL_MOVE: Self = Self {
        code: "illegal-move",
    };
    pub(super) const PRECONDITION_FAILED: Self = Self {
        code: "precondition-failed",
    };
    pub(super) const UPSTREAM_ERROR: Self = Self {
        code: "upstream-error",
    };
    pub(super) const INVALID_INPUT: Self = Self {
        code: "invalid-input",
    };
}

impl Problem<'_> {
    /// The status of the code's class.
    pub(super) fn status(self) -> u16 {
        match self.code {
            "malformed" | "upstream-required" => 400,
            "unauthenticated" | "upstream-auth" => 401,
            "forbidden" => 403,
            "not-found" => 404,
            "conflict" | "illegal-move" | "in-flight" | "ambiguous-match" => 409,
            "gone" => 410,
            "precondition-failed" => 412,
            "too-large" => 413,
            "unsupported-media-type" => 415,
            "rate-limited" => 429,
            "not-offered" => 501,
            "upstream-error" => 500,
            "overloaded" => 503,
            _ => 422,
        }
    }
}

/// The problem as the worked cases of the mapping tell it, with the upstream's own code and message: those of the
/// operation before those of others, or this message. What a case says of fields belongs to its request alone.
pub(super) fn in_words(
    set: &MappingSet,
    operation: &str,
    code: &str,
    message: Option<&str>,
) -> Option<Vec<u8>> {
    let is_of = |case: &&CaseFolder| {
        let of = case.file.problem.as_ref();
        // The words of a case that is only read would not be written so.
        let is_written = case.file.direction.as_ref();
        let is_written = is_written.is_none_or(|way| way.value == Direction::ToNative);
        is_written && of.is_some_and(|of| of.value == code)
    };
    let of_code = || set.cases.iter().filter(is_of);
    let own = of_code().filter(|case| case.file.operation.value == operation);
    own.chain(of_code()).find_map(|case| {
        let told = Value::parse(case.canonical()?)?;
        let mut upstream = told.get("upstream")?.clone();
        if let Some(message) = message {
            upstream.set("message", Value::Text(message.to_owned()));
        }
        let mut words = Value::empty();
        words.set("code", Value::Text(code.to_owned()));
        words.set("upstream", upstream);
        if let Some(message) = message {
            let mut fault = Value::empty();
            fault.set("detail", Value::Text(message.to_owned()));
            words.set("errors", Value::List(vec![fault]));
        }
        Some(words.bytes())
    })
}
