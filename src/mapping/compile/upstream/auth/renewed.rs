//! Credentials made again with secrets that came later.

use std::collections::BTreeMap;
use std::fmt;

use memchr::memmem;
use secrecy::{ExposeSecret, SecretString};

use super::{Credentials, compile};
use crate::diag::{Report, Spanned};
use crate::mapping::ast::{Auth, Named, Setting};
use crate::mapping::compile::upstream::param::Param;
use crate::mapping::compile::upstream::source::{Lookup, Source};
use crate::mapping::compile::upstream::{Hidden, Settings, Upstream, settings};
use crate::mapping::syntax::{Part, Template};
use crate::model::shape::Shapes;

/// A header with its texts at the start and those that count, in which nothing stands for what each call says itself.
struct Other {
    name: Box<str>,
    own: Vec<Option<Hidden>>,
    now: Vec<Option<Hidden>>,
}

/// What stands in front of the names of secrets that the configuration says under `auth` and in no setting.
const OF_AUTH: &str = "auth.";

/// What credentials are made of.
#[derive(Clone)]
pub(crate) struct Recipe {
    /// The mapping's.
    pub(crate) said: Option<Auth>,
    /// The operator's.
    pub(crate) configured: Option<Auth>,
    pub(crate) asked: Vec<Named<Setting>>,
    pub(crate) given: Settings,
}

/// Credentials of an upstream with other secrets than it was compiled with.
pub struct Renewed {
    pub(crate) credentials: Credentials,
    recipe: Recipe,
    /// Headers that stand on a request already and have other values now.
    headers: Vec<Other>,
    secrets: Vec<SecretString>,
}

// === impl Upstream ===

impl Upstream {
    /// Makes the credentials again with these values of settings, and of what the configuration says under `auth` by
    /// names such as `auth.password`; none where nothing is other than in `before`, or nothing can be made of it.
    #[must_use]
    pub fn renewed(
        &self,
        secrets: &[(String, SecretString)],
        before: Option<&Renewed>,
    ) -> Option<Renewed> {
        let recipe = before.map_or(&self.recipe, |before| &before.recipe);
        let recipe = recipe.with(secrets)?;
        let settings = recipe.settings();
        let credentials = recipe.credentials(self, &settings)?;
        let rules = self.rules_of_headers();
        let moved = rules.filter_map(|rule| of_setting(rule, &settings));
        let headers = self.credentials.replaced(&credentials).chain(moved);
        let headers = headers.filter(|other| other.own != other.now).collect();
        let basic = credentials.basic.iter();
        let basic = basic.filter_map(|basic| Some(basic.shown().split_once(' ')?.1.into()));
        let secrets = secrets.iter().map(|(_, secret)| secret.clone());
        Some(Renewed {
            secrets: secrets.chain(basic).collect(),
            credentials,
            recipe,
            headers,
        })
    }
}

// === impl Recipe ===

impl Recipe {
    /// Puts other values in; none where all are the same.
    fn with(&self, secrets: &[(String, SecretString)]) -> Option<Self> {
        let mut other = self.clone();
        let mut differs = false;
        for (name, secret) in secrets {
            if let Some(name) = name.strip_prefix(OF_AUTH) {
                let own = other.configured.as_mut().and_then(|auth| text(auth, name));
                differs |= own.is_some_and(|own| replace(own, secret.expose_secret()));
            } else if let Some(own) = other.given.get_mut(name) {
                differs |= own.expose_secret() != secret.expose_secret();
                *own = secret.clone();
            }
        }
        differs.then_some(other)
    }

    fn settings(&self) -> BTreeMap<String, String> {
        // What is wrong with them was told at the start, or makes no credentials.
        settings::resolve(&self.asked, &self.given, &mut Report::new())
    }

    fn credentials(
        &self,
        upstream: &Upstream,
        settings: &BTreeMap<String, String>,
    ) -> Option<Credentials> {
        let mut report = Report::new();
        let shapes = Shapes::default();
        let lookup = Lookup {
            shapes: &shapes,
            asked: &self.asked,
            settings,
            inputs: &[],
            body: None,
            current: None,
            outcome: None,
        };
        let (said, configured) = (self.said.as_ref(), self.configured.as_ref());
        let made = compile(said, configured, &upstream.headers, &lookup, &mut report);
        (!report.has_errors()).then_some(made)
    }
}

/// The text of the configuration that a name behind `auth.` stands for.
fn text<'a>(auth: &'a mut Auth, name: &str) -> Option<&'a mut Template> {
    match name {
        "username" => auth.username.as_mut(),
        "password" => auth.password.as_mut(),
        "certificate" => auth.certificate.as_mut(),
        "private-key" => auth.private_key.as_mut(),
        _ => {
            let name = name.strip_prefix("send.")?;
            let mut sent = auth.send.iter_mut();
            let header = sent.find(|header| header.name.value.eq_ignore_ascii_case(name));
            header.map(|header| &mut header.value)
        }
    }
}

/// Puts a text in the place of another; true if it is not the same.
fn replace(own: &mut Template, text: &str) -> bool {
    let literal = Part::Literal(Spanned::new(text.to_owned(), own.span));
    if own.parts.as_slice() == [literal.clone()] {
        return false;
    }
    own.parts = vec![literal];
    true
}

impl fmt::Debug for Recipe {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Recipe")
    }
}

// === impl Credentials ===

impl Credentials {
    /// Gives the headers of a request that stand there before its bytes are final, with their values in `later`.
    fn replaced(&self, later: &Self) -> impl Iterator<Item = Other> {
        let basic = self.basic.as_ref().zip(later.basic.as_ref());
        let basic = basic.map(|(own, now)| Other {
            name: "authorization".into(),
            own: vec![Some(own.clone())],
            now: vec![Some(now.clone())],
        });
        let pairs = self.headers.iter().zip(&later.headers);
        let headers = pairs.filter_map(|((name, own), (_, now))| {
            Some(Other {
                name: name.clone(),
                own: own.runs()?,
                now: now.runs()?,
            })
        });
        basic.into_iter().chain(headers)
    }
}

/// The header of a rule that moves a setting as it is.
fn of_setting(rule: &Param, settings: &BTreeMap<String, String>) -> Option<Other> {
    let Some(Source::Setting(own)) = rule.sources.first() else {
        return None;
    };
    let now = settings.get(&**rule.setting.as_ref()?)?;
    Some(Other {
        name: rule.names.first()?.clone(),
        own: vec![Some(own.clone())],
        now: vec![Some(Hidden::new(now))],
    })
}

// === impl Other ===

impl Other {
    /// The value that counts, made of the one of the start: what the call itself put between stays.
    fn of(&self, value: &[u8]) -> Option<Vec<u8>> {
        let mut out = Vec::with_capacity(value.len());
        let mut rest = value;
        let mut open = false;
        for (index, (own, now)) in self.own.iter().zip(&self.now).enumerate() {
            let (Some(own), Some(now)) = (own, now) else {
                open = true;
                continue;
            };
            let own = own.shown().as_bytes();
            let is_last = index.checked_add(1) == Some(self.own.len());
            let at = match (open, is_last) {
                (false, _) => Some(0),
                (true, false) => memmem::find(rest, own),
                (true, true) => rest.len().checked_sub(own.len()),
            };
            let (between, from) = rest.split_at_checked(at?)?;
            rest = from.strip_prefix(own)?;
            out.extend_from_slice(between);
            out.extend_from_slice(now.shown().as_bytes());
            open = false;
        }
        if open {
            out.extend_from_slice(rest);
        } else if !rest.is_empty() {
            return None;
        }
        Some(out)
    }
}

// === impl Renewed ===

impl Renewed {
    /// Gives the value that counts of a header of a request, by its lower-case name and the value that it has.
    #[must_use]
    pub fn header(&self, name: &str, value: &[u8]) -> Option<Vec<u8>> {
        let named = self.headers.iter().filter(|other| *other.name == *name);
        named.filter_map(|other| other.of(value)).next()
    }

    /// Gives the client certificate with its chain, and its key, both in PEM; for TLS and nothing else.
    #[must_use]
    pub fn identity(&self) -> Option<(&str, &str)> {
        let (certificate, key) = self.credentials.identity.as_ref()?;
        Some((certificate.shown(), key.shown()))
    }

    /// Gives the secrets, as they are and as they are sent, so that they can be taken out of an upstream's words.
    #[must_use]
    pub fn secrets(&self) -> &[SecretString] {
        &self.secrets
    }
}

impl fmt::Debug for Renewed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Renewed")
    }
}
