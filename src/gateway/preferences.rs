//! What a caller would like (`Prefer`, RFC 7240).

use std::time::Duration;

use http::{HeaderMap, HeaderName};

const PREFER: HeaderName = HeaderName::from_static("prefer");

/// The preferences of a call, in their order.
#[derive(Debug, Default)]
pub(super) struct Preferences<'h>(Vec<(&'h str, String)>);

// === impl Preferences ===

impl<'h> Preferences<'h> {
    /// Reads every line of the header; what is not in its form is ignored, as what is not known is.
    pub(super) fn of(headers: &'h HeaderMap) -> Self {
        let mut all = Vec::new();
        for line in headers.get_all(PREFER) {
            for preference in divided(line.to_str().unwrap_or_default(), ',') {
                // Parameters behind the value belong to preferences that are not known here.
                let said = divided(preference, ';').next().unwrap_or_default();
                let (name, value) = said.split_once('=').unwrap_or((said, ""));
                all.push((name.trim(), word(value.trim())));
            }
        }
        Self(all)
    }

    /// Whether a preference has this value.
    pub(super) fn says(&self, name: &str, value: &str) -> bool {
        self.first(name)
            .is_some_and(|said| said.eq_ignore_ascii_case(value))
    }

    /// How long the caller waits (`wait`, RFC 7240, 4.3): whole seconds.
    pub(super) fn wait(&self) -> Option<Duration> {
        let seconds = self.first("wait")?.parse().ok()?;
        Some(Duration::from_secs(seconds))
    }

    /// Of several of one name the first counts.
    fn first(&self, name: &str) -> Option<&str> {
        let mut all = self.0.iter();
        let (_, said) = all.find(|(known, _)| known.eq_ignore_ascii_case(name))?;
        Some(said)
    }
}

/// The parts of a text between marks that stand outside of quotes.
pub(super) fn divided(text: &str, mark: char) -> impl Iterator<Item = &str> {
    let (mut quoted, mut escaped) = (false, false);
    text.split(move |c| {
        match c {
            _ if escaped => escaped = false,
            '\\' if quoted => escaped = true,
            '"' => quoted = !quoted,
            c if c == mark => return !quoted,
            _ => {}
        }
        false
    })
}

/// A token as it stands, a quoted string without its quotes.
fn word(text: &str) -> String {
    let quoted = text
        .strip_prefix('"')
        .and_then(|text| text.strip_suffix('"'));
    let Some(quoted) = quoted else {
        return text.to_owned();
    };
    let mut word = String::with_capacity(quoted.len());
    let mut chars = quoted.chars();
    while let Some(c) = chars.next() {
        word.extend(if c == '\\' { chars.next() } else { Some(c) });
    }
    word
}

#[cfg(test)]
mod tests {
    use http::HeaderValue;

    use super::*;

    fn says(lines: &[&'static str], name: &str, value: &str) -> bool {
        let lines = lines
            .iter()
            .map(|line| (PREFER, HeaderValue::from_static(line)));
        let headers: HeaderMap = lines.collect();
        Preferences::of(&headers).says(name, value)
    }

    #[test]
    fn names_and_words_have_no_case_and_may_be_quoted() {
        for line in [
            "handling=strict",
            "HANDLING=STRICT",
            "handling = \"strict\"",
            "wait=3, handling=strict; x=1; y",
            "handling=\"st\\rict\"",
            "foo=\"a, b; c\", handling=strict",
        ] {
            assert!(says(&[line], "handling", "strict"), "{line}");
        }
    }

    #[test]
    fn what_is_quoted_is_no_preference() {
        for line in [
            "foo=\"a, handling=strict\"",
            "foo=\"\\\", handling=strict\"",
            "foo; handling=strict",
            "handling",
            "handling=\"strict",
            "",
        ] {
            assert!(!says(&[line], "handling", "strict"), "{line}");
        }
    }

    #[test]
    fn a_wait_is_whole_seconds() {
        let wait = |line| {
            let headers = HeaderMap::from_iter([(PREFER, HeaderValue::from_static(line))]);
            Preferences::of(&headers).wait().map(|wait| wait.as_secs())
        };
        assert_eq!(wait("wait=3"), Some(3));
        assert_eq!(wait("handling=strict, Wait=\"10\", wait=1"), Some(10));
        for none in ["wait", "wait=", "wait=1.5", "wait=-1", "wait=soon", ""] {
            assert_eq!(wait(none), None, "{none}");
        }
    }

    #[test]
    fn the_first_of_a_name_counts() {
        assert!(!says(
            &["handling=lenient, handling=strict"],
            "handling",
            "strict"
        ));
        assert!(says(
            &["handling=strict", "handling=lenient"],
            "handling",
            "strict"
        ));
        assert!(!says(
            &["return=representation", "return=minimal"],
            "return",
            "minimal"
        ));
    }
}
