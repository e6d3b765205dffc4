//! What the gateway answers itself: documents that stay as they are.

use std::sync::OnceLock;

use bytes::Bytes;
use http::header::{CACHE_CONTROL, CONTENT_TYPE, ETAG, IF_NONE_MATCH};
use http::request::Parts;
use http::{HeaderMap, HeaderValue, Response, StatusCode};
use http_body_util::Full;

use crate::gateway::callers::{forbidden, may_use};
use crate::gateway::etag;
use crate::gateway::problem::{Code, Outcome, Problem, Refusal, cause};
use crate::gateway::record::Record;
use crate::gateway::route::path::segment;
use crate::gateway::route::{Own, Parameters};
use crate::gateway::shared::Shared;
use crate::gateway::told::Told;

/// A document that is the same as long as the gateway is.
#[derive(Debug)]
pub(in crate::gateway) struct Document {
    told: Told,
    /// Of the text, once it is made.
    tag: OnceLock<Option<HeaderValue>>,
    content_type: &'static str,
}

// === impl Document ===

impl Document {
    pub(in crate::gateway) const fn new(told: Told, content_type: &'static str) -> Self {
        Self {
            told,
            tag: OnceLock::new(),
            content_type,
        }
    }

    /// A document of JSON.
    pub(in crate::gateway) const fn json(told: Told) -> Self {
        Self::new(told, "application/json")
    }

    /// Answers with the document, or that the caller has it.
    async fn answer(&self, headers: &HeaderMap) -> Result<Response<Full<Bytes>>, Refusal> {
        let body = self.told.text().await;
        let body = body.ok_or_else(|| Box::new(cause::internal(Outcome::NotSent)))?;
        let tagged = || HeaderValue::try_from(etag::of(&body)).ok();
        let own = self.tag.get_or_init(tagged);
        let conditions = headers.get_all(IF_NONE_MATCH).iter();
        let tag = own.as_ref().and_then(|tag| tag.to_str().ok());
        let known = conditions
            .filter_map(|condition| condition.to_str().ok())
            .any(|condition| tag.is_some_and(|tag| etag::matches_weakly(condition, tag)));
        let mut response = Response::new(Full::new(if known { Bytes::new() } else { body }));
        let headers = response.headers_mut();
        if let Some(tag) = own {
            headers.insert(ETAG, tag.clone());
        }
        headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-cache"));
        if known {
            *response.status_mut() = StatusCode::NOT_MODIFIED;
        } else {
            headers.insert(CONTENT_TYPE, HeaderValue::from_static(self.content_type));
        }
        Ok(response)
    }
}

/// Serves what no upstream is asked for.
pub(super) async fn serve(
    shared: &Shared,
    record: &Record,
    head: &Parts,
    own: Own,
    parameters: Parameters,
) -> Result<Response<Full<Bytes>>, Refusal> {
    let document = match own {
        Own::Openapi => &shared.openapi,
        Own::Upstreams => shared.listing(record),
        Own::Upstream => {
            let name = parameters.segments(head.uri.path()).next();
            let name = name.and_then(|name| segment(name).ok());
            let named = name.and_then(|name| shared.find_upstream(&name));
            let found = named.and_then(|position| shared.upstream(position));
            let unknown = || Problem::new(Code::NotFound, "No upstream has this name.");
            let found = found.ok_or_else(|| Box::new(unknown()))?;
            if !may_use(shared.caller(record), &found.name) {
                return Err(forbidden("The caller may not use this upstream."));
            }
            &found.capabilities
        }
        // They are no documents.
        Own::Callback | Own::Outcome => return Err(Box::new(Problem::new(Code::NotFound, ""))),
    };
    document.answer(&head.headers).await
}
