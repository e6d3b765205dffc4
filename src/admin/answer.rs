//! Answers of the operators' listeners.

use bytes::Bytes;
use http::header::{CACHE_CONTROL, CONTENT_TYPE};
use http::{HeaderValue, Method, Response, StatusCode};
use http_body_util::Full;

use crate::gateway::problem::{Code, Problem};

/// An answer that is never kept: it says how things are now.
pub(super) fn fresh(
    status: StatusCode,
    content_type: &'static str,
    body: impl Into<Bytes>,
) -> Response<Full<Bytes>> {
    let mut response = Response::new(Full::new(body.into()));
    *response.status_mut() = status;
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static(content_type));
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}

/// One line of text.
pub(super) fn line(status: StatusCode, text: impl Into<Bytes>) -> Response<Full<Bytes>> {
    fresh(status, "text/plain; charset=utf-8", text)
}

/// A problem of a call that has no id.
pub(super) fn problem(code: Code, detail: &'static str) -> Response<Full<Bytes>> {
    Problem::new(code, detail).into_response("")
}

/// The refusal of every method but GET and HEAD.
pub(super) fn unless_read(method: &Method) -> Option<Response<Full<Bytes>>> {
    if *method == Method::GET || *method == Method::HEAD {
        return None;
    }
    let mut problem = Problem::new(Code::MethodNotAllowed, "");
    problem.allow = Some(HeaderValue::from_static("GET, HEAD"));
    Some(problem.into_response(""))
}
