//! Native messages between the translation and the client.

use bytes::Bytes;
use http::header::{ACCEPT, CONTENT_ENCODING, CONTENT_TYPE};
use http::uri::PathAndQuery;
use http::{HeaderMap, HeaderName, HeaderValue, Method, Request, Response, Uri};

use crate::gateway::problem::{Code, Outcome as Sent, Problem, Refusal, cause};
use crate::gateway::translate::{BrokenAnswer, NativeAnswer, NativeRequest};

/// The type of a body whose type nobody can tell: no format reads it.
const UNTOLD: &str = "";

/// Code of an answer in another format.
const CONTENT: &str = "upstream-content-type";

/// Lends an answer to the translation.
pub(super) fn answer<T>(
    response: &Response<Bytes>,
    look: impl FnOnce(&NativeAnswer<'_>) -> T,
) -> T {
    let headers: Vec<(&str, &[u8])> = response
        .headers()
        .iter()
        .map(|(name, value)| (name.as_str(), value.as_bytes()))
        .collect();
    let content_type = match untold(response.headers()) {
        Some(_) => Some(UNTOLD),
        None => response
            .headers()
            .get(CONTENT_TYPE)
            .map(|value| value.to_str().unwrap_or(UNTOLD)),
    };
    look(&NativeAnswer {
        status: response.status().as_u16(),
        headers: &headers,
        content_type,
        body: response.body(),
    })
}

/// Why nobody can tell what the body is, said of what was expected instead. No coding is asked for, so none is undone.
fn untold(headers: &HeaderMap) -> Option<&'static str> {
    let coded = headers.get_all(CONTENT_ENCODING).iter().any(|coding| {
        let coding = coding.as_bytes().trim_ascii();
        !coding.is_empty() && !coding.eq_ignore_ascii_case(b"identity")
    });
    if coded {
        return Some("a body without content coding");
    }
    let several = headers.get_all(CONTENT_TYPE).iter().nth(1).is_some();
    several.then_some("one media type")
}

/// Says of an answer in another format what its headers have to do with it.
pub(super) fn explained(mut broken: BrokenAnswer, response: &Response<Bytes>) -> BrokenAnswer {
    if broken.code == CONTENT && broken.expected.is_none() {
        broken.expected = untold(response.headers());
    }
    broken
}

/// Makes the request to send. Its headers are the translation's and no others: nothing of the caller's passes by
/// itself.
pub(super) fn request(base_path: &str, native: NativeRequest) -> Result<Request<Bytes>, Refusal> {
    let mut request = Request::new(native.body.map(Bytes::from).unwrap_or_default());
    let internal = || Box::new(cause::internal(Sent::NotSent));
    let target = if base_path.is_empty() {
        native.target
    } else {
        [base_path, &native.target].concat()
    };
    let target = PathAndQuery::from_maybe_shared(Bytes::from(target)).map_err(|_| internal())?;
    *request.uri_mut() = Uri::from(target);
    *request.method_mut() = Method::from_bytes(native.method.as_bytes()).map_err(|_| internal())?;
    let headers = request.headers_mut();
    headers.reserve(native.headers.len().saturating_add(3));
    if let Some(content_type) = native.content_type {
        let value = HeaderValue::from_str(&content_type).map_err(|_| internal())?;
        headers.insert(CONTENT_TYPE, value);
    }
    for (name, value) in native.headers {
        let name = HeaderName::from_bytes(name.as_bytes()).map_err(|_| internal())?;
        let mut value = HeaderValue::from_maybe_shared(Bytes::from(value)).map_err(|_| {
            let detail = "A value of the call cannot stand in a header of the upstream.";
            Box::new(Problem::new(Code::InvalidInput, detail))
        })?;
        // Credentials, or the caller's: nothing shows it.
        value.set_sensitive(true);
        headers.append(name, value);
    }
    if let Some(accept) = native.accept
        && !headers.contains_key(ACCEPT)
    {
        let value = HeaderValue::from_str(&accept).map_err(|_| internal())?;
        headers.insert(ACCEPT, value);
    }
    Ok(request)
}
