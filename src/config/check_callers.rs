//! Checks of who may call.

use std::str::FromStr;
use std::time::Duration;

use crate::diag::Code;
use crate::diag::nearest::offered;

use super::check::Checker;
use super::form;
use super::key_hash::KeyHash;
use super::keyword::Form;
use super::raw::Place;
use super::settings::{Callers, KnownCaller, Listeners, Permitted, Tokens};

/// How much clocks may differ where nobody says it.
const LEEWAY: Duration = Duration::from_secs(60);

/// The claim that names callers where nobody says another (RFC 7519, 4.1.2).
const CLAIM: &str = "sub";

/// A token that has expired for longer than clocks differ is no token.
const MOST_LEEWAY: Duration = Duration::from_secs(300);

/// Where each kind of proof of a caller stands.
const PROOFS: [&str; 3] = ["keys", "certificates", "subjects"];

// === impl Checker ===

impl Checker<'_> {
    /// Reads who may call; nothing where something of it is wrong, lest anybody may.
    pub(super) fn callers(&mut self, listeners: Option<&Listeners>) -> Option<Option<Callers>> {
        let is_open = self.switch("callers.open");
        let names: Vec<_> = self
            .raw
            .below("callers.known")
            .map(|(name, _)| name.to_owned())
            .collect();
        let tokens = self.tokens();
        let known: Vec<_> = names.iter().map(|name| self.known_caller(name)).collect();
        if is_open == Some(true) {
            for path in ["callers.known", "callers.tokens"] {
                if self.raw.get(path).is_some() {
                    let message = format!("`callers.open` lets anybody in, and `{path}` does not");
                    let help = Some("keep one of the two".to_owned());
                    self.fault(Code::C007, path, message, help);
                }
            }
            return Some(None);
        }
        if names.is_empty() {
            self.nobody(listeners);
            return Some(None);
        }
        for proof in PROOFS {
            self.told_apart(&names, proof);
        }
        self.proofs_that_count(&names);
        Some(Some(Callers {
            known: known.into_iter().collect::<Option<_>>()?,
            tokens: tokens?,
        }))
    }

    /// Reads what is off where it is left out.
    fn switch(&mut self, path: &str) -> Option<bool> {
        let Some((text, _)) = self.text(path) else {
            return Some(false);
        };
        let is_on = bool::from_str(&text).ok();
        if is_on.is_none() {
            self.misfit(path, Form::Flag);
        }
        is_on
    }

    /// Where no caller is known, nobody but this machine may reach the listener.
    fn nobody(&mut self, listeners: Option<&Listeners>) {
        let help = "name who may call under `callers.known`, or let anybody in who reaches the listener: `callers: { open: true }`";
        if self.raw.get("callers").is_some() {
            let message = "`callers` names nobody".to_owned();
            self.fault(Code::C004, "callers", message, Some(help.to_owned()));
            return;
        }
        let traffic = listeners.map(|listeners| listeners.traffic);
        if let Some(traffic) = traffic.filter(|address| !address.ip().is_loopback()) {
            let message = format!("whoever reaches {traffic} could call: no caller is known");
            self.fault(Code::C010, "listen", message, Some(help.to_owned()));
        }
    }

    fn known_caller(&mut self, name: &str) -> Option<KnownCaller> {
        let at = format!("callers.known.{name}");
        if !form::is_name(name) {
            let message = format!("the caller `{name}` must have {}", Form::Name.awaited());
            let help = Some("logs tell calls by it".to_owned());
            self.fault(Code::C003, &at, message, help);
        }
        if PROOFS
            .iter()
            .all(|proof| self.raw.get(&format!("{at}.{proof}")).is_none())
        {
            let message = format!("nothing proves who `{at}` is");
            let help = "add `keys`, `certificates` or `subjects`; `interlingua key` makes a key";
            self.fault(Code::C004, &at, message, Some(help.to_owned()));
        }
        let keys = self.texts(&format!("{at}.keys"));
        let keys = keys.map(|keys| keys.iter().filter_map(|key| key.parse().ok()).collect());
        let certificates = self.certificates(&format!("{at}.certificates"));
        let subjects = self.texts(&format!("{at}.subjects"));
        let upstreams = self.permitted_upstreams(&format!("{at}.upstreams"));
        let operations = self.permitted_operations(&format!("{at}.operations"));
        let acts_for_others = self.switch(&format!("{at}.acts-for-others"));
        Some(KnownCaller {
            name: name.to_owned(),
            keys: keys?,
            certificates: certificates?,
            subjects: subjects?,
            upstreams: upstreams?,
            operations: operations?,
            acts_for_others: acts_for_others?,
        })
    }

    /// The texts of a list; none if one is missing or empty, or the list is.
    fn texts(&mut self, at: &str) -> Option<Vec<String>> {
        if self.raw.get(at).is_none() {
            return Some(Vec::new());
        }
        let items: Vec<_> = self
            .raw
            .below(at)
            .map(|(number, _)| format!("{at}.{number}"))
            .collect();
        if items.is_empty() {
            let message = format!("`{at}` is empty");
            let help = Some("add one, or leave the list out".to_owned());
            self.fault(Code::C003, at, message, help);
            return None;
        }
        let texts: Option<Vec<_>> = items
            .iter()
            .map(|path| self.text(path).map(|(text, _)| text))
            .collect();
        let texts = texts?;
        if let Some(empty) = texts.iter().position(String::is_empty) {
            self.misfit(&format!("{at}.{empty}"), Form::Text);
            return None;
        }
        Some(texts)
    }

    fn certificates(&mut self, at: &str) -> Option<Vec<String>> {
        let names = self.texts(at)?;
        let is_host = |name: &str| {
            name.bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_'))
        };
        for (number, name) in names.iter().enumerate() {
            if !name.contains("://") && !is_host(name) {
                let path = format!("{at}.{number}");
                let message = format!("`{path}` must be a URI or a DNS name");
                let help = "take one of the certificate's alternative names, such as `spiffe://example.org/shop`; its subject does not count";
                self.fault(Code::C003, &path, message, Some(help.to_owned()));
            }
        }
        Some(names)
    }

    fn permitted_upstreams(&mut self, at: &str) -> Option<Option<Vec<String>>> {
        if self.raw.get(at).is_none() {
            return Some(None);
        }
        let names = self.texts(at)?;
        let known: Vec<_> = self.raw.below("upstreams").map(|(name, _)| name).collect();
        for (number, name) in names.iter().enumerate() {
            if !known.is_empty() && !known.contains(&name.as_str()) {
                let help = Some(offered(name, known.iter().copied()));
                let message = format!("there is no upstream `{name}`");
                self.fault(Code::C006, &format!("{at}.{number}"), message, help);
            }
        }
        Some(Some(names))
    }

    fn permitted_operations(&mut self, at: &str) -> Option<Option<Vec<Permitted>>> {
        if self.raw.get(at).is_none() {
            return Some(None);
        }
        let names = self.texts(at)?;
        let permitted = names.into_iter().enumerate().map(|(number, name)| {
            Some(match name.as_str() {
                "read" => Permitted::Reads,
                "write" => Permitted::Writes,
                id => {
                    let path = format!("{at}.{number}");
                    self.is_operation(&path, id).then_some(())?;
                    Permitted::Operation(name)
                }
            })
        });
        let permitted: Vec<_> = permitted.collect();
        permitted.into_iter().collect::<Option<_>>().map(Some)
    }

    /// Tells of what proves two callers.
    fn told_apart(&mut self, names: &[String], proof: &str) {
        let mut seen: Vec<(String, String)> = Vec::new();
        for name in names {
            let at = format!("callers.known.{name}.{proof}");
            let items: Vec<_> = self
                .raw
                .below(&at)
                .map(|(number, _)| format!("{at}.{number}"))
                .collect();
            for path in items {
                let Some((mut text, _)) = self.text(&path) else {
                    continue;
                };
                if proof != "subjects" && !text.contains("://") {
                    // Neither hashes nor names of hosts differ by their case.
                    text.make_ascii_lowercase();
                }
                if let Some((_, other)) = seen.iter().find(|(known, _)| *known == text) {
                    let message = format!("`{path}` is also that of `{other}`");
                    let help =
                        Some("give each caller its own, so that they are told apart".to_owned());
                    self.fault(Code::C007, &path, message, help);
                }
                seen.push((text, format!("callers.known.{name}")));
            }
        }
    }

    /// Tells of proofs that nobody can ever show.
    fn proofs_that_count(&mut self, names: &[String]) {
        let needs = [
            (
                "certificates",
                "tls.clients",
                "the roots of callers' certificates",
            ),
            ("subjects", "callers.tokens", "who issues tokens"),
        ];
        for (proof, needed, what) in needs {
            let path = names
                .iter()
                .map(|name| format!("callers.known.{name}.{proof}"))
                .find(|path| self.raw.get(path).is_some());
            if let Some(path) = path
                && self.raw.get(needed).is_none()
            {
                let message = format!("`{path}` can never be shown: `{needed}` is missing");
                let help = Some(format!("say under `{needed}` {what}"));
                self.fault(Code::C004, &path, message, help);
            } else if needed == "callers.tokens"
                && self.raw.get(needed).is_some()
                && !names.iter().any(|name| {
                    let path = format!("callers.known.{name}.{proof}");
                    self.raw.get(&path).is_some()
                })
            {
                let message = "`callers.tokens` proves nobody: no caller has `subjects`".to_owned();
                let help = "name what tokens say of a caller: `subjects: [...]`".to_owned();
                self.fault(Code::C009, needed, message, Some(help));
            }
        }
    }

    fn tokens(&mut self) -> Option<Option<Tokens>> {
        if self.raw.get("callers.tokens").is_none() {
            return Some(None);
        }
        if self.raw.get("callers.tokens.keys").is_none() {
            self.missing("callers.tokens.keys");
        }
        let keys = self.secret_text("callers.tokens.keys");
        let [issuer, audience] = ["callers.tokens.issuer", "callers.tokens.audience"].map(|path| {
            let text = self.required(path).map(|(text, _)| text)?;
            if text.is_empty() {
                self.misfit(path, Form::Text);
            }
            Some(text)
        });
        let claim = self.text("callers.tokens.claim").map(|(claim, _)| claim);
        let path = "callers.tokens.leeway";
        let leeway = match self.text(path) {
            Some(_) => self.duration(path, path),
            None => Some(LEEWAY),
        };
        if leeway.is_some_and(|leeway| leeway > MOST_LEEWAY) {
            let message = format!("`{path}` lets tokens count for long after their end");
            let help = "clocks differ by five minutes at most, `5m`".to_owned();
            self.fault(Code::C003, path, message, Some(help));
        }
        let place = self.raw.get("callers.tokens.keys").map(|given| given.place);
        Some(Some(Tokens {
            keys: keys?,
            keys_span: place.and_then(Place::span),
            issuer: issuer?,
            audience: audience?,
            claim: claim.unwrap_or_else(|| CLAIM.to_owned()),
            leeway: leeway?,
        }))
    }
}

/// Whether a text is the hash of a key: anything else may be the key itself.
pub(super) fn is_key_hash(text: &str) -> bool {
    text.parse::<KeyHash>().is_ok()
}
