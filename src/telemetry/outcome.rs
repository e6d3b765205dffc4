//! How calls and exchanges end, in the few words that labels may say.

/// How a call ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// As the caller wanted.
    Ok,
    /// The caller asked for something that is not so: 4xx, and 501 for what is not offered.
    Refused,
    /// The upstream, or the way to it, failed: 502, 503, 504.
    UpstreamFailed,
    /// The gateway failed: any other 5xx.
    Failed,
}

/// What became of a call at its upstream, as its problem says it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sent {
    /// The answer is no problem.
    Untold,
    /// Nothing that changes anything was sent.
    NotSent,
    /// It was sent, or may have been, and nobody knows what came of it.
    Unknown,
    /// The upstream has answered.
    Answered,
}

/// What the cache had for a read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CacheUse {
    /// The answer.
    Hit,
    /// Nothing.
    Miss,
    /// Nothing, and another read of the same was on its way.
    Collapsed,
    /// It was passed by.
    Bypass,
}

/// The direction of a translation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Direction {
    /// From the canonical model to the upstream's dialect.
    ToNative,
    /// From the upstream's dialect to the canonical model.
    ToCanonical,
}

/// The class of an HTTP status.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Class {
    /// 1xx: no final answer, and never a call's.
    Interim,
    /// 2xx.
    Success,
    /// 3xx.
    Redirect,
    /// 4xx.
    ClientError,
    /// 5xx, and what is no status at all.
    ServerError,
}

// === impl Outcome ===

impl Outcome {
    /// Every outcome.
    pub const ALL: [Self; 4] = [Self::Ok, Self::Refused, Self::UpstreamFailed, Self::Failed];

    /// The outcome that a status means.
    #[must_use]
    pub const fn of(status: u16) -> Self {
        match status {
            100..=399 => Self::Ok,
            // What is not offered is asked for by mistake.
            400..=499 | 501 => Self::Refused,
            502..=504 => Self::UpstreamFailed,
            _ => Self::Failed,
        }
    }

    /// The stable name.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Refused => "refused",
            Self::UpstreamFailed => "upstream-failed",
            Self::Failed => "failed",
        }
    }
}

// === impl CacheUse ===

impl CacheUse {
    /// The stable name.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Hit => "hit",
            Self::Miss => "miss",
            Self::Collapsed => "collapsed",
            Self::Bypass => "bypass",
        }
    }
}

// === impl Sent ===

impl Sent {
    /// The stable name: that of the problem's `outcome`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Untold => super::names::NONE,
            Self::NotSent => "not-sent",
            Self::Unknown => "unknown",
            Self::Answered => "answered",
        }
    }

    /// The name in a log line, which says nothing where there is no problem.
    #[must_use]
    pub fn told(self) -> Option<&'static str> {
        (self != Self::Untold).then(|| self.name())
    }
}

// === impl Direction ===

impl Direction {
    /// The stable name.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::ToNative => "to-native",
            Self::ToCanonical => "to-canonical",
        }
    }
}

// === impl Class ===

impl Class {
    /// The class of a status.
    #[must_use]
    pub const fn of(status: u16) -> Self {
        match status {
            100..=199 => Self::Interim,
            200..=299 => Self::Success,
            300..=399 => Self::Redirect,
            400..=499 => Self::ClientError,
            _ => Self::ServerError,
        }
    }

    /// The stable name.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Interim => "1xx",
            Self::Success => "2xx",
            Self::Redirect => "3xx",
            Self::ClientError => "4xx",
            Self::ServerError => "5xx",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_the_gateway_should_have_answered_failed() {
        for (status, outcome) in [
            (204, Outcome::Ok),
            (304, Outcome::Ok),
            (422, Outcome::Refused),
            (501, Outcome::Refused),
            (503, Outcome::UpstreamFailed),
            (500, Outcome::Failed),
        ] {
            assert_eq!(Outcome::of(status), outcome, "{status}");
        }
    }
}
