//! The table of problem codes: the only place that knows status, title and whether trying again may help.

use http::StatusCode;

/// What the table says of one code.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Row {
    /// The HTTP status.
    pub status: StatusCode,
    /// The code in `code` and at the end of `type`.
    pub name: &'static str,
    /// What sort of problem it is.
    pub title: &'static str,
    /// Whether the same call may succeed later, if nothing else is known.
    pub retryable: bool,
}

macro_rules! codes {
    ($($variant:ident $status:ident $name:literal $retryable:literal $title:literal;)*) => {
        /// Codes of problems: stable names, open to addition.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        pub enum Code { $(#[doc = $title] $variant,)* }

        impl Code {
            /// Every code, in the order of statuses.
            pub const ALL: &'static [Self] = &[$(Self::$variant),*];

            /// What the table says of the code.
            #[must_use]
            pub const fn row(self) -> Row {
                match self {
                    $(Self::$variant => Row {
                        status: StatusCode::$status,
                        name: $name,
                        title: $title,
                        retryable: $retryable,
                    },)*
                }
            }

            /// The code of this name.
            #[must_use]
            pub fn named(name: &str) -> Option<Self> {
                match name {
                    $($name => Some(Self::$variant),)*
                    _ => None,
                }
            }
        }
    };
}

codes! {
    Malformed BAD_REQUEST "malformed" false "The request cannot be read";
    UpstreamRequired BAD_REQUEST "upstream-required" false "The call does not say which upstream it is for";
    Unauthenticated UNAUTHORIZED "unauthenticated" false "The caller is not known";
    Forbidden FORBIDDEN "forbidden" false "The caller may not do this";
    NotFound NOT_FOUND "not-found" false "There is no such resource";
    MethodNotAllowed METHOD_NOT_ALLOWED "method-not-allowed" false "The resource does not know this method";
    RequestTimeout REQUEST_TIMEOUT "request-timeout" true "The request did not arrive in time";
    Conflict CONFLICT "conflict" false "The call contradicts the state of the resource";
    IllegalMove CONFLICT "illegal-move" false "The resource cannot move to this state from its own";
    InFlight CONFLICT "in-flight" true "A call with the same key is still running";
    OutcomeUnknown CONFLICT "outcome-unknown" true "It is not known yet what became of an earlier call";
    AmbiguousMatch CONFLICT "ambiguous-match" false "The reference fits several resources";
    Gone GONE "gone" false "The resource is no more";
    PreconditionFailed PRECONDITION_FAILED "precondition-failed" false "The resource has changed since it was read";
    TooLarge PAYLOAD_TOO_LARGE "too-large" false "The request is over a limit";
    TargetTooLong URI_TOO_LONG "target-too-long" false "The target is longer than that of any resource";
    UnsupportedMediaType UNSUPPORTED_MEDIA_TYPE "unsupported-media-type" false "The body is of a type that is not read here";
    ExpectationFailed EXPECTATION_FAILED "expectation-failed" false "What the request expects is not done here";
    InvalidInput UNPROCESSABLE_ENTITY "invalid-input" false "A value is not what the model allows";
    MissingInput UNPROCESSABLE_ENTITY "missing-input" false "A value that is needed is missing";
    UnknownField UNPROCESSABLE_ENTITY "unknown-field" false "The model knows no such field";
    NotSupportedHere UNPROCESSABLE_ENTITY "not-supported-here" false "The upstream does not support this";
    WouldLose UNPROCESSABLE_ENTITY "would-lose" false "The upstream cannot carry every value";
    CannotClear UNPROCESSABLE_ENTITY "cannot-clear" false "The upstream cannot clear this place";
    CannotRemove UNPROCESSABLE_ENTITY "cannot-remove" false "The upstream cannot remove this member";
    ConflictingInput UNPROCESSABLE_ENTITY "conflicting-input" false "Two values contradict each other";
    IncompleteValue UNPROCESSABLE_ENTITY "incomplete-value" false "A value lacks a part of itself";
    FixedValue UNPROCESSABLE_ENTITY "fixed-value" false "The upstream holds another value fixed here";
    NotApplicable UNPROCESSABLE_ENTITY "not-applicable" false "The value does not apply to this resource";
    ReservedName UNPROCESSABLE_ENTITY "reserved-name" false "The name is reserved for answers";
    TruncatedBase UNPROCESSABLE_ENTITY "truncated-base" false "The upstream shows only a part of what would be changed";
    ReadOnly UNPROCESSABLE_ENTITY "read-only" false "The place can be read only";
    KeyReused UNPROCESSABLE_ENTITY "key-reused" false "The key was used for another call";
    Declined UNPROCESSABLE_ENTITY "declined" false "The upstream declined";
    RateLimited TOO_MANY_REQUESTS "rate-limited" true "Too many calls";
    HeadTooLarge REQUEST_HEADER_FIELDS_TOO_LARGE "head-too-large" false "The head of the request is over a limit";
    Internal INTERNAL_SERVER_ERROR "internal" false "The gateway failed";
    NotOffered NOT_IMPLEMENTED "not-offered" false "The upstream does not offer this operation";
    UnknownMethod NOT_IMPLEMENTED "unknown-method" false "The method is not known";
    UpstreamMalformed BAD_GATEWAY "upstream-malformed" false "The upstream's answer cannot be read";
    UpstreamTooLarge BAD_GATEWAY "upstream-too-large" false "The upstream's answer is over a limit";
    UpstreamContentType BAD_GATEWAY "upstream-content-type" false "The upstream answered in another format";
    UpstreamInvalid BAD_GATEWAY "upstream-invalid" false "The upstream's answer does not match its description";
    UpstreamUnexpected BAD_GATEWAY "upstream-unexpected" false "The upstream answered what no rule expects";
    UpstreamDropped BAD_GATEWAY "upstream-dropped" true "The upstream hung up without an answer";
    UpstreamError BAD_GATEWAY "upstream-error" true "The upstream failed";
    UpstreamAuth BAD_GATEWAY "upstream-auth" false "The upstream does not accept the gateway's credentials";
    UpstreamConfig BAD_GATEWAY "upstream-config" false "The upstream cannot be reached as configured";
    UpstreamUnreachable SERVICE_UNAVAILABLE "upstream-unreachable" true "The upstream cannot be reached";
    UpstreamSuspended SERVICE_UNAVAILABLE "upstream-suspended" true "The upstream is left alone for a while";
    JournalUnavailable SERVICE_UNAVAILABLE "journal-unavailable" true "The record of earlier calls cannot be read or written";
    NotDelivered SERVICE_UNAVAILABLE "not-delivered" true "The application has not taken the event";
    Overloaded SERVICE_UNAVAILABLE "overloaded" true "Too many calls are running";
    UpstreamTimeout GATEWAY_TIMEOUT "upstream-timeout" true "The upstream did not answer in time";
    NotCached GATEWAY_TIMEOUT "not-cached" false "No answer is kept that may be given";
    VersionNotSupported HTTP_VERSION_NOT_SUPPORTED "version-not-supported" false "The version of HTTP is not spoken here";
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn names_are_kebab_case_told_apart_and_found_again() {
        let mut seen = HashSet::new();
        for code in Code::ALL {
            let row = code.row();
            assert!(seen.insert(row.name), "{} twice", row.name);
            assert!(
                row.name
                    .bytes()
                    .all(|b| b.is_ascii_lowercase() || b == b'-'),
                "{}",
                row.name
            );
            assert_eq!(Code::named(row.name), Some(*code));
            assert!(row.status.as_u16() >= 400, "{}", row.name);
        }
        assert_eq!(Code::named("no-such-code"), None);
    }

    #[test]
    fn the_table_stands_in_the_order_of_statuses() {
        let statuses: Vec<_> = Code::ALL.iter().map(|code| code.row().status).collect();
        assert!(statuses.is_sorted());
    }
}
