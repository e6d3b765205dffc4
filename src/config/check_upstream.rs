//! Checks of one upstream's settings.

use http::{HeaderName, HeaderValue};
use secrecy::SecretString;

use crate::diag::Code;

use super::check::Checker;
use super::form;
use super::keyword::Form;
use super::keywords::SCHEMES;
use super::raw::RawValue;
use super::secret::Value;
use super::settings::{Auth, InUrl, Setting, Upstream};

// === impl Checker ===

impl Checker<'_> {
    /// Reads every upstream as far as it can be read: what is faulty is told and has its default.
    pub(super) fn upstreams(&mut self) -> Vec<Upstream> {
        let names: Vec<_> = self
            .raw
            .below("upstreams")
            .map(|(name, _)| name.to_owned())
            .collect();
        if names.is_empty() {
            let help = Some("name at least one system behind the gateway".to_owned());
            self.fault(Code::C004, "", "`upstreams` is missing".to_owned(), help);
        }
        names
            .into_iter()
            .filter_map(|name| self.upstream(name))
            .collect()
    }

    fn upstream(&mut self, name: String) -> Option<Upstream> {
        let at = format!("upstreams.{name}");
        if !form::is_name(&name) {
            let message = format!("the upstream `{name}` must have {}", Form::Name.awaited());
            let help = Some("ids begin with it, as in `name:341`".to_owned());
            self.fault(Code::C003, &at, message, help);
        }
        let mapping = match self.text(&format!("{at}.mapping")) {
            None => Some(name.clone()),
            Some((mapping, _)) if form::is_name(&mapping) => Some(mapping),
            Some(_) => {
                self.misfit(&format!("{at}.mapping"), Form::Name);
                None
            }
        };
        let (settings, unread) = self.given_settings(&format!("{at}.settings"));
        let auth = format!("{at}.auth");
        let key = |path: &str| {
            let given = self.raw.get(path)?;
            given.place.key_span()
        };
        let (span, auth_span) = (key(&at), key(&auth));
        let mapping_span = self
            .raw
            .get(&format!("{at}.mapping"))
            .and_then(|given| given.place.span());
        let auth_files = self.auth_files(&auth);
        let auth = auth_span.and_then(|_| self.auth(&auth));
        let conduct = self.conduct(&at);
        let callbacks = self.callbacks(&format!("{at}.callbacks"));
        let ca = self.ca(&format!("{at}.tls"));
        let in_url = InUrl {
            allow: self.operations_of(&format!("{at}.in-url.allow")),
            refuse: self.operations_of(&format!("{at}.in-url.refuse")),
        };
        let cache = self.cache_of(&format!("{at}.cache"));
        Some(Upstream {
            name,
            mapping: mapping?,
            mapping_span,
            span,
            settings,
            unread,
            auth,
            auth_files,
            auth_span,
            conduct,
            callbacks,
            ca,
            in_url,
            cache,
        })
    }

    fn ca(&mut self, at: &str) -> Option<SecretString> {
        self.raw.get(at)?;
        let [ca] = self.needed(at, ["ca"]);
        Some(SecretString::from(ca?.expose()))
    }

    /// Reads a list of operations; what is none is told and left out.
    fn operations_of(&mut self, at: &str) -> Vec<String> {
        let paths: Vec<_> = self
            .raw
            .below(at)
            .map(|(number, _)| format!("{at}.{number}"))
            .collect();
        let named = paths.into_iter().filter_map(|path| {
            let (id, _) = self.text(&path)?;
            self.is_operation(&path, &id).then_some(id)
        });
        named.collect()
    }

    /// Gives the settings that could be read, and the names of the others.
    fn given_settings(&mut self, at: &str) -> (Vec<Setting>, Vec<String>) {
        let given: Vec<_> = self
            .raw
            .below(at)
            .map(|(name, given)| (name.to_owned(), given.place))
            .collect();
        let (mut read, mut unread) = (Vec::new(), Vec::new());
        for (name, place) in given {
            match self.value(&format!("{at}.{name}")) {
                Some(value) => read.push(Setting {
                    file: self.file_of(&format!("{at}.{name}")),
                    name,
                    value,
                    name_span: place.key_span(),
                    span: place.span(),
                }),
                None => unread.push(name),
            }
        }
        (read, unread)
    }

    /// What of `auth` is read from files.
    fn auth_files(&self, at: &str) -> Vec<(String, String)> {
        let below = format!("{at}.send");
        let sent = self
            .raw
            .below(&below)
            .map(|(name, _)| format!("send.{name}"));
        let keys = ["username", "password", "certificate", "private-key"];
        let named = keys.map(str::to_owned).into_iter().chain(sent);
        named
            .filter_map(|key| {
                let file = self.file_of(&format!("{at}.{key}"))?;
                Some((format!("auth.{key}"), file))
            })
            .collect()
    }

    /// The file that a value is read from.
    fn file_of(&self, path: &str) -> Option<String> {
        match &self.raw.get(path)?.value {
            RawValue::File(file) => Some(file.clone()),
            _ => None,
        }
    }

    fn auth(&mut self, at: &str) -> Option<Auth> {
        let (scheme, _) = self.required(&format!("{at}.scheme"))?;
        let keys: &[&str] = match scheme.as_str() {
            "none" => &[],
            "basic" => &["username", "password"],
            "headers" => &["send"],
            "mtls" => &["certificate", "private-key"],
            _ => {
                self.misfit(&format!("{at}.scheme"), Form::Word(SCHEMES));
                return None;
            }
        };
        for key in ["username", "password", "send", "certificate", "private-key"] {
            let path = format!("{at}.{key}");
            if !keys.contains(&key) && self.raw.get(&path).is_some() {
                let message = format!("the scheme `{scheme}` has no use for `{key}`");
                let help = "take it away, or choose another `scheme`".to_owned();
                self.fault(Code::C009, &path, message, Some(help));
            }
        }
        match scheme.as_str() {
            "basic" => self.basic(at),
            "headers" => self.headers(&format!("{at}.send")),
            "mtls" => self.mtls(at),
            _ => Some(Auth::None),
        }
    }

    /// Values that a scheme is nothing without.
    fn needed<const N: usize>(&mut self, at: &str, keys: [&str; N]) -> [Option<Value>; N] {
        keys.map(|key| {
            let path = format!("{at}.{key}");
            if self.raw.get(&path).is_none() {
                self.missing(&path);
            }
            self.value(&path)
        })
    }

    fn mtls(&mut self, at: &str) -> Option<Auth> {
        let [certificate, key] = self.needed(at, ["certificate", "private-key"]);
        Some(Auth::Mtls {
            certificate: SecretString::from(certificate?.expose()),
            private_key: SecretString::from(key?.expose()),
        })
    }

    fn basic(&mut self, at: &str) -> Option<Auth> {
        let [username, password] = self.needed(at, ["username", "password"]);
        let username = username?;
        if username
            .expose()
            .contains(|c: char| c == ':' || c.is_control())
        {
            let message = format!("`{at}.username` must have no colon and no control character");
            let help = Some("RFC 7617 divides user and password at the first colon".to_owned());
            self.fault(Code::C003, &format!("{at}.username"), message, help);
            return None;
        }
        match password? {
            Value::Secret(password) => Some(Auth::Basic { username, password }),
            Value::Text(password) => Some(Auth::Basic {
                username,
                password: SecretString::from(password),
            }),
        }
    }

    fn headers(&mut self, at: &str) -> Option<Auth> {
        let names: Vec<_> = self
            .raw
            .below(at)
            .map(|(name, _)| name.to_owned())
            .collect();
        if names.is_empty() {
            self.missing(at);
            return None;
        }
        let read: Vec<_> = names.iter().map(|name| self.header(at, name)).collect();
        Some(Auth::Headers(read.into_iter().collect::<Option<_>>()?))
    }

    pub(super) fn header(&mut self, at: &str, name: &str) -> Option<(HeaderName, HeaderValue)> {
        let path = format!("{at}.{name}");
        let value = self.value(&path)?;
        let Ok(name) = name.parse::<HeaderName>() else {
            self.key_fault(
                Code::C003,
                &path,
                format!("`{name}` is no name of a header"),
                "a name is letters, digits and hyphens, such as `x-api-key`",
            );
            return None;
        };
        let Ok(mut value) = HeaderValue::from_str(value.expose()) else {
            let message = format!("the value of `{path}` cannot stand in a header");
            let help = Some("a header holds visible ASCII and blanks on one line".to_owned());
            self.fault(Code::C003, &path, message, help);
            return None;
        };
        value.set_sensitive(true);
        Some((name, value))
    }
}
