//! Entity tags (RFC 9110, 8.8.3) of resources whose upstream gives none, and the conditions on them.

use super::digest;

/// The strong tag of a resource's canonical bytes, the same in every process. It is never logged: the hash of a small
/// resource could be guessed back.
#[must_use]
pub(super) fn of(bytes: &[u8]) -> String {
    ["\"", &digest::hex(bytes), "\""].concat()
}

/// Whether `If-Match` lets a change of the resource with this tag through: strong comparison.
#[must_use]
pub(super) fn matches_strongly(condition: &str, tag: &str) -> bool {
    condition == "*" || (!tag.starts_with("W/") && tags(condition).any(|wanted| wanted == tag))
}

/// Whether `If-None-Match` says that the caller has the resource with this tag: weak comparison.
#[must_use]
pub(super) fn matches_weakly(condition: &str, tag: &str) -> bool {
    let opaque = |tag: &str| tag.strip_prefix("W/").unwrap_or(tag).to_owned();
    condition == "*" || tags(condition).any(|known| opaque(known) == opaque(tag))
}

/// The tags of a list. A comma may stand inside a tag, so they are divided by their quotes.
fn tags(list: &str) -> impl Iterator<Item = &str> {
    let mut rest = list;
    std::iter::from_fn(move || {
        rest = rest.trim_start_matches([' ', '\t', ',']);
        let open = rest.find('"')?;
        let inside = rest.get(open.saturating_add(1)..)?;
        let end = open.saturating_add(inside.find('"')?).saturating_add(2);
        let (tag, behind) = rest.split_at_checked(end)?;
        rest = behind;
        Some(tag)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tag_is_half_a_sha_256_in_quotes() {
        assert_eq!(of(b"abc"), "\"ba7816bf8f01cfea414140de5dae2223\"");
        assert_ne!(of(b"{\"a\":1}"), of(b"{\"a\":2}"));
    }

    #[test]
    fn if_match_compares_strongly() {
        assert!(matches_strongly("\"a\", \"b,c\"", "\"b,c\""));
        assert!(matches_strongly("*", "\"a\""));
        assert!(!matches_strongly("\"a\"", "\"b\""));
        assert!(!matches_strongly("W/\"a\"", "W/\"a\""));
        assert!(!matches_strongly("W/\"a\"", "\"a\""));
        assert!(!matches_strongly("a", "\"a\""));
    }

    #[test]
    fn if_none_match_compares_weakly() {
        assert!(matches_weakly("W/\"a\"", "\"a\""));
        assert!(matches_weakly("\"x\",W/\"a\"", "W/\"a\""));
        assert!(!matches_weakly("\"x\"", "\"a\""));
    }
}
