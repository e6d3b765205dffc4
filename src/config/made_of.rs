//! What tells two states of an upstream's settings apart.

use secrecy::ExposeSecret;

use super::settings::{Auth, Setting, Upstream};
use crate::mapping::catalog::version;

// === impl Upstream ===

impl Upstream {
    /// A digest of everything that its client and its translation are made of, secrets too; `files` are the versions of
    /// the model and of the mapping.
    #[must_use]
    pub fn made_of(&self, files: &[&str]) -> Box<str> {
        let Self {
            name,
            mapping,
            settings,
            auth,
            auth_files,
            conduct,
            ca,
            in_url,
            // Where something stands says nothing of what it is, and callbacks come in by another door.
            mapping_span: _,
            span: _,
            unread: _,
            auth_span: _,
            callbacks: _,
            // What is kept of its answers is no part of it either.
            cache: _,
        } = self;
        let mut parts: Vec<Vec<u8>> = Vec::new();
        parts.extend(files.iter().map(|file| file.as_bytes().to_vec()));
        parts.extend([name, mapping].map(|text| text.clone().into_bytes()));
        for Setting {
            name, value, file, ..
        } in settings
        {
            parts.extend([name, value.expose()].map(|text| text.as_bytes().to_vec()));
            parts.push(format!("{file:?}").into_bytes());
        }
        parts.extend(auth.iter().flat_map(of_auth));
        let plain = format!("{auth_files:?}{conduct:?}{in_url:?}{}", ca.is_some());
        parts.push(plain.into_bytes());
        parts.extend(ca.iter().map(|ca| ca.expose_secret().as_bytes().to_vec()));
        version(parts)
    }
}

fn of_auth(auth: &Auth) -> Vec<Vec<u8>> {
    let mut parts = Vec::new();
    let mut add = |part: &[u8]| parts.push(part.to_vec());
    match auth {
        Auth::None => add(b"none"),
        Auth::Basic { username, password } => {
            add(b"basic");
            add(username.expose().as_bytes());
            add(password.expose_secret().as_bytes());
        }
        Auth::Headers(headers) => {
            add(b"headers");
            for (name, value) in headers {
                add(name.as_str().as_bytes());
                add(value.as_bytes());
            }
        }
        Auth::Mtls {
            certificate,
            private_key,
        } => {
            add(b"mtls");
            add(certificate.expose_secret().as_bytes());
            add(private_key.expose_secret().as_bytes());
        }
    }
    parts
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::{Conduct, InUrl, UpstreamCache, Value};

    fn upstream() -> Upstream {
        Upstream {
            name: "blue".to_owned(),
            mapping: "acme".to_owned(),
            mapping_span: None,
            span: None,
            settings: vec![Setting {
                name: "key".to_owned(),
                value: Value::Secret("one".into()),
                file: None,
                name_span: None,
                span: None,
            }],
            unread: Vec::new(),
            auth: None,
            auth_files: Vec::new(),
            auth_span: None,
            conduct: Conduct::default(),
            callbacks: None,
            ca: None,
            in_url: InUrl::default(),
            cache: UpstreamCache {
                is_enabled: true,
                longest: None,
            },
        }
    }

    #[test]
    fn whatever_counts_makes_another_digest() {
        let was = upstream().made_of(&["1"]);
        assert_eq!(upstream().made_of(&["1"]), was);
        assert_ne!(upstream().made_of(&["2"]), was);
        let changes: [fn(&mut Upstream); 7] = [
            |upstream| upstream.name.push('x'),
            |upstream| upstream.settings[0].value = Value::Secret("two".into()),
            |upstream| upstream.settings[0].file = Some("/run/key".to_owned()),
            |upstream| upstream.auth = Some(Auth::None),
            |upstream| upstream.conduct.retries.attempts = 9,
            |upstream| upstream.ca = Some("pem".into()),
            |upstream| upstream.in_url.allow.push("getThing".to_owned()),
        ];
        for change in changes {
            let mut upstream = upstream();
            change(&mut upstream);
            assert_ne!(upstream.made_of(&["1"]), was);
        }
        let basic = |password: &str| {
            let mut upstream = upstream();
            upstream.auth = Some(Auth::Basic {
                username: Value::Text("u".to_owned()),
                password: password.into(),
            });
            upstream.made_of(&["1"])
        };
        assert_ne!(basic("a"), basic("b"));
    }
}
