//! The caller's body: of the right type, whole, under the limit.

use std::future::poll_fn;
use std::pin::Pin;

use bytes::{Bytes, BytesMut};
use http::header::{CONTENT_ENCODING, CONTENT_TYPE};
use http::request::Parts;
use http::{HeaderMap, Method};
use http_body::Body;
use http_body_util::LengthLimitError;

use crate::gateway::front::Fault;
use crate::gateway::problem::{Code, Problem, Refusal, cause};

const JSON: &str = "application/json";
const MERGE_PATCH: &str = "application/merge-patch+json";

/// Reads the body of an operation that takes one, and refuses one elsewhere.
///
/// # Errors
/// 400 for a body that no operation takes or that ends early, 413, 415.
pub(super) async fn read<B>(
    head: &Parts,
    body: B,
    takes_body: bool,
    limit: usize,
) -> Result<Option<Bytes>, Refusal>
where
    B: Body<Data = Bytes> + Unpin,
    B::Error: Into<tower::BoxError>,
{
    if !takes_body {
        return if body.is_end_stream() {
            Ok(None)
        } else {
            let detail = "The operation takes no body.";
            Err(Box::new(Problem::new(Code::Malformed, detail)))
        };
    }
    media_type(&head.headers, head.method == Method::PATCH)?;
    gather(body, limit).await.map(Some)
}

fn media_type(headers: &HeaderMap, is_patch: bool) -> Result<(), Refusal> {
    let refuse =
        |detail: &'static str| Err(Box::new(Problem::new(Code::UnsupportedMediaType, detail)));
    let mut codings = headers.get_all(CONTENT_ENCODING).iter();
    if !codings.all(|coding| coding.as_bytes().eq_ignore_ascii_case(b"identity")) {
        return refuse("The body must not be encoded.");
    }
    let mut types = headers.get_all(CONTENT_TYPE).iter();
    let text = types
        .next()
        .and_then(|value| value.to_str().ok())
        .unwrap_or_default();
    let (essence, parameters) = text.split_once(';').unwrap_or((text, ""));
    let essence = essence.trim();
    let fits = essence.eq_ignore_ascii_case(JSON)
        || (is_patch && essence.eq_ignore_ascii_case(MERGE_PATCH));
    if fits && types.next().is_none() && is_utf8(parameters) {
        return Ok(());
    }
    refuse(if is_patch {
        "The body must be `application/merge-patch+json` or `application/json`, in UTF-8."
    } else {
        "The body must be `application/json`, in UTF-8."
    })
}

/// Whether the parameters of a media type name no other character set.
fn is_utf8(parameters: &str) -> bool {
    parameters
        .split(';')
        .all(|parameter| match parameter.trim().split_once('=') {
            Some((name, value)) if name.trim().eq_ignore_ascii_case("charset") => {
                value.trim().trim_matches('"').eq_ignore_ascii_case("utf-8")
            }
            _ => true,
        })
}

/// Reads to the end. A body of one part is kept as it came; parts are joined only if a second follows.
pub(super) async fn gather<B>(mut body: B, limit: usize) -> Result<Bytes, Refusal>
where
    B: Body<Data = Bytes> + Unpin,
    B::Error: Into<tower::BoxError>,
{
    let mut first = Bytes::new();
    let mut rest = BytesMut::new();
    while let Some(frame) = poll_fn(|cx| Pin::new(&mut body).poll_frame(cx)).await {
        let frame = frame.map_err(|error| unread(&error.into(), limit))?;
        let Ok(data) = frame.into_data() else {
            continue;
        };
        if first.is_empty() {
            first = data;
        } else {
            if rest.is_empty() {
                rest.extend_from_slice(&first);
            }
            rest.extend_from_slice(&data);
        }
    }
    Ok(if rest.is_empty() {
        first
    } else {
        rest.freeze()
    })
}

#[cold]
fn unread(error: &tower::BoxError, limit: usize) -> Refusal {
    Box::new(if error.is::<LengthLimitError>() {
        cause::body_too_large(limit)
    } else if let Some(fault) = Fault::behind(&**error) {
        fault.problem()
    } else {
        Problem::new(Code::Malformed, "The body ended early.")
    })
}

#[cfg(test)]
mod tests {
    use http::HeaderValue;

    use super::*;

    fn judged(content_type: &'static str, is_patch: bool) -> bool {
        let value = HeaderValue::from_static(content_type);
        media_type(&HeaderMap::from_iter([(CONTENT_TYPE, value)]), is_patch).is_ok()
    }

    #[test]
    fn json_in_utf_8_is_read() {
        assert!(judged("application/json", false));
        assert!(judged("Application/JSON ; charset=\"UTF-8\"", false));
        assert!(judged("application/merge-patch+json", true));
        assert!(judged("application/json", true));
    }

    #[test]
    fn nothing_else_is() {
        for other in [
            "",
            "text/json",
            "application/json; charset=latin1",
            "application/xml",
        ] {
            assert!(!judged(other, true), "{other}");
        }
        assert!(!judged("application/merge-patch+json", false));
        assert!(media_type(&HeaderMap::new(), false).is_err());
    }

    #[test]
    fn an_encoded_body_is_refused() {
        let headers = HeaderMap::from_iter([
            (CONTENT_TYPE, HeaderValue::from_static(JSON)),
            (CONTENT_ENCODING, HeaderValue::from_static("gzip")),
        ]);
        assert!(media_type(&headers, false).is_err());
    }

    #[test]
    fn every_line_of_codings_counts() {
        let mut headers = HeaderMap::from_iter([
            (CONTENT_TYPE, HeaderValue::from_static(JSON)),
            (CONTENT_ENCODING, HeaderValue::from_static("identity")),
        ]);
        assert!(media_type(&headers, false).is_ok());
        headers.append(CONTENT_ENCODING, HeaderValue::from_static("gzip"));
        assert!(media_type(&headers, false).is_err());
    }
}
