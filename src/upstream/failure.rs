//! Why an exchange with an upstream gave no answer.

use std::fmt;
use std::time::Duration;

/// An exchange without a usable answer. It never holds anything of a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("{kind} ({sent})")]
pub struct Failure {
    /// What happened.
    pub kind: FailureKind,
    /// Whose doing it is.
    pub blame: Blame,
    /// Whether the upstream may have seen the request.
    pub sent: Sent,
    /// How long it will certainly last, where that is known.
    pub lasts: Option<Duration>,
}

/// Whose doing a failure is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Blame {
    /// The caller's.
    Caller,
    /// The upstream's, or the network's before it.
    Upstream,
    /// The gateway's own.
    Us,
}

/// Whether an upstream may have seen a request. Repetition is decided on this alone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sent {
    /// No byte of the request left the process.
    NotSent,
    /// Some or all of it may have left.
    MaybeSent,
}

/// What happened to an exchange. The names are stable: they are labels of metrics and fields of logs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum FailureKind {
    /// No connection: no such name, refused, no route.
    Unreachable,
    /// Every address of the name is one that is never called.
    AddressRefused,
    /// No connection in time.
    ConnectTimeout,
    /// The connection is there and TLS on it is not: certificate, name, version, or no TLS at all.
    TlsFailed,
    /// No head of an answer in time.
    FirstByteTimeout,
    /// The answer began and stopped for too long.
    IdleTimeout,
    /// The answer began and did not end in time.
    TotalTimeout,
    /// The connection ended before the head of an answer was there, or was reset before its end.
    Dropped,
    /// The body ended before its declared end.
    Truncated,
    /// The body is over the limit.
    BodyTooLarge,
    /// Not HTTP, a head over the limits, or a body whose end cannot be told.
    BadHttp,
    /// Too many exchanges with this upstream are running already.
    Overloaded,
    /// Not called: it failed too often, or asked for time.
    Suspended,
    /// The request names another origin than the one this client is for.
    WrongOrigin,
    /// Who issues tokens does not take the gateway's credentials, or nothing can be made of them.
    CredentialsRefused,
    /// No token: who issues them cannot be reached, or failed.
    CredentialsUnavailable,
    /// No token: who issues them answered, and not with a token that can be used.
    CredentialsUnusable,
}

// === impl Failure ===

impl Failure {
    /// Makes a failure of which no byte left the process.
    pub(super) const fn not_sent(kind: FailureKind) -> Self {
        Self::new(kind, Sent::NotSent)
    }

    /// Makes a failure after which the upstream may have seen the request.
    pub(super) const fn maybe_sent(kind: FailureKind) -> Self {
        Self::new(kind, Sent::MaybeSent)
    }

    /// Makes the failure of a call that was not made, since the upstream is left alone for so long.
    pub(super) const fn suspended(lasts: Duration) -> Self {
        Self {
            lasts: Some(lasts),
            ..Self::not_sent(FailureKind::Suspended)
        }
    }

    const fn new(kind: FailureKind, sent: Sent) -> Self {
        Self {
            kind,
            blame: kind.blame(),
            sent,
            lasts: None,
        }
    }
}

// === impl FailureKind ===

impl FailureKind {
    /// Every kind, in the order of an exchange's life.
    pub const ALL: [Self; 17] = [
        Self::WrongOrigin,
        Self::Suspended,
        Self::Overloaded,
        Self::CredentialsRefused,
        Self::CredentialsUnavailable,
        Self::CredentialsUnusable,
        Self::AddressRefused,
        Self::Unreachable,
        Self::ConnectTimeout,
        Self::TlsFailed,
        Self::FirstByteTimeout,
        Self::Dropped,
        Self::BadHttp,
        Self::IdleTimeout,
        Self::TotalTimeout,
        Self::Truncated,
        Self::BodyTooLarge,
    ];

    /// The stable name.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Unreachable => "unreachable",
            Self::AddressRefused => "address-refused",
            Self::ConnectTimeout => "connect-timeout",
            Self::TlsFailed => "tls-failed",
            Self::FirstByteTimeout => "first-byte-timeout",
            Self::IdleTimeout => "idle-timeout",
            Self::TotalTimeout => "total-timeout",
            Self::Dropped => "dropped",
            Self::Truncated => "truncated",
            Self::BodyTooLarge => "body-too-large",
            Self::BadHttp => "bad-http",
            Self::Overloaded => "overloaded",
            Self::Suspended => "suspended",
            Self::WrongOrigin => "wrong-origin",
            Self::CredentialsRefused => "credentials-refused",
            Self::CredentialsUnavailable => "credentials-unavailable",
            Self::CredentialsUnusable => "credentials-unusable",
        }
    }

    const fn blame(self) -> Blame {
        match self {
            Self::Overloaded | Self::WrongOrigin => Blame::Us,
            Self::Unreachable
            | Self::AddressRefused
            | Self::ConnectTimeout
            | Self::TlsFailed
            | Self::FirstByteTimeout
            | Self::IdleTimeout
            | Self::TotalTimeout
            | Self::Dropped
            | Self::Truncated
            | Self::BodyTooLarge
            | Self::BadHttp
            | Self::Suspended
            | Self::CredentialsRefused
            | Self::CredentialsUnavailable
            | Self::CredentialsUnusable => Blame::Upstream,
        }
    }
}

impl fmt::Display for FailureKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

// === impl Sent ===

impl fmt::Display for Sent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::NotSent => "not sent",
            Self::MaybeSent => "may have been sent",
        })
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn names_are_kebab_case_and_told_apart() {
        let names: HashSet<_> = FailureKind::ALL.iter().map(|kind| kind.name()).collect();

        assert_eq!(names.len(), FailureKind::ALL.len());
        assert!(
            names
                .iter()
                .all(|name| name.bytes().all(|b| b.is_ascii_lowercase() || b == b'-'))
        );
    }

    #[test]
    fn a_failure_reads_as_kind_and_what_left() {
        let failure = Failure::not_sent(FailureKind::ConnectTimeout);

        assert_eq!(failure.to_string(), "connect-timeout (not sent)");
        assert_eq!(failure.blame, Blame::Upstream);
    }
}
