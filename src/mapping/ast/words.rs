//! Words that stand for themselves: keywords' closed sets of values.

/// A closed set of words, each of which is a value.
pub trait Word: Sized + Copy + 'static {
    /// Every word.
    const WORDS: &'static [&'static str];

    /// Reads a word of the set.
    fn of(word: &str) -> Option<Self>;

    /// Gives the word.
    fn word(self) -> &'static str;
}

macro_rules! words {
    ($(#[$about:meta] $name:ident { $($(#[$doc:meta])* $variant:ident = $word:literal,)+ })*) => {$(
        #[$about]
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum $name { $($(#[$doc])* $variant,)+ }

        impl Word for $name {
            const WORDS: &'static [&'static str] = &[$($word),+];

            fn of(word: &str) -> Option<Self> {
                match word {
                    $($word => Some(Self::$variant),)+
                    _ => None,
                }
            }

            fn word(self) -> &'static str {
                match self { $(Self::$variant => $word,)+ }
            }
        }
    )*};
}

words! {
    /// What becomes of members that an update no longer has.
    Removal {
        /// The upstream never removes one: such an update is refused.
        Refuse = "refuse",
    }
    /// What becomes of a native value that does not convert.
    Invalid {
        /// It is a loss and residue, not a failed answer.
        Report = "report",
    }
    /// Which row of a table counts when several agree.
    Partial {
        /// The first.
        First = "first",
        /// None: the value is refused.
        Refuse = "refuse",
    }
    /// How the upstream writes a null.
    Clear {
        /// Not at all: the caller is refused.
        Refuse = "refuse",
        /// As the format's null.
        Nil = "nil",
        /// As an empty element or text.
        Empty = "empty",
    }
    /// What an upstream makes of a member that an update lacks.
    Absent {
        /// It stays as it is.
        Keeps = "keeps",
        /// It is removed.
        Clears = "clears",
    }
    /// What an upstream makes of a list in an update.
    Lists {
        /// It takes the place of the old one.
        Replaced = "replaced",
        /// Its members are added or changed.
        Merged = "merged",
    }
    /// How calls prove who they come from.
    Scheme {
        /// Not at all.
        None = "none",
        /// RFC 7617.
        Basic = "basic",
        /// Headers of `send`, nothing else.
        Headers = "headers",
        /// RFC 6749 client credentials.
        Oauth2 = "oauth2",
        /// A signature over parts of the request.
        Signature = "signature",
        /// A client certificate of TLS.
        Mtls = "mtls",
        /// As the operator's configuration says.
        Settings = "settings",
    }
    /// How a signature is made.
    Algorithm {
        /// RFC 2104 with SHA-256.
        HmacSha256 = "hmac-sha256",
    }
    /// How a key is written.
    Encoding {
        /// As its bytes.
        Text = "text",
        /// In Base64.
        Base64 = "base64",
    }
    /// How pages of a list are asked for.
    PagingStyle {
        /// By the number of members before the page.
        Offset = "offset",
        /// By what the page before said.
        Token = "token",
    }
    /// Where the names of paging stand.
    PagingIn {
        /// In the query.
        Query = "query",
        /// In the body.
        Body = "body",
    }
    /// What the failure of a step means.
    OnFailure {
        /// A problem that lists what was done.
        Fail = "fail",
        /// A success with a warning.
        Warn = "warn",
    }
    /// Which of the two documents of a call.
    Message {
        /// What is asked.
        Request = "request",
        /// What is answered.
        Response = "response",
    }
    /// Which way a document is translated.
    Direction {
        /// Canonical in, native out.
        ToNative = "to-native",
        /// Native in, canonical out.
        ToCanonical = "to-canonical",
    }
    /// Why a value was not carried.
    LossCode {
        /// A further member of a list where one counts.
        Surplus = "surplus",
        /// A second spelling of a value with another value.
        Disagrees = "disagrees",
        /// No rule names its place.
        NoPlace = "no-place",
        /// A key without a value.
        NoValue = "no-value",
        /// A place that callers do not write.
        ReadOnly = "read-only",
        /// A text that does not convert, where the rule reports rather than refuses.
        Invalid = "invalid",
        /// What a conversion that is declared lossy dropped.
        Lossy = "lossy",
        /// More than rules name, in an object that was cleared.
        Residue = "residue",
    }
    /// What an operation does.
    Kind {
        /// Reads one.
        Get = "get",
        /// Reads some by inputs.
        List = "list",
        /// Reads some by criteria in a body.
        Search = "search",
        /// Makes one.
        Create = "create",
        /// Changes what a merge patch names.
        Update = "update",
        /// Writes one whole.
        Replace = "replace",
        /// Removes one.
        Delete = "delete",
        /// Anything else.
        Command = "command",
    }
    /// What a command changes.
    Effects {
        /// Nothing: it may be sent again.
        Read = "read",
    }
    /// Where an input stands.
    InputIn {
        /// In the path.
        Path = "path",
        /// In the query.
        Query = "query",
    }
    /// How an input is to be treated.
    InputSensitivity {
        /// Freely.
        None = "none",
        /// As personal data.
        Personal = "personal",
    }
    /// The one value of a switch.
    Flag {
        /// It is on; left out it is off.
        True = "true",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_read_as_they_are_written() {
        for word in Kind::WORDS {
            assert_eq!(Kind::of(word).map(Word::word), Some(*word));
        }
        assert_eq!(Kind::of("Get"), None);
    }
}
