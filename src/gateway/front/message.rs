//! Judges a request as hyper tells it.

use http::header::{
    CONNECTION, EXPECT, HOST, HeaderName, HeaderValue, TE, TRANSFER_ENCODING, UPGRADE,
};
use http::{HeaderMap, Method, Request, Uri, Version};

use super::fault::Fault;
use crate::gateway::problem::{Code, Problem, Refusal};

const KEEP_ALIVE: HeaderName = HeaderName::from_static("keep-alive");
const PROXY_CONNECTION: HeaderName = HeaderName::from_static("proxy-connection");

/// Among the extensions of a request that stands for a head that broke a rule.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::gateway) struct Condemned(pub(in crate::gateway) Fault);

/// Judges a request; `allow` are the methods that its resource knows. Gives whether `Connection` names headers.
///
/// # Errors
/// The problem to tell: 400, 405, 417, 501, or what the guard found.
pub(in crate::gateway) fn judge<B>(
    request: &Request<B>,
    allow: Option<&HeaderValue>,
) -> Result<bool, Refusal> {
    if let Some(Condemned(fault)) = request.extensions().get() {
        return Err(Box::new(fault.problem()));
    }
    let (method, uri) = (request.method(), request.uri());
    let asks = of_method(method, uri, allow);
    let is_http2 = request.version() == Version::HTTP_2;
    let mut host = None;
    let mut names_headers = false;
    for (name, value) in request.headers() {
        if *name == HOST {
            if host.replace(value).is_some() {
                refuse("`Host` must stand once.")?;
            }
        } else if *name == EXPECT {
            if !value.as_bytes().eq_ignore_ascii_case(b"100-continue") {
                let detail = "Nothing but `100-continue` can be expected.";
                return Err(Box::new(Problem::new(Code::ExpectationFailed, detail)));
            }
        } else if *name == CONNECTION && !is_http2 {
            names_headers |= names_one(value);
        } else if is_http2 && is_of_connections(name, value) {
            refuse("HTTP/2 knows no headers of a connection.")?;
        }
    }
    host_of(request.version(), uri, host)?;
    asks.map(|()| names_headers)
}

/// Whether a value of `Connection` names anything but what is usual, which is no header.
fn names_one(value: &HeaderValue) -> bool {
    let value = value.as_bytes();
    !(value.eq_ignore_ascii_case(b"close") || value.eq_ignore_ascii_case(b"keep-alive"))
}

/// Takes out the headers that the caller names in `Connection` (RFC 9110, 7.6.1).
pub(in crate::gateway) fn strip(headers: &mut HeaderMap) {
    let listed: Vec<_> = headers.get_all(CONNECTION).iter().cloned().collect();
    for name in listed
        .iter()
        .flat_map(|list| list.as_bytes().split(|byte| *byte == b','))
    {
        if let Ok(name) = HeaderName::from_bytes(name.trim_ascii()) {
            headers.remove(name);
        }
    }
}

fn refuse(detail: &'static str) -> Result<(), Refusal> {
    Err(Box::new(Problem::new(Code::Malformed, detail)))
}

/// Whether a header is about a connection, which HTTP/2 has no headers for (RFC 9113, 8.2.2).
fn is_of_connections(name: &HeaderName, value: &HeaderValue) -> bool {
    [
        CONNECTION,
        TRANSFER_ENCODING,
        UPGRADE,
        KEEP_ALIVE,
        PROXY_CONNECTION,
    ]
    .contains(name)
        || *name == TE && value != "trailers"
}

/// Judges the method and the form of target that goes with it (RFC 9112, 3.2).
fn of_method(method: &Method, uri: &Uri, allow: Option<&HeaderValue>) -> Result<(), Refusal> {
    let wrong = || {
        let mut problem = Problem::new(Code::MethodNotAllowed, "");
        let none = HeaderValue::from_static("");
        problem.allow = Some(allow.cloned().unwrap_or(none));
        Err(Box::new(problem))
    };
    match *method {
        Method::GET
        | Method::HEAD
        | Method::POST
        | Method::PUT
        | Method::PATCH
        | Method::DELETE
        | Method::OPTIONS => {}
        Method::TRACE => return wrong(),
        _ => {
            let detail = "No resource here knows this method.";
            return Err(Box::new(Problem::new(Code::UnknownMethod, detail)));
        }
    }
    match uri.path() {
        "*" if method == Method::OPTIONS => wrong(),
        path if !path.starts_with('/') => refuse("The target must be a path or a whole URL."),
        _ => Ok(()),
    }
}

/// Judges who is asked (RFC 9110, 7.2; RFC 9112, 3.2; RFC 9113, 8.3.1).
fn host_of(version: Version, uri: &Uri, host: Option<&HeaderValue>) -> Result<(), Refusal> {
    let authority = uri
        .authority()
        .map(|authority| authority.as_str().as_bytes());
    let host = host.map(HeaderValue::as_bytes);
    let may_be_absent = version == Version::HTTP_10;
    match (authority, host) {
        (None, None) if may_be_absent => Ok(()),
        (Some(_), None) if may_be_absent || version == Version::HTTP_2 => Ok(()),
        (_, None) => refuse("`Host` is missing."),
        (Some(authority), Some(host)) if !authority.eq_ignore_ascii_case(host) => {
            refuse("`Host` must be the target's own host.")
        }
        _ => Ok(()),
    }?;
    let scheme = uri.scheme_str();
    if scheme.is_some_and(|scheme| scheme != "http" && scheme != "https") {
        return refuse("The target must be `http` or `https`.");
    }
    if [authority, host].into_iter().flatten().all(is_host) {
        Ok(())
    } else {
        refuse("The host must be a name or an address, perhaps with a port.")
    }
}

/// Whether a text is `uri-host [ ":" port ]` of RFC 3986, the host not empty.
fn is_host(text: &[u8]) -> bool {
    let port = match text {
        [b'[', inside @ ..] => {
            let end = inside
                .iter()
                .position(|byte| !(byte.is_ascii_hexdigit() || matches!(byte, b':' | b'.')));
            let (address, rest) = inside.split_at(end.unwrap_or(inside.len()));
            match rest {
                [b']', port @ ..] if address.len() > 1 => port,
                _ => return false,
            }
        }
        _ => {
            let end = text.iter().position(|byte| !is_of_name(*byte));
            let (name, port) = text.split_at(end.unwrap_or(text.len()));
            if name.is_empty() {
                return false;
            }
            port
        }
    };
    match port {
        [] => true,
        [b':', digits @ ..] => digits.len() <= 5 && digits.iter().all(u8::is_ascii_digit),
        _ => false,
    }
}

const fn is_of_name(byte: u8) -> bool {
    byte.is_ascii_alphanumeric()
        || matches!(
            byte,
            b'-' | b'.'
                | b'_'
                | b'~'
                | b'%'
                | b'!'
                | b'$'
                | b'&'
                | b'\''
                | b'('
                | b')'
                | b'*'
                | b'+'
                | b','
                | b';'
                | b'='
        )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hosts_are_names_or_addresses_with_perhaps_a_port() {
        for host in [
            "a",
            "a.example:8080",
            "127.0.0.1",
            "[::1]:80",
            "[::ffff:1.2.3.4]",
            "a:",
        ] {
            assert!(is_host(host.as_bytes()), "{host}");
        }
        for other in [
            "", ":80", "a b", "a:b", "a:123456", "a@b", "a/b", "[]", "[::1", "[::1]x", "a,b c",
            "a:80:80", "ä", "[g::1]",
        ] {
            assert!(!is_host(other.as_bytes()), "{other}");
        }
    }

    #[test]
    fn what_connection_names_goes_and_it_too_if_it_names_itself() {
        let mut headers = HeaderMap::new();
        for (name, value) in [
            ("connection", "close, X-One ,authorization"),
            ("connection", "x-two"),
            ("authorization", "a"),
            ("x-one", "b"),
            ("x-two", "c"),
            ("x-three", "d"),
        ] {
            headers.append(name, HeaderValue::from_static(value));
        }
        strip(&mut headers);
        let left: Vec<_> = headers.keys().map(HeaderName::as_str).collect();
        assert_eq!(left, ["connection", "x-three"]);
    }
}
