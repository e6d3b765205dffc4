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
    pub(super) const AMBIGUOUS: Self = Self {
        code: "ambiguous-match",
    };
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

/// What is wrong with a request, where that can be named.
#[derive(Debug, Clone)]
pub(super) struct Blamed {
    /// The native name, of a value alone.
    pub(super) name: Option<String>,
    /// Words for it.
    pub(super) message: String,
    /// Whether words of a case about a whole request say as much.
    pub(super) is_of_whole: bool,
}

/// What an upstream says of a problem.
#[derive(Debug)]
pub(super) struct Words {
    /// Code and message.
    pub(super) said: Value,
    /// Whether they are the operation's own, and of a whole request.
    pub(super) is_of_whole: bool,
}

/// What the upstream says of a problem: code and message of the first worked case that may be written, those of the
/// operation before others; else plain words. What a case says of fields belongs to its request alone.
pub(super) fn words(set: Option<&MappingSet>, operation: &str, code: &str) -> Words {
    let is_of = |case: &&CaseFolder| {
        let of = case.file.problem.as_ref();
        // The words of a case that is only read would not be written so.
        let is_written = case.file.direction.as_ref();
        let is_written = is_written.is_none_or(|way| way.value == Direction::ToNative);
        is_written && of.is_some_and(|of| of.value == code)
    };
    let of_code = || {
        let cases = set.into_iter().flat_map(|set| &set.cases);
        cases.filter(is_of)
    };
    let own = || of_code().filter(|case| case.file.operation.value == operation);
    // Cases of what a gateway refuses by itself have no words of the upstream.
    let told = |case: &CaseFolder| {
        let told = Value::parse(case.canonical()?)?;
        told.get("upstream").is_some().then_some(told)
    };
    let first = own().find_map(told);
    let is_of_whole = first
        .as_ref()
        .is_some_and(|told| told.get("errors").is_none());
    let found = first.or_else(|| of_code().find_map(told));
    let found = found.and_then(|told| told.get("upstream").cloned());
    let mut said = found.unwrap_or_else(Value::empty);
    if said.text_of("message").is_none() {
        said.set("message", Value::Text(plain(code).to_owned()));
    }
    Words { said, is_of_whole }
}

/// A problem as a document, with what the upstream says of it as a whole, and with the same as its first error, where
/// its documents have words there alone.
pub(super) fn document(code: &str, said: &Value, blamed: Option<&Blamed>, error: bool) -> Vec<u8> {
    let mut words = Value::empty();
    words.set("code", Value::Text(code.to_owned()));
    words.set("upstream", said.clone());
    if error {
        let mut fault = Value::empty();
        if let Some(code) = said.get("code") {
            fault.set("code", code.clone());
        }
        if let Some(message) = said.get("message") {
            fault.set("detail", message.clone());
        }
        if let Some(name) = blamed.and_then(|blamed| blamed.name.as_ref()) {
            fault.set("nativeField", Value::Text(name.clone()));
        }
        words.set("errors", Value::List(vec![fault]));
    }
    words.bytes()
}

/// Words for a code that no worked case has any for.
fn plain(code: &str) -> &'static str {
    match code {
        "unauthenticated" | "upstream-auth" => "The credentials are missing or not valid",
        "forbidden" => "The caller may not do this",
        "not-found" => "There is no such resource",
        "gone" => "The resource is not available any more",
        "conflict" => "Another resource has this value, or the state does not allow it",
        "illegal-move" => "There is no way from the state that is now to this one",
        "ambiguous-match" => "Several resources match",
        "precondition-failed" => "The resource was changed",
        "unsupported-media-type" => "The body is in another format",
        "declined" => "This was declined",
        "upstream-error" => "This cannot be answered",
        _ => "The request is not valid",
    }
}
