//! Checks of what upstreams send by themselves: who may, and where it goes.

use http::header::AUTHORIZATION;
use http::{HeaderName, Uri};
use secrecy::SecretString;

use crate::diag::Code;

use super::check::{Checker, parse};
use super::network::Network;
use super::raw::Place;
use super::settings::{Callbacks, Events, Upstream};

// === impl Checker ===

impl Checker<'_> {
    /// Reads who may send callbacks of an upstream.
    pub(super) fn callbacks(&mut self, at: &str) -> Option<Callbacks> {
        self.raw.get(at)?;
        let path = format!("{at}.header");
        let header = match self.text(&path) {
            None => Some(AUTHORIZATION),
            Some((name, _)) => {
                let header = HeaderName::try_from(name.as_str()).ok();
                if header.is_none() {
                    let message = format!("`{path}` must be the name of a header");
                    let help =
                        "a name is letters, digits and hyphens, such as `x-api-key`".to_owned();
                    self.fault(Code::C003, &path, message, Some(help));
                }
                header
            }
        };
        let secret = self.secret(&format!("{at}.secret"));
        let from = self.networks(
            &format!("{at}.from"),
            "leave it out to take callbacks from any",
        );
        Some(Callbacks {
            header: header?,
            secret: secret?,
            from: from?,
        })
    }

    /// Reads a list of addresses: none if one of them is none, since fewer would let in fewer, and no list anybody.
    /// `instead` says what to write for a list without any.
    pub(super) fn networks(&mut self, at: &str, instead: &str) -> Option<Vec<Network>> {
        let paths: Vec<_> = self
            .raw
            .below(at)
            .map(|(number, _)| format!("{at}.{number}"))
            .collect();
        if paths.is_empty() && self.raw.get(at).is_some() {
            let message = format!("`{at}` names no address");
            self.fault(Code::C003, at, message, Some(instead.to_owned()));
            return None;
        }
        let read: Vec<_> = paths.iter().map(|path| self.network(path)).collect();
        read.into_iter().collect()
    }

    fn network(&mut self, path: &str) -> Option<Network> {
        let (text, _) = self.text(path)?;
        let network = text.parse().ok();
        if network.is_none() {
            let message =
                format!("`{path}` must be an address, or one with the number of bits that count");
            let help = Some("such as `192.0.2.7`, `192.0.2.0/24` or `2001:db8::/32`".to_owned());
            self.fault(Code::C003, path, message, help);
        }
        network
    }

    /// Reads the application that gets events. `upstreams` are those that may send some.
    pub(super) fn events(&mut self, upstreams: &[Upstream]) -> Option<Events> {
        if self.raw.get("events").is_none() {
            if let Some(upstream) = upstreams
                .iter()
                .find(|upstream| upstream.callbacks.is_some())
            {
                let path = format!("upstreams.{}.callbacks", upstream.name);
                let message = format!("`{path}` takes what nobody gets: `events` is missing");
                let help = Some("say under `events` where the application takes events".to_owned());
                self.fault(Code::C004, &path, message, help);
            }
            return None;
        }
        let url = self.url("events.url", "such as `https://app.example/events`");
        let secret = self.secret("events.secret");
        let told = "events.trace-context";
        let trace_context = match self.raw.get(told) {
            Some(_) => self.one(told, told, parse),
            None => Some(true),
        };
        let place = self.raw.get("events.secret").map(|given| given.place);
        Some(Events {
            url: url?,
            secret: secret?,
            secret_span: place.and_then(Place::span),
            trace_context: trace_context?,
        })
    }

    /// Reads where something is posted; `example` shows how one is written.
    pub(super) fn url(&mut self, path: &str, example: &str) -> Option<String> {
        let (url, _) = self.required(path)?;
        let is_url = url.parse::<Uri>().is_ok_and(|uri| {
            let of_http = matches!(uri.scheme_str(), Some("http" | "https"));
            let host = uri.authority().map(|authority| authority.as_str());
            of_http && host.is_some_and(|host| !host.contains('@'))
        });
        if !is_url {
            let message = format!(
                "`{path}` must be `http://` or `https://`, a host without a user, and a path"
            );
            self.fault(Code::C003, path, message, Some(example.to_owned()));
        }
        is_url.then_some(url)
    }

    /// Reads a secret that must be there.
    fn secret(&mut self, path: &str) -> Option<SecretString> {
        if self.raw.get(path).is_none() {
            self.missing(path);
        }
        self.optional_secret(path)
    }

    /// Reads a secret that may be left out.
    pub(super) fn optional_secret(&mut self, path: &str) -> Option<SecretString> {
        let value = self.value(path)?;
        Some(SecretString::from(value.expose()))
    }
}
