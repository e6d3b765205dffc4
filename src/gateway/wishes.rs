//! What a caller's headers ask for: `Prefer`, conditions, keys, who calls.

use http::header::{IF_MATCH, IF_NONE_MATCH};
use http::{HeaderMap, HeaderName};

use super::digest;
use super::preferences::Preferences;
use super::problem::{Code, Problem, Refusal};
use super::trace;

const IDEMPOTENCY_KEY: HeaderName = HeaderName::from_static("idempotency-key");
const CALLER: HeaderName = HeaderName::from_static("interlingua-caller");

/// Longest idempotency key, as the draft of the header has it.
const LONGEST_KEY: usize = 255;

/// Longest id of a caller.
const LONGEST_CALLER: usize = 255;

/// Who calls.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Caller {
    /// `customer`, `agent` or `system`.
    pub kind: CallerKind,
    /// Who it is.
    pub id: Option<Box<str>>,
}

/// Kinds of callers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CallerKind {
    /// The customer.
    Customer,
    /// Somebody who acts for the provider.
    Agent,
    /// A machine.
    System,
}

/// What the headers of a call ask for.
#[derive(Debug, Clone)]
pub(super) struct Wishes<'c> {
    /// Refuse rather than lose a value.
    pub(super) strict: bool,
    /// No representation in the answer.
    pub(super) minimal: bool,
    /// What the upstream's answer holds beside the model.
    pub(super) native: bool,
    pub(super) if_match: Option<&'c str>,
    pub(super) if_none_match: Option<&'c str>,
    pub(super) idempotency_key: Option<&'c str>,
    /// The id of the trace that the call goes on with.
    pub(super) trace_id: Option<&'c str>,
    pub(super) caller_kind: CallerKind,
    pub(super) caller_id: Option<&'c str>,
    /// The caller that was proved, by the name that the configuration gives it.
    pub(super) proved_by: Option<&'c str>,
}

// === impl Caller ===

impl Default for Caller {
    fn default() -> Self {
        Self {
            kind: CallerKind::System,
            id: None,
        }
    }
}

// === impl CallerKind ===

impl CallerKind {
    /// The kind of this name.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        Some(match name {
            "customer" => Self::Customer,
            "agent" => Self::Agent,
            "system" => Self::System,
            _ => return None,
        })
    }

    /// The stable name.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Customer => "customer",
            Self::Agent => "agent",
            Self::System => "system",
        }
    }
}

// === impl Wishes ===

impl<'c> Wishes<'c> {
    /// Reads the headers. `Interlingua-Caller` counts only if callers are trusted; `caller` counts else.
    ///
    /// # Errors
    /// 400 for a header that is not of its form. `Prefer` has no form to break: what is not understood is ignored
    /// (RFC 7240).
    pub(super) fn of(
        headers: &'c HeaderMap,
        caller: &'c Caller,
        trusted: bool,
    ) -> Result<Self, Refusal> {
        let mut wishes = Self {
            strict: false,
            minimal: false,
            native: false,
            if_match: single(headers, &IF_MATCH)?,
            if_none_match: single(headers, &IF_NONE_MATCH)?,
            idempotency_key: single(headers, &IDEMPOTENCY_KEY)?,
            trace_id: trace::id(headers),
            caller_kind: caller.kind,
            caller_id: caller.id.as_deref(),
            proved_by: None,
        };
        let preferences = Preferences::of(headers);
        wishes.strict = preferences.says("handling", "strict");
        wishes.minimal = preferences.says("return", "minimal");
        if wishes
            .idempotency_key
            .is_some_and(|key| key.is_empty() || key.len() > LONGEST_KEY)
        {
            return Err(malformed(&IDEMPOTENCY_KEY));
        }
        if trusted && let Some(text) = single(headers, &CALLER)? {
            let (kind, id) = named_caller(text).ok_or_else(|| malformed(&CALLER))?;
            (wishes.caller_kind, wishes.caller_id) = (kind, id);
        }
        Ok(wishes)
    }

    /// Who calls, as one text that no other caller has.
    pub(super) fn caller_scope(&self) -> String {
        let (kind, id) = (self.caller_kind.name(), self.caller_id.unwrap_or_default());
        match self.proved_by {
            // Neither a name nor a kind holds a slash or a blank.
            Some(name) => [name, "/", kind, " ", id].concat(),
            None => [kind, " ", id].concat(),
        }
    }

    /// The key to send to an upstream: of caller, operation and the caller's key, so that no two callers meet and the
    /// caller's own is told to nobody. The same in every process.
    pub(super) fn derived_key(&self, operation: &str) -> Option<String> {
        let key = self.idempotency_key?;
        let parts = [
            self.caller_kind.name(),
            self.caller_id.unwrap_or_default(),
            operation,
            key,
        ];
        let mut text = String::with_capacity(128);
        for part in self.proved_by.into_iter().chain(parts) {
            // Lengths keep the parts apart whatever stands in them.
            text.push_str(&part.len().to_string());
            text.push(':');
            text.push_str(part);
        }
        Some(digest::hex(text.as_bytes()))
    }
}

/// The one value of a header.
fn single<'c>(headers: &'c HeaderMap, name: &HeaderName) -> Result<Option<&'c str>, Refusal> {
    let mut values = headers.get_all(name).iter();
    let Some(value) = values.next() else {
        return Ok(None);
    };
    match (value.to_str(), values.next()) {
        (Ok(text), None) => Ok(Some(text.trim())),
        _ => Err(malformed(name)),
    }
}

#[cold]
fn malformed(name: &HeaderName) -> Refusal {
    let detail = "must stand once and in its form";
    Box::new(Problem::of_parameter(
        Code::Malformed,
        name.as_str(),
        detail,
    ))
}

/// Kind and id of `kind=agent, id="a17"`: a dictionary of RFC 9651 with these two members and no parameters.
fn named_caller(text: &str) -> Option<(CallerKind, Option<&str>)> {
    let blank = [' ', '\t'];
    let (mut kind, mut id) = (None, None);
    let mut rest = text.trim_matches(blank);
    loop {
        let (name, value) = rest.split_once('=')?;
        rest = match (name, value.strip_prefix('"')) {
            ("id", Some(quoted)) => {
                let (value, rest) = quoted.split_once('"')?;
                let named = !value.trim_matches(blank).is_empty();
                let plain = named && !value.contains('\\') && value.len() <= LONGEST_CALLER;
                id = Some(Some(value).filter(|_| plain)?);
                rest
            }
            ("kind", None) => {
                let end = value.find([',', ' ', '\t']).unwrap_or(value.len());
                let (word, rest) = value.split_at_checked(end)?;
                kind = Some(CallerKind::named(word)?);
                rest
            }
            _ => return None,
        };
        rest = rest.trim_start_matches(blank);
        if rest.is_empty() {
            return Some((kind?, id));
        }
        rest = rest.strip_prefix(',')?.trim_start_matches(blank);
    }
}

#[cfg(test)]
mod tests {
    use http::HeaderValue;

    use super::*;

    fn headers(lines: &[(&'static str, &'static str)]) -> HeaderMap {
        let line = |(name, value): &(&'static str, &'static str)| {
            (
                HeaderName::from_static(name),
                HeaderValue::from_static(value),
            )
        };
        lines.iter().map(line).collect()
    }

    #[test]
    fn preferences_are_read_and_unknown_ones_ignored() {
        let headers = headers(&[
            ("prefer", "respond-async, Handling=strict;x=1"),
            ("prefer", "return=\"minimal\", wait=3"),
        ]);
        let caller = Caller::default();
        let wishes = Wishes::of(&headers, &caller, false).unwrap();
        assert!(wishes.strict && wishes.minimal);
    }

    #[test]
    fn a_caller_is_a_dictionary() {
        let agent = |id| Some((CallerKind::Agent, id));
        for (text, expected) in [
            ("kind=agent", agent(None)),
            ("id=\"a, b\" ,\tkind=agent", agent(Some("a, b"))),
            ("kind=system, kind=agent", agent(None)),
            ("kind=agent,", None),
            ("kind=agent;q=1", None),
            ("kind=agent id=\"a\"", None),
            ("kind = agent", None),
            ("kind=agent, id=\"a\"b", None),
            ("kind=agent, id=\"a\\\"\"", None),
        ] {
            assert_eq!(named_caller(text), expected, "{text}");
        }
    }

    #[test]
    fn a_trusted_caller_says_who_it_is() {
        let headers = headers(&[("interlingua-caller", "kind=agent, id=\"a17\"")]);
        let caller = Caller::default();

        let trusted = Wishes::of(&headers, &caller, true).unwrap();
        assert_eq!(
            (trusted.caller_kind, trusted.caller_id),
            (CallerKind::Agent, Some("a17"))
        );

        let distrusted = Wishes::of(&headers, &caller, false).unwrap();
        assert_eq!(
            (distrusted.caller_kind, distrusted.caller_id),
            (CallerKind::System, None)
        );
    }

    #[test]
    fn malformed_headers_are_refused_by_name() {
        let caller = Caller::default();
        for lines in [
            &[("interlingua-caller", "kind=boss")][..],
            &[("interlingua-caller", "id=\"a\"")],
            &[("interlingua-caller", "kind=agent, id=a17")],
            &[("interlingua-caller", "kind=agent, id=\"\"")],
            &[("interlingua-caller", "id=\" \t\", kind=customer")],
            &[("idempotency-key", "")],
            &[("if-match", "\"a\""), ("if-match", "\"b\"")],
        ] {
            let headers = headers(lines);
            let problem = Wishes::of(&headers, &caller, true).unwrap_err();
            assert_eq!(problem.code, Code::Malformed, "{lines:?}");
        }
    }

    #[test]
    fn a_key_is_derived_from_caller_operation_and_key() {
        let proved = |name: Option<&'static str>| {
            let caller = Caller::default();
            let headers = headers(&[("idempotency-key", "k1")]);
            let mut wishes = Wishes::of(&headers, &caller, false).unwrap();
            wishes.proved_by = name;
            (
                wishes.derived_key("createThing").unwrap(),
                wishes.caller_scope(),
            )
        };
        let (shop, desk, nobody) = (proved(Some("shop")), proved(Some("desk")), proved(None));
        assert!(shop.0 != desk.0 && shop.0 != nobody.0 && desk.0 != nobody.0);
        assert_eq!((&*shop.1, &*nobody.1), ("shop/system ", "system "));

        let derived = |key: &'static str, id: Option<&'static str>, operation: &str| {
            let caller = Caller {
                kind: CallerKind::Agent,
                id: id.map(Into::into),
            };
            let headers = headers(&[("idempotency-key", key)]);
            let wishes = Wishes::of(&headers, &caller, false).unwrap();
            wishes.derived_key(operation).unwrap()
        };
        let key = derived("k1", Some("a"), "createThing");
        assert_eq!(key, derived("k1", Some("a"), "createThing"));
        assert_eq!(key.len(), 32);
        for other in [
            derived("k2", Some("a"), "createThing"),
            derived("k1", Some("b"), "createThing"),
            derived("k1", None, "createThing"),
            derived("k1", Some("a"), "createThin"),
        ] {
            assert_ne!(key, other);
        }
    }
}
