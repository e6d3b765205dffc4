//! Keeps web pages away from the operators' listener: a browser on the same machine reaches loopback too, and a
//! hostile page may have its own name lead there.

use http::header::{HOST, ORIGIN};
use http::uri::Authority;
use http::{HeaderMap, Uri};

/// The names under which the listener may be asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hosts {
    names: Vec<Box<str>>,
}

// === impl Hosts ===

impl Default for Hosts {
    /// Loopback alone.
    fn default() -> Self {
        Self {
            names: ["localhost", "127.0.0.1", "[::1]"].map(Into::into).to_vec(),
        }
    }
}

impl Hosts {
    /// Adds a name or an address; one of IPv6 stands in brackets.
    #[must_use]
    pub fn with(mut self, name: &str) -> Self {
        self.names.push(name.to_ascii_lowercase().into());
        self
    }

    /// Whether a request names one of these hosts, once, and comes from no page of another.
    pub(super) fn admit(&self, uri: &Uri, headers: &HeaderMap) -> bool {
        let mut hosts = headers.get_all(HOST).iter();
        let host = match (uri.authority(), hosts.next()) {
            (Some(authority), _) => Some(authority.clone()),
            (None, Some(host)) => Authority::try_from(host.as_bytes()).ok(),
            (None, None) => None,
        };
        let from_here = headers.get_all(ORIGIN).iter().all(|origin| {
            let origin = origin
                .to_str()
                .ok()
                .and_then(|origin| origin.parse::<Uri>().ok());
            origin.is_some_and(|origin| self.has(origin.authority()))
        });
        self.has(host.as_ref()) && hosts.next().is_none() && from_here
    }

    fn has(&self, authority: Option<&Authority>) -> bool {
        authority.is_some_and(|authority| {
            let plain = !authority.as_str().contains('@');
            plain
                && self
                    .names
                    .iter()
                    .any(|name| name.eq_ignore_ascii_case(authority.host()))
        })
    }
}

#[cfg(test)]
mod tests {
    use http::{HeaderName, HeaderValue};

    use super::*;

    fn admitted(lines: &[(HeaderName, &'static str)]) -> bool {
        let line = |(name, value): &(HeaderName, &'static str)| {
            (name.clone(), HeaderValue::from_static(value))
        };
        let hosts = Hosts::default().with("gateway.internal");
        hosts.admit(
            &Uri::from_static("/mappings"),
            &lines.iter().map(line).collect(),
        )
    }

    #[test]
    fn loopback_and_named_hosts_are_admitted() {
        for host in [
            "localhost:9901",
            "127.0.0.1",
            "[::1]:9901",
            "LOCALHOST",
            "Gateway.Internal:1",
        ] {
            assert!(admitted(&[(HOST, host)]), "{host}");
        }
        assert!(admitted(&[
            (HOST, "localhost:9901"),
            (ORIGIN, "http://127.0.0.1:3000")
        ]));
    }

    #[test]
    fn foreign_hosts_and_origins_are_not() {
        assert!(!admitted(&[]));
        for host in [
            "evil.example",
            "localhost.evil.example",
            "a@localhost",
            "",
            "192.0.2.1",
        ] {
            assert!(!admitted(&[(HOST, host)]), "{host}");
        }
        assert!(!admitted(&[(HOST, "localhost"), (HOST, "evil.example")]));
        for origin in [
            "http://evil.example",
            "null",
            "file://",
            "http://localhost.evil.example",
        ] {
            assert!(
                !admitted(&[(HOST, "localhost"), (ORIGIN, origin)]),
                "{origin}"
            );
        }
    }
}
