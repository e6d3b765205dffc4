//! Authentication.

use super::build::Build;
use super::sentence;
use crate::diag::Span;
use crate::mapping::ast::{Auth, AuthKey, Scheme, Word};
use crate::mapping::syntax;
use crate::mapping::yaml::Node;

/// A client certificate may stand beside any other proof.
const IDENTITY: [&str; 2] = ["certificate", "private-key"];

/// Keys that a scheme needs, and others that mean something with it.
const fn keys(scheme: Scheme) -> (&'static [&'static str], &'static [&'static str]) {
    match scheme {
        Scheme::None | Scheme::Settings => (&[], &[]),
        Scheme::Basic => (&["username", "password"], &IDENTITY),
        Scheme::Headers => (&["send"], &IDENTITY),
        Scheme::Oauth2 => (
            &["call", "form", "send"],
            &["lifetime", "renew-before", "certificate", "private-key"],
        ),
        Scheme::Signature => (
            &["algorithm", "key", "parts", "send"],
            &["headers", "join", "window", "certificate", "private-key"],
        ),
        Scheme::Mtls => (&IDENTITY, &[]),
    }
}

// === impl Build ===

impl Build<'_> {
    pub(super) fn auth(&mut self, node: &Node, at: Span) -> Option<Auth> {
        let scheme = self.word::<Scheme>(node.get("scheme"))?;
        self.fits(node, scheme.value, at);
        let signing_key = node.get("key").and_then(|node| {
            let from = self.short(node.get("from"), sentence::setting)?;
            Some(AuthKey {
                from,
                encoding: self.word(node.get("encoding")),
            })
        });
        let template =
            |build: &mut Self, node: Option<&Node>| build.sentence(node, syntax::template);
        Some(Auth {
            key: at,
            scheme,
            username: template(self, node.get("username")),
            password: template(self, node.get("password")),
            send: self.names(node.get("send"), |build, entry| {
                template(build, Some(&entry.value))
            }),
            call: self.sentence(node.get("call"), syntax::call),
            form: self.names(node.get("form"), |build, entry| {
                template(build, Some(&entry.value))
            }),
            lifetime: self.short(node.get("lifetime"), sentence::duration),
            renew_before: self.short(node.get("renew-before"), sentence::duration),
            window: self.short(node.get("window"), sentence::duration),
            algorithm: self.word(node.get("algorithm")),
            signing_key,
            headers: self.texts(node.get("headers")),
            parts: self.list(node.get("parts"), |build, node| template(build, Some(node))),
            join: self.text(node.get("join")),
            certificate: template(self, node.get("certificate")),
            private_key: template(self, node.get("private-key")),
        })
    }

    /// Reports keys that the scheme lacks, and keys that mean nothing with it.
    fn fits(&mut self, node: &Node, scheme: Scheme, at: Span) {
        let (needed, more) = keys(scheme);
        let word = scheme.word();
        for key in needed.iter().filter(|key| node.get(key).is_none()) {
            self.fault(
                at,
                format!("`scheme: {word}` lacks `{key}`"),
                format!("it needs {}", listed(needed)),
            );
        }
        let [certificate, key] = IDENTITY.map(|key| node.get(key).is_some());
        if certificate != key && scheme != Scheme::Mtls {
            self.fault(
                at,
                "a certificate and its key stand together".to_owned(),
                "give both `certificate` and `private-key`, or neither".to_owned(),
            );
        }
        for entry in node.as_map().unwrap_or(&[]) {
            let key = entry.key.text.as_str();
            let known = crate::mapping::keywords::AUTH.key(key).is_some();
            if known && key != "scheme" && !needed.contains(&key) && !more.contains(&key) {
                let help = if needed.is_empty() {
                    "it takes no other key".to_owned()
                } else {
                    let all: Vec<_> = needed.iter().chain(more).copied().collect();
                    format!("it takes {}", listed(&all))
                };
                self.fault(
                    entry.key.span,
                    format!("`{key}` means nothing with `scheme: {word}`"),
                    help,
                );
            }
        }
    }
}

fn listed(keys: &[&str]) -> String {
    let keys: Vec<_> = keys.iter().map(|key| format!("`{key}`")).collect();
    keys.join(", ")
}
