//! What a sandbox refuses.

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
