//! The one place that a client talks to: scheme, host and port, from configuration only.

use std::net::IpAddr;

use bytes::Bytes;
use http::uri::{Authority, Scheme};
use http::{HeaderValue, Method, Request, Uri, Version, header};
use http_body_util::Full;

use super::addresses::{self, Range};
use super::failure::{Failure, FailureKind};
use crate::config::Network;

/// Scheme, host and port of an upstream.
#[derive(Debug, Clone)]
pub struct Origin {
    scheme: Scheme,
    authority: Authority,
    /// What the `Host` header says; the scheme's own port is left out.
    host: HeaderValue,
}

/// Why a base URL names no origin.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum OriginFault {
    /// Not of the form `scheme://host[:port][/path]`.
    #[error("a base URL is `http://` or `https://`, a host, perhaps a port and a path")]
    NotAbsolute,
    /// Neither `http` nor `https`.
    #[error("the scheme of a base URL is `http` or `https`")]
    Scheme,
    /// User or password before an `@`.
    #[error("a base URL holds no user and no password: credentials belong into `auth`")]
    Credentials,
}

// === impl Origin ===

impl Origin {
    /// Takes the origin out of a base URL; its path is the business of who builds requests.
    ///
    /// # Errors
    ///
    /// What is wrong with the URL, without quoting it.
    pub fn of(base_url: &str) -> Result<Self, OriginFault> {
        let uri: Uri = base_url.parse().map_err(|_| OriginFault::NotAbsolute)?;
        let (Some(scheme), Some(authority)) = (uri.scheme(), uri.authority()) else {
            return Err(OriginFault::NotAbsolute);
        };
        if *scheme != Scheme::HTTP && *scheme != Scheme::HTTPS {
            return Err(OriginFault::Scheme);
        }
        if authority.as_str().contains('@') {
            return Err(OriginFault::Credentials);
        }
        if authority.host().is_empty() {
            return Err(OriginFault::NotAbsolute);
        }
        let own_port = if *scheme == Scheme::HTTPS { 443 } else { 80 };
        let host = match authority.port_u16() {
            Some(port) if port != own_port => authority.as_str(),
            _ => authority.host(),
        };
        Ok(Self {
            host: HeaderValue::from_str(host).map_err(|_| OriginFault::NotAbsolute)?,
            scheme: scheme.clone(),
            authority: authority.clone(),
        })
    }

    /// Whether exchanges run over TLS.
    #[must_use]
    pub fn is_secure(&self) -> bool {
        self.scheme == Scheme::HTTPS
    }

    /// What the `Host` header says.
    pub(super) fn host(&self) -> &str {
        self.host.to_str().unwrap_or("")
    }

    /// The name or the address alone, without the brackets of version 6.
    pub(super) fn bare_host(&self) -> &str {
        let host = self.authority.host();
        let inner = host
            .strip_prefix('[')
            .and_then(|rest| rest.strip_suffix(']'));
        inner.unwrap_or(host)
    }

    /// The port, the scheme's own where none is named.
    pub(super) fn port(&self) -> u16 {
        let own = if self.is_secure() { 443 } else { 80 };
        self.authority.port_u16().unwrap_or(own)
    }

    /// Gives the range because of which the address that the URL names is not called, if it names one.
    #[must_use]
    pub fn refused(&self, allow: &[Network]) -> Option<Range> {
        let address: IpAddr = self.bare_host().parse().ok()?;
        addresses::refused(address, true, allow)
    }

    /// Makes a request ready for the wire: path and query only, our `Host`, a length where a body is usual.
    ///
    /// # Errors
    ///
    /// `WrongOrigin` if the request names another scheme, host or port, or has no path.
    pub(super) fn address(&self, request: Request<Bytes>) -> Result<Request<Full<Bytes>>, Failure> {
        let (mut parts, body) = request.into_parts();
        if parts.uri.authority().is_some() {
            parts.uri = self.path_of(std::mem::take(&mut parts.uri))?;
        } else if !parts.uri.path().starts_with('/') {
            return Err(Failure::not_sent(FailureKind::WrongOrigin));
        }
        parts.version = Version::HTTP_11;
        parts.headers.insert(header::HOST, self.host.clone());
        if body.is_empty() && matches!(parts.method, Method::POST | Method::PUT | Method::PATCH) {
            // RFC 9110, 8.6: a method that usually has a body says that there is none.
            parts
                .headers
                .insert(header::CONTENT_LENGTH, HeaderValue::from_static("0"));
        }
        Ok(Request::from_parts(parts, Full::new(body)))
    }

    fn path_of(&self, uri: Uri) -> Result<Uri, Failure> {
        let wrong = Failure::not_sent(FailureKind::WrongOrigin);
        let mut parts = uri.into_parts();
        if parts.scheme.take().as_ref() != Some(&self.scheme)
            || parts.authority.take().as_ref() != Some(&self.authority)
        {
            return Err(wrong);
        }
        Uri::from_parts(parts).map_err(|_| wrong)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn addressed(base: &str, request: Request<Bytes>) -> Result<Request<Full<Bytes>>, Failure> {
        Origin::of(base).unwrap().address(request)
    }

    fn get(uri: &str) -> Request<Bytes> {
        Request::get(uri).body(Bytes::new()).unwrap()
    }

    #[test]
    fn host_leaves_the_schemes_own_port_out() {
        for (base, host) in [
            ("http://a.example", "a.example"),
            ("http://a.example:80/v1", "a.example"),
            ("https://a.example:443", "a.example"),
            ("https://a.example:80", "a.example:80"),
            ("http://[::1]:8101", "[::1]:8101"),
        ] {
            let request = addressed(base, get("/x")).unwrap();
            assert_eq!(request.headers().get(header::HOST).unwrap(), host, "{base}");
        }
    }

    #[test]
    fn a_base_url_is_absolute_plain_and_without_credentials() {
        assert_eq!(Origin::of("/v1").unwrap_err(), OriginFault::NotAbsolute);
        assert_eq!(
            Origin::of("a.example").unwrap_err(),
            OriginFault::NotAbsolute
        );
        assert_eq!(
            Origin::of("ftp://a.example").unwrap_err(),
            OriginFault::Scheme
        );
        assert_eq!(
            Origin::of("http://u:p@a.example").unwrap_err(),
            OriginFault::Credentials
        );
    }

    #[test]
    fn host_and_port_are_told_apart() {
        for (base, host, port) in [
            ("http://a.example", "a.example", 80),
            ("https://a.example/v1", "a.example", 443),
            ("https://a.example:80", "a.example", 80),
            ("http://[2001:db8::1]:8101", "2001:db8::1", 8_101),
        ] {
            let origin = Origin::of(base).unwrap();
            assert_eq!((origin.bare_host(), origin.port()), (host, port), "{base}");
        }
    }

    #[test]
    fn an_address_where_no_upstream_is_is_told() {
        for (base, range) in [
            ("http://169.254.169.254/latest", Some(Range::LinkLocal)),
            ("http://[::ffff:169.254.169.254]", Some(Range::LinkLocal)),
            ("http://0.0.0.0:8101", Some(Range::Unspecified)),
            ("http://127.0.0.1:8101", None),
            ("http://[::1]:8101", None),
            ("http://10.0.0.1", None),
            ("http://metadata.example", None),
        ] {
            assert_eq!(Origin::of(base).unwrap().refused(&[]), range, "{base}");
        }
        let allow = ["169.254.170.2".parse().unwrap()];
        let origin = Origin::of("http://169.254.170.2").unwrap();
        assert_eq!(origin.refused(&allow), None);
    }

    #[test]
    fn an_absolute_target_becomes_path_and_query() {
        let request = addressed(
            "http://a.example:8101/v1",
            get("http://a.example:8101/v1/x?y=%2F"),
        )
        .unwrap();

        assert_eq!(request.uri(), "/v1/x?y=%2F");
    }

    #[test]
    fn another_origin_is_refused_before_anything_is_sent() {
        for uri in [
            "http://b.example/",
            "https://a.example/",
            "http://a.example:81/",
            "*",
        ] {
            let failure = addressed("http://a.example", get(uri)).unwrap_err();
            assert_eq!(
                failure,
                Failure::not_sent(FailureKind::WrongOrigin),
                "{uri}"
            );
        }
    }

    #[test]
    fn a_host_header_of_the_request_does_not_count() {
        let mut request = get("/x");
        request
            .headers_mut()
            .append(header::HOST, HeaderValue::from_static("evil.example"));

        let request = addressed("http://a.example", request).unwrap();

        let hosts: Vec<_> = request.headers().get_all(header::HOST).iter().collect();
        assert_eq!(hosts, ["a.example"]);
    }

    #[test]
    fn an_empty_post_says_so() {
        let request = Request::post("/x").body(Bytes::new()).unwrap();

        let request = addressed("http://a.example", request).unwrap();

        assert_eq!(request.headers().get(header::CONTENT_LENGTH).unwrap(), "0");
    }
}
