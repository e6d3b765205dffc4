//! Ids that route themselves: `upstream:local`, `upstream:id:local`, `upstream:ref:reference`.

use super::path::{Undecodable, plain};

/// An id, taken apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::gateway) struct Id<'a> {
    /// Name of the upstream.
    pub(in crate::gateway) upstream: &'a str,
    /// What it is called there.
    pub(in crate::gateway) local: Local<'a>,
}

/// How an upstream's resource is called.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::gateway) enum Local<'a> {
    /// By the upstream's key.
    Id(&'a str),
    /// By the caller's own key.
    Reference(&'a str),
}

// === impl Id ===

impl<'a> Id<'a> {
    /// Takes a decoded id apart at its first colon.
    ///
    /// # Errors
    /// Without a colon, or with an empty or dangerous part.
    pub(in crate::gateway) fn parse(text: &'a str) -> Result<Self, Undecodable> {
        let (upstream, rest) = text.split_once(':').ok_or(Undecodable(
            "must be `upstream:id` or `upstream:ref:reference`",
        ))?;
        let local = if let Some(reference) = rest.strip_prefix("ref:") {
            plain(reference)?;
            Local::Reference(reference)
        } else {
            let id = rest.strip_prefix("id:").unwrap_or(rest);
            plain(id)?;
            Local::Id(id)
        };
        plain(upstream)?;
        Ok(Self { upstream, local })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_colon_divides() {
        for (text, local) in [
            ("alpha:341", Local::Id("341")),
            ("alpha:ref:bj444", Local::Reference("bj444")),
            ("alpha:id:ref:1", Local::Id("ref:1")),
            ("alpha:ref:a:b/c", Local::Reference("a:b/c")),
            ("alpha:12:ref:1", Local::Id("12:ref:1")),
        ] {
            let id = Id {
                upstream: "alpha",
                local,
            };
            assert_eq!(Id::parse(text), Ok(id), "{text}");
        }
    }

    #[test]
    fn empty_and_dangerous_parts_are_refused() {
        for text in [
            "341",
            "alpha:",
            ":341",
            "alpha:ref:",
            "alpha:id:",
            "alpha:..",
            "alpha:ref:.",
            "alpha: ",
            "alpha:ref: ",
            "alpha:id:\u{a0}",
            " :341",
            "",
        ] {
            assert!(Id::parse(text).is_err(), "{text}");
        }
    }
}
