//! What the gateway answers itself: documents that were made when it was built.

use bytes::Bytes;
use http::header::{CACHE_CONTROL, CONTENT_TYPE, ETAG, IF_NONE_MATCH};
use http::{HeaderValue, Request, Response, StatusCode};
use http_body_util::Full;
use serde_json::Value;

use crate::gateway::etag;
use crate::gateway::problem::{Code, Problem, Refusal};
use crate::gateway::route::path::segment;
use crate::gateway::route::{Own, Parameters};
use crate::gateway::shared::Shared;

/// A document that is the same as long as the gateway is.
#[derive(Debug)]
pub(in crate::gateway) struct Document {
    body: Bytes,
    tag: Option<HeaderValue>,
    content_type: &'static str,
}

// === impl Document ===

impl Document {
    pub(in crate::gateway) fn new(body: Bytes, content_type: &'static str) -> Self {
        Self {
            tag: HeaderValue::try_from(etag::of(&body)).ok(),
            body,
            content_type,
        }
    }

    /// A document of JSON.
    pub(in crate::gateway) fn json(value: &Value) -> Self {
        Self::new(value.to_string().into(), "application/json")
    }

    /// Answers with the document, or that the caller has it.
    fn answer<B>(&self, request: &Request<B>) -> Response<Full<Bytes>> {
        let conditions = request.headers().get_all(IF_NONE_MATCH).iter();
        let tag = self.tag.as_ref().and_then(|tag| tag.to_str().ok());
        let known = conditions
            .filter_map(|condition| condition.to_str().ok())
            .any(|condition| tag.is_some_and(|tag| etag::matches_weakly(condition, tag)));
        let mut response = Response::new(Full::new(if known {
            Bytes::new()
        } else {
            self.body.clone()
        }));
        let headers = response.headers_mut();
        if let Some(tag) = &self.tag {
            headers.insert(ETAG, tag.clone());
        }
        headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-cache"));
        if known {
            *response.status_mut() = StatusCode::NOT_MODIFIED;
        } else {
            headers.insert(CONTENT_TYPE, HeaderValue::from_static(self.content_type));
        }
        response
    }
}

/// Serves what no upstream is asked for.
pub(super) fn serve<B>(
    shared: &Shared,
    request: &Request<B>,
    own: Own,
    parameters: Parameters,
) -> Result<Response<Full<Bytes>>, Refusal> {
    let document = match own {
        Own::Openapi => &shared.openapi,
        Own::Upstreams => &shared.listing,
        Own::Upstream => {
            let name = parameters.segments(request.uri().path()).next();
            let name = name.and_then(|name| segment(name).ok());
            let named = name.and_then(|name| shared.find_upstream(&name));
            let found = named.and_then(|position| shared.upstream(position));
            let unknown = || Problem::new(Code::NotFound, "No upstream has this name.");
            &found.ok_or_else(|| Box::new(unknown()))?.capabilities
        }
        // It is no document.
        Own::Callback => return Err(Box::new(Problem::new(Code::NotFound, ""))),
    };
    Ok(document.answer(request))
}
