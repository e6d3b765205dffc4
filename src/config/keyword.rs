//! What a row of the table of settings says.

use super::form::{DURATIONS, SIZES};
use super::keywords::KEYWORDS;

/// A setting, or a map or list of settings.
#[derive(Debug, Clone, Copy)]
pub struct Keyword {
    /// Keys from the root, divided by dots; `*` is any name, `[]` any item.
    pub path: &'static str,
    /// What its value looks like.
    pub form: Form,
    /// Whether it must be given.
    pub need: Need,
    /// What it means, in one sentence.
    pub doc: &'static str,
}

/// What a value looks like.
#[derive(Debug, Clone, Copy)]
pub enum Form {
    /// A map with the keys that stand below it in the table.
    Map,
    /// A list of what stands below it in the table.
    List,
    /// `host:port` with a numeric address.
    Address,
    /// A number with a unit: `250ms`, `5s`, `2m`, `1h`.
    Duration,
    /// A number of bytes, perhaps with a unit: `4096`, `32KiB`, `1MiB`.
    Size,
    /// A whole number from one bound to the other.
    Count(u64, u64),
    /// A part of a whole: `5%`, `1‰`.
    Share,
    /// One of these words.
    Word(&'static [&'static str]),
    /// `true` or `false`.
    Flag,
    /// Any text.
    Text,
    /// A name of small letters, digits and hyphens.
    Name,
    /// A text, or a secret.
    Value,
    /// A secret: `{env: NAME}` or `{file: PATH}`.
    Secret,
    /// The hash of a caller's key.
    KeyHash,
}

/// Whether a setting must be given.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Need {
    /// It must.
    Required,
    /// It may be left out, which is the same as giving this.
    Default(&'static str),
    /// It may be left out.
    Optional,
}

// === impl Keyword ===

impl Keyword {
    /// Finds a keyword.
    #[must_use]
    pub fn find(path: &str) -> Option<&'static Self> {
        KEYWORDS.iter().find(|keyword| keyword.path == path)
    }

    /// Gives the setting at the path of a value, whatever name or number stands for `*` and `[]`.
    pub(super) fn of(path: &str) -> Option<&'static Self> {
        let fits = |keyword: &&Self| {
            let mut parts = path.split('.');
            let mut keys = keyword.path.split('.');
            let all = keys.by_ref().all(|key| {
                let part = parts.next();
                part.is_some_and(|part| key == part || matches!(key, "*" | "[]"))
            });
            all && parts.next().is_none()
        };
        KEYWORDS.iter().find(fits)
    }

    /// Gives the key under which it stands.
    #[must_use]
    pub fn key(&self) -> &'static str {
        self.path.rsplit_once('.').map_or(self.path, |(_, key)| key)
    }

    /// Gives what stands directly below a map or list; the root is the empty path.
    pub fn below(path: &str) -> impl Iterator<Item = &'static Self> {
        KEYWORDS
            .iter()
            .filter(move |keyword| match keyword.path.rsplit_once('.') {
                Some((parent, _)) => parent == path,
                None => path.is_empty(),
            })
    }
}

// === impl Form ===

impl Form {
    /// Says what is awaited, to end the sentence "must be".
    #[must_use]
    pub fn awaited(self) -> String {
        match self {
            Self::Map => "a map".to_owned(),
            Self::List => "a list".to_owned(),
            Self::Address => {
                "a numeric address and a port from 0 to 65535, such as `127.0.0.1:8080`".to_owned()
            }
            Self::Duration => {
                format!("a duration: a whole number and one of {DURATIONS}, 1 ms to 24 h")
            }
            Self::Size => {
                format!("a size: a whole number of bytes, or one with {SIZES}, 1 KiB to 1 GiB")
            }
            Self::Count(least, most) => format!("a whole number from {least} to {most}"),
            Self::Share => {
                "a share: `1%` to `100%`, or `1‰` to `1000‰`, in whole numbers".to_owned()
            }
            Self::Word(words) => {
                let words: Vec<_> = words.iter().map(|word| format!("`{word}`")).collect();
                format!("one of {}", words.join(", "))
            }
            Self::Flag => "`true` or `false`".to_owned(),
            Self::Text => "a text".to_owned(),
            Self::Name => "a name of small letters, digits and hyphens".to_owned(),
            Self::Value => "a text, or `{env: NAME}`, or `{file: PATH}`".to_owned(),
            Self::Secret => "`{env: NAME}` or `{file: PATH}`".to_owned(),
            Self::KeyHash => "the hash of a key: `sha256:` and 64 hexadecimal digits".to_owned(),
        }
    }

    /// Shows how one is written.
    pub(super) const fn example(self) -> &'static str {
        match self {
            Self::Map => "write `key: value` lines below the key, or braces around them",
            Self::List => "write items below the key, each behind a dash and a blank",
            Self::Address => {
                "write such as `127.0.0.1:8080` or `'[::1]:8080'`; a host's name does not do"
            }
            Self::Duration => "write such as `500ms`, `30s` or `5m`",
            Self::Size => "write such as `64KiB` or `1MiB`",
            Self::Count(..) => "write digits alone, without sign, point or unit",
            Self::Share => "write such as `5%` or `1‰`",
            Self::Word(_) => "write one of these words as it stands here",
            Self::Flag => "write one of the two words, without quotes",
            Self::Text => "write one text behind the key",
            Self::Name => {
                "write such as `billing-2`: a letter first, no hyphen last, 63 characters at most"
            }
            Self::KeyHash => {
                "write what `interlingua key` calls the hash; a key that was written here is to be taken out of use"
            }
            Self::Value | Self::Secret => {
                "`{env: NAME}` reads a variable of the environment, `{file: PATH}` a file"
            }
        }
    }
}
